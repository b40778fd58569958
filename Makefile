# Everything a newcomer needs: `make demo`, `make test`. Each target is one line; `make help` lists them.
PY := .venv/bin/python
PB := libs/pb/.made
DATA ?=
SHELL := /bin/bash

.PHONY: help setup proto reasons fmt lint types quick test test-all run demo bench check clean image
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.venv/.made: requirements.lock pyproject.toml
	python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.lock && .venv/bin/pip install -q --no-deps --no-build-isolation -e . && touch $@
$(PB): .venv/.made $(shell find proto -type f ! -name baseline.binpb ! -path '*/__pycache__/*')
	$(PY) proto/generate.py && touch $@

setup: .venv/.made ## create .venv from the lock file
proto: $(PB) ## generate libs/pb from proto/
fmt: $(PB) ## format and fix what ruff can fix
	.venv/bin/ruff format . && .venv/bin/ruff check --fix .
types: $(PB) ## mypy, strict
	.venv/bin/mypy
lint: $(PB) types ## ruff, import rules, proto style, types
	.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/lint-imports && .venv/bin/buf lint libs/pb/image.binpb --config proto/buf.yaml
baseline: $(PB) ## promise callers the protos as they are now: commit the file
	.venv/bin/buf build libs/pb/image.binpb --exclude-source-info -o proto/baseline.binpb
reasons: $(PB) ## put the table of all reasons into proto/README.md
	$(PY) -m tests.contracts.proto.reasons
quick: $(PB) ## unit, shape and contracts on SQLite (about 90 seconds)
	.venv/bin/pytest --quick -m 'not slow and not thorough' -n 4 --dist loadgroup tests/unit tests/shape tests/contracts
test: $(PB) ## the suite that must pass before anything lands (under 15 minutes)
	.venv/bin/pytest -m 'not slow' -n 2 --dist loadgroup
test-all: $(PB) ## everything, the long runs too
	.venv/bin/pytest
run: $(PB) ## one cell, all five services, on localhost:7400
	.venv/bin/prm run all
demo: $(PB) ## the life of a deal on a fresh cell; DATA=../shared/data for the real sets
	.venv/bin/prm demo $(if $(DATA),--data $(DATA))
bench: $(PB) ## the rows of the performance targets, one JSON line each
	$(PY) -m tests.load
check: lint test ## what CI runs
image: ## build the container image with docker, podman or buildah
	deploy/image/build.sh
clean: ## remove everything that was made
	rm -rf .venv .build .prm libs/pb .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
