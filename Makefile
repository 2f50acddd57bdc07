# Two commands do the whole way: `make demo` and `make test`. Both set themselves up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ESCALATION_SHARED ?= ../shared
EVENTS := $(ESCALATION_SHARED)/data
SAMPLE := $(BIN)/escalation --workspace build/sample

.PHONY: help setup demo test check docs sample lock clean

help:  ## say what there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  -/'

setup: $(READY)  ## create .venv from requirements.lock, with hashes

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY)  ## the main job, offline, on the bundled sample
	$(BIN)/escalation demo

test: $(READY)  ## the whole test suite
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: $(READY)  ## ruff, mypy and the contracts of imports, as CI runs them
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY)  ## the documentation site, into build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

sample: $(READY)  ## compute the bundled sample again from the shared event files
	rm -rf build/sample && mkdir -p build/sample
	$(SAMPLE) ingest csv $(EVENTS)/ucdp_ged211_precise_world_1989_2018.csv.gz --map data/samples/ucdp_precise.map.toml
	$(SAMPLE) ingest csv $(EVENTS)/ucdp_ged211_precise_sahel_2019_2020.csv.gz --map data/samples/ucdp_precise_sahel.map.toml
	$(SAMPLE) panel --scale admin1 --boundaries $(abspath $(EVENTS))/natural_earth_admin1_sahel.geojson
	$(BIN)/python -c "import pandas as pd; from data.schema import ROW_MEASURES; p = pd.read_parquet('build/sample/panels/admin1/panel.parquet'); p.drop(columns=list(ROW_MEASURES)).to_parquet('data/samples/sahel_figures.parquet', index=False)"
	cp build/sample/panels/admin1/regions.parquet data/samples/sahel_regions.parquet

lock:  ## renew requirements.lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet 'uv>=0.9'
	.venv-lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock
	rm -rf .venv-lock

clean:  ## remove the environment and caches
	rm -rf $(VENV) .venv-lock .mypy_cache .ruff_cache .pytest_cache build *.egg-info
