"""What every study's rules share: the checked configuration, paths, and what a rule depends on."""

from snakemake import dag, jobs, output_index
from snakemake.exceptions import WorkflowError

from magnetoflow import __version__
from magnetoflow.archive.remote.settings import to_environment
from magnetoflow.config import check_config
from magnetoflow.config.common import STUDIES
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import MagnetoflowError
from magnetoflow.report.limits import MOST_FIGURES
from magnetoflow.report.numbers import Numbers
from magnetoflow.report.tables import caption_of, fits
from magnetoflow.workflow import downloads, failures
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.code_hash import code_hash as hash_of
from magnetoflow.workflow.environment import settle
from magnetoflow.workflow.planning import hasten
from magnetoflow.workflow.progress import Progress, step_of
from magnetoflow.workflow.signatures import signed

settle(HERE)
hasten(workflow, dag, jobs, output_index)


def checked(function, *arguments):
    """Call what may refuse the configuration, an event or a model; its message is all that the user sees."""
    try:
        return function(*arguments)
    except MagnetoflowError as error:
        raise WorkflowError(str(error)) from None


def code_hash(script):
    """Parameter function: hash of a script's code, worked out for rules that have a job only."""
    return signed(lambda wildcards: hash_of(script))


def memory(mb):
    """Memory of a job [MB]: a profile that tries a failed job again gives it more."""
    return signed(lambda wildcards, attempt: mb * attempt)


CONFIG = checked(check_config, config, [Path(path) for path in workflow.configfiles])
RESULTS, DATA = CONFIG.results, CONFIG.data
ARCHIVE = checked(Archive, CONFIG)
to_environment(CONFIG.remote.settings())
STUDY_TARGETS = {}
FOLLOWED = []
for study in sorted({*CONFIG.studies} - {*CONFIG.made_by_default()}):
    sys.stderr.write(
        f"{study}: its events are those of the sample archive, so a call without targets leaves it out; "
        f"set {study}.events, or studies:\n"
    )


# How many figures of single events a study has, by where they are.
EVENT_FIGURES = {}


def waiting_jobs():
    """Study, or else rule, of each job that would run."""
    for job in workflow.dag.needrun_jobs():
        if job.output:
            yield job.wildcards_dict.get("study", job.rule.name)


# Captions read it; without --report nothing is read, and a script gets an empty dict.
config["numbers"] = Numbers(
    CONFIG,
    {
        "configfiles": [str(path) for path in workflow.configfiles if Path(path) not in SHIPPED],
        "version": __version__,
    },
    waiting_jobs,
)


def table(study, path):
    """Path of a table, which the report holds with its caption unless it is too large."""
    where, caption = f"{RESULTS}/{study}/{path}", caption_of(study, path)
    if not caption or not fits(Path(where)):
        return where
    return report(
        where,
        caption=f"captions/{caption}.rst",
        category=study,
        subcategory="2 Tables",
        labels={"table": Path(path).stem},
    )


def figure(study, path, name, event="all", caption=None):
    """Path of a figure, which the report holds with its caption unless a study's events have too many."""
    if event != "all" and sum(EVENT_FIGURES[study].values()) > MOST_FIGURES:
        return path
    return report(
        path,
        caption=f"captions/{study}_{caption or name}.rst",
        category=study,
        subcategory="3 Figures of all events" if event == "all" else "4 Figures by event",
        labels={"figure": name, "event": event},
    )


wildcard_constraints:
    event="[A-Za-z0-9_-]+",
    day="[0-9]{8}",


def report_failed_events():
    """Name the events that were left out (skip_failed), one line each, and count refused files."""
    for study in CONFIG.studies:
        folder = Path(RESULTS) / study
        said = failures.lines(folder / "failed.csv")
        if study == "aurora":
            said += failures.refused_line(folder / "quality.csv")
            said += failures.mismatch_lines(folder / "labels.csv")
        said += failures.remark_lines(folder / "remarks.csv")
        for line in said:
            sys.stderr.write(f"{line}\n")


def follow_jobs(dag):
    """Say which events are finished and what fails, while jobs run."""
    from snakemake.logging import logger
    from snakemake.settings.enums import Quietness

    steps = {job.jobid: step_of(job, STUDIES) for job in dag.needrun_jobs() if job.rule.name != "all"}
    quiet = set(workflow.output_settings.quiet or ())
    failures_only = Quietness.ALL in quiet or {Quietness.PROGRESS, Quietness.RULES} <= quiet
    progress = Progress(steps, RESULTS, quiet=failures_only)
    logger.addHandler(progress)
    FOLLOWED.append(progress)
    # with --quiet progress Snakemake tells no one that a job ended; its own lines stay hidden by its filter
    workflow.scheduler.print_progress = True


def manifests_in(jobs):
    """Paths of the manifests that jobs make."""
    return [str(job.output.manifest) for job in jobs if job.rule.name == "manifest"]


def needed_manifests(jobs):
    """Paths of the manifests that jobs make, and of those that they read and that are there."""
    jobs = list(jobs)
    made = manifests_in(jobs)
    read = {str(path) for job in jobs for path in job.input if str(path).startswith(f"{DATA}/manifests/")}
    return made, sorted(path for path in read - {*made} if path.endswith(".json"))
