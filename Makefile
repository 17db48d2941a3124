# From a fresh clone: `make demo`, or `make test`. Needs python3 (3.11 or newer, with venv) and nothing else.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
RUN := $(VENV)/bin/python
# Processes that share the tests; each has a database of its own.
TEST_PROCESSES ?= 2
export PORT

.PHONY: wheel faults fuzz-api fuzz-forms fuzz-files restore-bench sbom audit words help install install-dev browser demo serve test lint docs format simulate-statistics

help:
	@echo "make demo      try it: demonstration collections, models, pairs and a campaign, on port $(PORT)"
	@echo "make install   virtual environment and requirements, for use with your own collections"
	@echo "make serve     apply migrations, then web server and worker (PORT=$(PORT))"
	@echo "make test      the whole suite, browser tests included"
	@echo "make simulate-statistics  whether the estimators recover known effects, thousands of times: about an hour"
	@echo "make lint      formatter, linter, types, migrations up to date, vulnerabilities, documentation without dead links"
	@echo "make faults    whether a site comes back after each of its processes is killed and its disk is full: a quarter of an hour"
	@echo "make fuzz-api  whether the API answers anything at all with a failure of its own: some minutes"
	@echo "make fuzz-forms  whether any form of the site fails on what is sent: some hours"
	@echo "make fuzz-files  whether any file that is nearly right ends a reader, hangs it or fills memory: an hour"
	@echo "make restore-bench  how long a backup of 200,000 answers takes to be restored: some minutes"
	@echo "make sbom      what it is made of, as CycloneDX, into sbom.cdx.json"
	@echo "make wheel     dist/heritage_weaver-*.whl, for pip install where there is no checkout"
	@echo "make docs      the documentation as a site, into site/"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one, such as: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# What is installed is remembered as a copy of the file it came from: a second run is instant.
install: $(VENV)/bin/python
	@cmp -s requirements.txt $(VENV)/requirements.txt || { \
		$(RUN) -m pip install --disable-pip-version-check --requirement requirements.txt && \
		cp requirements.txt $(VENV)/requirements.txt; }

install-dev: install
	@cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt || { \
		$(RUN) -m pip install --disable-pip-version-check --requirement requirements-dev.txt && \
		cp requirements-dev.txt $(VENV)/requirements-dev.txt; }

# Browser tests use the system's Chromium. Without one they are skipped, and say so.
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } || \
		echo "No Chromium here and none could be installed: the browser tests will be skipped." >&2

demo: install
	@$(RUN) manage.py demo
	@$(RUN) manage.py serve

serve: install
	@$(RUN) manage.py serve --migrate

test: install-dev browser
	$(RUN) -m pytest --numprocesses $(TEST_PROCESSES) $(PYTEST_ARGUMENTS)

# Kills each process of a site and fills its disk, ten times each, while people label: a quarter of an hour. The table is in
# docs/reliability.md. The suite does each once.
faults: install-dev
	FAULT_ROUNDS=$${FAULT_ROUNDS:-10} $(RUN) -m pytest -q tests/integration/faults

# Asks the API whatever its schema allows and does not, as annotator, lead and administrator: some minutes.
fuzz-api: install-dev
	$(RUN) -m tests.fuzz_api $(FUZZ_EXAMPLES)

# Sends every form of the site what is drawn at random, as five kinds of people, FUZZ_FORMS times each (10000), drawn by
# FUZZ_SEED. The suite sends each a few.
fuzz-forms: install-dev
	FUZZ_FORMS=$${FUZZ_FORMS:-10000} $(RUN) -m pytest -q tests/integration/annotation/test_fuzzed_forms.py

# Reads files that are nearly right, guided by the code that they reach, MINUTES for each of five kinds. Needs atheris.
MINUTES ?= 10
fuzz-files: install-dev
	$(RUN) -m tests.fuzz_files --minutes $(MINUTES) $(FUZZ_TARGETS)

# Makes a large site, backs it up, restores it elsewhere and compares. See docs/benchmarks.md.
restore-bench: install
	$(RUN) benchmarks/restoring.py $(RESTORE_ARGUMENTS)

# Sentences of pages and scripts into locale/, and from there into what Django reads. Needs gettext (apt-get install gettext).
LANGUAGES := de fr
words: install-dev
	@for domain in django djangojs; do $(RUN) -m django makemessages --settings heritage.settings --domain $$domain \
		$(LANGUAGES:%=--locale %) --no-location --no-wrap --ignore "static/vendor/*" --ignore ".venv/*" \
		--ignore "data/*" --ignore "tests/*" --ignore "docs/*" || exit 1; done
	@$(RUN) -m django compilemessages --settings heritage.settings --ignore .venv

# Not part of the tests, which run a short version of it. The table is in docs/statistics.md.
simulate-statistics: install-dev
	OPENBLAS_NUM_THREADS=1 $(RUN) -m tests.reference.recovery $(RECOVERY_ARGUMENTS)

lint: install-dev
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy manage.py heritage models_ml linking annotation supply_chain
	$(RUN) -m pytest --quiet tests/integration/house/test_migrations.py
	$(MAKE) audit
	$(MAKE) docs

# Known vulnerabilities of the pinned packages; passes, and says so, where the service that knows them is out of reach.
audit: install-dev
	$(RUN) -m supply_chain.audit

# Without what an earlier one left, which would go into this one.
wheel: install-dev
	@rm -rf build heritage_weaver.egg-info
	$(RUN) -m pip wheel --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build heritage_weaver.egg-info

sbom: install-dev
	$(RUN) -m supply_chain.sbom sbom.cdx.json

docs: install-dev
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --strict --quiet

format: install-dev
	$(RUN) -m ruff format .
	$(RUN) -m ruff check --fix .
