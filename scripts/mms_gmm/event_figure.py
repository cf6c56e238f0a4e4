"""Draw spectrogram, regions and field of one event."""

import json
from pathlib import Path

from magnetoflow.figures.mms_gmm import regions_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.models import read_region_model
from magnetoflow.io.tables import read_csv, read_file_names, read_minutes
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    event, style = config["event"], config["figures"]
    model = read_region_model(Path(job.input.model).parent)
    figure = regions_figure(
        read_minutes(job.input.minutes),
        read_csv(job.input.regions),
        title=f"{event['id']}: MMS{event['probe']} plasma regions",
        source_note=source_note(
            config["source"],
            files=read_file_names(job.input.minutes),
            model=model.id,
            trained_on=model.trained_on,
        ),
        colours=style["colours"],
        width_mm=style["width_mm"],
    )
    save_figure(figure, job.output.figure, dpi=style["dpi"])


run_job(main, snakemake)
