"""Axes by variance: exact axes, invariants, errors that cover the truth, and data that cannot tell them."""

import numpy as np
import pytest
from scipy.signal import lfilter

from magnetoflow.errors import InsufficientData
from magnetoflow.mms_mp.bootstrap import bootstrap_turns
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.principal import constrained_axes, principal_axes
from magnetoflow.mms_mp.turns import tilts_of, turns_of
from magnetoflow.mms_mp.variance import minimum_variance
from magnetoflow.sample.magnetopause import CASE_A, Boundary

RUNS = 400


def profile(rate_hz=16.0, half_s=38.0, boundary=CASE_A):
    """Field of a boundary at 62.4 km/s, without noise [nT, GSM]."""
    t = np.arange(-half_s, half_s, 1 / rate_hz)
    return boundary.to_gsm(boundary.b_lmn_nt(62.4 * t))


def rotation(rng):
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q *= np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


def true_axes(truth):
    """Axes of the noiseless profile, N outward."""
    about = truth - truth.mean(axis=0)
    _, axes = principal_axes(about.T @ about / len(about))
    signs = np.sign(np.sum(axes * CASE_A.axes, axis=1))
    axes = axes * signs[:, None]
    axes[1] = np.cross(axes[2], axes[0])
    return axes


def turns(found, axes):
    """Turns about the rows of `axes` [rad] that lead to the rows that were found."""
    found = found * np.sign(np.sum(found * axes, axis=1))[:, None]
    return axes @ (np.cross(axes, found).sum(axis=0) / 2)


def coloured(rng, shape, correlation):
    """Noise of unit variance with an exponential correlation [steps]."""
    if correlation == 0:
        return rng.normal(size=shape)
    keep = np.exp(-1 / correlation)
    long = rng.normal(size=(shape[0], shape[1] + 200, 3)) * np.sqrt(1 - keep**2)
    return lfilter([1.0], [1.0, -keep], long, axis=1)[:, 200:]


def test_the_axes_of_a_profile_without_noise():
    found = minimum_variance(profile(), cadence_s=1 / 16)
    assert angle_deg(found.axes[2], CASE_A.axes[2], axes=True) < 1e-6
    assert np.linalg.det(found.axes) == pytest.approx(1)
    assert abs(found.b_n_nt) == pytest.approx(2.0, abs=1e-9)
    assert found.eigenvalues_nt2[2] < 1e-12


def test_the_formula_for_white_noise():
    truth = profile(64.0)
    rng = np.random.default_rng(1)
    found = minimum_variance(truth + 0.05 * rng.normal(size=truth.shape), cadence_s=1 / 64)
    l1, l2, l3 = found.eigenvalues_nt2
    k = found.independent
    assert k == pytest.approx(len(truth), rel=0.1)
    dphi_32 = np.sqrt(l3 / (k - 1) * l2 / (l2 - l3) ** 2)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(dphi_32, rel=0.05)
    dphi_31 = np.sqrt(l3 / (k - 1) * l1 / (l1 - l3) ** 2)
    assert np.sqrt(found.covariance[1, 1]) == pytest.approx(dphi_31, rel=0.05)
    dphi_21 = np.sqrt(l3 / (k - 1) * (l1 + l2 - l3) / (l1 - l2) ** 2)
    assert np.sqrt(found.covariance[2, 2]) == pytest.approx(dphi_21, rel=1e-6)
    along = found.axes @ found.mean_nt
    expected = np.sqrt(l3 / (k - 1) + (dphi_32 * along[1]) ** 2 + (dphi_31 * along[0]) ** 2)
    assert found.b_n_error_nt == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(("spacecraft", "correlation", "common"), [(1, 0.0, 0.0), (2, 2.5, 0.5)])
def test_errors_cover_the_truth(spacecraft, correlation, common):
    """68 +- 8 % of 400 runs: all turns by formula, tilts of N by block bootstrap, and B_N."""
    truth = profile(5.0)
    axes = true_axes(truth)
    shape = (spacecraft, *truth.shape)
    formula, bootstrap, mean = [], [], []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        noise = np.sqrt(1 - common) * coloured(rng, shape, correlation)
        noise += np.sqrt(common) * coloured(rng, (1, *truth.shape), correlation)
        found = minimum_variance(truth + 0.05 * noise, cadence_s=1 / 5, resamples=120, seed=seed)
        error = turns(found.axes, axes)
        formula.append(np.abs(error) < np.sqrt(np.diag(found.covariance)))
        bootstrap.append((np.abs(error) < np.sqrt(np.diag(found.bootstrap)))[:2])
        mean.append(abs(abs(found.b_n_nt) - 2.0) < found.b_n_error_nt)
    shares = [*np.mean(formula, axis=0), *np.mean(bootstrap, axis=0), np.mean(mean)]
    assert all(0.60 <= one <= 0.76 for one in shares), shares


def test_common_and_correlated_noise_widens_the_errors():
    truth = profile(8.0)
    rng = np.random.default_rng(2)
    shape = (4, *truth.shape)
    alone = minimum_variance(truth + 0.05 * rng.normal(size=shape), cadence_s=1 / 8)
    common = minimum_variance(
        truth + 0.05 * np.repeat(rng.normal(size=(1, *truth.shape)), 4, 0), cadence_s=1 / 8
    )
    slow = minimum_variance(truth + 0.05 * coloured(rng, shape, 10.0), cadence_s=1 / 8)
    assert alone.independent > 3 * len(truth)
    assert common.independent < 1.2 * len(truth)  # four times the same noise tells nothing new
    assert slow.independent < len(truth)
    assert common.covariance[0, 0] > 2 * alone.covariance[0, 0]


def test_rotation_units_and_order_do_not_matter():
    rng = np.random.default_rng(3)
    b = profile() + 0.1 * rng.normal(size=(3, *profile().shape))
    found = minimum_variance(b, cadence_s=1 / 16, resamples=50)
    for zero in (False, True):
        found = minimum_variance(b, cadence_s=1 / 16, zero_b_n=zero)
        turn = rotation(rng)
        turned = minimum_variance(b @ turn.T, cadence_s=1 / 16, zero_b_n=zero)
        assert angle_deg(turned.axes[2], turn @ found.axes[2], axes=True) < 1e-6
        np.testing.assert_allclose(turned.eigenvalues_nt2, found.eigenvalues_nt2, rtol=1e-9)
        np.testing.assert_allclose(np.diag(turned.covariance), np.diag(found.covariance), rtol=1e-6)
        tesla = minimum_variance(1e-9 * b, cadence_s=1 / 16, zero_b_n=zero)
        np.testing.assert_allclose(tesla.axes, found.axes, atol=1e-9)
        np.testing.assert_allclose(tesla.covariance, found.covariance, rtol=1e-6, atol=1e-20)
        other = minimum_variance(b[::-1], cadence_s=1 / 16, zero_b_n=zero)
        assert angle_deg(other.axes[2], found.axes[2], axes=True) < 1e-9
        np.testing.assert_allclose(other.covariance, found.covariance, rtol=1e-6, atol=1e-20)


def test_an_offset_of_one_spacecraft_turns_nothing():
    b = profile() + 0.05 * np.random.default_rng(4).normal(size=(2, *profile().shape))
    found = minimum_variance(b, cadence_s=1 / 16)
    b[1] += [0.3, -0.5, 0.4]
    assert angle_deg(minimum_variance(b, cadence_s=1 / 16).axes[2], found.axes[2], axes=True) < 1e-9


@pytest.mark.parametrize("b_n", [2.0, 5.0, 15.0])
def test_defect_24_a_gap_of_5_percent_hardly_turns_the_normal(b_n):
    truth = profile(64.0, boundary=Boundary(b_n_nt=b_n))
    b = truth + 0.05 * np.random.default_rng(5).normal(size=truth.shape)
    whole = minimum_variance(b, cadence_s=1 / 64).axes[2]
    start = int(0.55 * len(b))
    b[start : start + len(b) // 20] = np.nan
    gap = minimum_variance(b, cadence_s=1 / 64)
    assert angle_deg(gap.axes[2], whole, axes=True) < 0.1
    zeros = np.nan_to_num(b)
    about = zeros - zeros.mean(axis=0)
    wrong = principal_axes(about.T @ about)[1][2]
    assert angle_deg(wrong, whole, axes=True) > 2  # what zeros in place of missing values do
    part = b.copy()
    part[10, 0] = np.nan  # a row with one component missing is dropped whole
    assert minimum_variance(part, cadence_s=1 / 64).points == gap.points - 1


def test_no_mean_field_along_the_normal():
    tangential = Boundary(b_n_nt=0.0)
    b = profile(64.0, boundary=tangential) + 0.05 * np.random.default_rng(6).normal(size=(4864, 3))
    found = minimum_variance(b, cadence_s=1 / 64, zero_b_n=True)
    assert found.constraint == "<B_n> = 0"
    assert found.b_n_nt == pytest.approx(0.0, abs=1e-9)
    assert angle_deg(found.axes[2], CASE_A.axes[2], axes=True) < 0.1
    b = profile(64.0, half_s=20.0)
    wrong = minimum_variance(b, cadence_s=1 / 64, zero_b_n=True).axes[2]
    assert angle_deg(wrong, CASE_A.axes[2], axes=True) == pytest.approx(9.5, abs=0.3)  # true B_N is 2 nT


def test_errors_without_mean_field_along_the_normal_cover_the_truth():
    truth = profile(8.0, boundary=Boundary(b_n_nt=0.0))
    n = CASE_A.axes[2]
    inside = []
    for seed in range(120):
        b = truth + 0.2 * np.random.default_rng(seed).normal(size=truth.shape)
        found = minimum_variance(b, cadence_s=1 / 8, zero_b_n=True)
        tilt = found.axes[:2] @ (found.axes[2] * np.sign(found.axes[2] @ n) - n)
        inside.append(np.abs(tilt) < np.sqrt(np.diag(found.covariance)[[1, 0]]))
    share = np.mean(inside, axis=0)
    assert ((share > 0.56) & (share < 0.80)).all(), share


def test_defect_27_constrained_axes_are_right_handed():
    rng = np.random.default_rng(7)
    root = rng.normal(size=(2000, 3, 3))
    mean = rng.normal(size=(2000, 3))
    values, axes, across = constrained_axes(root @ np.swapaxes(root, 1, 2), mean)
    np.testing.assert_allclose(np.linalg.det(axes), 1.0, rtol=1e-9)
    np.testing.assert_allclose(np.einsum("ti,ti->t", axes[:, 2], mean), 0.0, atol=1e-9)
    assert (across[:, 0] >= across[:, 1]).all()
    np.testing.assert_allclose(across[:, 1], values[:, 2], rtol=1e-6, atol=1e-9)
    # eigenvalues of P M P, less the null one
    b = mean / np.linalg.norm(mean, axis=1)[:, None]
    project = np.eye(3) - b[:, :, None] * b[:, None, :]
    published = np.linalg.eigvalsh(project @ root @ np.swapaxes(root, 1, 2) @ project)
    np.testing.assert_allclose(across, published[:, :0:-1], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(
        np.linalg.det(principal_axes(root @ np.swapaxes(root, 1, 2))[1]), 1.0, rtol=1e-9
    )


@pytest.mark.parametrize("zero", [False, True])
def test_data_that_cannot_tell_axes(zero):
    def found(b):
        return minimum_variance(b, cadence_s=1.0, zero_b_n=zero)

    with pytest.raises(InsufficientData, match="does not vary"):
        found(np.tile([1.0, 2.0, 3.0], (100, 1)))
    with pytest.raises(InsufficientData, match="does not vary"):
        found(np.zeros((100, 3)))
    with pytest.raises(InsufficientData, match="19 times"):
        found(np.random.default_rng(8).normal(size=(19, 3)))
    with pytest.raises(InsufficientData, match="0 times"):
        found(np.full((100, 3), np.nan))
    with pytest.raises(InsufficientData, match="0 times"):
        found(np.empty((0, 3)))


def test_a_field_along_one_line_tells_no_normal():
    found = minimum_variance(np.outer(np.arange(50.0), [1.0, 0.0, 0.0]), cadence_s=1.0)
    assert not found.ratios[1] >= 2


def test_isotropic_noise_is_told_by_its_ratios():
    found = minimum_variance(np.random.default_rng(9).normal(size=(500, 3)), cadence_s=1.0)
    assert max(found.ratios) < 2
    assert np.rad2deg(np.sqrt(found.covariance[0, 0])) > 10


def test_the_bootstrap_repeats_and_keeps_its_blocks_whole():
    b = (profile(64.0) + 0.05 * np.random.default_rng(10).normal(size=(4864, 3)))[None]
    axes = principal_axes(np.cov(b[0].T))[1]
    first, length = bootstrap_turns(b, axes, zero_b_n=False, correlation=1.0, resamples=300, seed=1)
    again, _ = bootstrap_turns(b, axes, zero_b_n=False, correlation=1.0, resamples=300, seed=1)
    other, _ = bootstrap_turns(b, axes, zero_b_n=False, correlation=1.0, resamples=300, seed=2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert 5 <= length <= 64
    assert bootstrap_turns(b, axes, zero_b_n=False, correlation=40.0, resamples=10, seed=1)[1] >= 200
    gap = b.copy()
    gap[:, 1000:1500] = np.nan
    missing, _ = bootstrap_turns(gap, axes, zero_b_n=False, correlation=1.0, resamples=300, seed=1)
    assert np.isfinite(missing).all()


def test_turns_and_tilts():
    rng = np.random.default_rng(11)
    axes = rotation(rng)
    small = 1e-6 * rng.normal(size=3)
    moved = axes[2] + np.cross(small @ axes, axes[2])
    tilt = moved - axes[2]
    turned = turns_of(np.outer(tilt, tilt), axes, small[2] ** 2)
    expected = np.outer(small, small)
    np.testing.assert_allclose(turned[:2, :2], expected[:2, :2], atol=1e-20)
    assert turned[2, 2] == pytest.approx(small[2] ** 2)
    np.testing.assert_allclose(tilts_of(expected, axes), np.outer(tilt, tilt), atol=1e-20)
