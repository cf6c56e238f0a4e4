"""Normals of the magnetopause model: check values, the gradient itself, and pyspedas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from magnetoflow.mms_mp.normals import angle_deg, outward
from magnetoflow.mms_mp.shue import shape, shue_normal

CHECK = [
    ((9.0, 6.0, -2.0), (0.90971, 0.39393, -0.13131), 10.56),
    ((0.0, 14.0, 3.0), (0.50792, 0.84228, 0.18049), 30.53),
]
# gsm2lmn of pyspedas 2.2.1, which takes 2.088 nPa and 0 nT
PYSPEDAS = {
    (9.0, 6.0, -2.0): (0.909787, 0.393775, -0.131258),
    (0.0, 14.0, 3.0): (0.508307, 0.84206, 0.180441),
    (8.0, -7.0, 4.0): (0.853451, -0.452504, 0.258574),
}


@pytest.mark.parametrize(("position", "n", "from_radial"), CHECK)
def test_defect_9_the_normal_is_the_gradient_not_the_radial_direction(position, n, from_radial):
    found = shue_normal(position, 2.0, 0.0)
    np.testing.assert_allclose(found, n, atol=6e-6)
    assert angle_deg(found, position) == pytest.approx(from_radial, abs=0.005)


def test_pyspedas_states_the_same():
    for position, n in PYSPEDAS.items():
        np.testing.assert_allclose(shue_normal(position, 2.088), n, atol=2e-5)


def test_the_papers_own_coefficients():
    assert shape(1.0, 0.0, year=1997) == pytest.approx((11.4, 0.58 * 1.01))
    assert shape(1.0, -5.0, year=1997) == pytest.approx((11.4 - 0.7, 0.63 * 1.01))
    assert shape(1.0, 5.0, year=1997) == pytest.approx((11.4 + 0.065, 0.53 * 1.01))
    assert shape(1.0, 0.0, year=1998) == pytest.approx((10.22 + 1.29 * np.tanh(0.184 * 8.14), 0.58))
    r0, alpha = shape(4.0, -10.0, year=1998)
    assert r0 == pytest.approx((10.22 + 1.29 * np.tanh(0.184 * -1.86)) * 4 ** (-1 / 6.6))
    assert alpha == pytest.approx(0.65 * (1 + 0.024 * np.log(4)))
    with pytest.raises(ValueError, match="1997 and 1998"):
        shape(year=2010)


@given(
    st.tuples(st.floats(-15, 12), st.floats(-20, 20), st.floats(-20, 20)),
    st.floats(0.5, 10),
    st.floats(-20, 20),
    st.sampled_from([1997, 1998]),
)
@settings(max_examples=60, deadline=None)
def test_it_is_the_gradient_of_the_surface(position, pressure, bz, year):
    r = np.array(position)
    if np.hypot(r[1], r[2]) < 1 or np.linalg.norm(r) < 4 or r[0] / np.linalg.norm(r) < -0.8:
        return
    alpha = shape(pressure, bz, year=year)[1]

    def level(place):
        size = np.linalg.norm(place)
        return np.log(size) + alpha * np.log(1 + place[0] / size)

    step = 1e-5
    gradient = np.array([(level(r + step * e) - level(r - step * e)) / (2 * step) for e in np.eye(3)])
    found = shue_normal(r, pressure, bz, year=year)
    assert angle_deg(found, gradient) < 1e-3
    np.testing.assert_allclose(shue_normal(r * 6371.2, pressure, bz, year=year), found, atol=1e-12)
    np.testing.assert_array_equal(outward(-found, r), outward(found, r))
