"""Local axes: the sheet's own where four spacecraft see it, always right-handed, or GSM."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.mms_rnn.lmn import Lmn, frame_name, frame_rotation, local_lmn
from magnetoflow.mms_rnn.scaling import Scaling
from tests.unit.rnn_bursts import burst, crossing, tilted, times

SCALING = Scaling(15.0, 0.25)


def angle(a, b):
    return np.rad2deg(np.arccos(np.clip(abs(a @ b), 0, 1)))


def four(axes=None, **more):
    return {probe: crossing(SCALING, probe, axes=axes, **more)[0] for probe in (1, 2, 3, 4)}


def right_handed(lmn):
    return np.linalg.det(lmn.matrix) == pytest.approx(1.0, abs=1e-12) and np.allclose(
        lmn.matrix @ lmn.matrix.T, np.eye(3), atol=1e-12
    )


def sheet(variances, samples=4000, seed=0):
    """One spacecraft in noise of given variances along X, Y, Z of GSM."""
    rng, time = np.random.default_rng(seed), times(samples)
    noise = rng.normal(size=(samples, 3)) * np.sqrt(variances)
    return burst(samples, b_gse_nt=rotate(np.swapaxes(gse_to_gsm(time), 1, 2), noise))


@pytest.mark.parametrize("tilt", [(0.0, 0.0), (28.0, 12.0), (-50.0, -20.0), (75.0, 5.0)])
def test_four_spacecraft_find_the_axes_of_a_tilted_sheet(tilt):
    axes = tilted(*tilt)
    lmn = local_lmn(four(axes, noise_nt=0.02))
    assert (lmn.reliable, lmn.method, lmn.reason) == (True, "gradient", "")
    for row in range(3):
        assert angle(lmn.matrix[row], axes[row]) < 4
        assert lmn.matrix[row] @ axes[row] > 0.99  # the sign too
    assert right_handed(lmn)
    assert 0 < lmn.n_error_deg < 5
    assert 0 < lmn.l_error_deg < 5
    assert lmn.points == 12000


def test_offsets_between_the_spacecraft_do_not_turn_the_normal():
    rng, records = np.random.default_rng(7), four(tilted(28.0, 12.0), edge_km=20.0)
    moved = {
        probe: replace(record, b_gse_nt=record.b_gse_nt + 0.1 * rng.normal(size=3))
        for probe, record in records.items()
    }
    assert angle(local_lmn(moved).matrix[2], local_lmn(records).matrix[2]) < 0.1


def test_the_frame_turns_with_the_sheet():
    straight = local_lmn(four()).matrix
    for tilt in ((15.0, 5.0), (-40.0, 10.0)):
        axes = tilted(*tilt)
        np.testing.assert_allclose(local_lmn(four(axes)).matrix, straight @ axes, atol=1e-5)


def test_variance_finds_axes_of_known_variances():
    lmn = local_lmn({3: sheet([100.0, 25.0, 1.0])})
    assert (lmn.reliable, lmn.method) == (True, "variance")
    assert lmn.ratio_l == pytest.approx(4, rel=0.1)
    assert lmn.ratio_n == pytest.approx(25, rel=0.1)
    assert angle(lmn.matrix[0], np.array([1.0, 0, 0])) < 2
    assert angle(lmn.matrix[2], np.array([0, 0, 1.0])) < 2
    assert right_handed(lmn)


def test_ratios_by_hand():
    # (+-3, 0, 0), (0, +-2, 0), (0, 0, +-1) about (5, 5, 5): variances 18/6, 8/6, 2/6
    field = np.array([[3, 0, 0], [-3, 0, 0], [0, 2, 0], [0, -2, 0], [0, 0, 1], [0, 0, -1]]) + 5.0
    lmn = local_lmn({1: burst(24, b_gse_nt=np.tile(field, (4, 1)))})
    assert (lmn.ratio_l, lmn.ratio_n) == pytest.approx((2.25, 4.0), rel=1e-4)  # GSM turns by little
    assert lmn.points == 24


def test_an_offset_of_one_spacecraft_is_no_variance():
    record = sheet([100.0, 25.0, 1.0])
    offset = rotate(np.swapaxes(gse_to_gsm(record.time), 1, 2), [0.0, 0.0, 30.0])
    moved = burst(4000, b_gse_nt=record.b_gse_nt + offset)
    alone, both = local_lmn({1: record}), local_lmn({1: record, 2: moved})
    np.testing.assert_allclose(both.matrix, alone.matrix, atol=1e-9)


def test_missing_rows_are_dropped_and_do_not_turn_the_normal():
    record = sheet([100.0, 25.0, 0.2])
    field = record.b_gse_nt + rotate(np.swapaxes(gse_to_gsm(record.time), 1, 2), [20.0, 10.0, 15.0])
    whole = local_lmn({1: burst(4000, b_gse_nt=field)})
    holes = field.copy()
    holes[np.random.default_rng(1).random(4000) < 0.05] = np.nan
    less = local_lmn({1: burst(4000, b_gse_nt=holes)})
    assert less.points < 4000
    assert angle(less.matrix[2], whole.matrix[2]) < 0.1
    zeros = local_lmn({1: burst(4000, b_gse_nt=np.nan_to_num(holes))})
    assert angle(zeros.matrix[2], whole.matrix[2]) > 1  # what filling with zeros would do


@pytest.mark.parametrize(
    ("variances", "reason"),
    [
        ([100.0, 1.0, 0.9], "eigenvalues of N differ"),
        ([100.0, 90.0, 1.0], "largest and intermediate variance differ"),
        ([1.0, 25.0, 100.0], "L is far from X"),
        ([100.0, 1.0, 25.0], "N by variance is far from Z"),
    ],
)
def test_axes_that_nobody_can_tell_apart_are_not_reliable(variances, reason):
    lmn = local_lmn({1: sheet(variances)})
    assert not lmn.reliable
    assert reason in lmn.reason
    assert right_handed(lmn)
    assert frame_name(lmn) == "gsm"
    time = times(5)
    np.testing.assert_array_equal(frame_rotation(time, lmn), gse_to_gsm(time))


@pytest.mark.parametrize("field", [np.full((400, 3), np.nan), np.tile([20.0, 1.0, 2.0], (400, 1))])
def test_no_field_and_a_constant_field_have_no_axes(field):
    lmn = local_lmn({1: burst(400, b_gse_nt=field)})
    assert not lmn.reliable
    assert lmn.reason
    assert right_handed(lmn)


def test_fewer_than_20_points_are_too_few():
    record = sheet([100.0, 25.0, 1.0], samples=19)
    lmn = local_lmn({1: record})
    assert (lmn.reliable, lmn.method) == (False, "none")
    assert lmn.reason == "19 samples of the field, 20 are needed"
    assert local_lmn({1: sheet([100.0, 25.0, 1.0], samples=20)}).method == "variance"
    assert local_lmn({}).reason == "0 samples of the field, 20 are needed"


def test_a_flat_array_falls_back_to_variance():
    records = four(noise_nt=0.02)
    place = records[1].position_gse_km
    flat = {
        probe: burst(3000, b_gse_nt=record.b_gse_nt, position_gse_km=place)
        for probe, record in records.items()
    }
    assert local_lmn(flat).method == "variance"


def test_every_frame_is_right_handed_with_l_and_n_on_their_side():
    rng = np.random.default_rng(4)
    for seed in range(30):
        turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        record = sheet([100.0, 25.0, 1.0], samples=200, seed=seed)
        lmn = local_lmn({1: burst(200, b_gse_nt=record.b_gse_nt @ turn)})
        assert right_handed(lmn)
        assert lmn.matrix[0, 0] >= 0
        assert lmn.matrix[2, 2] >= 0


def test_jackknife_errors_are_of_the_size_of_the_scatter():
    found = [local_lmn({1: sheet([100.0, 25.0, 4.0], samples=800, seed=seed)}) for seed in range(40)]
    scatter = np.sqrt(np.mean([angle(one.matrix[2], np.array([0, 0, 1.0])) ** 2 for one in found]))
    errors = np.sqrt(np.mean([one.n_error_deg**2 for one in found]))
    assert 0.7 < errors / scatter < 1.4


def test_frame_names():
    assert frame_name("gsm") == "gsm"
    assert frame_name(Lmn(np.eye(3), True, "gradient")) == "lmn"
