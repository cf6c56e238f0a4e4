"""Average ion spectra and field of one event over UTC minutes."""

import json
from pathlib import Path

from magnetoflow.archive.usable import usable_files, why_none
from magnetoflow.errors import DataError, MissingData
from magnetoflow.io.atomic import write_json
from magnetoflow.io.mms import read_dis_spectra, read_fgm, read_position
from magnetoflow.io.tables import write_minutes
from magnetoflow.mms_gmm.minutes import MinuteTable, minute_table, no_minutes
from magnetoflow.times import parse_utc
from magnetoflow.workflow.failures import status
from magnetoflow.workflow.jobs import LOG, run_job

FIELD_RATE = {"fast": "srvy", "brst": "brst"}


def minutes_of(job, config) -> tuple[MinuteTable, list[str]]:
    """Minute table of the event, and the names of the files behind it."""
    event, load = config["event"], config["load"]
    span = {"start": parse_utc(event["start"]), "stop": parse_utc(event["stop"])}
    asked = {"on_damaged": config["on_damaged"], **span}
    ions, no_ions = usable_files(Path(config["root"]), job.input.ions, **asked)
    field, no_field = usable_files(Path(config["root"]), job.input.field, **asked)
    if not ions:
        raise MissingData(
            "no ion spectra of the event",
            where=f"event {event['id']}, MMS{event['probe']}, {event['start']} to {event['stop']}",
            why=why_none(job.input.ions, **span),
            todo="choose another interval or archive, or set skip_failed: true",
        )
    probe, rate = event["probe"], FIELD_RATE[event["rate"]]
    spectra = read_dis_spectra(
        ions, probe=probe, rate=event["rate"], spectrum=load["spectrum"], flag_bits=load["flag_bits"], **span
    )
    strength = read_fgm(field, probe=probe, rate=rate, **span) if field else None
    position = read_position(field, probe=probe, rate=rate, **span) if field else None
    for name, series in (("ions", spectra), ("field", strength)):
        LOG.info("%s: %s", name, dict(series.counts) if series is not None else "no file")
    table = minute_table(
        spectra, strength, position, span["start"], span["stop"], damaged=[*no_ions, *no_field]
    )
    return table, [path.name for path in (*ions, *field)]


def main(job):
    config = json.loads(job.params.config)
    event = config["event"]["id"]
    try:
        (table, names), outcome = minutes_of(job, config), status(event)
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("event left out: %s", error)
        table, names, outcome = no_minutes(), [], status(event, error)
    write_minutes(job.output.minutes, table, {"files": " ".join(names)})
    write_json(job.output.status, outcome)


run_job(main, snakemake)
