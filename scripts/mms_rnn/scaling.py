"""Find scales and axes of one event, and the current between its spacecraft."""

import json

import numpy as np

from magnetoflow.curlometer import curlometer, on_common_times
from magnetoflow.errors import DataError, InsufficientData
from magnetoflow.io.burst_files import read_burst
from magnetoflow.io.scaling_files import write_scales
from magnetoflow.io.time_series import write_series
from magnetoflow.mms_rnn.burst import ELECTRON_CADENCE_S
from magnetoflow.mms_rnn.event_scales import EventScales, event_scales
from magnetoflow.mms_rnn.scaling import DeriveOptions
from magnetoflow.series import Series
from magnetoflow.workflow.jobs import LOG, run_job

CURL = {
    "j_gse_ua_m2": (("time", "axis"), "j_ua_m2", "uA/m^2"),
    "div_b_over_curl": (("time",), "div_b_over_curl", "1"),
    "elongation": (("time",), "elongation", "1"),
    "planarity": (("time",), "planarity", "1"),
    "condition": (("time",), "condition", "1"),
}
"""Name in the file, dimensions, name in the result, unit."""


def scales_of(bursts, config):
    event = config["event"]
    given = {name: None if event[name] == "auto" else event[name] for name in ("b0_nt", "n0_cm3")}
    options = DeriveOptions(**config["scaling"])
    try:
        return event_scales(bursts, local_axes=config["frame"] == "lmn", options=options, **given)
    except DataError as error:
        if not config["skip_failed"]:
            raise
        LOG.error("left out: %s", error)
        return EventScales(None, reason=" ".join(str(error).split()))


def current_of(bursts):
    """Current from four spacecraft; nothing where there are fewer, or where they have no time in common."""
    fields = [Series("b", one.time, one.b_gse_nt, "nT", "GSE") for one in bursts.values()]
    places = [Series("r", one.time, one.position_gse_km, "km", "GSE") for one in bursts.values()]
    cadence = {"cadence_s": ELECTRON_CADENCE_S, "position_cadence_s": ELECTRON_CADENCE_S}
    try:
        if len(bursts) < 4:
            raise InsufficientData("the curlometer needs four spacecraft", why=f"{len(bursts)} have data")
        time, position, field = on_common_times(fields, places, **cadence)
    except InsufficientData as error:
        LOG.info("no curlometer: %s", error)
        time, position, field = np.zeros(0, "datetime64[ns]"), np.zeros((4, 0, 3)), np.zeros((4, 0, 3))
    curl = curlometer(position, field)
    return time, {name: (dims, getattr(curl, one), unit) for name, (dims, one, unit) in CURL.items()}


def main(job):
    config = json.loads(job.params.config)
    event = config["event"]
    records = [
        [probe, read_burst(burst), read_burst(field)]
        for probe, burst, field in zip(event["probes"], job.input.bursts, job.input.fields, strict=True)
    ]
    # where only the field could be read, it still counts for currents and axes
    records = [(probe, burst if len(burst.time) else field) for probe, burst, field in records]
    bursts = {probe: record for probe, record in records if len(record.time)}
    scales = scales_of(bursts, config)
    LOG.info("%s", scales.scaling)
    write_scales(job.output.scaling, scales, event=event["id"], source=config["source"])
    time, variables = current_of(bursts)
    write_series(job.output.curlometer, time, variables, {"event": event["id"], "source": config["source"]})


run_job(main, snakemake)
