# PaymentHub: `make up` sets up and runs everything, `make test` sets up and runs the tests. `make help` lists the rest.
# Paths stay relative and values travel in the environment, so that a copy in a path with spaces works.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv/bin/python
VAR_DIR ?= var
export VAR_DIR PORT SUITE ALLOW_MISSING
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: up down status demo seed test chaos check format schema capabilities requirements clean help

up: .venv/installed ## set everything up and run it (PORT=, VAR_DIR=; DETACH=1 returns when it is ready)
	@$(VENV) -m paymenthub.setup.debian up
	@$(VENV) -m paymenthub.stack up $(if $(DETACH),--detach)

down: .venv/installed ## stop what `make up` runs
	@$(VENV) -m paymenthub.stack down

status: .venv/installed ## show what runs
	@$(VENV) -m paymenthub.stack status || true

demo: .venv/installed ## tell the whole story of a payment against the running stack
	@$(VENV) -m paymenthub.stack demo

seed: .venv/installed ## fill the running stack's database with made-up payments of two years (PAYMENTS=20000)
	@$(VENV) -m paymenthub.stack seed $(if $(PAYMENTS),--payments $(PAYMENTS))

test: .venv/installed-dev ## check, then all tests (SUITE=full: slow ones too; ARGS="-k word" goes to pytest)
	@$(VENV) -m paymenthub.setup.debian test
	@$(VENV) -m paymenthub.setup.verify test $(ARGS)

chaos: .venv/installed-dev ## kill everything while thousands pay, then compare with the PSP (SEED=, PAYMENTS=2000, FAULTS=200, SECONDS=360)
	@$(VENV) -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(PAYMENTS),--payments $(PAYMENTS)) \
	  $(if $(FAULTS),--faults $(FAULTS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(PORT),--port $(PORT))

check: .venv/installed-dev ## format, lint, types, import contracts, migrations, OpenAPI document
	@$(VENV) -m paymenthub.setup.verify check

format: .venv/installed-dev ## format the code and mend what lint can mend
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .

schema: .venv/installed-dev ## write docs/openapi.json anew
	@$(VENV) -m paymenthub.setup.verify schema

capabilities: .venv/installed-dev ## write docs/capabilities.md anew from what the providers' tests ran
	@$(VENV) -m tests.providers.contract.matrix --write

requirements: .venv/installed-dev ## compile requirements*.in to requirements*.txt (UPGRADE=1: newest versions)
	@$(VENV) -m uv pip compile -q --python-version 3.11 $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(VENV) -m uv pip compile -q --python-version 3.11 $(if $(UPGRADE),--upgrade) -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## stop the stack; remove .venv, caches and the folder var with its database
	@test ! -x $(VENV) || $(VENV) -m paymenthub.stack down
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis var
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## show this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do printf '%-15s %s\n' "$$name" "$$text"; done
	@echo "Where DATABASE_URL or REDIS_URL is unset, a server of our own is started; its data is in VAR_DIR (var)."
	@echo "Tests that need a Debian package fail where it is missing; ALLOW_MISSING=1 skips them."

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is not. Name one: make PYTHON=python3.12"; exit 1; }
	@$(VENV) -c 'import pip' 2>/dev/null || { $(PYTHON) paymenthub/setup/debian.py venv && \
	  echo "- Making .venv" && $(PYTHON) -m venv --clear .venv; }
	@touch $@

.venv/installed: .venv/made requirements.txt
	@echo "- Installing what requirements.txt names (the first time this takes a minute)"
	@$(VENV) -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/installed-dev: .venv/made requirements.txt requirements-dev.txt
	@echo "- Installing what requirements-dev.txt names (the first time this takes a minute)"
	@$(VENV) -m pip install --quiet --requirement requirements-dev.txt
	@touch $@ .venv/installed
