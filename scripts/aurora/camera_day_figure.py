"""Draw keogram, labels, probabilities and periods of one camera-day."""

import json
from datetime import datetime

import numpy as np

from magnetoflow.aurora.keogram import join
from magnetoflow.aurora.tables import day_frames
from magnetoflow.figures.aurora import camera_day_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.aurora_shards import PATCHES, SERIES, in_shards, read_keogram
from magnetoflow.io.tables import read_csv_files
from magnetoflow.io.time_series import read_series
from magnetoflow.workflow.jobs import run_job


def keogram_of(paths):
    """Keogram of all shards, with names and number of their files; None where no image is left."""
    found = [one for one in map(read_keogram, paths) if one[0] is not None]
    if not found:
        return None, {}
    names = [name for _, files, _ in found for name in files]
    return join([lines for lines, _, _ in found]), {"files": names, "n_files": sum(n for _, _, n in found)}


def main(job):
    config = json.loads(job.params.config)
    style, site = config["figures"], job.wildcards.site
    start = np.datetime64(datetime.strptime(job.wildcards.day, "%Y%m%d").date(), "ns")
    stop = start + np.timedelta64(1, "D")
    time, values, about = read_series(job.input.smoothed, start=start, stop=stop)
    lines, files = keogram_of(in_shards(job.input.shards, SERIES))
    figure = camera_day_figure(
        lines,
        day_frames(time, values),
        read_csv_files(in_shards(job.input.shards, PATCHES)),
        title=f"{site}, {str(start)[:10]}",
        source_note=source_note(config["shown"], **files, model=about["model"]),
        colours=style["colours"],
        width_mm=style["width_mm"],
    )
    save_figure(figure, job.output.figure, dpi=style["dpi"])


run_job(main, snakemake)
