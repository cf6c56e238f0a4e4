"""GSE to GSM: against pyspedas, against the definition, and rotations as such."""

import numpy as np
import pytest

from magnetoflow.frames import dipole_gse, gse_to_gsm, j2000_to_gse, rotate
from magnetoflow.sky import dipole_pole, sun_elevation

# (10, 20, -30) GSE in GSM, by pyspedas 2.2.1 subgse2gsm
PYSPEDAS = {
    "2015-10-16T13:05:24": (2.6706, -35.9565),
    "2017-07-11T22:33:30": (21.0071, -29.3036),
    "2018-09-10T17:14:45": (7.4153, -35.2847),
    "2020-08-05T14:18:30": (6.5823, -35.4496),
    "2024-12-31T23:00:00": (26.9313, -23.9730),
    "2016-03-20T10:00:00": (26.7131, -24.2160),
}
# (100000, -90000, -60000) km of J2000 in GSE and GSM, by pyspedas 2.2.1 cotrans
PYSPEDAS_J2000 = {
    "2015-10-16T13:05:24": ((-51346.24, 136722.65, -19247.89), (-51346.24, 109603.76, -83967.72)),
    "2017-08-10T12:18:30": ((-145573.69, 11737.71, -19249.09), (-145573.69, 1603.7, -22488.43)),
    "2019-01-27T12:30:00": ((145189.88, 15789.03, -19251.11), (145189.88, 17597.48, -17613.27)),
    "2024-12-31T23:00:00": ((122772.82, 79094.42, -19258.92), (122772.82, 81394.15, 1351.37)),
}
TIME = np.datetime64("2017-01-01", "ns") + np.arange(0, 365 * 24, 7) * np.timedelta64(1, "h")


def test_the_rotation_is_that_of_pyspedas():
    time = np.array(list(PYSPEDAS), dtype="datetime64[ns]")
    turned = rotate(gse_to_gsm(time), [10.0, 20.0, -30.0])
    assert np.array_equal(turned[:, 0], np.full(6, 10.0))
    np.testing.assert_allclose(turned[:, 1:], list(PYSPEDAS.values()), atol=0.002)  # 0.003 deg


def test_matrices_are_rotations_about_x():
    matrices = gse_to_gsm(TIME)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, rtol=1e-13)
    np.testing.assert_allclose(
        matrices @ np.swapaxes(matrices, 1, 2), np.tile(np.eye(3), (len(TIME), 1, 1)), atol=1e-14
    )
    assert np.array_equal(matrices[:, 0], np.tile([1.0, 0.0, 0.0], (len(TIME), 1)))


def test_the_dipole_lies_in_the_xz_plane_of_gsm_and_points_north():
    dipole = rotate(gse_to_gsm(TIME), dipole_gse(TIME))
    np.testing.assert_allclose(np.linalg.norm(dipole, axis=1), 1.0, rtol=1e-13)
    np.testing.assert_allclose(dipole[:, 1], 0.0, atol=1e-14)
    assert (dipole[:, 2] > 0.8).all()


def test_the_tilt_is_the_suns_height_over_the_magnetic_equator():
    # the angle of the dipole from the plane across the Sun's direction, by two other routes
    tilt = np.rad2deg(np.arcsin(dipole_gse(TIME)[:, 0]))
    latitude, longitude = dipole_pole(TIME)
    geodetic = np.rad2deg(np.arctan(np.tan(np.deg2rad(latitude)) / (1 - 0.00669437999014)))
    # the dipole's direction is the zenith of the geocentric pole: within 0.2 deg of the geodetic zenith
    np.testing.assert_allclose(sun_elevation(TIME, geodetic, longitude), tilt, atol=0.2)
    assert 32 < tilt.max() < 34.5
    assert -34.5 < tilt.min() < -32


def test_there_and_back():
    rng = np.random.default_rng(3)
    vectors, matrices = rng.normal(size=(len(TIME), 3)), gse_to_gsm(TIME)
    back = rotate(np.swapaxes(matrices, 1, 2), rotate(matrices, vectors))
    np.testing.assert_allclose(back, vectors, atol=1e-14)


def test_a_row_with_a_missing_component_is_missing():
    turned = rotate(gse_to_gsm(TIME[:2]), [[1.0, np.nan, 2.0], [1.0, 0.0, 0.0]])
    assert np.isnan(turned[0]).all()
    assert turned[1].tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_any_shape_of_times(shape):
    time = np.full(shape, np.datetime64("2017-07-11T22:33:30", "ns"))
    assert gse_to_gsm(time).shape == (*shape, 3, 3)


def test_positions_of_j2000_are_those_of_pyspedas():
    time = np.array(list(PYSPEDAS_J2000), dtype="datetime64[ns]")
    gse = rotate(j2000_to_gse(time), [100000.0, -90000.0, -60000.0])
    gsm = rotate(gse_to_gsm(time), gse)
    expected = np.array(list(PYSPEDAS_J2000.values()))
    np.testing.assert_allclose(gse, expected[:, 0], atol=1.0)
    np.testing.assert_allclose(gsm, expected[:, 1], atol=1.0)  # asked: 4 km


def test_j2000_turns_by_precession_and_keeps_lengths():
    matrices = j2000_to_gse(TIME)
    assert matrices.shape == (len(TIME), 3, 3)
    np.testing.assert_allclose(np.linalg.det(matrices), 1.0, rtol=1e-13)
    # the pole of the ecliptic hardly moves: 0.5 arc seconds a year, and nutation
    pole = np.array([0.0, -np.sin(np.deg2rad(23.4393)), np.cos(np.deg2rad(23.4393))])
    assert np.rad2deg(np.arccos(rotate(matrices, pole)[:, 2])).max() < 0.01


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_any_shape_of_times_from_j2000(shape):
    time = np.full(shape, np.datetime64("2017-07-11T22:33:30", "ns"))
    assert j2000_to_gse(time).shape == (*shape, 3, 3)
