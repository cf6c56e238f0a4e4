"""Magnetopause events of the sample, without files: exact truth, noise, planted faults, orbits."""

import subprocess
import sys
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.physics import alfven_speed_km_s, cross_mv_m
from magnetoflow.sample import mms_mp_ephemeris as ephemeris
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample import mms_mp_passage as passage
from magnetoflow.sample import mms_mp_records as records
from magnetoflow.sample.mms_mp_noise import NOISE, noise
from magnetoflow.sample.mms_mp_plan import (
    DAY,
    EVENTS,
    FAULTS,
    PROBES,
    is_sample_day,
    is_sample_interval,
)

PROBE = 1
A, B, C, D, E, F = EVENTS
IDS = [one.id for one in EVENTS]


def times(event, number=600):
    step = np.timedelta64(event.duration_s * 1_000_000_000 // number, "ns")
    return orbit.utc(event) + np.arange(number) * step


def lmn(event, gse):
    return gse @ orbit.rotation(event).T @ passage.boundary_of(event).axes.T


def test_the_plan_lists_what_there_is_without_numpy():
    code = "import sys, magnetoflow.sample.mms_mp_plan; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    assert all(is_sample_day(one, DAY) for one in PROBES)
    assert not is_sample_day(1, DAY + timedelta(days=1))
    assert is_sample_interval([1, 3], E.start, E.stop)
    assert not is_sample_interval([1, 2], E.start, E.stop)  # one of them has no files
    assert not is_sample_interval([1], E.start - timedelta(seconds=1), E.stop)
    assert [len(one.probes) for one in EVENTS] == [4, 4, 4, 3, 2, 4]
    assert all(late.stop < early.start for early, late in pairwise(EVENTS))
    assert all(one.day == DAY for one in EVENTS)


def test_every_kind_of_fault_is_planted_within_its_event():
    assert {one.kind for event in EVENTS for one in event.faults} == set(FAULTS)
    for event in EVENTS:
        for one in event.faults:
            assert one.probe in event.probes
            assert 0 <= one.start_s < one.stop_s <= event.duration_s


def test_spacecraft_measure_at_times_of_their_own():
    first = [records.field(E, probe).time[0] for probe in E.probes]
    assert len(set(first)) == 2
    assert abs(first[0] - first[1]) < np.timedelta64(8, "ms")


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_the_layer_is_over_a_spacecraft_when_truth_says_so(event):
    for probe in event.probes:
        for one in passage.true_passages(event, probe):
            around = one.time + np.array([-500, 0, 500]) * np.timedelta64(1_000_000, "ns")
            before, at, after = passage.distance_km(event, probe, around)
            assert abs(at) < 1e-4
            assert after - before == pytest.approx(one.v_sc_n_km_s - one.v_n_km_s, abs=1e-3)
            assert one.outbound == (after > before)
            assert one.width_s * abs(after - before) == pytest.approx(
                passage.boundary_of(event).half_width_km, rel=1e-4
            )


def test_delays_are_those_of_a_plane_of_constant_speed():
    boundary = passage.boundary_of(A)
    found = [passage.true_passages(A, probe)[0] for probe in PROBES]
    along = [orbit.offset_km(A, probe) @ boundary.axes[2] for probe in PROBES]
    delays = np.array([(one.time - found[0].time) / np.timedelta64(1, "ns") / 1e9 for one in found])
    expected = (np.array(along) - along[0]) / (A.v_n_km_s - found[0].v_sc_n_km_s)
    assert np.allclose(delays, expected, atol=1e-5)


def test_current_of_the_particles_is_the_curl_of_the_field():
    time = times(A, 300)
    h = 5.0
    boundary, x = passage.boundary_of(A), passage.distance_km(A, PROBE, time)
    slope = (boundary.b_lmn_nt(x + h) - boundary.b_lmn_nt(x - h)) / (2 * h)
    curl = np.column_stack([-slope[:, 1], slope[:, 0], 0 * x]) * 1e-3 / (4e-7 * np.pi)
    truth = passage.plasma(A, PROBE, time, 0.0, 1)
    carried = truth.n_cm3[:, None] * lmn(A, truth.v_ion_km_s - truth.v_electron_km_s) * 0.1602176634
    assert abs(carried).max() > 60
    assert np.allclose(carried, curl, atol=0.02)


@pytest.mark.parametrize("event", EVENTS, ids=IDS)
def test_electrons_are_frozen_in_and_the_field_has_no_divergence(event):
    time = times(event)
    truth = passage.plasma(event, PROBE, time, 0.0, 1)
    b = passage.field_nt(event, PROBE, time)
    e = passage.electric_mv_m(event, PROBE, time)
    assert np.allclose(e, -cross_mv_m(truth.v_electron_km_s, b), atol=1e-6)
    assert np.ptp(lmn(event, b)[:, 2]) < 1e-9
    assert np.allclose(sum(truth.species_cm3.values()), truth.n_cm3)
    assert min(one.min() for one in truth.species_cm3.values()) >= 0


def test_the_rotational_discontinuity_conserves_mass_and_passes_the_walen_test():
    time = times(C)
    truth = passage.plasma(C, PROBE, time, 0.0, 1)
    b = passage.field_nt(C, PROBE, time)
    flow = lmn(C, truth.v_ion_km_s)
    assert np.ptp(truth.n_cm3 * (flow[:, 2] - C.v_n_km_s)) < 1e-6
    strength = np.linalg.norm(b, axis=1)
    assert np.ptp(strength) < 1e-6
    alfven = lmn(C, b) * (alfven_speed_km_s(strength, truth.n_cm3) / strength)[:, None]
    slope = [np.polyfit(alfven[:, axis], flow[:, axis], 1)[0] for axis in (0, 1)]
    assert np.allclose(slope, -1, atol=1e-3)


def test_spectrometers_average_over_their_measurement():
    begin = np.array([passage.true_passages(A, PROBE)[0].time - np.timedelta64(2, "s")])
    truth = passage.plasma(A, PROBE, begin, 10.0, 40)
    fine = passage.plasma(A, PROBE, begin, 10.0, 2000)
    instant = passage.plasma(A, PROBE, begin + np.timedelta64(5, "s"), 0.0, 1)
    assert truth.species_cm3["heplus"] == pytest.approx(fine.species_cm3["heplus"], rel=1e-4)
    assert abs(truth.n_cm3 - instant.n_cm3) > 0.1


@pytest.mark.parametrize("kind", NOISE)
def test_noise_has_the_stated_size(kind):
    rng = np.random.default_rng(3)
    found = noise(rng, (1024, 60), 0.1, kind)
    assert np.sqrt(np.mean(found**2)) == pytest.approx(np.hypot(*NOISE[kind]), rel=0.03)


def test_noise_is_stronger_at_low_frequencies():
    rng = np.random.default_rng(4)
    power = np.mean(np.abs(np.fft.rfft(noise(rng, (1024, 60), 0.1, "fgm"), axis=0)) ** 2, axis=1)
    # white alone would give 1; the 1/f part of 0.02 nT adds 0.44 spread over ln(512) of frequency
    assert np.mean(power[1:4]) / np.mean(power[400:]) > 5


def test_field_of_the_files_is_the_truth_with_noise_and_offset():
    found = records.field(E, 3)
    left = found.values["b_gse"][:, :3] - passage.field_nt(E, 3, found.time)
    assert np.allclose(left.mean(axis=0), records.offset_nt(3), atol=0.012)
    assert np.allclose(left.std(axis=0), np.hypot(*NOISE["fgm"]), rtol=0.1)
    assert (abs(records.offset_nt(3)) <= records.OFFSET_NT).all()
    turned = np.einsum("tij,tj->ti", gse_to_gsm(found.time), found.values["b_gse"][:, :3])
    assert np.allclose(turned, found.values["b_gsm"][:, :3], atol=0.003)


def test_moments_of_the_files_are_the_truth_with_noise():
    for instrument, step in (("dis", 0.15), ("des", 0.03)):
        found = records.moments(E, 3, instrument)
        truth = passage.plasma(E, 3, found.time, step, 3)
        v = truth.v_ion_km_s if instrument == "dis" else truth.v_electron_km_s
        white, pink = NOISE[f"{instrument} v"]
        assert (found.values["bulkv_gse"] - v).std() == pytest.approx(np.hypot(white, pink), rel=0.1)
        ratio = found.values["numberdensity"] / truth.n_cm3
        assert ratio.mean() == pytest.approx(1, abs=0.02)
        assert ratio.std() == pytest.approx(np.hypot(0.03, 0.01), rel=0.15)
        pressure = np.trace(found.values["prestensor_gse"], axis1=1, axis2=2) / 3
        energy = found.values["numberdensity"] * (found.values["temppara"] + 2 * found.values["tempperp"]) / 3
        assert np.allclose(energy / 6241.509, pressure, rtol=1e-4)


def test_pressures_balance():
    time = times(A)
    truth = passage.plasma(A, PROBE, time, 0.0, 1)
    magnetic = np.sum(passage.field_nt(A, PROBE, time) ** 2, axis=1) * 1e-9 / (8e-7 * np.pi)
    assert np.allclose(truth.p_npa + magnetic, 1.0)


def test_velocities_without_a_frame_in_their_name_are_in_another_frame():
    found = records.composition(A, 1).values
    gse, plain = found["heplus_ion_bulk_velocity_GSE"], found["heplus_ion_bulk_velocity"]
    assert abs(gse - plain).max() > 30
    assert np.allclose(np.linalg.norm(gse, axis=1), np.linalg.norm(plain, axis=1), rtol=3e-3)
    assert "heplus_ion_bulk_velocity_GSE" not in records.composition(A, 4).values


def test_planted_faults_are_in_the_records():
    def within(event, found, kind, probe):
        one = next(one for one in event.faults if (one.kind, one.probe) == (kind, probe))
        return (found.time >= orbit.utc(event, one.start_s)) & (found.time < orbit.utc(event, one.stop_s))

    flagged = records.field(A, 1)
    rows = within(A, flagged, "b_flag", 1)
    assert (flagged.values["flag"] != 0).tolist() == rows.tolist()
    assert (abs(flagged.values["b_gse"][rows, :3] - passage.field_nt(A, 1, flagged.time[rows])) > 25).all()
    assert not within(A, records.field(A, 2), "b_gap", 2).any()
    assert np.diff(records.field(A, 2).time).max() > np.timedelta64(690, "ms")
    filled = records.field(A, 3)
    assert ((filled.values["b_gse"] < -1e30).all(axis=1) == within(A, filled, "b_fill", 3)).all()
    ions = records.moments(A, 2, "dis")
    assert ((ions.values["numberdensity"] < -1e30) == within(A, ions, "ion_fill", 2)).all()
    assert set(ions.values["errorflags"]) == {records.FIELD_NOT_BURST}
    assert ions.values["energy"].min() > 0
    electrons = records.moments(A, 1, "des")
    saturated = electrons.values["errorflags"] == records.SATURATED
    assert (saturated == within(A, electrons, "electron_flag", 1)).all()
    e = records.electric(A, 4, "fast")
    assert ((e.values["quality"] == 0) == within(A, e, "e_quality", 4)).all()
    species = records.composition(A, 4)
    assert ((species.values["heplus_number_density"] < -1e30) == within(A, species, "hpca_fill", 4)).all()


def test_the_orbit_is_one_and_stays_off_the_earth():
    time = np.datetime64("2018-01-15T00:00", "ns") + np.arange(0, 25 * 3600, 30) * np.timedelta64(1, "s")
    r = orbit.orbit_gse_km(time)
    size = np.linalg.norm(r, axis=1)
    assert size.min() > 2 * 6371
    v = orbit.orbit_gse_km(time + np.timedelta64(500, "ms")) - orbit.orbit_gse_km(
        time - np.timedelta64(500, "ms")
    )
    energy = np.sum(v**2, axis=1) / 2 - orbit.GM_KM3_S2 / size
    assert np.ptp(energy) < 1e-6 * abs(energy[0])
    anchor = orbit.orbit_gse_km(np.array([np.datetime64("2018-01-15T06:00", "ns")]))
    assert np.allclose(
        rotate(gse_to_gsm(np.datetime64("2018-01-15T06:00")), anchor[0]), (58000, 30000, -15000)
    )


def test_the_array_keeps_its_shape_in_an_event_and_changes_smoothly_between():
    for event in EVENTS:
        for moment in (0, event.duration_s):
            at = np.array([orbit.utc(event, moment)])
            places = (
                np.concatenate([orbit.position_gse_km(one, at) for one in PROBES]) @ orbit.rotation(event).T
            )
            offsets = np.array([orbit.offset_km(event, one) for one in PROBES])
            assert np.allclose(places - places[0], offsets - offsets[0], atol=1e-6)
    time = np.datetime64("2018-01-15T02:00", "ns") + np.arange(0, 5 * 3600, 30) * np.timedelta64(1, "s")
    drift = orbit.position_gse_km(2, time) - orbit.position_gse_km(3, time)
    assert abs(np.diff(drift, 2, axis=0)).max() < 2.0  # km per (30 s)^2: 2 mm/s^2


def test_the_string_is_that_of_2019_01_27():
    at = np.array([orbit.utc(F, F.centre_s)])
    places = np.concatenate([orbit.position_gse_km(one, at) for one in PROBES])
    separations = [
        np.linalg.norm(places[a - 1] - places[b - 1])
        for a, b in ((1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4))
    ]
    assert np.allclose(separations, (269.49, 684.31, 199.98, 953.80, 469.47, 484.34), atol=0.1)
    axes = np.linalg.svd(places - places.mean(axis=0), compute_uv=False) / 2
    assert np.allclose(axes, (348.71, 0.1428, 0.0070), rtol=0.01)


def test_mec_states_agree_with_each_other():
    time = ephemeris.rows_from(0, 50)
    values = ephemeris.mec_values(2, time)
    assert np.allclose(values["r_gse"], orbit.position_gse_km(2, time), atol=1e-6)
    x, y, z, w = values["quat_eci_to_gsm"].T
    along, r = np.stack([x, y, z], axis=1), values["r_eci"]
    turned = r + 2 * np.cross(along, np.cross(along, r) + w[:, None] * r)
    assert np.allclose(turned, values["r_gsm"], atol=1e-5)
    assert np.allclose(np.linalg.norm(values["v_gse"], axis=1), np.linalg.norm(values["v_eci"], axis=1))
