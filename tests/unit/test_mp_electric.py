"""Electric drift and convection field: units, signs, frames, weak fields."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import VariableError
from magnetoflow.mms_mp.electric import convection_mv_m, drift, drift_at, exb_km_s, without_potential
from magnetoflow.series import Series
from tests.unit.mp_events import event, utc

RNG = np.random.default_rng(6)


def test_one_millivolt_per_metre_across_ten_nanotesla_is_a_hundred_kilometres_per_second():
    assert exb_km_s([1.0, 0, 0], [0, 0, 10.0]) == pytest.approx([0, -100, 0])
    assert convection_mv_m([0, -100.0, 0], [0, 0, 10.0]) == pytest.approx([1, 0, 0])


def test_the_drift_of_the_convection_field_is_the_flow_across_b():
    v, b = 100 * RNG.normal(size=(50, 3)), 20 * RNG.normal(size=(50, 3))
    along = np.sum(v * b, axis=1, keepdims=True) / np.sum(b * b, axis=1, keepdims=True) * b
    assert exb_km_s(convection_mv_m(v, b), b) == pytest.approx(v - along)


def test_weak_fields_have_no_drift():
    b = np.array([[0, 0, 0.49], [0, 0, 0.51], [0, 0, 0.0]])
    assert np.isfinite(exb_km_s(np.ones((3, 3)), b)).all(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("rates", [(32, 128), (8192, 128), (32, 16)])
def test_series_of_any_cadence_and_phase_meet(rates):
    """Defect 2: dates in an interpolation of numbers."""
    t_e, t_b = np.arange(0, 4, 1 / rates[0]), np.arange(0.0031, 4, 1 / rates[1])
    v, b = np.array([-60.0, 20.0, 0.0]), np.array([0.0, 0.0, 30.0])
    e = Series("e", utc(t_e), np.tile(convection_mv_m(v, b), (len(t_e), 1)), "mV/m", "GSM")
    field = Series("b", utc(t_b), np.tile(b, (len(t_b), 1)), "nT", "GSM")
    found = drift(e, field)
    assert len(found.time) == min(len(t_e), len(t_b))
    assert np.isfinite(found.values[3:-3]).all()
    assert found.values[3:-3] == pytest.approx(np.tile(v, (len(found.time) - 6, 1)))
    at = drift_at(e, field, utc(np.arange(0.5, 3.5, 0.15)), 0.15)
    assert at == pytest.approx(np.tile(v, (len(at), 1)))


def test_gaps_stay_gaps():
    craft = event(half_s=10).spacecraft[1]
    t = (craft.e.time - utc(0.0)) / np.timedelta64(1, "s")
    kept = (t < 2) | (t > 5)
    holed = replace(craft.e, time=craft.e.time[kept], values=craft.e.values[kept])
    at = drift_at(holed, craft.b, utc(np.arange(-5, 9, 0.15)), 0.15)
    seconds = np.arange(-5, 9, 0.15)
    assert np.isnan(at[(seconds > 2.1) & (seconds < 4.9)]).all()
    assert np.isfinite(at[(seconds < 1.9) | (seconds > 5.1)]).all()


def test_frames_must_agree():
    craft = event(half_s=5).spacecraft[1]
    with pytest.raises(VariableError, match="frames"):
        drift(replace(craft.e, frame="DSL"), craft.b)


def test_the_potential_is_taken_off_every_component_when_asked():
    craft = event(half_s=5).spacecraft[1]
    t = np.arange(-5, 5, 0.5)
    potential = Series("scpot", utc(t), np.full(len(t), 4.0), "V")
    found = without_potential(craft.e, potential)
    difference = (craft.e.values - found.values)[np.isfinite(found.values).all(axis=1)]
    assert difference == pytest.approx(np.full_like(difference, 0.04))
    assert np.isnan(found.values[-5:]).all()  # behind the last potential
