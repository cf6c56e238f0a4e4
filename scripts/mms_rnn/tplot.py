"""Write the variables of one event and spacecraft as tplot files, for users of pyspedas."""

from pathlib import Path

from magnetoflow.io.time_series import read_series, read_units
from magnetoflow.io.tplot import write_tplots
from magnetoflow.workflow.jobs import run_job

COMPONENTS = {1: (), 2: ("x", "y", "z"), 3: ()}


def main(job):
    files = {}
    for source, target in zip(job.input, job.output, strict=True):
        time, values, _ = read_series(source)
        units, stem = read_units(source), Path(source).stem
        files[target] = {
            f"{stem}_{name}": (array, units[name], COMPONENTS[array.ndim]) for name, array in values.items()
        }
    write_tplots(time, files)


run_job(main, snakemake)
