"""Make a movie of one camera-day; its images are read once more."""

import json
from pathlib import Path

import numpy as np

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.aurora.mask import elevation_mask
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.movie import write_movie
from magnetoflow.io.skymap import read_skymap
from magnetoflow.io.time_series import read_series
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    config, site = json.loads(job.params.config), job.wildcards.site
    root, manifest = Path(config["root"]), read_manifest(job.input.manifest)
    skymap = manifest["skymap"] and read_skymap(root / manifest["skymap"]["path"])
    mask = elevation_mask(skymap.elevation_deg, 0.0) if skymap else None
    day = np.datetime64(manifest["day"], "ns")
    span = {"start": day, "stop": day + np.timedelta64(1, "D")}
    time, values, about = read_series(job.input.smoothed, ("label",), **span)
    reader = FrameReader(manifest["files"], root, site, on_damaged="gap")
    note = f"{config['source']}; {about['model']}"
    fps = config["movie"]["fps"]
    frames = write_movie(job.output.movie, reader, time, values["label"], mask=mask, rate=fps, note=note)
    LOG.info("%d frames", frames)


run_job(main, snakemake)
