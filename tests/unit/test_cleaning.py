"""Cleaning of label sequences: each rule on a sequence that is written out."""

import numpy as np
import pytest

from magnetoflow.mms_gmm.cleaning import Limits, apply_limits, remove_flips, resolve_jumps

SHORT = {"S": "solar_wind", "F": "ion_foreshock", "M": "magnetosheath", "P": "magnetosphere", "u": "unknown"}


def labels(text):
    return np.array([SHORT[letter] for letter in text], dtype=object)


def letters(label):
    names = {name: letter for letter, name in SHORT.items()}
    return "".join(names[name] for name in label)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SSMSS", "SSSSS"),
        ("SSMMSS", "SSMMSS"),  # two minutes are a visit
        ("SMSMS", "SSSSS"),
        ("SSMPP", "SSMPP"),  # on the way from one region to another
        ("SSuMSS", "SSuMSS"),  # what lies across a gap is not known
        ("SSuSS", "SSuSS"),  # an unknown minute gets no name
        ("MSSSM", "MSSSM"),  # first and last minute have one neighbour only
    ],
)
def test_a_flip_of_one_minute_goes(before, after):
    assert letters(remove_flips(labels(before))) == after


def test_longer_flips_go_when_asked_and_none_at_zero():
    assert letters(remove_flips(labels("SSMMSS"), minutes=2)) == "SSSSSS"
    assert letters(remove_flips(labels("SSMPSS"), minutes=2)) == "SSSSSS"
    assert letters(remove_flips(labels("SSMSS"), minutes=0)) == "SSMSS"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PPPPPPPSPPPPPPP", "PPPPPPPPPPPPPPP"),
        ("SSSSSSSSPPPPPPPP", "SSSSSSSSPPPPPPPP"),  # both majorities confirm the jump
        ("MMMMMMPSMMMMMM", "MMMMMMMMMMMMMM"),
        ("MMMMMMFPMMMMMM", "MMMMMMMMMMMMMM"),
        ("SSSSMMMMPPPP", "SSSSMMMMPPPP"),  # no jump
    ],
)
def test_a_jump_between_solar_wind_and_magnetosphere_is_settled_by_the_majority(before, after):
    assert letters(resolve_jumps(labels(before))) == after


def test_jumps_stay_when_the_window_is_zero():
    assert letters(resolve_jumps(labels("PPPSPPP"), minutes=0)) == "PPPSPPP"


@pytest.mark.parametrize("rule", [remove_flips, resolve_jumps])
def test_a_cleaned_sequence_stays_as_it_is_and_the_given_one_is_not_changed(rule):
    rng = np.random.default_rng(7)
    for _ in range(50):
        given = labels("".join(rng.choice(list("SFMPu"), 40)))
        kept = given.copy()
        once = rule(given)
        assert (given == kept).all()
        assert (rule(once) == once).mean() >= 0.9
        assert ((once == "unknown") == (given == "unknown")).all(), "no minute without data gets a name"


LIMITS = Limits(
    min_filled_fraction=0.2,
    b_magnetosphere_nt=50.0,
    b_solar_wind_nt=5.0,
    width_sheath=0.25,
    b_weak_sheath_nt=15.0,
)


@pytest.mark.parametrize(
    ("label", "b_nt", "width", "filled", "expected"),
    [
        ("M", 50.0, 0.3, 1.0, "P"),
        ("M", 49.9, 0.3, 1.0, "M"),
        ("M", 5.0, 0.3, 1.0, "M"),  # weak field makes it solar wind, its width makes it sheath again
        ("M", 5.0, 0.2, 1.0, "S"),
        ("S", 8.0, 0.26, 1.0, "M"),
        ("S", 8.0, 0.25, 1.0, "S"),
        ("M", 15.0, 0.25, 1.0, "S"),
        ("M", 15.1, 0.25, 1.0, "M"),
        ("S", 8.0, 0.1, 0.19, "u"),
        ("S", np.nan, np.nan, np.nan, "S"),  # what is missing corrects nothing
        ("u", 80.0, 0.1, 1.0, "u"),
    ],
)
def test_limits_of_single_minutes(label, b_nt, width, filled, expected):
    columns = [np.array([value]) for value in (b_nt, width, filled)]
    assert letters(apply_limits(labels(label), *columns, LIMITS)) == expected


def test_without_limits_only_empty_spectra_are_touched():
    columns = [np.array([80.0, 1.0]), np.array([0.9, 0.9]), np.array([1.0, 0.1])]
    assert letters(apply_limits(labels("SM"), *columns, Limits())) == "Su"
