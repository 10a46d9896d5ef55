# Two commands: `make run` starts a site, `make test` proves it. Both set themselves up, as an ordinary user.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input --quiet
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header
VENDOR := core/static/vendor/.stamp

# Last on PATH: the npm of requirements/node.txt, used where the machine has none.
export PATH := $(PATH):$(CURDIR)/$(VENV)/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test quick lint format bench lock wheel clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile

run: $(VENV)/.run-stamp $(VENDOR) ## Start the site on http://127.0.0.1:8000, setting up what is missing
	@exec $(VENV)/bin/mutoscope serve

test: $(VENV)/.dev-stamp $(VENDOR) ## Run every test, those in a real browser included, with coverage of the core
	@$(PY) -m tests.browser.chromium
	$(PY) -m pytest -n 3 -m "not serial" --cov=core
	$(PY) -m pytest -m serial --cov=core --cov-append $(if $(CI),--cov-fail-under=95)

# Neighbours stay with one worker, which starts their servers once; and all share what one has compiled.
quick: export PYTHONDONTWRITEBYTECODE :=
quick: $(VENV)/.dev-stamp $(VENDOR) ## Run the tests that are neither slow nor in a browser, in under two minutes
	$(PY) -m pytest -n 3 --dist worksteal -m "not slow and not browser and not serial"

lint: $(VENV)/.dev-stamp ## Check style, format and types
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

format: $(VENV)/.dev-stamp ## Mend what ruff can mend by itself
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(VENV)/.dev-stamp $(VENDOR) ## Measure what the README claims
	$(PY) -m bench

lock: $(VENV)/.dev-stamp ## Pin again what pyproject.toml asks for; newer releases with UPGRADE=--upgrade
	$(LOCK) $(UPGRADE) pyproject.toml --group build --output-file requirements/run.txt
	$(LOCK) $(UPGRADE) pyproject.toml --group build --group dev --constraint requirements/run.txt --output-file requirements/dev.txt
	$(LOCK) $(UPGRADE) --group node --output-file requirements/node.txt

wheel: $(VENV)/.run-stamp $(VENDOR) ## Build an installable package in dist/
	$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

clean: ## Remove everything that make made; data/ stays
	rm -rf $(VENV) build dist core/static/vendor .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The project is installed in place, so a change of its code needs no new installation.
$(VENV)/.run-stamp: pyproject.toml requirements/run.txt requirements/node.txt
	@$(PY) -m pip --version >/dev/null 2>&1 || $(MAKE) --no-print-directory new-environment
	@echo "Installing $$(grep -c == requirements/run.txt) pinned packages; the first time takes a minute …"
	@$(PIP) install --no-deps --require-hashes --requirement requirements/run.txt
	@command -v npm >/dev/null || { echo "Installing Node.js, because there is no npm …"; \
		$(PIP) install --no-deps --require-hashes --requirement requirements/node.txt; }
	@$(PY) hatch_build.py
	@echo "Installing Mutoscope itself …"
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev-stamp: $(VENV)/.run-stamp requirements/dev.txt
	@echo "Installing $$(grep -c == requirements/dev.txt) pinned packages for development …"
	@$(PIP) install --no-deps --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENDOR): package.json package-lock.json hatch_build.py | $(VENV)/.run-stamp
	@$(PY) hatch_build.py
	@touch $@

# Debian packs ensurepip apart from Python; where it is missing, the machine's own pip fills the environment.
.PHONY: new-environment
new-environment:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Mutoscope needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || $(PYTHON) -m pip --version >/dev/null 2>&1 || { \
		echo "$(PYTHON) can make no virtual environment: it has neither ensurepip nor pip. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) -V) …"
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv --clear $(VENV); \
	else $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(PY) install --quiet pip; fi
