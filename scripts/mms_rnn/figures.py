"""Draw the figures of the whole study."""

import json
from pathlib import Path

from magnetoflow.figures.mms_rnn import confusion_figure, scales_figure, statistics_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.tables import read_csv
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    style = config["figures"]
    model = json.loads(Path(job.input.model).read_text(encoding="utf-8"))
    named = {"model": model["id"], "trained_on": model["trained_on"]}
    drawn = {
        "statistics": statistics_figure(
            read_csv(job.input.statistics),
            title="Work on the plasma by region",
            source_note=source_note(config["source"], events=config["events"], **named),
            colours=style["colours"],
            width_mm=style["width_mm"],
        ),
        "scales": scales_figure(
            read_csv(job.input.summary),
            title="Scales in use, and as the data have them",
            source_note=source_note(config["source"], events=config["events"]),
            width_mm=style["width_mm"],
        ),
        "confusion": confusion_figure(
            read_csv(job.input.confusion),
            read_csv(job.input.evaluation),
            title="Regions found and true, on labelled cuts that took no part in training",
            source_note=source_note(config["labelled"], **named),
            width_mm=style["width_mm"],
        ),
    }
    for name, figure in drawn.items():
        save_figure(figure, job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
