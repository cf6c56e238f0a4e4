"""``magnetoflow archive``: what the archives have, what is on disk, and whether both are still the same."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from magnetoflow.archive.source import REMOTE, SAMPLE, source_name, source_root
from magnetoflow.cli import archive_text
from magnetoflow.cli.archive_arguments import add_command
from magnetoflow.cli.overlay import check, overlay_of
from magnetoflow.config import Config
from magnetoflow.config.base import read_time
from magnetoflow.config.common import SAMPLE_ID
from magnetoflow.errors import ConfigError, MagnetoflowError

__all__ = ["add_command", "run"]
GB = 1e9
INTERRUPTED = 130


def run(options: Namespace) -> int:
    """Run one action.

    Returns
    -------
    int
        0; 1 where something is missing, bad or failed.

    Raises
    ------
    MagnetoflowError
        The call, the configuration, or an event of it is wrong.
    """
    config = check(overlay_of(options), options.configfile)
    if options.action in ("plan", "update", "fetch"):
        _only_remote(options.action, config)
    if options.action != "fetch":
        options.study = [*options.study, *options.events]
    prepared = _PREPARE[options.action](options, config)
    _check_data(options.action, Path(config.data))
    try:
        return prepared()
    except ConfigError:
        raise
    except MagnetoflowError as error:
        sys.stderr.write(f"magnetoflow: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("magnetoflow: interrupted; what was brought is kept, and the next call goes on\n")
        return INTERRUPTED


def _only_remote(action: str, config: Config) -> None:
    if config.archive != REMOTE:
        text = "the synthetic sample" if config.archive == SAMPLE else f"the folder {config.archive}"
        raise ConfigError(
            f"archive {action} is for the remote archives",
            why=f"archive is {text}, for which nothing is fetched",
            todo="add --archive remote, or --configfile config/real.yaml",
        )


def _check_data(action: str, data: Path) -> None:
    """Refuse a folder that is none, and one that is not there where nothing is to make it."""
    there = next(one for one in (data, *data.absolute().parents) if one.exists())
    if not there.is_dir():
        why = f"{there} is a file"
    elif there != data and action not in ("plan", "fetch"):
        why = "it is not there: the first run makes it"
    else:
        return
    raise ConfigError(f"archive {action}: no data folder", where=data, why=why, todo="give another --data")


def needs_of(config: Config, names: Sequence[str] | None) -> dict[str, list[str]]:
    """Manifests of studies and events that are named: ``mms_rnn``, ``mms_rnn/tail_1``.

    Raises
    ------
    ConfigError
        There is no such study or event, or none is named and none has events in the archive.
    """
    # imported here: other commands do not ask
    from magnetoflow.workflow.needs import manifests_of

    if not names:
        needs = manifests_of(config)
        if not needs:
            raise ConfigError(
                "no study has events in this archive",
                why="their events are those of the sample",
                todo="name a study, or an event list by --configfile (config/real.yaml has some; a run whose "
                "event was given on the command line wrote results/<study>/work/cli_….yaml)",
            )
        return needs
    needs = manifests_of(config, list(dict.fromkeys(name.partition("/")[0] for name in names)))
    for name in names:
        if name not in needs and "/" in name:
            study = name.partition("/")[0]
            known = [one for one in needs if one.startswith(f"{study}/")]
            raise ConfigError(f"no event {name!r}", todo=f"known are {', '.join(known[:20])}")
    return {one: paths for one, paths in needs.items() if one in names or one.partition("/")[0] in names}


def _manifests(config: Config, studies: Sequence[str] | None) -> list[Path]:
    """Manifests of studies, there or not; or all of the archive that are there."""
    if studies:
        named: Iterable[str] = (path for some in needs_of(config, studies).values() for path in some)
        return sorted(set(map(Path, named)))
    return sorted(Path(config.data, "manifests", source_name(config.archive)).glob("*/*/*.json"))


def _root(config: Config) -> Path:
    return Path(source_root(config.archive, config.data))


def _plan(options: Namespace, config: Config) -> Callable[[], int]:
    needs = needs_of(config, options.study)
    studies = dict.fromkeys(name.partition("/")[0] for name in needs)
    sampled = [
        study
        for study in studies
        if all(event.id.startswith(SAMPLE_ID) for event in getattr(config, study).events)
    ]

    def run() -> int:
        # imported here and below: these need the network's libraries, which other commands do not
        from magnetoflow.archive.remote import bring, plan

        rows = plan.plan(config.remote.settings(), _root(config), needs)
        sys.stdout.write(archive_text.plan_table(rows))
        if options.csv:
            archive_text.write_plan(options.csv, rows)
        need, free = plan.total(rows), bring.free_bytes(_root(config))
        limit = config.remote.max_download_gb
        sys.stdout.write(archive_text.plan_totals(need, len(needs), limit, free, sampled))
        over = need.bytes > limit * GB or need.bytes > free
        return 1 if over or any(row.state in plan.INCOMPLETE for row in rows) else 0

    return run


def _status(options: Namespace, config: Config) -> Callable[[], int]:
    needs = needs_of(config, options.study)

    def run() -> int:
        from magnetoflow.archive.remote import status

        rows = status.status(source_name(config.archive), _root(config), needs)
        sys.stdout.write(archive_text.status_table(rows, status.COMPLETE))
        return 0 if all(row.state in status.COMPLETE for row in rows) else 1

    return run


def _update(options: Namespace, config: Config) -> Callable[[], int]:
    manifests = _manifests(config, options.study)

    def run() -> int:
        from magnetoflow.archive.remote import bring, differences, plan, update

        settings, root = config.remote.settings(), _root(config)
        found = differences.differences(settings, root, manifests, all_records=not options.study)
        sys.stdout.write(archive_text.difference_table(found))
        sys.stdout.flush()
        if not options.dry_run:
            bring.check_room(settings, root, [plan.to_bring(file) for one in found for file in one.bring])
            update.update(settings, root, found)
        sys.stdout.write(archive_text.update_totals(found, dry_run=options.dry_run))
        sys.stderr.write(archive_text.failures(found))
        return 1 if any(one.failure for one in found) else 0

    return run


def _verify(options: Namespace, config: Config) -> Callable[[], int]:
    manifests = [path for path in _manifests(config, options.study) if path.is_file()]

    def run() -> int:
        from magnetoflow.archive.remote import leftovers, verify

        cache = config.archive == REMOTE
        settings = config.remote.settings() if cache and not options.offline else None
        counts: dict[str, int] = {}
        for one in verify.Verifier(_root(config), cache, settings).verify(
            manifests, all_records=not options.study
        ):
            counts[one.state] = counts.get(one.state, 0) + 1
            if one.why:
                sys.stdout.write(f"{one.state}: {one.path}: {one.why}\n")
        folders = [_root(config), Path(config.data, "manifests", REMOTE)]
        removed = leftovers.remove_leftovers(_root(config), folders) if cache else []
        sys.stdout.write(archive_text.verify_totals(counts, len(manifests), removed))
        return 1 if counts.get(verify.BAD) else 0

    return run


def _fetch(options: Namespace, config: Config) -> Callable[[], int]:
    from magnetoflow.archive.remote import bring

    times = []
    for name in ("start", "stop"):
        try:
            times.append(read_time(getattr(options, name)))
        except ValueError as error:
            raise ConfigError(f"--{name} {getattr(options, name)}: not a UTC time", why=str(error)) from error
    days = bring.days_asked(options.product, options.probe, *times)

    def run() -> int:
        brought = bring.bring_days(config.remote.settings(), _root(config), days)
        for path in dict.fromkeys(path for one in brought for path in one.paths):
            sys.stdout.write(f"{path}\n")
        for one in brought:
            for failure in one.failures:
                sys.stderr.write(f"{options.product} {one.day.probe} {one.day.day}: {failure}\n")
        return 1 if any(one.failures for one in brought) else 0

    return run


_PREPARE = {"plan": _plan, "status": _status, "update": _update, "verify": _verify, "fetch": _fetch}
