"""Write the synthetic images of one camera-day, the skymaps of its camera, and its truth."""

import json
from datetime import datetime
from pathlib import Path

from magnetoflow.sample.aurora_files import write_camera_day
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    write_camera_day(Path(config["root"]), config["site"], datetime.strptime(config["day"], "%Y%m%d").date())


run_job(main, snakemake)
