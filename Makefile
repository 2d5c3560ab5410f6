# Allclear: `make run` starts it, `make test` tests it. Nothing but Python 3.11+, Node 20+ and make is needed.
# What is done is remembered in .make/, so that a second start does nothing twice.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
FRONT := src/allclear/web/static/dist/manifest.json
FRONT_SOURCES := $(shell find frontend/src frontend/scripts -type f 2>/dev/null) $(wildcard frontend/*.json frontend/*.ts frontend/*.txt)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/allclear/locale/*/LC_MESSAGES/*.po))
COMPILE := $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-header
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench messages lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo "  Variables of run: PORT=8400 EMPTY=1 (no demo company) ALLCLEAR_HOME=folder DATABASE_URL=postgresql://..."

run: .make/base $(FRONT) $(CATALOGUES) ## Start everything; prints the address and the demo log-ins
	@exec $(BIN)/allclear serve

test: .make/dev $(FRONT) $(CATALOGUES) ## Run every test (ARGS="-k word" chooses)
	@scripts/chromium || [ "$$CI" != true ]
	@scripts/mailserver || [ "$$CI" != true ]
	@scripts/peers || [ "$$CI" != true ]
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .make/dev .make/npm $(CATALOGUES) ## Check style, types, floors, templates and migrations
	@scripts/lint

format: .make/dev ## Put Python and templates into the form that lint wants
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .
	@find src -name '*.html' -print0 | xargs -0 -r $(BIN)/djade --target-version 5.2

bench: .make/dev $(FRONT) $(CATALOGUES) ## Measure (ARGS="..." for its options)
	@$(BIN)/python -m bench $(ARGS)

messages: .make/dev ## Collect the texts to translate (docs/languages.md) and compile the translations
	@$(BIN)/python scripts/messages.py update && $(BIN)/python scripts/messages.py compile

lock: .make/dev ## Bring the lock files in line with pyproject.toml (ARGS=--upgrade: newest versions)
	@$(COMPILE) $(ARGS) --output-file requirements/base.lock pyproject.toml
	@$(COMPILE) $(ARGS) --allow-unsafe --extra dev -c requirements/base.lock \
		--output-file requirements/dev.lock pyproject.toml

clean: ## Remove what was built here (never your data)
	rm -rf $(VENV) .make frontend/node_modules $(dir $(FRONT)) $(CATALOGUES) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.make/venv: scripts/python scripts/link.py
	@mkdir -p .make
	@python="$$(scripts/python)" && { test -x $(BIN)/python || { echo "Making $(VENV) with $$python" && \
		"$$python" -m venv $(VENV); } || { rm -rf $(VENV); \
		echo "No virtual environment could be made: install Python's venv module (Debian: apt install python3-venv)."; \
		exit 1; }; }
	@$(BIN)/python scripts/link.py
	@touch $@

.make/base: .make/venv requirements/base.lock
	@echo "Installing the Python libraries"
	@$(PIP) install --require-hashes --no-deps -r requirements/base.lock
	@touch $@

.make/dev: .make/venv requirements/dev.lock requirements/base.lock
	@echo "Installing the Python libraries and the tools to test them"
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.lock
	@touch .make/base $@

.make/npm: frontend/package-lock.json scripts/node
	@mkdir -p .make
	@scripts/node
	@echo "Installing the front end's libraries"
	@cd frontend && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

%.mo: %.po | .make/base
	@$(BIN)/python scripts/messages.py compile

$(FRONT): .make/npm $(FRONT_SOURCES)
	@echo "Building the front end"
	@cd frontend && npm run --silent build -- --logLevel error
	@touch $@
