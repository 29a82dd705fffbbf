//! What the end-to-end tests share: where things are and how the command line is run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A path of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A path of the data beside the project; `None` (said on stderr) where a user does not have it.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = project("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// The built binary, beside the test's own folder.
pub fn binary() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has a path");
    let path = exe.parent().and_then(Path::parent).expect("target/PROFILE/deps").join("jiesu");
    assert!(path.exists(), "{} is not built: run `cargo build --release --features cli --bin jiesu` first", path.display());
    path
}

/// Runs the command line.
pub fn jiesu<I: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = I>) -> Output {
    Command::new(binary()).args(args).output().expect("the binary runs")
}

/// The lines of a file as JSON; fails when one is not.
pub fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).expect("readable");
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is whole");
    text.lines().map(|l| serde_json::from_str(l).expect("each line is JSON")).collect()
}

/// Texts of the sample, for tests under load.
pub fn load_texts() -> Vec<String> {
    let rows = json_lines(&project("models/samples/requests.jsonl"));
    rows.iter().filter_map(|r| r["text"].as_str()).map(str::to_string).collect()
}

/// Record `n` of an endless stream over the texts: 400 a day, each with a number of its own in it.
pub fn load_record(texts: &[String], n: u64) -> jiesu::Complaint {
    let text = format!("{}，门牌{}号", texts[(n * 7919) as usize % texts.len()], n * 31 % 977);
    let mut record = jiesu::Complaint::builder(format!("L{n}")).text(text).build().expect("a record");
    // Some come without a time.
    record.received_at = (!n.is_multiple_of(50)).then_some(jiesu::complaint::Time(1_767_225_600 + n as i64 * 216));
    record
}
