"""Write the front page of a study."""

import json
from pathlib import Path

from magnetoflow.io.atomic import write_text
from magnetoflow.report.front import front_page
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    folder = Path(job.input.overview).parent
    page = front_page(job.wildcards.study, folder, config["method"], config["figures"])
    write_text(job.output.page, page)


run_job(main, snakemake)
