# The verbs of this project. `make help` lists them; `make demo` and `make test` need nothing but
# Python 3.11 or later, make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --python-version 3.11 $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help demo test check derive docs bench beside fuzz fuzzer pins tools clean

# What stands in the environment: first what the server needs, then what the tests need as well.
RUN_READY := $(VENV)/requite-run.stamp
DEV_READY := $(VENV)/requite-dev.stamp
FUZZ_READY := $(VENV)/requite-fuzz.stamp

help: ## List these verbs.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 9

demo: $(RUN_READY) ## Serve a sample maildrop on this machine and show what happens.
	@exec $(BIN)/requite demo

test: check docs ## Run everything that decides green.
	$(BIN)/python -m pytest

check: $(DEV_READY) ## Check types, style and that nothing derived is stale.
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/requite derive --check
	cd docs/examples && ../../$(BIN)/requite derive --check

derive: $(DEV_READY) ## Write what follows from the declarations.
	$(BIN)/requite derive
	cd docs/examples && ../../$(BIN)/requite derive

docs: $(DEV_READY) ## Build the documents into docs/_build/html.
	$(BIN)/sphinx-build -n -W -b html docs docs/_build/html

bench: $(DEV_READY) ## Measure the library, the machine and the server beside their peers.
	$(BIN)/python -m benchmarks.model
	$(BIN)/python -m benchmarks.checkers
	$(BIN)/python -m benchmarks.machine
	$(BIN)/python -m benchmarks.server
	$(BIN)/python -m benchmarks.maildrops

# Of each story; REQUITE_SEED=... plays another one.
BESIDE_SECONDS ?= 60
beside: $(DEV_READY) ## Poll a Maildir while others deliver, rename and remove, BESIDE_SECONDS=60 each.
	REQUITE_BESIDE_SECONDS=$(BESIDE_SECONDS) $(BIN)/python -m pytest -s tests/beside

# What is found ends it with an error, and is kept in FUZZED beside what is learnt.
SECONDS ?= 60
RUNS ?= 0
FUZZED ?= .fuzzed
TARGETS ?= grammar sessions
fuzz: $(FUZZ_READY) ## Fuzz for SECONDS=60 each, or for RUNS=..., the TARGETS=grammar sessions.
	for target in $(TARGETS); do PYTHONPATH=tests $(BIN)/python -m fuzz.guided $$target \
		--seconds=$(SECONDS) --runs=$(RUNS) --learnt=$(FUZZED) || exit; done

fuzzer: $(FUZZ_READY) ## Install the fuzzer, so that the tests look for what it must find.

# The smaller file is bound to the larger one, so that both name the same versions. What builds the
# project stands in [build-system]; pip would fetch it unpinned, so both files pin it.
pins: $(DEV_READY) ## Compile the pinned requirements; UPGRADE=--upgrade takes newer ones.
	$(PIP) install uv
	$(UV_COMPILE) pyproject.toml --group dev --output-file requirements-dev.txt
	$(BIN)/python -c 'import tomllib; file = open("pyproject.toml", "rb"); \
		print(*tomllib.load(file)["build-system"]["requires"], sep="\n")' | $(UV_COMPILE) pyproject.toml - \
		--constraint requirements-dev.txt --output-file requirements.txt
	$(UV_COMPILE) --group pyproject.toml:fuzz --output-file requirements-fuzz.txt

tools: ## Install the programs that the tests talk to (apt-get, as root).
	@bash .ci/tools.sh

clean: ## Remove the environment and whatever was built.
	rm -rf $(VENV) dist docs/_build benchmarks/build .fuzzed
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find model pop3 generated tests benchmarks docs -name __pycache__ -prune -exec rm -rf {} +

# --- the environment --------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "requite needs Python 3.11 or later; name one: make PYTHON=python3.11" >&2; exit 1; }
	@echo "Making an environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing what requite needs into $(VENV)"
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_READY): requirements-dev.txt $(RUN_READY)
	@echo "Installing what the tests need into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

$(FUZZ_READY): requirements-fuzz.txt $(DEV_READY)
	@echo "Installing the fuzzer into $(VENV)"
	@$(PIP) install --require-hashes -r requirements-fuzz.txt
	@touch $@
