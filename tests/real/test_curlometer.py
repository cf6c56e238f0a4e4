"""Curlometer on the four real field files of 2017-08-10: a thin current sheet of the tail."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.curlometer import curlometer, on_common_times
from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.io.cdf import read_series
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
FOLDER = "mms/mms{}/fgm/brst/l2/2017/08/10"
pytestmark = pytest.mark.skipif(
    not (REAL / FOLDER.format(1)).is_dir(), reason="no real files beside the checkout"
)

ORACLE = """
import sys
import numpy as np
from pyspedas.analysis.lingradest import lingradest
given = np.load(sys.argv[1])
r, b = given["r"], given["b"]
found = lingradest(*(b[a, :, k] for k in range(3) for a in range(4)), *r)
curl = np.column_stack([found["LCxB"], found["LCyB"], found["LCzB"]])
np.savez(sys.argv[2], curl=curl, div=np.asarray(found["LD"]))
"""


@pytest.fixture(scope="module")
def common():
    fields, states = [], []
    for probe in (1, 2, 3, 4):
        paths = sorted((REAL / FOLDER.format(probe)).glob("*.cdf"))
        fields.append(read_series(paths, f"mms{probe}_fgm_b_gse_brst_l2", unit="nT", frame="GSE"))
        states.append(read_series(paths, f"mms{probe}_fgm_r_gse_brst_l2", unit="km", frame="GSE"))
    return on_common_times(fields, states, cadence_s=1 / 128)


def test_the_four_overlap_without_a_gap(common):
    time, position, field = common
    assert len(time) == 17717
    assert np.isfinite(field).all()
    edges = [np.linalg.norm(position[a, 0] - position[b, 0]) for a in range(4) for b in range(a)]
    assert 15 < min(edges) < max(edges) < 30


def test_the_strongest_current(common):
    time, position, field = common
    curl = curlometer(position, field)
    size = np.linalg.norm(curl.j_ua_m2, axis=1)
    peak = size.argmax()
    assert not curl.degenerate.any()
    assert size[peak] == pytest.approx(0.17074, abs=5e-4)
    assert abs(time[peak] - np.datetime64("2017-08-10T12:18:32.840")) < np.timedelta64(20, "ms")
    assert curl.div_b_over_curl[peak] == pytest.approx(0.0493, abs=0.002)
    assert np.median(curl.div_b_over_curl[size > 0.02]) < 0.1
    assert (rotate(gse_to_gsm(time[peak]), curl.j_ua_m2[peak])[1]) > 0.1  # dawn to dusk


def test_the_frame_does_not_matter(common):
    time, position, field = common
    part = slice(7000, 8000)
    matrices = gse_to_gsm(time[part])
    gse = curlometer(position[:, part], field[:, part])
    gsm = curlometer(rotate(matrices, position[:, part]), rotate(matrices, field[:, part]))
    np.testing.assert_allclose(gsm.j_ua_m2, rotate(matrices, gse.j_ua_m2), atol=1e-8)


def test_the_gradient_puts_the_normal_of_the_sheet_near_z(common):
    time, position, field = common
    matrices = gse_to_gsm(time)
    gradient = curlometer(rotate(matrices, position), rotate(matrices, field)).gradient_nt_km
    values, vectors = np.linalg.eigh(np.einsum("tij,tkj->ik", gradient, gradient))
    assert values[2] / values[1] > 10
    assert abs(vectors[2, 2]) > 0.99  # measured 4.5 deg off Z


@pytest.mark.skipif(find_spec("pyspedas") is None, reason="pyspedas is not installed")
def test_curl_and_divergence_equal_those_of_pyspedas(common, tmp_path):
    _, position, field = common
    part = slice(7000, 8000)
    given, found = tmp_path / "given.npz", tmp_path / "found.npz"
    np.savez(given, r=position[:, part], b=field[:, part])
    subprocess.run([sys.executable, "-c", ORACLE, given, found], check=True, capture_output=True)
    ours = curlometer(position[:, part], field[:, part])
    with np.load(found) as theirs:  # per 1000 km
        np.testing.assert_allclose(ours.curl_nt_km, theirs["curl"] / 1000, atol=1e-12)
        np.testing.assert_allclose(ours.div_nt_km, theirs["div"] / 1000, atol=1e-12)
