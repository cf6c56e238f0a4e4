"""Frames get the labels of the intervals that cover them, whatever the order of rows and frames."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magnetoflow.aurora.classes import BAD_VIEWING, NO_AURORA, OTHER_AURORA, PULSATING, UNLABELLED
from magnetoflow.aurora.label_codes import possible_classes
from magnetoflow.aurora.label_rows import LabelRow
from magnetoflow.aurora.labels import eroded, frame_labels, label_frames

DAY = date(2020, 1, 29)
BEGIN = datetime(2020, 1, 29, 3, tzinfo=UTC)


def times(n, begin=BEGIN, cadence_s=3.0):
    first = np.datetime64(begin.replace(tzinfo=None), "ns") + np.timedelta64(63_119, "us")
    return first + (np.arange(n) * cadence_s * 1e9).astype("timedelta64[ns]")


def row(code, first=None, last=None, start_s=None, end_s=None, where="", site="gill", day=DAY):
    start, end = (None if one is None else BEGIN + timedelta(seconds=one) for one in (start_s, end_s))
    return LabelRow(site, day, first, last, start, end, possible_classes(code), code, where=where)


def labelled(rows, time, **options):
    return label_frames(rows, time, site="gill", date=DAY, **options)


def test_frames_count_from_0_and_both_ends_are_inside():
    found = labelled([row("cl", 0, 3), row("pa", 4, 6), row("cs", 8, 8)], times(10))
    assert found.label.tolist() == [0, 0, 0, 0, 3, 3, 3, -1, 1, -1]
    assert found.label.dtype == np.int8
    assert found.pulsating.tolist() == [0, 0, 0, 0, 1, 1, 1, -1, 0, -1]


def test_a_shared_frame_belongs_to_the_later_interval():
    rows = [row("p", 0, 4), row("bv", 4, 8), row("dis", 8, 8), row("cs", 9, 9)]
    assert labelled(rows, times(10)).label.tolist() == [3, 3, 3, 3, 0, 0, 0, 0, 2, 1]
    by_time = [row("p", start_s=0, end_s=12), row("bv", start_s=12, end_s=24)]
    assert labelled(by_time, times(9)).label.tolist() == [3, 3, 3, 3, 0, 0, 0, 0, 0]


def test_times_are_met_to_the_second_though_frames_begin_later_in_it():
    found = labelled([row("p", start_s=3, end_s=9)], times(6))
    assert found.label.tolist() == [-1, 3, 3, 3, -1, -1]
    assert (found.report.rows_by_time, found.report.n_labelled, found.report.excess) == (1, 0, 0)


def test_numbers_are_used_where_they_fit_the_times():
    """A frame is missing within the interval: numbers and times agree at its ends all the same."""
    time = np.delete(times(20), 10)
    found = labelled([row("p", 5, 15, start_s=15, end_s=48)], time)
    assert np.flatnonzero(found.label == PULSATING).tolist() == list(range(5, 16))
    assert found.report.rows_by_frame == 1


def test_times_are_used_where_the_numbers_count_other_frames():
    rows = [row("p", 5, 9, start_s=15, end_s=27), row("bv", 12, 13, start_s=36, end_s=39), row("cs", 14, 15)]
    found = labelled(rows, times(30)[3:])
    assert np.flatnonzero(found.label == PULSATING).tolist() == [2, 3, 4, 5, 6]
    assert np.flatnonzero(found.label == BAD_VIEWING).tolist() == [9, 10]
    assert not (found.label == NO_AURORA).any()
    report = found.report
    assert (report.rows_by_frame, report.rows_by_time, report.rows_unused) == (0, 2, 1)
    assert (report.n_labelled, report.n_found, report.excess) == (16, 27, 11)
    forced = labelled(rows, times(30)[3:], by="frame")
    assert np.flatnonzero(forced.label == PULSATING).tolist() == [5, 6, 7, 8, 9]
    assert labelled(rows[2:], times(30), by="time").report.rows_unused == 1


def test_numbers_beyond_the_frames_at_hand():
    found = labelled([row("cl", 0, 3), row("pa", 4, 99), row("cs", 100, 200)], times(6))
    assert found.label.tolist() == [0, 0, 0, 0, 3, 3]
    assert found.report.excess == 6 - 201


def test_a_part_of_the_day_is_labelled_by_times_alone():
    rows = [row("p", 5, 9, start_s=15, end_s=27), row("cs", 0, 4)]
    found = labelled(rows, times(10)[3:], whole_day=False)
    assert found.label.tolist() == [-1, -1, 3, 3, 3, 3, 3]
    assert (found.report.rows_by_time, found.report.rows_unused) == (1, 1)
    assert frame_labels(rows[1:], times(3), site="gill", date=DAY, whole_day=False).tolist() == [-1] * 3


def test_contradictions_have_no_label_and_are_counted():
    found = labelled([row("p", 0, 5), row("dis", 3, 8), row("p", 4, 5)], times(10))
    assert found.label.tolist() == [3, 3, 3, -1, -1, -1, 2, 2, 2, -1]
    assert found.pulsating.tolist() == [1, 1, 1, -1, -1, -1, 0, 0, 0, -1]
    assert found.report.n_contradictory == 3


def test_non_pulsating_is_no_class_until_another_row_says_which():
    found = labelled(
        [row("np", 0, 9), row("cs", 2, 3), row("s", 5, 6), row("patchy aurora", 8, 12)], times(13)
    )
    assert found.label.tolist() == [-1, -1, 1, 1, -1, -1, -1, -1, 2, 2, -1, -1, -1]
    assert found.pulsating.tolist() == [0] * 10 + [-1] * 3
    assert found.report.n_contradictory == 2  # good viewing, and sun


def test_other_sites_and_dates_do_not_count():
    rows = [row("p", 0, 9, site="rank"), row("p", 0, 9, day=date(2020, 1, 30)), row("cl", 0, 1)]
    around = np.concatenate(
        [times(2, BEGIN - timedelta(days=1)), times(3), times(2, BEGIN + timedelta(days=1))]
    )
    found = labelled(rows, around)
    assert found.label.tolist() == [-1, -1, 0, 0, -1, -1, -1]
    assert found.report.n_found == 3


def test_no_frames_and_no_rows():
    assert labelled([row("p", 0, 9), row("p", start_s=0, end_s=9)], times(0)).label.shape == (0,)
    assert labelled([], times(4)).label.tolist() == [UNLABELLED] * 4


def test_sources():
    found = labelled([row("p", 4, 5, where="b"), row("bv", 0, 2, where="a")], times(7))
    assert [found.sources[k] if k >= 0 else "" for k in found.source] == ["a", "a", "a", "", "b", "b", ""]


INTERVALS = st.lists(
    st.tuples(
        st.sampled_from(["p", "np", "bv", "cs", "patchy aurora", "dis"]),
        st.integers(0, 24),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=50, deadline=None)
@given(INTERVALS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_frames_does_not_matter(intervals, draw):
    rows = [
        row(code, first, first + more, *((3 * first, 3 * (first + more)) if timed else ()), where=str(number))
        for number, (code, first, more, timed) in enumerate(intervals)
    ]
    time = times(30)
    want = labelled(rows, time)
    order = draw.sample(range(30), 30)
    found = labelled(draw.sample(rows, len(rows)), time[order])
    for name in ("label", "pulsating", "source"):
        np.testing.assert_array_equal(getattr(found, name), getattr(want, name)[order])
    assert (found.report, found.sources) == (want.report, want.sources)


@settings(max_examples=50, deadline=None)
@given(INTERVALS)
def test_the_definition_frame_by_frame(intervals):
    rows = [row(code, first, first + more) for code, first, more, _ in intervals]
    starts = {one.start_frame for one in rows}
    want = []
    for frame in range(30):
        over = [
            set(one.possible)
            for one in rows
            if one.start_frame <= frame <= one.end_frame
            and not (frame == one.end_frame != one.start_frame and frame in starts)
        ]
        left = set.intersection(*over) if over else set()
        want.append(left.pop() if len(left) == 1 else UNLABELLED)
    assert frame_labels(rows, times(30), site="gill", date=DAY).tolist() == want


@pytest.mark.parametrize(
    ("frames", "want"),
    [(0, [1, 1, 1, 3, 3, 3, 3, -1, -1]), (1, [1, 1, -1, -1, 3, 3, -1, -1, -1]), (3, [-1] * 9)],
)
def test_eroded(frames, want):
    assert eroded(np.array([1, 1, 1, 3, 3, 3, 3, -1, -1], np.int8), frames).tolist() == want


def test_erosion_follows_time_not_the_order_of_the_frames():
    time = times(10)[::-1]
    found = labelled([row("cs", 0, 4), row("dis", 5, 9)], time, erode=2)
    assert found.label.tolist() == [OTHER_AURORA] * 3 + [-1] * 4 + [NO_AURORA] * 3
