use super::*;
use crate::text::{Prepared, Segmenter};

pub(super) fn intake() -> Intake {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/intake");
    Intake::new(IntakeData::read(dir).unwrap()).unwrap()
}

fn prepared(source: &str) -> Prepared {
    Prepared::new(source, None, &Segmenter::new(include_str!("../../../models/dictionary.txt")).unwrap())
}

#[test]
fn collective_disputes() {
    let intake = intake();
    for (text, flag, people) in [
        ("我们31名员工三个月没拿到工资", true, Some(31)),
        ("公司拖欠我们九个人的工钱", true, Some(9)),
        ("全体业主联名反对加收停车费", true, None),
        ("多户居民反映没有暖气", true, None),
        ("一百三十多个家长的钱没退", true, Some(130)),
        ("我跟三个老乡", false, None),
        ("宿舍是3人间，太挤", false, None),
        ("楼下两个人吵架", false, None),
        ("一套房子住了十七个人，隔断间", false, None),
        ("我的快递丢了", false, None),
        ("我是集体户口，能落户吗", false, None),
    ] {
        let p = prepared(text);
        let c = intake.collective(&intake.read(text, &p));
        assert_eq!((c.flag, c.people), (flag, people), "{text}");
    }
}

#[test]
fn frames_are_set_apart() {
    let intake = intake();
    for (text, matter, orders) in [
        ("市民来电反映:美兰区青年路停电，请市供电局核实处理。", "美兰区青年路停电,", vec![]),
        (
            "交警来电反馈：工单号20180327055159《关于某路堵路的问题》处理结果\n工单内容：\n市民来电反映:某路有车堵路。",
            "某路有车堵路。",
            vec!["20180327055159"],
        ),
        ("尊敬的领导：您好！我家楼上漏水。此致敬礼！", "我家楼上漏水。", vec![]),
        ("楼下施工噪音扰民", "楼下施工噪音扰民", vec![]),
        ("您好", "您好", vec![]),
        ("", "", vec![]),
    ] {
        let p = prepared(text);
        let b = intake.boilerplate(&intake.read(text, &p));
        assert_eq!(&p.text()[b.matter.clone()], matter, "{text}");
        assert_eq!(b.orders, orders, "{text}");
    }
}

#[test]
fn a_text_of_two_matters_is_cut_where_the_second_begins() {
    let intake = intake();
    let text = "充电桩物业不给装，跑了八趟都不批，请督促物业盖章。顺便反映一件事，小区门口的共享单车堆得连婴儿车都推不过去，请清走。";
    let p = prepared(text);
    let at = p.text().find("顺便").unwrap();
    let topics = |r: std::ops::Range<usize>| {
        // A classifier that knows the two topics by one word each.
        let t = &p.text()[r];
        let (a, b) = (f64::from(u8::from(t.contains("充电"))), f64::from(u8::from(t.contains("单车"))));
        let sum = a + b + 0.2;
        vec![(a + 0.1) / sum, (b + 0.1) / sum]
    };
    let cut = intake.split(&intake.read(text, &p), &topics);
    assert_eq!(cut.len(), 2);
    assert_eq!(cut[1].normal.start, at);
    assert_eq!(&text[cut[1].span.start..cut[1].span.end], &text[text.find("顺便").unwrap()..]);
    let one = "充电桩物业不给装，跑了八趟都不批，请督促物业盖章。";
    let p = prepared(one);
    assert_eq!(intake.split(&intake.read(one, &p), &|_| vec![0.9, 0.1]).len(), 1);
}

#[test]
fn danger_is_told_from_anger() {
    let intake = intake();
    let level = |text: &str| {
        let p = prepared(text);
        intake.urgency(&intake.read(text, &p), None)
    };
    let fire = level("快来人！3号楼着火了，楼道全是黑烟，有老人被困在屋里出不来，快叫消防");
    assert_eq!(fire.level, 2);
    assert!(!fire.reasons.is_empty());
    assert_eq!(level("气死我了！！！物业费一年涨两回，你们到底管不管！今天我非要个说法不可").level, 0);
    assert_eq!(level("请问燃气改造的收费标准是多少，去年漏气已经修好了，不急").level, 0);
}

#[test]
fn hostile_tables_are_errors() {
    let good = IntakeData::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/intake")).unwrap();
    let mut bad = good.clone();
    bad.phrases[0].group = "nothing".into();
    assert!(Intake::new(bad).is_err());
    let mut bad = good.clone();
    bad.weights[0].value = f64::NAN;
    assert!(Intake::new(bad).is_err());
    let mut bad = good.clone();
    bad.phrases[0].text = String::new();
    assert!(Intake::new(bad).is_err());
    assert!(IntakeData::parse("group,phrases\na,b,c\n", "", "", "").is_err());
}

#[test]
fn odd_texts() {
    let intake = intake();
    for text in
        [String::new(), "🚗".into(), "。".repeat(10_000), "还有".repeat(20_000), "一".repeat(20_000), "没有".repeat(9), "2.".repeat(10_000)]
    {
        let p = prepared(&text);
        let r = intake.read(&text, &p);
        intake.urgency(&r, Some([f64::NAN, 0.0, 1.0]));
        intake.collective(&r);
        intake.boilerplate(&r);
        intake.split(&r, &|_| vec![0.5, 0.5]);
        intake.entities(&r, None);
    }
}

#[test]
fn missing_facts_are_asked_in_order() {
    let intake = intake();
    let text = "老板欠我工资不给，9600元";
    let p = prepared(text);
    let r = intake.read(text, &p);
    let (entities, collective) = (intake.entities(&r, None), intake.collective(&r));
    let known = |problem, domain| Known { problem, domain, area_digits: 0, entities: &entities, collective: &collective };
    let facts: Vec<_> = intake.missing(&r, known(Some("0201"), Some("D09"))).into_iter().map(|m| m.fact).collect();
    assert_eq!(facts, ["site", "months", "people", "contract"]);
    assert!(intake.missing(&r, known(None, None)).is_empty());
    for code in ["D01", "D19", "1202"] {
        let m = intake.missing(&r, known(None, Some(code)));
        assert!(!m.is_empty() && m.len() <= 4 && m.iter().all(|m| m.question.ends_with('？')), "{code} {m:?}");
    }
}

#[test]
fn names_are_masked_when_asked() {
    let intake = intake();
    let text = "联系人：李建国先生，电话13810012345，租客王女士也可以";
    let p = prepared(text);
    let r = intake.read(text, &p);
    assert_eq!(intake.mask(&r, true), "联系人：[姓名1]先生，电话[手机1]，租客[姓名2]女士也可以");
    assert_eq!(intake.mask(&r, false), "联系人：李建国先生，电话[手机1]，租客王女士也可以");
}

#[test]
fn a_report_is_told_from_a_mention() {
    let intake = intake();
    for (text, report) in
        [("举报：楼下饭馆无证经营", true), ("我实名举报这家黑中介", true), ("打了举报电话没人接", false), ("路灯不亮", false)]
    {
        let p = prepared(text);
        assert_eq!(intake.report(&intake.read(text, &p)), report, "{text}");
    }
}
