# make demo: installs into .venv, runs the studies on the sample archive, says where the results are.
# make test: all tests and checks.      make help: the other targets.

PYTHON ?= python3
CORES ?= 2
REAL ?= $(or $(MAGNETOFLOW_REAL),../shared/real)
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python tools/install.py
# themis-imager-readfile, which tests compare with, asks for numpy below 2 and works without it
CHECK := ! $(BIN)/python -m pip --disable-pip-version-check check 2>&1 \
	| grep -v -e "^themis-imager-readfile " -e "^No broken requirements" -e "^WARNING"
PINS := pyproject.toml constraints.txt
# installed without bytecode: the first import writes it, as every later one would otherwise compile again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test test-slurm test-container lint bench coverage torture envs model-mms_gmm model-mms_rnn model-aurora model-aurora-published clean clean-all

help:
	@echo "make demo            install, run the studies on the sample archive, say where the results are"
	@echo "make install         install into .venv, and no more"
	@echo "make test            all tests and checks"
	@echo "make lint            ruff, mypy, snakefmt, snakemake --lint"
	@echo "make bench           speed and scores, side by side with what a user would use instead"
	@echo "make model-mms_gmm   train again the model that ships with mms_gmm"
	@echo "make model-mms_rnn   train again the network that ships with mms_rnn (about 15 minutes)"
	@echo "make model-aurora    train again the network and the smoother that ship with aurora (about 10 minutes)"
	@echo "make model-aurora-published   fit again the smoother of published text files; REAL=folder of them"
	@echo "make coverage        how often the stated errors of mms_mp hold, 10,000 seeded runs"
	@echo "make torture         4,500 files damaged by chance, 50 killed runs: ten times as many as make test"
	@echo "make test-slurm      the shipped profile on a throw-away SLURM cluster; root, SLURM installed"
	@echo "make test-container  run the lines of docs/container.md; without a container engine in a chroot (root, debootstrap)"
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
	@echo "installing pinned dependencies into $(VENV) (half a minute, by pip alone 2 to 4)"
	@$(INSTALL) -e . && $(CHECK)
	@touch $@

$(VENV)/.dev-stamp: $(PINS) | $(BIN)/python
	@echo "installing pinned dependencies and development tools into $(VENV) (half a minute, by pip alone 2 to 4)"
	@$(INSTALL) -e ".[dev]" && $(CHECK)
	@$(INSTALL) --no-deps themis-imager-readfile
	@touch $@ $(VENV)/.run-stamp

install: $(VENV)/.run-stamp

demo: $(VENV)/.run-stamp
	@echo "running: snakemake --cores $(CORES)"
	@$(BIN)/snakemake --cores $(CORES) --quiet host reason progress
	@echo
	@echo "Made from synthetic sample data:"
	@echo "  results/<study>/index.html        front page of each study: begin here; overview.csv: a row per event"
	@echo "  results/mms_gmm/features.csv      features of every minute"
	@echo "  results/mms_gmm/regions.csv       plasma region of every minute, with probabilities"
	@echo "  results/mms_gmm/crossings.csv     bow-shock and magnetopause crossings"
	@echo "  results/mms_gmm/figures/          figures"
	@echo "  results/mms_gmm/run.json          inputs, configuration, versions, model"
	@echo "  results/mms_mp/<event>/           index.html, mp_analysis.json, tables and figures of each crossing"
	@echo "  results/mms_mp/events.csv         normal, speed and thickness of all crossings, with errors"
	@echo "  results/mms_rnn/<event>_mms<n>/   quantities, scaled data, region and probabilities of every sample"
	@echo "  results/mms_rnn/summary.csv       one row per event and spacecraft; intervals.csv, statistics.csv"
	@echo "  results/mms_rnn/figures/, run.json"
	@echo "  results/rept_pad/labels.csv       class of every pitch-angle distribution, with probabilities (.parquet too)"
	@echo "  results/rept_pad/classes.csv      the classes; class_shapes.csv their shape at each energy, pads.csv"
	@echo "  results/rept_pad/occurrence.csv   where in L and MLT; storms.csv, daily.csv, quality.csv"
	@echo "  results/rept_pad/model/           the model, and how many classes, how stable, against other methods"
	@echo "  results/rept_pad/figures/, run.json"
	@echo "  results/aurora/classifications/   label of every image, published format"
	@echo "  results/aurora/smoothed/          labels in time, with probabilities"
	@echo "  results/aurora/intervals.csv      intervals of pulsating aurora"
	@echo "  results/aurora/pulsation.csv      pulsating patches: period, aliases, on and off times"
	@echo "  results/aurora/daily.csv, occurrence.csv, quality.csv, evaluation.csv"
	@echo "  results/aurora/figures/, run.json"
	@echo "All of it in one file: $(BIN)/magnetoflow report; the story of an event: $(BIN)/magnetoflow explain mms_gmm/sample_mms1_20171103"
	@echo "Your own data: $(BIN)/python -m magnetoflow mms_gmm --help, mms_mp --help, mms_rnn --help, rept_pad --help, aurora --help"

# lint beside the tests, and one process more than cores: one of them often waits for another's sample run
test: $(VENV)/.dev-stamp
	@$(MAKE) --no-print-directory lint & lint=$$!; \
	$(BIN)/python -m pytest -q -n $$(($(CORES) + 1)) --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$lint || { echo "make lint failed, see above" >&2; exit 1; }; exit $$tests

lint: $(VENV)/.dev-stamp
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@$(BIN)/snakefmt --check -q Snakefile rules 2>/dev/null || $(BIN)/snakefmt --check Snakefile rules
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/snakemake --lint --quiet all >/dev/null 2>&1 || $(BIN)/snakemake --lint

bench: $(VENV)/.dev-stamp
	@$(BIN)/python benchmarks/mms_gmm.py
	@$(BIN)/python benchmarks/mms_gmm_windows.py
	@$(BIN)/python benchmarks/mms_mp.py
	@$(BIN)/python benchmarks/mms_rnn_windows.py
	@$(BIN)/python benchmarks/mms_rnn.py
	@$(BIN)/python benchmarks/aurora.py
	@$(BIN)/python benchmarks/aurora_cores.py
	@$(BIN)/python benchmarks/aurora_smoothing.py
	@$(BIN)/python benchmarks/rept_pad.py
	@$(BIN)/python benchmarks/archive.py
	@$(BIN)/python benchmarks/workflow.py

coverage: $(VENV)/.dev-stamp
	@$(BIN)/python benchmarks/mms_mp_coverage.py

torture: $(VENV)/.dev-stamp
	@MAGNETOFLOW_TORTURE=1 $(BIN)/python -m pytest -q -rP -n $(CORES) --dist load \
		tests/faults/test_torture.py tests/faults/test_kills.py

$(VENV)/.slurm-stamp: $(VENV)/.dev-stamp
	@$(INSTALL) -e ".[dev,slurm]" && $(CHECK)
	@touch $@

test-slurm: $(VENV)/.slurm-stamp
	@MAGNETOFLOW_SLURM_TEST=1 $(BIN)/python -m pytest -q -x tests/slurm

test-container: $(VENV)/.dev-stamp
	@$(BIN)/python tests/container/prove.py

envs: $(VENV)/.dev-stamp
	@$(BIN)/python -m magnetoflow.workflow.environments

model-mms_gmm: $(VENV)/.dev-stamp
	@echo "training the shipped model on the sample's training days (about 1 minute)"
	@$(BIN)/python -m magnetoflow.sample.train_mms_gmm
	@echo "rebuilt magnetoflow/mms_gmm/model; git diff --stat says what changed"

model-mms_rnn: $(VENV)/.dev-stamp
	@$(BIN)/python -m magnetoflow.sample.train_mms_rnn
	@echo "rebuilt magnetoflow/mms_rnn/model; git diff --stat says what changed"

model-aurora: $(VENV)/.dev-stamp
	@$(BIN)/python -m magnetoflow.sample.train_aurora
	@$(BIN)/python -m magnetoflow.sample.train_aurora_smoother
	@echo "rebuilt magnetoflow/aurora/model; git diff --stat says what changed"

model-aurora-published: $(VENV)/.dev-stamp
	@$(BIN)/python -m magnetoflow.io.fit_smoother --real "$(REAL)" \
		--output magnetoflow/aurora/model/smoother_published.json

clean:
	@rm -rf results data .snakemake

clean-all: clean
	@rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
