# make demo: set up, run the demo, and assess the example curve. make test: set up and run the tests. Nothing else needs to
# be installed by hand but Python >= 3.11 and a C++ compiler.
VENV ?= .venv

# The newest Python that runs and can make an environment: a name on the PATH may be a shim without a Python behind it.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3; do \
	$$name -c 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11)' 2>/dev/null && echo $$name && break; done)

.PHONY: demo check test test-heavy coverage crash-test mutations bench docs tutorials clean compiler

demo: $(VENV)/.installed
	@echo "1 of 2: trains a network on handwritten digits, and draws what happened: results/demo"
	$(VENV)/bin/pulsenet demo --force
	@echo "2 of 2: from a (made-up) measured curve to a report on what a network of such devices learns: results/assessment"
	$(VENV)/bin/pulsenet assess models/example-curve/curve.csv --quick --out results/assessment --force

# The inner loop: style, all unit and contract tests (with fewer examples each), and one C++ circuit with every feature.
check: $(VENV)/.installed-test | compiler
	$(VENV)/bin/ruff check --no-cache .
	$(VENV)/bin/ruff format --no-cache --check --quiet .
	$(VENV)/bin/python -m pytest -n auto --dist loadfile -m "not heavy and not whole" --hypothesis-profile inner

test: $(VENV)/.installed-test | compiler
	$(VENV)/bin/ruff check --no-cache .
	$(VENV)/bin/ruff format --no-cache --check --quiet .
	$(VENV)/bin/python -m pytest -n auto --dist loadfile

test-heavy: $(VENV)/.installed-test | compiler
	$(VENV)/bin/python -m pytest -m heavy --timeout 3600

# Which lines no test runs.
coverage: $(VENV)/.installed-test | compiler
	$(VENV)/bin/python -m pytest -n auto --dist loadfile --cov --cov-report term

# The durability of traces: kills, power cuts, failing disks, damage; a table of figures at the end. Takes about an hour.
crash-test: $(VENV)/.installed-test | compiler
	$(VENV)/bin/python -m pytest tests/trace -m heavy --timeout 3600

# Which bugs no test would notice: each in a copy of the tree. Takes hours; with --near, about one.
mutations: $(VENV)/.installed-test | compiler
	$(VENV)/bin/python benchmarks/mutations.py

bench: $(VENV)/.installed-test | compiler
	$(VENV)/bin/python benchmarks/bench.py

# Executed notebooks in build/tutorials, with what they write beside them.
tutorials: $(VENV)/.installed-docs | compiler
	mkdir -p build/tutorials
	for script in tutorials/*.py; do \
		PYTHONPATH=$(CURDIR)/tutorials $(VENV)/bin/jupytext --quiet --set-kernel python3 --to ipynb --execute --run-path build/tutorials \
			--output build/tutorials/$$(basename $$script .py).ipynb $$script || exit 1; done

# The site in build/site; with the outputs of tutorials that were made before.
docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict

clean:
	rm -rf .venv build dist *.egg-info .hypothesis .pytest_cache .ruff_cache
	find pulsenet models runs tests -name __pycache__ -prune -exec rm -rf {} +

compiler:
	@command -v g++ >/dev/null || { echo "No C++ compiler: install g++ (Debian, Ubuntu: apt-get install g++)."; exit 1; }

$(VENV)/.installed: setup.cfg pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python >= 3.11 with venv: install one" \
		"(Debian, Ubuntu: apt-get install python3-dev python3-venv), or name it: make PYTHON=/path/to/python3."; exit 1; }
	@$(VENV)/bin/python -c 'import sys; assert sys.version_info >= (3, 11)' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing pulsenet into $(VENV); the first time this takes a minute or two."
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[analysis,docs]'
	@touch $@
