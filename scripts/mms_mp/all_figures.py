"""Draw all events side by side: speed, half-width and normal field, with errors."""

import json

from magnetoflow.figures.mms_mp.events import events_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.tables import read_csv
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    style = config["figures"]
    figure = events_figure(
        read_csv(job.input.events),
        source_note=source_note(config["source"], files=None),
        colours=style["colours"],
        width_mm=style["width_mm"],
    )
    save_figure(figure, job.output.events, dpi=style["dpi"])


run_job(main, snakemake)
