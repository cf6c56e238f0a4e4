"""Draw all spacecraft of one event: side by side, and in the picture of the analytic model."""

import json
from pathlib import Path

from magnetoflow.figures.mms_rnn import (
    FourPointCurrent,
    Measured,
    Track,
    comparison_figure,
    trajectory_figure,
)
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.burst_files import read_burst, read_file_names
from magnetoflow.io.scaling_files import read_scales
from magnetoflow.io.tables import read_csv
from magnetoflow.io.time_series import read_series
from magnetoflow.mms_rnn.currents import currents
from magnetoflow.mms_rnn.lmn import frame_name, frame_rotation
from magnetoflow.mms_rnn.location import Location
from magnetoflow.workflow.jobs import run_job


def measured(path, scales, work_field):
    burst = read_burst(path)
    rotation = frame_rotation(burst.time, scales.frame)
    return Measured.of(burst, currents(burst, work_field), rotation, frame_name(scales.frame))


def track(path, segment):
    time, values, _ = read_series(path)
    place = {name.removeprefix("place_"): one for name, one in values.items() if name.startswith("place_")}
    place["ok"] = place["ok"].astype(bool)
    return Track(time, segment, Location(**place))


def current_of(path):
    time, values, _ = read_series(path, ("j_gse_ua_m2", "div_b_over_curl"))
    return FourPointCurrent(time, values["j_gse_ua_m2"], values["div_b_over_curl"]) if len(time) else None


def main(job):
    config = json.loads(job.params.config)
    event, style = config["event"], config["figures"]
    model = json.loads(Path(job.input.model).read_text(encoding="utf-8"))
    scales = read_scales(job.input.scaling)
    tables = map(read_csv, job.input.labels)
    labels = {probe: one for probe, one in zip(event["probes"], tables, strict=True) if len(one)}
    bursts = dict(zip(event["probes"], job.input.bursts, strict=True))
    scaled = dict(zip(event["probes"], job.input.scaled, strict=True))
    shown = {probe: measured(bursts[probe], scales, config["work_field"]) for probe in labels}
    tracks = {probe: track(scaled[probe], shown[probe].segment) for probe in labels}
    note = source_note(
        config["source"],
        files=[name for probe in labels for name in read_file_names(bursts[probe])] or None,
        model=model["id"],
        trained_on=model["trained_on"],
    )
    plain = {"source_note": note, "width_mm": style["width_mm"]}
    drawn = {
        "comparison": comparison_figure(
            shown,
            labels,
            current_of(job.input.curlometer),
            title=f"{event['id']}: regions and currents, {frame_name(scales.frame).upper()}",
            colours=style["colours"],
            **plain,
        ),
        "trajectory": trajectory_figure(
            tracks, title=f"{event['id']}: paths through the analytic picture of the site", **plain
        ),
    }
    for name, figure in drawn.items():
        save_figure(figure, job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
