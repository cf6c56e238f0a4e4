"""Which rules an edit starts, study by study: docs/reruns.md is compared with it, and tests ask for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tests.drawn import LEFT_OUT

FOLLOWS = {
    "mms_gmm": {
        "minutes": ("event_features", "features", "event_figure", "figures"),
        "event_features": ("features", "event_regions"),
        "features": ("regions", "figures", "overview", "run", "front_page"),
        "model": ("event_regions", "event_figure", "figures", "run", "front_page"),
        "event_regions": ("regions", "event_figure"),
        "regions": ("figures", "overview", "run", "front_page"),
        "event_figure": (),
        "figures": (),
        "overview": ("run", "front_page"),
        "run": (),
        "front_page": (),
    },
    "mms_mp": {
        "load": ("analysis", "figures", "viewer"),
        "analysis": ("figures", "viewer", "tables", "overview", "run"),
        "figures": ("viewer",),
        "viewer": (),
        "tables": ("all_figures", "overview", "run", "front_page"),
        "all_figures": (),
        "overview": ("run", "front_page"),
        "run": (),
        "front_page": (),
    },
    "mms_rnn": {
        "load": ("scaling", "regions", "page", "event_figures", "tables"),
        "scaling": ("regions", "page", "event_figures", "tables", "run"),
        "model": ("regions", "page", "event_figures", "tables", "figures", "run", "front_page"),
        "regions": ("page", "event_figures", "tables", "run"),
        "page": (),
        "event_figures": (),
        "tables": ("figures", "overview", "run", "front_page"),
        "figures": (),
        "overview": ("run", "front_page"),
        "run": (),
        "front_page": (),
    },
    "rept_pad": {
        "records": ("model", "part_labels", "labels", "tables", "series"),
        "model": ("part_labels", "tables", "series", "figures", "run", "front_page"),
        "part_labels": ("labels", "tables", "series"),
        "labels": ("overview", "run", "front_page"),
        "tables": ("figures", "overview", "run", "front_page"),
        "series": (),
        "figures": (),
        "overview": ("run", "front_page"),
        "run": (),
        "front_page": (),
    },
    "aurora": {
        "model": ("shard", "scores", "figures", "run"),
        "shard": ("camera_day", "tables", "scores", "camera_day_figure"),
        "camera_day": ("in_time",),
        "smoother": ("in_time", "scores", "figures", "run"),
        "in_time": ("tables", "scores", "camera_day_figure", "overview", "run"),
        "tables": ("figures", "overview", "run", "front_page"),
        "scores": ("figures", "run", "front_page"),
        "camera_day_figure": (),
        "figures": (),
        "overview": ("run", "front_page"),
        "run": (),
        "front_page": (),
    },
}  # fmt: skip
"""Rules of each study, in the order in which they are done, and the rules that read their files."""

STARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "mms_gmm": {
        "on_damaged, skip_failed, load": ("minutes",),
        "features": ("event_features",),
        "model.source, model.features": ("model",),
        "other keys of model": (),
        "labels, cleaning": ("event_regions",),
        "crossings, lists": ("regions",),
        "figures": ("event_figure", "figures"),
    },
    "mms_mp": {
        "on_damaged, load": ("load",),
        "skip_failed": ("load", "analysis"),
        "lmn, detection, timing, motion, hoffmann_teller, formation, gradients": ("analysis",),
        "spectrograms.species, spectrograms.probes, spectrograms.status": ("analysis",),
        "overlay": ("analysis", "figures", "viewer"),
        "spectrograms.ion_emax_ev, spectrograms.electron_emax_ev": ("figures",),
        "spectrograms.grids, spectrograms.combined": ("front_page",),
        "figures": ("figures", "viewer", "all_figures"),
    },
    "mms_rnn": {
        "on_damaged, load": ("load",),
        "skip_failed": ("load", "scaling"),
        "work_field": ("load", "regions", "page", "event_figures"),
        "scaling, frame": ("scaling",),
        "model.source, model.sha256": ("model",),
        "other keys of model.training": (),
        "model.window": ("regions", "tables"),
        "labels": ("regions",),
        "intervals, statistics": ("tables",),
        "tplot": (),
        "figures": ("page", "event_figures", "figures"),
    },
    "rept_pad": {
        "on_damaged, on_missing, load": ("records",),
        "skip_failed": ("records", "labels"),
        "other keys of array": (),
        "prepare": ("records", "model"),
        "prepare.block, prepare.block_hours": ("records",),
        "reduce, cluster, model": ("model",),
        "naming": ("model", "tables"),
        "outputs.energy_mev": ("part_labels", "tables", "series"),
        "outputs, activity": ("part_labels", "tables"),
        "figures.dpi, figures.width_mm": ("series", "figures"),
        "figures.max_points": ("figures",),
    },
    "aurora": {
        "on_damaged, skip_failed, pulsation, flags": ("shard",),
        "preprocess": ("shard", "model"),
        "model.source": ("model",),
        "other keys of model": (),
        "smoothing.source": ("smoother",),
        "smoothing.frames": (),
        "intervals": ("in_time",),
        "labels.exclude, movie": (),
        "figures": ("camera_day_figure", "figures"),
        "figures.camera_days": ("front_page",),
    },
}
"""Keys of a study that start the same rules, beside ``run``; the longest name that fits a key counts.

"other keys of" are those that nothing reads as the study is configured: of a fit where a model is copied.
"""

FITS: dict[str, dict[str, tuple[str, ...]]] = {
    "mms_gmm": {"model": ("model",)},
    "mms_rnn": {"model.training": ("model",)},
    "aurora": {
        "model": ("model",),
        "model.blocks_per_interval, model.block_minutes": ("training_set",),
        "smoothing.frames": ("smoother",),
    },
}
"""The same where ``model.source`` is fit, and ``smoothing.source`` of aurora is fit or mean."""

MODULES: dict[str, dict[str, set[str]]] = {
    "magnetoflow.figures.style": {
        "mms_gmm": {"event_figure", "figures"},
        "mms_mp": {"figures", "viewer", "all_figures"},
        "mms_rnn": {"page", "event_figures", "figures"},
        "rept_pad": {"series", "figures"},
        "aurora": {"camera_day_figure", "figures"},
    },
    "magnetoflow.mms_gmm.cleaning": {"mms_gmm": {"event_regions"}},
    "magnetoflow.mms_mp.timing": {"mms_mp": {"analysis", "figures", "viewer", "tables", "all_figures"}},
    "magnetoflow.mms_rnn.location": {"mms_rnn": {"regions", "page", "event_figures", "figures"}},
    "magnetoflow.rept_pad.naming": {"rept_pad": {"model", "part_labels", "tables"}},
    "magnetoflow.aurora.intervals": {"aurora": {"shard", "in_time", "tables", "camera_day_figure"}},
}
"""Rules whose scripts reach a module by imports: one that only figures use, and one of each study."""

MANY = {
    "mms_gmm": dict.fromkeys(("minutes", "event_features", "event_regions", "event_figure"), 4),
    "mms_mp": {"load": 6, "analysis": 6, "figures": 6, "viewer": 6},
    "mms_rnn": {"load": 12, "scaling": 3, "regions": 12, "page": 12, "event_figures": 3},
    "rept_pad": {"records": 4, "part_labels": 4, "series": 2},
    "aurora": {"shard": 8, "camera_day": 8, "in_time": 2, "camera_day_figure": 8},
}
"""Jobs of a rule in the sample, where it is not one."""

_MP, _RNN = {"load": 1, "analysis": 1, "figures": 1, "viewer": 1}, {"page": 4, "event_figures": 1}
_GMM = {"minutes": 1, "event_features": 1, "event_regions": 1, "event_figure": 1}
LINES: dict[str, dict[str, tuple[tuple[str, ...], dict[str, int]]]] = {
    "R01": {
        "mms_gmm": (("minutes",), _GMM),
        "mms_mp": (("load",), _MP),
        "mms_rnn": (("load",), {"load": 4, "scaling": 1, "regions": 4, **_RNN}),
        "rept_pad": (("records",), {"records": 1}),
        "aurora": (("shard",), {"shard": 1, "camera_day": 1, "in_time": 1, "camera_day_figure": 4}),
    },
    "R02": {
        "mms_gmm": (("minutes",), _GMM),
        "mms_mp": (("load",), _MP),
        "mms_rnn": (("load",), {"load": 2, "scaling": 1, "regions": 2, "page": 2, "event_figures": 1}),
        "rept_pad": (("records",), {"records": 1, "part_labels": 5, "series": 3}),
        "aurora": (("shard",), {"shard": 1, "camera_day": 1, "in_time": 1, "camera_day_figure": 5}),
    },
    "R03": {
        "mms_gmm": (("features",), {}),
        "mms_mp": (("tables",), {}),
        "mms_rnn": (("tables",), {}),
        "rept_pad": (("model",), {"part_labels": 2, "series": 1}),
        "aurora": (("in_time",), {"in_time": 1, "camera_day_figure": 3}),
    },
    "R06": {
        "mms_gmm": (("event_figure", "figures"), {}),
        "mms_mp": (("figures", "viewer", "all_figures"), {}),
        "mms_rnn": (("page", "event_figures", "figures"), {}),
        "rept_pad": (("series", "figures"), {}),
        "aurora": (("camera_day_figure", "figures"), {}),
    },
}
"""Rules that start, and numbers of jobs where they are not those of all events, by row and study."""


def keys_of(row: str) -> list[str]:
    """Sections and keys that a row names."""
    return row.removeprefix("other keys of ").split(", ")


def row_of(study: str, key: str) -> str:
    """Row of a key such as ``model.source``.

    Raises
    ------
    KeyError
        There is none.
    """
    fitting = {
        name: row
        for row in STARTS[study]
        for name in keys_of(row)
        if key == name or key.startswith(f"{name}.")
    }
    if not fitting:
        raise KeyError(f"{study}.{key}")
    return fitting[max(fitting, key=len)]


def below(study: str, starts: Iterable[str]) -> list[str]:
    """Rules of which some job runs after jobs of `starts`, with those, in order."""
    found = set(starts)
    for rule, readers in FOLLOWS[study].items():
        if rule in found:
            found.update(readers)
    return [rule for rule in FOLLOWS[study] if rule in found]


def full(study: str, rule: str) -> str:
    """Name of a rule in the workflow."""
    return rule if rule == "front_page" else f"{study}_{rule}"


def asked(study: str, *starts: str, **jobs: int) -> Counter[str]:
    """Jobs by rule after an edit that starts some rules; `jobs` where they are not those of all events.

    Jobs of figures that the sample run has left out are not among them.
    """
    left = {rule: LEFT_OUT.get(study, Counter())[full(study, rule)] for rule in MANY[study]}
    many = {rule: number - left[rule] for rule, number in MANY[study].items()}
    number = dict.fromkeys(FOLLOWS[study], 1) | many | jobs
    return Counter({full(study, rule): number[rule] for rule in below(study, starts)})
