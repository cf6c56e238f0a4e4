"""Draw the classes of one event in time."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.figures.rept_pad import series_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.prepared_files import read_attrs
from magnetoflow.io.rept_models import read_class_model
from magnetoflow.io.tables import read_csv_files
from magnetoflow.rept_pad.summary_options import storms_of
from magnetoflow.workflow.jobs import run_job


def marked(storms, labels):
    """Onset and minimum of storms within the event."""
    times = labels["time"].to_numpy() if len(labels) else np.zeros(0, "datetime64[ns]")
    if not len(times):
        return {}
    moments = [(f"{name} of {one.id}", getattr(one, name)) for one in storms for name in ("onset", "minimum")]
    return {name: time for name, time in moments if times.min() <= time <= times.max()}


def main(job):
    config = json.loads(job.params.config)
    model = read_class_model(Path(job.input.model).parent)
    labels = read_csv_files(job.input.labels)
    classes = pd.DataFrame({"class_id": model.ids, "class_name": [one.name for one in model.classes]})
    event = job.wildcards.event
    files = [name for path in job.input.records for name in read_attrs(path)["files"].split()]
    note = source_note(
        config["shown"], events=[event], files=files, model=model.id, trained_on=model.trained_on
    )
    figure = series_figure(
        labels,
        classes,
        title=f"Classes of {event}",
        source_note=note,
        flux_energy_mev=config["outputs"]["energy_mev"],
        storm_times=marked(storms_of(config["storms"]), labels),
        width_mm=config["figures"]["width_mm"],
    )
    save_figure(figure, job.output.figure, dpi=config["figures"]["dpi"])


run_job(main, snakemake)
