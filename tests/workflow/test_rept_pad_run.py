"""The sample run of rept_pad: labels from files against exact truth; every record labelled; it repeats."""

import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score

from magnetoflow.io.tables import read_csv
from magnetoflow.sample.rept_pad_classes import CLASSES
from magnetoflow.workflow.rept_pad import FIGURES, REPORT, TABLES
from tests.crates import check_crate, inputs
from tests.runs import ROOT, digests, leftovers

EVENTS = ("sample_rept_a", "sample_rept_b")
CONFIGURED = yaml.safe_load((ROOT / "config" / "rept_pad.yaml").read_text())["rept_pad"]["events"]
ENOUGH = 10
"""Expected counts per bin at 90 degrees, for records (at 3.4 MeV) and for names of shapes."""


@pytest.fixture(scope="module")
def labels(rept_run):
    return read_csv(rept_run.results / "labels.csv")


@pytest.fixture(scope="module")
def truth(rept_run, labels):
    """Truth of each labelled record, in its order."""
    files = sorted((rept_run.folder / "data/sample/truth/rept_pad").glob("*.csv"))
    table = pd.concat([read_csv(path) for path in files], ignore_index=True)
    table["probe"] = table["probe"].str.removeprefix("rbsp")
    keys = ["probe", "time"]
    assert not table.duplicated(keys).any()
    found = labels[keys].merge(table, on=keys, how="left", validate="one_to_one")
    assert found["class_id"].notna().all()
    return found


@pytest.fixture(scope="module")
def bright(truth):
    """Records of a planted class with enough counts."""
    return (truth["class_id"] > 0) & (truth["expected_3.4"] >= ENOUGH)


@pytest.fixture(scope="module")
def planted(labels, truth, bright):
    """Planted class of each class that was found."""
    rows = bright & (labels["class_id"] > 0)
    return truth[rows].groupby(labels.loc[rows, "class_id"])["class_id"].agg(lambda one: one.mode()[0])


def test_the_number_of_classes_is_found(planted):
    """R1, R2, R14: from files to classes, their number by a sweep and by resampling."""
    assert sorted(planted) == [1, 2, 3, 4, 5, 6], "each planted class once, and no other"


def test_labels_are_the_planted_classes(labels, truth, bright):
    assert bright.mean() > 0.6
    assert adjusted_rand_score(truth.loc[bright, "class_id"], labels.loc[bright, "class_id"]) >= 0.95


def test_records_of_few_counts_are_labelled_too_with_probabilities_that_are_true(labels, truth, planted):
    rows = (truth["class_id"] > 0) & (labels["class_id"] > 0)
    right = labels.loc[rows, "class_id"].map(planted) == truth.loc[rows, "class_id"]
    stated = labels.loc[rows, [f"p_{one}" for one in planted.index]].max(axis=1)
    for low, high in ((0.5, 0.7), (0.7, 0.9), (0.9, 0.99), (0.99, 1.01)):
        some = (stated >= low) & (stated < high)
        error = np.sqrt(0.25 / max(some.sum() / 5, 1))  # neighbours are not independent
        assert abs(right[some].mean() - stated[some].mean()) < 0.05 + 3 * error, (low, some.sum())


def test_background_and_empty_records_are_neither_clustered_nor_mixed(labels, truth):
    empty, faint = truth["class_id"] == -1, truth["class_id"] == 0
    assert empty.sum() > 100
    assert (labels.loc[empty, "class_id"] == -1).all()
    assert set(labels.loc[empty, "class_name"]) == {"no data"}
    assert (labels.loc[faint, "class_id"] == 0).mean() > 0.99
    assert not (labels.loc[~empty, "class_id"] == -1).any()


def test_names_are_right_at_every_energy_with_enough_counts_and_background_elsewhere(
    rept_run, labels, truth, planted
):
    shapes = read_csv(rept_run.results / "class_shapes.csv")
    floor = {"6.3": 0.4032, "7.7": 0.308, "9.9": 0.26928, "12.3": 1.1808, "15.2": 0.63232, "20.0": 0.0768}
    checked = 0
    for found, number in planted.items():
        own = truth[(truth["class_id"] == number)]
        for energy in (name.removeprefix("shape_") for name in truth if name.startswith("shape_")):
            mean = own[f"expected_{energy}"].mean() - floor.get(energy, 0.0)
            row = shapes[(shapes["class_id"] == found) & (shapes["energy_mev"] == float(energy))]
            true = own[f"shape_{energy}"].mode()[0] if mean >= ENOUGH else "background"
            if abs(mean - ENOUGH) > 0.5:
                assert row["shape"].item() == true, (number, energy, mean)
                checked += 1
    assert checked >= 60


def test_refits_agree_and_the_published_way_is_reported_beside(rept_run):
    """R13, R14: reconstruction of unseen orbits, autoencoder beside PCA, a stability of each number."""
    stability = read_csv(rept_run.results / "model/stability.csv")
    assert len(stability) == 190, "pairs of 20 seeds"
    assert stability["ari"].mean() >= 0.95
    methods = read_csv(rept_run.results / "model/methods.csv")
    assert methods["chosen"].tolist().count(True) == 1
    assert methods["method"].str.startswith("published").any()
    assert methods["reconstruction_error"].notna().all()
    assert methods.loc[methods["chosen"], "reconstruction_error"].item() < 2, "sigma of counts, unseen orbits"


def test_no_orbit_is_in_training_and_in_test_even_across_parts(rept_run):
    """R9: parts end at midnight, orbits do not."""
    scores = read_csv(rept_run.results / "model/scores.csv")
    assert (scores.groupby("block")["set"].nunique() == 1).all()
    assert set(scores["set"]) == {"train", "validation", "test"}
    days = scores.groupby("block")["time"].agg(["min", "max"])
    assert ((days["min"] < "2013-03-20") & (days["max"] >= "2013-03-20")).any()


def test_every_record_of_the_files_has_one_row_and_probabilities_that_add_to_one(rept_run, labels):
    quality = read_csv(rept_run.results / "quality.csv")
    assert len(labels) == quality["records"].sum()
    assert list(labels["event"].unique()) == list(EVENTS)
    for _, rows in labels.groupby("event"):
        assert rows["time"].is_monotonic_increasing
    clustered = labels["class_id"] > 0
    shares = labels.filter(regex=r"^p_\d+$")
    assert shares[clustered].sum(axis=1).between(1 - 1e-4, 1 + 1e-4).all()
    assert shares[~clustered].isna().all().all()
    assert set(labels["source"]) == {"synthetic sample data"}
    assert labels["model"].str.contains("trained on synthetic sample data").all()


def test_fitted_numbers_are_true_within_their_errors(labels, truth, bright):
    """sin^n of the pancakes: n is what was planted at the energy of the fits, and 1 sigma covers it."""
    slope = {number: one.n_slope for number, one in enumerate(CLASSES, start=1)}
    rows = bright & (truth["shape_2.1"] == "pancake") & (truth["d"] == 0) & labels["n"].notna()
    assert rows.sum() > 1000
    true = truth.loc[rows, "n"] + truth.loc[rows, "class_id"].map(slope) * np.log(2.1 / 3.4)
    off = (labels.loc[rows, "n"] - true) / labels.loc[rows, "n_error"]
    assert abs(off.median()) < 0.5
    assert 0.6 < (off.abs() < 1).mean() < 0.95, "errors are on the safe side"


def test_parquet_holds_the_same_table(rept_run, labels):
    stored = pq.read_table(rept_run.results / "labels.parquet").to_pandas()
    assert list(stored.columns) == list(labels.columns)
    for name in ("time", "class_id", "flux_90", "quality"):
        np.testing.assert_array_equal(
            pd.to_datetime(stored[name], utc=True).dt.tz_localize(None).to_numpy()
            if name == "time"
            else stored[name].to_numpy(),
            labels[name].to_numpy(),
        )


def test_occurrence_storm_and_daily_tables_count_every_record_with_data(rept_run, labels):
    daily = read_csv(rept_run.results / "daily.csv")
    for number in (0, *labels.loc[labels["class_id"] > 0, "class_id"].unique()):
        assert daily.loc[daily["class_id"] == number, "records"].sum() == (labels["class_id"] == number).sum()
    storms = read_csv(rept_run.results / "storms.csv")
    assert set(storms["storm"]) >= {"sample_storm"}
    occurrence = read_csv(rept_run.results / "occurrence.csv")
    assert set(occurrence["activity"]) == {"all", "quiet", "main", "recovery"}
    whole = occurrence[occurrence["activity"] == "all"]
    parts = occurrence[occurrence["activity"] != "all"]
    assert whole["records"].sum() == parts["records"].sum() > 10_000


def test_all_outputs_are_there_and_say_where_they_come_from(rept_run):
    for name in FIGURES:
        assert (rept_run.results / f"figures/{name}.png").stat().st_size > 10_000
    for event in EVENTS:
        assert (rept_run.results / f"figures/series/{event}.png").stat().st_size > 10_000
    for name in TABLES:
        assert set(read_csv(rept_run.results / f"{name}.csv")["source"]) <= {"synthetic sample data"}
    assert all((rept_run.results / f"model/{name}.csv").is_file() for name in REPORT)
    crate = check_crate(rept_run.results)
    assert crate["#archive/sample"]["name"] == "synthetic sample data"
    assert len(inputs(crate)) == 20
    assert {"labels.csv", "labels.parquet", "model/model.json", "classes.csv"} <= crate.keys()
    assert leftovers(rept_run.folder) == []


def test_the_saved_model_gives_identical_labels_whatever_the_cores_and_the_place(rept_run, tmp_path):
    """R11, F31, F32: the model folder of the run labels one of its events in another place, on one core."""
    run = rept_run.copy(tmp_path / "other place")
    shutil.copytree(rept_run.results / "model", tmp_path / "model")
    for path in (run.results / "labels.csv", run.results / "labels.parquet"):
        path.unlink()
    shutil.rmtree(run.results / "work")
    name = EVENTS[1]
    (event,) = (one for one in CONFIGURED if one["id"] == name)
    words = run.overlay(events=[event], model={"source": str(tmp_path / "model")})
    environment = {"PYTHONHASHSEED": "7", "TZ": "America/Toronto", "LC_ALL": "C"}
    run.make(*words, "--", "results/rept_pad/labels.parquet", cores=1, env=environment)
    mine, whole = digests(run.folder), digests(rept_run.folder)
    parts = [path for path in whole if f"rept_pad/work/{name}/" in path]
    assert len(parts) >= 6
    assert {path: mine[path] for path in parts} == {path: whole[path] for path in parts}
    head, *rows = (rept_run.results / "labels.csv").read_bytes().splitlines()
    own = [row for row in rows if row.startswith(f'"{name}"'.encode())]
    assert (run.results / "labels.csv").read_bytes().splitlines() == [head, *own]
    assert len(own) > 10_000
    stored = [pq.read_table(one.results / "labels.parquet") for one in (run, rept_run)]
    assert stored[0].equals(stored[1].slice(len(rows) - len(own)))


def test_a_second_run_has_nothing_to_do(rept_run):
    assert "Nothing to be done" in rept_run.make()
