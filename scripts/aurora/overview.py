"""Write the overview table: one row per camera-day."""

import json

from magnetoflow.io.overview.aurora import rows
from magnetoflow.io.overview.row import write_overview
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    found = rows(json.loads(job.params.config), dict(job.input.items()))
    LOG.info("%d camera-days", len(found))
    write_overview(job.output.overview, found)


run_job(main, snakemake)
