"""Write the overview table: one row per event."""

import json

from magnetoflow.io.overview.mms_mp import rows
from magnetoflow.io.overview.row import paths_of, write_overview
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    found = rows(json.loads(job.params.config), dict(job.input.items()), paths_of(job.input.manifests))
    LOG.info("%d events", len(found))
    write_overview(job.output.overview, found)


run_job(main, snakemake)
