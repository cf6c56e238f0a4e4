"""Normals from gradients on the four real field files of 2017-08-10: a thin current sheet of the tail."""

import os
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.gradients import GradientOptions, gradients
from magnetoflow.mms_mp.normals import angle_deg
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(
    not (REAL / "mms/mms4/fgm/brst/l2/2017/08/10").is_dir(), reason="no real files beside the checkout"
)
PEAK = np.datetime64("2017-08-10T12:18:32.840")


@pytest.fixture(scope="module")
def tail():
    return load_folder(REAL, probes=[1, 2, 3, 4], start="2017-08-10T12:17:34", stop="2017-08-10T12:19:52")


def around(event, half_s, **options):
    peak = float((PEAK - event.time0) / np.timedelta64(1, "s"))
    return gradients(event, peak - half_s, peak + half_s, GradientOptions(**options))


@pytest.mark.parametrize("half_s", [2, 5, 10, 20])
def test_the_normal_of_the_sheet_keeps_near_z(tail, half_s):
    _, mdd, _ = around(tail, half_s)
    assert mdd.reliable
    assert angle_deg(mdd.n, (0, 0, 1), axes=True) < 4  # measured 0.7 to 2.6
    assert 1 < mdd.error_deg < 5


def test_offsets_matter_less_than_the_error_says(tail):
    _, removed, _ = around(tail, 5)
    _, kept, _ = around(tail, 5, offsets="none")
    assert angle_deg(removed.n, kept.n) < kept.error_deg
    assert removed.error_deg < kept.error_deg


def test_the_sheet_does_not_move_as_one_and_the_current_keeps_to_one_line(tail):
    _, mdd, current = around(tail, 5)
    assert abs(mdd.quality["correlation"]) < 0.6  # of the change in time with the gradient
    assert mdd.speed_km_s < -2 * mdd.speed_error_km_s  # southward all the same
    assert not current.reliable
    assert "one line" in current.reason
    assert angle_deg(mdd.n, current.n) < 2 * np.hypot(mdd.error_deg, current.error_deg)


def test_the_strongest_current(tail):
    series, _, _ = around(tail, 2, offsets="none")
    size = np.linalg.norm(series.j_na_m2, axis=1)
    peak = np.nanargmax(size)
    assert size[peak] == pytest.approx(169, abs=2)  # 170.7 without averaging over 20 ms
    assert abs(series.time[peak] - PEAK) < np.timedelta64(40, "ms")
    assert series.div_over_curl[peak] < 0.1
