"""Draw the figures of the whole study."""

import json
from pathlib import Path

from magnetoflow.figures.mms_gmm import (
    crossings_figure,
    orbit_figure,
    scatter_figure,
    selection_figure,
    spectra_figure,
)
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.models import read_region_model
from magnetoflow.io.tables import read_csv, read_file_names, read_minutes
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    style = config["figures"]
    model = read_region_model(Path(job.input.model).parent)
    tables = zip(config["events"], job.input.minutes, strict=True)
    minutes = {event: read_minutes(path) for event, path in tables}
    minutes = {event: table for event, table in minutes.items() if len(table.time)}
    features, labels = read_csv(job.input.features), read_csv(job.input.regions)
    note = source_note(
        config["source"],
        events=list(minutes),
        files=sorted({name for path in job.input.minutes for name in read_file_names(path)}),
        model=model.id,
        trained_on=model.trained_on,
    )
    plain = {"source_note": note, "width_mm": style["width_mm"]}
    look = {**plain, "colours": style["colours"]}
    drawn = {
        "scatter": scatter_figure(
            features,
            labels,
            model.ellipses(),
            names=model.features,
            title="Features of the minutes, with 2-sigma ellipses of the mixture",
            **look,
        ),
        "mean_spectra": spectra_figure(minutes, labels, title="Mean ion spectra of the regions", **look),
        "model_selection": selection_figure(
            read_csv(job.input.selection), title="Choice of the mixture model", **plain
        ),
        "crossings": crossings_figure(
            labels, read_csv(job.input.crossings), title="Regions and boundary crossings", **look
        ),
        "orbit": orbit_figure(minutes, labels, title="Where the regions were met", **look),
    }
    for name, figure in drawn.items():
        save_figure(figure, job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
