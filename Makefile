# `make` alone lists what there is. Settings go behind it: make run PORT=8001 DATA_DIR=.local/second

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak lock sbom clean

PYTHON_IN_VENV := .venv/bin/python
CODE := shared services gateway ops bench deploy examples tests
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# setpriv: even if this make is killed hard, the suite hears of it and stops.
run: ## start everything and keep it running until Ctrl-C (PORT, DATA_DIR)
	@ops/bootstrap.sh run && exec setpriv --pdeathsig TERM $(PYTHON_IN_VENV) -m ops run

# All of them in three processes, each with servers of its own: many tests wait for something.
test: ## run the tests on servers of their own (ARGS="-k login")
	@ops/bootstrap.sh dev
	$(PYTHON_IN_VENV) -m pytest $(or $(ARGS),--numprocesses 3 --dist loadfile)

check: ## format, lint, types, import direction, compose files
	@ops/bootstrap.sh dev
	.venv/bin/ruff format --check $(CODE)
	.venv/bin/ruff check $(CODE)
	.venv/bin/mypy $(CODE)
	.venv/bin/lint-imports
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.tls.yml

bench: ## measure speed against bare baselines (ARGS="--help")
	@ops/bootstrap.sh dev
	$(PYTHON_IN_VENV) -m bench $(ARGS)

soak: ## kill relays and NATS under 100,000 changes and miss no event (ARGS="--help")
	@ops/bootstrap.sh dev
	$(PYTHON_IN_VENV) -m bench.soak $(ARGS)

NEWER = $(if $(PACKAGE),--upgrade-package $(PACKAGE),--upgrade)

lock: ## take the newest versions of packages into requirements/*.txt (PACKAGE=one)
	@ops/bootstrap.sh dev
	cd requirements && for set in run build argon2 local dev; do ../$(LOCK) $(NEWER) $$set.in -o $$set.txt || exit; done

SBOM ?= .local/sbom.json

sbom: ## write the list of packages in the image as CycloneDX (SBOM=.local/sbom.json)
	@ops/bootstrap.sh dev
	@.venv/bin/python -W ignore -m cyclonedx_py requirements requirements/run.txt --pyproject pyproject.toml \
		--mc-type application --spec-version 1.6 --output-reproducible --output-file $(SBOM)

clean: ## remove .venv, caches and .local with all data of local runs
	@for lock in $(wildcard .local/run.lock .local/*/run.lock); do flock --nonblock $$lock true || \
		{ echo "a run is using $$(dirname $$lock): stop it first" >&2; exit 1; }; done
	rm -rf .venv .local .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
