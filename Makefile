# The project's tasks. `make help` lists them; CI runs `make test` and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JIESU := target/release/jiesu
SHARED := $(wildcard ../shared)
VENV := .tools/venv
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help build models golden demo test test-all lint test-rust test-python test-spark test-tutorial test-wasm bench-python wheel wasm web clean

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

test-all: test test-spark test-tutorial wheel ## what takes too long for every change, too

lint: ## rustfmt, clippy and documentation, warnings denied
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps -p jiesu --all-features

test-rust: build ## unit, doc and end-to-end tests
	cargo test --release -p jiesu --features cli --lib --tests
	cargo test --release -p jiesu --features cli --doc
	cargo test --release -p jiesu-tests

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

# The tag is the oldest glibc this build runs on; for older ones: make wheel WHEEL_FLAGS='--zig --compatibility manylinux2014'.
WHEEL_FLAGS :=
wheel: $(VENV)/bin/python ## a manylinux wheel and an sdist in out/dist, tried in a fresh environment without numpy
	$(if $(findstring --zig,$(WHEEL_FLAGS)),$(VENV)/bin/pip install -q ziglang)
	@rm -rf out/dist && mkdir -p out/dist
	cd py && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" maturin build --release $(WHEEL_FLAGS) --out ../out/dist
	cd py && PATH="$(CURDIR)/$(VENV)/bin:$$PATH" maturin sdist --out ../out/dist
	rm -rf .tools/plain && python3 -m venv .tools/plain
	.tools/plain/bin/pip install -q --no-index out/dist/*manylinux*.whl
	cd /tmp && $(CURDIR)/.tools/plain/bin/python -c "import sys, jiesu; print(jiesu.Engine().analyze('小区停水两天了')); assert not {'numpy', 'pandas', 'pyarrow'} & set(sys.modules)"
	@ls -l out/dist

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
