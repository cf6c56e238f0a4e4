"""Smooth the labels of one camera in time, and list its intervals of pulsating aurora."""

import json
from pathlib import Path

import numpy as np

from magnetoflow.aurora.classes import PULSATING
from magnetoflow.aurora.intervals import IntervalOptions, pulsating_intervals
from magnetoflow.aurora.sites import SITES
from magnetoflow.aurora.tables import interval_table, smoothed_table
from magnetoflow.io.classifications import read_any
from magnetoflow.io.fit_smoother import ENOUGH_HOURS
from magnetoflow.io.smoother_files import read_description
from magnetoflow.io.smoothers import read_smoother
from magnetoflow.io.tables import write_csv
from magnetoflow.io.time_series import write_series
from magnetoflow.workflow.jobs import LOG, run_job


def warn_of_short_records(about, found):
    """Say where a smoother meets records that are shorter than those that it was fitted on."""
    segments = range(found.segment.max(initial=-1) + 1)
    hours = [np.ptp(found.time[found.segment == k]) / np.timedelta64(1, "h") for k in segments]
    if about["kind"] == "logistic" and hours and np.median(hours) < ENOUGH_HOURS:
        text = (
            "records of %.1f h (median): the smoother was fitted on longer ones, source: mean may be better"
        )
        LOG.warning(text, np.median(hours))


def main(job):
    config, site = json.loads(job.params.config), job.wildcards.site
    about = read_description(job.input.smoother)
    tables = [read_any(path) for path in job.input.tables]
    empty = [
        Path(path).name[:8] for path, table in zip(job.input.tables, tables, strict=True) if not len(table)
    ]
    for path, table in zip(job.input.tables, tables, strict=True):
        if table.duplicates or table.out_of_order or not len(table):
            counts = len(table), table.duplicates, table.out_of_order
            LOG.warning("%s: %d rows, %d repeated, %d out of order", path, *counts)
    time, chances, flags = (
        np.concatenate([getattr(table, name) for table in tables])
        for name in ("time", "probabilities", "flags")
    )
    place = SITES[site]
    found = read_smoother(job.input.smoother).predict(time, chances, place.latitude, place.longitude)
    raw, flags = chances[found.row], flags[found.row]
    label = {"source": config["source"], "model": f"{about['id']}, fitted on {about['trained_on']}"}
    smoothed = (found.time, found.probabilities, found.label, raw, flags, found.segment)
    write_csv(job.output.smoothed, smoothed_table(site, *smoothed, **label))
    chosen = config["intervals"]
    options = IntervalOptions(
        threshold=chosen["min_probability"],
        **{name: chosen[name] for name in ("min_length_s", "merge_break_s", "max_gap_s")},
    )
    warn_of_short_records(about, found)
    intervals = pulsating_intervals(found.time, found.probabilities[:, PULSATING], options)
    write_csv(job.output.intervals, interval_table(site, intervals, **label))
    write_series(
        job.output.series,
        found.time,
        {
            "probabilities": (("time", "class"), found.probabilities.astype(np.float32), "1"),
            "label": (("time",), found.label, "1"),
            "raw": (("time", "class"), raw.astype(np.float32), "1"),
            "flags": (("time",), flags.astype(np.uint16), "1"),
            "segment": (("time",), found.segment.astype(np.int32), "1"),
        },
        {"site": site, "empty": " ".join(empty), **label},
    )


run_job(main, snakemake)
