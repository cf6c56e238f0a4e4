"""Currents and work against one sample worked out by hand, and against what frozen-in electrons must give."""

from dataclasses import fields

import numpy as np
import pytest

from magnetoflow.mms_rnn.currents import UNITS, Currents, currents
from magnetoflow.mms_rnn.scaling import Scaling
from tests.unit.rnn_bursts import burst, crossing

# n = 0.3, V_i = (120, -40, 15), V_e = (-800, 250, 60), B = (4, -3, 12), |B| = 13, E = (1.5, -2, 0.5);
# e n = 1.6e-4 * 0.3 = 4.8e-5; V_i - V_e = (920, -290, -45)
# V_e x B: 250*12 - 60*(-3) = 3180, 60*4 - (-800)*12 = 9840, (-800)*(-3) - 250*4 = 1400; times 1e-3
# J.B = 0.17664 + 0.04176 - 0.02592 = 0.19248, E.B = 6 + 6 + 6 = 18 = E'.B; parallel 0.19248*18/169
# J_i.B = 0.02304 + 0.00576 + 0.00864 = 0.03744; J_e.B = 0.1536 + 0.036 - 0.03456 = 0.15504
BY_HAND = {
    "j_gse_ua_m2": [0.04416, -0.01392, -0.00216],
    "j_i_gse_ua_m2": [0.00576, -0.00192, 0.00072],
    "j_e_gse_ua_m2": [0.0384, -0.012, -0.00288],
    "e_gse_mv_m": [1.5, -2.0, 0.5],
    "e_prime_gse_mv_m": [4.68, 7.84, 1.9],
    "j_dot_e_nw_m3": 0.06624 + 0.02784 - 0.00108,
    "j_dot_e_para_nw_m3": 3.46464 / 169,
    "j_dot_e_perp_nw_m3": 0.093 - 3.46464 / 169,
    "j_dot_e_prime_nw_m3": 0.2066688 - 0.1091328 - 0.004104,
    "j_dot_e_prime_para_nw_m3": 3.46464 / 169,
    "j_dot_e_prime_perp_nw_m3": 0.093432 - 3.46464 / 169,
    "j_i_dot_e_nw_m3": 0.00864 + 0.00384 + 0.00036,
    "j_i_dot_e_para_nw_m3": 0.67392 / 169,
    "j_i_dot_e_perp_nw_m3": 0.01284 - 0.67392 / 169,
    "j_i_dot_e_prime_nw_m3": 0.0269568 - 0.0150528 + 0.001368,
    "j_i_dot_e_prime_para_nw_m3": 0.67392 / 169,
    "j_i_dot_e_prime_perp_nw_m3": 0.013272 - 0.67392 / 169,
    "j_e_dot_e_nw_m3": 0.0576 + 0.024 - 0.00144,
    "j_e_dot_e_para_nw_m3": 2.79072 / 169,
    "j_e_dot_e_perp_nw_m3": 0.08016 - 2.79072 / 169,
    "j_e_dot_e_prime_nw_m3": 0.179712 - 0.09408 - 0.005472,
    "j_e_dot_e_prime_para_nw_m3": 2.79072 / 169,
    "j_e_dot_e_prime_perp_nw_m3": 0.08016 - 2.79072 / 169,
}


def one_sample(**changes):
    arrays = {
        "n_e_cm3": [0.3],
        "v_i_gse_km_s": [[120.0, -40.0, 15.0]],
        "v_e_gse_km_s": [[-800.0, 250.0, 60.0]],
        "b_gse_nt": [[4.0, -3.0, 12.0]],
        "e_fast_gse_mv_m": [[1.5, -2.0, 0.5]],
        "e_gse_mv_m": [[9.0, 9.0, 9.0]],
        **changes,
    }
    return burst(1, **{name: np.array(values) for name, values in arrays.items()})


@pytest.mark.parametrize("name", BY_HAND)
def test_one_sample_by_hand(name):
    value = getattr(currents(one_sample()), name)
    np.testing.assert_allclose(value, [BY_HAND[name]], rtol=1e-10, atol=1e-15)


def test_every_array_has_a_hand_value_and_a_unit():
    names = {one.name for one in fields(Currents)}
    assert names == set(BY_HAND) == set(UNITS)
    assert UNITS["j_gse_ua_m2"] == "uA/m^2"
    assert UNITS["e_prime_gse_mv_m"] == "mV/m"
    assert UNITS["j_e_dot_e_prime_perp_nw_m3"] == "nW/m^3"


def test_the_burst_field_is_used_where_asked():
    # J.E = 9 * (0.04416 - 0.01392 - 0.00216)
    result = currents(one_sample(), "brst")
    np.testing.assert_allclose(result.j_dot_e_nw_m3, [0.25272], rtol=1e-10)
    np.testing.assert_allclose(result.e_prime_gse_mv_m, [[12.18, 18.84, 10.4]], rtol=1e-10)


def test_electrons_gain_nothing_in_their_own_frame_across_b():
    # J_e.E' = J_e.E, since V_e.(V_e x B) = 0
    result = currents(crossing(Scaling(15.0, 0.25))[0])
    np.testing.assert_allclose(result.j_e_dot_e_prime_nw_m3, result.j_e_dot_e_nw_m3, atol=1e-12)


def test_frozen_electrons_see_no_field():
    rng = np.random.default_rng(5)
    v, b = rng.normal(0, 500, (200, 3)), rng.normal(0, 10, (200, 3))
    ideal = -1e-3 * np.stack(
        [
            v[:, 1] * b[:, 2] - v[:, 2] * b[:, 1],
            v[:, 2] * b[:, 0] - v[:, 0] * b[:, 2],
            v[:, 0] * b[:, 1] - v[:, 1] * b[:, 0],
        ],
        axis=1,
    )
    n, v_i = np.full(200, 0.2), rng.normal(0, 300, (200, 3))
    result = currents(
        burst(200, v_e_gse_km_s=v, b_gse_nt=b, e_fast_gse_mv_m=ideal, n_e_cm3=n, v_i_gse_km_s=v_i)
    )
    np.testing.assert_allclose(result.e_prime_gse_mv_m, 0, atol=1e-12)
    np.testing.assert_allclose(result.j_dot_e_prime_nw_m3, 0, atol=1e-12)
    assert np.abs(result.j_dot_e_nw_m3).max() > 0.1


def test_energy_goes_to_the_particles_at_the_x_line():
    # electron jet along -M in an E along +M: J.E' > 0
    record, _ = crossing(Scaling(15.0, 0.25))
    middle = currents(record).j_dot_e_prime_nw_m3[1490:1510]
    assert (middle > 0).all()


@pytest.mark.parametrize(
    ("missing", "silent"),
    [
        ("v_i_gse_km_s", {"j", "j_i"}),
        ("v_e_gse_km_s", {"j", "j_e"}),
        ("e_fast_gse_mv_m", {"j", "j_i", "j_e"}),
        ("n_e_cm3", {"j", "j_i", "j_e"}),
    ],
)
def test_missing_is_missing(missing, silent):
    changes = {missing: [np.nan] if missing == "n_e_cm3" else [[np.nan, 1.0, 1.0]]}
    result = currents(one_sample(**changes))
    for name in ("j", "j_i", "j_e"):
        assert np.isnan(getattr(result, f"{name}_dot_e_nw_m3"))[0] == (name in silent)


def test_no_parallel_part_without_a_direction():
    result = currents(one_sample(b_gse_nt=[[0.0, 0.0, 0.0]]))
    assert np.isnan(result.j_dot_e_para_nw_m3[0])
    np.testing.assert_allclose(result.j_dot_e_nw_m3, [0.093], rtol=1e-10)
