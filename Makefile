# The verbs, for people and for CI.  Each makes .venv by itself on first use.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin
# A process for each core, of which each may take a gigabyte; the tests of a file share what they trained.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile
INSTALLED := .venv/.installed
WITH_TOOLS := .venv/.installed-tools
SUPPORTED := import sys; v = sys.version_info[:2]; \
    (3, 11) <= v <= (3, 13) or sys.exit("digitlab needs Python 3.11 to 3.13, this is %d.%d. " % v + \
    "Name another: make train PYTHON=python3.12")
PIP := $(BIN)/python -m pip install --constraint constraints.txt --progress-bar on --disable-pip-version-check

.PHONY: train test test-slow check check-contract audit bench bench-short clean

train: $(INSTALLED)  ## the lab: softmax regression on MNIST
	$(BIN)/digitlab train softmax

test: $(WITH_TOOLS)  ## the tests, in minutes
	$(BIN)/pytest $(PARALLEL)

test-slow: $(WITH_TOOLS)  ## the promises on accuracy, speed and crashes
	$(BIN)/pytest tests/slow

check-contract: $(WITH_TOOLS)  ## what the checker finds in correct programs and in planted mistakes, in half an hour
	$(BIN)/python -m tests.checker.contract

check: $(WITH_TOOLS)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

audit: $(INSTALLED)  ## known vulnerabilities of the tested versions (asks PyPI), and a bill of materials
	$(PIP) --group audit
	$(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip
	mkdir -p dist && $(BIN)/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml \
	    --output-reproducible --output-file dist/digitlab.cdx.json

bench: $(WITH_TOOLS)  ## the tables of docs/measured.md
	$(BIN)/python -m benchmarks.epoch
	$(BIN)/python -m benchmarks.command
	$(BIN)/python -m benchmarks.synthetic
	$(BIN)/python -m benchmarks.train
	$(BIN)/python -m benchmarks.compare
	$(BIN)/python -m benchmarks.lab
	$(BIN)/python -m benchmarks.serve

bench-short: $(WITH_TOOLS)  ## how fast and how good fast is, and what bounds it, in 5 minutes
	$(BIN)/python -m benchmarks.time_to_accuracy --recipes fast --seeds 3 --peer-seeds 0
	$(BIN)/python -m benchmarks.throughput

# What trains and answers; pip names each download, since TensorFlow alone takes minutes on a slow line.
$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c '$(SUPPORTED)'
	@echo "Setting up .venv, once: 1.9 GB on the disk, some minutes."
	@$(BIN)/python -c '$(SUPPORTED)' 2> /dev/null || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(PIP) --editable '.[all]'
	touch $@

# And what tests it.
$(WITH_TOOLS): $(INSTALLED)
	$(PIP) --group dev
	touch $@

clean:  ## all that was made here, but for runs
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
