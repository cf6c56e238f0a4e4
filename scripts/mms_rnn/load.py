"""Read the burst data of one event and spacecraft, and bring them to the times of its electrons."""

import json
from pathlib import Path

from magnetoflow.archive.usable import usable_files
from magnetoflow.errors import DataError, MissingData
from magnetoflow.io.atomic import write_json
from magnetoflow.io.burst_files import write_burst
from magnetoflow.io.mms_burst import read_electric, read_electrons, read_field, read_ions, read_position
from magnetoflow.mms_rnn.align import burst_table
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


def files_of(job, config, span):
    """Usable files by quantity, and the times that refused files leave empty."""
    files, damaged = {}, []
    for name in NAMES:
        manifests = getattr(job.input, name)
        paths = [manifests] if isinstance(manifests, str) else list(manifests)
        files[name], lost = usable_files(Path(config["root"]), paths, on_damaged=config["on_damaged"], **span)
        damaged += lost
        if not files[name] and (name != "electric_fast" or config["needs_fast"]) and not lost:
            raise MissingData(
                f"no {NAMES[name]} of the event",
                where=f"event {config['event']['id']}, MMS{config['probe']}, "
                f"{config['event']['start']} to {config['event']['stop']}",
                why=f"no file is named by {', '.join(map(str, paths))}",
                todo="choose another interval, spacecraft or archive, or set skip_failed: true",
            )
    return files, damaged


def loaded(job, config):
    """Burst record of the event, and the names of the files behind it."""
    event, load, probe = config["event"], config["load"], config["probe"]
    span = {"start": parse_utc(event["start"]), "stop": parse_utc(event["stop"])}
    files, damaged = files_of(job, config, span)
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
    return burst, [path.name for name in NAMES for path in files[name]]


def main(job):
    config = json.loads(job.params.config)
    name = f"{config['event']['id']}_mms{config['probe']}"
    try:
        (burst, names), outcome = loaded(job, config), status(name)
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("left out: %s", error)
        burst, names, outcome = empty_burst(), [], status(name, error)
    write_burst(job.output.burst, burst, {"files": " ".join(names)})
    write_json(job.output.status, outcome)


run_job(main, snakemake)
