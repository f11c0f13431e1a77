# Every target bootstraps by itself: Python 3.11 or newer, make and pip are enough.

PYTHON ?= $(firstword $(foreach p,python3.11 python3 python3.12 python3.13 python3.14,$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
JOBS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Stamps: what the environment holds. `all` includes `core`.
BASE := $(VENV)/.stamp-base
CORE := $(VENV)/.stamp-core
ALL := $(VENV)/.stamp-all

.PHONY: help env demo test lint format verify bench calibrate lock clean
.NOTPARALLEL:

help:
	@echo 'make demo     run the published trial in virtual patients and build its report'
	@echo 'make test     run the tests'
	@echo 'make env      make .venv with every extra'
	@echo 'make lint     ruff, mypy, import layers          make format   let ruff format the code'
	@echo 'make verify   long scientific verification       make bench    measure the engine'
	@echo 'make calibrate   fit the catalogue again (CALIBRATE=--write puts the values into it)'
	@echo 'make lock     resolve the lock files again (UPGRADE=--upgrade for newer releases)'
	@echo 'make clean    remove run folders and caches, keep .venv'

env: $(ALL)

demo: $(CORE)
	@if [ -f runs/demo/run.json ] && [ -n "$$(find src/leukin -type f ! -name '*.pyc' -newer runs/demo/run.json)" ]; then \
	    echo 'leukin has changed since the last demo: starting afresh'; rm -rf runs/demo; fi
	@$(BIN)/leukin run fyfe-1995-rcc --out runs/demo

test: $(ALL)
	$(BIN)/python -m pytest -q -n $(JOBS)

lint: $(ALL)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(ALL)
	$(BIN)/ruff check --fix-only --select I .
	$(BIN)/ruff format .

verify: $(ALL)
	$(BIN)/python -m pytest -q -n $(JOBS) -m slow

bench: $(ALL)
	$(BIN)/python benchmarks/engine.py

calibrate: $(ALL)
	$(BIN)/python -m leukin.inference.calibrate --workers $(JOBS) $(CALIBRATE)

# all.lock is resolved first and bounds core.lock, so that both can fill the same environment.
RESOLVE = $(BIN)/uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --quiet \
	-c requirements/constraints.in $(UPGRADE)

lock: $(BASE)
	$(PIP) install --quiet uv
	$(RESOLVE) --all-extras pyproject.toml requirements/build.in -o requirements/all.lock
	$(RESOLVE) -c requirements/all.lock pyproject.toml requirements/build.in -o requirements/core.lock
	@if grep -nE '://|^(-|--)|/home/|@ ' requirements/*.lock; then echo 'a lock names an address or a path'; exit 1; fi

clean:
	rm -rf runs dist build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -type d -name __pycache__ -prune -exec rm -rf {} +

# A working environment is kept; a missing or half-made one is made again.
$(BASE):
	@if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    if [ -z "$(PYTHON)" ]; then echo 'leukin needs Python 3.11 or newer; none found (make PYTHON=/path/to/python3.11)' >&2; exit 1; fi; \
	    echo 'Making $(VENV) with $(PYTHON)'; $(PYTHON) -m venv --clear $(VENV); fi
	@touch $@

$(CORE): requirements/core.lock pyproject.toml | $(BASE)
	@echo 'Installing leukin and what it needs to run'
	@$(PIP) install -qq --require-hashes -r requirements/core.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@

$(ALL): requirements/all.lock pyproject.toml | $(BASE)
	@echo 'Installing leukin with every extra'
	@$(PIP) install -qq --require-hashes -r requirements/all.lock
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $(CORE) $@
