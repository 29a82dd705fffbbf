//! A stream of requests of any length, from the project's own corpus by realistic variation.
//!
//! A *matter* is seven to ten clauses of requests of one domain, put together anew, with place names of its own: the two characters
//! before 路, 小区, 村 … are replaced, the same in all its reports, and it has an estate and a road that six reports of seven name.
//! Each report tells most of the clauses (at least half) in an order of its own, opens and ends in its own way, and two in three carry
//! a detail nobody else has (a name, a date, a number). 70% of the matters are reported once, 1 in 100 by 20 to 40 people; the reports
//! of one matter lie within 9 days. The stream lasts 89 days.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One request.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) matter: u32,
    /// Seconds since 1970.
    pub(crate) time: i64,
    pub(crate) text: String,
}

#[derive(Deserialize)]
struct Told {
    text: String,
    domain: String,
}

/// Which report of which matter comes when.
#[derive(Debug, Clone, Copy)]
struct Plan {
    time: u32,
    matter: u32,
    report: u16,
}

pub(crate) struct Rows {
    /// Clauses of each domain.
    clauses: Vec<Vec<String>>,
    plans: Vec<Plan>,
    first: i64,
}

const DAY: u64 = 86_400;
const OPENINGS: [&str; 8] = ["", "", "您好，", "市民来电反映：", "我想反映一下，", "请问，", "你好同志，", "诉求内容："];
const ENDINGS: [&str; 8] =
    ["", "", "希望尽快处理。", "请有关部门核实。", "盼回复。", "麻烦解决一下，谢谢。", "请给个说法。", "希望有人管管。"];
const SUFFIXES: [&str; 24] = [
    "路", "街", "村", "里", "园", "苑", "桥", "巷", "庄", "城", "站", "小区", "大厦", "公司", "公寓", "家园", "花园", "新村", "胡同",
    "市场", "物业", "学校", "医院", "广场",
];
const NOT_NAMES: &str =
    "的了在是到和与及从于住我你他她它这那哪个有为对向经过把被给让请就也都还没不很该各某每本其所由来去将附近旁边位，。！？、：；,.!?";
const NAMES: &str = "安宝北滨博昌长常朝晨成春翠大德东鼎繁丰凤福富高光广桂国海和恒红宏虹鸿厚湖华怀欢辉惠吉嘉建江金锦京景静君开康科兰蓝乐丽莲良林龙隆鲁绿罗美民明南宁平浦祁千前清庆泉仁荣瑞润三山上尚沈盛石世顺松苏泰太天田通万望威文西溪仙祥向新兴星秀旭学雅阳怡宜义银永友于玉裕元园远岳云泽展正之中众洲珠竹紫";

pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn mix(mut h: u64) -> u64 {
    h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    h ^ (h >> 31)
}

impl Rows {
    pub(crate) fn new(corpus: &str, n: usize) -> Self {
        let mut clauses: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in corpus.lines() {
            let told: Told = serde_json::from_str(line).unwrap();
            let whole = told.text.split_inclusive(['，', '。', '！', '？']).filter(|c| (6..40).contains(&c.chars().count()));
            clauses.entry(told.domain).or_default().extend(whole.map(str::to_string));
        }
        let clauses = clauses.into_values().filter(|c| c.len() > 100).collect();
        let mut random = Random(12345);
        let mut plans = Vec::with_capacity(n + 40);
        let mut matter = 0u32;
        while plans.len() < n {
            let reports = match random.below(100) {
                0..70 => 1,
                70..90 => 2 + random.below(2),
                90..99 => 4 + random.below(5),
                _ => 20 + random.below(21),
            };
            let start = random.next() % (80 * DAY);
            for report in 0..reports {
                let time = start + random.next() % (DAY * if reports > 1 { 9 } else { 1 });
                plans.push(Plan { time: time as u32, matter, report: report as u16 });
            }
            matter += 1;
        }
        plans.truncate(n);
        plans.sort_unstable_by_key(|p| (p.time, p.matter, p.report));
        Rows { clauses, plans, first: 1_767_225_600 }
    }

    pub(crate) fn matter(&self, n: usize) -> u32 {
        self.plans[n].matter
    }

    pub(crate) fn row(&self, n: usize) -> Row {
        let plan = self.plans[n];
        let mut of_matter = Random(u64::from(plan.matter) << 20);
        let domain = &self.clauses[of_matter.below(self.clauses.len())];
        let story: Vec<&str> = (0..7 + of_matter.below(4)).map(|_| domain[of_matter.below(domain.len())].as_str()).collect();
        let names = of_matter.next();
        let own: Vec<char> = NAMES.chars().collect();
        let mut name = || [own[of_matter.below(own.len())], own[of_matter.below(own.len())]].iter().collect::<String>();
        let (estate, road) = (format!("{}家园", name()), format!("{}路", name()));
        let mut random = Random((u64::from(plan.matter) << 20) + u64::from(plan.report) + 7);
        let mut clauses = story.clone();
        while clauses.len() > story.len() / 2 && random.below(3) > 0 {
            clauses.remove(random.below(clauses.len()));
        }
        for _ in 0..2 {
            let (a, b) = (random.below(clauses.len()), random.below(clauses.len()));
            clauses.swap(a, b);
        }
        let text = renamed(&clauses.concat(), names);
        let place = match random.below(7) {
            0 => String::new(),
            1..4 => format!("{estate}这边，"),
            4 => format!("{road}上，"),
            _ => format!("{road}{estate}，"),
        };
        let noise = noise(&mut random);
        let (opening, ending) = (OPENINGS[random.below(8)], ENDINGS[random.below(8)]);
        let text = format!("{opening}{place}{text}{noise}{ending}");
        Row { id: format!("r{n}"), matter: plan.matter, time: self.first + i64::from(plan.time), text }
    }
}

/// Gives the places of a text other names; the same name becomes the same name for one seed.
fn renamed(text: &str, seed: u64) -> String {
    let names: Vec<char> = NAMES.chars().collect();
    let chars: Vec<char> = text.chars().collect();
    let mut out = chars.clone();
    for at in 2..chars.len() {
        let ends = SUFFIXES.iter().any(|s| s.chars().enumerate().all(|(k, c)| chars.get(at + k) == Some(&c)));
        let name = &chars[at - 2..at];
        if ends && name.iter().all(|c| ('\u{4e00}'..='\u{9fff}').contains(c) && !NOT_NAMES.contains(*c)) {
            let h = mix(seed ^ (name[0] as u64) << 32 ^ name[1] as u64);
            out[at - 2] = names[h as usize % names.len()];
            out[at - 1] = names[(h >> 32) as usize % names.len()];
        }
    }
    out.into_iter().collect()
}

/// A detail that no other report has; nothing for one in three.
fn noise(random: &mut Random) -> String {
    let any = |random: &mut Random| char::from_u32(0x4e00 + random.below(0x3000) as u32).unwrap_or('一');
    match random.below(6) {
        0 => format!("我叫{}{}{}，", ['王', '李', '张', '刘', '陈'][random.below(5)], any(random), any(random)),
        1 => format!("{}月{}日{}点{}分也是这样，", 1 + random.below(12), 1 + random.below(28), random.below(24), random.below(60)),
        2 => format!("我家在{}号楼{}，", 1 + random.below(60), 101 + random.below(3000)),
        3 => format!("已经花了{}元，", 100 + random.below(90_000)),
        _ => String::new(),
    }
}
