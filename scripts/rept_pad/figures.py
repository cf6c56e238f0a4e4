"""Draw the figures of the whole study."""

import json
from pathlib import Path

from magnetoflow.figures.rept_pad import (
    classes_figure,
    mean_pads_figure,
    methods_figure,
    occurrence_figure,
    reconstruction_figure,
    scores_figure,
    selection_figure,
    storm_figure,
)
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.rept_models import read_class_model
from magnetoflow.io.tables import read_csv
from magnetoflow.workflow.jobs import run_job

TABLES = (
    *("classes", "class_shapes", "pads", "occurrence", "storms", "daily", "quality"),
    *("selection", "number", "methods", "reconstruction", "examples", "scores"),
)


def main(job):
    config = json.loads(job.params.config)
    style = config["figures"]
    model = read_class_model(Path(job.input.model).parent)
    table = {name: read_csv(job.input[name]) for name in TABLES}
    classes = table["classes"]
    quality = table["quality"]
    files = quality[["first_file", "last_file"]].stack().dropna().sort_values().tolist()
    note = source_note(
        config["shown"],
        events=config["events"],
        files=sorted({files[0], files[-1]}) if files else [],
        n_files=int(quality["files"].sum()) if len(set(files)) > 1 else None,
        model=model.id,
        trained_on=model.trained_on,
    )
    look = {"source_note": note, "width_mm": style["width_mm"]}
    where = "equatorial" if model.equatorial else "local"
    if (quality["flag_no_mapping"] >= quality["records"]).all():
        where = "local"
    drawn = {
        "classes": classes_figure(
            table["pads"],
            classes,
            table["class_shapes"],
            title=f"Mean distributions of the classes, {where} pitch angle",
            **look,
        ),
        "mean_pads": mean_pads_figure(
            table["pads"], classes, title=f"Distributions of the classes, {where} pitch angle", **look
        ),
        "scores": scores_figure(
            table["scores"],
            classes,
            title="Scores of the records of the fit",
            most_points=style["max_points"],
            **look,
        ),
        "occurrence": occurrence_figure(
            table["occurrence"], classes, title="Where the classes occur", **look
        ),
        "storm": storm_figure(
            table["storms"], classes, title="Classes through storms, from the minimum of Dst", **look
        ),
        "selection": selection_figure(table["selection"], table["number"], title="How many classes", **look),
        "reconstruction": reconstruction_figure(
            table["examples"],
            table["reconstruction"],
            title=f"Unseen records (points) and reconstruction (lines), {where} pitch angle",
            error_label="error on unseen orbits [sigma of counts]",
            **look,
        ),
        "methods": methods_figure(table["methods"], title="Ways of finding classes, side by side", **look),
    }
    for name, figure in drawn.items():
        save_figure(figure, job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
