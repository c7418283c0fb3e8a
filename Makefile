# Everything here works on a machine that has only Python, git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

PINS := gardener/setup/bot-requirements.txt

.PHONY: pins help install test slow lint test-wheel coverage demo docs site clean

help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1' # knows dependency groups
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bot,docs]' --group dev
	touch $@

install: $(INSTALLED) ## Make the virtual environment.

test: $(INSTALLED) ## Run the tests (under 10 minutes on 2 cores).
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

slow: $(INSTALLED) ## Run the slow tests: real projects from the package index.
	$(BIN)/python -m pytest -m slow $(ARGS)

pins: ## Renew the versions and hashes of what the jobs that may write install (needs uv).
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --extra bot --universal --python-version 3.10 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q -o $(PINS).new
	(head -2 $(PINS); cat $(PINS).new) > $(PINS).all && mv $(PINS).all $(PINS) && rm $(PINS).new

lint: $(INSTALLED) ## Lint, format check, types, workflows, the figures of the code.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --config-file tests/mypy.ini tests
	$(BIN)/zizmor --offline --no-progress --strict-collection .github/workflows action.yml
	$(BIN)/python bench/figures.py --check

test-wheel: ## Run the tests against an installed wheel: make test-wheel WHEEL=dist/*.whl
	test -f "$(WHEEL)"
	$(PYTHON) -m venv .cache/wheel
	.cache/wheel/bin/python -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	.cache/wheel/bin/python -m pip install --quiet --disable-pip-version-check "$(WHEEL)[bot,docs]" --group dev
	.cache/wheel/bin/pytest -n auto --dist worksteal $(ARGS) # not `python -m pytest`, which would import the checkout

coverage: $(INSTALLED) ## Branch coverage, processes that the tests start included.
	$(BIN)/python bench/covered.py $(ARGS)

demo: $(INSTALLED) ## Show the whole loop on the example backend.
	$(BIN)/python examples/demo.py

docs: $(INSTALLED) ## Run the commands of README and tutorial and show what they say now.
	GARDENER_UPDATE_DOCS=1 $(BIN)/python -m pytest -q tests/docs/test_pages.py
	$(BIN)/python docs/render_pictures.py
	git diff --stat -- README.md docs

site: $(INSTALLED) ## Build the documentation as a site, without a warning, in .cache/site.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The site begins at .cache/site/index.html."

clean: ## Remove what the targets above made.
	rm -rf $(VENV) .cache build *.egg-info
