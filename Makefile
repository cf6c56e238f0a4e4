# make demo: installs into .venv, runs the study on the sample archive, says where the results are.
# make test: all tests and checks.      make help: the other targets.

PYTHON ?= python3
CORES ?= 2
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench envs model-mms_gmm clean clean-all

help:
	@echo "make demo            install, run the study on the sample archive, say where the results are"
	@echo "make test            all tests and checks"
	@echo "make lint            ruff, mypy, snakefmt, snakemake --lint"
	@echo "make bench           speed and scores, side by side with what a user would use instead"
	@echo "make model-mms_gmm   train again the model that ships with mms_gmm"
	@echo "make envs            rewrite envs/*.yaml from their table"
	@echo "make clean           remove results/, data/ and .snakemake/"
	@echo "make clean-all       clean, and remove .venv and caches"
	@echo "PYTHON=python3.12 chooses the interpreter (3.11 or later), CORES=4 the number of cores"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run-stamp: $(PINS) | $(BIN)/python
	@echo "installing pinned dependencies into $(VENV) (1 to 3 minutes)"
	@$(PIP) install -c constraints.txt -e . && $(PIP) check
	@touch $@

$(VENV)/.dev-stamp: $(PINS) | $(BIN)/python
	@echo "installing pinned dependencies and development tools into $(VENV) (1 to 3 minutes)"
	@$(PIP) install -c constraints.txt -e ".[dev]" && $(PIP) check
	@touch $@ $(VENV)/.run-stamp

demo: $(VENV)/.run-stamp
	@echo "running: snakemake --cores $(CORES)"
	@$(BIN)/snakemake --cores $(CORES) --quiet host reason progress
	@echo
	@echo "Made from synthetic sample data:"
	@echo "  results/mms_gmm/features.csv      features of every minute"
	@echo "  results/mms_gmm/regions.csv       plasma region of every minute, with probabilities"
	@echo "  results/mms_gmm/crossings.csv     bow-shock and magnetopause crossings"
	@echo "  results/mms_gmm/figures/          figures"
	@echo "  results/mms_gmm/run.json          inputs, configuration, versions, model"
	@echo "Your own interval: $(BIN)/python -m magnetoflow mms_gmm --help"

test: lint
	@$(BIN)/python -m pytest -q -n $(CORES) --dist loadfile

lint: $(VENV)/.dev-stamp
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@$(BIN)/snakefmt --check -q Snakefile rules 2>/dev/null || $(BIN)/snakefmt --check Snakefile rules
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/snakemake --lint --quiet all >/dev/null 2>&1 || $(BIN)/snakemake --lint

bench: $(VENV)/.dev-stamp
	@$(BIN)/python benchmarks/mms_gmm.py
	@$(BIN)/python benchmarks/mms_gmm_windows.py

envs: $(VENV)/.dev-stamp
	@$(BIN)/python -m magnetoflow.workflow.environments

model-mms_gmm: $(VENV)/.dev-stamp
	@echo "training the shipped model on the sample's training days (about 1 minute)"
	@$(BIN)/python -m magnetoflow.sample.train_mms_gmm
	@echo "rebuilt magnetoflow/mms_gmm/model; git diff --stat says what changed"

clean:
	@rm -rf results data .snakemake

clean-all: clean
	@rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
