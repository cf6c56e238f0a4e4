"""Draw one event: all spacecraft side by side, axes, timing, motion, spectrograms."""

import json

from magnetoflow.figures.mms_mp import nothing_figure
from magnetoflow.figures.mms_mp.drawing import EVENT_FIGURES
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.mp_event_files import read_event
from magnetoflow.io.overlay import read_overlay
from magnetoflow.io.records import read_record
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.mms_mp.overlay import with_published
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.workflow.failures import read_status
from magnetoflow.workflow.jobs import LOG, run_job


def main(job):
    config = json.loads(job.params.config)
    style, outcome = config["figures"], read_status(job.input.status)
    names = [name for name in CAPTIONS if name in job.output.keys()]  # noqa: SIM118 (Snakemake's Namedlist)
    if outcome["failed"]:
        note = source_note(config["source"], files=None)
        for name in names:
            figure = nothing_figure(config["event"]["id"], outcome["reason"], note, style["width_mm"])
            save_figure(figure, job.output[name], dpi=style["dpi"])
        return
    event, analysis = read_event(job.input.event), read_record(job.input.analysis, Analysis)
    if config["overlay"]["path"]:
        analysis = with_published(analysis, read_overlay(config["overlay"]["path"]))
    note = source_note(
        config["source"], files=[name for one in event.spacecraft.values() for name in one.files]
    )
    look = {"source_note": note, "colours": style["colours"], "width_mm": style["width_mm"]}
    shown = config["spectrograms"]
    most = {name: shown[f"{name}_emax_ev"] for name in ("ion", "electron") if shown[f"{name}_emax_ev"]}
    for name in names:
        LOG.info("drawing %s", name)
        more = {"most_ev": most} if name.startswith("spectrograms") else {}
        save_figure(EVENT_FIGURES[name](event, analysis, **look, **more), job.output[name], dpi=style["dpi"])


run_job(main, snakemake)
