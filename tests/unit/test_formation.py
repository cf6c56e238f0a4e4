"""Shape of an array of spacecraft."""

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.formation import EARLIER, formation
from magnetoflow.sample.magnetopause import CASE_A, tetrahedron_km

TIME = np.datetime64("2018-01-15T06:00:00", "ns")
CENTRE = np.array([58000.0, 30000.0, -15000.0])
V_SC = np.array([-2.6, -0.4, 0.4])
ALONG = V_SC / np.linalg.norm(V_SC)
SQUARE = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [10, 10, 0.0]])


def shape(offsets, *, v=V_SC, n=CASE_A.axes[2], options=None, probes=(1, 2, 3, 4)):
    places = {probe: CENTRE + one for probe, one in zip(probes, np.asarray(offsets, float), strict=False)}
    return formation(places, v, n, TIME, *([options] if options else []))


@pytest.mark.parametrize("edge", [7.0, 10.0, 15.0, 60.0])
def test_a_regular_tetrahedron_of_any_size(edge):
    """Defect 20: tetrahedra of 7 to 10 km were called collapsed."""
    found = shape(tetrahedron_km(edge))
    assert (found.kind, found.timing, found.reason) == ("tetrahedral", True, "")
    np.testing.assert_allclose(found.axes_km, edge / (2 * np.sqrt(2)), rtol=1e-6)
    np.testing.assert_allclose((found.elongation, found.planarity), 0, atol=1e-6)
    np.testing.assert_allclose((found.linearity, found.flatness, found.sphericity), (1 / 3, 2 / 3, 1 / 3))
    assert found.volume_km3 == pytest.approx(edge**3 / (6 * np.sqrt(2)), rel=1e-6)
    assert set(found.separations_km) == {"1-2", "1-3", "1-4", "2-3", "2-4", "3-4"}
    assert found.separations_km["2-4"] == pytest.approx(edge)


def test_the_earlier_bounds_are_an_option():
    assert shape(tetrahedron_km(7.0), options=EARLIER).kind == "collapsed"
    assert shape(tetrahedron_km(15.0), options=EARLIER).kind == "irregular"
    assert shape(tetrahedron_km(25.0), options=EARLIER).kind == "tetrahedral"


LINE = np.array([0.0, 200, 500, 900])
BOW = np.array([[0, 0, 1.0], [0, 1, 0], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("offsets", "kind", "why"),
    [
        (SQUARE, "planar", "planarity 1.000"),
        (np.outer(LINE, ALONG) + BOW, "string", "elongation 0.99"),
        (np.outer(LINE, [0, 0.6, 0.8]) + BOW, "linear", "elongation 0.99"),
        (np.zeros((4, 3)), "collapsed", "elongation nan"),
    ],
)
def test_timing_is_refused_with_the_reason(offsets, kind, why):
    found = shape(offsets)
    assert (found.kind, found.timing) == (kind, False)
    assert why in found.reason
    assert "condition" in found.reason
    assert found.condition > 300


def test_a_string_needs_the_direction_of_flight():
    assert shape(np.outer(LINE, ALONG) + BOW, v=None).kind == "linear"
    assert "velocity" not in shape(np.outer(LINE, ALONG) + BOW, v=None).orders


def test_an_uneven_tetrahedron_still_times():
    found = shape([[0, 0, 0], [20, 0, 0], [5, 12, 0], [6, 4, 7]])
    assert (found.kind, found.timing) == ("irregular", True)


@pytest.mark.parametrize(("count", "kind"), [(1, "single"), (2, "pair"), (3, "planar")])
def test_fewer_than_four_never_time(count, kind):
    found = shape(tetrahedron_km(15.0)[:count])
    assert (found.kind, found.timing) == (kind, False)
    assert f"{count} spacecraft" in found.reason
    assert found.volume_km3 == 0
    assert np.isinf(found.condition)
    assert len(found.separations_km) == count * (count - 1) // 2


def test_a_spacecraft_without_position_is_left_out():
    offsets = tetrahedron_km(15.0)
    offsets[1] = np.nan
    assert set(shape(offsets).separations_km) == {"1-3", "1-4", "3-4"}
    with pytest.raises(InsufficientData, match="position"):
        shape(np.full((4, 3), np.nan))


def test_orders_run_from_the_least_coordinate():
    found = shape([[3, 0, 0], [1, 0, 0], [2, 0, 0], [0, 0, 9]], v=np.array([-1.0, 0, 0]), n=(0, 0, 1.0))
    assert found.orders["x_gsm"] == "4 2 3 1"
    assert found.orders["velocity"] == "1 3 2 4"
    assert found.orders["n"].endswith("4")


def test_turns_shifts_and_names_do_not_change_the_shape():
    rng = np.random.default_rng(4)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    offsets = rng.normal(size=(4, 3)) * 20
    one = shape(offsets)
    moved = formation(
        {p: turn @ (r + 500) for p, r in zip((3, 1, 4, 2), offsets, strict=True)}, None, None, TIME
    )
    np.testing.assert_allclose(one.axes_km, moved.axes_km, rtol=1e-9)
    assert one.volume_km3 == pytest.approx(moved.volume_km3)
    assert one.separations_km["1-2"] == pytest.approx(moved.separations_km["1-3"])
    assert (one.kind, one.timing) == (moved.kind, moved.timing)
    np.testing.assert_allclose(np.linalg.norm(one.directions, axis=1), 1)
