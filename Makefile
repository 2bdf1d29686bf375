# One word a chore, the same here and in CI. Each sets up what it needs, once: a stamp in .venv says what is installed, and a
# changed pyproject.toml installs again.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTEST_ARGS ?= -n 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# One thread a process: the chores run two processes, and sums must not depend on the machine's cores.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench docs setup format clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: $(VENV)/.demo-installed ## train on a real table by one command, then in five steps; prove the gradients, save the models
	@mkdir -p build
	@$(BIN)/chainrule train example:breast_cancer --target last --out build/breast_cancer.safetensors --force
	@$(BIN)/python examples/demo.py

test: $(VENV)/.test-installed ## run all tests and the examples in the docstrings
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.dev-installed ## style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.bench-installed ## this library beside its peers, in one run
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/tables_read.py
	@$(BIN)/python benchmarks/tables_train.py
	@$(BIN)/python benchmarks/tables_folds.py

docs: $(VENV)/.docs-installed ## build the site into docs/site, warnings as errors
	@for script in docs/_generate_*.py; do $(BIN)/python "$$script" || exit 1; done
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/site
	@echo "open docs/site/index.html"

setup: $(VENV)/.dev-installed ## everything that development needs, and the hooks of git
	@if [ -d .git ]; then $(BIN)/pre-commit install; fi

format: $(VENV)/.dev-installed ## rewrite the code as `make check` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove all that the chores made
	rm -rf $(VENV) build dist docs/site docs/api docs/activations docs/activations.md docs/ops
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find src tests examples benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "No python3.11 or python3 is on the PATH: install Python 3.11 or newer."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "chainrule needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.demo-installed: pyproject.toml | $(BIN)/python
	@echo "installing chainrule with its example data into $(VENV) …"
	@$(PIP) -e ".[datasets,tables]"
	@touch $@

# .test-installed, .dev-installed, .docs-installed, .bench-installed
$(VENV)/.%-installed: pyproject.toml | $(BIN)/python
	@echo "installing chainrule[$*] into $(VENV), which takes a few minutes the first time …"
	@$(PIP) -e ".[$*]"
	@touch $@
