"""Quality table and list of gaps against planted gaps, fills, spikes and noise."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from magnetoflow.io.mp_outputs import write_nothing
from magnetoflow.io.tables import read_csv
from magnetoflow.mms_mp.quality import GAPS, QUALITY, gap_list_frame, quality_frame
from magnetoflow.series import Series
from magnetoflow.workflow.mms_mp import EVENT_TABLES
from tests.unit.mp_events import event, utc

COUNTS = {"records": 9000, "flagged": 7, "fill": 21, "out_of_range": 3, "duplicates": 2, "out_of_order": 1}


def with_field(data, time, values, counts=None):
    """Event with another field of MMS1."""
    b = Series("b", time, values, "nT", "GSM", counts or {})
    return replace(data, spacecraft={**data.spacecraft, 1: replace(data.spacecraft[1], b=b)})


def row_of(data, series="field", probe=1):
    table = quality_frame(data, "test").set_index(["probe", "series"])
    return table.loc[(probe, series)]


def grid(step, half_s=60.0):
    """Times that fill the event of `mp_events.event`, from its start."""
    return utc(np.arange(-half_s, half_s - step / 2, step))


def test_gaps_and_masked_records_are_counted_where_they_were_planted():
    """120 s at 64 Hz: 128 records left out, 64 of fill value, 32 that lack one component."""
    data = event()
    time = grid(1 / 64)
    values = np.sin(np.arange(len(time)))[:, None] * np.ones(3)
    values[1000:1064] = np.nan
    values[3000:3032, 1] = np.nan
    kept = np.ones(len(time), dtype=bool)
    kept[5000:5128] = False
    data = with_field(data, time[kept], values[kept], COUNTS)
    row = row_of(data)
    assert (row["records"], row["expected"], row["masked"], row["gaps"]) == (7680 - 128, 7680, 96, 3)
    assert row["missing_share"] == pytest.approx(224 / 7680, abs=1e-12)
    assert row["longest_gap_s"] == pytest.approx(129 / 64)
    assert row["cadence_s"] == 1 / 64
    assert {name: row[f"file_{name}"] for name in COUNTS} == COUNTS
    gaps = gap_list_frame(data, "test")
    mine = gaps[(gaps["probe"] == 1) & (gaps["series"] == "field")]
    assert list(mine["start"]) == list(time[[999, 2999, 4999]])
    assert list(mine["stop"]) == list(time[[1064, 3032, 5128]])
    assert list(mine["seconds"]) == [65 / 64, 33 / 64, 129 / 64]


def test_a_series_that_covers_part_of_the_event_has_gaps_at_its_ends():
    data = event()
    time = grid(0.5)[20:-40]
    data = with_field(data, time, np.ones((len(time), 3)))
    row = row_of(data)
    assert (row["records"], row["expected"], row["gaps"], row["masked"]) == (180, 240, 2, 0)
    assert row["missing_share"] == 0.25
    gaps = gap_list_frame(data, "test").query("series == 'field'")
    assert list(gaps["seconds"]) == [10.0, 20.5]
    assert gaps["start"].iloc[0] == data.start
    assert gaps["stop"].iloc[1] == data.stop


def test_one_record_that_lacks_is_a_gap_and_a_late_one_is_none():
    data = event()
    time = grid(1.0)
    late = time.copy()
    late[50] += np.timedelta64(400, "ms")
    assert row_of(with_field(data, late, np.ones((120, 3))))["gaps"] == 0
    row = row_of(with_field(data, np.delete(time, 50), np.ones((119, 3))))
    assert (row["gaps"], row["longest_gap_s"], row["expected"]) == (1, 2.0, 120)


def test_nothing_but_fill_is_one_gap_as_long_as_the_event():
    data = event()
    row = row_of(with_field(data, grid(1.0), np.full((120, 3), np.nan)))
    assert (row["gaps"], row["longest_gap_s"], row["missing_share"], row["masked"]) == (1, 120.0, 1.0, 120)
    assert np.isnan(row["snr"])
    assert (row["outliers_iqr"], row["outliers_z"]) == (0, 0)


def test_planted_spikes_and_steps_are_counted_and_stay():
    """A spike makes two large differences, a step one; across a gap there is no difference."""
    data = event()
    values = np.tile([0.0, 1.0], 3840)[:, None] * np.ones(3)
    values[[1000, 2000, 3000], [0, 1, 2]] += 50.0
    values[5001:] += 80.0
    before = values.copy()
    row = row_of(with_field(data, grid(1 / 64), values))
    assert (row["outliers_iqr"], row["outliers_z"]) == (7, 7)
    assert (values == before).all()
    kept = np.delete(np.arange(7680), np.arange(4990, 5010))
    row = row_of(with_field(data, grid(1 / 64)[kept], values[kept]))
    assert (row["outliers_iqr"], row["outliers_z"]) == (6, 6), "the step lies in the gap"


def test_the_ratio_of_signal_to_noise_is_that_of_a_step_in_white_noise():
    """1 + (step / 2)^2 / sigma^2; the step itself does not count as noise, nor does a drift."""
    data = event()
    noise = np.random.default_rng(5).normal(size=(7680, 3))
    assert row_of(with_field(data, grid(1 / 64), 0.2 * noise))["snr"] == pytest.approx(1, rel=0.05)
    step = np.where(np.arange(7680) < 3840, -4.0, 4.0)[:, None]
    ratio = row_of(with_field(data, grid(1 / 64), 0.2 * noise + step))["snr"]
    assert ratio == pytest.approx(1 + 16 / 0.04, rel=0.05)
    assert row_of(with_field(data, grid(1 / 64), 1e-9 * (0.2 * noise + step)))["snr"] == pytest.approx(ratio)


def test_every_spacecraft_has_a_row_of_each_series_and_those_without_have_no_records():
    data = event(probes=(1, 3))
    crafts = {**data.spacecraft, 3: replace(data.spacecraft[3], e=None)}
    crafts[1] = replace(crafts[1], potential=Series("scpot", grid(0.5), np.ones(240), "V"))
    data = replace(data, spacecraft=crafts)
    table = quality_frame(data, "a folder")
    assert tuple(table.columns) == QUALITY
    assert set(table["source"]) == {"a folder"}
    series = ["field", "position", "electric_field", "potential"]
    series += [f"{one}_{what}" for one in ("ion", "electron", "heplus") for what in ("density", "velocity")]
    assert sorted(zip(table["probe"], table["series"], strict=True)) == sorted(
        (probe, name) for probe in (1, 3) for name in series
    )
    for name in ("electric_field", "potential"):
        row = row_of(data, name, 3)
        assert (row["records"], row["missing_share"], row["gaps"]) == (0, 1.0, 1)
        assert pd.isna(row["file_records"])
    rest = table[(table["records"] > 0)]
    assert (rest["missing_share"] < 0.02).all(), "a phase may cost a record of He+ with its 10 s"
    assert (rest["gaps"] == 0).all()
    position = row_of(data, "position", 3)
    assert (position["records"], position["expected"], position["unit"]) == (7, 7, "km")
    assert len(gap_list_frame(data, "x")) == 2


def test_a_failed_event_has_both_tables_without_rows(tmp_path):
    write_nothing(tmp_path, "event", (1, 2), "sample", "no file")
    for name, columns in (("quality", QUALITY), ("gaps", GAPS)):
        table = read_csv(tmp_path / f"{name}.csv")
        assert tuple(table.columns) == columns
        assert len(table) == 0
        assert name in EVENT_TABLES
