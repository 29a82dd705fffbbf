# The project's tasks. `make help` lists them; CI runs `make test` and nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
JIESU := target/release/jiesu
SHARED := $(wildcard ../shared)
VENV := .tools/venv
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)

.PHONY: help build models golden demo test lint test-rust clean

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

test: build test-rust ## unit, doc and end-to-end tests of the core and the command line

lint: ## rustfmt, clippy and documentation, warnings denied
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --no-deps -p jiesu --all-features

test-rust: build ## unit, doc and end-to-end tests
	cargo test --release -p jiesu --features cli --lib --tests
	cargo test --release -p jiesu --features cli --doc
	cargo test --release -p jiesu-tests

clean: ## what was built
	cargo clean
	rm -rf out .tools
