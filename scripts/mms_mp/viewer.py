"""Write the page of one event, and for each spacecraft a five-panel summary, its table and its page."""

import json
import shutil
from os.path import relpath
from pathlib import Path

from magnetoflow.figures.mms_mp import summary_figure
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import source_note
from magnetoflow.io.mp_event_files import read_event
from magnetoflow.io.mp_page import write_nothing_page, write_page
from magnetoflow.io.mp_viewer import viewer_name, write_viewer, write_viewer_index
from magnetoflow.io.overlay import read_overlay
from magnetoflow.io.records import read_record
from magnetoflow.mms_mp.overlay import with_published
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.workflow.failures import read_status
from magnetoflow.workflow.jobs import LOG, run_job


def viewers(folder, event, analysis, config):
    """Pages of the spacecraft; paths relative to the folder above."""
    style, path = config["figures"], config["overlay"]["path"]
    published = read_overlay(path).per_probe if path else {}
    pages = []
    for probe, craft in event.spacecraft.items():
        LOG.info("summary of MMS%d", probe)
        name = viewer_name(probe, event.time0)
        note = source_note(config["source"], files=craft.files)
        look = {"source_note": note, "colours": style["colours"], "width_mm": style["width_mm"]}
        image = folder / f"{name}.{style['format']}"
        save_figure(summary_figure(event, analysis, probe, **look), image, dpi=style["dpi"])
        shown = {"source": config["source"], "image": image.name, "published": published.get(probe)}
        page = write_viewer(folder, event, analysis, probe, **shown)
        pages.append(page)
    write_viewer_index(folder / "index.html", event, pages, source=config["source"])
    return [f"{folder.name}/{page}" for page in pages]


def main(job):
    config = json.loads(job.params.config)
    page, folder = Path(job.output.page), Path(job.output.viewer)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    name, outcome = config["event"]["id"], read_status(job.input.status)
    if outcome["failed"]:
        write_nothing_page(page, name, source=config["source"], reason=outcome["reason"])
        return
    event, analysis = read_event(job.input.event), read_record(job.input.analysis, Analysis)
    if config["overlay"]["path"]:
        analysis = with_published(analysis, read_overlay(config["overlay"]["path"]))
    pages = viewers(folder, event, analysis, config)
    figures = {Path(path).stem: relpath(path, page.parent) for path in job.input.figures}
    tables = sorted(one.name for one in page.parent.iterdir() if one.suffix in {".csv", ".json"})
    write_page(page, event, analysis, source=config["source"], figures=figures, tables=tables, viewers=pages)


run_job(main, snakemake)
