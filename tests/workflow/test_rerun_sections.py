"""What each key of each study starts, by the parameters of rules: none is forgotten, none does too much."""

import ast
import json
import re
import shutil

import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.workflow.code_hash import reached
from tests.rerun_table import FITS, FOLLOWS, MODULES, STARTS, below, full, row_of
from tests.rule_params import STUDIES, changed, leaves, params, path_of, scripts, shipped, with_value
from tests.runs import ROOT, Run

BASE = shipped()
WORDS = {
    "spectrum": "px", "criterion": "icl", "ephemeris": "mec", "electric": "brst", "on_missing": "fail",
    "missing_probe": "leave_out", "detector": "density", "levels": "fixed", "blend": "average",
    "integration": "simpson", "offsets": "none",
    "species": "electron", "field": "measured", "frame": "lmn", "work_field": "fast", "averaging": "point",
    "architecture": "elman", "smoothing": "hmm", "counts": "data", "background": "none", "block": "hours",
    "normalise": "90", "components": 4, "classes": 5, "chain": "compatible", "mask": "none", "device": "cuda",
    "source": "fit",
}  # fmt: skip
METHODS = {
    "mms_mp.lmn": "mva", "mms_gmm.cleaning": "none", "rept_pad.reduce": "pca", "rept_pad.cluster": "kmeans",
}  # fmt: skip
TOGETHER = {
    "mms_mp.lmn.n": {"lmn.method": "given", "lmn.n": [0.8, 0.5, -0.33]},
    "mms_gmm.model.features": {"model.features": "reference", "model.source": "fit"},
    "rept_pad.cluster.method": {"cluster.method": "kmeans", "reduce.method": "pca"},
    "rept_pad.prepare.fold": {"prepare.fold": False, "prepare.equator": False},
    "aurora.preprocess.chain": {"preprocess.chain": "compatible", "model.source": "fit"},
    "aurora.preprocess.variant": {
        "preprocess.variant": "pfrr", "preprocess.chain": "compatible", "model.source": "fit",
    },
    "aurora.preprocess.size": {"preprocess.size": 32, "model.source": "fit"},
}  # fmt: skip
"""Keys that can be changed with others only."""
FILES = {
    *("mms_mp.overlay", "mms_rnn.model.training.cuts", "rept_pad.array.file", "rept_pad.model.source"),
    *("rept_pad.model.match", "rept_pad.activity.file", "aurora.predictions", "aurora.labels.files"),
}
"""Keys that name a file or folder: their lines are in the first table."""
LOAD = {
    "mms_gmm": "minutes", "mms_mp": "load", "mms_rnn": "load", "rept_pad": "records", "aurora": "shard",
}  # fmt: skip
CUTS = {"rept_pad.part_days", "aurora.shard_hours"}
"""Keys that cut events into jobs."""


def others(study, key, value):
    """Values that a key may have instead."""
    name = key[-1]
    if "colours" in key:
        return ["#123456"]
    if name in WORDS and isinstance(value, str):
        return [WORDS[name]]
    if name == "method":
        return [METHODS[f"{study}.{key[0]}"]]
    if name == "on_damaged":
        return [{"gap": "fail", "fail": "gap"}[value]]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, (int, float)):
        return [value * 0.9 if isinstance(value, float) else value + 1, value - 1, 12, 30]
    return (
        [value[:-1], ["kuuj_20180310"]]
        if isinstance(value, list)
        else [1, 4, 32, ["ok"], ["ion"], [1], "0" * 64]
    )


def started(study, before, after):
    """Rules of the study's own targets that have other parameters; a network is not trained in them."""
    names = changed(before, after)
    return {rule for rule in FOLLOWS[study] if full(study, rule) in names}


def edited(study, base, key, value):
    """Configuration with another value of one key, and parameters that it gives."""
    named = ".".join((study, *key))
    if named in TOGETHER:
        for name, other in TOGETHER[named].items():
            base = with_value(base, (study, *name.split(".")), other)
        return params(study, base)
    for other in others(study, key, value):
        try:
            if other != value:
                return params(study, with_value(base, (study, *key), other))
        except ConfigError as error:
            refused = error
    raise AssertionError(f"no other value of {named}: {refused}")


@pytest.mark.parametrize("study", STUDIES)
def test_r10_every_key_starts_what_the_table_says(study):
    base = with_value(
        BASE, ("mms_mp", "load", "potential"), True
    )  # without it motion has no use for its size
    before, found, asked, rows = params(study, base), {}, {}, {"overlay"}
    for key, value in leaves(base[study]):
        name = ".".join(key)
        if name in {"events", "storms", "figures.format"} or {f"{study}.{name}"} & (FILES | CUTS):
            continue
        rows.add(row_of(study, name))
        starts = STARTS[study][row_of(study, name)]
        asked[name] = {*starts, *([] if key[0] == "figures" else ["run"])}
        found[name] = started(study, before, edited(study, base, key, value))
        found[name] -= {"overview", "front_page"} & {*below(study, starts)} - {*starts}
    assert found == asked
    assert rows >= STARTS[study].keys()


@pytest.mark.parametrize("study", FITS)
def test_r10_keys_of_a_fit_start_it(study):
    base = with_value(BASE, (study, "model", "source"), "fit")
    if study == "aurora":
        base = with_value(base, (study, "smoothing", "source"), "mean")
    before = params(study, base)
    for row, starts in FITS[study].items():
        for section in row.split(", "):
            for key, value in leaves(base[study]):
                name = ".".join(key)
                fits = (name == section or name.startswith(f"{section}.")) and key[-1] not in {
                    "source",
                    "window",
                }
                if fits and {f"{study}.{name}"} - FILES - TOGETHER.keys():
                    given = {f"{study}_{rule}" for rule in starts if row_of_fit(study, name) == row}
                    found = changed(before, edited(study, base, key, value)) - {f"{study}_run"}
                    assert found == (given or found), name


def row_of_fit(study, key):
    """Row of a key of a fit: of the longest name that fits it."""
    names = {one: row for row in FITS[study] for one in row.split(", ")}
    return names[max((one for one in names if key == one or key.startswith(f"{one}.")), key=len)]


@pytest.mark.parametrize("study", STUDIES)
def test_r14_r15_other_studies_and_the_remote_section_start_nothing(study):
    """What is deleted after its use, and so becomes a target of its own, is keep_raw alone."""
    base = with_value(BASE, ("archive",), "remote")
    before = params(study, base)
    for key, value in leaves(base["remote"]):
        other = {"mms": "spdf", "images": "api", "proxy": "http://127.0.0.1:1", "hosts": ["example.org"]}
        kinds = not value if isinstance(value, bool) else f"{value}/x" if isinstance(value, str) else 3
        after = with_value(base, ("remote", *key), other.get(key[-1], kinds))
        assert params(study, after) == before, key
    before = params(study, BASE)
    for one in {*STUDIES} - {study}:
        assert params(study, with_value(BASE, (one, "skip_failed"), True)) == before
    assert params(study, with_value(BASE, ("studies",), [study])) == before


@pytest.mark.parametrize(
    ("study", "key", "shipped_at", "starts"),
    [
        ("mms_gmm", ("model", "source"), "mms_gmm/model", {"model"}),
        ("mms_rnn", ("model", "source"), "mms_rnn/model", {"model"}),
        ("aurora", ("model", "source"), "aurora/model/network", {"model"}),
        ("aurora", ("smoothing", "source"), "aurora/model/smoother_published.json", {"smoother"}),
    ],
    ids=["mms_gmm", "mms_rnn", "aurora-network", "aurora-smoother"],
)
def test_r28_another_model_under_the_same_name(study, key, shipped_at, starts, tmp_path):
    source, place = ROOT / "magnetoflow" / shipped_at, tmp_path / "mine"
    (shutil.copytree if source.is_dir() else shutil.copy2)(source, place)
    values = with_value(BASE, (study, *key), str(place))
    before = params(study, values)
    file = place / "model.json" if place.is_dir() else place
    file.write_text(f"{file.read_text()}\n")
    assert started(study, before, params(study, values)) == starts


KP = "time,kp\n2013-03-17,%d\n"
NORMAL = '{"per_probe": {"1": {"n_hat": [1.0, 0.0, 0.0], "V_ph_km_s": %s}}}'


@pytest.mark.parametrize(
    ("study", "key", "first", "second", "starts"),
    [
        ("mms_mp", "overlay", NORMAL % 10, NORMAL % 20, {"analysis", "figures", "viewer"}),
        ("rept_pad", "activity.file", KP % 1, KP % 2, {"part_labels", "tables"}),
        ("rept_pad", "array.file", "one", "two", {"records"}),
    ],
    ids=["mms_mp-overlay", "rept_pad-activity", "rept_pad-array"],
)  # fmt: skip
def test_r31_another_content_of_a_file_that_a_key_names(study, key, first, second, starts, tmp_path):
    file = tmp_path / ("mine.npz" if key == "array.file" else "mine.json" if key == "overlay" else "mine.csv")
    file.write_text(first)
    values = with_value(BASE, (study, *key.split(".")), str(file))
    before = params(study, values)
    file.write_text(second)
    assert started(study, before, params(study, values)) == starts


@pytest.mark.parametrize(
    ("study", "key", "values", "same"),
    [("rept_pad", "part_days", (10, 24), 0), ("aurora", "shard_hours", (24, 12), 6)],
)
def test_r16_other_cuts_of_events_make_other_jobs(study, key, values, same):
    """Of parts that are the same, the jobs are the same: 6 camera-days begin and end before noon."""
    first, second = (
        params(study, with_value(BASE, (study, key), value))[f"{study}_{LOAD[study]}"] for value in values
    )
    assert sum(first.get(job) == given for job, given in second.items()) == same


@pytest.mark.parametrize("study", STUDIES)
def test_r36_an_archive_at_another_place_is_another_archive(study, tmp_path):
    places = [tmp_path / name for name in ("one", "two")]
    for place in places:
        place.mkdir()
    first, second = (params(study, with_value(BASE, ("archive",), str(place))) for place in places)
    assert LOAD[study] in started(study, first, second)


IDENTITY = {"event", "events", "source", "start", "stop", "activity_sha256"}
"""What a job is of: another one comes with other inputs, or as the hash of a file that the script reads."""


@pytest.mark.parametrize("study", STUDIES)
def test_parameters_are_what_scripts_read(study):
    """A script reads no key that it is not given, and is given none that it does not name."""
    for rule, script in scripts(study).items():
        job = next(iter(params(study, BASE)[rule].values()))
        given = set(json.loads(job.get("config", "{}")))
        tree = ast.parse(path_of(script).read_bytes())
        words = {one.value for one in ast.walk(tree) if isinstance(one, ast.Constant)}
        if rule == "mms_mp_analysis":
            words |= set(
                re.findall(r'config\["(\w+)"\]', (ROOT / "magnetoflow/mms_mp/options.py").read_text())
            )
        keys = {
            ast.literal_eval(one.slice)
            for one in ast.walk(tree)
            if isinstance(one, ast.Subscript)
            and ast.unparse(one.value) == "config"
            and isinstance(one.slice, ast.Constant)
        }
        if rule != f"{study}_run":  # it records all that it is given
            assert keys <= given, rule
            assert given - words <= IDENTITY, rule


def test_r20_r21_a_module_starts_the_rules_that_reach_it():
    modules = {
        study: {rule: reached(script).keys() for rule, script in scripts(study).items()} for study in STUDIES
    }
    for module, rules in MODULES.items():
        found = {
            study: {rule for rule in FOLLOWS[study] if module in known[full(study, rule)]}
            for study, known in modules.items()
        }
        assert {study: one for study, one in found.items() if one} == rules, module


@pytest.mark.parametrize("study", STUDIES)
def test_r05_a_renamed_event_is_a_new_one(study):
    """But for aurora, whose results are of camera-days, whatever the names of events."""
    first, *others = BASE[study]["events"]
    before = params(study, BASE)
    after = params(study, with_value(BASE, (study, "events"), [*others, {**first, "id": "renamed"}]))
    jobs = [one[f"{study}_{LOAD[study]}"] for one in (before, after)]
    if study == "aurora":
        assert started(study, before, after) == {"run"}
    else:
        assert {job[0] for job in jobs[1].keys() - jobs[0].keys()} == {"renamed"}
    assert all(jobs[0][job] == jobs[1][job] for job in jobs[0].keys() & jobs[1].keys())


def test_the_table_has_the_graph_of_the_rules(tmp_path, checkout):
    """Of all studies in one call, where nothing is made yet."""
    text = Run(tmp_path, checkout).make("--rulegraph", "--", *STUDIES)
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', text, re.MULTILINE))
    edges = {
        (names[one], names[other]) for one, other in re.findall(r"^\s*(\d+) -> (\d+)", text, re.MULTILINE)
    }
    asked = {
        (full(study, rule), full(study, reader))
        for study in STUDIES
        for rule, readers in FOLLOWS[study].items()
        for reader in readers
    }
    known = {full(study, rule) for study in STUDIES for rule in FOLLOWS[study]}
    assert {(one, other) for one, other in edges if one in known and other in known} == asked
    others = {one for edge in edges for one in edge} - known - {*STUDIES}
    assert {one.split("_")[0] for one in others} == {"sample", "manifest"}
