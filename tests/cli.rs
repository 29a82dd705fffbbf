//! The command line under conditions that are not kind: every one has a defined outcome.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiesu_tests::{binary, jiesu, json_lines, load_texts, project, shared};
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

struct Case {
    dir: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Case { dir: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Analyses `input`; exit code, stderr.
    fn analyze(&self, input: &Path, more: &[&str]) -> (i32, String) {
        let out = self.path("out.jsonl");
        let mut args = vec!["analyze", "--input", input.to_str().unwrap(), "--output", out.to_str().unwrap()];
        args.extend_from_slice(more);
        let run = jiesu(args);
        (run.status.code().unwrap(), String::from_utf8_lossy(&run.stderr).into_owned())
    }

    fn ids(&self) -> Vec<String> {
        json_lines(&self.path("out.jsonl")).iter().map(|r| r["id"].as_str().unwrap().to_string()).collect()
    }
}

#[test]
fn an_empty_file_is_no_error() {
    let case = Case::new();
    for (name, bytes) in [("in.jsonl", ""), ("in.jsonl", "\u{feff}"), ("in.jsonl", "\n\n"), ("in.csv", ""), ("in.csv", "id,text\n")] {
        let (code, err) = case.analyze(&case.file(name, bytes), &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{name} {bytes:?}");
        assert!(case.ids().is_empty());
    }
    assert_eq!(case.analyze(case.dir.path(), &[]).0, 2, "a folder is no file");
}

#[test]
fn bad_lines_are_told_counted_and_kept_apart() {
    let case = Case::new();
    let input = case.file("in.jsonl", b"{\"id\":1,\"text\":\"\xe8\xb7\xaf\xe7\x81\xaf\xe4\xb8\x8d\xe4\xba\xae\"}\nnonsense\n\xff\xfe\n{\"id\":2,\"text\":\"\"}\n{\"id\":3,\"text\":\"x\"}\n");
    let rejects = case.path("rejects.jsonl");
    let (code, err) = case.analyze(&input, &["--rejects", rejects.to_str().unwrap()]);
    assert_eq!(code, 1, "{err}");
    assert_eq!(case.ids(), ["1", "3"]);
    let lines: Vec<_> = json_lines(&rejects).iter().map(|r| r["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 3, 4]);
    assert!(err.contains("line 3: invalid UTF-8"), "{err}");
    let (code, err) = case.analyze(&input, &["--strict"]);
    assert_eq!(code, 2);
    assert!(err.contains("line 2"), "{err}");
}

#[test]
fn wrong_field_names_say_which_exist() {
    let case = Case::new();
    let (code, err) = case.analyze(&case.file("in.jsonl", "{\"id\":1,\"body\":\"x\"}\n"), &["--text", "content"]);
    assert_eq!(code, 2);
    assert!(err.contains("content") && err.contains("body"), "{err}");
    let (code, err) = case.analyze(&case.file("in.csv", "id,body\n1,x\n"), &["--text", "content"]);
    assert_eq!(code, 2);
    assert!(err.contains("content") && err.contains("body"), "{err}");
    assert_eq!(case.analyze(Path::new("/nowhere/in.jsonl"), &[]).0, 2);
}

#[test]
fn a_megabyte_of_text_is_one_record() {
    let case = Case::new();
    for text in [
        "道路积水。".repeat(70_000),
        "水".repeat(350_000),
        "😡".repeat(250_000),
        "1".repeat(1_000_000),
        "朝阳区".repeat(110_000),
        "(".repeat(1_000_000),
    ] {
        let started = std::time::Instant::now();
        let line = serde_json::json!({"id": "big", "text": text}).to_string();
        let (code, err) = case.analyze(&case.file("in.jsonl", line), &[]);
        assert_eq!((code, case.ids()), (0, vec!["big".to_string()]), "{err}");
        assert!(started.elapsed().as_secs() < 20, "{:?} for {}…", started.elapsed(), text.chars().take(4).collect::<String>());
    }
}

#[test]
fn encodings_and_formats() {
    let case = Case::new();
    let utf8 = "编号,诉求\n7,\"路灯不亮,三天了\"\n";
    let bom = case.file("bom.csv", format!("\u{feff}{utf8}"));
    assert_eq!(case.analyze(&bom, &["--text", "诉求", "--id", "编号"]).0, 0);
    assert_eq!(case.ids(), ["7"]);
    // 路灯 in GBK, told and not told.
    let gbk = case.file("gbk.jsonl", b"{\"id\":1,\"text\":\"\xc2\xb7\xb5\xc6\"}\n");
    assert_eq!(case.analyze(&gbk, &["--encoding", "gb18030"]).0, 0);
    let (code, err) = case.analyze(&gbk, &[]);
    assert_eq!(code, 1);
    assert!(err.contains("gb18030"), "{err}");
    // 编号,诉求 and a row, as spreadsheets of offices save them: the mapped names are in that encoding too.
    let csv = case.file("gbk.csv", b"\xb1\xe0\xba\xc5,\xcb\xdf\xc7\xf3\n7,\xc2\xb7\xb5\xc6\xb2\xbb\xc1\xc1\n");
    assert_eq!(case.analyze(&csv, &["--encoding", "gb18030", "--text", "诉求", "--id", "编号"]).0, 0);
    assert_eq!(case.ids(), ["7"]);
    let jsonl = case.file("bom.jsonl", "\u{feff}{\"id\":9,\"text\":\"路灯不亮\"}\r\n");
    assert_eq!(case.analyze(&jsonl, &[]).0, 0);
    assert_eq!(case.ids(), ["9"]);
}

#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    let input = project("tests/golden/requests.jsonl");
    let run = jiesu(["analyze", "--input", input.to_str().unwrap(), "--output", "/dev/full"]);
    assert_eq!(run.status.code(), Some(2));
    let err = String::from_utf8_lossy(&run.stderr);
    assert!(err.contains("/dev/full") && !err.contains("panicked"), "{err}");
}

#[test]
fn the_input_is_never_overwritten() {
    let case = Case::new();
    let input = case.file("in.jsonl", "{\"id\":1,\"text\":\"x\"}\n");
    let run = jiesu(["analyze", "--input", input.to_str().unwrap(), "--output", input.to_str().unwrap()]);
    assert_eq!(run.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&input).unwrap(), "{\"id\":1,\"text\":\"x\"}\n");
}

#[test]
fn a_hostile_bundle_is_an_error() {
    let case = Case::new();
    let good = std::fs::read(project("models/beijing.jiesu")).unwrap();
    let input = case.file("in.jsonl", "{\"id\":1,\"text\":\"x\"}\n");
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bytes in [&b""[..], b"JIESU", &good[..good.len() / 2], &flipped] {
        let bundle = case.file("bad.jiesu", bytes);
        let (code, err) = case.analyze(&input, &["--bundle", bundle.to_str().unwrap()]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("bundle") && !err.contains("panicked"), "{err}");
    }
}

#[test]
fn a_small_disk_keeps_whole_lines() {
    let case = Case::new();
    let disk = case.path("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.to_str().unwrap()]).output();
    if !mount.is_ok_and(|m| m.status.success()) {
        eprintln!("skipped: only root may mount a small disk");
        return;
    }
    let many = std::fs::read_to_string(project("tests/golden/requests.jsonl")).unwrap().repeat(10);
    let input = case.file("in.jsonl", many);
    let out = disk.join("out.jsonl");
    let run = jiesu(["analyze", "--input", input.to_str().unwrap(), "--output", out.to_str().unwrap()]);
    let (code, err, kept) = (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned(), std::fs::read_to_string(&out).unwrap());
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("No space left") && !err.contains("panicked"), "{err}");
    assert!(kept.len() > 100_000 && kept.ends_with('\n'));
    assert!(kept.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let case = Case::new();
    let many = std::fs::read_to_string(project("tests/golden/requests.jsonl")).unwrap().repeat(10);
    let (input, err) = (case.file("in.jsonl", many), case.path("err"));
    let bundle = project("models/beijing.jiesu");
    for command in [
        format!("analyze --input {} --output - | head -1", input.display()),
        format!("assist --json < {} | head -1", input.display()),
        format!("bundle list {} | true", bundle.display()),
    ] {
        let (program, reader) = command.split_once(" | ").unwrap();
        let line = format!("set -o pipefail; {} {program} 2>{} | {reader}", binary().display(), err.display());
        let run = Command::new("bash").args(["-c", &line]).output().unwrap();
        let told = std::fs::read_to_string(&err).unwrap_or_default();
        assert_eq!((run.status.code(), told.as_str()), (Some(0), ""), "{command}");
    }
}

/// Starts `analyze` over many rows from a pipe that stays open.
fn endless(output: &str, stdout: Stdio) -> (std::process::Child, std::thread::JoinHandle<()>) {
    let mut child = Command::new(binary())
        .args(["analyze", "--input", "-", "--output", output])
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = std::fs::read_to_string(project("tests/golden/requests.jsonl")).unwrap();
    // Ends when the reader is gone.
    let writer = std::thread::spawn(move || while stdin.write_all(text.as_bytes()).is_ok() {});
    (child, writer)
}

fn interrupt(child: &std::process::Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn an_interrupt_leaves_whole_lines() {
    let case = Case::new();
    let out = case.path("out.jsonl");
    let (mut child, writer) = endless(out.to_str().unwrap(), Stdio::null());
    let waited = std::time::Instant::now();
    while std::fs::metadata(&out).map_or(0, |m| m.len()) == 0 {
        assert!(waited.elapsed().as_secs() < 60, "nothing is written");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    writer.join().unwrap();
    assert!(!json_lines(&out).is_empty());
}

#[test]
fn an_interrupt_leaves_whole_lines_in_a_pipe() {
    let (mut child, writer) = endless("-", Stdio::piped());
    let mut reader = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    reader.read_line(&mut text).unwrap();
    interrupt(&child);
    // A slow reader: the writer stands in the middle of a block.
    std::thread::sleep(std::time::Duration::from_millis(300));
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    writer.join().unwrap();
    assert!(text.ends_with('\n') && text.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()));
}

/// Order `n` of an endless stream: sentences of the sample in an order of their own, with places and numbers that change.
fn recombined(sentences: &[String], n: usize) -> String {
    let pick = |k: usize| &sentences[(n * 7919 + k * 104_729 + n / sentences.len() * k) % sentences.len()];
    let text = format!("{}。{}号楼{}。{}。", pick(0), n % 97 + 1, pick(1), pick(2));
    serde_json::json!({"id": format!("m{n}"), "text": text, "received_at": format!("2026-01-{:02}", n % 28 + 1)}).to_string() + "\n"
}

/// Peak memory in KB of `analyze` over so many rows from a pipe.
fn peak(rows: usize) -> u64 {
    let sentences: Vec<String> = load_texts().iter().flat_map(|t| t.split(['。', '！', '？'])).map(|s| s.trim().to_string()).collect();
    let sentences: Vec<String> = sentences.into_iter().filter(|s| s.chars().count() > 3).collect();
    let mut child = Command::new(binary())
        .args(["analyze", "--input", "-", "--output", "/dev/null"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for n in 0..rows {
        stdin.write_all(recombined(&sentences, n).as_bytes()).unwrap();
    }
    // All but the last batch is done, and memory does not shrink.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok()).expect("Linux tells the peak")
}

const MOST_KB: u64 = 400_000;

#[test]
fn fifty_thousand_orders_in_little_memory() {
    let kb = peak(50_000);
    eprintln!("50,000 orders: {kb} KB at most");
    assert!(kb < MOST_KB, "{kb} KB");
}

#[test]
#[ignore = "minutes"]
fn memory_does_not_grow_with_the_file() {
    let (few, many) = (peak(50_000), peak(600_000));
    eprintln!("50,000 orders: {few} KB; 600,000: {many} KB");
    assert!(many < MOST_KB, "{many} KB");
    assert!(many < few + few / 10, "{few} KB, then {many} KB");
}

#[test]
fn stdin_to_stdout_in_order() {
    let text = std::fs::read_to_string(project("tests/golden/requests.jsonl")).unwrap();
    let mut child = Command::new(binary())
        .args(["analyze", "--input", "-", "--output", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let got = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(got, std::fs::read_to_string(project("tests/golden/expected.jsonl")).unwrap());
}

#[test]
fn real_orders_all_get_an_answer() {
    let Some(input) = shared("data/haikou.jsonl") else { return };
    let case = Case::new();
    let (code, err) = case.analyze(&input, &["--time", "date"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(case.ids().len(), std::fs::read_to_string(input).unwrap().lines().count());
}
