use super::super::tests::intake;
use crate::complaint::Day;
use crate::text::{Prepared, Segmenter};

fn found(source: &str) -> Vec<(String, String, String)> {
    let dictionary = include_str!("../../../../models/dictionary.txt");
    let prepared = Prepared::new(source, None, &Segmenter::new(dictionary).unwrap());
    let intake = intake();
    let reading = intake.read(source, &prepared);
    let all = intake.entities(&reading, Day::new(2024, 3, 20));
    all.into_iter().map(|e| (e.kind, e.text, e.value.unwrap_or_default())).collect()
}

fn has(source: &str, kind: &str, text: &str, value: &str) {
    let all = found(source);
    assert!(all.iter().any(|(k, t, v)| k == kind && t == text && v == value), "{source}: {kind} {text} {value} not in {all:?}");
}

fn none(source: &str, kind: &str) {
    let all = found(source);
    assert!(all.iter().all(|(k, ..)| k != kind), "{source}: {all:?}");
}

#[test]
fn places_in_a_text() {
    has("朝阳区建国路88号的健身房关门了", "road", "建国路", "建国路");
    has("学院路堵车", "road", "学院路", "学院路");
    has("西城区广安门内大街有摊贩", "road", "广安门内大街", "广安门内大街");
    has("我住在翠竹园小区3号楼2单元502，漏水", "estate", "翠竹园小区", "翠竹园小区");
    has("我住在翠竹园小区3号楼2单元502，漏水", "building", "3号楼", "3");
    has("我住在翠竹园小区3号楼2单元502，漏水", "unit", "2单元", "2");
    has("我住在翠竹园小区3号楼2单元502，漏水", "room", "502", "502");
    has("十二号楼电梯坏了", "building", "十二号楼", "12");
    has("公交139路改线", "bus_line", "139路", "139");
    has("地铁13号线限流", "metro_line", "13号线", "13");
    has("昌平线早高峰挤", "metro_line", "昌平线", "昌平线");
    has("白车京A·12345堵门", "plate", "京A·12345", "京A12345");
    has("“小海豚”健身房跑路", "shop", "“小海豚”健身房", "“小海豚”健身房");
    has("鑫达市政工程有限公司欠薪", "shop", "鑫达市政工程有限公司", "鑫达市政工程有限公司");
    for text in ["马路上堵车", "小区没人管", "这条路坏了", "物业公司不管", "路口的红绿灯", "我们小区停水", "老旧小区改造"]
    {
        none(text, "road");
        none(text, "estate");
        none(text, "shop");
    }
}

#[test]
fn amounts_dates_and_durations() {
    has("欠我两个月工资一共九千六", "amount", "九千六", "9600");
    has("押金3.1万元不退", "amount", "3.1万元", "31000");
    has("交了12,600元", "amount", "12,600元", "12600");
    has("一个月才七百五十块钱", "amount", "七百五十块钱", "750");
    none("路面掉了三块砖", "amount");
    has("昨天停电", "date", "昨天", "2024-03-19");
    has("上周五报的修", "date", "上周五", "2024-03-15");
    has("3月以来一直这样", "date", "3月以来", "2024-03");
    has("八月份干完的活", "date", "八月份", "2023-08");
    has("去年11月5日签约", "date", "去年11月5日", "2023-11-05");
    has("2023年12月1日", "date", "2023年12月1日", "2023-12-01");
    has("2023-12-01报修", "date", "2023-12-01", "2023-12-01");
    has("上个月没发", "date", "上个月", "2024-02");
    has("上月二十二号被拍", "date", "上月二十二号", "2024-02-22");
    has("近三个月没发工资", "duration", "三个月", "P3M");
    has("停水半年了", "duration", "半年", "P6M");
    has("堵了两天", "duration", "两天", "P2D");
    has("晚上十点半还在施工", "time", "十点半", "22:30");
    has("22:30打桩", "time", "22:30", "22:30");
    has("我们九个人没拿到钱", "people", "九个人", "9");
    has("工单编号20240315001234没解决", "order", "20240315001234", "20240315001234");
    none("3人间改造", "people");
}

#[test]
fn odd_texts() {
    assert!(found("").is_empty());
    found(&"3号楼".repeat(20_000));
    found(&"路".repeat(50_000));
    found("①②③🚗 2024年13月45日 99月 0点 二〇二四年");
}
