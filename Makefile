# One place for every command. `make` alone prints the list.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
UV := UV_PYTHON_DOWNLOADS=never $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(RUN) --require-hashes
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header
LANGUAGES := da fi

# Where the demo listens: 127.0.0.1 is this machine alone, 0.0.0.0 shows it to the local network.
HOST ?= 127.0.0.1
PORT ?= 8000

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# An environment whose Python is gone (moved folder, upgraded system) counts as half-made.
ifneq ($(wildcard $(VENV)/bootstrap.stamp),)
ifneq ($(shell $(RUN) -c "print(1)" 2>/dev/null),1)
$(shell rm -f $(VENV)/*.stamp)
endif
endif

.PHONY: help
help: ## this list
	@echo "make demo      the site, the panel and the workers with demo data (PORT=8000 HOST=127.0.0.1)"
	@echo "make test      every test on SQLite, then on PostgreSQL where one is reachable"
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | grep -vE '^(demo|test|help):' \
		| sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{printf "make %-9s %s\n", $$1, $$2}'

# --- the environment ------------------------------------------------------------------------

$(VENV)/bootstrap.stamp: requirements/bootstrap.txt
	@sh scripts/check_python.sh "$(PYTHON)"
	@echo "Making the environment in $(VENV) ..."
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/run.stamp: requirements/run.txt $(VENV)/bootstrap.stamp
	@echo "Installing what the site needs (half a minute, once) ..."
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/run.stamp
	@echo "Installing what the tests need (half a minute, once) ..."
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/test.stamp
	@echo "Installing the linters (once) ..."
	@$(INSTALL) -r $<
	@touch $@

.PHONY: install
install: $(VENV)/dev.stamp ## the whole environment: site, tests, linters

.PHONY: lock
lock: $(VENV)/bootstrap.stamp ## write requirements/*.txt anew from pyproject.toml
	$(COMPILE) --upgrade pyproject.toml -o requirements/run.txt
	$(COMPILE) --upgrade pyproject.toml --group test -c requirements/run.txt -o requirements/test.txt
	$(COMPILE) --upgrade pyproject.toml --group dev -c requirements/test.txt -o requirements/dev.txt

# --- running --------------------------------------------------------------------------------

.PHONY: demo
demo: $(VENV)/run.stamp ## the demo
	@exec $(RUN) manage.py demo --host "$(HOST)" --port "$(PORT)"

.PHONY: migrate
migrate: $(VENV)/run.stamp ## bring the database up to date
	@$(RUN) manage.py migrate

.PHONY: audit
audit: $(VENV)/run.stamp ## check every invariant of the ledgers
	@$(RUN) manage.py audit_ledger

.PHONY: shell
shell: $(VENV)/run.stamp ## a Python shell with the models
	@$(RUN) manage.py shell

# --- checking -------------------------------------------------------------------------------

.PHONY: test
test: $(VENV)/test.stamp ## the tests (ARGS="tests/loyalty -k sweep" for a part)
	@exec $(RUN) scripts/run_tests.py $(ARGS)

.PHONY: prove
prove: $(VENV)/test.stamp ## kill, cut and crash it hundreds of times and count (ARGS="--kills 30")
	@exec $(RUN) -m scripts.prove $(ARGS)

.PHONY: mutants
mutants: $(VENV)/test.stamp ## switch each guard off alone: some test must fail (ARGS="--only NAME")
	@exec $(RUN) -m tests.mutants $(ARGS)

.PHONY: bench
bench: $(VENV)/test.stamp ## measure at a million rows, into docs/performance.md (ARGS="--big")
	@exec $(RUN) -m benchmarks $(ARGS)

.PHONY: lint
lint: $(VENV)/dev.stamp ## code, templates and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files -co --exclude-standard -- 'templates/*.html' | xargs --no-run-if-empty $(BIN)/djade --target-version 5.2 --check
	$(BIN)/lint-imports

.PHONY: format
format: $(VENV)/dev.stamp ## put code and templates into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	-git ls-files -co --exclude-standard -- 'templates/*.html' | xargs --no-run-if-empty $(BIN)/djade --target-version 5.2

.PHONY: types
types: $(VENV)/dev.stamp ## mypy
	$(BIN)/mypy

.PHONY: messages
messages: $(VENV)/run.stamp ## collect the texts for translation and compile the catalogues (needs gettext)
	$(RUN) scripts/messages.py collect $(LANGUAGES)
	$(RUN) scripts/messages.py compile $(LANGUAGES)

.PHONY: vendor
vendor: $(VENV)/run.stamp ## fetch the browser files of others anew (needs npm)
	$(RUN) scripts/vendor.py

.PHONY: ci
ci: ## everything that CI runs
	@bash .ci/run

.PHONY: clean
clean: ## remove the environment and all caches; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
