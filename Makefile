# The verbs, for people and for CI.  Each makes .venv by itself on first use.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# A process for each core, of which each may take a gigabyte; the tests of a file share what they trained.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
INSTALLED := .venv/.installed

.PHONY: train test test-slow check check-contract bench bench-short clean

train: $(INSTALLED)  ## the lab: softmax regression on MNIST
	$(BIN)/digitlab train softmax

test: $(INSTALLED)  ## the tests, in minutes
	$(BIN)/pytest $(PARALLEL)

test-slow: $(INSTALLED)  ## the promises on accuracy, speed and crashes
	$(BIN)/pytest tests/slow

check-contract: $(INSTALLED)  ## what the checker finds in correct programs and in planted mistakes, in half an hour
	$(BIN)/python -m tests.checker.contract

check: $(INSTALLED)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)  ## the tables of the README
	$(BIN)/python -m benchmarks.epoch
	$(BIN)/python -m benchmarks.command
	$(BIN)/python -m benchmarks.synthetic
	$(BIN)/python -m benchmarks.train
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.lab
	$(BIN)/python -m benchmarks.serve

bench-short: $(INSTALLED)  ## how fast and how good fast is, and what bounds it, in 5 minutes
	$(BIN)/python -m benchmarks.time_to_accuracy --recipes fast --seeds 3 --peer-seeds 0
	$(BIN)/python -m benchmarks.throughput

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[lab,train]' --group dev
	touch $@

clean:  ## all that was made here, but for runs
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
