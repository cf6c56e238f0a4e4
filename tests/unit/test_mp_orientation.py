"""Axes of an event by all methods: the choice, its errors and reasons, invariants, events that tell none."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.mms_mp import variance as variance_module
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.nested_windows import scatter_excess
from magnetoflow.mms_mp.normal_choice import angle_matrix, angles_table
from magnetoflow.mms_mp.normals import Normal, angle_deg, unit, unknown_normal
from magnetoflow.mms_mp.orientation import OrientationOptions, first_axes, orient
from magnetoflow.mms_mp.shue import shue_normal
from magnetoflow.mms_mp.variance import minimum_variance
from magnetoflow.mms_mp.variance_axes import lmn_of, why_not
from magnetoflow.mms_mp.windows import cut_windows, place_of
from magnetoflow.sample.magnetopause import CASE_A
from magnetoflow.series import Series
from tests.unit.mp_events import event

L, M, N = CASE_A.axes
WINDOWS = dict.fromkeys((1, 2, 3, 4), (-38.5, 38.5))
QUICK = OrientationOptions(resamples=0, nested=())


@pytest.fixture(scope="module")
def case_a():
    return event(probes=(1, 2, 3, 4), noise=1.0, seed=1)


@pytest.fixture(scope="module")
def found(case_a):
    return orient(case_a, WINDOWS, OrientationOptions(resamples=200))


def changed(made, change):
    """Event with the field of every spacecraft changed."""
    crafts = {
        probe: replace(one, b=Series("b", one.b.time, change(one.b.values.copy()), "nT", "GSM"))
        for probe, one in made.spacecraft.items()
    }
    return replace(made, spacecraft=crafts)


def turned(made, matrix):
    """Event with field and positions turned."""
    crafts = {
        probe: replace(
            one,
            b=Series("b", one.b.time, one.b.values @ matrix.T, "nT", "GSM"),
            position=Series("r", one.position.time, one.position.values @ matrix.T, "km", "GSM"),
        )
        for probe, one in made.spacecraft.items()
    }
    return replace(made, spacecraft=crafts)


def normal(method, n, error_deg, **more):
    n = unit(n)
    return Normal(method, None, n, (np.eye(3) - np.outer(n, n)) * np.deg2rad(error_deg) ** 2, **more)


def test_case_a(found):
    lmn = found.lmn
    assert (lmn.method, lmn.reliable, lmn.constraint) == ("mva", True, "")
    assert lmn.reason.startswith("smallest error of mva")
    assert np.linalg.det(lmn.matrix) == pytest.approx(1)
    assert angle_deg(lmn.matrix[2], N) < 0.1
    tilt = np.sqrt(np.diag(lmn.covariance)[[1, 0]])  # toward L, toward M
    assert (np.abs(lmn.matrix[:2] @ N) < 3.5 * tilt).all()
    assert abs(lmn.b_n_nt - 2) < 3 * lmn.b_n_error_nt
    assert lmn.b_n_error_nt == pytest.approx(0.05, abs=0.005)  # offsets of 0.1 nT at four spacecraft
    assert lmn.matrix[0, 2] > 0


def test_every_method_is_listed_with_its_numbers(found):
    methods = {(one.method, one.probe) for one in found.normals}
    singles = {(method, probe) for method in ("mva", "mva_bn0") for probe in (1, 2, 3, 4)}
    assert methods == singles | {(one, None) for one in ("mva", "mva_bn0", "shue1997", "shue1998")}
    pooled = next(one for one in found.normals if one.method == "mva" and one.probe is None)
    single = next(one for one in found.normals if one.method == "mva" and one.probe == 1)
    assert pooled.error_deg == pytest.approx(single.error_deg / 2, rel=0.2)  # four instruments
    assert pooled.quality["bootstrap_deg"] == pytest.approx(pooled.quality["formula_deg"], rel=0.3)
    assert {"ratio_12", "ratio_23", "independent", "block_s", "nested_deg", "b_n_nt"} <= set(pooled.quality)
    assert sorted(found.variance) == [1, 2, 3, 4]
    for probe, lmn in found.variance.items():
        assert angle_deg(lmn.matrix[2], N) < 0.15, probe
    np.testing.assert_allclose(
        pooled.covariance @ pooled.n, 0.0, atol=1e-15
    )  # a unit vector has no error along itself


def test_nested_windows(found):
    rows = [one for one in found.nested if one["probe"] == 0]
    assert [one["half_window_s"] for one in rows] == pytest.approx([9.625, 19.25, 28.875, 38.5, 57.75])
    assert {one["probe"] for one in found.nested} == {0, 1, 2, 3, 4}
    for one in found.nested:
        assert one["angle_deg"] < 4.5 * one["error_deg"] + 0.05
        assert abs(one["b_n_nt"] - 2) < 5 * one["b_n_error_nt"]
    points = [one["points"] for one in rows]
    assert points == sorted(points)


def test_angles_between_all_methods(found):
    rows = angles_table(found)
    assert [one["chosen"] for one in rows].count(True) == 1
    chosen = next(one for one in rows if one["chosen"])
    assert (chosen["method"], chosen["probe"], chosen["angle_deg"]) == ("mva", None, 0.0)
    model = next(one for one in rows if one["method"] == "shue1998")
    expected = shue_normal(CASE_A.r0_km)
    assert model["angle_deg"] == pytest.approx(angle_deg(expected, N), abs=0.1)
    assert model["sigma"] == pytest.approx(model["angle_deg"] / 15, rel=0.01)
    labels, angles = angle_matrix(found.normals)
    assert labels[0] == "mva mms1"
    np.testing.assert_allclose(angles, angles.T)
    np.testing.assert_allclose(np.diag(angles), 0.0, atol=1e-9)


def test_the_smallest_reliable_error_is_taken_and_disagreement_told(case_a):
    near, far = normal("timing", N + 0.001 * L, 1e-3), normal("curlometer", N + 0.1 * M, 0.5)
    one = orient(case_a, WINDOWS, QUICK, more=(near, far))
    assert one.lmn.method == "timing"
    np.testing.assert_allclose(one.lmn.matrix[2], near.n)
    assert "mva is" in one.lmn.reason
    assert "curlometer is 5.7 deg away" in one.lmn.reason
    assert angle_deg(one.lmn.matrix[0], L) < 10  # L stays that of variance
    assert np.rad2deg(np.sqrt(np.diag(one.lmn.covariance)[:2])) == pytest.approx([1e-3, 1e-3])
    doubted = replace(near, reliable=False, reason="degenerate")
    assert orient(case_a, WINDOWS, QUICK, more=(doubted,)).lmn.method == "mva"
    # an estimate from the same times, and a normal without error, are listed but never chosen
    listed = (normal("cta", N, 1e-6), replace(near, covariance=np.full((3, 3), np.nan)))
    assert orient(case_a, WINDOWS, QUICK, more=listed).lmn.method == "mva"


def test_auto_refuses_what_is_far_from_the_model_or_hardly_known(case_a):
    wide = orient(case_a, WINDOWS, replace(QUICK, largest_error_deg=1e-4)).lmn
    assert (wide.method, wide.reliable) == ("shue1998", False)
    assert "mva: its error is 0.01" in wide.reason
    far = orient(case_a, WINDOWS, replace(QUICK, largest_model_angle_deg=10.0)).lmn
    assert "mva: it is 16 deg from the model" in far.reason
    asked = orient(case_a, WINDOWS, replace(QUICK, method="mva", largest_error_deg=1e-4)).lmn
    assert asked.method == "mva"


def test_methods_that_are_asked_for(case_a):
    for method in ("mva", "mva_bn0", "shue1997", "shue1998"):
        lmn = orient(case_a, WINDOWS, replace(QUICK, method=method)).lmn
        assert lmn.method == method
        assert lmn.reason.startswith(f"{method} as asked")
        assert np.linalg.det(lmn.matrix) == pytest.approx(1)
        assert lmn.matrix[2] @ shue_normal(CASE_A.r0_km) > 0
    assert orient(case_a, WINDOWS, replace(QUICK, method="mva_bn0")).lmn.constraint == "<B_n> = 0"
    model = orient(case_a, WINDOWS, replace(QUICK, method="shue1998")).lmn
    m = np.cross(model.matrix[2], [0, 0, 1])
    np.testing.assert_allclose(model.matrix[1], m / np.linalg.norm(m))  # M = N x Z, L = M x N
    given = orient(case_a, WINDOWS, replace(QUICK, method="given", n=(2.0, 1.0, 0.0), n_error_deg=1.0)).lmn
    np.testing.assert_allclose(given.matrix[2], unit([2.0, 1.0, 0.0]))
    assert np.rad2deg(np.sqrt(given.covariance[0, 0])) == pytest.approx(1.0)
    with pytest.raises(VariableError, match="toward the Earth"):
        orient(case_a, WINDOWS, replace(QUICK, method="given", n=(-2.0, -1.0, 0.0)))


def test_a_method_that_gives_nothing_is_replaced_and_told(case_a):
    refused = unknown_normal("timing", "four spacecraft in a line")
    lmn = orient(case_a, WINDOWS, replace(QUICK, method="timing"), more=(refused,)).lmn
    assert lmn.method == "mva"
    assert lmn.reason.startswith("timing was asked: four spacecraft in a line; smallest error of mva")


def test_hybrid_takes_n_of_gradients_and_l_of_variance(case_a):
    gradient = normal("mdd", N + 0.02 * L, 0.005)
    one = orient(case_a, WINDOWS, QUICK, gradient=gradient).lmn
    assert one.method == "hybrid"
    np.testing.assert_allclose(one.matrix[2], gradient.n)
    assert one.matrix[0] @ one.matrix[2] == pytest.approx(0, abs=1e-12)
    assert np.isnan(one.eigenvalues).all()
    crossed = normal("mdd", N + 2 * L, 0.005)
    found = orient(case_a, WINDOWS, QUICK, gradient=crossed)
    hybrid = next(one for one in found.normals if one.method == "hybrid")
    assert not hybrid.reliable
    assert "deg from N" in hybrid.reason
    assert found.lmn.method == "mva"


def test_ratios_by_the_shape_of_the_array(case_a):
    strict = replace(QUICK, ratios={"auto": (2.0, 2.0), "string": (2.0, 1e9)})
    assert orient(case_a, WINDOWS, strict).lmn.method == "mva"
    lmn = orient(case_a, WINDOWS, strict, kind="string").lmn
    assert (lmn.method, lmn.reliable) == ("shue1998", False)
    assert "l2/l3" in lmn.reason
    assert angle_deg(lmn.matrix[0], L) < 20  # the reversing field is known all the same
    shape = minimum_variance(np.random.default_rng(1).normal(size=(500, 3)) * [3, 2, 1], cadence_s=1.0)
    shape = replace(shape, ratios=(2.2, 2.6))
    ratios = OrientationOptions().ratios
    assert [bool(why_not(shape, ratios[kind])) for kind in ("auto", "planar", "irregular")] == [0, 1, 1]


def test_without_a_crossing_the_model(case_a):
    found = orient(case_a, {}, QUICK)
    assert (found.lmn.method, found.lmn.reliable) == ("shue1998", False)
    assert "no crossing" in found.lmn.reason
    np.testing.assert_allclose(found.lmn.matrix[2], shue_normal(place_of(case_a, case_a.time0)))
    assert not found.variance
    assert np.isnan(found.lmn.b_n_nt)


def test_fault_f26_fields_that_tell_no_axes(case_a):
    constant = orient(changed(case_a, lambda b: np.full_like(b, 7.0)), WINDOWS, QUICK)
    assert "does not vary" in constant.lmn.reason
    short = orient(case_a, {1: (0.0, 0.2)}, QUICK)
    assert "too few samples" in short.lmn.reason
    missing = orient(changed(case_a, lambda b: np.full_like(b, np.nan)), WINDOWS, QUICK)
    assert "no field" in missing.lmn.reason
    noise = np.random.default_rng(2)
    alike = orient(changed(case_a, lambda b: noise.normal(size=b.shape)), WINDOWS, QUICK)
    assert "l2/l3" in alike.lmn.reason
    for one in (constant, short, missing, alike):
        assert (one.lmn.method, one.lmn.reliable) == ("shue1998", False)
        assert np.linalg.det(one.lmn.matrix) == pytest.approx(1)
    with pytest.raises(InsufficientData, match="without length"):
        cut_windows(case_a, {1: (3.0, 3.0)}, 1.0)


def test_one_spacecraft_without_field_leaves_the_others(case_a):
    crafts = dict(case_a.spacecraft)
    crafts[2] = changed(case_a, lambda b: np.full_like(b, np.nan)).spacecraft[2]
    found = orient(replace(case_a, spacecraft=crafts), WINDOWS, QUICK)
    assert found.lmn.method == "mva"
    assert sorted(found.variance) == [1, 3, 4]
    assert next(one for one in found.normals if one.probe == 2).reason == "no field in its window"


def test_a_single_spacecraft(case_a):
    found = orient(case_a, {3: WINDOWS[3]}, QUICK)
    assert found.lmn.method == "mva"
    np.testing.assert_array_equal(found.lmn.matrix, found.variance[3].matrix)
    assert {one.probe for one in found.normals if one.method == "mva"} == {3}


def test_turns_about_x_time_shifts_and_the_order_of_spacecraft_do_not_matter(case_a):
    plain = orient(case_a, WINDOWS, QUICK).lmn
    angle = np.deg2rad(40)
    matrix = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    about_x = orient(turned(case_a, matrix), WINDOWS, QUICK).lmn
    assert angle_deg(about_x.matrix[2], matrix @ plain.matrix[2]) < 1e-6
    assert angle_deg(about_x.matrix[0], matrix @ plain.matrix[0], axes=True) < 1e-6
    np.testing.assert_allclose(np.diag(about_x.covariance), np.diag(plain.covariance), rtol=1e-6)

    shift = np.timedelta64(3, "D")
    crafts = {
        probe: replace(
            one,
            b=replace(one.b, time=one.b.time + shift),
            position=replace(one.position, time=one.position.time + shift),
        )
        for probe, one in case_a.spacecraft.items()
    }
    later = EventData(
        "later", case_a.start + shift, case_a.stop + shift, case_a.time0 + shift, "brst", np.eye(3), crafts
    )
    np.testing.assert_array_equal(orient(later, WINDOWS, QUICK).lmn.matrix, plain.matrix)

    order = replace(case_a, spacecraft={5 - probe: one for probe, one in case_a.spacecraft.items()})
    np.testing.assert_allclose(orient(order, WINDOWS, QUICK).lmn.matrix, plain.matrix, atol=1e-9)


def test_defect_8_signs_of_eigenvectors_do_not_cancel(case_a, monkeypatch):
    plain = orient(case_a, WINDOWS, QUICK)
    calls = iter(range(10**6))
    axes_of = variance_module.principal_axes

    def flipped(matrix):
        values, axes = axes_of(matrix)
        return values, axes * (np.array([1.0, -1.0, -1.0]) if next(calls) % 2 else 1.0)

    monkeypatch.setattr(variance_module, "principal_axes", flipped)
    other = orient(case_a, WINDOWS, QUICK)
    np.testing.assert_allclose(other.lmn.matrix, plain.lmn.matrix, atol=1e-9)
    for probe, lmn in other.variance.items():
        np.testing.assert_allclose(lmn.matrix, plain.variance[probe].matrix, atol=1e-9)


def test_defect_11_n_is_outward_and_the_ratios_are_true():
    rng = np.random.default_rng(3)
    truth = CASE_A.to_gsm(CASE_A.b_lmn_nt(62.4 * np.arange(-38, 38, 1 / 16)))
    one = minimum_variance(truth + 0.05 * rng.normal(size=truth.shape), cadence_s=1 / 16)
    l1, l2, l3 = one.eigenvalues_nt2
    assert one.ratios == pytest.approx((l1 / l2, l2 / l3))
    interval = (np.datetime64("2018-01-15"), np.datetime64("2018-01-16"))
    for _ in range(200):
        position = 6371.2 * np.array([rng.uniform(-8, 9), *rng.uniform(-12, 12, 2)])
        model = shue_normal(position)
        q, r = np.linalg.qr(rng.normal(size=(3, 3)))
        matrix = q * np.sign(np.diag(r))
        matrix *= np.sign(np.linalg.det(matrix))
        lmn = lmn_of(replace(one, axes=one.axes @ matrix), position, interval, one.covariance, "")
        assert lmn.matrix[2] @ model >= 0
        assert np.linalg.det(lmn.matrix) == pytest.approx(1)
        assert lmn.matrix[0, 2] >= 0
        np.testing.assert_allclose(np.cross(lmn.matrix[2], lmn.matrix[0]), lmn.matrix[1], atol=1e-12)
        np.testing.assert_allclose(np.diag(lmn.covariance), np.diag(one.covariance))


def test_defect_10_a_window_of_10_s_tells_the_normal(case_a):
    lmn = orient(case_a, dict.fromkeys(WINDOWS, (-5.0, 5.0)), QUICK).lmn
    assert angle_deg(lmn.matrix[2], N) < max(0.4, 3.5 * np.rad2deg(np.sqrt(lmn.covariance[0, 0])))
    assert angle_deg(unit(CASE_A.r0_km), N) > 5  # what the radial direction would give


def test_normals_that_disagree_widen_the_error():
    rng = np.random.default_rng(4)
    t = np.arange(-60, 60, 1 / 16)
    b = CASE_A.to_gsm(CASE_A.b_lmn_nt(62.4 * t)) + 0.05 * rng.normal(size=(len(t), 3))
    half = 38.0
    inner = b[np.abs(t) < half]
    one = minimum_variance(inner, cadence_s=1 / 16)
    same = [minimum_variance(b[np.abs(t) < h], cadence_s=1 / 16) for h in (19.0, 28.0, 57.0)]
    np.testing.assert_array_equal(scatter_excess(one, same), 0.0)
    np.testing.assert_array_equal(scatter_excess(one, []), 0.0)
    bent = [replace(found, axes=found.axes @ _about_l(0.02 * k)) for k, found in enumerate(same, 1)]
    expected = 0.02**2 * (1 + 4 + 9) / 3
    assert scatter_excess(one, bent)[0] == pytest.approx(expected, rel=0.1)


def _about_l(angle):
    turn = np.cross(np.eye(3), L) * np.sin(angle)
    return np.cos(angle) * np.eye(3) + turn + (1 - np.cos(angle)) * np.outer(L, L)


def test_first_axes(case_a):
    lmn = first_axes(case_a)
    assert angle_deg(lmn.matrix[0], L) < 10
    assert angle_deg(lmn.matrix[2], N) < 1
    assert (lmn.method, lmn.reliable) == ("mva", True)
    flat = first_axes(changed(case_a, lambda b: np.full_like(b, 7.0)))
    assert (flat.method, flat.reliable) == ("shue1998", False)
    assert np.linalg.det(flat.matrix) == pytest.approx(1)
    assert "northward" in flat.reason

    def holed(b):
        b[3000:4500] = np.nan
        return b

    assert angle_deg(first_axes(changed(case_a, holed)).matrix[0], L) < 10
    with pytest.raises(InsufficientData, match="no usable field"):
        first_axes(changed(case_a, lambda b: np.full_like(b, np.nan)))
