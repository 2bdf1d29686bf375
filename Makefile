# One word a chore, the same here and in CI. Each sets up what it needs, once: a stamp in .venv says what is installed, and a
# changed pyproject.toml, or a changed source of the native core, installs again.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PYTEST_ARGS ?= -n 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# The peers of the benchmarks have an environment of their own: together they are larger than all else.
PEERS := .venv-bench
PEERS_PIP := $(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-input

# The core's sources. Its compiled files are kept in build/, so that only what changed is compiled again; that takes the
# tools in .venv rather than in a new place each time (--no-build-isolation).
NATIVE := CMakeLists.txt $(shell find src/native -name '*.[ch]pp')
INSTALL := $(PIP) --no-build-isolation --editable
# What pyproject.toml says the build takes, and the two programs where the machine has none.
BUILD_TOOLS = $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])') \
  $$(command -v cmake >/dev/null || echo cmake) $$(command -v ninja >/dev/null || echo ninja)
# Without a core it says why, and what CMake remembers of a compiler that didn't work is forgotten.
TELL_CORE = core=$$($(BIN)/python -c 'from chainrule.engines import core; print(core.why_missing() or "")'); \
  if [ -n "$$core" ]; then echo "$$core"; rm -rf build/cp*/CMakeCache.txt build/cp*/CMakeFiles/[0-9]*; fi

# One thread a process: the chores run two processes, and sums must not depend on the machine's cores.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check bench docs sanitize setup format clean

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

bench: $(VENV)/.bench-installed $(PEERS)/.installed ## this library beside its peers, in one run
	@$(PEERS)/bin/python benchmarks/native.py
	@$(PEERS)/bin/python benchmarks/images.py
	@$(PEERS)/bin/python benchmarks/conv_shapes.py --seconds 0.2
	@$(BIN)/python benchmarks/tasks.py
	@$(BIN)/python benchmarks/recording.py
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/tables_read.py
	@$(BIN)/python benchmarks/tables_train.py
	@$(BIN)/python benchmarks/tables_folds.py

docs: $(VENV)/.docs-installed ## build the site into docs/site, warnings as errors
	@for script in docs/_generate_*.py; do $(BIN)/python "$$script" || exit 1; done
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/site
	@echo "open docs/site/index.html"

# Two environments of their own, which have a core with sanitizers and see the other packages of .venv.
sanitize: $(VENV)/.test-installed ## the native tests under AddressSanitizer and UBSan, then those of threads under ThreadSanitizer
	@tools/sanitize address tests/native tests/engines
	@tools/sanitize thread tests/native tests/engines -k threads

setup: $(VENV)/.dev-installed ## everything that development needs, and the hooks of git
	@if [ -d .git ]; then $(BIN)/pre-commit install; fi

format: $(VENV)/.dev-installed ## rewrite the code as `make check` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## remove all that the chores made
	rm -rf $(VENV) $(PEERS) build dist docs/site docs/api docs/activations docs/activations.md docs/ops
	rm -rf docs/figures docs/_static/plotly.min.js
	rm -rf .pytest_cache .ruff_cache .hypothesis
	find src tests examples benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "No python3.11 or python3 is on the PATH: install Python 3.11 or newer."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "chainrule needs Python 3.11 or newer; run: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

$(VENV)/.build-tools: pyproject.toml | $(BIN)/python
	@$(PIP) $(BUILD_TOOLS)
	@touch $@

$(VENV)/.demo-installed: pyproject.toml $(NATIVE) $(VENV)/.build-tools
	@echo "installing chainrule with its example data into $(VENV) …"
	@$(INSTALL) ".[datasets,tables]"
	@$(TELL_CORE)
	@touch $@

$(PEERS)/.peers: benchmarks/requirements.txt | $(BIN)/python
	@echo "installing PyTorch, JAX, Keras, TensorFlow and scikit-learn into $(PEERS), which takes a few minutes …"
	@[ -d $(PEERS) ] || "$(PYTHON)" -m venv $(PEERS)
	@$(PEERS_PIP) -r benchmarks/requirements.txt $(BUILD_TOOLS)
	@touch $@

# Installed as users have it, not editable: a peer's size and import are measured beside it.
$(PEERS)/.installed: $(PEERS)/.peers pyproject.toml $(NATIVE) $(shell find src/chainrule -name '*.py')
	@$(PEERS_PIP) --no-build-isolation --config-settings=build-dir=build/bench .
	@touch $@

# .test-installed, .dev-installed, .docs-installed, .bench-installed
$(VENV)/.%-installed: pyproject.toml $(NATIVE) $(VENV)/.build-tools
	@echo "installing chainrule[$*] into $(VENV), which takes a few minutes the first time …"
	@$(INSTALL) ".[$*]"
	@$(TELL_CORE)
	@touch $@
