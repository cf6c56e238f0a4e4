"""What keeps the planning of ten thousand jobs short."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

RECENT_FILES = 1000


def hasten(workflow: Any, dag: Any, jobs: Any, output_index: Any) -> None:
    """Spare Snakemake what it does again for each job that it plans.

    For each job it looks for the rule's script and environment, and works out all parameters for that, fills
    wildcards twice into the paths of log and benchmark, looks for the rule of each input (a model of all
    jobs too), and compares outputs as paths: a third of the planning. And Python looks for garbage among
    jobs that all stay: a tenth. Measured with Snakemake 9.27.1.

    Parameters
    ----------
    workflow : snakemake.workflow.Workflow
    dag, jobs, output_index : module
        Of Snakemake. Where a version of it has other methods, they are left as they are.
    """
    _replace(dag, "ScriptProcessor", "process_job", _once_per_rule)
    _replace(jobs, "Job", "conda_env_spec", _without_parameters)
    _replace(jobs, "Job", "is_valid", _paths_once)
    _replace(output_index, "OutputIndex", "match_producers", _remembered)
    ends = _replace(dag, "DAG", "check_directory_outputs", _where_folders_are_outputs)
    if ends and workflow.is_main_process:  # other processes plan a job or two
        gc.disable()


def _replace(module: Any, owner: str, name: str, by: Callable[[Any], Any]) -> bool:
    """Put another method in the place of a class's own, if it has one; says so."""
    found = getattr(module, owner, None)
    method = getattr(found, name, None)
    if method is None:
        return False
    if by.__name__ not in vars(found):
        setattr(found, name, by(method))
        setattr(found, by.__name__, True)
    return True


def _once_per_rule(process_job: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Look for the script of a rule once, where its path has no wildcard and parameter functions are signed.

    Snakemake works out the parameters of the job for it: one that fails must do so before any job starts.
    """
    found = set()

    @wraps(process_job)
    def process(processor: Any, job: Any) -> None:
        if (processor, job.rule) in found:
            return
        process_job(processor, job)
        if "{" not in str(job.rule.script) and all(map(_is_alike, job.rule.params)):
            found.add((processor, job.rule))

    return process


def _is_alike(parameter: Any) -> bool:
    """Whether a parameter that can be worked out for one job of a plan can be so for all."""
    return not callable(parameter) or hasattr(parameter, "__signature__")


def _without_parameters(conda_env_spec: property) -> property:
    """Work out the environment of a job without its parameters, where no function asks for them."""
    work_out = conda_env_spec.fget
    assert work_out is not None

    def spec(job: Any) -> Any:
        if callable(getattr(job.rule, "_conda_env", work_out)):
            return work_out(job)
        return job.rule.expand_conda_env(job.wildcards_dict)

    return property(spec)


def _paths_once(is_valid: Callable[[Any], None]) -> Callable[[Any], None]:
    """Fill wildcards into the paths of log and benchmark by the properties that remember them."""

    @wraps(is_valid)
    def check(job: Any) -> None:
        _ = job.benchmark, job.log

    return check


def _remembered(match_producers: Callable[[Any, str], set[Any]]) -> Callable[[Any, str], set[Any]]:
    """Remember which rules make the files that were asked for last."""
    return lru_cache(maxsize=RECENT_FILES)(match_producers)


def _where_folders_are_outputs(check_directory_outputs: Callable[[Any], None]) -> Callable[[Any], None]:
    """Compare outputs only where one of them is a folder above another.

    It is the last that Snakemake does to a new plan: garbage is looked for again, though not among its jobs.
    """

    @wraps(check_directory_outputs)
    def check(dag: Any) -> None:
        here = Path.cwd()
        outputs = {path if path[0] == "/" else f"{here}/{path}" for job in dag.jobs for path in job.output}
        above: set[str] = set()
        for path in outputs:
            while (path := path.rpartition("/")[0]) not in above:
                above.add(path)
        if above & outputs:
            check_directory_outputs(dag)
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    return check
