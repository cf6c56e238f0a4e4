"""List classes, mean distributions, occurrence, storms and days of all events, and what should be known."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.io.activity_files import activity_of
from magnetoflow.io.rept_models import read_class_model
from magnetoflow.io.rept_sums import merge_sums
from magnetoflow.io.tables import read_csv_files, write_csv
from magnetoflow.rept_pad.mean_pads import mean_pads
from magnetoflow.rept_pad.naming import NamingOptions, class_shapes
from magnetoflow.rept_pad.remarks import REMARK_COLUMNS, remarks
from magnetoflow.rept_pad.summary_options import levels_of_model, storms_of, sum_options
from magnetoflow.rept_pad.summary_tables import daily_table, occurrence_table, storms_table
from magnetoflow.rept_pad.tables import class_shapes_table, classes_table, pads_table
from magnetoflow.workflow.jobs import LOG, run_job

NO_TIME = np.zeros(0, dtype="datetime64[ns]")


def main(job):
    config = json.loads(job.params.config)
    model = read_class_model(Path(job.input.model).parent)
    sums = merge_sums(job.input.sums)
    levels = activity_of(NO_TIME, config["activity"], storms_of(config["storms"])).names
    options = sum_options(model.ids, config["outputs"], config["storms"], levels)
    pads = mean_pads(sums.pads, sums.angle_deg, sums.energy_mev, model.pads)
    naming = NamingOptions(min_counts=config["naming"]["min_counts"])
    table = class_shapes(pads, levels_of_model(model), naming)
    names = {one.id: one.name for one in model.classes}
    stamp = {"source": config["source"], "model": model.title}
    tables = {
        "classes": classes_table(sums, table, names, **stamp),
        "class_shapes": class_shapes_table(sums, table, names, **stamp),
        "pads": pads_table(pads, table, names, **stamp),
        "occurrence": occurrence_table(sums, options, names, **stamp),
        "storms": storms_table(sums, options, names, **stamp),
        "daily": daily_table(sums, options, names, **stamp),
    }
    quality = read_csv_files(job.input.quality)
    said = remarks(quality, tables["classes"], tables["class_shapes"])
    for event, probe, text in said:
        LOG.warning("%s %s: %s", event, probe, text)
    tables["quality"] = quality.assign(source=config["source"])
    tables["remarks"] = pd.DataFrame(said, columns=list(REMARK_COLUMNS)).assign(source=config["source"])
    for name, content in tables.items():
        write_csv(job.output[name], content)


run_job(main, snakemake)
