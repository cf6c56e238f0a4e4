"""Collect labelled frames of one camera-day; two passes: frame numbers are known once all times are."""

import json
from datetime import date
from pathlib import Path

import numpy as np

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.aurora.frames import Frames
from magnetoflow.aurora.labels import label_frames
from magnetoflow.aurora.training_blocks import thinned
from magnetoflow.errors import MissingData
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.label_sheets import joined, read_label_sheet
from magnetoflow.io.skymap import read_skymap
from magnetoflow.io.training_sets import new_training_set
from magnetoflow.workflow.jobs import LOG, run_job

ERODE = 2
"""Frames left out on each side of a change of label."""


def chosen(frames, keep):
    """Frames of one part that are kept, given the times to keep."""
    rows = np.isin(frames.time, keep)
    return Frames(frames.site, frames.time[rows], frames.images[rows], frames.flags[rows])


def main(job):
    config, site = json.loads(job.params.config), job.wildcards.site
    root, day = Path(config["root"]), date.fromisoformat(job.wildcards.dashed)
    manifest = read_manifest(job.input.manifest)
    if not manifest["files"]:
        raise MissingData(
            "no images of a labelled camera-day", where=f"{site}, {day}", why=manifest["missing"]
        )
    rows = joined([read_label_sheet(path) for path in job.input.labels]).rows

    def frames():
        return FrameReader(manifest["files"], root, site, on_damaged=config["on_damaged"])

    first = frames()
    time = np.concatenate([np.empty(0, "datetime64[ns]"), *(part.time for part in first)])
    # a refused minute would shift the numbers of all frames behind it
    whole = first.counts["refused"] == 0
    found = label_frames(rows, time, site=site, date=day, erode=ERODE, whole_day=whole)
    LOG.info("%s", found.report)
    blocks, minutes = config["model"]["blocks_per_interval"], config["model"]["block_minutes"]
    keep = thinned(found.label, blocks=blocks, minutes=minutes, interval=found.source)
    skymap = manifest["skymap"] and read_skymap(root / manifest["skymap"]["path"])
    with new_training_set(job.output.frames, site, sources=found.sources, skymap=skymap) as writer:
        for part in frames():
            mine = chosen(part, time[keep])
            where = np.searchsorted(time, mine.time)
            if len(mine):
                writer.append(mine, found.label[where], found.source[where])
    LOG.info("kept %d of %d frames", keep.sum(), len(time))


run_job(main, snakemake)
