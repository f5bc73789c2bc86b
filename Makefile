# psi-co: `make` lists what can be done. The order of the analysis lives in pipeline/run.py.

STUDY ?= psi-co
FIGURE ?=
FULL ?=
LANG_ ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready-$(shell cksum < requirements.lock | cut -d ' ' -f 1)

# One BLAS thread: serial and parallel runs then give the same last digit.
export OPENBLAS_NUM_THREADS = 1

.DEFAULT_GOAL := help
.PHONY: help analysis figures test validation check static fix notebooks bench lock clean

help:  ## list the targets
	@echo "make TARGET [STUDY=$(STUDY)] [FIGURE=...] [LANG_=nl|fr|en] [FULL=1]"
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

analysis: $(READY)  ## raw answers -> full tables inside, published tables outside
	$(BIN)/psico analysis $(STUDY) $(if $(FULL),--full)

figures: $(READY)  ## published tables -> figures (SVG, PNG, PDF), in every language
	$(BIN)/psico figures $(STUDY) $(if $(FIGURE),--figure $(FIGURE)) $(if $(LANG_),--language $(LANG_))

test: $(READY)  ## run all tests
	$(BIN)/python -m pytest -n auto --dist loadgroup

validation: $(READY)  ## run the tests beside references, and write docs/validation.md from them
	$(BIN)/python -m pytest --validation -q

static: $(READY)  ## the part of `check` that runs nothing: format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: static test  ## everything that must pass before a commit

fix: $(READY)  ## format the code and mend what can be mended, refresh generated files
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/psico reference

notebooks: $(READY)  ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks

bench: $(READY)  ## time the work, with a reference in the same run
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/scales.py
	$(BIN)/python benchmarks/factors.py
	$(BIN)/python benchmarks/models.py
	$(BIN)/python benchmarks/models_nonlinear.py

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 --extra notebooks --extra scale --group dev pyproject.toml -o requirements.lock

clean:  ## remove what runs made; raw answers stay
	rm -rf data/processed/* reports/*

# Set-up, once: a Python that fits, an environment of its own, the locked packages.
$(READY): requirements.lock
	@sh setup.sh $(VENV)
	@touch $@
