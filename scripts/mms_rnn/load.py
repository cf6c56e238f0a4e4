"""Read the burst data of one event and spacecraft, and bring them to the times of its electrons."""

import json
from pathlib import Path

from magnetoflow.archive.usable import usable_files, why_none
from magnetoflow.errors import DataError, MissingData
from magnetoflow.io.atomic import write_json
from magnetoflow.io.burst_files import write_burst
from magnetoflow.io.mms_burst import read_electric, read_electrons, read_field, read_ions, read_position
from magnetoflow.mms_rnn.align import burst_table, field_table
from magnetoflow.mms_rnn.burst import empty_burst
from magnetoflow.times import parse_utc
from magnetoflow.workflow.failures import status
from magnetoflow.workflow.jobs import LOG, run_job

NAMES = {
    "ions": "ion moments (FPI DIS, burst)",
    "electrons": "electron moments (FPI DES, burst)",
    "field": "magnetic field (FGM, burst)",
    "electric": "electric field (EDP, burst)",
    "electric_fast": "electric field (EDP, fast)",
}


def manifests_of(job, name):
    """Manifests of one quantity; of a single one Snakemake gives the path itself."""
    manifests = getattr(job.input, name)
    return [manifests] if isinstance(manifests, str) else list(manifests)


def files_of(job, config, span):
    """Usable files by quantity, the times that refused files leave empty, and what is to be said of them."""
    files, damaged, remarks = {}, [], []
    event = config["event"]
    for name in NAMES:
        paths = manifests_of(job, name)
        files[name], lost = usable_files(Path(config["root"]), paths, on_damaged=config["on_damaged"], **span)
        damaged += lost
        if lost:
            remarks.append(f"{NAMES[name]}: {why_none(paths, **span)}")
        if files[name] or (name == "electric_fast" and not config["needs_fast"]):
            continue
        if not lost or name == "electrons":
            raise MissingData(
                f"no {NAMES[name]} of the event",
                where=f"event {event['id']}, MMS{config['probe']}, {event['start']} to {event['stop']}",
                why=why_none(paths, **span),
                todo="choose another interval, spacecraft or archive"
                + ("" if config["skip_failed"] else ", or set skip_failed: true"),
            )
    return files, damaged, remarks


def loaded(job, config):
    """Burst record of the event, the names of the files behind it, and remarks."""
    event, load, probe = config["event"], config["load"], config["probe"]
    span = {"start": parse_utc(event["start"]), "stop": parse_utc(event["stop"])}
    files, damaged, remarks = files_of(job, config, span)
    whole = {"probe": probe, **span}
    quality = {"min_quality": load["min_e_quality"]}
    electrons = read_electrons(files["electrons"], flag_bits=load["electron_flag_bits"], **whole)
    burst = burst_table(
        read_ions(files["ions"], flag_bits=load["ion_flag_bits"], **whole) if files["ions"] else None,
        electrons,
        read_field(files["field"], **whole) if files["field"] else None,
        read_electric(files["electric"], rate="brst", **quality, **whole) if files["electric"] else None,
        read_electric(files["electric_fast"], rate="fast", **quality, **whole)
        if files["electric_fast"]
        else None,
        read_position(files["field"], **whole) if files["field"] else None,
        damaged=damaged,
        averaging=load["averaging"],
        **span,
    )
    LOG.info("%d samples, %s", len(burst.time), dict(burst.counts))
    return burst, [path.name for name in NAMES for path in files[name]], remarks


def field_alone(job, config):
    """Field and position of a spacecraft that has no plasma moments: four spacecraft give more than three."""
    span = {"start": parse_utc(config["event"]["start"]), "stop": parse_utc(config["event"]["stop"])}
    try:
        files, _ = usable_files(Path(config["root"]), manifests_of(job, "field"), on_damaged="gap", **span)
        if not files:
            return empty_burst()
        whole = {"probe": config["probe"], **span}
        return field_table(read_field(files, **whole), read_position(files, **whole), **span)
    except DataError as error:
        LOG.warning("no field either: %s", error)
        return empty_burst()


def main(job):
    config = json.loads(job.params.config)
    name = f"{config['event']['id']}_mms{config['probe']}"
    try:
        (burst, names, remarks), outcome, field = loaded(job, config), status(name), empty_burst()
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("left out: %s", error)
        burst, names, remarks, outcome = empty_burst(), [], [], status(name, error)
        field = field_alone(job, config)
    write_burst(job.output.burst, burst, {"files": " ".join(names)})
    write_burst(job.output.field, field, {})
    write_json(job.output.status, outcome | {"remarks": remarks})


run_job(main, snakemake)
