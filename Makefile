# Needs nothing but make and Python 3.11 or newer; everything else goes into .venv.
# Another Python: make PYTHON=/path/to/python3.12 check

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Not only what is installed is pinned, but also what builds it; old pips read the first variable, new ones the second.
PIP := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
       $(BIN)/python -m pip --disable-pip-version-check --quiet

AZURITE := 3.37.0

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo check test soak bench lint format schemas lock azurite clean

help: ## what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

demo: $(VENV)/installed ## install pingconf into .venv and show it on the embedded services
	$(BIN)/pingconf demo

check: lint test demo ## everything CI runs: format, lint, types, floors, tests, the demo
	@echo 'All checks passed.'

test: $(VENV)/installed-dev $(VENV)/azurite/installed ## the tests
	$(BIN)/python -m pytest -n 2

soak: $(VENV)/installed-dev $(VENV)/azurite/installed ## the tests that take minutes
	$(BIN)/python -m pytest -n 2 -m soak -rP

bench: $(VENV)/installed-dev ## how fast it is, beside Terraform if that is on PATH; takes ten minutes
	$(BIN)/python -m tests.bench

lint: $(VENV)/installed-dev ## format, lint, types and floors, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/installed-dev ## put the code into the house's format
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

schemas: $(VENV)/installed-dev ## write schemas/ anew from the code
	$(BIN)/python -m pingconf.operations.schemas schemas

lock: | python ## pin the newest versions that pyproject.toml allows in constraints.txt
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet --upgrade '.[dev]' hatchling
	{ sed -n '/^#/p' constraints.txt; \
	  $(VENV)-lock/bin/python -m pip --disable-pip-version-check freeze --exclude pingconf; \
	} > $(VENV)-lock/constraints.txt
	mv $(VENV)-lock/constraints.txt constraints.txt
	rm -rf $(VENV)-lock

azurite: $(VENV)/azurite/installed ## the stand-in for Azure Blob Storage that some tests use; needs npm

clean: ## remove everything that make made
	rm -rf $(VENV) $(VENV)-lock build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without npm, or where it fails, the tests on Azure Blob Storage are skipped, and say so.
$(VENV)/azurite/installed: Makefile | $(BIN)/python
	@mkdir -p $(VENV)/azurite
	@if command -v npm >/dev/null; then \
	  echo 'Installing Azurite into $(VENV)/azurite ...'; \
	  npm install --prefix $(VENV)/azurite --silent --no-audit --no-fund --ignore-scripts azurite@$(AZURITE) \
	    || echo 'Azurite could not be installed; its tests will be skipped' >&2; \
	else echo 'There is no npm; the tests on Azure Blob Storage will be skipped' >&2; fi
	@touch $@

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'pingconf needs Python 3.11 or newer; "$(PYTHON)" is' "$$($(PYTHON) --version 2>&1 || true)" >&2; \
	  echo 'Name another one: make PYTHON=/path/to/python3.11 ...' >&2; exit 1; }

$(BIN)/python: | python
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo 'Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing pingconf into $(VENV) ...'
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing pingconf and what its checks need into $(VENV) ...'
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $(VENV)/installed $@
