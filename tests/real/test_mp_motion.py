"""Motion, deHoffmann-Teller frame and Faraday residue on the magnetopause that MMS1 met on 2015-10-16."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.axes import Lmn
from magnetoflow.mms_mp.hoffmann_teller import hoffmann_teller
from magnetoflow.mms_mp.motion import motion
from magnetoflow.mms_mp.normals import angle_deg, shue_normal
from magnetoflow.mms_mp.residues import residue_normals
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(
    not (REAL / "mms/mms1/fpi/brst/l2/dis-moms/2015/10/16").is_dir(),
    reason="no real files beside the checkout",
)
PART = (14.0, 24.0)
"""Seconds from the middle of the event: a passage back into the magnetosphere, at 13:06:46 to 13:06:56."""


@pytest.fixture(scope="module")
def event():
    return load_folder(REAL, probes=(1,), start="2015-10-16T13:05:24", stop="2015-10-16T13:07:40")


@pytest.fixture(scope="module")
def lmn(event):
    n = shue_normal(event.spacecraft[1].position.values[0])
    m = np.cross(n, [0.0, 0.0, 1.0])
    m /= np.linalg.norm(m)
    return Lmn(np.stack([np.cross(m, n), m, n]), "shue1998", "", np.diag([0.01, 0.01, 0.01]))


def test_a_frame_is_found_where_the_field_turns_and_refused_where_there_is_none(event, lmn):
    found = hoffmann_teller(event, 1, *PART, lmn)
    assert found.reliable
    assert found.correlation > 0.95
    assert found.anisotropy_used
    assert 0 < found.speed_error_km_s < 100
    # the whole event is no single layer: no frame, and an error that says so
    assert not hoffmann_teller(event, 1, -60, 60, lmn).reliable


def test_the_faraday_residue_agrees_with_the_model_within_what_both_know(event, lmn):
    (faraday, *_) = residue_normals(event, 1, *PART)
    assert faraday.reliable
    assert angle_deg(faraday.n, lmn.matrix[2]) < 40
    frame = hoffmann_teller(event, 1, *PART, lmn)
    along = faraday.n @ frame.v_km_s
    error = np.sqrt(faraday.n @ frame.covariance @ faraday.n + faraday.speed_error_km_s**2)
    assert abs(along - faraday.speed_km_s) < 3 * error


def test_the_displacement_of_two_minutes_is_whole_with_an_error_that_grows(event, lmn):
    found = motion(event, 1, lmn, -45.0)
    assert np.isfinite(found.displacement_km).all()
    t = event.seconds(found.time)
    error = found.displacement_error_km
    assert error[np.argmin(np.abs(t + 45))] < 5
    assert error[-1] > error[len(error) // 2] > 50
    assert (found.source == 2).all()
