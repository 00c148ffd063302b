# Wick: one target for each thing that one does often. `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
BIN = $(or $(CARGO_TARGET_DIR),target)/release/wick

.PHONY: help setup run replay test lint bench bench-python bench-doors coverage docs schemas

help:      ## list the targets
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:[^#]*##/\t/' | expand -t 14

setup:     ## install redis-server where it is missing, or say how
	@deploy/setup.sh

run: setup ## build, then run everything: live where there is network, simulated where there is none
	$(CARGO) build --release --locked --workspace --bin wick
	$(BIN) up $(ARGS)

replay: setup ## replay recorded candles: make replay FILES="a.parquet b.parquet"
	$(CARGO) build --release --locked --workspace --bin wick
	$(BIN) replay $(FILES) $(ARGS)

test: setup ## the whole suite
	@deploy/test.sh

lint: setup ## formatting, clippy without warnings, no unused dependencies, licences
	@deploy/lint.sh

bench: setup ## speed, each figure beside a reference of the same run
	$(CARGO) bench --locked --workspace --bench engine $(ARGS)

bench-python: ## speed of features, fits and forecasts beside Python's libraries: docs/benchmarks.md
	@deploy/bench_python.sh

bench-doors: setup ## speed of starts, answers and live events beside bare actix-web and FastAPI: docs/benchmarks.md
	@deploy/bench_doors.sh

coverage: setup ## line coverage of the whole suite
	@deploy/coverage.sh

docs:      ## the API documentation, warnings denied
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

schemas:   ## write the generated documents again after a change of the vocabulary
	WICK_BLESS=1 $(CARGO) test --locked -p wick-schemas --test documents
	WICK_BLESS=1 $(CARGO) test --locked -p wick-bus --test metrics
