"""Merge the labels of all events, and list regions and crossings, in our format and in the published one."""

import json

from magnetoflow.io.published import write_labels, write_region_list
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.mms_gmm.lists import crossing_table, region_lists
from magnetoflow.mms_gmm.regions import REGIONS
from magnetoflow.workflow.jobs import run_job
from magnetoflow.workflow.merge import merge_csv


def main(job):
    config = json.loads(job.params.config)
    merge_csv(job.input.regions, job.output.regions)
    labels = read_csv(job.output.regions)
    lists = region_lists(labels, **config["lists"])
    for region, path in zip(REGIONS, job.output.lists, strict=True):
        write_region_list(path, lists[region])
    write_labels(job.output.published, labels, read_csv(job.input.features))
    found = crossing_table(labels, **config["crossings"])
    models = labels["model"].unique()
    write_csv(
        job.output.crossings,
        found.assign(source=config["source"], model=models[0] if len(models) else None),
    )


run_job(main, snakemake)
