# Everything a newcomer needs: `make demo`, `make test`. Each target is one line; `make help` lists them.
PY := .venv/bin/python
PB := libs/pb/.made
DATA ?=
SHELL := /bin/bash
# If it is set, every process that a test or the demo starts compiles all modules anew.
unexport PYTHONDONTWRITEBYTECODE
# Tests write to memory where there are 4 GB of it; elsewhere they wait for the disk half of the time.
IN_MEMORY = PYTEST_DEBUG_TEMPROOT=$$(df -k --output=avail /dev/shm 2>/dev/null | awk 'NR > 1 && $$1 > 4000000 {print "/dev/shm"}')

.PHONY: help setup proto stored reasons fmt lint types quick test test-all test-cluster test-containers run demo demo-world bench check clean image
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.venv/.made: requirements.lock pyproject.toml
	python3 -m venv .venv && .venv/bin/pip install -q --require-hashes -r requirements.lock && .venv/bin/pip install -q --no-deps --no-build-isolation -e . && touch $@
$(PB): .venv/.made $(shell find proto -type f ! -name baseline.binpb ! -path '*/__pycache__/*')
	$(PY) proto/generate.py && $(PY) -m services openapi libs/pb/openapi.json >/dev/null && $(PY) -m services events catalogue libs/pb >/dev/null && touch $@

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
stored: $(PB) ## promise the next release the stored fields as they are now: commit the file
	$(PY) -m tests.shape.stored
reasons: $(PB) ## put the table of all reasons into proto/README.md
	$(PY) -m tests.contracts.proto.reasons
quick: $(PB) ## unit, shape and contracts on SQLite (about 90 seconds)
	$(IN_MEMORY) .venv/bin/pytest --quick --effort 20 -m 'not slow and not thorough' -n 4 --dist loadgroup tests/unit tests/shape tests/contracts
# Three processes for two cores, because tests wait for servers that start, elect and time out.
test: $(PB) ## the suite that must pass before anything lands
	$(IN_MEMORY) .venv/bin/pytest --effort 25 -m 'not slow' -n 3 --dist loadgroup
test-all: $(PB) ## everything, the long runs too
	.venv/bin/pytest
test-cluster: $(PB) ## a Kubernetes from its Go modules, with every cell on it (tests/cluster/README.md)
	$(PY) -m tests.cluster.commands && .venv/bin/pytest -vv tests/cluster
test-containers: $(PB) ## the image, a cell of containers, two cells and a hub of containers (tests/deploy/README.md)
	.venv/bin/pytest -n 0 tests/deploy/test_image.py tests/deploy/test_release.py tests/deploy/test_container_world.py
run: $(PB) ## one cell, all six services, on localhost:7400 (gRPC), localhost:7480 (JSON) and http://127.0.0.1:7490 (the web console)
	.venv/bin/prm run all
demo: $(PB) ## the life of a deal on a fresh cell; DATA=../shared/data for the real sets; several cells: demo-world
	.venv/bin/prm demo $(if $(DATA),--data $(DATA))
demo-world: $(PB) ## three cells and a hub on one machine: directory, duplicates, two requests, the hub away (a minute)
	.venv/bin/prm demo-world
bench: $(PB) ## the rows of the performance targets, one JSON line each
	$(PY) -m tests.load
check: lint test ## what CI runs
image: ## build the container image with docker, podman or buildah
	deploy/image/build.sh
clean: ## remove everything that was made
	rm -rf .venv .build .prm libs/pb .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
