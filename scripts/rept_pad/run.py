"""Write run.json: inputs, configuration, code, libraries and model behind the results."""

import json
from pathlib import Path

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.io.atomic import write_json
from magnetoflow.io.provenance import run_record
from magnetoflow.workflow.jobs import run_job


def main(job):
    write_json(
        job.output.run,
        run_record(
            config=json.loads(job.params.config),
            manifests=[read_manifest(path) for path in job.input.manifests],
            results=list(job.input.tables),
            model=json.loads(Path(job.input.model).read_text(encoding="utf-8")),
            code=job.params.code,
        ),
    )


run_job(main, snakemake)
