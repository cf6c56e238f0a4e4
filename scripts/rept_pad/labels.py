"""Merge the labels of all parts, and list the parts that failed for their data."""

import pandas as pd

from magnetoflow.io.label_tables import write_parquet
from magnetoflow.io.tables import write_csv
from magnetoflow.workflow.failures import COLUMNS, failed, read_status
from magnetoflow.workflow.jobs import LOG, run_job
from magnetoflow.workflow.merge import merge_csv


def main(job):
    failures = failed([read_status(path) for path in job.input.status])
    for one in failures:
        LOG.warning("left out: %s: %s", one["event"], one["reason"])
    write_csv(job.output.failed, pd.DataFrame(failures, columns=list(COLUMNS)))
    merge_csv(job.input.labels, job.output.labels)
    write_parquet(job.input.labels, job.output.parquet)


run_job(main, snakemake)
