use super::*;
use crate::text::Segmenter;

fn found(source: &str) -> Vec<(PiiKind, String)> {
    let prepared = Prepared::new(source, None, &Segmenter::new("").unwrap());
    find(source, &prepared).into_iter().map(|p| (p.kind, p.text)).collect()
}

/// Our own texts with the personal data they hold and look-alikes they also hold.
#[test]
fn written_texts() {
    #[derive(serde::Deserialize)]
    struct Row {
        text: String,
        pii: Vec<(PiiKind, String)>,
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/pii.jsonl");
    let (mut right, mut gold, mut given) = (0, 0, 0);
    let mut wrong = String::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        let mut got = found(&row.text);
        gold += row.pii.len();
        given += got.len();
        for want in &row.pii {
            match got.iter().position(|g| g == want) {
                Some(i) => {
                    got.remove(i);
                    right += 1;
                }
                None => wrong.push_str(&format!("missed {want:?} in {}\n", row.text)),
            }
        }
        for g in got {
            wrong.push_str(&format!("false {g:?} in {}\n", row.text));
        }
    }
    println!("personal data: {right} of {gold} found, {given} given");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_same_number_gets_the_same_mask() {
    let source = "手机138-0013-8000，再打１３８００１３８０００或+86 13900139000，车牌京A12345";
    let prepared = Prepared::new(source, None, &Segmenter::new("").unwrap());
    let found = find(source, &prepared);
    assert_eq!(mask(source, &found, &[]), "手机[手机1]，再打[手机1]或[手机2]，车牌[车牌1]");
    assert_eq!(mask("没有", &[], &[]), "没有");
}

#[test]
fn odd_texts() {
    assert!(found("").is_empty());
    assert!(found("1").is_empty());
    assert!(found(&"@.".repeat(100_000)).is_empty());
    assert!(found(&"1 ".repeat(100_000)).len() < 100_000);
    assert!(found(&"京".repeat(100_000)).is_empty());
    assert!(found(&"a@".repeat(100_000)).is_empty());
    assert!(found("①②③电话🚗").is_empty());
}
