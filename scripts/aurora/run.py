"""Write run.json: inputs, configuration, code, libraries and models behind the results."""

import json
from pathlib import Path

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.io.atomic import write_json
from magnetoflow.io.provenance import run_record
from magnetoflow.workflow.jobs import run_job


def read_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def main(job):
    network = read_json(job.input.model) if job.input.model else {}
    record = run_record(
        config=json.loads(job.params.config),
        manifests=[read_manifest(path) for path in job.input.manifests],
        results=list(job.input.tables),
        model=network,
        code=job.params.code,
    )
    smoother = read_json(job.input.smoother)
    record["smoother"] = {key: smoother.get(key) for key in ("id", "kind", "trained_on", "recipe")}
    write_json(job.output.run, record)


run_job(main, snakemake)
