//! The fuzz targets over fixed seeds: bundles whose content is not what it should be, and texts of every kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

#[path = "../core/fuzz/harness.rs"]
mod harness;

/// Bytes that are the same on every run (xorshift64*).
struct Bytes(u64);

impl Bytes {
    fn next(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
    }

    fn take(&mut self, n: usize) -> Vec<u8> {
        (0..n).map(|_| self.next()).collect()
    }
}

fn changed_bundles(seed: u64, rounds: usize) {
    let mut bytes = Bytes(seed);
    for round in 0..rounds {
        let mut script = vec![(round % 256) as u8];
        script.extend(bytes.take(6 * (1 + round % 5)));
        harness::bundle(&script);
    }
}

#[test]
fn changed_bundles_are_refused_or_answer() {
    changed_bundles(1, 1024);
}

#[test]
#[ignore = "minutes"]
fn a_hundred_thousand_changed_bundles_are_refused_or_answer() {
    changed_bundles(3, 100_000);
}

#[test]
fn every_text_gets_a_sound_answer() {
    let mut bytes = Bytes(2);
    for round in 0..600usize {
        let mut text = vec![round as u8];
        text.extend(bytes.take(round % 80));
        harness::analyze(&text);
    }
}

/// What the fuzzers found once stays mended.
#[test]
fn found_by_fuzzing() {
    for (file, run) in [("bundle", harness::bundle as fn(&[u8])), ("analyze", harness::analyze)] {
        for line in std::fs::read_to_string(jiesu_tests::project(&format!("core/fuzz/found/{file}.hex"))).unwrap().lines() {
            let hex = line.split('#').next().unwrap_or_default().trim().as_bytes();
            let bytes: Vec<u8> = hex.chunks(2).map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap()).collect();
            run(&bytes);
        }
    }
}
