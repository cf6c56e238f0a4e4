"""Stays and crossings of label sequences: gaps, edges, confidence and its honesty."""

import numpy as np
import pytest

from magnetoflow.mms_gmm.regions import CROSSINGS, REGIONS, region_crossings, region_intervals

SHORT = {"S": "solar_wind", "F": "ion_foreshock", "M": "magnetosheath", "P": "magnetosphere", "u": "unknown"}
START = np.datetime64("2017-11-03T23:50", "ns")
MINUTE = np.timedelta64(60_000_000_000, "ns")


def sequence(text, certainty=0.9):
    label = np.array([SHORT[letter] for letter in text], dtype=object)
    chance = np.full((len(text), len(REGIONS)), np.nan)
    for row, name in enumerate(label):
        if name in REGIONS:
            chance[row] = (1 - certainty) / 3
            chance[row, REGIONS.index(name)] = certainty
    return START + np.arange(len(text)) * MINUTE, label, chance


def crossings(text, certainty=0.9, **options):
    return region_crossings(
        *sequence(text, certainty), **{"stable_minutes": 3, "max_unknown": 0.2, **options}
    )


def test_a_stay_across_midnight_is_one_stay():
    time, label, _ = sequence("S" * 20)
    (stay,) = region_intervals(time, label, 15)
    assert (stay.minutes, str(stay.start)[:16]) == (20, "2017-11-03T23:50")
    assert str(stay.stop)[:19] == "2017-11-04T00:09:59"


def test_missing_rows_end_a_stay():
    time, label, _ = sequence("S" * 20)
    rows = np.delete(np.arange(20), 9)
    assert [stay.minutes for stay in region_intervals(time[rows], label[rows], 1)] == [9, 10]


@pytest.mark.parametrize("pair", list(CROSSINGS))
def test_every_pair_of_regions_has_one_kind_in_both_directions(pair):
    one, other = sorted(pair)
    first, second = (next(k for k, v in SHORT.items() if v == name) for name in (one, other))
    there, back = crossings(first * 4 + second * 4), crossings(second * 4 + first * 4)
    assert there[0].kind == back[0].kind == CROSSINGS[pair]
    assert (there[0].from_region, there[0].to_region) == (one, other)
    assert there[0].time == back[0].time


def test_confidence_is_the_mean_probability_of_both_sides():
    (found,) = crossings("SSSMMM", certainty=0.8)
    assert found.confidence == pytest.approx(0.8)


def test_the_uncertainty_covers_every_place_that_the_labels_leave_open():
    (found,) = crossings("SSSuuMMM")
    first, last = START + 2 * MINUTE + MINUTE // 2, START + 5 * MINUTE + MINUTE // 2
    half = np.timedelta64(round(found.uncertainty_s * 1e9), "ns")
    assert (found.time - half, found.time + half) == (first, last)


def test_a_side_that_the_event_cuts_short_is_not_clean():
    assert [one.clean for one in crossings("SSMMM")] == [False]
    assert [one.clean for one in crossings("SSSMMM")] == [True]


def test_unknown_minutes_on_a_side_make_it_unclean_beyond_the_limit():
    assert [one.clean for one in crossings("SSuSSMMMMM", stable_minutes=5)] == [True]
    assert [one.clean for one in crossings("SuSuSMMMMM", stable_minutes=5)] == [False]


def test_time_reversal_mirrors_the_crossings():
    rng = np.random.default_rng(3)
    text = "".join(rng.choice(list("SFMPu"), 60))
    there, back = crossings(text), crossings(text[::-1])[::-1]
    end = START + len(text) * MINUTE
    assert [(a.kind, a.from_region, a.time - START) for a in there] == [
        (b.kind, b.to_region, end - b.time) for b in back
    ]


def test_no_labels_no_crossings():
    assert crossings("uuu") == []
    assert crossings("") == []
    assert crossings("SSSS") == []
