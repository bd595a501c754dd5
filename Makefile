# The routine acts, by name. Each also works without make: the recipe is the command.
.DEFAULT_GOAL := help
.PHONY: help demo setup test check serve sync migrate notebooks bench lock
PORT ?= 8000
BIN := .venv/bin
INSTALL = python="$$(sh setup/find_python.sh)" && "$$python" setup/install.py

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

demo: ## set up, start everything on embedded defaults, print the address and the sign-in (PORT=…, FRESH=1 starts over)
	@$(INSTALL)
	@exec $(BIN)/python panel_serve.py --demo --port $(PORT) $(if $(FRESH),--fresh)

setup: ## install only, tests' needs included
	@$(INSTALL) --dev

test: setup ## install what the tests need and pass every suite
	@$(BIN)/python -m pytest

check: setup ## ruff, mypy, import-linter and the fast tests, in under a minute
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n 2 -m "not slow and not browser and not model and not aws and not postgres and not redis"

serve: ## the web process on the settings of .env
	@exec $(BIN)/python panel_serve.py

sync: ## run every pipeline once
	@$(BIN)/python -m pipelines run all

migrate: ## bring the record to this version's schema
	@$(BIN)/python -m workbench migrate

bench: ## the benchmarks, each a ratio from one run
	@for script in benchmarks/*.py; do echo "== $$script" && $(BIN)/python $$script || exit 1; done

lock: ## write the hashed lock files anew from pyproject.toml (needs uv)
	@uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --exclude-newer "$$(date -u -d '7 days ago' +%F)" pyproject.toml --group build -o requirements.lock
	@uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --exclude-newer "$$(date -u -d '7 days ago' +%F)" pyproject.toml --group build --group dev -c requirements.lock \
	  -o requirements-dev.lock
