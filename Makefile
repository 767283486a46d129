# make scan    audit the sample estate that has drifted, and show the report
# make test    run every test
# make lint    style, types, layers
# make docs    write the pages that follow from the rules, and the output that pages show
# make browser the Chromium in which tests open the HTML report: Debian's, installed where it is not there (needs root)
# make bench   measure; writes the table of docs/performance.md (bench-live: a collection, against a loopback Azure)
#
# Needs Python 3.11 or newer and nothing else: the environment in $(VENV) is made on first use, and brought up to date
# when pyproject.toml changes. PYTHON=python3.12 and VENV=/elsewhere choose others.

PYTHON ?= python3
VENV ?= .venv
BENCH_OPTIONS ?=

BIN := $(VENV)/bin
RUN_READY := $(VENV)/.kvaudit-ready
DEV_READY := $(VENV)/.kvaudit-dev-ready
SAMPLE := sample-configs/contoso-drift
AS_OF := 2026-11-23

.PHONY: scan test lint docs browser bench bench-live
.DEFAULT_GOAL := scan

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("kvaudit needs Python 3.11 or newer; name one with PYTHON=" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(RUN_READY): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(DEV_READY): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(RUN_READY) $@

# The sample fails its audit by design. Of the scan's exit codes 0 (pass), 1 (findings) and 3 (incomplete) mean that it
# did its work; any other fails the target.
scan: $(RUN_READY)
	@$(BIN)/kvaudit scan $(SAMPLE) --config $(SAMPLE)/kvaudit.yaml --as-of $(AS_OF) || case $$? in \
	  1) echo 'make scan: exit code 1, so there are findings; this sample is made to have them.' ;; \
	  3) echo 'make scan: exit code 3, so something could not be seen.' ;; \
	  *) echo 'make scan: the scan did not run.' >&2; exit 1 ;; \
	esac

test: $(DEV_READY) browser
	$(BIN)/python -m pytest

lint: $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(DEV_READY)
	$(BIN)/python scripts/write_rule_pages.py
	$(BIN)/python scripts/write_live_page.py
	$(BIN)/python scripts/page_commands.py
	$(BIN)/python scripts/write_man_pages.py

browser:
	scripts/install_chromium.sh

bench: $(RUN_READY)
	$(BIN)/python benchmarks/run.py --write docs/performance.md $(BENCH_OPTIONS)

bench-live: $(RUN_READY)
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	$(BIN)/python benchmarks/live.py $(BENCH_OPTIONS)
