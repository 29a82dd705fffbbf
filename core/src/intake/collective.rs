//! Disputes of several people.

use super::reading::Group;
use super::{Intake, Reading, numeral};
use crate::complaint::Collective;

/// Words that count people, longest first.
const COUNTERS: [&str; 27] = [
    "名员工",
    "名工人",
    "名业主",
    "名居民",
    "名家长",
    "名会员",
    "名村民",
    "名职工",
    "名农民工",
    "位业主",
    "位居民",
    "位家长",
    "户居民",
    "户业主",
    "户人家",
    "个家长",
    "个业主",
    "个工人",
    "个员工",
    "个工友",
    "个会员",
    "个农民工",
    "个人",
    "名",
    "户",
    "位",
    "人",
];
/// After a counter: it counted something else.
const OTHER: [&str; 16] =
    ["人间", "人房", "人份", "人民", "人次", "人行", "名字", "名单", "位置", "户口", "户型", "户籍", "人员伤", "位数", "名额", "人吵"];

impl Intake {
    /// Whether several people share the matter, and how many when the text says. Two people quarrelling, a room for three or the people
    /// somebody complains of are no collective.
    pub fn collective(&self, reading: &Reading<'_>) -> Collective {
        let text = reading.text();
        let mut people: Option<u32> = None;
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|t| t.chars().next()) {
            if !numeral::may_begin(c) {
                at += c.len_utf8();
                continue;
            }
            let Some(n) = numeral::read(text, at) else {
                at += c.len_utf8();
                continue;
            };
            if let Some(count) = counted(reading, at, n) {
                people = Some(people.map_or(count, |p| p.max(count)));
            }
            at = n.end;
        }
        // "all", "many of us" without a number; the same words also stand in ordinary complaints, so one firm phrase or two are asked.
        let words = reading.of(Group::Collective);
        let firm = words.iter().any(|h| {
            let w = text.get(h.start as usize..h.end as usize).unwrap_or_default();
            [
                "全体",
                "联名",
                "集体投诉",
                "集体反映",
                "多名",
                "多户",
                "广大",
                "众多",
                "数百",
                "数十",
                "上百",
                "几十",
                "几百",
                "联合签名",
                "群体性",
            ]
            .iter()
            .any(|f| w.starts_with(f))
                && !mere_place(text, h.end as usize)
        });
        let mass = reading.of(Group::Mass).len();
        let flag = people.is_some_and(|p| p >= 3) || firm || (words.len() >= 2 && mass > 0);
        Collective { flag, people: people.filter(|p| flag && *p >= 2) }
    }
}

/// 集体户口, 集体土地: no dispute.
fn mere_place(text: &str, at: usize) -> bool {
    ["户", "土地", "经济", "宿舍", "资产", "所有"].iter().any(|w| text.get(at..).is_some_and(|t| t.starts_with(w)))
}

/// The people a number counts, when they are on the caller's side.
fn counted(reading: &Reading<'_>, at: usize, n: numeral::Number) -> Option<u32> {
    let text = reading.text();
    let rest = text.get(n.end..)?.trim_start_matches(['多', '余', '来', '几']).trim_start_matches(' ');
    let counter = COUNTERS.iter().find(|w| rest.starts_with(**w))?;
    let value = n.value;
    if value.fract() != 0.0 || !(2.0..=1_000_000.0).contains(&value) || OTHER.iter().any(|o| rest.starts_with(o)) {
        return None;
    }
    let before: String = {
        let head = text.get(..at)?;
        let from = head.char_indices().rev().nth(9).map_or(0, |(i, _)| i);
        head.get(from..)?.to_string()
    };
    let after = rest.get(counter.len()..)?;
    let after_short: String = after.chars().take(8).collect();
    let ours = [
        "我们", "咱们", "我和", "我跟", "咱", "俺们", "共", "拖欠", "欠", "其与", "等", "带着", "一起", "我等", "全体", "涉及", "连我",
        "工友", "老乡", "家长", "业主", "员工", "工人", "住户", "班组",
    ]
    .iter()
    .any(|w| before.contains(w));
    let role = [
        "员工",
        "工人",
        "业主",
        "居民",
        "家长",
        "会员",
        "村民",
        "职工",
        "农民工",
        "工友",
        "住户",
        "学员",
        "老师",
        "受害",
        "购房",
        "租客",
        "司机",
        "女工",
        "同事",
    ];
    let named = counter.chars().count() >= 3 || role.iter().any(|w| after_short.starts_with(w));
    let dispute = [
        "工资",
        "欠",
        "没发",
        "没拿",
        "签名",
        "联名",
        "都没",
        "一起",
        "退费",
        "被骗",
        "讨",
        "血汗",
        "都",
        "全",
        "反映",
        "投诉",
        "受影响",
        "停水",
        "停电",
        "没水",
        "没电",
        "等着",
        "要求",
        "不满",
    ]
    .iter()
    .any(|w| after_short.contains(w));
    // The other side: people who live crowded, fight, work there.
    let theirs = [
        "住了", "住着", "住进", "隔成", "来了", "叫了", "有", "里", "管", "护工", "雇", "派了", "只有", "拉了", "塞了", "挤了", "睡了",
        "打", "砍",
    ]
    .iter()
    .any(|w| before.ends_with(w))
        || ["打架", "打起", "吵", "斗殴", "聚众", "赌", "受伤", "被困", "死亡", "挤", "住一", "合住", "间", "受了伤", "抬", "围观"]
            .iter()
            .any(|w| after_short.starts_with(w) || after_short.contains(w));
    let household = counter.starts_with('户') || *counter == "户";
    let sure = !theirs && (named || ours || value >= 3.0 && (dispute || household));
    sure.then_some(value as u32)
}
