"""Provide the model of classes: copy a checked one, or fit one to the records of all events."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.errors import InsufficientData, ModelError
from magnetoflow.io.model_folder import sha256
from magnetoflow.io.prepared_files import count_records, read_attrs, read_prepared
from magnetoflow.io.rept_models import read_class_model, write_class_model
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.rept_pad.background import signal_counts
from magnetoflow.rept_pad.comparison import compared
from magnetoflow.rept_pad.data import joined, take
from magnetoflow.rept_pad.fit_options import FitOptions
from magnetoflow.rept_pad.fitting import fit_classes
from magnetoflow.rept_pad.report import COLUMNS, TABLES, report
from magnetoflow.rept_pad.subsample import choose
from magnetoflow.workflow.jobs import LOG, run_job

PROBE_BLOCKS = 10**7
"""Blocks are numbered from 1970 in quarters of an orbit, the same in all parts and events of one probe."""


def sample_of(paths, rows, seed):
    """Records of all parts for a fit, chosen evenly over parts, and the number of all with data."""
    filled = [path for path in paths if count_records(path)]
    if not filled:
        raise InsufficientData("no part of any event holds a record", todo="see failed.csv, and the logs")
    each = -(-rows // len(filled))
    parts = []
    probes = sorted({read_attrs(path)["probe"] for path in filled})
    for path in filled:
        part = read_prepared(path)
        number = probes.index(read_attrs(path)["probe"])
        some = choose(part.state, part.block, signal_counts(part), each, seed, part.time)
        part = take(part, some)
        parts.append(replace(part, block=part.block + number * PROBE_BLOCKS))
        LOG.info("%d records of %s", len(some), path)
    return joined(parts)


def options_of(config):
    """Options of the fit from the sections of the configuration."""
    reduce, cluster, model = (dict(config[name]) for name in ("reduce", "cluster", "model"))
    return reduce.pop("rows"), FitOptions(
        **reduce,
        clustering=cluster.pop("method"),
        **{key: tuple(value) if isinstance(value, list) else value for key, value in cluster.items()},
        min_counts=config["naming"]["min_counts"],
        compare=model["compare"],
        seed=model["seed"],
        equator=config["prepare"]["equator"],
    )


def fitted(job, config):
    """Fit a model, and make the tables of the report."""
    rows, options = options_of(config)
    sample = sample_of(job.input.records, rows, options.seed)
    stored = {name: config[name] for name in ("prepare", "reduce", "cluster", "naming")}
    stored["seed"] = options.seed
    recipe = hashlib.sha256(f"{json.dumps(stored, sort_keys=True)} {job.params.code}".encode()).hexdigest()
    earlier = read_class_model(config["match"]["folder"]) if config["match"] else None
    if earlier is not None:
        earlier.check(sample)
    first, last = (f"{one:%Y-%m-%d}" for one in pd.to_datetime(sample.time).sort_values()[[0, -1]])
    fit = fit_classes(
        sample,
        options,
        stored=stored,
        trained_on=f"{config['source']}, {len(config['events'])} events, {first} to {last}",
        recipe=recipe,
        earlier=earlier,
    )
    LOG.info("stability of %d seeds: %.3f", options.seeds, fit.stability.mean)
    for one in fit.model.classes:
        LOG.info("class %d: %s", one.id, one.name)
    part, methods = compared(fit, options)
    return fit.model, report(part, methods, options)


def copied(config):
    """Read the model that the configuration names, as it was when the run was planned, and its tables.

    A folder that comes without its report gives empty tables.
    """
    folder = Path(config["files"]["folder"])
    if sha256(folder / "model.json") != config["files"]["sha256"]:
        raise ModelError("the model changed during the run", where=folder, todo="run again")
    tables = {name: folder / f"{name}.csv" for name in TABLES}
    return read_class_model(folder), {
        name: read_csv(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS[name]))
        for name, path in tables.items()
    }


def main(job):
    config = json.loads(job.params.config)
    model, tables = copied(config) if config["files"] else fitted(job, config)
    for name, table in tables.items():
        numbers = table.select_dtypes("floating").columns
        write_csv(job.output[name], table.assign(**{one: np.round(table[one], 9) for one in numbers}))
    write_class_model(Path(job.output.model).parent, model)


run_job(main, snakemake)
