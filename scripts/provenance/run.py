"""Write run.json and ro-crate-metadata.json: what the results of a study were made from."""

import json
from pathlib import Path

from magnetoflow.io.atomic import write_json
from magnetoflow.io.crate.record import Made, study_crate
from magnetoflow.workflow.jobs import run_job


def main(job):
    made = Made(
        folder=Path(job.output.run).parent,
        results=list(job.input.results),
        manifests=list(job.input.manifests),
        given=list(job.input.get("given", [])),
        models=list(job.input.get("models", [])),
    )
    crate = study_crate(job.rule.removesuffix("_run"), made, json.loads(job.params.config), job.params.code)
    for path in (job.output.run, job.output.crate):
        write_json(path, crate)


run_job(main, snakemake)
