# Everything here works on a machine that has only Python, git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install test slow lint demo docs clean

help: ## Show the targets.
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

install: $(INSTALLED) ## Make the virtual environment.

test: $(INSTALLED) ## Run the tests (under 10 minutes on 2 cores).
	$(BIN)/python -m pytest -n auto $(ARGS)

slow: $(INSTALLED) ## Run the slow tests: real projects from the package index.
	$(BIN)/python -m pytest -m slow $(ARGS)

lint: $(INSTALLED) ## Lint, format check, types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: $(INSTALLED) ## Show the whole loop on the example backend.
	$(BIN)/python examples/demo.py

docs: $(INSTALLED) ## Run the commands of README and tutorial and show what they say now.
	GARDENER_UPDATE_DOCS=1 $(BIN)/python -m pytest -q tests/docs/test_pages.py
	git diff --stat -- README.md docs

clean: ## Remove what the targets above made.
	rm -rf $(VENV) .cache build *.egg-info
