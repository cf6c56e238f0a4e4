"""Why jobs would run, in words: read from what a dry run of Snakemake says."""

from __future__ import annotations

import ast
import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_JOB = re.compile(r"^Job \d+: (?P<message>.*)\n(?P<rest>(?:(?!Job \d+: |\[).*\n)*)", re.MULTILINE)
_HASH = re.compile(r"[0-9a-f]{64}")
SHOWN = 6
"""Changes, or files, of one job that are listed."""
LISTED = 20
"""Jobs that are listed of those with the same causes."""


@dataclass(frozen=True)
class Why:
    """One job that would run.

    Attributes
    ----------
    message : str
        What the job does.
    causes : tuple of str
        Changes of its own; empty where it only follows.
    follows : tuple of str
        Files that other jobs of the same run make anew.
    """

    message: str
    causes: tuple[str, ...] = ()
    follows: tuple[str, ...] = field(default=())


def ended_outputs(folder: str | Path) -> list[str]:
    """List files that a run was making when it was ended: Snakemake has left marks of them.

    Parameters
    ----------
    folder : path
        Working directory of the run.

    Returns
    -------
    list of str
        Paths as Snakemake knows them; only of files that are there.
    """
    marks = Path(folder, ".snakemake", "incomplete")
    found = []
    for mark in sorted(one for one in marks.rglob("*") if one.is_file()):
        parts = mark.relative_to(marks).parts
        try:  # a long path is cut into folders whose names begin with @
            name = base64.urlsafe_b64decode("".join(one.removeprefix("@") for one in parts)).decode()
        except ValueError:
            continue
        if Path(folder, name).exists():
            found.append(name)
    return found


def read_reasons(text: str, ended: Sequence[str] = ()) -> list[Why]:
    """Read the jobs of a dry run, those with a cause of their own first.

    Parameters
    ----------
    text : str
        What ``snakemake --dry-run`` wrote.
    ended : sequence of str
        Files that an earlier run was making when it was ended. Only ``rerun-incomplete`` forces jobs here,
        and the reason of a forced job does not name its files.
    """
    jobs = []
    for match in _JOB.finditer(text):
        line = re.search(r"^Reason: (.*)$", match["rest"], re.MULTILINE)
        if line is not None:
            causes, follows = _split(line[1], ended)
            jobs.append(Why(match["message"], causes, follows))
    return sorted(jobs, key=lambda job: not job.causes)


def _split(reason: str, ended: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Causes of a job, and the files that it follows."""
    causes: list[str] = []
    follows: tuple[str, ...] = ()
    for part in re.split(r"; (?=[A-Z])", reason):
        head, _, rest = part.partition(": ")
        names = [name.strip() for name in rest.split(",")]
        if head == "Input files updated by another job":
            follows = tuple(names)
        elif head == "Missing output files":
            causes.append(f"not made yet, or deleted: {_few(names)}")
        elif head == "Incomplete output files":
            causes.append(f"an earlier run was ended while it made {_few(names)}")
        elif head.strip() == "Forced execution":
            causes.append(f"an earlier run was ended while it made {_few(list(ended)) or 'its files'}")
        elif head == "Updated input files":
            causes.append(f"edited since it was used: {_few(names)}")
        elif head == "Params have changed since last execution":
            causes += _params(rest)
        elif head.startswith("Set of input files has changed"):
            causes.append("it reads other files than before: some are new or gone")
        elif head.startswith("Code has changed"):
            causes.append("its rule was rewritten")
        elif head.startswith("Software environment"):
            causes.append("its environment file changed")
        elif head.strip():
            causes.append(part.strip())
    return tuple(causes), follows


def _few(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _params(text: str) -> list[str]:
    """Tell changes of the parameters of a rule: its configuration, its files, the hash of its code."""
    before_text, _, now_text = text.partition(" now: ")
    before, now = _values(before_text), _values(now_text)
    said = []
    if any(map(_is_hash, before)) or any(map(_is_hash, now)):
        said.append("its script, or a module that it uses, was edited")
    pairs = (
        [_json(one) for one in before if not _is_hash(one)],
        [_json(one) for one in now if not _is_hash(one)],
    )
    lost, new = ({key: one for one in side for key, one in _leaves(one)} for side in pairs)
    changes = [_change(key, lost.get(key), new.get(key)) for key in _ordered(lost, new)]
    more = [f"{len(changes) - SHOWN} more keys changed"] if len(changes) > SHOWN else []
    return [*said, *changes[:SHOWN], *more] or ["its parameters changed"]


def _ordered(lost: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Keys that changed: those with two values first, as others often follow from them."""
    keys = [key for key in dict.fromkeys([*new, *lost]) if lost.get(key) != new.get(key)]
    return sorted(keys, key=lambda key: key not in lost or key not in new)


def _change(key: str, before: Any, now: Any) -> str:
    name = "the files of the archive that it uses" if key.startswith("<files>") else f"key {key}"
    if key.startswith("<files>"):
        return f"{name} changed"
    if (
        isinstance(before, list)
        and isinstance(now, list)
        and all(isinstance(one, str) for one in before + now)
    ):
        said = (
            ("new", [one for one in now if one not in before]),
            ("gone", [one for one in before if one not in now]),
        )
        return (
            f"{name}: {'; '.join(f'{word} {_few(some)}' for word, some in said if some) or 'another order'}"
        )
    if before is None or now is None:
        return (
            f"{name}: {'new' if before is None else 'gone'} ({json.dumps(now if before is None else before)})"
        )
    return f"{name}: {json.dumps(before)} -> {json.dumps(now)}"


def _values(text: str) -> list[str]:
    """Text parameters of a reason, as they were quoted."""
    return [str(ast.literal_eval(one)) for one in _LITERAL.findall(text)]


def _is_hash(value: str) -> bool:
    return _HASH.fullmatch(value) is not None


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Keys of a configuration with their values; lists of sha256s are the files of an event."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(_HASH.search(str(one)) or one == "not made yet" for one in value):
        yield f"<files>{path}", value
    else:
        yield path or "value", value


def in_words(jobs: list[Why], target: str) -> str:
    """Answer for a person.

    Parameters
    ----------
    jobs : list of Why
    target : str
        What was asked for.
    """
    if not jobs:
        return f"{target} is up to date: nothing would run.\n"
    lines = [f"{target}: {_number(len(jobs))} would run."]
    alike: dict[tuple[str, ...], list[str]] = {}
    for job in jobs:
        alike.setdefault(job.causes, []).append(job.message)
    following = alike.pop((), [])
    for causes, messages in alike.items():
        lines += ["", *_first(messages), *(f"  because {cause}" for cause in causes)]
    if following:
        lines += [
            "",
            f"From these {'follow' if len(following) > 1 else 'follows'} {_number(len(following))}:",
        ]
        lines += [f"  {one}" for one in _first(following)]
    return "\n".join(lines) + "\n"


def _number(jobs: int) -> str:
    return f"{jobs} job{'' if jobs == 1 else 's'}"


def _first(messages: list[str]) -> list[str]:
    """Messages of jobs, of which a large study has thousands."""
    left = len(messages) - LISTED
    return messages if left <= 0 else [*messages[:LISTED], f"and {_number(left)} more"]
