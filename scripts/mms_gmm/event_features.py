"""Features of the minutes of one event."""

import json

from magnetoflow.io.tables import read_minutes, write_csv
from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.tables import feature_frame
from magnetoflow.workflow.jobs import run_job


def main(job):
    config = json.loads(job.params.config)
    event, options = config["event"], config["features"]
    features = feature_table(read_minutes(job.input.minutes), **options)
    frame = feature_frame(event["id"], event["probe"], features)
    write_csv(job.output.features, frame.assign(source=config["source"]))


run_job(main, snakemake)
