"""Label the records of one part, and sum up what tables of all parts need."""

import json
from pathlib import Path

import numpy as np

from magnetoflow.io.activity_files import activity_of
from magnetoflow.io.label_tables import write_labels
from magnetoflow.io.prepared_files import read_prepared
from magnetoflow.io.rept_models import read_class_model
from magnetoflow.io.rept_sums import write_sums
from magnetoflow.rept_pad.data import no_records
from magnetoflow.rept_pad.equator import mapped
from magnetoflow.rept_pad.pad_fits import fit_pads
from magnetoflow.rept_pad.summary_options import levels_of_model, storms_of, sum_options, with_l
from magnetoflow.rept_pad.sums import part_sums
from magnetoflow.rept_pad.tables import label_rows
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    config = json.loads(job.params.config)
    model = read_class_model(Path(job.input.model).parent)
    records = read_prepared(job.input.records)
    if not len(records):
        records = no_records(model.angle_deg, model.energy_mev, folded=model.folded)
    labels = model.label(records)
    LOG.info("labelled %d records", len(records))
    seen = mapped(records) if model.equatorial else records
    levels = levels_of_model(model)
    names = {one.id: one.name for one in model.classes}
    shared = {"event": config["event"], "probe": config["probe"]}
    table = label_rows(
        seen,
        labels,
        fit_pads(seen, config["outputs"]["energy_mev"], levels=levels),
        names,
        **shared,
        source=config["source"],
        model=model.title,
    )
    write_labels(job.output.labels, table)
    activity = activity_of(seen.time, config["activity"], storms_of(config["storms"]))
    sums = part_sums(
        with_l(seen, config["outputs"]["use_l_star"]),
        labels.class_id,
        np.nan_to_num(labels.probability),
        activity,
        sum_options(model.ids, config["outputs"], config["storms"], activity.names),
        **shared,
        part=f"{config['event']} {job.wildcards.part}",
        shapes=model.pads,
        levels=levels,
    )
    write_sums(job.output.sums, sums)


run_job(main, snakemake)
