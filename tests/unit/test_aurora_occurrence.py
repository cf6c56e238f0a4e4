"""Occurrence: counts of known tables, gaps not counted, and errors that cover the truth."""

from __future__ import annotations

import numpy as np
import pytest

from magnetoflow.aurora.classes import BAD_VIEWING, NO_AURORA, OTHER_AURORA, PULSATING, UNLABELLED
from magnetoflow.aurora.occurrence import (
    DAILY_COLUMNS,
    HOURLY_COLUMNS,
    OccurrenceOptions,
    daily_table,
    hourly_table,
    nights,
    share_with_error,
)

STEP = np.timedelta64(3, "s")


def times(start: str, count: int) -> np.ndarray:
    return np.datetime64(start, "ns") + np.arange(count) * STEP


def test_a_day_holds_the_hours_that_frames_saw_and_no_gap() -> None:
    time = np.concatenate([times("2014-03-10T06:00", 1200), times("2014-03-10T09:00", 600)])
    label = np.repeat(
        [BAD_VIEWING, NO_AURORA, OTHER_AURORA, PULSATING, UNLABELLED], [300, 300, 300, 800, 100]
    )
    site = np.full(1800, "gill")
    table = daily_table(time, site, label)
    assert tuple(table.columns) == DAILY_COLUMNS
    row = table.iloc[0]
    assert (len(table), row.site, row.date, row.frames) == (1, "gill", "2014-03-10", 1800)
    assert row.hours_observed == pytest.approx(1.5)
    assert row.hours_good == pytest.approx(1400 / 1200)
    assert row.hours_pulsating == pytest.approx(800 / 1200)
    assert row.hours_bad_viewing == pytest.approx(0.25)
    assert row.share == pytest.approx(800 / 1400)
    shuffled = np.random.default_rng(1).permutation(1800)
    assert daily_table(time[shuffled], site[shuffled], label[shuffled]).equals(table)


def test_days_and_sites_stand_apart_and_an_empty_table_has_the_columns() -> None:
    time = np.concatenate([times("2014-03-10T23:59", 40), times("2014-03-10T23:59", 40)])
    site = np.repeat(["rank", "gill"], 40)
    table = daily_table(time, site, np.full(80, PULSATING))
    assert table[["site", "date", "frames"]].to_numpy().tolist() == [
        ["gill", "2014-03-10", 20], ["gill", "2014-03-11", 20],
        ["rank", "2014-03-10", 20], ["rank", "2014-03-11", 20],
    ]  # fmt: skip
    none = daily_table(time[:0], site[:0], np.empty(0, int))
    assert tuple(none.columns) == DAILY_COLUMNS
    assert len(none) == 0
    hourly = hourly_table(time[:0], site[:0], np.empty(0, int), np.empty(0), np.empty(0))
    assert len(hourly) == 48
    assert hourly["share"].isna().all()


def test_a_day_of_bad_viewing_has_no_share() -> None:
    table = daily_table(times("2014-03-10", 50), np.full(50, "gill"), np.full(50, BAD_VIEWING))
    assert np.isnan(table.share[0])
    assert np.isnan(table.share_error[0])
    assert table.hours_good[0] == 0


def test_hours_of_both_clocks_hold_the_frames_of_their_hour() -> None:
    time = times("2014-03-10T05:00", 3600)
    label = np.repeat([NO_AURORA, PULSATING, BAD_VIEWING], 1200)
    mlt = ((time - time[0]) / np.timedelta64(1, "h") + 22.5) % 24
    table = hourly_table(time, np.full(3600, "gill"), label, np.full(3600, -94.66), mlt)
    assert tuple(table.columns) == HOURLY_COLUMNS
    ut, local = (table[table.clock == clock].set_index("hour") for clock in ("ut", "mlt"))
    assert ut.hours_observed[[5, 6, 7]].tolist() == pytest.approx([1, 1, 1])
    assert ut.hours_observed.sum() == local.hours_observed.sum() == pytest.approx(3)
    assert ut.share[[5, 6]].tolist() == [0, 1]
    assert np.isnan(ut.share[7])
    assert local.hours_observed[[22, 23, 0, 1]].tolist() == pytest.approx([0.5, 1, 1, 0.5], abs=2e-3)
    assert local.share[23] == pytest.approx(0.5, abs=2e-3)
    assert ut.nights[[5, 6, 7]].tolist() == [1, 1, 0]


def test_a_night_is_one_across_utc_midnight() -> None:
    time = np.array(["2014-03-10T20:00", "2014-03-11T05:00", "2014-03-11T12:00"], "datetime64[ns]")
    assert nights(time, 0.0).astype(str).tolist() == ["2014-03-10", "2014-03-10", "2014-03-11"]
    local = np.array(["2014-03-10T23:00", "2014-03-11T13:00", "2014-03-11T22:00"], "datetime64[ns]")
    assert nights(local, -94.66).astype(str).tolist() == ["2014-03-10", "2014-03-10", "2014-03-11"]


def pulsation(rng: np.random.Generator, frames: int, share: float, stay: float) -> np.ndarray:
    """Two states that stay for `stay` frames in the mean, and are on for `share` of the time."""
    leave = {True: 1 / (2 * stay * share), False: 1 / (2 * stay * (1 - share))}
    state, label = rng.random() < share, np.empty(frames, dtype=int)
    place = 0
    while place < frames:
        length = rng.geometric(leave[state])
        label[place : place + length] = PULSATING if state else OTHER_AURORA
        place, state = place + length, not state
    return label


def test_errors_respect_that_neighbouring_frames_are_alike() -> None:
    rng = np.random.default_rng(9)
    scaled, naive = [], []
    for _ in range(60):
        counts = [
            (pulsation(rng, 4800, 0.3, 200) == PULSATING).reshape(4, 1200).sum(axis=1) for _ in range(5)
        ]
        share, error = share_with_error(np.concatenate(counts), np.full(20, 1200))
        scaled.append((share - 0.3) / error)
        naive.append((share - 0.3) / np.sqrt(share * (1 - share) / 24000))
    assert 0.55 < (np.abs(scaled) < 1).mean() < 0.8
    assert (np.abs(naive) < 1).mean() < 0.3


def test_few_blocks_and_extreme_shares_keep_an_error() -> None:
    share, error = share_with_error([0, 0, 0, 0, 0, 0, 0, 0], np.full(8, 1200))
    assert share == 0
    assert 0.03 < error < 0.12
    one, wide = share_with_error([600], [1200])
    assert one == 0.5
    assert 0.25 < wide < 0.4
    assert np.isnan(share_with_error([], [])[0])
    assert np.isnan(share_with_error([0, 0], [0, 0])[1])
    many = np.arange(12.0)
    assert share_with_error(many, np.full(12, 20)) == share_with_error(many, np.full(12, 20))
    other = share_with_error(many, np.full(12, 20), OccurrenceOptions(seed=1))
    assert other[0] == share_with_error(many, np.full(12, 20))[0]
