# The project's tasks. `make help` lists them; CI runs `make test` and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JIESU := target/release/jiesu
SHARED := $(wildcard ../shared)
VENV := .tools/venv
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help build models golden demo test test-all bench bench-classify bench-merge bench-hotspots lint test-rust test-python test-spark test-tutorial test-wasm bench-python wheel wasm web fuzz package clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: ## the command line, target/release/jiesu
	cargo build --release --features cli --bin jiesu

models: build ## models/beijing.jiesu and beijing-slim.jiesu from models/ and ../shared, the same bytes each time
	$(JIESU) bundle build --models models $(if $(SHARED),--shared ../shared) -o models/beijing.jiesu
	$(JIESU) bundle build --slim --models models $(if $(SHARED),--shared ../shared) -o models/beijing-slim.jiesu

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

test-all: test package test-spark test-tutorial wheel ## make test, then the long ones: the packed crate, Spark, notebook, kills, each bench once, fuzzing
	cargo test --release -p jiesu-tests -- --ignored --nocapture
	cd py && ../$(VENV)/bin/python -m pytest -q tests -m slow
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

$(VENV)/bin/python: py/requirements-test.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install -q -r py/requirements-test.txt
	@touch $@

# Chinese glyphs for the plots; without root the plot tests are skipped.
CJK_FONT := $(VENV)/font
$(CJK_FONT): | $(VENV)/bin/python
	@fc-list :lang=zh 2>/dev/null | grep -q . || $(SUDO) apt-get install -y -qq fonts-wqy-microhei > /dev/null 2>&1 || \
		echo "no font with Chinese glyphs could be installed: plots are not tested"
	@touch $@

.PHONY: py-install
py-install: $(VENV)/bin/python
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" pip install -q --no-build-isolation --force-reinstall --no-deps ./py

test-python: py-install $(CJK_FONT) ## the wheel in an environment of its own: types, stubs, tests, Spark on 5,000 rows
	cd py && ../$(VENV)/bin/python -m mypy python/jiesu
	cd py && ../$(VENV)/bin/python -m mypy.stubtest jiesu._jiesu
	cd py && ../$(VENV)/bin/python -m pytest -q README.md tests --pyargs jiesu

test-spark: py-install ## 200,000 rows on Spark, the same answers as one machine; prints speed and cost
	$(VENV)/bin/python py/tests/test_spark.py $(or $(ROWS),200000)

test-tutorial: py-install $(CJK_FONT) ## runs the notebook
	$(VENV)/bin/jupyter execute --timeout=600 py/tutorial.ipynb

bench-python: py-install ## the wheel's speed beside Rust and beside pandas + jieba + scikit-learn
	$(VENV)/bin/pip install -q jieba 'setuptools<81'
	cargo build -q --release -p jiesu --features cli --example batch_speed
	$(VENV)/bin/python py/bench.py --rust target/release/examples/batch_speed $(if $(ROWS),--rows $(ROWS))

# zig links against the glibc of manylinux2014; where pip has none, the tag is the oldest glibc this build runs on.
WHEEL_FLAGS = $(if $(shell $(VENV)/bin/pip install -q ziglang >&2 && echo yes),--zig --compatibility manylinux2014)
wheel: $(VENV)/bin/python ## a manylinux wheel and an sdist in out/dist, tried in a fresh environment without numpy
	@rm -rf out/dist && mkdir -p out/dist
	cd py && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" maturin build --release $(WHEEL_FLAGS) --out ../out/dist
	cd py && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" maturin sdist --out ../out/dist
	rm -rf .tools/plain && python3 -m venv .tools/plain
	.tools/plain/bin/pip install -q --no-index out/dist/*manylinux*.whl
	cd /tmp && $(CURDIR)/.tools/plain/bin/python -c "import sys, jiesu; print(jiesu.Engine().analyze('小区停水两天了')); assert not {'numpy', 'pandas', 'pyarrow'} & set(sys.modules)"
	@ls -l out/dist

wasm: build ## the browser module, the slim bundle and the npm package
	wasm/build.sh

test-wasm: wasm ## types, Node, packaging and browser tests
	wasm/build.sh browser
	cd wasm && npm test

web: wasm ## the operator's page on localhost
	cd wasm && npm run web && npm run serve

bench-classify: build $(VENV)/bin/python ## jiesu train and predict beside scikit-learn and fastText, the same folds (needs ../shared; 10 minutes)
	$(VENV)/bin/pip install -q jieba 'setuptools<81'
	$(VENV)/bin/pip install -q --only-binary :all: fasttext-wheel || echo "fastText has no wheel for this Python: left out"
	$(VENV)/bin/python benches/peers/linear.py

bench-merge: build ## merging at 10k, 100k and 1M records, and beside its peers (an hour; pip install rensa datasketch scikit-learn)
	dir=$$(mktemp -d) && cargo bench -p jiesu-benches --bench merge -- growth 1000000 $$dir; rm -rf $$dir
	python3 benches/merge/peers.py

bench-hotspots: build $(VENV)/bin/python ## hotspots beside EARS, z-score and R's farringtonFlexible: table and plot in benches/hotspots (ten minutes)
	@Rscript -e 'library(surveillance)' > /dev/null 2>&1 || $(SUDO) apt-get install -y -qq --no-install-recommends r-cran-surveillance > /dev/null 2>&1 || \
		echo "r-cran-surveillance could not be installed: the bench goes without it and says so"
	$(VENV)/bin/python benches/hotspots/run.py

clean: ## what was built
	cargo clean
	rm -rf out .tools
