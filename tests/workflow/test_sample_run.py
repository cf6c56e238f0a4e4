"""The sample run with the shipped model: scores against truth, what it leaves behind, and that it repeats."""

import csv
import json
import re
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pandas as pd
import pytest

from magnetoflow.io.integrity import sha256_of
from magnetoflow.io.published import read_labels, read_region_list
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.mms_gmm.regions import CROSSINGS, REGIONS, UNKNOWN
from magnetoflow.sample.plan import DEMO, PROBE_DAYS
from magnetoflow.workflow.mms_gmm import FIGURES
from tests.crates import check_crate, inputs, listed
from tests.runs import EVENTS, ROOT, Run, digests, leftovers

INSIDE = {"plasma_sheet": "magnetosphere", "lobe": "magnetosphere"}
"""Regions of the truth that are part of one of the four."""
FEATURE_COLUMNS = (
    "event time probe ratio_max_width ratio_high_low norm_Bt pseudofeature zeroed b_nt log_flux log_energy "
    "log_width log_core log_tail log_excess log_ratio_high_low filled n_samples n_b quality source"
)
REGION_COLUMNS = (
    "event time probe raw_label named_label p_solar_wind p_ion_foreshock p_magnetosheath p_magnetosphere "
    "p_unknown entropy outlier quality source model"
)
ROBUST = [name for name in FEATURE_COLUMNS.split() if name.startswith("log_")]
MINUTE = np.timedelta64(60, "s")


def event_of(stem):
    """``sample_mms1_20171103`` of ``mms1_20171103``."""
    return f"sample_{stem}"


@pytest.fixture(scope="module")
def minutes(sample_run):
    """Truth, features and labels of every minute that the truth knows."""
    truth = []
    for path in sorted((sample_run.folder / "data/sample/truth/mms_gmm").glob("*.json")):
        table = read_csv(path.with_suffix(".csv")).drop(columns=["source", "b_nt"])
        faults = pd.read_csv(path.with_suffix(".csv"), keep_default_na=False)["fault"]  # one is called nan
        truth.append(table.assign(event=event_of(path.stem), fault=faults))
    known = pd.concat(truth).replace({"region": INSIDE, "flip_region": INSIDE})
    tables = [read_csv(sample_run.results / name) for name in ("features.csv", "regions.csv")]
    keys = ["event", "time", "probe", "quality", "source"]
    joined = known.merge(tables[0].merge(tables[1], on=keys), on=["event", "time"], validate="one_to_one")
    assert len(joined) == len(known) > 2500
    return joined


@pytest.fixture(scope="module")
def pure(minutes):
    """Minutes that lie wholly in one region and hold usable spectra."""
    usable = (minutes["n_spectra"] > 0) & ~minutes["fault"].str.contains("zeros")
    return minutes[usable & (minutes["pure"] == 1)]


def touched_by(minutes, kind):
    found = minutes[minutes["fault"].str.split("+").map(lambda kinds: kind in kinds)]
    assert len(found), f"no {kind} planted"
    return found


def test_macro_f1_of_pure_minutes(pure):
    scores = {}
    for region in REGIONS:
        true, named = pure["region"] == region, pure["named_label"] == region
        assert true.sum() > 100, region
        scores[region] = 2 * (true & named).sum() / (true.sum() + named.sum())
    assert np.mean(list(scores.values())) >= 0.97, scores


def test_expected_calibration_error(pure):
    chances = pure[[f"p_{region}" for region in REGIONS]].to_numpy()
    top = chances.max(axis=1)
    right = np.array(REGIONS)[chances.argmax(axis=1)] == pure["region"]
    rows = np.isfinite(top)
    assert rows.mean() > 0.99
    bins = np.minimum((top[rows] * 10).astype(int), 9)
    number = np.bincount(bins, minlength=10)
    gaps = np.bincount(bins, top[rows] - right[rows], minlength=10)
    assert np.abs(gaps).sum() / number.sum() <= 0.03


def test_scored_days_are_no_training_days():
    scored = {(one.probe, one.day) for one in PROBE_DAYS if one.role == DEMO}
    assert scored == {(event["probe"], date.fromisoformat(event["start"][:10])) for event in EVENTS.values()}
    assert not scored & {(one.probe, one.day) for one in PROBE_DAYS if one.role != DEMO}


@pytest.mark.parametrize("kind", ["gap", "fill", "nan", "zeros", "bad_flag"])
def test_minutes_without_usable_spectra_are_missing_and_unknown(minutes, kind):
    rows = touched_by(minutes, kind)
    lost = rows[(rows["n_spectra"] == 0) | (kind == "zeros")]
    lost = lost[lost["filled"].isna()]
    assert len(lost), kind
    assert lost[["ratio_max_width", "ratio_high_low", "zeroed", *ROBUST]].isna().all(axis=None)
    assert (lost[["raw_label", "named_label"]] == UNKNOWN).all(axis=None)
    assert lost[[f"p_{region}" for region in REGIONS]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["gap", "fill", "nan", "bad_flag", "out_of_order", "overlap"])
def test_exactly_the_usable_spectra_count(minutes, kind):
    rows = touched_by(minutes, kind)
    assert (rows["n_samples"] == rows["n_spectra"]).all()


@pytest.mark.parametrize(
    ("kind", "bit"),
    [
        ("fill", Quality.INVALID_VALUES),
        ("nan", Quality.INVALID_VALUES),
        ("bad_flag", Quality.FLAGGED),
        ("overlap", Quality.REPEATED_TIMES),
        ("out_of_order", Quality.REPEATED_TIMES),
        ("alternating_table", Quality.MIXED_TABLES),
        ("solar_wind_table", Quality.NO_LOW_CHANNELS),
        ("b_flagged", Quality.FLAGGED_FIELD),
    ],
)
def test_a_fault_is_flagged_in_every_minute_that_it_fills(minutes, kind, bit):
    rows = touched_by(minutes, kind)
    if len(rows) >= 3:
        by_event = rows.sort_values("time").groupby("event")
        rows = rows[(by_event.cumcount() > 0) & (by_event.cumcount(ascending=False) > 0)]
    flagged = (rows["quality"] & int(bit)) > 0
    assert flagged.any() if kind == "out_of_order" else flagged.all()


@pytest.mark.parametrize("kind", ["b_missing", "b_flagged"])
def test_missing_field_is_missing_and_the_spectrum_decides(minutes, kind):
    rows = touched_by(minutes, kind)
    lost = rows[rows["n_field"] == 0]
    assert len(lost) >= 4
    assert lost[["b_nt", "norm_Bt"]].isna().all(axis=None)
    assert ((lost["quality"] & int(Quality.NO_FIELD)) > 0).all()
    usable = lost[(lost["pure"] == 1) & (lost["n_spectra"] > 0)]
    assert usable["p_magnetosheath"].notna().all()


def test_a_table_without_low_channels_leaves_the_published_ratio_missing(minutes):
    rows = touched_by(minutes, "solar_wind_table")
    inner = rows.sort_values("time").iloc[1:-1]
    assert inner["ratio_high_low"].isna().all()
    assert inner[["log_flux", "log_core"]].notna().all(axis=None)


def test_the_older_version_is_never_read(sample_run, minutes):
    assert len(touched_by(minutes, "old_version"))
    paths = (sample_run.folder / "data/manifests").rglob("*.json")
    manifests = [json.loads(path.read_text()) for path in paths]
    older = [name for one in manifests for name in one["superseded"]]
    used = [entry["path"] for one in manifests for entry in one["files"]]
    assert len(older) == 1
    assert older[0] not in used
    assert older[0].replace("v3.3.0", "v3.4.0") in used


def test_no_planted_flip_survives_cleaning(minutes):
    flips = minutes[minutes["flip"] == 1]
    flips = flips[flips["region"] != flips["flip_region"]]
    assert len(flips) >= 8
    seen = flips["raw_label"] == flips["flip_region"]
    assert seen.any(), "nothing to clean"
    survivors = flips[flips["named_label"] == flips["flip_region"]]
    assert survivors[["event", "time", "region", "flip_region"]].to_numpy().tolist() == []


def kind_of(before, after):
    """Kind and sense of a crossing: a bow shock may lead to the solar wind or to the foreshock."""
    order = [REGIONS.index(before), REGIONS.index(after)]
    return CROSSINGS[frozenset({before, after})], order[0] < order[1]


def test_planted_crossings_are_found_within_a_minute(sample_run):
    found = read_csv(sample_run.results / "crossings.csv")
    found["kind"] = [kind_of(one.from_region, one.to_region) for one in found.itertuples()]
    missed, planted = [], 0
    for path in sorted((sample_run.folder / "data/sample/truth/mms_gmm").glob("*_crossings.csv")):
        event = event_of(path.stem.removesuffix("_crossings"))
        truth = read_csv(path).replace({"from": INSIDE, "to": INSIDE})
        truth = truth[(truth["observed"] == 1) & (truth["from"] != truth["to"])]
        for row in truth.to_dict("records"):
            kind = kind_of(row["from"], row["to"])
            same = found["time"][(found["event"] == event) & (found["kind"] == kind)]
            planted += 1
            if not (np.abs(same.to_numpy() - row["time"].to_datetime64()) <= MINUTE).any():
                missed.append(f"{event} {row['time']} {kind[0]}")
    assert planted >= 20
    assert len(missed) <= 0.05 * planted, f"{len(missed)} of {planted}: {missed}"


def test_columns_of_the_tables(sample_run):
    columns = {}
    for name in ("features", "regions", "crossings", "failed"):
        with (sample_run.results / f"{name}.csv").open(newline="") as stream:
            columns[name] = " ".join(next(csv.reader(stream)))
    assert columns["features"] == FEATURE_COLUMNS
    assert columns["regions"] == REGION_COLUMNS
    assert columns["crossings"].endswith(" source model")
    assert columns["failed"] == "event error reason"
    assert (read_csv(sample_run.results / "regions.csv")["source"] == "synthetic sample data").all()


def test_every_minute_of_every_event_is_a_row(sample_run):
    table = read_csv(sample_run.results / "features.csv")
    assert list(table["event"].unique()) == list(EVENTS)
    for name, rows in table.groupby("event"):
        start, stop = (np.datetime64(EVENTS[name][key], "m") for key in ("start", "stop"))
        assert (rows["time"].to_numpy() == np.arange(start, stop)).all()


def test_published_files_are_read_back(sample_run):
    labels, ours = (
        read_labels(sample_run.results / "labeled_sunside_data.csv"),
        read_csv(sample_run.results / "regions.csv"),
    )
    assert (labels["named_label"] == ours["named_label"]).all()
    assert (labels["time"] == ours["time"]).all()
    for region in REGIONS:
        stays = read_region_list(sample_run.results / f"{region}_region_list.csv")
        assert len(stays), region
        assert ((stays["stop"] - stays["start"]) >= np.timedelta64(15 * 60 - 1, "s")).all()
        inside = ours[(ours["time"] >= stays["start"][0]) & (ours["time"] < stays["stop"][0])]
        inside = inside[inside["probe"] == stays["probe"][0]]
        assert (inside["named_label"] == region).all()


def test_every_figure_is_there_and_is_a_picture(sample_run):
    names = {*FIGURES, *(f"{event}_regions" for event in EVENTS)}
    figures = sorted((sample_run.results / "figures").iterdir())
    assert {path.stem for path in figures} == names
    for path in figures:
        assert path.read_bytes().startswith(b"\x89PNG"), path
        assert path.stat().st_size > 20_000, path


def test_run_json_says_what_the_results_were_made_from(sample_run):
    crate = check_crate(sample_run.results)
    given = inputs(crate)
    assert len(given) == 8
    for file in (crate[part["@id"]] for one in given.values() for part in listed(one["hasPart"])):
        path = Path(unquote(urlsplit(file["@id"]).path))
        assert file["sha256"] == sha256_of(path)
        assert file["contentSize"] == str(path.stat().st_size)
        assert path.name == file["name"]
        assert file["creativeWorkStatus"] == "ok"
    about = json.loads((sample_run.results / "model/model.json").read_text())
    model = crate[f"#model/{about['id']}"]
    assert crate[model["isBasedOn"]["@id"]]["name"] == "synthetic sample data"
    assert {part["@id"] for part in model["hasPart"]} == {"model/arrays.npz", "model/model.json"}
    assert json.loads(crate["#config/mms_gmm.model"]["value"])["source"] == "shipped"
    libraries = {crate[one["@id"]]["name"] for one in crate["#magnetoflow"]["softwareRequirements"]}
    assert {"numpy", "scikit-learn", "snakemake", "python"} <= libraries
    assert len(crate["#code/hash"]["value"]) == 64
    tables = {path.relative_to(sample_run.results).as_posix() for path in sample_run.results.glob("*.csv")}
    assert tables <= crate.keys()
    assert "#config/mms_gmm.figures" not in crate, "else a new colour would write it anew"


def test_the_lines_that_read_run_json_work_as_the_page_has_them(sample_run, monkeypatch, capsys):
    section = (ROOT / "docs/results.md").read_text(encoding="utf-8").partition("## run.json\n")[2]
    lines = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    monkeypatch.chdir(sample_run.folder)
    exec(lines, {})
    assert "shipped" in capsys.readouterr().out


def test_nothing_is_written_elsewhere(sample_run):
    assert {path.name for path in sample_run.folder.iterdir()} == {"data", "results", ".snakemake"}
    assert {path.name for path in (sample_run.folder / "data").iterdir()} == {"sample", "manifests"}
    assert leftovers(sample_run.folder) == []
    size = sum(path.stat().st_size for path in sample_run.folder.rglob("*") if path.is_file())
    assert size < 300e6


def test_a_second_run_has_nothing_to_do(sample_run):
    assert "Nothing to be done" in sample_run.make("--quiet", "rules")


ELSEWHERE = {"TZ": "America/New_York", "LC_ALL": "C", "OMP_NUM_THREADS": "2", "MPLBACKEND": "pdf"}


def test_one_core_another_place_and_another_environment_give_the_same_bytes(sample_run, tmp_path):
    """F31, F32: one event alone, -c1, in a folder with spaces and other letters, under other settings.

    Figures of the whole study follow below, as those of one event are others than those of all.
    """
    run = Run(tmp_path / "Übung mit  Leerzeichen 磁气圈", sample_run.checkout)
    name = "sample_mms4_20181219"
    run.folder.mkdir()
    words = run.overlay(events=[EVENTS[name]])
    env = {**ELSEWHERE, "PYTHONHASHSEED": "7", "HOME": str(run.folder / "no home")}
    words = [*words, "--omit-from", "mms_gmm_figures"]
    run.make(*words, "--config", "results=die ergebnisse", cores=1, env=env)
    whole, alone = digests(sample_run.folder), digests(run.folder)
    alone = {path.replace("die ergebnisse", "results"): value for path, value in alone.items()}
    same = [path for path in alone if f"work/{name}" in path or f"{name}_regions" in path]
    same += [path for path in alone if path.startswith("data/") or "/model/" in path]
    assert len([path for path in same if path.endswith(".cdf")]) >= 7
    assert len(same) >= 20
    assert {path: alone[path] for path in same} == {path: whole[path] for path in same}
    for table in ("features.csv", "regions.csv"):
        rows = (sample_run.results / table).read_bytes().splitlines()
        mine = (run.folder / "die ergebnisse/mms_gmm" / table).read_bytes().splitlines()
        assert mine[1:] == [row for row in rows if row.startswith(name.encode())]


def test_figures_of_the_whole_study_repeat(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "noch  einmal 磁气圈")
    env = {**ELSEWHERE, "PYTHONHASHSEED": "3"}
    run.make("--forcerun", "mms_gmm_figures", "mms_gmm_regions", cores=1, env=env)
    assert digests(run.folder) == digests(sample_run.folder)


def test_the_order_of_events_changes_nothing(sample_run, tmp_path):
    run = sample_run.copy(tmp_path / "turned")
    backwards = list(reversed(EVENTS.values()))
    assert run.plan(*run.overlay(events=backwards)).rules == {}
