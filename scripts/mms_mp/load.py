"""Read the data of one event of all its spacecraft, and turn every vector into one frame."""

import json
from pathlib import Path

from magnetoflow.archive.manifests import read_manifest
from magnetoflow.archive.usable import usable_files, why_none
from magnetoflow.errors import DataError, MissingData
from magnetoflow.io.atomic import write_json
from magnetoflow.io.mp_event_files import write_event
from magnetoflow.io.mp_loading import LoadOptions, load_event
from magnetoflow.mms_mp.data import empty_event
from magnetoflow.times import parse_utc
from magnetoflow.workflow.failures import status
from magnetoflow.workflow.jobs import LOG, run_job


def grouped(paths, products):
    """Manifests by spacecraft and quantity."""
    names = {product: name for name, product in products.items()}
    found = {}
    for path in paths:
        manifest = read_manifest(path)
        probe = int(manifest["probe"].removeprefix("mms"))
        found.setdefault(probe, {}).setdefault(names[manifest["product"]], []).append(path)
    return found


def files_of(manifests, config, span):
    """Usable files by spacecraft and quantity, and what is to be said of those that are not."""
    files, remarks = {}, {}
    for probe, of_probe in sorted(manifests.items()):
        files[probe] = {}
        for name, paths in of_probe.items():
            files[probe][name], lost = usable_files(
                Path(config["root"]), paths, on_damaged=config["on_damaged"], **span
            )
            if lost or (name == "field" and not files[probe][name]):
                remarks.setdefault(probe, []).append(f"{name}: {why_none(paths, **span)}")
        if not files[probe]["field"] and config["load"]["missing_probe"] == "fail":
            raise MissingData(
                "no magnetic field of a spacecraft",
                where=f"event {config['event']['id']}, MMS{probe}",
                why=why_none(of_probe["field"], **span),
                todo="leave it out of probes:, or set mms_mp.load.missing_probe: leave_out",
            )
    return files, remarks


def loaded(job, config):
    event = config["event"]
    span = {"start": parse_utc(event["start"]), "stop": parse_utc(event["stop"])}
    manifests = [job.input.manifests] if isinstance(job.input.manifests, str) else job.input.manifests
    files, remarks = files_of(grouped(manifests, config["products"]), config, span)
    options = LoadOptions(**config["load"])
    data = load_event(files, id=event["id"], rate=event["rate"], options=options, remarks=remarks, **span)
    for probe, one in data.spacecraft.items():
        plasma = ", ".join(one.plasma) or "no plasma"
        LOG.info("MMS%d: %d samples of the field, %s", probe, len(one.b.time), plasma)
    return data


def main(job):
    config = json.loads(job.params.config)
    name = config["event"]["id"]
    try:
        data, outcome = loaded(job, config), status(name)
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("left out: %s", error)
        data, outcome = empty_event(name), status(name, error)
    write_event(job.output.event, data)
    write_json(job.output.status, outcome)


run_job(main, snakemake)
