# Every target sets up what it needs; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-header --allow-unsafe --strip-extras $(if $(UPGRADE),--upgrade)
SHORT := --tb short --durations 25

export PIP_DISABLE_PIP_VERSION_CHECK := 1
.DEFAULT_GOAL := help
.PHONY: help dev demo test faults check static bench docs lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

dev: $(READY) ## Make .venv with everything pinned, and assay installed in it

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11; say make PYTHON=/path/to/python3.11 or newer"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { [ "$$(id -u)" = 0 ] \
		&& apt-get update -qq && apt-get install -qq -y --no-install-recommends python3-venv; } \
		|| { echo "python3-venv is missing: apt-get install python3-venv"; exit 2; }
	@echo "making $(VENV)"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Start the platform, invite a candidate, push a solution with git, leave the pages up
	@$(BIN)/assay doctor --fix || echo "going on with what there is"
	@$(BIN)/assay demo

test: static ## Everything CI runs; starts a container engine if it can (root on Debian or Ubuntu)
	@$(BIN)/assay doctor --fix || echo "going on with what there is"
	@.ci/tools || echo "going on without some of these: their tests are skipped"
	@$(BIN)/pytest -n 3 --dist loadfile $(SHORT) -m "not minutes and not alone"; first=$$?; \
		[ $$first != 1 ] || { echo "what failed beside other tests, once more with nothing beside it"; \
			$(BIN)/pytest $(SHORT) --last-failed --last-failed-no-failures none -x \
				-m "not minutes and not alone"; first=$$?; }; \
		$(BIN)/pytest $(SHORT) -m "not minutes and alone" tests/e2e tests/faults tests/integration \
		&& exit $$first

faults: $(READY) ## Grade the starter and the faults that show under load, and other slow tests (50 minutes)
	@$(BIN)/pytest -m minutes

check: static ## The fast checks: lint, types, imports, unit and architecture tests but the slow ones
	@$(BIN)/pytest -q -n auto --dist loadfile -m "not slow and not minutes" tests/unit tests/architecture

static: $(READY)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## Run one benchmark: make bench NAME=load_accuracy
	@[ -n "$(NAME)" ] || { echo "say which: make bench NAME=..."; ls tests/benchmarks; exit 2; }
	@PYTHONPATH=$(CURDIR) $(BIN)/python $(firstword $(wildcard tests/benchmarks/$(NAME).py) tests/benchmarks/$(NAME))

docs: $(READY) ## Write the generated parts of docs/ anew
	@$(BIN)/python docs/reference_tables.py
	@ASSAY_RECORD=1 $(BIN)/pytest -q tests/unit/test_integrations_schema.py >/dev/null

lock: $(READY) ## Pin requirements/*.txt anew from pyproject.toml (UPGRADE=1 for newer versions)
	@$(LOCK) --output-file requirements/runtime.txt pyproject.toml
	@$(LOCK) --extra dev --output-file requirements/dev.txt pyproject.toml
	@$(LOCK) --extra pdf -c requirements/runtime.txt --output-file requirements/pdf.txt pyproject.toml

clean: ## Remove what make and assay wrote into this directory
	@rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
