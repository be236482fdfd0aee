# Two commands do all the set-up: `make demo` and `make test`. They need python3 (3.11 or newer), make and the network.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test test-clients torture check fix bench docs clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 19

demo: .venv/.demo ## Install, take in the sample log, print the report and where its page is
	@$(BIN)/tokencli demo $(ARGS)

test: .venv/.test ## Run the tests; what is skipped is listed with its reason
	@$(BIN)/pytest -n 2 $(ARGS)

torture: export TOKENCLI_TORTURE = 1
torture: .venv/.torture ## Kill and starve a proxy (TOKENCLI_KILLS=1000), fuzz all readers (TOKENCLI_FUZZ_RUNS=1000000): hours
	@$(BIN)/pytest -m torture $(ARGS)

test-clients: export TOKENCLI_CLIENTS = 1
test-clients: .venv/.test ## Install real clients into a cache (TOKENCLI_CLIENTS_CACHE), and hold the ledger to what they were told
	@$(BIN)/pytest tests/clients_real -p no:randomly $(ARGS)

check: export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
check: .venv/.lint ## Check format, lint, types (mypy and pyright), imports and docs
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q -m docs

fix: .venv/.lint ## Format, mend what ruff can mend, write the generated docs anew
	$(BIN)/ruff format
	$(BIN)/ruff check --fix
	$(BIN)/python -m tools.cli_docs
	$(BIN)/python -m tools.console_docs

bench: .venv/.test ## Measure speed and memory beside a reference (some minutes, some GB in bench/data)
	$(BIN)/python -m bench.run $(ARGS)

docs: .venv/.docs ## Build the documentation's pages into site/
	$(BIN)/zensical build --clean --strict

clean: ## Remove what these targets made, but not your reports
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .cache .coverage
	rm -rf site dist bench/data
	find src tests tools bench examples -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.demo: GROUPS =
.venv/.test: GROUPS = test
.venv/.torture: GROUPS = test fuzz
.venv/.lint: GROUPS = test lint
.venv/.docs: GROUPS = docs
.venv/.demo .venv/.test .venv/.torture .venv/.lint .venv/.docs: pyproject.toml uv.lock tools/bootstrap.py
	@$(PYTHON) tools/bootstrap.py $(GROUPS)
	@touch $@
