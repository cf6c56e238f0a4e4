"""The 14 inputs by hand: rotation, scales, order and signs; labels alone cannot show most mistakes."""

import math

import numpy as np
import pytest

from magnetoflow.mms_rnn.analytic import ROOT_MASS_RATIO
from magnetoflow.mms_rnn.classes import FEATURES
from magnetoflow.mms_rnn.features import UNITS, features, scale
from magnetoflow.mms_rnn.lmn import Lmn
from magnetoflow.mms_rnn.scaling import Scaling
from tests.unit.rnn_bursts import burst, crossing, tilted

# B0 = 20 nT, n0 = 0.25 cm^-3: v_A with 40 digits, E0 = v_A B0 1e-3, v_Ae = v_A sqrt(1836)
V_A, E_0, V_AE = 872.4813853301444069230, 17.44962770660288813846, 37384.58021142685170735729
SCALING = Scaling(20.0, 0.25)
ORDER = ["Bx", "By", "Bz", "Ex", "Ey", "Ez", "ni", "ne", "vix", "viy", "viz", "vex", "vey", "vez"]


def one_sample(**changes):
    arrays = {
        "b_gse_nt": [[8.0, -5.0, 3.0]],
        "e_gse_mv_m": [[2.0, 7.0, -4.0]],
        "e_fast_gse_mv_m": [[99.0, 99.0, 99.0]],
        "n_i_cm3": [0.1],
        "n_e_cm3": [0.2],
        "v_i_gse_km_s": [[300.0, -80.0, 45.0]],
        "v_e_gse_km_s": [[-900.0, 2500.0, 1300.0]],
        **changes,
    }
    return burst(1, **{name: np.array(values) for name, values in arrays.items()})


def turned(vector, sine, cosine):
    """GSM of a GSE vector; the dipole stands at (sin, cos) in the YZ plane of GSE."""
    x, y, z = vector
    return x, cosine * y - sine * z, sine * y + cosine * z


def expected(frame_axes, sine, cosine):
    """Inputs by the formulas of the method, written out."""
    rows = {}
    for name, vector, unit in (
        ("B", (8.0, -5.0, 3.0), 20.0),
        ("E", (2.0, 7.0, -4.0), E_0),
        ("vi", (300.0, -80.0, 45.0), V_A),
        ("ve", (-900.0, 2500.0, 1300.0), V_AE),
    ):
        gsm = turned(vector, sine, cosine)
        along = [sum(a * c for a, c in zip(axis, gsm, strict=True)) / unit for axis in frame_axes]
        rows |= {f"{name}x": along[0], f"{name}y": -along[2], f"{name}z": along[1]}
    rows |= {"ni": 0.1 / 0.25, "ne": 0.2 / 0.25}
    return [rows[name] for name in ORDER]


@pytest.fixture(scope="module")
def dipole():
    """Sine and cosine of the turn about X at that time; test_frames checks the matrix."""
    matrix = scale(one_sample(), "gsm", SCALING).rotation[0]
    assert matrix[0].tolist() == [1.0, 0.0, 0.0]
    assert 0.3 < abs(math.degrees(math.asin(matrix[2, 1]))) < 40
    return matrix[2, 1], matrix[2, 2]


def test_one_sample_by_hand_in_gsm(dipole):
    got = features(scale(one_sample(), "gsm", SCALING))
    axes = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    np.testing.assert_allclose(got, [expected(axes, *dipole)], rtol=1e-10)


def test_one_sample_by_hand_in_local_axes(dipole):
    axes = tilted(28.0, 12.0)
    scaled = scale(one_sample(), Lmn(axes, True, "gradient"), SCALING)
    np.testing.assert_allclose(features(scaled), [expected(axes, *dipole)], rtol=1e-10)
    assert scaled.frame == "lmn"


def test_axis_map_by_examples(dipole):
    # B along Z of GSM alone: By = -Bz_GSM/B0; E along Y of GSM alone: Ez = Ey_GSM/E0
    sine, cosine = dipole
    record = one_sample(
        b_gse_nt=[[0.0, 10.0 * sine, 10.0 * cosine]], e_gse_mv_m=[[0.0, 5.0 * cosine, -5.0 * sine]]
    )
    row = dict(zip(FEATURES, features(scale(record, "gsm", SCALING))[0], strict=True))
    assert row["By"] == pytest.approx(-0.5, rel=1e-10)
    assert row["Ez"] == pytest.approx(5 / E_0, rel=1e-10)
    assert (row["Bx"], row["Bz"], row["Ex"], row["Ey"]) == pytest.approx((0, 0, 0, 0), abs=1e-12)


def test_the_analytic_crossing_comes_back():
    for axes, frame in ((np.eye(3), "gsm"), (tilted(28.0, 12.0), None)):
        record, table = crossing(SCALING, edge_km=0.0, axes=axes, samples=300)
        got = features(scale(record, frame or Lmn(axes, True, "gradient"), SCALING))
        np.testing.assert_allclose(got, table, atol=1e-10)
    assert SCALING.ve_a_km_s / SCALING.v_a_km_s == pytest.approx(ROOT_MASS_RATIO, rel=1e-4)


def test_gsm_mixes_fields_of_a_tilted_sheet():
    axes = tilted(28.0, 12.0)
    record, table = crossing(SCALING, edge_km=0.0, axes=axes, samples=300)
    got = features(scale(record, "gsm", SCALING))
    e_y = FEATURES.index("Ey")
    assert np.abs(got[:, e_y]).max() < 0.92 * np.abs(table[:, e_y]).max()


def test_axes_that_are_not_reliable_give_gsm():
    scaled = scale(one_sample(), Lmn(tilted(28.0, 12.0), False, "variance", "why"), SCALING)
    assert scaled.frame == "gsm"
    np.testing.assert_array_equal(scaled.b, scale(one_sample(), "gsm", SCALING).b)


def test_what_is_missing_is_missing_in_its_columns_only():
    record = one_sample(e_gse_mv_m=[[np.nan, 1.0, 1.0]], n_i_cm3=[np.nan])
    got = features(scale(record, "gsm", SCALING))[0]
    missing = {name for name, value in zip(FEATURES, got, strict=True) if np.isnan(value)}
    assert missing == {"Ex", "Ey", "Ez", "ni"}
    assert set(UNITS.values()) == {"1"}
