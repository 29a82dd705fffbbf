# The project's tasks. `make help` lists them; CI runs `make test` and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JIESU := target/release/jiesu
SHARED := $(wildcard ../shared)
VENV := .tools/venv
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help build models golden demo test test-all bench lint test-rust test-python test-wasm wasm web fuzz package clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: ## the command line, target/release/jiesu
	cargo build --release --features cli --bin jiesu

models: build ## models/beijing.jiesu from models/ and ../shared, the same bytes each time
	$(JIESU) bundle build --models models $(if $(SHARED),--shared ../shared) -o models/beijing.jiesu

golden: build ## renew tests/golden/expected.jsonl after a change of answers that is meant
	$(JIESU) analyze --input tests/golden/requests.jsonl --output tests/golden/expected.jsonl

demo: build ## analyse the sample, show what is in it, write out/
	@mkdir -p out
	@$(JIESU) analyze --input models/samples/requests.jsonl --output out/analyzed.jsonl --incidents
	@$(JIESU) hotspots --input out/analyzed.jsonl --as-of 2026-03-04 --from 2026-02-05 --output out/alerts.jsonl
	@$(JIESU) report --input out/analyzed.jsonl --as-of 2026-03-04 --output out/report.html
	@$(JIESU) summary --input out/analyzed.jsonl --alerts out/alerts.jsonl
	@echo "written: out/analyzed.jsonl out/alerts.jsonl out/report.html"

test: lint build test-rust test-python test-wasm ## everything, set-up included

lint: ## rustfmt, clippy and documentation, warnings denied
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps -p jiesu --all-features

test-rust: build ## unit, doc and end-to-end tests
	cargo test --release -p jiesu --features cli,embed --lib --tests
	cargo test --release -p jiesu --features cli,embed --doc
	cargo build --release -p jiesu --features cli --example service
	cargo test --release -p jiesu-tests

bench: ## criterion benches on one core: normalise, segment, features, predict, analyse, load
	taskset -c 0 cargo bench -p jiesu-benches

test-all: test package ## make test, then the long ones: ignored tests, the packed crate, each bench once, fuzzing (10 minutes alone)
	cargo test --release -p jiesu-tests -- --ignored --nocapture
	cargo bench -p jiesu-benches -- --test
	$(MAKE) fuzz

# Coverage as libFuzzer reads it, from stable rustc; with a target given, build scripts and macros stay plain.
FUZZ_FLAGS := -Cpasses=sancov-module $(addprefix -Cllvm-args=-sanitizer-coverage-,level=3 inline-8bit-counters pc-table) -Ccodegen-units=4 --cfg fuzzing
FUZZ_TARGET := $(shell rustc -vV | sed -n 's/host: //p')
FUZZ_SECONDS ?= 300
FUZZ_DIR := core/fuzz/target/$(FUZZ_TARGET)/release

fuzz: ## both fuzz targets, FUZZ_SECONDS (300) each and their build; what breaks them is left in out/fuzz
	cd core/fuzz && RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --release --target $(FUZZ_TARGET)
	@mkdir -p out/fuzz/bundle out/fuzz/analyze
	$(FUZZ_DIR)/bundle out/fuzz/bundle -len_control=0 -max_len=61 -timeout=30 -rss_limit_mb=2048 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=out/fuzz/bundle- -print_final_stats=1
	$(FUZZ_DIR)/analyze out/fuzz/analyze -len_control=0 -max_len=600 -timeout=30 -rss_limit_mb=2048 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=out/fuzz/analyze- -print_final_stats=1

package: ## packs the crate and runs its documentation's examples outside the workspace
	cargo package -p jiesu --allow-dirty --no-verify
	@set -e; dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; \
	tar xzf target/package/jiesu-*.crate -C "$$dir"; cd "$$dir"/jiesu-*; \
	cmp beijing.jiesu $(CURDIR)/models/beijing.jiesu; \
	CARGO_TARGET_DIR=$(CURDIR)/target/packaged cargo test --release --features train,store,parallel,embed --doc
	@ls -l target/package/jiesu-*.crate

$(VENV)/bin/python:
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q 'maturin>=1.9,<2' 'pytest>=8' numpy 'pandas>=2.2' 'polars>=1' 'pyarrow>=15'

test-python: $(VENV)/bin/python ## the wheel in a fresh environment, its tests
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" pip install -q --no-build-isolation --force-reinstall --no-deps ./py
	cd py && ../$(VENV)/bin/python -m pytest -q tests --pyargs jiesu

wasm: ## the browser module and the npm package
	wasm/build.sh

test-wasm: wasm ## types, Node, packaging and browser tests
	wasm/build.sh browser
	cd wasm && npm test

web: wasm ## the operator's page on localhost
	cd wasm && npm run web && npm run serve

clean: ## what was built
	cargo clean
	rm -rf out .tools
