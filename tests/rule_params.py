"""Parameters of all rules, worked out from `rules/*.smk` and a configuration, without Snakemake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from magnetoflow.config import Config, check_config, merge_files
from magnetoflow.config.load import SHIPPED
from magnetoflow.workflow import overview
from magnetoflow.workflow.archive import Archive
from tests.runs import ROOT

STUDIES = ("mms_gmm", "mms_mp", "mms_rnn", "rept_pad", "aurora")
OF_PROBE = {"mms_rnn_load", "mms_rnn_regions", "mms_rnn_tplot", "mms_rnn_page"}


class Wildcards(dict):
    """Wildcards of a job, as Snakemake gives them to functions."""

    __getattr__ = dict.__getitem__


@cache
def _parts(study: str) -> tuple[str, dict[str, tuple[str, str]]]:
    """What a study's file defines above its rules; script and text of the parameters of each rule."""
    text, lists, report = (
        (ROOT / "rules" / f"{name}.smk").read_text(encoding="utf-8") for name in (study, "overview", "report")
    )
    head = re.split(r"\n(?=wildcard_constraints:|rule |#)", text, maxsplit=1)[0]
    head += re.sub(r"\nwildcard_constraints:\n.*\n", "", report.split("\nrule ")[0])
    rules = {}
    for block in re.split(r"\n(?=rule )", f"{text}\n{lists}\n{report}"):
        name = re.match(rf"rule ({study}_\w+|front_page)", block)
        params = re.search(r"^    params:\n((?:        .*\n)+)", block, re.MULTILINE)
        script = re.search(r"^    script:\n +\"\.\./(.*)\"", block, re.MULTILINE)
        if name and params and script:
            rules[name[1]] = script[1], params[1]
    return head, rules


def shipped() -> dict[str, Any]:
    """The configuration that comes with the repository, merged."""
    return merge_files(SHIPPED)


def scripts(study: str) -> dict[str, str]:
    """Script of each rule."""
    return {name: script for name, (script, _) in _parts(study)[1].items()}


def _jobs(study: str, rule: str, plan: Any) -> list[Wildcards]:
    """Wildcards of the jobs that a rule may have; more of them than its outputs have do no harm."""
    if rule == "front_page":
        return [Wildcards(study=study)]
    if study == "rept_pad":
        return [Wildcards(event=event, part=part) for event, part in plan.spans]
    if study == "aurora":
        return [
            Wildcards(site=site, day=day, hour=hour, dashed=f"{day[:4]}-{day[4:6]}-{day[6:]}")
            for site, day, hour in plan.parts
        ]
    if rule in OF_PROBE:
        return [Wildcards(event=event, probe=str(probe)) for event, probe in plan.pairs]
    return [Wildcards(event=event) for event in plan.events]


def params(study: str, values: dict[str, Any]) -> dict[str, dict[tuple[str, ...], dict[str, str]]]:
    """Parameters of every job of a study's rules, but for the hashes of code.

    Parameters
    ----------
    study : str
    values : dict
        A merged configuration.

    Returns
    -------
    dict
        By rule, wildcards and name.
    """
    config: Config = check_config(values)
    head, rules = _parts(study)
    names: dict[str, Any] = {
        "checked": lambda function, *arguments: function(*arguments),
        "code_hash": lambda script: "",
        "CONFIG": config, "RESULTS": config.results, "DATA": config.data,
        "ARCHIVE": Archive(config), "HERE": ROOT, "overview": overview,
        "EVENT_FIGURES": {}, "signed": lambda function: function,
    }  # fmt: skip
    exec(head, names)
    plan = next(one for one in names.values() if type(one).__name__ == "Plan")
    found: dict[str, dict[tuple[str, ...], dict[str, str]]] = {}
    for rule, (_, text) in rules.items():
        given = eval(f"dict({text})", names)
        for wildcards in _jobs(study, rule, plan):
            found.setdefault(rule, {})[tuple(wildcards.values())] = {
                name: value(wildcards) if callable(value) else value for name, value in given.items()
            }
    return found


def leaves(section: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Keys of a section that hold no further keys, with their values."""
    for name, value in section.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def with_value(values: dict[str, Any], key: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Copy of a configuration with another value of one key."""
    name, *below = key
    return {**values, name: with_value(values[name], tuple(below), value) if below else value}


def changed(before: Any, after: Any) -> set[str]:
    """Rules of which a job has other parameters."""
    return {rule for rule in before.keys() | after.keys() if before.get(rule) != after.get(rule)}


def path_of(script: str) -> Path:
    """File of a script."""
    return ROOT / script
