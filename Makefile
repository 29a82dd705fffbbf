# The project's tasks. `make help` lists them; CI runs `make test` and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JIESU := target/release/jiesu
SHARED := $(wildcard ../shared)
VENV := .tools/venv
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help build models golden demo test test-all bench-merge lint test-rust test-python test-wasm wasm web clean

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
	cargo test --release -p jiesu --features cli --lib --tests
	cargo test --release -p jiesu --features cli --doc
	cargo test --release -p jiesu-tests

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

bench-merge: build ## merging at 10k, 100k and 1M records, and beside its peers (an hour; pip install rensa datasketch scikit-learn)
	cargo bench -p jiesu-benches --bench merge -- growth 1000000
	dir=$$(mktemp -d) && cargo bench -p jiesu-benches --bench merge -- speed 1000000 $$dir; rm -rf $$dir
	python3 benches/merge/peers.py

test-all: test ## and what takes minutes: a hundred kills under load
	cargo test --release -p jiesu-tests --test store -- --ignored

clean: ## what was built
	cargo clean
	rm -rf out .tools
