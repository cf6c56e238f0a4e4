"""Read the distributions of one part of an event, and prepare them for clustering."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.archive.usable import usable_files, why_none
from magnetoflow.errors import DataError, InsufficientData, MissingData
from magnetoflow.io.atomic import write_json
from magnetoflow.io.distribution_array import ArrayOptions, read_array
from magnetoflow.io.prepared_files import write_prepared
from magnetoflow.io.rept import LoadOptions, read_rept
from magnetoflow.io.tables import write_csv
from magnetoflow.rept_pad.data import no_records
from magnetoflow.rept_pad.part_quality import QUALITY_COLUMNS, quality_row
from magnetoflow.rept_pad.prepare import PrepareOptions, prepare
from magnetoflow.times import days_between, parse_utc
from magnetoflow.workflow.failures import status
from magnetoflow.workflow.jobs import LOG, run_job

NO_GRID = np.array([90.0]), np.array([1.0])
"""Of a part that could not be read."""


def missing_days(manifests, start, stop):
    """Dates without a file, with what the archive says."""
    found = {}
    for one in map(read_manifest, manifests):
        if one["missing"]:
            found[one["day"]] = f"{one['missing']} of {one['root']}"
    days = [str(day) for day in days_between(start, stop)]
    return {day: reason for day, reason in found.items() if day in days}


def from_archive(job, config, span):
    """Distributions, names of their files, and days without any."""
    files, damaged = usable_files(
        Path(config["root"]), job.input.rept, on_damaged=config["on_damaged"], **span
    )
    lacking = missing_days(job.input.rept, **span)
    if lacking and config["on_missing"] == "fail":
        raise MissingData(
            "days without distributions",
            where=f"event {config['event']}, RBSP-{config['probe'].upper()}",
            why="; ".join(f"{day}: {reason}" for day, reason in lacking.items()),
            todo="fill the archive, or set rept_pad.on_missing: gap",
        )
    for day, reason in lacking.items():
        LOG.warning("no file of %s: %s", day, reason)
    why = why_none(job.input.rept, **span)
    gaps = sorted({f"{begin:%Y-%m-%d}" for begin, _ in damaged})
    if not files and config["on_missing"] == "gap":
        LOG.warning("no file of the part: %s", why)
        return None, [], sorted(lacking), gaps
    options = LoadOptions(**config["load"])
    records = read_rept(files, probe=config["probe"], options=options, why=why, **span)
    return records, [path.name for path in files], sorted(lacking), gaps


def from_array(config, span):
    """Distributions of the labelled file."""
    path = Path(config["array"]["file"])
    options = {key: value for key, value in config["array"].items() if key != "file"}
    try:
        return read_array(path, ArrayOptions(**options), **span), [path.name], [], []
    except InsufficientData as error:
        if config["on_missing"] == "fail":
            raise
        LOG.warning("no record of the part: %s", error)
        return None, [], [str(day) for day in days_between(**span)], []


def files_of(names):
    """How many files, and the first and the last."""
    ends = {"first_file": names[0], "last_file": names[-1]} if names else {"first_file": "", "last_file": ""}
    return {"files": len(names), **ends}


def main(job):
    config = json.loads(job.params.config)
    span = {"start": parse_utc(config["start"]), "stop": parse_utc(config["stop"])}
    event, probe, part = config["event"], config["probe"], job.wildcards.part
    try:
        if config["array"]["file"] is None:
            read, names, missing, damaged = from_archive(job, config, span)
        else:
            read, names, missing, damaged = from_array(config, span)
        prepared, counts = no_records(*NO_GRID), {}
        if read is not None:
            LOG.info("%d records: %s", len(read), dict(read.counts))
            prepared = prepare(read, PrepareOptions(**config["prepare"] | {"equator": False}))
            counts = read.counts
        outcome = status(f"{event} {part}")
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("part left out: %s", error)
        prepared, counts = no_records(*NO_GRID), {}
        names, missing, damaged = [], [], []
        outcome = status(f"{event} {part}", error)
    row = quality_row(prepared, counts, missing=missing, damaged=damaged)
    table = pd.DataFrame([{"event": event, "part": part, "probe": probe, **files_of(names), **row}])
    write_csv(job.output.quality, table[list(QUALITY_COLUMNS)])
    write_prepared(job.output.records, prepared, {"event": event, "probe": probe, "files": " ".join(names)})
    write_json(job.output.status, outcome)


run_job(main, snakemake)
