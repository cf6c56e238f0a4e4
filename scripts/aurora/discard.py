"""Delete the images of one camera-day, all shards of which are done; the manifest keeps their sha256."""

import json
from datetime import date
from pathlib import Path

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.archive.remote.discard import discard_images
from magnetoflow.io.atomic import write_json
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    root = Path(json.loads(job.params.config)["root"])
    manifest = read_manifest(job.input.manifest)
    deleted = discard_images(root, manifest["probe"], date.fromisoformat(manifest["day"]), manifest["files"])
    Path(job.input.manifest).with_suffix(".made").unlink(missing_ok=True)
    LOG.info("%d images deleted", len(deleted))
    write_json(job.output.discarded, {"discarded": deleted})


run_job(main, snakemake)
