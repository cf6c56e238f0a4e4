"""Draw what one spacecraft measured in one event, and the regions concluded from it."""

import json
from pathlib import Path

from magnetoflow.figures.mms_rnn.measured import Measured
from magnetoflow.figures.mms_rnn.page import page_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.burst_files import read_burst, read_file_names
from magnetoflow.io.scaling_files import read_scales
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_rnn.burst import empty_burst
from magnetoflow.mms_rnn.currents import currents
from magnetoflow.mms_rnn.lmn import frame_name, frame_rotation
from magnetoflow.mms_rnn.scaling import Scaling
from magnetoflow.workflow.jobs import run_job


def axes_of(scales, frame):
    """Axes as the title names them."""
    return f"{frame.upper()} (local axes not reliable)" if scales.lmn and frame == "gsm" else frame.upper()


def main(job):
    config = json.loads(job.params.config)
    event, style = config["event"], config["figures"]
    model = json.loads(Path(job.input.model).read_text(encoding="utf-8"))
    scales = read_scales(job.input.scaling)
    burst = read_burst(job.input.burst) if scales.scaling else empty_burst()
    frame = frame_name(scales.frame)
    work = currents(burst, config["work_field"])
    figure = page_figure(
        Measured.of(burst, work, frame_rotation(burst.time, scales.frame), frame),
        read_csv(job.input.labels),
        scales.scaling or Scaling(1.0, 1.0),
        title=f"{event['id']}: MMS{config['probe']}, regions of tail reconnection, {axes_of(scales, frame)}",
        source_note=source_note(
            config["source"],
            files=read_file_names(job.input.burst),
            model=model["id"],
            trained_on=model["trained_on"],
        ),
        colours=style["colours"],
        width_mm=style["width_mm"],
    )
    save_figure(figure, job.output.figure, dpi=style["dpi"])


run_job(main, snakemake)
