"""Tables of the aurora study: frames, labels in time, patches, intervals with periods, quality, scores."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.aurora.classes import CLASSES, PULSATING
from magnetoflow.aurora.interval_periods import with_periods
from magnetoflow.aurora.intervals import PulsatingInterval
from magnetoflow.aurora.pulsation_results import Patch, Window
from magnetoflow.aurora.quality import quality_table
from magnetoflow.aurora.score_tables import (
    CONFUSION_COLUMNS,
    Labelled,
    confusion_table,
    evaluation_table,
    reliability_table,
)
from magnetoflow.aurora.tables import (
    FRAME_COLUMNS,
    PATCH_COLUMNS,
    PULSE_COLUMNS,
    day_frames,
    frame_table,
    interval_table,
    located_patches,
    located_pulses,
    smoothed_table,
)

START = np.datetime64("2014-03-10T06:00", "ns")
LABEL = {"source": "synthetic sample data", "model": "m"}


def times(count, step=3):
    return START + np.arange(count) * np.timedelta64(step, "s")


def certain(index, p=0.7):
    rows = np.full((len(index), 4), (1 - p) / 3)
    rows[np.arange(len(index)), index] = p
    return rows


def patch(**more):
    values = {
        "row": 100.123456789, "column": 80.0, "area_px": 300.0, "period_s": 15.0, "period_error_s": 0.01,
        "aliases_s": "15;3.75;2.5", "amplitude_count": 900.0, "on_s": 7.0, "off_s": 8.0, "duty": 7 / 15,
        "row_px_frame": 0.3, "column_px_frame": 0.0, "drift_error_px_frame": 0.01, "share": 0.9,
        "log10_chance": -20.0, "pulses": ((START, START + np.timedelta64(7, "s")),),
    }  # fmt: skip
    return Patch(**(values | more))


def window(*patches):
    return Window(START, START + np.timedelta64(180, "s"), 60, True, 30000.0, patches)


def test_the_winner_of_each_frame_is_its_label():
    index = np.array([0, 3, 2])
    table = frame_table("gill", times(3), certain(index).astype(np.float32), np.array([0, 8, 0]), **LABEL)
    assert tuple(table.columns) == FRAME_COLUMNS
    assert table["prediction_str"].tolist() == ["bad_viewing", "pulsating", "other_aurora"]
    assert table["confidence"].to_numpy() == pytest.approx(0.7)


def test_frames_without_probabilities_have_no_label():
    chances = np.vstack([certain(np.array([PULSATING])), np.full((1, 4), np.nan)])
    table = smoothed_table(
        "gill",
        times(2),
        chances,
        np.array([3, -1], np.int8),
        chances,
        np.zeros(2, int),
        np.array([0, -1]),
        **LABEL,
    )
    assert table["label"].tolist()[0] == "pulsating"
    assert table["label"].isna().tolist() == table["raw_label"].isna().tolist() == [False, True]
    drawn = day_frames(
        times(2), {"label": np.array([3, -1]), "raw": chances, "probabilities": chances, "flags": np.zeros(2)}
    )
    assert drawn["raw_label"].isna().tolist() == [False, True]


def test_patches_are_rounded_and_move_over_ground():
    """One pixel per row: 0.01 deg of latitude; a drift of 0.3 px in 3 s downwards goes south."""
    rows, columns = np.indices((257, 257))
    latitude, longitude = 60 - 0.01 * rows, -95 + 0.02 * columns
    table = located_patches("gill", [window(patch())], (latitude, longitude), source="s")
    assert tuple(table.columns) == PATCH_COLUMNS
    assert table["row"][0] == 100.123
    km_per_deg = np.pi / 180 * (6371.2 + 110)
    assert table["north_km_s_110"][0] == pytest.approx(-0.3 * 0.01 * km_per_deg / 3, rel=1e-3)
    assert table["east_km_s_110"][0] == pytest.approx(0, abs=1e-6)
    assert located_patches("gill", [window(patch())], None, source="s")["north_km_s_110"].isna().all()


def test_tables_without_rows_keep_their_columns():
    assert tuple(located_patches("gill", [window()], None, source="s").columns) == PATCH_COLUMNS
    assert tuple(located_pulses("gill", [], source="s").columns) == PULSE_COLUMNS
    assert len(interval_table("gill", [], **LABEL)) == 0


def test_intervals_get_the_periods_of_the_patches_inside():
    inside = PulsatingInterval(START, START + np.timedelta64(300, "s"), 0.91234, 100, 0.0)
    later = PulsatingInterval(START + np.timedelta64(1, "h"), START + np.timedelta64(2, "h"), 0.9, 9, 0.1)
    intervals = interval_table("gill", [inside, later], **LABEL)
    patches = located_patches("gill", [window(patch(), patch(period_s=21.0))], None, source="s")
    other = patches.assign(site="rank", period_s=9.0)
    found = with_periods(intervals, pd.concat([patches, other]))
    assert found["patches"].tolist() == [2, 0]
    assert found["period_s"].tolist()[0] == 18.0
    assert np.isnan(found["period_s"][1])
    assert with_periods(intervals, patches.iloc[:0])["patches"].tolist() == [0, 0]
    assert found.columns.tolist()[-2:] == ["source", "model"]


def test_a_failed_shard_counts_nothing():
    rows = quality_table(
        [
            {"event": "gill_20140310_06", "failed": False, "counts": {"files": 3, "frames": 60}},
            {"event": "rank_20140310_06", "failed": True, "counts": {}},
        ]
    )
    assert rows["frames"].tolist() == [60, 0]
    assert rows["failed"].tolist() == [0, 1]
    assert rows["date"].tolist() == ["2014-03-10"] * 2


def labelled():
    truth = np.array([0, 1, 2, 3, 3, -1])
    found = np.array([0, 1, 2, 3, 2, 0])
    day = np.array(["gill_1"] * 3 + ["rank_1"] * 3)
    return Labelled(day, truth, {"frames": certain(found), "in_time": certain(truth.clip(0))})


def test_scores_count_labelled_frames_only():
    seen = {"frames": frozenset({"gill_1"}), "in_time": None}
    table = evaluation_table(labelled(), seen).set_index(["stage", "camera_day"])
    assert table.loc[("frames", "all"), "frames"] == 5
    assert table.loc[("frames", "all"), "accuracy"] == 0.8
    assert table.loc[("in_time", "all"), "accuracy"] == 1.0
    assert table.loc[("frames", "gill_1"), "seen_in_training"] == "yes"
    assert table.loc[("frames", "rank_1"), "seen_in_training"] == "no"
    assert table.loc[("frames", "all"), "seen_in_training"] == "partly"
    assert table.loc[("in_time", "gill_1"), "seen_in_training"] == "unknown"


def test_predictions_that_equal_the_truth_score_one():
    """A negative control of the page."""
    truth = np.arange(200) % 4
    frames = Labelled(np.full(200, "gill_1"), truth, {"frames": certain(truth, 1.0)})
    row = evaluation_table(frames).iloc[0]
    assert row[["accuracy", "kappa", "macro_f1", "pulsating_f1"]].tolist() == [1, 1, 1, 1]
    assert row["ece"] == 0


def test_confusion_and_reliability_add_up():
    confusion = confusion_table(labelled())
    assert tuple(confusion.columns) == CONFUSION_COLUMNS
    whole = confusion[(confusion["stage"] == "frames") & (confusion["camera_day"] == "all")]
    counts = whole[[f"as_{name}" for name in CLASSES]].to_numpy()
    assert counts.sum() == 5
    assert counts[3].tolist() == [0, 0, 1, 1]
    bins = reliability_table(labelled())
    assert bins.groupby("stage")["frames"].sum().tolist() == [5, 5]


def test_without_labels_the_tables_are_empty():
    nothing = Labelled(np.empty(0, str), np.empty(0, int), {"frames": np.empty((0, 4))})
    for table in (evaluation_table(nothing), confusion_table(nothing), reliability_table(nothing)):
        assert len(table) == 0
        assert len(table.columns) > 3
