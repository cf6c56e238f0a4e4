"""Scale the data of one event and spacecraft, label every sample, and locate them in the analytic picture."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np

from magnetoflow.io.burst_files import read_burst, read_file_names
from magnetoflow.io.rnn_models import read_model
from magnetoflow.io.scaling_files import read_scales
from magnetoflow.io.tables import write_csv
from magnetoflow.io.time_series import write_series
from magnetoflow.mms_rnn import burst as bursts
from magnetoflow.mms_rnn import currents as works
from magnetoflow.mms_rnn import features as scaled_units
from magnetoflow.mms_rnn.burst import empty_burst
from magnetoflow.mms_rnn.features import features, scale
from magnetoflow.mms_rnn.inference import Options, classify
from magnetoflow.mms_rnn.location import locate
from magnetoflow.mms_rnn.scaling import Scaling
from magnetoflow.mms_rnn.tables import features_frame, labels_frame, probabilities_frame
from magnetoflow.workflow.jobs import LOG, run_job

PLACE = {"x": "d_i", "y": "d_i", "x_error": "d_i", "y_error": "d_i", "misfit": "1", "ok": "1"}
"""Place in the analytic picture."""


def variables(record, units):
    """Arrays over time with their dimensions and units."""
    axes = {1: ("time",), 2: ("time", "axis"), 3: ("time", "axis", "axis2")}
    arrays = {name: getattr(record, name) for name in units}
    arrays = {name: one.astype(np.int8) if one.dtype == bool else one for name, one in arrays.items()}
    return {name: (axes[array.ndim], array, units[name]) for name, array in arrays.items()}


def options_of(config):
    """Options of the labels, with the window of the published network where it is asked."""
    given = {one.name for one in fields(Options)} & config["labels"].keys()
    return Options(window=config["window"], **{name: _tuple(config["labels"][name]) for name in given})


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value


def main(job):
    config = json.loads(job.params.config)
    event, probe, source = config["event"], config["probe"], config["source"]
    network, reference = read_model(Path(job.input.model).parent)
    scales = read_scales(job.input.scaling)
    burst = measured = read_burst(job.input.burst)
    if scales.scaling is None:
        LOG.warning("no labels: %s", scales.reason)
        burst = empty_burst()
    # an event without data has no rows to scale
    scaled = scale(burst, scales.frame, scales.scaling or Scaling(1.0, 1.0))
    table = features(scaled)
    labels = classify(table, burst.segment, network, reference, options_of(config))
    place = locate(table, burst.segment, time=burst.time)
    LOG.info("%d samples, %d unknown", len(burst.time), labels.unknown.sum())
    about = {
        "event": event["id"], "probe": str(probe), "source": source, "frame": scaled.frame,
        "files": " ".join(read_file_names(job.input.burst)),
    }  # fmt: skip
    work = works.currents(measured, config["work_field"])
    physical = variables(measured, bursts.UNITS) | variables(work, works.UNITS)
    write_series(job.output.variables, measured.time, physical, about | {"frame": "gse"})
    write_series(
        job.output.scaled,
        burst.time,
        variables(scaled, scaled_units.UNITS) | {f"place_{n}": v for n, v in variables(place, PLACE).items()},
        about,
    )
    write_csv(job.output.features, features_frame(burst.time, table))
    named = {"source": source, "model": network.label}
    frame = labels_frame(
        burst.time, burst.segment, burst.flags, labels, event=event["id"], probe=probe, **named
    )
    write_csv(job.output.labels, frame)
    write_csv(job.output.probabilities, probabilities_frame(burst.time, labels, **named))


run_job(main, snakemake)
