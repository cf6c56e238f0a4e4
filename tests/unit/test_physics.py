"""Plasma formulas against numbers worked out with 40 digits from their SI definitions."""

import numpy as np
import pytest

from magnetoflow.physics import (
    MU0,
    NT2_PER_NPA,
    UA_M2_PER_NT_KM,
    alfven_speed_km_s,
    cross_mv_m,
    current_ua_m2,
    dot,
    ion_inertial_length_km,
    total_pressure_field_nt,
)

EXACT = {"rtol": 1e-10, "atol": 0}


def test_constants():
    assert pytest.approx(1.2566370614359172954e-6, rel=1e-15) == MU0  # 4 pi 1e-7
    assert pytest.approx(2513.2741228718345908, rel=1e-14) == NT2_PER_NPA  # 2 mu0 1e-9 Pa / (1e-9 T)^2
    assert pytest.approx(0.79577471545947667884, rel=1e-14) == UA_M2_PER_NT_KM  # 1e-12 T/m / mu0, in 1e-6


def test_alfven_speed_of_events_a_and_e():
    # 21.27865148e-9 / sqrt(4 pi 1e-7 * 0.13838144e6 * 1.6726219e-27) m/s, and so on
    speeds = alfven_speed_km_s([21.27865148, 7.805345825, 20.0], [0.13838144, 0.19892825, 0.25])
    expected = [1247.674667001803900962, 381.7157653976234653035, 872.4813853301444069230]
    np.testing.assert_allclose(speeds, expected, **EXACT)
    np.testing.assert_allclose(alfven_speed_km_s(20.0, 0.25, ion_mass=16.0), 218.1203463325361017, **EXACT)


def test_inertial_length():
    np.testing.assert_allclose(
        ion_inertial_length_km([0.25, 0.13838144]), [455.4, 612.1024359372581543], **EXACT
    )
    np.testing.assert_allclose(ion_inertial_length_km(0.25, ion_mass=16.0), 1821.6, **EXACT)


@pytest.mark.parametrize("density", [0.0, -0.1, np.nan])
def test_no_speed_and_no_length_without_density(density):
    assert np.isnan(alfven_speed_km_s(20.0, density))
    assert np.isnan(ion_inertial_length_km(density))


def test_cross_product_by_components():
    # V = (-400, 50, 30) km/s, B = (3, -7, 2) nT:
    # x: 50*2 - 30*(-7) = 310, y: 30*3 - (-400)*2 = 890, z: (-400)*(-7) - 50*3 = 2650; times 1e-3
    np.testing.assert_allclose(
        cross_mv_m([[-400.0, 50.0, 30.0]], [[3.0, -7.0, 2.0]]), [[0.31, 0.89, 2.65]], **EXACT
    )


def test_current_by_components():
    # 1.6e-4 * 0.2 * (300, -1500, 25)
    np.testing.assert_allclose(
        current_ua_m2([0.2], [[300.0, -1500.0, 25.0]]), [[9.6e-3, -4.8e-2, 8e-4]], **EXACT
    )


def test_field_of_the_total_pressure():
    # 3-4-12 has length 13; 0.1 nPa is 251.32741228718346 nT^2; 169 + 251.327... = 420.327...
    value = total_pressure_field_nt([[3.0, 4.0, 12.0]], [0.1])
    np.testing.assert_allclose(value**2, [420.32741228718346], **EXACT)
    assert np.isnan(total_pressure_field_nt([[3.0, 4.0, 12.0]], [-0.1]))  # no field has that pressure


def test_a_missing_component_is_a_missing_product():
    assert np.isnan(dot([[1.0, np.nan, 1.0]], [[1.0, 0.0, 1.0]]))
    assert dot([[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]) == 32.0
