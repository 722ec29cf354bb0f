# `make` lists the targets. Everything is set up in .venv by tools/bootstrap.sh, which does nothing when nothing changed.

PORT ?= 8000
COMPILE = CUSTOM_COMPILE_COMMAND="make deps" .venv/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe \
          --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help run test e2e lint bench load deps clean

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

run: ## Set up what is missing and serve the product with a demo world: http://127.0.0.1:8000, or make run PORT=8123
	@sh tools/bootstrap.sh run $(PORT)
	@exec .venv/bin/complaints run --demo --port $(PORT)

test: ## Set up what is missing and run the tests; make test ARGS="-k worker -x" picks some
	@sh tools/bootstrap.sh dev
	@exec .venv/bin/python -m pytest $(ARGS)

e2e: ## Set up what is missing and walk through the product in Chromium; make e2e ARGS="-k front", pictures in build/pictures
	@sh tools/bootstrap.sh dev
	@sh tools/browser.sh
	@exec .venv/bin/python -m pytest tests/e2e --dist loadfile $(ARGS)

lint: ## Check style and types
	@sh tools/bootstrap.sh dev
	.venv/bin/ruff check .
	.venv/bin/mypy

bench: ## Measure the speed, 20 minutes to an hour; make bench SCALE=0.01 ONLY=verb RUNS=3, make bench PEERS=1
	@sh tools/bootstrap.sh dev
	@[ -z "$(PEERS)" ] || sh bench/peers/prepare.sh
	@exec .venv/bin/python -m bench $(if $(SCALE),--scale $(SCALE)) $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS)) $(if $(DUE),--due $(DUE)) $(if $(PEERS),--peers)

load: ## Ten minutes of open arrival at 35 requests a second; make load RATE=10 MINUTES=1, make load CLIMB=1
	@sh tools/bootstrap.sh dev
	@exec .venv/bin/python -m bench.load $(if $(RATE),--rate $(RATE)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(CASES),--cases $(CASES)) $(if $(CLIMB),--climb)

deps: ## Pin the newest allowed versions of everything in requirements*.txt (then run the tests)
	@sh tools/bootstrap.sh dev
	$(COMPILE) --output-file requirements.txt setup.cfg requirements.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in

clean: ## Remove what was set up and built; the data in var/ stay
	rm -rf .venv bench/.peer-venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
