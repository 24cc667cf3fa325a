# threadpilot: every task is one word. `make help` lists them.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# The lock names everything, so nothing is left to resolve: a release of today cannot break the install of a package
# that another one asks for with an extra, which older pips look up anew. `pip check` then proves the lock complete.
PIP_LOCKED := $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes
# Three suit two cores, as tests of whole processes mostly wait; override with `make test WORKERS=8`.
WORKERS ?= 3
# Where it is set, each process that a test starts compiles all of ours anew: half a second.
unexport PYTHONDONTWRITEBYTECODE
CODE   := bot handlers integrations storage blocks sandbox tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check lint format migrate lock clean bench test-integrations test-api test-ai test-confidence \
        test-e2e test-performance test-adversary security-audit reference

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run-ready ## Set up and run the whole product against the sandbox, no accounts (ARGS="--port 8490 …")
	$(BIN)/threadpilot demo $(ARGS)

test: $(VENV)/.dev-ready ## Set up and run every test that can run; skipped ones are named with their reason
	$(PYTEST) -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ARGS)

coverage: ## The same, and see that tests run 95 % of all lines, and every line of bot/core and blocks
	rm -f .coverage .coverage.*
	$(MAKE) test ARGS="--cov --cov-report= --cov-fail-under=95 $(ARGS)"
	@$(BIN)/coverage report --include='bot/core/*,blocks/*' --fail-under=100 > .coverage-report \
	  || { cat .coverage-report; exit 1; }

check: $(VENV)/.dev-ready ## Format, lint, types and import rule
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: check ## The same as check

format: $(VENV)/.dev-ready ## Format the code and mend what can be mended
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

migrate: $(VENV)/.run-ready ## Bring the database of .env up to date
	$(BIN)/threadpilot migrate

test-integrations: $(VENV)/.dev-ready ## Tests of Slack, mail, model and storage adapters
	$(PYTEST) tests/integrations tests/storage tests/sandbox

test-api: $(VENV)/.dev-ready ## Tests of what the outside calls: web, mail and Slack handlers
	$(PYTEST) tests/handlers

test-ai: $(VENV)/.dev-ready ## Tests of retrieval, drafting and guardrails
	$(PYTEST) tests/answering tests/integrations/test_llm_client.py tests/integrations/test_llm_prompt.py

test-confidence: $(VENV)/.dev-ready ## Refit the confidence on the shipped questions and print its honesty
	$(BIN)/python -m benchmarks.fit_confidence --dry-run

test-e2e: $(VENV)/.dev-ready ## Whole processes: demo, kill -9, browser
	$(PYTEST) tests/e2e tests/browser

test-performance: $(VENV)/.dev-ready ## Measure the pipeline's own overhead on SQLite
	$(BIN)/python -m benchmarks.pipeline

bench: $(VENV)/.dev-ready ## Measure everything that docs/scaling.md claims (10 minutes; longer runs: see there)
	$(BIN)/python -m benchmarks.pipeline --database sqlite
	$(BIN)/python -m benchmarks.pipeline --database postgres
	$(BIN)/python -m benchmarks.whole
	$(BIN)/python -m benchmarks.flood
	$(BIN)/python -m benchmarks.dashboard
	$(BIN)/python -m benchmarks.day --speed 240
	$(BIN)/python -m benchmarks.kills --database sqlite
	$(BIN)/python -m benchmarks.kills --database postgres

test-adversary: $(VENV)/.dev-ready ## Play the threat model of docs/security.md against the product
	$(PYTEST) $$(grep -o '`tests/[a-z_/]*\.py`' docs/security.md | tr -d '`' | sort -u) $(ARGS)

security-audit: $(VENV)/.dev-ready $(VENV)-audit/.ready ## Look for faults in the code, secrets, licences, known vulnerabilities (ARGS=--offline)
	AUDIT_PYTHON=$(VENV)-audit/bin/python $(BIN)/python -m benchmarks.security_audit $(ARGS)

reference: $(VENV)/.run-ready ## Write docs/configuration.md anew from the settings
	$(BIN)/python -c 'from bot.settings.catalog import reference; print(reference(), end="")' > docs/configuration.md

lock: ## Renew both lock files (needs uv)
	uv pip compile -q pyproject.toml --extra zendesk --extra postgres --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate -o requirements.lock
	uv pip compile -q pyproject.toml --extra zendesk --extra postgres --extra otel --extra pictures --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

clean: ## Remove what make has made
	rm -rf $(VENV) $(VENV)-audit .coverage* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "threadpilot needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-ready: $(BIN)/python requirements.lock pyproject.toml
	@echo "Setting up $(VENV) with the packages of requirements.lock, once: a minute or two."
	$(PIP_LOCKED) -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m pip --disable-pip-version-check check
	touch $@

# Without an index to install from, what these find is missing, and the audit says so.
$(VENV)-audit/.ready: $(BIN)/python
	$(PYTHON) -m venv $(VENV)-audit
	-$(VENV)-audit/bin/python -m pip install -q --disable-pip-version-check bandit==1.9.4 pip-audit==2.10.1
	touch $@

$(VENV)/.dev-ready: $(VENV)/.run-ready requirements-dev.lock
	@echo "Adding what tests and checks need, once: another minute."
	$(PIP_LOCKED) -r requirements-dev.lock
	$(BIN)/python -m pip --disable-pip-version-check check
	touch $@
