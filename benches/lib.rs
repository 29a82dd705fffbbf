//! Criterion benches live beside this file (`cargo bench -p jiesu-benches`); runs against peers are in `peers/`.
