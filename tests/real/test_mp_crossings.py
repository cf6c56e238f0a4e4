"""Crossings of MMS1 on 2015-10-16: the sheath is entered, left for the layer and entered again."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.boundary_score import boundary_score
from magnetoflow.mms_mp.crossings import find_crossings
from magnetoflow.mms_mp.detection import DetectionOptions
from magnetoflow.series import Series
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
FOLDERS = ("mms/mms1/fgm/brst/l2/2015/10/16", "mms/mms1/fpi/brst/l2/dis-moms/2015/10/16")
pytestmark = pytest.mark.skipif(
    not all((REAL / one).is_dir() for one in FOLDERS), reason="no real files beside the checkout"
)


@pytest.fixture(scope="module")
def event():
    return load_folder(REAL, probes=[1], start="2015-10-16T13:05:25", stop="2015-10-16T13:07:43")


def axes(event, start_s, stop_s):
    """Axes of largest and smallest variance of an interval."""
    b = event.spacecraft[1].b
    t = event.seconds(b.time)
    vectors = np.linalg.eigh(np.cov(b.values[(t >= start_s) & (t <= stop_s)].T))[1]
    l_axis, n_axis = vectors[:, 2] * np.sign(vectors[2, 2]), vectors[:, 0] * np.sign(vectors[0, 0])
    return Lmn(np.array([l_axis, np.cross(n_axis, l_axis), n_axis]), "mva", "", np.zeros((3, 3)))


def test_three_crossings(event):
    crossings, visits = find_crossings(event, axes(event, -69, 69))
    assert [one.after for one in crossings[1]] == ["sheath", "magnetosphere", "sheath"]
    assert [one.time_s for one in crossings[1]] == pytest.approx([-48.1, 15.0, 34.2], abs=0.15)
    assert all(one.fit.good for one in crossings[1])
    first = crossings[1][0]
    assert first.fit.w_s == pytest.approx(1.52, abs=0.1)
    assert first.agrees["density"] == pytest.approx(-49.8, abs=0.5)  # density rises before B_L turns
    assert "heplus" not in first.agrees
    assert visits[1][0].region == "magnetosphere"
    assert visits[1][0].cut_start
    assert visits[1][-1].cut_stop


def test_waves_widen_the_errors(event):
    for one in find_crossings(event, axes(event, -69, 69))[0][1]:
        assert one.fit.independent < 0.05 * one.fit.points
        assert 0.05 < one.error_s < 1


def test_the_interval_of_the_axes_does_not_matter(event):
    times = []
    for half in (5.0, 8.0, 12.0):
        crossings = find_crossings(event, axes(event, -48 - half, -48 + half))[0][1]
        times.append(min(crossings, key=lambda one: abs(one.time_s + 48)))
    assert np.ptp([one.time_s for one in times]) < 3 * times[0].error_s


def test_the_cadence_does_not_matter(event):
    b = event.spacecraft[1].b
    whole = len(b.time) // 16 * 16
    step = (b.time[15] - b.time[0]) / 2
    slow = Series(
        b.name, b.time[:whole:16] + step, b.values[:whole].reshape(-1, 16, 3).mean(axis=1), "nT", "GSM"
    )
    craft = replace(event.spacecraft[1], b=slow)
    lmn = axes(event, -69, 69)
    fast = find_crossings(event, lmn)[0][1]
    other = find_crossings(replace(event, spacecraft={1: craft}), lmn)[0][1]
    assert len(other) == len(fast)
    for one, same in zip(fast, other, strict=True):
        assert same.time_s == pytest.approx(one.time_s, abs=0.3 * one.error_s)
        assert same.error_s == pytest.approx(one.error_s, rel=1.0)


def test_density_and_score_see_the_entry_into_the_sheath(event):
    lmn = axes(event, -69, 69)
    for detector in ("density", "score"):
        first = find_crossings(event, lmn, DetectionOptions(detector=detector))[0][1][0]
        assert first.outbound
        assert first.time_s == pytest.approx(-48.1, abs=0.1)
    score = boundary_score(event, 1, lmn)
    assert min(abs(pick + 48.1) for pick in score.picks_s) < 3
