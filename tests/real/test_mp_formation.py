"""Shape of the array on 2019-01-27 from the definitive orbits: a string of pearls."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.defeph import read_orbit
from magnetoflow.mms_mp.ephemeris import interpolate_position
from magnetoflow.mms_mp.formation import formation
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
ORBIT = "mms/ancillary/mms{0}/defeph/MMS{0}_DEFEPH_2019027_2019028.V01"
pytestmark = pytest.mark.skipif(
    not (REAL / ORBIT.format(1)).is_file(), reason="no real files beside the checkout"
)
TABLE = {
    "12:15:00": ((340.80, 0.1292, 0.0073), 0.99962, 0.944, (195, 932)),
    "12:30:00": ((348.71, 0.1428, 0.0070), 0.99959, 0.951, (200, 954)),
    "12:55:00": ((362.83, 0.1695, 0.0069), 0.99953, 0.960, (208, 992)),
}


@pytest.fixture(scope="module")
def orbits():
    return {probe: read_orbit([REAL / ORBIT.format(probe)], probe=probe) for probe in (1, 2, 3, 4)}


def shape(orbits, time):
    at = np.array([f"2019-01-27T{time}"], dtype="datetime64[ns]")
    states = {
        probe: interpolate_position(one.time, one.position_km, one.velocity_km_s, at)
        for probe, one in orbits.items()
    }
    velocity = np.mean([velocity[0] for _, velocity in states.values()], axis=0)
    return formation({probe: place[0] for probe, (place, _) in states.items()}, velocity, None, at[0])


@pytest.mark.parametrize("time", TABLE)
def test_the_table_of_semi_axes(orbits, time):
    axes, elongation, planarity, (least, largest) = TABLE[time]
    found = shape(orbits, time)
    assert (np.abs(found.axes_km - axes) < (0.006, 6e-5, 6e-5)).all()
    assert found.elongation == pytest.approx(elongation, abs=6e-6)
    assert found.planarity == pytest.approx(planarity, abs=6e-4)
    assert min(found.separations_km.values()) == pytest.approx(least, abs=0.6)
    assert max(found.separations_km.values()) == pytest.approx(largest, abs=0.6)


def test_separations_and_order(orbits):
    found = shape(orbits, "12:30:00")
    expected = {"1-2": 269.49, "1-3": 684.31, "1-4": 199.98, "2-3": 953.80, "2-4": 469.47, "3-4": 484.34}
    assert found.separations_km == pytest.approx(expected, abs=0.006)
    assert found.orders["velocity"] == "3 4 1 2"


def test_timing_is_refused_with_the_reason(orbits):
    found = shape(orbits, "12:30:00")
    assert (found.kind, found.timing) == ("string", False)
    assert "elongation 0.99959" in found.reason
    assert found.condition == pytest.approx(3.2e4, rel=0.02)
    assert "3.2e+04" in found.reason
