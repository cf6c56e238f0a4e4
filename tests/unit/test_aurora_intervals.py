"""Intervals of pulsating aurora: threshold, merging, gaps, half-open ends."""

import numpy as np
import pytest

from magnetoflow.aurora.intervals import IntervalOptions, covered, pulsating_intervals
from magnetoflow.errors import VariableError

START = np.datetime64("2020-02-18T23:50:00", "ns")
OPTIONS = IntervalOptions(threshold=0.5, min_length_s=30, merge_break_s=15, max_gap_s=60)


def times(*frames):
    return START + np.array(frames) * np.timedelta64(3, "s")


def at(seconds):
    return START + np.timedelta64(seconds, "s")


def test_an_interval_is_half_open_and_has_the_mean_probability():
    chance = np.array([0.1] * 10 + [0.8] * 20 + [0.6] * 20 + [0.2] * 10)
    (one,) = pulsating_intervals(times(*range(60)), chance, OPTIONS)
    assert (one.start, one.stop) == (at(30), at(150))
    assert one.confidence == pytest.approx(0.7)
    assert (one.frames, one.gap_share) == (40, 0)


def test_midnight_does_not_divide():
    (one,) = pulsating_intervals(times(*range(400)), np.full(400, 0.9), OPTIONS)
    assert one.stop - one.start == np.timedelta64(1200, "s")
    assert one.stop.astype("datetime64[D]") > one.start.astype("datetime64[D]")


def test_short_breaks_merge_and_longer_ones_divide():
    def found(length):
        chance = np.array([0.9] * 20 + [0.1] * length + [0.9] * 20)
        return pulsating_intervals(times(*range(len(chance))), chance, OPTIONS)

    (one,) = found(5)
    assert (one.frames, one.stop) == (45, at(135))
    assert one.confidence == pytest.approx((40 * 0.9 + 5 * 0.1) / 45), "the break counts"
    assert [(each.start, each.stop) for each in found(6)] == [(at(0), at(60)), (at(78), at(138))]


def test_short_intervals_are_dropped_after_merging():
    chance = np.array(([0.9] * 6 + [0.1] * 3) * 4)
    (one,) = pulsating_intervals(times(*range(36)), chance, OPTIONS)
    assert one.frames == 33
    assert pulsating_intervals(times(*range(9)), chance[:9], OPTIONS) == []
    (edge,) = pulsating_intervals(times(*range(10)), np.full(10, 0.9), OPTIONS)
    assert edge.stop - edge.start == np.timedelta64(30, "s"), "exactly long enough"


def test_a_long_gap_always_divides():
    def found(gap, **change):
        options = IntervalOptions(**{"min_length_s": 30, "merge_break_s": 600, "max_gap_s": 60, **change})
        frames = [*range(20), *range(19 + gap, 39 + gap)]
        return pulsating_intervals(times(*frames), np.full(40, 0.9), options)

    (one,) = found(20)  # 60 s between frames
    assert one.gap_share == pytest.approx(57 / 177)
    first, second = found(21)
    assert (first.stop, second.start) == (at(60), at(120))
    assert first.gap_share == second.gap_share == 0
    frames = [*range(20), *range(40, 42), *range(62, 82)]  # gap, two quiet frames, gap
    chance = np.array([0.9] * 20 + [0.1] * 2 + [0.9] * 20)
    wide = IntervalOptions(min_length_s=30, merge_break_s=600, max_gap_s=60)
    assert len(pulsating_intervals(times(*frames), chance, wide)) == 2, "nor is a gap in a break bridged"


def test_missing_frames_count_as_gaps():
    chance = np.full(60, 0.9)
    chance[20:45] = np.nan
    assert len(pulsating_intervals(times(*range(60)), chance, OPTIONS)) == 2
    assert pulsating_intervals(times(*range(60)), np.full(60, np.nan), OPTIONS) == []
    assert pulsating_intervals(times(), [], OPTIONS) == []


def test_the_threshold_is_part_of_it():
    assert len(pulsating_intervals(times(*range(20)), np.full(20, 0.5), OPTIONS)) == 1
    assert pulsating_intervals(times(*range(20)), np.full(20, 0.499), OPTIONS) == []


def test_an_early_next_frame_ends_the_interval():
    time = np.append(times(*range(20)), at(58))
    (one,) = pulsating_intervals(time, np.append(np.full(20, 0.9), 0.1), OPTIONS)
    assert one.stop == at(58)


def test_covered_marks_half_open_intervals():
    chance = np.array([0.9] * 20 + [0.1] * 20 + [0.9] * 20)
    found = pulsating_intervals(times(*range(60)), chance, OPTIONS)
    assert (covered(times(*range(60)), found) == (chance > 0.5)).all()
    assert not covered(times(0, 1), []).any()
    with pytest.raises(VariableError, match="overlap"):
        covered(times(0), found[::-1])


def test_times_that_do_not_increase_are_refused():
    with pytest.raises(VariableError, match="strictly increasing"):
        pulsating_intervals(times(0, 1, 1), [0.9] * 3)
    with pytest.raises(VariableError, match="do not fit"):
        pulsating_intervals(times(0, 1), [0.9])
