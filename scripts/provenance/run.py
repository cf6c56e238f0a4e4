"""Write run.json and ro-crate-metadata.json: what the results of a study were made from."""

import json
from pathlib import Path

from magnetoflow.io.atomic import write_json, write_text
from magnetoflow.io.crate.record import Made, study_crate
from magnetoflow.workflow.jobs import run_job


def manifests_of(given):
    """Manifests of the files that were read, stated as inputs or listed in one of them."""
    listed = given.get("listed")
    return json.loads(Path(listed).read_text(encoding="utf-8")) if listed else list(given.manifests)


def main(job):
    made = Made(
        folder=Path(job.output.run).parent,
        results=list(job.input.results),
        manifests=manifests_of(job.input),
        given=list(job.input.get("given", [])),
        models=list(job.input.get("models", [])),
    )
    study, config = job.rule.removesuffix("_run"), json.loads(job.params.config)
    write_json(job.output.run, study_crate(study, made, config, job.params.code))
    write_text(job.output.crate, Path(job.output.run).read_text(encoding="utf-8"))


run_job(main, snakemake)
