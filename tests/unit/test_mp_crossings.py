"""Regions and crossings: levels, times in seconds, gaps, what is no crossing; defects 1, 12, 13 and 16."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, VariableError
from magnetoflow.mms_mp.crossings import find_crossings
from magnetoflow.mms_mp.data import Series
from magnetoflow.mms_mp.detection import DETECTORS, DetectionOptions
from magnetoflow.mms_mp.levels import heplus_fraction
from magnetoflow.mms_mp.plateaus import plateaus
from magnetoflow.sample.magnetopause import CASE_A, crossing_time_s, tetrahedron_km
from tests.unit.mp_events import V_SC, axes, event, utc

TRUTH = dict(enumerate(crossing_time_s(CASE_A, tetrahedron_km(15.0)), start=1))
IN, LAYER, OUT = "magnetosphere", "mp_layer", "sheath"


@pytest.fixture(scope="module")
def case_a():
    return event(probes=(1, 2, 3, 4), noise=1.0, seed=1)


@pytest.fixture(scope="module")
def alone(case_a):
    return replace(case_a, spacecraft={1: case_a.spacecraft[1]})


def changed(data, probe=1, **parts):
    craft = replace(data.spacecraft[probe], **parts)
    return replace(data, spacecraft={**data.spacecraft, probe: craft})


def field(data, probe, t_s, b):
    return changed(data, probe, b=Series("b", utc(t_s), b, "nT", "GSM"))


def field_of(b_l, t_s, rest=(3.0, 2.0)):
    """Event of one spacecraft whose B_L is given."""
    b = CASE_A.to_gsm(np.stack([b_l, np.full(len(t_s), rest[0]), np.full(len(t_s), rest[1])], axis=1))
    return field(event(half_s=10.0, plasma={}), 1, t_s, b)


def regions(visits):
    return [one.region for one in visits]


def test_case_a_of_every_spacecraft(case_a):
    crossings, visits = find_crossings(case_a, axes())
    for probe in (1, 2, 3, 4):
        (one,) = crossings[probe]
        assert (one.before, one.after, one.outbound, one.fit.good) == (IN, OUT, True, True)
        assert one.time_s == one.fit.t_c_s
        assert abs(one.time_s - TRUTH[probe]) < 4 * one.error_s
        assert one.error_s == pytest.approx(0.468e-3, rel=0.15)
        assert one.fit.w_s == pytest.approx(400 / 57.587, abs=4 * one.fit.w_error_s)
        assert one.fit.c < 0
        assert regions(visits[probe]) == [IN, LAYER, OUT]


def test_a_field_ten_times_as_noisy_stays_below_twice_the_bound():
    t = np.arange(-60, 60, 1 / 64)
    rng = np.random.default_rng(3)
    errors = []
    for _ in range(10):
        data = field_of(5 - 35 * np.tanh(t / 6.946) + 0.2 * rng.normal(size=len(t)), t)
        errors.append(find_crossings(data, axes())[0][1][0].time_s)
    assert np.sqrt(np.mean(np.square(errors))) < 3e-3


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_finds_the_crossing(case_a, detector):
    crossings, visits = find_crossings(case_a, axes(), DetectionOptions(detector=detector))
    for probe in (1, 2, 3, 4):
        (one,) = crossings[probe]
        assert one.detector == detector
        assert (one.before, one.after) == (IN, OUT)
        assert set(one.agrees) == set(DETECTORS) - {detector}
        assert all(abs(time) < 15 for time in one.agrees.values())
        assert {IN, OUT} <= set(regions(visits[probe]))


def test_the_order_of_spacecraft_and_their_frame_do_not_matter(case_a):
    turned = {}
    matrix = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))[0]
    for probe in (4, 2, 3, 1):
        craft = case_a.spacecraft[probe]
        turned[probe] = replace(craft, b=replace(craft.b, values=craft.b.values @ matrix.T))
    lmn = axes()
    crossings = find_crossings(case_a, lmn)[0]
    others = find_crossings(replace(case_a, spacecraft=turned), replace(lmn, matrix=lmn.matrix @ matrix.T))[0]
    assert list(others) == [1, 2, 3, 4]
    for probe in crossings:
        assert others[probe][0].time_s == pytest.approx(crossings[probe][0].time_s, abs=1e-7)


def test_three_cadences_and_any_phase_give_the_same_result():
    t = np.arange(-60, 60, 1 / 128)
    rng = np.random.default_rng(5)
    b_l = 5 - 35 * np.tanh(t / 6.946) + 0.05 * rng.normal(size=len(t))
    found = []
    for size, skip in ((1, 0), (8, 3), (16, 5)):
        whole = (len(t) - skip) // size * size
        means = [x[skip : skip + whole].reshape(-1, size).mean(axis=1) for x in (t, b_l)]
        crossings, visits = find_crossings(field_of(means[1], means[0]), axes())
        (one,) = crossings[1]
        assert regions(visits[1]) == [IN, LAYER, OUT]
        found.append((one.time_s, *(visit.stop_s for visit in visits[1][:2])))
    assert np.ptp([one[0] for one in found]) < 1e-3
    assert np.ptp(found, axis=0).max() <= 0.45 + 1e-9  # one step of the grid of means


def test_the_start_of_the_data_is_no_crossing():
    """Defect 1 and 12: the earlier toolkit put the crossing at the start of the interval."""
    t = np.arange(-60, 60, 1 / 16)
    rng = np.random.default_rng(6)
    for level in (40.0, -30.0):
        crossings, _ = find_crossings(field_of(level + 0.3 * rng.normal(size=len(t)), t), axes())
        assert crossings == {1: ()}
        crossings, visits = find_crossings(
            field_of(level + 0.3 * rng.normal(size=len(t)), t), axes(), DetectionOptions(levels="fixed")
        )
        assert crossings == {1: ()}
        assert regions(visits[1]) == [IN if level > 0 else OUT]
        assert visits[1][0].cut_start
        assert visits[1][0].cut_stop


def test_b_n_does_not_make_crossings():
    """Defect 12: B_N taken for the component that reverses."""
    t = np.arange(-60, 60, 1 / 16)
    data = field_of(np.full(len(t), 30.0) + 0.1 * np.random.default_rng(7).normal(size=len(t)), t)
    b = data.spacecraft[1].b
    swing = 4 * np.sin(t)[:, None] * CASE_A.axes[2]
    assert find_crossings(field(data, 1, t, b.values + swing), axes())[0] == {1: ()}


def test_noise_makes_no_crossings():
    t = np.arange(-150, 150, 1 / 8)
    rng = np.random.default_rng(8)
    f = np.fft.rfftfreq(4 * len(t))
    for slope, mean in ((0.0, 30.0), (1.0, 30.0), (1.0, 0.0)):
        size = np.concatenate([[0.0], f[1:] ** (-slope / 2)])
        for _ in range(5):
            noise = np.fft.irfft((rng.normal(size=len(f)) + 1j * rng.normal(size=len(f))) * size)[: len(t)]
            data = field_of(mean + 5 * noise / noise.std(), t)
            assert find_crossings(data, axes())[0] == {1: ()}


def test_a_fit_beats_the_largest_gradient():
    """Defect 13."""
    t = np.arange(-60, 60, 1 / 64)
    rng = np.random.default_rng(9)
    picks, fits = [], []
    for _ in range(5):
        b_l = 5 - 35 * np.tanh(t / 6.946) + 0.2 * rng.normal(size=len(t))
        picks.append(t[np.argmax(np.abs(np.gradient(b_l, t)))])
        fits.append(find_crossings(field_of(b_l, t), axes())[0][1][0].time_s)
    assert np.max(np.abs(fits)) < 0.01
    assert np.max(np.abs(picks)) > 1


def test_two_crossings_of_a_boundary_that_turns_back():
    swing = replace(CASE_A, v_n_km_s=0.0, swing_km_s=60.0, swing_s=120.0)
    ahead = 60.0 * 120.0 / (2 * np.pi) * CASE_A.axes[2]  # half of the way that the boundary swings
    t = np.arange(-60, 60, 1 / 64)
    x = swing.distance_km(t, np.asarray(swing.r0_km) + ahead + t[:, None] * V_SC)
    rng = np.random.default_rng(13)
    b = swing.to_gsm(swing.b_lmn_nt(x)) + 0.05 * rng.normal(size=(len(t), 3))
    crossings, visits = find_crossings(field(event(half_s=10.0, plasma={}), 1, t, b), axes(swing))
    expected = t[:-1][np.diff(np.sign(x)) != 0]
    assert [one.outbound for one in crossings[1]] == [True, False]
    np.testing.assert_allclose([one.time_s for one in crossings[1]], expected, atol=0.5)
    assert regions(visits[1]) == [IN, LAYER, OUT, LAYER, IN]
    for before, after in zip(visits[1], visits[1][1:], strict=False):
        assert before.stop_s == after.start_s


def test_b_l_need_not_change_its_sign():
    t = np.arange(-60, 60, 1 / 16)
    rng = np.random.default_rng(10)
    data = field_of(40 - 15 * np.tanh(t / 5) + 0.5 * rng.normal(size=len(t)), t)
    (one,) = find_crossings(data, axes())[0][1]
    assert one.outbound
    assert abs(one.time_s) < 4 * one.error_s
    assert find_crossings(data, axes(), DetectionOptions(levels="fixed"))[0] == {1: ()}


def test_a_reversal_counts_though_it_falls_short_of_the_stronger_plateau():
    t = np.arange(-100, 100, 1 / 16)
    rng = np.random.default_rng(11)
    b_l = np.interp(t, [-100, -60, -55, 20, 25, 50, 55, 100], [40, 40, -25, -25, 19, 19, -25, -25])
    data = field_of(b_l + 0.5 * rng.normal(size=len(t)), t)
    found = find_crossings(data, axes())[0][1]
    assert [one.after for one in found] == [OUT, IN, OUT]
    assert len(find_crossings(data, axes(), DetectionOptions(levels="plateaus"))[0][1]) == 1


@pytest.mark.parametrize(("mean", "found"), [(0.0, [IN]), (40.0, [])])
def test_plateaus_that_vary_need_a_reversal_and_a_good_fit(mean, found):
    t = np.arange(-100, 100, 1 / 16)
    rng = np.random.default_rng(14)
    b_l = 7 * np.tanh(t / 3) + 6 * np.sin(2 * np.pi * t / 45) * np.minimum(np.abs(t) / 40, 1) + mean
    data = field_of(b_l + 0.1 * rng.normal(size=len(t)), t)
    assert 3.0 < plateaus(b_l)[2] < 4.0
    assert [one.after for one in find_crossings(data, axes())[0][1]] == found


def test_density_tells_the_side_where_the_sheath_has_the_larger_b_l():
    low_shear = replace(CASE_A, b_l_nt=(20.0, 45.0))
    (one,) = find_crossings(event(low_shear, noise=1.0), axes(low_shear))[0][1]
    assert (one.before, one.after) == (IN, OUT)
    assert one.fit.c > 0
    (other,) = find_crossings(event(low_shear, noise=1.0, plasma={}), axes(low_shear))[0][1]
    assert other.before == OUT  # the field alone cannot tell


@pytest.mark.parametrize(("half_s", "good"), [(2.0, True), (4.5, False)])
def test_a_gap_at_the_crossing(alone, half_s, good):
    b = alone.spacecraft[1].b
    t = alone.seconds(b.time)
    kept = np.abs(t) > half_s
    data = field(alone, 1, t[kept], b.values[kept])
    (one,) = find_crossings(data, axes())[0][1]
    assert one.fit.good is good
    assert abs(one.time_s - TRUTH[1]) < 4 * one.error_s
    assert (one.error_s > 1) is not good
    masked = np.where(kept[:, None], b.values, np.nan)
    (same,) = find_crossings(field(alone, 1, t, masked), axes())[0][1]
    assert same.time_s == pytest.approx(one.time_s, abs=1e-6)


def test_a_long_gap_hides_what_happened_in_it(alone):
    b = alone.spacecraft[1].b
    t = alone.seconds(b.time)
    kept = np.abs(t) > 20
    crossings, visits = find_crossings(field(alone, 1, t[kept], b.values[kept]), axes())
    assert crossings[1] == ()
    assert regions(visits[1]) == [IN, OUT]
    assert [(one.cut_start, one.cut_stop) for one in visits[1]] == [(True, True), (True, True)]


def test_nothing_is_taken_from_another_spacecraft_or_species(case_a):
    """Defect 16."""
    whole = case_a.spacecraft[2].plasma
    data = changed(case_a, 2, plasma={name: whole[name] for name in ("ion", "electron")})
    data = changed(data, 3, plasma={})
    crossings, _ = find_crossings(data, axes())
    assert set(crossings[2][0].agrees) == {"density", "score"}
    assert set(crossings[3][0].agrees) == {"score"}
    crossings, visits = find_crossings(data, axes(), DetectionOptions(detector="heplus"))
    assert crossings[2] == crossings[3] == ()
    assert visits[2] == visits[3] == ()
    assert len(crossings[1]) == 1
    missing = replace(case_a.spacecraft[1].plasma["heplus"], n_cm3=np.full(12, np.nan))
    data = changed(case_a, 1, plasma={**case_a.spacecraft[1].plasma, "heplus": missing})
    (one,) = find_crossings(data, axes())[0][1]
    assert np.isnan(one.agrees["heplus"])
    assert np.isnan(one.agrees["heplus_fraction"])


def test_the_fraction_of_heplus(alone):
    fraction = heplus_fraction(alone.spacecraft[1])
    assert fraction[0] == pytest.approx(0.4, abs=0.06)
    assert fraction[-1] == pytest.approx(0.03 / 20, abs=0.002)


def test_a_field_without_values_has_no_crossing(alone):
    b = alone.spacecraft[1].b
    data = changed(alone, 1, b=replace(b, values=np.full_like(b.values, np.nan)))
    for detector in DETECTORS:
        crossings, _ = find_crossings(data, axes(), DetectionOptions(detector=detector))
        assert not any(one.fit.good for one in crossings[1])
    assert find_crossings(data, axes())[0][1] == ()


def test_unknown_options_and_other_frames_are_refused(alone):
    with pytest.raises(ConfigError, match="b_n"):
        find_crossings(alone, axes(), DetectionOptions(detector="b_n"))
    with pytest.raises(ConfigError, match="levels"):
        find_crossings(alone, axes(), DetectionOptions(levels="auto "))
    with pytest.raises(VariableError):
        find_crossings(alone, axes(frame="GSE"))
