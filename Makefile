# Two commands need nothing but Python 3.11+, make and git: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
EXAMPLE ?= intermedia-june-2019

SEED ?= 1

.PHONY: demo test test-faults soak check audit coverage fmt bench lock clean

demo: $(VENV)/ready
	@$(BIN)/python examples/run.py $(EXAMPLE)

test: $(VENV)/ready
	@$(BIN)/python -m pytest -q -n auto $(TESTS)

# The suites that hold the promise, with their table: quickly, and whole (up to an hour).
test-faults: $(VENV)/ready
	@$(BIN)/python -m pytest -q -n auto --seed $(SEED) tests/promise

soak: $(VENV)/ready
	@RULES_RUN_EXTENT=full $(BIN)/python -m pytest -q -n auto --seed $(SEED) tests/promise

check: $(VENV)/ready
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=engine $(BIN)/lint-imports --no-cache

# What the product is made of: hashes, safe versions, advisories. AUDIT=--strict fails where advisories cannot be asked.
audit: $(VENV)/ready
	@$(BIN)/python tests/audit.py $(AUDIT)

# Branches of the language and of the mapping, by their own tests and by the rule tests that ship.
coverage: $(VENV)/ready
	@$(BIN)/python -m pytest -q -n auto --cov --cov-report=term --cov-report=json:coverage.json \
	    tests/language tests/mapping tests/rules
	@$(BIN)/python tests/branches.py coverage.json 95

fmt: $(VENV)/ready
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/ready
	@$(BIN)/python -m benchmarks.run

# The lock holds hashes and no addresses; uv installs it in seconds, pip does where uv cannot be had.
$(VENV)/ready: pyproject.toml requirements-dev.lock
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || true
	@if [ -x $(BIN)/uv ]; then \
	    $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock && \
	    $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	    $(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock && \
	    $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .; \
	fi
	@touch $@

lock:
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --extra sandbox --extra xlsx --extra postgres --group dev pyproject.toml -o requirements-dev.lock

clean:
	@rm -rf $(VENV) .audit .pytest_cache .mypy_cache .ruff_cache .import_linter_cache dist build
