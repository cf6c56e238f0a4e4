"""Positions of a magnetopause event: which source, in which frame and unit, and between its rows."""

import os
import time as clock

import numpy as np
import pytest

from magnetoflow.errors import MissingData, VariableError
from magnetoflow.io.mp_ephemeris import read_defeph, read_ephemeris, read_mec
from magnetoflow.mms_mp.ephemeris import interpolate_position
from tests.unit.mp_files import R0_KM, START, STOP, V_KM_S, at, defeph, fgm, mec, seconds_of

SPAN = {"probe": 1, "field_rate": "brst", "start": START, "stop": STOP}


def truth(time):
    return R0_KM + V_KM_S * seconds_of(time)[:, None]


def test_the_cubic_is_exact_for_a_cubic_path():
    t = np.array([0.0, 30.0, 60.0, 95.0])
    powers = np.random.default_rng(1).normal(size=(4, 3)) * np.array([[6e4], [3.0], [1e-3], [1e-6]])

    def path(t):
        return t[:, None] ** np.arange(4) @ powers

    def speed(t):
        return (np.arange(1, 4) * t[:, None] ** np.arange(3)) @ powers[1:]

    wanted = np.array([0.0, 7.7, 30.0, 44.4, 94.9, 95.0])
    place, motion = interpolate_position(at(t), path(t), speed(t), at(wanted))
    np.testing.assert_allclose(place, path(wanted), atol=1e-9)
    np.testing.assert_allclose(motion, speed(wanted), atol=1e-12)
    powers[3] = 0.0  # without velocities a parabola is exact
    place, motion = interpolate_position(at(t), path(t), None, at(wanted))
    np.testing.assert_allclose(place, path(wanted), atol=1e-9)
    np.testing.assert_allclose(motion, speed(wanted), atol=1e-9)
    place, motion = interpolate_position(at(t[:2]), path(t)[:2], None, at([15.0]))
    np.testing.assert_allclose(place, path(t)[:2].mean(axis=0)[None], rtol=1e-14)


def test_nothing_outside_in_gaps_or_beside_missing_rows():
    t = np.array([0.0, 30.0, 60.0, 120.0, 150.0, 180.0])
    r = np.tile(t[:, None], 3)
    r[5, 1] = np.nan
    wanted = at([-0.1, 45.0, 60.0, 90.0, 120.0, 135.0, 165.0, 180.1])
    for velocity in (None, np.ones((6, 3))):
        place, _ = interpolate_position(at(t), r, velocity, wanted)
        good = np.isfinite(place).all(axis=1)
        assert good.tolist() == [False, True, True, False, True, True, False, False]
    place, _ = interpolate_position(at(t), r, np.ones((6, 3)), wanted, max_gap_s=61)
    assert place[3, 0] == pytest.approx(90.0)
    place, motion = interpolate_position(at(t[:1]), r[:1], None, wanted)
    assert np.isnan(place).all()
    assert np.isnan(motion).all()


@pytest.mark.parametrize("inertial", [False, True])
def test_mec_velocities_are_the_change_of_its_positions(tmp_path, inertial):
    found = read_mec([mec(tmp_path, inertial=inertial)], 1, START, STOP)
    assert found.position.frame == found.velocity.frame == "GSE"
    np.testing.assert_allclose(found.position.values, truth(found.position.time), atol=1e-9)
    np.testing.assert_allclose(found.velocity.values, np.tile(V_KM_S, (12, 1)), atol=1e-7)
    middle = at(np.arange(0, 60, 7.0))
    place, _ = interpolate_position(found.position.time, found.position.values, found.velocity.values, middle)
    np.testing.assert_allclose(place, truth(middle), atol=1e-6)


def test_definitive_orbits_are_turned_into_gse(tmp_path):
    found = read_defeph([defeph(tmp_path)], 1, START, STOP)
    np.testing.assert_allclose(found.position.values, truth(found.position.time), atol=1e-6)
    np.testing.assert_allclose(
        found.velocity.values, np.tile(V_KM_S, (len(found.position.time), 1)), atol=2e-5
    )
    assert (found.position.time[0], found.position.time[-1]) == (at(-149.797), at(180.203))


def test_the_best_source_that_encloses_the_event(tmp_path):
    files = {"field": [fgm(tmp_path)], "defeph": [defeph(tmp_path)], "mec": [mec(tmp_path)]}
    assert read_ephemeris(files, **SPAN).source == "mec"
    assert not read_ephemeris(files, **SPAN).notes
    assert read_ephemeris(files, source="fgm", **SPAN).velocity is None
    short = files | {"mec": [mec(tmp_path, seconds=np.arange(-300.0, 31.0, 30.0))]}
    found = read_ephemeris(short, **SPAN)
    assert found.source == "defeph"
    assert found.notes == ("positions from mec end 30 s before it",)
    assert read_ephemeris(short, source="mec", **SPAN).notes == found.notes
    far = files | {"mec": [mec(tmp_path, seconds=[3000.0, 3030.0])], "defeph": []}
    found = read_ephemeris(far, **SPAN)
    assert found.source == "fgm"
    assert [note.split(":")[0] for note in found.notes] == ["no position from mec", "no position from defeph"]


def test_no_source_says_why_each_has_none(tmp_path):
    name = "mms1_fgm_r_gse_brst_l2"
    files = {"field": [fgm(tmp_path, leave_out=(name,))]}
    with pytest.raises(MissingData, match="no position from defeph: no file to read; no position from fgm"):
        read_ephemeris(files, **SPAN)
    with pytest.raises(MissingData, match="no position from mec"):
        read_ephemeris(files, source="mec", **SPAN)


def test_defect_19_units_are_read_and_never_guessed(tmp_path):
    for unit in ("m", "Re", ""):
        path = mec(tmp_path, changes={"mms1_mec_r_gse": {"UNITS": unit or " "}})
        with pytest.raises(VariableError, match=rf"found '{unit}', expected 'km'") as caught:
            read_ephemeris({"mec": [path]}, **SPAN)
        assert "mms1_mec_r_gse" in str(caught.value)
    near = mec(tmp_path)  # as near to the Earth as a number of R_E would be: 50 km stay 50 km
    found = read_mec([near], 1, START, STOP)
    assert np.linalg.norm(found.position.values, axis=1).min() > 6e4
    path = mec(tmp_path, changes={"mms1_mec_v_gse": {"COORDINATE_SYSTEM": "GSM"}})
    with pytest.raises(VariableError, match="found 'GSM', expected 'GSE'"):
        read_mec([path], 1, START, STOP)


def test_velocities_that_are_not_those_of_the_positions(tmp_path):
    for wrong in (1000 * V_KM_S, -V_KM_S, V_KM_S[::-1]):
        with pytest.raises(VariableError, match=r"they differ by \d+\.\d+ km/s of 2\.661"):
            read_mec([mec(tmp_path, v=wrong)], 1, START, STOP)


def test_rows_that_lack_a_component_are_left_out(tmp_path):
    t = np.arange(-300.0, 400.0, 30.0)
    path = mec(tmp_path, changes={"mms1_mec_r_gse": {"VALIDMAX": np.float64(R0_KM[0] + 50)}})
    found = read_mec([path], 1, START, STOP)
    kept = t[(np.abs(t) < 211) & (R0_KM[0] + V_KM_S[0] * t <= R0_KM[0] + 50)]
    assert seconds_of(found.position.time).tolist() == kept[(kept >= -150) & (kept < 210)].tolist()


def test_the_zone_of_the_machine_does_not_matter(tmp_path, monkeypatch):
    path = mec(tmp_path)
    here = read_mec([path], 1, START, STOP)
    monkeypatch.setitem(os.environ, "TZ", "America/New_York")
    clock.tzset()
    try:
        there = read_mec([path], 1, START, STOP)
    finally:
        monkeypatch.undo()
        clock.tzset()
    assert (here.position.time == there.position.time).all()
