"""Orbits, region sequences and the plan of the sample's probe-days."""

import subprocess
import sys

import numpy as np
import pytest

from magnetoflow.sample import sequence
from magnetoflow.sample.instrument import CADENCE_S
from magnetoflow.sample.plan import PROBE_DAYS, sample_day
from magnetoflow.sample.plasma import simulate
from magnetoflow.sample.sequence import EARTH_RADIUS_KM, NEIGHBOURS, REGIONS

DEMO = [one for one in PROBE_DAYS if one.role == "demo"]
SIMULATED = [*DEMO, *(one for one in PROBE_DAYS if one.role == "training")][:8]
NAMES = [f"mms{one.probe}-{one.day}" for one in PROBE_DAYS]


@pytest.fixture(scope="module")
def days():
    return {(one.probe, one.day): simulate(one) for one in SIMULATED}


def test_plan_needs_no_numpy():
    code = "import sys, magnetoflow.sample.plan; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_probe_days_are_unique_and_roles_do_not_share_a_day():
    assert len({(one.probe, one.day) for one in PROBE_DAYS}) == len(PROBE_DAYS)
    by_role = {
        role: {one.day for one in PROBE_DAYS if one.role == role}
        for role in ("training", "calibration", "demo")
    }
    assert not by_role["training"] & by_role["demo"]
    assert not by_role["calibration"] & (by_role["demo"] | by_role["training"])
    assert len(by_role["demo"]) >= 4
    assert len({one.probe for one in DEMO}) >= 2
    assert sample_day(DEMO[0].probe, DEMO[0].day) is DEMO[0]
    assert sample_day(2, DEMO[0].day) is None


def test_faults_lie_inside_their_interval():
    for plan in PROBE_DAYS:
        assert plan.start < plan.stop
        assert all(plan.start <= fault.start < fault.stop <= plan.stop for fault in plan.faults)


@pytest.mark.parametrize("plan", SIMULATED, ids=NAMES[: len(SIMULATED)])
def test_only_neighbouring_regions_follow_each_other(days, plan):
    region = days[plan.probe, plan.day].region
    first = np.flatnonzero(np.diff(region)) + 1
    assert first.size >= 8
    assert all(int(region[k]) in NEIGHBOURS[int(region[k - 1])] for k in first)
    stays_s = np.diff(first) * CADENCE_S
    assert stays_s.min() >= sequence.SHORTEST_STAY_S[0] - CADENCE_S
    assert stays_s.max() > 1200


@pytest.mark.parametrize("plan", DEMO, ids=NAMES[: len(DEMO)])
def test_demo_days_visit_the_four_regions_for_more_than_an_hour_each(days, plan):
    minutes = np.bincount(days[plan.probe, plan.day].region, minlength=6) * CADENCE_S / 60
    assert (minutes[:4] > 60).all()


def test_some_demo_day_visits_plasma_sheet_and_lobe(days):
    seen = set().union(*(np.unique(days[one.probe, one.day].region).tolist() for one in DEMO))
    assert seen == set(range(len(REGIONS)))


@pytest.mark.parametrize("plan", DEMO, ids=NAMES[: len(DEMO)])
def test_regions_lie_in_the_order_of_their_distance(days, plan):
    day = days[plan.probe, plan.day]
    at = (day.time - day.position_time[0]).astype(float) / 1e9
    state = (day.position_time - day.position_time[0]).astype(float) / 1e9
    distance = np.interp(at, state, sequence.standoff_re(day.position_gse_km))
    inside, sheath, upstream = (
        np.median(distance[np.isin(day.region, one)]) for one in ([3, 4, 5], [2], [0, 1])
    )
    assert inside < sheath < upstream


@pytest.mark.parametrize("plan", PROBE_DAYS, ids=NAMES)
def test_orbits_obey_kepler(plan):
    seconds = np.arange(0.0, 36000.0, 30.0)
    position = sequence.position_gse_km(plan, seconds) / EARTH_RADIUS_KM
    radius = np.linalg.norm(position, axis=1)
    assert radius.min() > sequence.PERIGEE_RE
    assert radius.max() < plan.apogee_re + 1e-6
    momentum = np.cross(position[:-1], np.diff(position, axis=0))
    np.testing.assert_allclose(
        momentum, np.broadcast_to(momentum.mean(axis=0), momentum.shape), atol=2e-3 * np.abs(momentum).max()
    )


def test_plasmas_mix_only_next_to_a_crossing_and_never_beyond_one_half(days):
    day = days[DEMO[0].probe, DEMO[0].day]
    first = np.flatnonzero(np.diff(day.region)) + 1
    assert day.other_share.max() <= 0.5
    far = np.min(np.abs(np.arange(day.time.size)[:, None] - first), axis=1) * CADENCE_S > 1800
    assert far.any()
    assert not day.other_share[far].any()
    assert (day.other_share[first] > 0).all()


@pytest.mark.parametrize("plan", DEMO, ids=NAMES[: len(DEMO)])
def test_flips_fill_single_minutes_deep_inside_a_stay(days, plan):
    day = days[plan.probe, plan.day]
    minute = day.time.astype("datetime64[m]")
    planted = np.unique(minute[day.flip])
    assert planted.size == plan.flips
    assert (np.diff(planted) > np.timedelta64(20, "m")).all()
    for one in planted:
        assert day.flip[minute == one].all()
        around = (minute >= one - 10) & (minute <= one + 10)
        assert np.ptp(day.region[around]) == 0
        shown = int(day.flip_region[minute == one][0])
        assert shown in NEIGHBOURS[int(day.region[around][0])]
        level = np.log10(day.flux[minute == one].mean(axis=0) + 1e3)
        before = np.log10(day.flux[minute == one - 1].mean(axis=0) + 1e3)
        assert np.abs(level - before).max() > 0.3


def test_field_strength_follows_the_region(days):
    values = {name: [] for name in REGIONS}
    for day in days.values():
        at = (day.time - day.b_time[0]).astype(float) / 1e9
        field = day.b_nt[np.clip(np.round(at).astype(int), 0, day.b_nt.size - 1)]
        for number, name in enumerate(REGIONS):
            values[name].append(field[(day.region == number) & (day.other_share == 0)])
    median = {name: np.median(np.concatenate(rows)) for name, rows in values.items()}
    assert median["ion_foreshock"] < median["solar_wind"] < median["magnetosheath"] < median["magnetosphere"]
    assert 1 < median["ion_foreshock"] < 6
    assert 20 < median["magnetosphere"] < 80
