"""Write the synthetic magnetopause files of one probe-day, and their truth."""

import json
from datetime import datetime
from pathlib import Path

from magnetoflow.sample.mms_mp_files import write_probe_day
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    write_probe_day(
        Path(config["root"]), int(config["probe"]), datetime.strptime(config["day"], "%Y%m%d").date()
    )


run_job(main, snakemake)
