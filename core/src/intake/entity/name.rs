//! Names that end in a telling word: roads, estates, shops and firms, metro lines named by place.

use super::super::reading::{Group, Hit, Reading};
use super::Found;

/// Longest name, in characters.
const LONGEST: usize = 14;

/// Names before the suffix phrases of the groups `road`, `estate` and `shop`, and metro lines of the group `metro`.
pub(super) fn find(reading: &Reading<'_>, found: &mut Vec<Found>) {
    for h in reading.of(Group::Metro) {
        let value = reading.text().get(h.start as usize..h.end as usize).map(str::to_string);
        found.push(Found { kind: "metro_line", start: h.start as usize, end: h.end as usize, value });
    }
    for (group, kind) in [(Group::Road, "road"), (Group::Estate, "estate"), (Group::Shop, "shop")] {
        for (i, h) in reading.of(group).iter().enumerate() {
            // 健身房|公司: the longer name ends at the later suffix.
            let follows = reading.of(group).get(i + 1).is_some_and(|n| n.start == h.end);
            if !follows && let Some((start, end)) = name(reading, h, kind) {
                let value = reading.text().get(start..end).map(str::to_string);
                found.push(Found { kind, start, end, value });
            }
        }
    }
}

/// Extends a suffix to the left over the words of its name; `None` when nothing is named.
fn name(reading: &Reading<'_>, suffix: &Hit, kind: &str) -> Option<(usize, usize)> {
    let text = reading.text();
    let (at, end) = (suffix.start as usize, suffix.end as usize);
    // 路口, 街道, 店主: the suffix is part of another word.
    let next = text.get(end..)?;
    let broken: &[&str] = match kind {
        "road" => &[
            "口", "道", "面", "边", "灯", "段", "人", "政", "坊", "牙", "况", "过", "由", "线", "障", "子", "程", "费", "权", "基", "侧",
            "沿",
        ],
        "shop" => &["主", "员", "面", "家", "铺", "长", "里的", "名"],
        _ => &["化", "区别"],
    };
    let really = kind != "road" || !(next.starts_with("路口") || next.starts_with("口"));
    if broken.iter().any(|b| next.starts_with(b)) && really {
        return None;
    }
    // A name in quotation marks just before the suffix, or the suffix inside them.
    if text.get(..at)?.ends_with(['”', '"', '」', '》']) {
        let open = text.get(..at - text.get(..at)?.chars().next_back()?.len_utf8())?.rfind(['“', '"', '「', '《'])?;
        let inner = text.get(open..at)?;
        return (inner.chars().count() <= LONGEST + 2 && inner.chars().count() > 3).then_some((open, end));
    }
    let tokens = &reading.prepared.tokens;
    let last = tokens.partition_point(|t| (t.start as usize) < end).checked_sub(1)?;
    let mut start = at;
    for t in tokens.get(..=last)?.iter().rev() {
        let word = t.of(text);
        let (from, to) = (t.start as usize, t.end as usize);
        if to > at {
            // The token that holds the suffix: 学院路, 马路.
            start = from.min(at);
            if from < at && COMMON.contains(&word) {
                return None;
            }
            continue;
        }
        let named = word.chars().all(|c| c.is_alphanumeric()) && !STOP.contains(&word) && !ends_area(word, text, from, to);
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        if !named || digits || text.get(from..at)?.chars().count() > LONGEST || reading_stops(reading, from, to) {
            break;
        }
        start = from;
    }
    let own = text.get(start..at)?.chars().count();
    let inside = text.get(start..end)?.chars().count();
    let enough = own >= 2
        || own == 1 && inside >= 3 && kind == "road"
        || (own == 0 && inside >= 4 && kind != "shop" && !COMMON.contains(&text.get(start..end)?));
    (enough && !COMMON.contains(&text.get(start..end)?)).then_some((start, end))
}

/// The end of an area's name: what follows is a name of its own (朝阳区|建国路).
fn ends_area(word: &str, text: &str, from: usize, to: usize) -> bool {
    let long = text.get(from..to).is_some_and(|t| t.chars().count() >= 1);
    let area = word.ends_with(['区', '市', '县', '镇', '乡', '村']) || word.ends_with("街道") || word.ends_with("地区");
    area && long && word != "新村" && word != "城市"
}

/// Channel words and other frames do not belong to a name.
fn reading_stops(reading: &Reading<'_>, from: usize, to: usize) -> bool {
    let hits = reading.of(Group::Channel);
    let i = hits.partition_point(|h| (h.end as usize) <= from);
    hits.get(i).is_some_and(|h| (h.start as usize) < to)
}

/// Words that never belong to a name.
const STOP: &[&str] = &[
    "东边",
    "西边",
    "南边",
    "北边",
    "东侧",
    "西侧",
    "南侧",
    "北侧",
    "的",
    "在",
    "是",
    "我",
    "你",
    "他",
    "她",
    "它",
    "我们",
    "你们",
    "他们",
    "咱",
    "咱们",
    "俺",
    "俺们",
    "们",
    "住",
    "住在",
    "到",
    "和",
    "与",
    "及",
    "从",
    "往",
    "去",
    "有",
    "了",
    "这",
    "那",
    "个",
    "家",
    "叫",
    "等",
    "把",
    "被",
    "给",
    "让",
    "对",
    "向",
    "为",
    "因",
    "就",
    "都",
    "也",
    "还",
    "又",
    "再",
    "只",
    "来",
    "过",
    "要",
    "想",
    "请",
    "问",
    "说",
    "报",
    "反映",
    "投诉",
    "举报",
    "咨询",
    "求助",
    "建议",
    "位于",
    "市民",
    "其",
    "该",
    "本",
    "此",
    "某",
    "每",
    "各",
    "附近",
    "旁",
    "旁边",
    "边",
    "对面",
    "门口",
    "前",
    "后",
    "里",
    "外",
    "上",
    "下",
    "至",
    "由",
    "经",
    "路过",
    "这个",
    "那个",
    "这家",
    "那家",
    "一家",
    "一个",
    "整个",
    "老旧",
    "老",
    "新建",
    "居民",
    "业主",
    "家住",
    "现住",
    "就是",
    "属于",
    "于",
    "用",
    "跟",
    "能",
    "没",
    "不",
    "走",
    "条",
    "这条",
    "那条",
    "一条",
    "所有",
    "很多",
    "几个",
    "两个",
    "多个",
    "附近的",
    "喂",
    "您好",
    "你好",
    "嗯",
    "啊",
    "呢",
    "吧",
    "吗",
    "哪",
    "哪个",
    "哪家",
    "自己",
    "开发商",
    "物业",
    "楼下",
    "楼上",
    "楼",
    "名",
    "叫做",
    "名为",
    "称",
    "来电",
    "去年",
    "今年",
    "上周",
    "昨天",
    "今天",
    "一",
    "两",
    "三",
    "号",
    "号楼",
    "层",
    "底商",
    "当地",
    "区里",
    "村里",
    "镇",
    "区",
    "市",
    "县",
    "乡",
    "村",
    "现在",
    "目前",
    "关于",
    "以及",
    "或",
    "或者",
    "进",
    "出",
    "找",
    "看",
    "打",
    "买",
    "租",
    "办",
    "学",
    "开",
    "做",
    "比",
    "而",
    "但",
    "可",
    "像",
    "跑",
    "送",
    "带",
    "过来",
    "回",
    "回来",
    "站",
    "站在",
    "坐",
    "全",
    "大",
    "小",
    "好",
    "多",
    "少",
    "新",
    "已经",
    "正",
    "正在",
    "这边",
    "那边",
    "希望",
    "要求",
    "居住",
    "居住在",
    "之前",
    "以前",
    "如果",
    "因为",
    "所以",
    "只有",
    "一栋",
    "此处",
    "靠近",
    "隔壁",
    "位",
    "位置",
    "地址",
    "地点",
    "时",
    "时候",
    "路口",
    "交叉口",
    "交汇处",
    "交界处",
    "与会",
    "沿",
    "沿着",
];

/// Words that look like names but name nothing.
const COMMON: &[&str] = &[
    "马路",
    "公路",
    "道路",
    "铁路",
    "线路",
    "电路",
    "水路",
    "一路",
    "半路",
    "走路",
    "修路",
    "铺路",
    "堵路",
    "挡路",
    "让路",
    "过路",
    "出路",
    "小路",
    "大路",
    "土路",
    "村路",
    "路",
    "街",
    "大街",
    "上街",
    "逛街",
    "小巷",
    "大道",
    "车道",
    "便道",
    "辅路",
    "主路",
    "回路",
    "短路",
    "网路",
    "思路",
    "胡同",
    "小胡同",
    "小区",
    "花园",
    "家园",
    "公寓",
    "社区",
    "大厦",
    "城",
    "我市",
    "本小区",
    "新村",
    "回迁房",
    "安置房",
    "商店",
    "饭店",
    "酒店",
    "药店",
    "网店",
    "超市",
    "公司",
    "总公司",
    "分公司",
    "子公司",
    "开店",
    "门店",
    "店",
    "该店",
    "本店",
    "学校",
    "医院",
    "大医院",
    "幼儿园",
    "公园",
    "饭馆",
    "餐馆",
    "宾馆",
    "网吧",
    "中介",
    "工地",
    "工厂",
    "银行",
    "诊所",
    "养老院",
    "敬老院",
    "健身房",
    "美容院",
    "理发店",
    "餐厅",
    "食堂",
    "公共道路",
    "高速公路",
    "物业公司",
    "保洁公司",
    "燃气公司",
    "自来水公司",
    "供电公司",
    "热力公司",
    "公交公司",
    "开发公司",
    "快递公司",
    "保险公司",
    "装修公司",
    "开发商",
    "社区医院",
    "平台公司",
    "小饭馆",
    "小超市",
    "小卖部",
    "便利店",
    "菜市场",
    "市场",
    "大超市",
    "农贸市场",
    "批发市场",
    "培训班",
    "培训机构",
    "人行道",
    "非机动车道",
    "机动车道",
    "盲道",
    "消防通道",
    "快车道",
    "慢车道",
    "应急车道",
    "道",
    "巷",
    "条路",
    "商城",
    "商场",
    "售楼处",
];
