"""Which manifests the events of each study need, without Snakemake. No numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import SimpleNamespace

from magnetoflow.config import Config
from magnetoflow.config.load import REPOSITORY
from magnetoflow.errors import ConfigError
from magnetoflow.workflow import aurora, mms_gmm, mms_mp, mms_rnn, rept_pad
from magnetoflow.workflow.archive import Archive

Needs = Iterator[tuple[str, Iterable[str]]]
PACKAGE = REPOSITORY / "magnetoflow"


def manifests_of(config: Config, studies: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Paths of the manifests that each event needs, as the rules name them.

    Parameters
    ----------
    config : Config
    studies : sequence of str, optional
        Default: those that a call without targets makes.

    Returns
    -------
    dict
        By ``study/event``; of ``aurora`` by camera-day, ``aurora/gill_20140310``, with ``aurora/training``
        and ``aurora/mask`` where a model is trained, or the published mask is used.

    Raises
    ------
    ConfigError
        There is no such study.
    MagnetoflowError
        The archive, a model or an event of a study cannot be used.
    """
    archive = Archive(config)
    found: dict[str, list[str]] = {}
    for study in config.made_by_default() if studies is None else studies:
        if study not in _NEEDS:
            raise ConfigError(f"no study {study!r}", todo=f"known are {', '.join(_NEEDS)}")
        for name, paths in _NEEDS[study](config, archive):
            found[f"{study}/{name}"] = list(dict.fromkeys(paths))
    return found


def _gmm(config: Config, archive: Archive) -> Needs:
    plan = mms_gmm.Plan(config, archive, PACKAGE / "mms_gmm" / "model")
    for name, event in plan.events.items():
        yield name, (path for one in mms_gmm.QUANTITIES for path in plan.manifests(event, one))


def _mp(config: Config, archive: Archive) -> Needs:
    plan = mms_mp.Plan(config, archive)
    for name in plan.events:
        yield name, plan.manifests_of(SimpleNamespace(event=name))


def _rnn(config: Config, archive: Archive) -> Needs:
    plan = mms_rnn.Plan(config, archive, PACKAGE / "mms_rnn" / "model")
    for name, event in plan.events.items():
        yield (
            name,
            (
                path
                for probe in event.probes
                for one in mms_rnn.PRODUCTS
                for path in plan.manifests(event, probe, one)
            ),
        )


def _rept(config: Config, archive: Archive) -> Needs:
    plan = rept_pad.Plan(config, archive)
    for name in plan.events:
        parts = [SimpleNamespace(event=event, part=part) for event, part in plan.spans if event == name]
        yield name, (path for one in parts for path in plan.manifests(one))


def _aurora(config: Config, archive: Archive) -> Needs:
    plan = aurora.Plan(config, archive, PACKAGE / "aurora" / "model")
    if plan.predicted is None:
        for site, day in plan.camera_days:
            yield f"{site}_{day}", [plan.manifest(SimpleNamespace(site=site, day=day))]
    for name, paths in (("mask", plan.map_manifest()), ("training", list(_training(plan)))):
        if paths:
            yield name, paths


def _training(plan: aurora.Plan) -> Iterator[str]:
    for site, day in plan.training_days():
        dashed = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        yield plan.training_manifest(SimpleNamespace(site=site, dashed=dashed))


_NEEDS: dict[str, Callable[[Config, Archive], Needs]] = {
    "mms_gmm": _gmm,
    "mms_mp": _mp,
    "mms_rnn": _rnn,
    "rept_pad": _rept,
    "aurora": _aurora,
}
