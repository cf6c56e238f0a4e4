"""List intervals, patches, occurrence, quality, refused files and failed camera-days; choose examples."""

import json

import numpy as np
import pandas as pd

from magnetoflow.aurora.interval_periods import with_periods
from magnetoflow.aurora.occurrence import daily_table, hours_of, night_counts
from magnetoflow.aurora.quality import quality_table
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.tables import INTERVAL_COLUMNS, PATCH_COLUMNS, PULSE_COLUMNS
from magnetoflow.errors import InsufficientData
from magnetoflow.io import aurora_shards as parts
from magnetoflow.io.atomic import write_json
from magnetoflow.io.aurora_examples import best_of_shards, write_best
from magnetoflow.io.aurora_shards import REFUSED_COLUMNS, in_shards
from magnetoflow.io.tables import read_csv_files, write_csv
from magnetoflow.io.time_series import read_series
from magnetoflow.sky import magnetic_local_time
from magnetoflow.workflow.failures import COLUMNS as FAILED_COLUMNS
from magnetoflow.workflow.failures import failed, read_status, status
from magnetoflow.workflow.jobs import LOG, run_job

EMPTY = InsufficientData("text file without rows", todo="leave it out, or classify the images again")


def merged(paths, columns):
    """Rows of all tables, in the order of the paths; without a path, the columns."""
    return read_csv_files(paths) if paths else pd.DataFrame(columns=list(columns))


def occurrence(paths):
    """Daily table, and counts per night and hour, camera by camera."""
    daily, counts, empty = [], [], []
    for path in paths:
        time, values, attrs = read_series(path, ("label",))
        site = attrs["site"]
        place = SITES[site]
        names = np.full(len(time), site)
        daily.append(daily_table(time, names, values["label"]).assign(model=attrs["model"]))
        empty += [status(f"{site}_{day}", EMPTY) for day in attrs["empty"].split()]
        mlt = magnetic_local_time(time, place.latitude, place.longitude)
        counts.append(night_counts(time, site, values["label"], place.longitude, mlt))
        LOG.info("%s: %d frames", site, len(time))
    hourly = hours_of(pd.concat(counts, ignore_index=True)).assign(model=attrs["model"])
    return pd.concat(daily, ignore_index=True), hourly, empty


def sourced(table, source):
    """Rounded, with the source before the model."""
    model = table.pop("model")
    return table.round(6).assign(source=source, model=model)


def main(job):
    source = json.loads(job.params.config)["source"]
    shards = job.input.shards
    patches = merged(in_shards(shards, parts.PATCHES), PATCH_COLUMNS)
    intervals = merged(job.input.intervals, INTERVAL_COLUMNS)
    daily, hourly, empty = occurrence(job.input.series)
    statuses = [read_status(path) for path in shards]
    # where text files stand for images, those without rows are the failed camera-days
    lost = failed(statuses) if statuses else empty
    tables = {
        "intervals": with_periods(intervals, patches),
        "pulsation": patches,
        "pulses": merged(in_shards(shards, parts.PULSES), PULSE_COLUMNS),
        "daily": sourced(daily, source),
        "occurrence": sourced(hourly, source),
        "quality": quality_table(statuses).assign(source=source),
        "refused": merged(in_shards(shards, parts.REFUSED), REFUSED_COLUMNS),
        "failed": pd.DataFrame(lost, columns=list(FAILED_COLUMNS)),
    }
    for name, table in tables.items():
        write_csv(job.output[name], table)
    write_best(job.output.examples, best_of_shards(in_shards(shards, parts.SERIES)))
    write_json(job.output.manifests, sorted({one["manifest"] for one in statuses}))


run_job(main, snakemake)
