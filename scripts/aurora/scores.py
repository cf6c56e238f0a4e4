"""Compare single frames, and labels in time, with human labels."""

import json
from pathlib import Path

import numpy as np

from magnetoflow.aurora.labels import label_frames
from magnetoflow.aurora.score_tables import (
    STAGES,
    Labelled,
    confusion_table,
    evaluation_table,
    label_table,
    reliability_table,
)
from magnetoflow.io.aurora_shards import parts_of_days
from magnetoflow.io.label_sheets import joined, read_label_sheet
from magnetoflow.io.tables import write_csv
from magnetoflow.io.time_series import read_series
from magnetoflow.workflow.jobs import LOG, run_job


def labelled_days(series, rows, parts):
    """Camera-days of one camera that have labels: name, truth, and probabilities by stage."""
    time, values, attrs = read_series(series, ("raw", "probabilities"))
    site, dates = attrs["site"], time.astype("datetime64[D]")
    for date in np.unique(dates):
        day = date.item()
        if not any((row.site, row.date) == (site, day) for row in rows):
            continue
        mine = dates == date
        name = f"{site}_{day:%Y%m%d}"
        found = label_frames(rows, time[mine], site=site, date=day, whole_day=name not in parts)
        LOG.info("%s", found.report)
        yield name, found.label, values["raw"][mine], values["probabilities"][mine], found.report


def camera_days(path):
    """Camera-days that a model was fitted on."""
    return frozenset(json.loads(Path(path).read_text(encoding="utf-8")).get("camera_days", []))


def main(job):
    config = json.loads(job.params.config)
    rows = joined([read_label_sheet(path) for path in job.input.labels]).rows
    parts = parts_of_days(job.input.shards)
    days = [day for series in job.input.series for day in labelled_days(series, rows, parts)]
    raw, smoothed = (
        np.concatenate([np.empty((0, 4)), *(day[k] for day in days)]).astype(np.float64) for k in (2, 3)
    )
    frames = Labelled(
        np.array([day[0] for day in days for _ in day[1]], dtype=str),
        np.concatenate([np.empty(0), *(day[1] for day in days)]).astype(np.int64),
        dict(zip(STAGES, (raw, smoothed), strict=True)),
    )
    network = camera_days(job.input.model) if job.input.model else None
    smoother = camera_days(job.input.smoother)
    # of published labels nobody knows all days behind them; in time, those of the smoother count as well
    seen = {"frames": network, "in_time": smoother | (network or frozenset())}
    tables = {
        "evaluation": evaluation_table(frames, seen),
        "confusion": confusion_table(frames),
        "reliability": reliability_table(frames),
        "labels": label_table([day[4] for day in days]),
    }
    for name, table in tables.items():
        write_csv(job.output[name], table.assign(source=config["source"]))


run_job(main, snakemake)
