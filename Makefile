# `make` alone lists what there is. `make demo` and `make test` set up all they need on a bare Debian with git, make and python3.
SHELL := /bin/bash
PORT ?= 8000
DATA ?= var
BIN := .venv/bin
DEMO := LMS_DEMO=1 LMS_DATA=$(DATA) LMS_URL=http://127.0.0.1:$(PORT)
LOCK := uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header
# Apart, since a browser's event loop stays in its process. What failed is tried once more: a browser may hang.
JOURNEYS := $(BIN)/python -m pytest tests/journeys --no-loadscope-reorder
export PYTHONUTF8 := 1
# Else each process of a test compiles the whole app and each worker rewrites all tests again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check lint services-test run fmt lock migration audit figures figures-long clean runtime dev

help: ## Show this list
	@echo "Usage: make <target> [PORT=8000] [DATA=var]"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: runtime ## Start the product with courses and demo people at http://127.0.0.1:PORT; Ctrl-C stops it
	@$(DEMO) $(BIN)/flask --app wsgi demo serve

test: dev ## Run all tests on SQLite; ARGS="tests/learning -k late" runs some
	@$(BIN)/python -m pytest $(or $(ARGS),--ignore=tests/journeys)
	@$(if $(ARGS),:,$(JOURNEYS) || $(JOURNEYS) --last-failed --last-failed-no-failures none)

check: dev lint services-test ## What CI demands: style, types, floors, migrations, then the tests on PostgreSQL and Redis

lint: dev ## Only the quick half of `make check`
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && export LMS_DEMO=1 LMS_DATA="$$data" LMS_DATABASE_URL= && \
		$(BIN)/flask --app wsgi db upgrade 2>/dev/null && $(BIN)/flask --app wsgi db check

services-test: dev # The browser's journeys run once, in `make test`
	$(BIN)/python -m tests.services -- $(BIN)/python -m pytest --ignore=tests/journeys $(ARGS)

run: dev ## A development server that reloads on change, in the demo's DATA (run `make demo` once before)
	@$(DEMO) $(BIN)/flask --app wsgi run --debug --port $(PORT)

fmt: dev ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

lock: ## Choose library versions anew (LOCK_ARGS=--upgrade takes the newest); needs uv
	@command -v uv >/dev/null || { echo "make lock needs uv: install it with 'pipx install uv'."; exit 1; }
	$(LOCK) $(LOCK_ARGS) pyproject.toml --output-file requirements.lock
	$(LOCK) $(LOCK_ARGS) --constraint requirements.lock --group dev pyproject.toml --output-file requirements-dev.lock
	$(LOCK) $(LOCK_ARGS) tests/platforms/openedx/requirements.in --output-file tests/platforms/openedx/requirements.lock

migration: dev ## Write a migration from the models: make migration NAME=0003_revoked_reason
	@$(BIN)/python migrations/new.py "$(NAME)"

audit: dev ## Ask the public advisories about the locked libraries
	$(BIN)/pip-audit --require-hashes --disable-pip --requirement requirements.lock

figures: dev ## Repeat the figures that the README quotes; fails when a lesson costs over 16 x hello world
	$(BIN)/python -m benchmarks.pages --gate
	$(BIN)/python -m benchmarks.launch
	$(BIN)/python -m benchmarks.certificates --processes 2
	$(BIN)/python -m benchmarks.verify
	$(BIN)/python -m benchmarks.staff
	$(BIN)/python -m benchmarks.coverage

figures-long: dev ## Figures that need a quiet machine for 75 minutes: launches held, grades, a platform down for an hour
	$(BIN)/python -m benchmarks.sustained
	$(BIN)/python -m benchmarks.grades
	$(BIN)/python -m benchmarks.outage

clean: ## Remove caches and the libraries; keeps DATA
	rm -rf .venv .venv-openedx .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

runtime: # System libraries and .venv as requirements.lock says; under a second when they are there
	@bash .ci/system-packages
	@bash .ci/environment requirements.lock

dev: # The same, with the tools of requirements-dev.lock
	@bash .ci/system-packages
	@bash .ci/environment requirements-dev.lock requirements.lock
