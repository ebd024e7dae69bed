# Nothing has to be installed or activated first: each command makes its own .venv, and re-uses it from then on.
# All it needs is Python 3.11 or newer; to say which one: make test PYTHON=python3.12

.DEFAULT_GOAL := help
.NOTPARALLEL:
# What is compiled is kept, in __pycache__: hundreds of tests start a Python of their own, and each would compile the package.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
LINT_IMPORTS := $(PY) -c 'import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_logo=True))'
# The tests already run on every core: a second layer of threads inside BLAS only makes them slower.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) -m pytest

.PHONY: help demo test test-slow fuzz mutants floors licences packages coq docs lint imports types format clean distclean ready-core ready-dev ready-types ready-docs

help:
	@echo 'make demo       derive four tasks, check six trained networks, write demo/report.html'
	@echo 'make test       lint, import contract, tests: what CI runs'
	@echo 'make test-slow  the long tests, alone: the types, too'
	@echo 'make fuzz       calls, tasks, weights and certificates drawn at random, some hours; docs/reliability.md has what came out'
	@echo 'make mutants    400 small changes of what decides, each of which the tests that execute it have to notice; goes on in mutants.jsonl'
	@echo 'make floors     the tests, with the oldest versions that pyproject.toml allows; make licences lists those of what is needed'
	@echo 'make packages   wheel and sdist, in dist; each is installed outside the checkout, and the tests run there'
	@echo 'make coq        the machine-checked theorems, by Coq; writes proofs/coq/record.json'
	@echo 'make docs       the documentation, in docs/_build/html'
	@echo 'make lint | imports   one part of make test; make types the types alone, before a commit; make format puts the layout right'
	@echo 'make clean      remove what these commands left; make distclean removes .venv too'

demo: ready-core
	$(PY) -m emt_theory.cli demo

test: lint imports
	$(PYTEST)

test-slow: ready-types
	$(PYTEST) -m slow

fuzz: ready-dev
	$(PY) -m tests.fuzz.calls --calls 9500 --processes 500
	$(PY) -m tests.fuzz.tomls --files 10000
	$(PY) -m tests.proofs.forger --tries 10000
	$(PYTEST) -m slow tests/proofs/test_forger.py tests/networks/test_fuzzed_files.py

mutants: ready-dev
	$(PY) -m pip install -qq --disable-pip-version-check --constraint constraints.txt 'cosmic-ray>=8.4,<9' 'coverage>=7.6,<8'
	$(PY) -m tests.mutants mutants.jsonl

# An environment of its own, .floors, made afresh: what is newer than a floor is what pip needs beside it, and what old and
# new say of each other (matplotlib 3.10 of a newer pyparsing) is no failure.
floors: ready-dev
	rm -rf .floors
	$(PY) -m venv .floors
	$(PY) tests/dependencies.py floors > .floors/constraints.txt
	.floors/bin/python -m pip install -qq --disable-pip-version-check --constraint .floors/constraints.txt \
	  --editable '.[jax,testing]' pytest-xdist jaxtyping
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .floors/bin/python -m pytest -W default::DeprecationWarning

licences: ready-dev
	@$(PY) tests/dependencies.py licences

packages: ready-dev
	rm -rf dist build/packages
	$(PY) -m venv build/packages
	build/packages/bin/python -m pip install -qq --disable-pip-version-check hatchling
	build/packages/bin/python -m hatchling build
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(PY) tests/packages.py dist $(TESTS)

# Needs Coq with MathComp, and says so; every other command reads what it has written.
coq: ready-core
	$(PY) -m proofs.machine

docs: ready-docs
	$(PY) docs/pictures.py
	$(PY) -m sphinx -W --keep-going -E -q -j auto -b html docs docs/_build/html
	@echo 'open docs/_build/html/index.html'

lint: ready-dev
	$(PY) -m ruff check --quiet
	$(PY) -m ruff format --check --quiet

format: ready-dev
	$(PY) -m ruff check --fix --quiet
	$(PY) -m ruff format --quiet

imports: ready-dev
	$(LINT_IMPORTS)

types: ready-types
	$(PY) -m basedpyright

clean:
	rm -rf build dist demo docs/_build docs/_static/imports.svg
	rm -rf .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv/bin .venv .floors

# ready-core, ready-dev, ready-types, ready-docs: .venv works and holds this checkout with that extra.
#
# .venv/.ready-EXTRA keeps the checksum of what was installed from (this folder, pyproject.toml, constraints.txt), and
# is written last. .venv/.unfinished is there while pip works: after an interruption the environment is made afresh.
# pip compiles on one core; compileall on all, but for the tests and installers of others, a quarter. What it cannot compile (templates) nobody imports.
ready-core ready-dev ready-types ready-docs: ready-%:
	@set -eu; \
	say() { echo "emt_theory: $$*" >&2; }; \
	trap 'exit 130' INT TERM HUP; \
	is_new() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	key=$$({ pwd; cat pyproject.toml constraints.txt; } | cksum); \
	if [ -e .venv ] || [ -L .venv ]; then \
	  if [ -e .venv/.unfinished ] || ! is_new $(PY) || ! $(PY) -c 'import pip' >/dev/null 2>&1; then \
	    say '.venv is broken or unfinished: making it afresh'; \
	    rm -rf .venv/bin .venv; \
	  elif [ -n '$(PYTHON)' ] && is_new '$(PYTHON)' && \
	    [ "$$($(PY) -c 'import sys; print(sys.version)')" != "$$('$(PYTHON)' -c 'import sys; print(sys.version)')" ]; then \
	    say '.venv is of another Python than $(PYTHON): making it afresh'; \
	    rm -rf .venv/bin .venv; \
	  fi; \
	fi; \
	for extra in $* $(if $(filter core,$*),dev docs); do \
	  if [ "$$(cat .venv/.ready-$$extra 2>/dev/null)" = "$$key" ]; then exit 0; fi; \
	done; \
	if [ ! -e .venv ]; then \
	  without_venv=; python=; \
	  for name in $(if $(PYTHON),'$(PYTHON)',python3 python3.11 python3.12 python3.13 python3.14 python); do \
	    is_new "$$name" || continue; \
	    if "$$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$name; break; fi; \
	    without_venv=$$name; \
	  done; \
	  if [ -z "$$python" ] && [ -n "$$without_venv" ]; then \
	    say "$$without_venv comes without the venv module; install it (on Debian and Ubuntu: apt install python3-venv)" \
	      'or name another Python: make PYTHON=/path/to/python3'; \
	    exit 1; \
	  elif [ -z "$$python" ]; then \
	    say 'Python 3.11 or newer is needed, and $(if $(PYTHON),$(PYTHON) is not one,none was found as python3 or python3.11 to python3.14);' \
	      'install one, or name it: make PYTHON=/path/to/python3'; \
	    exit 1; \
	  fi; \
	  say "making .venv with $$("$$python" -c 'import platform; print("Python", platform.python_version())')"; \
	  mkdir .venv; \
	  : > .venv/.unfinished; \
	  "$$python" -m venv .venv; \
	fi; \
	say 'installing $(if $(filter core,$*),the package,the package and its $* tools) into .venv (once; a minute or two)'; \
	: > .venv/.unfinished; \
	status=0; \
	$(PY) -m pip install -qq --disable-pip-version-check --no-compile --constraint constraints.txt \
	  --editable '.$(if $(filter core,$*),,[$*])' || status=$$?; \
	if [ $$status -ge 128 ]; then exit $$status; fi; \
	$(PY) -m compileall -qq -j 0 -x '/(tests|pip|setuptools|pkg_resources)/' .venv/lib || true; \
	if [ $$status -eq 0 ]; then echo "$$key" > .venv/.ready-$*; fi; \
	rm -f .venv/.unfinished; \
	exit $$status
