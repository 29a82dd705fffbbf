//! See [`harness::bundle`].
#![no_main]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| harness::bundle(data));
