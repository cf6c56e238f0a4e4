"""The sample run of mms_mp: results from files against exact truth, within their own errors; it repeats."""

import json

import numpy as np
import pandas as pd
import pytest

from magnetoflow.io.tables import read_csv
from magnetoflow.mms_mp.figure_names import CAPTIONS
from magnetoflow.sample.mms_mp_plan import EVENTS
from magnetoflow.workflow.mms_mp import EVENT_TABLES, FIGURES, TABLES
from tests.drawn import MP_DRAWN
from tests.runs import leftovers

IDS = [event.id for event in EVENTS]
PAIRS = [(event.id, probe) for event in EVENTS for probe in event.probes]
WITH_NORMAL_BY_TIMING = ("sample_mp_a", "sample_mp_b", "sample_mp_c")


@pytest.fixture(scope="module")
def truth(mp_run):
    """Truth by event and spacecraft."""
    found = {}
    for path in sorted((mp_run.folder / "data/sample/truth/mms_mp").glob("*.json")):
        content = json.loads(path.read_text())
        for event in content["events"]:
            found[event["id"], content["probe"]] = event
    assert sorted(found) == sorted(PAIRS)
    return found


@pytest.fixture(scope="module")
def results(mp_run):
    return {name: json.loads((mp_run.results / name / "mp_analysis.json").read_text()) for name in IDS}


def true_axes(truth, name):
    return np.array(next(one for (event, _), one in truth.items() if event == name)["lmn_rows"])


def nearest(passages, unix_s):
    """True passage nearest to a time."""
    times = np.array(
        [np.datetime64(one["time"].removesuffix("Z"), "ns").astype(np.int64) / 1e9 for one in passages]
    )
    return passages[int(np.argmin(np.abs(times - unix_s)))], times[int(np.argmin(np.abs(times - unix_s)))]


@pytest.mark.parametrize("name", IDS)
def test_the_normal_is_true_within_three_of_its_errors_and_outward(results, truth, name):
    found, true = results[name], true_axes(truth, name)
    off = true[:2] @ np.array(found["boundary_normal"])  # tilts toward L and M, small
    covariance = true[:2] @ np.array(found["boundary_normal_covariance_rad2"]) @ true[:2].T
    assert off @ np.linalg.solve(covariance, off) < 14.2, "3 sigma of two tilts together"
    assert np.rad2deg(np.linalg.norm(off)) < 0.3
    assert np.array(found["boundary_normal"]) @ true[2] > 0.99
    matrix = np.array(found["lmn"]["matrix"])
    assert np.linalg.det(matrix) == pytest.approx(1, abs=1e-12)
    assert found["lmn"]["b_n_nt"] == pytest.approx(
        next(one for (event, _), one in truth.items() if event == name)["boundary"]["b_n_nt"],
        abs=3 * found["lmn"]["b_n_error_nt"],
    )


@pytest.mark.parametrize("name", IDS)
def test_speed_and_thickness_are_true_within_three_of_their_errors(results, truth, name):
    found = results[name]
    unix = next(value for value in found["crossings_sec"].values() if value is not None)
    event = next(one for (event, _), one in truth.items() if event == name)
    passage, _ = nearest(event["passages"], unix)
    assert abs(found["phase_speed_km_s"] - passage["v_n_km_s"]) < 3 * found["phase_speed_sigma"]
    assert np.sign(found["phase_speed_km_s"]) == np.sign(passage["v_n_km_s"])
    assert found["phase_speed_sigma"] < 0.15 * abs(passage["v_n_km_s"])
    half = event["boundary"]["half_width_km"]
    for one in found["current_layer"].values():
        assert abs(one["half_width_km"] - half) < 3 * one["half_width_error_km"]


@pytest.mark.parametrize(("name", "probe"), PAIRS)
def test_crossings_are_found_once_each_where_they_are(results, truth, name, probe):
    """An even part of B along the L that was found moves all spacecraft alike; lags are free of it."""
    passages = truth[name, probe]["passages"]
    mine = [one for one in results[name]["crossings"] if one["probe"] == probe]
    assert [one["after"] == "sheath" for one in mine] == [one["direction"] == "outbound" for one in passages]
    for one in mine:
        passage, at = nearest(passages, one["unix_s"])
        assert abs(one["unix_s"] - at) < 0.05 * passage["width_s"]
        assert abs(one["fit"]["w_s"] / passage["width_s"] - 1) < 0.03


@pytest.mark.parametrize("name", WITH_NORMAL_BY_TIMING)
def test_timing_alone_gives_normal_and_speed_within_its_errors(mp_run, truth, name):
    table = read_csv(mp_run.results / name / "timing.csv")
    rows = table[table["method"] == "timing"]
    assert len(rows)
    true = true_axes(truth, name)
    for _, row in rows.iterrows():
        n = row[["n_x", "n_y", "n_z"]].to_numpy(dtype=float)
        tilt = np.rad2deg(np.linalg.norm(true[:2] @ n))
        assert tilt < 3 * np.hypot(row["tilt_1_deg"], row["tilt_2_deg"])
        assert not row["degenerate"]


@pytest.mark.parametrize(
    ("name", "kind"), [("sample_mp_d", "plane"), ("sample_mp_e", "line"), ("sample_mp_f", "line")]
)
def test_arrays_that_cannot_give_a_normal_by_timing_give_none(mp_run, name, kind):
    """Defects 6 and 7: three spacecraft, two, a string: no free normal, but a speed along a given one."""
    table = read_csv(mp_run.results / name / "timing.csv")
    assert set(table.loc[table["method"] == "timing", "kind"]) == {kind}
    given = table[table["method"] == "given"]
    assert np.isfinite(given["speed_km_s"]).all()
    assert (given["speed_error_km_s"] > 0).all()
    alone = table[table["method"] == "timing"]
    if kind == "line":
        assert alone["n_x"].isna().all()
        assert alone["reason"].str.contains("line").all()
    assert not read_csv(mp_run.results / name / "formation.csv")["timing"].any()


def test_the_rotational_discontinuity_is_told_from_tangential_ones(results):
    for name in IDS:
        slopes = [one["walen_slope"] for one in results[name]["hoffmann_teller"].values()]
        assert slopes
        for slope in slopes:
            assert abs(slope + 1) < 0.05 if name == "sample_mp_c" else abs(slope) < 0.4


def test_each_event_has_its_tables_figures_and_pages(mp_run):
    for event in EVENTS:
        folder = mp_run.results / event.id
        for name in EVENT_TABLES:
            table = read_csv(folder / f"{name}.csv")
            assert list(table.columns)[-1] == "source"
            assert set(table["source"]) <= {"synthetic sample data"}
        for probe in event.probes:
            dn = read_csv(folder / "series" / f"dn_mms{probe}.csv")
            assert len(dn) > 200
        if event.id not in MP_DRAWN:
            continue
        for name in CAPTIONS:
            assert (folder / "figures" / f"{name}.png").stat().st_size > 5000
        for probe in event.probes:
            assert len(list((folder / "viewer").glob(f"mms{probe}_summary_*.png"))) == 1
            assert len(list((folder / "viewer").glob(f"mms{probe}_summary_*.csv"))) == 1
        page = (folder / "index.html").read_text()
        assert "synthetic sample data" in page
        assert "figures/methods.png" in page


def test_the_table_of_all_events_says_what_the_single_ones_say(mp_run, results):
    for name in TABLES:
        assert (mp_run.results / f"{name}.csv").is_file()
    for name in FIGURES:
        assert (mp_run.results / "figures" / f"{name}.png").stat().st_size > 5000
    events = read_csv(mp_run.results / "events.csv").set_index("event")
    assert sorted(events.index) == sorted(IDS)
    for name in IDS:
        assert events.loc[name, "vn_km_s"] == pytest.approx(results[name]["phase_speed_km_s"], rel=1e-8)
    assert len(read_csv(mp_run.results / "failed.csv")) == 0


def test_strict_json_and_published_keys(mp_run, results):
    keys = {"crossings_sec", "positions_km", "boundary_normal", "phase_speed_km_s", "phase_speed_sigma"}
    keys.add("layer_thickness_km")
    for name in IDS:
        text = (mp_run.results / name / "mp_analysis.json").read_text()
        assert "NaN" not in text
        assert keys <= set(results[name])
        for by_layer in results[name]["layer_thickness_km"].values():
            assert set(by_layer) == {"sheath", "mp_layer", "magnetosphere"}


def test_faults_of_the_sample_leave_gaps_and_no_values(mp_run):
    """MMS2 of event a has a gap of B and ions of fill value: rows are missing, nothing is filled in."""
    (path,) = (mp_run.results / "sample_mp_a/viewer").glob("mms2_summary_*.csv")
    table = pd.read_csv(path)
    time = pd.to_datetime(table["t"]).dt.tz_localize(None).to_numpy().astype("datetime64[ns]")
    field = time[table["B_L"].notna()]
    start = np.datetime64("2018-01-15T05:57:30") + np.timedelta64(120_000, "ms")
    assert not (
        (field > start + np.timedelta64(10, "ms")) & (field < start + np.timedelta64(690, "ms"))
    ).any()
    ions = time[table["Vn_i"].notna()]
    filled = np.datetime64("2018-01-15T05:57:30") + np.timedelta64(60_200, "ms")
    assert not ((ions > filled) & (ions < filled + np.timedelta64(600, "ms"))).any()


def test_no_temporary_file_is_left(mp_run):
    assert leftovers(mp_run.folder) == []
