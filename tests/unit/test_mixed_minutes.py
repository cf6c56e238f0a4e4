"""The mean of a boundary minute is no region of its own."""

import numpy as np
import pytest

from magnetoflow.mms_gmm.cleaning import resolve_mixtures
from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN

SHORT = {"S": "solar_wind", "F": "ion_foreshock", "M": "magnetosheath", "P": "magnetosphere", "u": UNKNOWN}


def labels(text):
    return np.array([SHORT[letter] for letter in text], dtype=object)


def favour(text, *regions):
    """Probability that decreases along the given regions, in every minute."""
    row = np.zeros(len(REGIONS))
    for share, region in zip((0.6, 0.3, 0.1), regions, strict=False):
        row[REGIONS.index(region)] = share
    return np.tile(row, (len(text), 1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SSSMFFF", "SSSFFFF"),  # sheath does not lie between solar wind and foreshock
        ("FFFMSSS", "FFFFSSS"),
        ("SSSFMMM", "SSSFMMM"),  # foreshock lies between solar wind and sheath
        ("FFFMPPP", "FFFMPPP"),
        ("SSSMMFF", "SSSMMFF"),  # two minutes are no mixture
        ("SSuMFFF", "SSuMFFF"),  # across a gap nothing is known
        ("SSMuFFF", "SSMuFFF"),
        ("MSSSS", "MSSSS"),  # at the edge of the event there is one neighbour only
        ("SSSSM", "SSSSM"),
        ("", ""),
    ],
)
def test_a_minute_off_the_way_between_two_regions_is_relabelled(before, after):
    probability = favour(before, "magnetosheath", "ion_foreshock", "solar_wind")
    assert list(resolve_mixtures(labels(before), probability)) == list(labels(after))


def test_the_more_probable_neighbour_wins():
    probability = favour("SSSMFFF", "magnetosheath", "solar_wind", "ion_foreshock")
    assert list(resolve_mixtures(labels("SSSMFFF"), probability)) == list(labels("SSSSFFF"))


def test_no_minutes_means_no_change():
    text = "SSSMFFF"
    assert list(resolve_mixtures(labels(text), favour(text, "solar_wind"), minutes=0)) == list(labels(text))
