"""Timing on real orbits and fields: a string of pearls is refused, a current sheet of the tail is timed."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.defeph import read_orbit
from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.axes import Orientation
from magnetoflow.mms_mp.crossings import find_crossings
from magnetoflow.mms_mp.ephemeris import interpolate_position
from magnetoflow.mms_mp.normals import Normal
from magnetoflow.mms_mp.orientation import first_axes
from magnetoflow.mms_mp.passes import passes
from magnetoflow.mms_mp.timing import constant_velocity
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
ORBIT = "mms/ancillary/mms{0}/defeph/MMS{0}_DEFEPH_2019027_2019028.V01"
pytestmark = pytest.mark.skipif(
    not (REAL / ORBIT.format(1)).is_file(), reason="no real files beside the checkout"
)


def test_the_string_of_2019_measures_the_speed_along_a_given_normal_only():
    n = np.array([0.8, 0.5, -0.33]) / np.linalg.norm([0.8, 0.5, -0.33])
    at = np.array(["2019-01-27T12:30:00"], dtype="datetime64[ns]")
    r = {}
    for probe in (1, 2, 3, 4):
        orbit = read_orbit([REAL / ORBIT.format(probe)], probe=probe)
        r[probe] = interpolate_position(orbit.time, orbit.position_km, orbit.velocity_km_s, at)[0][0]
    t = {probe: float(place @ n) / -60 for probe, place in r.items()}
    given = Normal("mva", None, n, 0.02**2 * (np.eye(3) - np.outer(n, n)))
    found = constant_velocity(t, r, errors_s=dict.fromkeys(t, 5e-3), given=given)
    assert (found.kind, found.degenerate) == ("line", True)
    assert "line" in found.reason
    assert np.isnan(found.normal.n).all()
    assert found.elongation == pytest.approx(0.99959, abs=6e-6)
    assert found.planarity == pytest.approx(0.951, abs=6e-4)
    assert found.condition > 3e4
    assert found.speed_given_km_s == pytest.approx(-60, abs=3 * found.speed_given_error_km_s)


def test_fits_together_time_the_sheet_of_2017_better_than_fits_one_by_one():
    event = load_folder(REAL, probes=(1, 2, 3, 4), start="2017-08-10T12:17:40", stop="2017-08-10T12:19:45")
    axes = first_axes(event)
    found, _ = find_crossings(event, axes)
    first = passes(event, found, Orientation(axes, ()))[0]
    assert set(first.crossings) == {1, 2, 3, 4}
    single = constant_velocity(
        {probe: one.time_s for probe, one in first.crossings.items()},
        {probe: event.spacecraft[probe].position.values[2] for probe in first.crossings},
        errors_s={probe: one.error_s for probe, one in first.crossings.items()},
    )
    assert first.timing.kind == "four"
    assert 2 < first.timing.tilt_deg[0] < 25
    assert first.timing.tilt_deg[0] < 0.6 * single.tilt_deg[0]
    # MDD gives a normal along Z_GSM
    normal = first.timing.normal
    z = np.array([0.0, 0.0, 1.0])
    across = z - normal.n * (normal.n @ z)
    off = np.linalg.norm(across)
    assert off < 3 * np.sqrt(across @ normal.covariance @ across) / off
