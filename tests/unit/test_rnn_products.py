"""Tables of mms_rnn: statistics by region with errors, runs of one region, and the summary of an event."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import VariableError
from magnetoflow.mms_rnn.classes import REGIONS
from magnetoflow.mms_rnn.intervals import intervals
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.mms_rnn.scaling import Scaling
from magnetoflow.mms_rnn.statistics import ALL, by_region, mean_error
from magnetoflow.mms_rnn.summary import summary

START = np.datetime64("2017-07-19T08:15:00", "ns")
STEP = np.timedelta64(30_000_000, "ns")


def table(
    regions: list[str],
    event: str = "a",
    probe: int = 1,
    gap_after: int | None = None,
    missing: tuple[int, ...] = (),
) -> pd.DataFrame:
    """Labels of one spacecraft; with a gap of 3 s after a sample, and samples without input."""
    count = len(regions)
    time = START + np.arange(count) * STEP
    segment = np.zeros(count, dtype=int)
    if gap_after is not None:
        time[gap_after + 1 :] += np.timedelta64(3, "s")
        segment[gap_after + 1 :] = 1
    lost = np.isin(np.arange(count), missing)
    code = np.array([REGIONS.index(name) if name in REGIONS else 0 for name in regions])
    return pd.DataFrame(
        {
            "Predicted": np.where(lost, np.nan, code),
            "time": [f"{one}Z" for one in time],
            "event": event,
            "probe": probe,
            "region": regions,
            "smoothed_region": regions,
            "confidence": np.where(lost, np.nan, 0.8),
            "stability": np.where(lost, np.nan, 1.0),
            "unknown": lost,
            "segment": segment,
            "flags": np.where(lost, FLAGS["IONS_MISSING"], 0),
            "source": "synthetic sample data",
            "model": "m",
        }
    )


NORTH, EARTH, SOUTH = "inflow_north", "outflow_earthward", "inflow_south"


def test_statistics_are_those_of_the_samples_of_each_region_and_event() -> None:
    labels = pd.concat([table([NORTH] * 4 + [EARTH] * 4), table([EARTH] * 2 + ["unknown"] * 2, event="b")])
    values = np.array([1.0, 2, 3, np.nan, 10, 20, 30, 100, 5, 7, 50, 70])
    found = by_region(labels, {"work": values, "half": values / 2}).set_index(["event", "region", "quantity"])
    every = found.loc[(ALL, EARTH, "work")]
    assert every["samples"] == 6
    assert every["seconds"] == pytest.approx(0.18)
    assert every["mean_nw_m3"] == pytest.approx(172 / 6)
    assert every["median_nw_m3"] == 15
    assert (every["q25_nw_m3"], every["q75_nw_m3"]) == tuple(np.percentile([10, 20, 30, 100, 5, 7], [25, 75]))
    assert found.loc[("a", NORTH, "work"), "samples"] == 3
    assert found.loc[("a", NORTH, "half"), "mean_nw_m3"] == 1
    assert found.loc[("b", "unknown", "work"), "mean_nw_m3"] == 60
    assert found.loc[("a", SOUTH, "work"), "samples"] == 0
    assert np.isnan(found.loc[("a", SOUTH, "work"), "mean_nw_m3"])
    assert list(dict.fromkeys(found.index.get_level_values("event"))) == [ALL, "a", "b"]


def test_samples_without_input_are_of_no_region() -> None:
    found = by_region(table([EARTH] * 6, missing=(0, 1)), {"work": np.arange(6.0)})
    assert found[found["event"] == ALL]["samples"].sum() == 4


def test_spacecraft_of_an_event_share_their_blocks() -> None:
    one = [table([EARTH] * 400, probe=probe) for probe in (1, 2, 3, 4)]
    noise = np.repeat(np.random.default_rng(0).normal(size=12), 34)[:400]
    alone = by_region(one[0], {"work": noise}).iloc[1]
    four = by_region(pd.concat(one), {"work": np.tile(noise, 4)}).iloc[1]
    assert alone["blocks"] == four["blocks"] == 12
    assert four["error_nw_m3"] == pytest.approx(alone["error_nw_m3"])
    apart = pd.concat([part.assign(event=str(k)) for k, part in enumerate(one)])
    assert by_region(apart, {"work": np.tile(noise, 4)}).iloc[1]["blocks"] == 48


def test_the_error_of_correlated_samples_covers_the_truth() -> None:
    rng = np.random.default_rng(1)
    keep = np.exp(-1 / 5)  # correlation time of 5 samples, in blocks of 33
    block = np.arange(1980) // 33
    within = naive = 0
    for draw in range(300):
        steps = rng.normal(size=2080)
        for k in range(1, len(steps)):
            steps[k] += keep * steps[k - 1]
        values = steps[100:]
        mean, error, blocks = mean_error(values, block, draws=200, seed=draw)
        assert blocks == 60
        within += abs(mean) < error
        naive += abs(mean) < values.std() / np.sqrt(len(values))
    assert 0.60 <= within / 300 <= 0.76
    assert naive / 300 < 0.35


def test_errors_repeat_and_few_blocks_have_none() -> None:
    values, block = np.arange(10.0), np.arange(10) // 2
    assert mean_error(values, block, seed=3) == mean_error(values, block, seed=3)
    mean, error, blocks = mean_error(values[:6], block[:6])
    assert (mean, blocks) == (2.5, 3)
    assert np.isnan(error)
    assert np.isnan(mean_error(np.array([np.nan]), np.array([0]))[0])
    sigma = np.random.default_rng(0).normal(size=400)
    assert mean_error(sigma, np.arange(400))[1] == pytest.approx(1 / 20, rel=0.1)


def test_tables_that_do_not_fit_are_refused() -> None:
    labels = table([EARTH] * 3)
    with pytest.raises(VariableError, match="does not fit"):
        by_region(labels, {"work": np.zeros(2)})
    with pytest.raises(VariableError, match="does not fit"):
        intervals(labels, {"work": np.zeros(2)})
    with pytest.raises(VariableError, match="no region"):
        by_region(table(["magnetosheath"]), {"work": np.zeros(1)})
    with pytest.raises(VariableError, match="lacks"):
        by_region(labels.drop(columns="smoothed_region"), {"work": np.zeros(3)})
    with pytest.raises(VariableError, match="above 0"):
        by_region(labels, {"work": np.zeros(3)}, block_s=0)
    with pytest.raises(VariableError, match="not increasing"):
        intervals(labels.iloc[::-1], {})
    with pytest.raises(VariableError, match="one event"):
        summary(pd.concat([labels, table([EARTH], event="b")]), np.zeros(4), None, {})
    with pytest.raises(VariableError, match="no sample"):
        summary(labels.iloc[:0], np.zeros(0), None, {})


def test_runs_end_at_changes_gaps_spacecraft_and_lost_inputs() -> None:
    first = table([NORTH] * 5 + [EARTH] * 5 + [SOUTH] * 4, gap_after=7, missing=(11,))
    labels = pd.concat([first, table([SOUTH] * 3, probe=2)], ignore_index=True)
    work = np.arange(17.0)
    found = intervals(labels, {"j_dot_e_prime_nw_m3": work, "b_nt": work + 1})
    assert list(found["region"]) == [NORTH, EARTH, EARTH, SOUTH, SOUTH, SOUTH]
    assert list(found["samples"]) == [5, 3, 2, 1, 2, 3]
    assert list(found["probe"]) == [1, 1, 1, 1, 1, 2]
    np.testing.assert_allclose(found["duration_s"], np.array([5, 3, 2, 1, 2, 3]) * 0.03)
    assert found["start"][0] == pd.Timestamp(START - STEP // 2)
    assert found["stop"][0] == found["start"][1]
    assert found["start"][2] - found["stop"][1] == pd.Timedelta("3s")
    np.testing.assert_allclose(found["mean_j_dot_e_prime_nw_m3"], [2, 6, 8.5, 10, 12.5, 15])
    np.testing.assert_allclose(found["mean_b_nt"], [3, 7, 9.5, 11, 13.5, 16])
    assert found["error_j_dot_e_prime_nw_m3"].isna().all()
    np.testing.assert_allclose(found["mean_confidence"], 0.8)
    short = intervals(labels, {}, shortest_s=0.08)
    assert list(short["samples"]) == [5, 3, 3]
    assert list(intervals(labels.iloc[:0], {"b_nt": []}).columns) == [*found.columns[:9], "mean_b_nt"]


def test_a_long_run_has_an_error() -> None:
    labels = table([EARTH] * 400)
    values = np.random.default_rng(0).normal(size=400)
    found = intervals(labels, {"j_dot_e_prime_nw_m3": values}).iloc[0]
    assert found["error_j_dot_e_prime_nw_m3"] == pytest.approx(1 / 20, rel=0.4)


def test_the_summary_states_times_shares_switches_scales_and_work() -> None:
    labels = table([NORTH] * 4 + [EARTH] * 3 + [NORTH, "unknown", EARTH], gap_after=4, missing=(9,))
    labels.loc[0, "smoothed_region"] = EARTH
    labels.loc[:4, "stability"] = 0.5
    work = np.array([1.0, 1, 1, 1, 1, 1, 1, 1, np.nan, 2])
    scaling = Scaling(15.0, 0.25, b0_error_nt=1.5)
    row = summary(labels, work, scaling, {"frame": "gsm", "window": 32}).iloc[0]
    assert row["start"] == pd.Timestamp(START - STEP // 2)
    assert row["stop"] - row["start"] == pd.Timedelta("3.3s")
    assert row["samples"] == 10
    assert row["seconds"] == pytest.approx(0.3)
    assert row["seconds_missing_input"] == pytest.approx(0.03)
    assert row["segments"] == 2
    assert row["switches"] == 2  # the change over the gap and those with unknown do not count
    assert row[f"seconds_{NORTH}"] == pytest.approx(0.12)
    assert row[f"seconds_{EARTH}"] == pytest.approx(0.12)
    assert row["unsure_seconds"] == pytest.approx(0.03)
    assert row[f"share_{EARTH}"] == pytest.approx(4 / 9)
    assert sum(row[f"share_{name}"] for name in (*REGIONS, "unknown")) == pytest.approx(1)
    assert row["mean_stability"] == pytest.approx((5 * 0.5 + 4) / 9)
    assert row["share_stable"] == pytest.approx(4 / 9)
    assert row["samples_ions_missing"] == 1
    assert row["work_nj_m3"] == pytest.approx(10 * 0.03)
    assert row["mean_j_dot_e_prime_nw_m3"] == pytest.approx(10 / 9)
    assert (row["b0_nt"], row["b0_error_nt"], row["b0_method"]) == (15, 1.5, "given")
    assert row["v_a_km_s"] == scaling.v_a_km_s
    assert (row["frame"], row["window"], row["model"]) == ("gsm", 32, "m")
