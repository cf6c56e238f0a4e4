"""Loading of real files: a magnetopause crossing, four spacecraft in the tail, orbits of a day."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.archive.manifests import build_manifest, select
from magnetoflow.errors import CorruptFile, InsufficientData, MissingData
from magnetoflow.frames import gse_to_gsm, rotate
from magnetoflow.io.cdf import read_series
from magnetoflow.io.defeph import read_orbit
from magnetoflow.io.mp_ephemeris import read_defeph
from magnetoflow.io.mp_loading import load_folder
from magnetoflow.mms_mp.ephemeris import interpolate_position
from magnetoflow.times import parse_utc
from tests.runs import ROOT

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
pytestmark = pytest.mark.skipif(not (REAL / "mms").is_dir(), reason="no real files beside the checkout")
ORBIT = "mms/ancillary/mms{0}/defeph/MMS{0}_DEFEPH_2019027_2019028.V01"


@pytest.fixture(scope="module")
def crossing():
    return load_folder(REAL, probes=[1], start="2015-10-16T13:05:30", stop="2015-10-16T13:07:40")


@pytest.fixture(scope="module")
def tail():
    return load_folder(REAL, probes=[1, 2, 3, 4], start="2017-08-10T12:17:30", stop="2017-08-10T12:20:00")


def file_of(probe, day):
    (path,) = (REAL / f"mms/mms{probe}/fgm/brst/l2/{day}").glob("*.cdf")
    return path


def test_the_crossing_of_2015_10_16(crossing):
    one = crossing.spacecraft[1]
    assert len(one.b.time) == 16640
    assert np.isfinite(one.b.values).all()
    ion = one.plasma["ion"]
    assert (len(ion.time), ion.cadence_s) == (867, pytest.approx(0.15))
    assert np.isfinite(ion.v_km_s).all()  # every record has bit 9 of its flags
    assert 0.2 < ion.n_cm3.min() < 0.3 < 10 < ion.n_cm3.max() < 40
    assert set(one.plasma) == set(one.spectra) == {"ion"}
    assert one.ephemeris == "fgm"
    assert "no HPCA: no file" in one.notes


def test_ion_times_are_half_a_measurement_after_those_of_the_file(crossing):
    folder = REAL / "mms/mms1/fpi/brst/l2/dis-moms/2015/10/16"
    stored = read_series(sorted(folder.glob("*.cdf")), "mms1_dis_numberdensity_brst", unit="cm^-3")
    centres = stored.time + np.timedelta64(75, "ms")
    inside = (centres >= crossing.start) & (centres < crossing.stop)
    assert (crossing.spacecraft[1].plasma["ion"].time == centres[inside]).all()
    np.testing.assert_array_equal(crossing.spacecraft[1].plasma["ion"].n_cm3, stored.values[inside])


def test_field_and_position_are_those_of_the_files_in_gsm(tail):
    starts = {}
    for probe, one in tail.spacecraft.items():
        path = file_of(probe, "2017/08/10")
        stored = read_series([path], f"mms{probe}_fgm_b_gsm_brst_l2", unit="nT", frame="GSM")
        assert (one.b.time == stored.time).all()
        size = np.linalg.norm(one.b.values, axis=1)
        np.testing.assert_allclose(size, stored.values[:, 3], atol=2e-5)
        # GSM turns by 0.05 deg in the 70 s from the middle
        assert np.linalg.norm(one.b.values - stored.values[:, :3], axis=1).max() < 1.5e-3 * size.max()
        r = read_series([path], f"mms{probe}_fgm_r_gsm_brst_l2", unit="km", frame="GSM")
        away = np.linalg.norm(one.position.values - r.values[:, :3], axis=1)
        assert away.max() < 2e-3 * np.linalg.norm(r.values[0, :3])
        starts[probe] = one.b.time[0]
    lags = [(starts[probe] - starts[1]) / np.timedelta64(1, "ms") for probe in (2, 3, 4)]
    np.testing.assert_allclose(lags, [-488, 47, 87], atol=0.6)


def test_an_event_beyond_the_files():
    with pytest.raises(MissingData, match="no field of MMS1"):
        load_folder(REAL, probes=[1], start="2015-10-16T14:05", stop="2015-10-16T14:07")
    with pytest.raises((InsufficientData, MissingData)):
        load_folder(REAL, probes=[1], start="2015-10-16T13:07:50", stop="2015-10-16T13:08:50")


def test_truncated_moments_are_refused():
    with pytest.raises(CorruptFile, match="MD5 trailer"):
        load_folder(REAL, probes=[2], start="2017-07-26T07:26:30", stop="2017-07-26T07:28:00")


@pytest.mark.parametrize("probe", [1, 2, 3, 4])
def test_the_cubic_on_every_second_row_of_an_orbit(probe):
    orbit = read_orbit([REAL / ORBIT.format(probe)], probe=probe)
    assert len(orbit.time) == 2898
    even, odd = slice(None, None, 2), slice(1, -1, 2)
    rows = orbit.time[even], orbit.position_km[even]
    for velocity, rms, largest in ((orbit.velocity_km_s[even], 1.0, 10.0), (None, 2.0, 10.0)):
        found, _ = interpolate_position(*rows, velocity, orbit.time[odd])
        apart = 1000 * np.linalg.norm(found - orbit.position_km[odd], axis=1)
        assert np.sqrt(np.mean(apart**2)) <= rms  # measured 0.6 and 0.9 m
        assert apart.max() <= largest  # measured 5.2 and 6.4 m


def test_manifests_of_orbits_and_positions_in_gse():
    start, stop = parse_utc("2019-01-27T12:25"), parse_utc("2019-01-27T12:35")
    places = []
    for probe in (1, 2, 3, 4):
        found = build_manifest("folder-00000000", REAL, "mms_defeph", f"mms{probe}", date(2019, 1, 27))
        (entry,) = select([found], start, stop).files
        orbit = read_defeph([REAL / entry["path"]], probe, start, stop)
        at = np.array(["2019-01-27T12:30"], dtype="datetime64[ns]")
        place, motion = interpolate_position(
            orbit.position.time, orbit.position.values, orbit.velocity.values, at
        )
        places.append(place[0])
        rows = read_orbit([REAL / entry["path"]], probe=probe, start=start, stop=stop)
        size = np.linalg.norm(rows.position_km, axis=1)
        inside = np.isin(orbit.position.time, rows.time)
        np.testing.assert_allclose(np.linalg.norm(orbit.position.values[inside], axis=1), size, rtol=1e-12)
        step = np.diff(orbit.position.values, axis=0) / 30.0
        np.testing.assert_allclose(step[10], orbit.velocity.values[10:12].mean(axis=0), atol=2e-5)
        assert np.linalg.norm(motion) < 5
    gsm = rotate(gse_to_gsm(at), np.array(places))
    apart = {f"{a + 1}{b + 1}": np.linalg.norm(gsm[a] - gsm[b]) for a in range(4) for b in range(a + 1, 4)}
    table = {"12": 269.49, "13": 684.31, "14": 199.98, "23": 953.80, "24": 469.47, "34": 484.34}
    assert apart == pytest.approx(table, abs=0.006)
