"""Draw the figures that concern all camera-days."""

import json
from pathlib import Path

from magnetoflow.figures.aurora import (
    calendar_figure,
    confusion_figure,
    examples_figure,
    occurrence_figure,
    reliability_figure,
)
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.aurora_examples import read_best
from magnetoflow.io.smoother_files import read_description
from magnetoflow.io.tables import read_csv
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    style, source = config["figures"], config["shown"]
    smoother = read_description(job.input.smoother)
    note = source_note(source, model=smoother["id"], trained_on=smoother["trained_on"])
    network = json.loads(Path(job.input.model).read_text(encoding="utf-8")) if job.input.model else {}
    frame_note = source_note(source, model=network.get("id"), trained_on=network.get("trained_on"))
    look = {"colours": style["colours"], "width_mm": style["width_mm"]}
    plain = {"width_mm": style["width_mm"]}
    intervals, daily = read_csv(job.input.intervals), read_csv(job.input.daily)
    drawn = {
        "occurrence": occurrence_figure(
            daily,
            read_csv(job.input.occurrence),
            title="Occurrence of pulsating aurora",
            source_note=note,
            **look,
        ),
        "calendar": calendar_figure(
            intervals, daily, title="Intervals of pulsating aurora", source_note=note, **look
        ),
        "examples": examples_figure(
            read_best(job.input.examples),
            title="Most certain frames of each class",
            source_note=frame_note,
            **look,
        ),
        "reliability": reliability_figure(
            read_csv(job.input.reliability), title="Stated probability and accuracy", source_note=note
        ),
        "confusion": confusion_figure(
            read_csv(job.input.confusion), title="Human labels and labels in time", source_note=note, **plain
        ),
    }
    for name, figure in drawn.items():
        save_figure(figure, job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
