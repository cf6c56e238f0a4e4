"""Definitive orbits as text: read exactly, refused when damaged, chosen by their manifests."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from magnetoflow.archive.layout import days_of, product_of
from magnetoflow.archive.manifests import build_manifest, select, verify_entry
from magnetoflow.errors import CorruptFile, VariableError
from magnetoflow.io.atomic import write_json
from magnetoflow.io.defeph import check_orbit, read_orbit
from tests.unit.mp_files import BEGIN, START, at, defeph, orbit_text

DAY = date(2018, 1, 15)


@pytest.fixture
def good(tmp_path):
    return defeph(tmp_path)


def circle(time, radius=70000.0):
    """Positions and velocities on a circle."""
    t = (time - time[0]) / np.timedelta64(1, "ns") / 1e9
    speed = np.sqrt(398600.4418 / radius)
    angle = t * speed / radius
    r = radius * np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    return r, speed * np.column_stack([-np.sin(angle), np.cos(angle), 0 * angle])


def test_times_positions_and_velocities_are_those_of_the_text(tmp_path):
    time = BEGIN + np.arange(50) * np.timedelta64(30_000, "ms") + np.timedelta64(203, "ms")
    r, v = circle(time)
    path = tmp_path / "MMS3_DEFEPH_2018015_2018016.V01"
    path.write_text(orbit_text(time, r, v, probe=3))
    orbit = read_orbit([path], probe=3)
    assert (orbit.time == time).all()
    np.testing.assert_allclose(orbit.position_km, r, atol=6e-10)
    np.testing.assert_allclose(orbit.velocity_km_s, v, atol=6e-10)
    assert check_orbit(path, "mms3") == ("2018-01-15T06:00:00.203000Z", "2018-01-15T06:24:30.203001Z")
    part = read_orbit(
        [path], probe=3, start=START + timedelta(seconds=60), stop=START + timedelta(seconds=120)
    )
    assert (part.time == time[2:4]).all()  # half open: 60.203 and 90.203


def test_rows_that_two_days_share_count_once(tmp_path):
    time = BEGIN + np.arange(60) * np.timedelta64(30, "s")
    r, v = circle(time)
    paths = [tmp_path / f"MMS1_DEFEPH_201801{day}_201801{day + 1}.V01" for day in (5, 6)]
    paths[0].write_text(orbit_text(time[:40], r[:40], v[:40]))
    paths[1].write_text(orbit_text(time[23:], r[23:], v[23:]))
    orbit = read_orbit(paths, probe=1)
    assert orbit.duplicates == 17
    assert (orbit.time == time).all()
    np.testing.assert_allclose(orbit.position_km, r, atol=1e-8)
    paths[1].write_text(orbit_text(time[23:], r[23:] + 2.0, v[23:]))
    with pytest.raises(VariableError, match=r"3\.464 km apart"):
        read_orbit(paths, probe=1)


def test_times_increase_through_a_leap_second(tmp_path):
    before = np.datetime64("2016-12-31T23:59:00.500", "ns")
    after = np.datetime64("2017-01-01T00:00:29.500", "ns")
    time = np.concatenate([before + np.arange(2) * np.timedelta64(30, "s"), [after]])
    whole = np.array(
        ["2016-366/23:59:00.500", "2016-366/23:59:30.500", "2016-366/23:59:60.500", "2017-001/00:00:29.500"]
    )
    t = np.arange(4) * 30.0
    r, v = circle(BEGIN + (t * 1e9).astype("timedelta64[ns]"))
    text = orbit_text(BEGIN + (t * 1e9).astype("timedelta64[ns]"), r, v)
    tai = 21549 + (86340.5 + 36 + t) / 86400  # 2016-12-31 is day 21549 of 1958
    lines = text.splitlines()
    for row in range(4):
        cells = lines[14 + row].split()
        lines[14 + row] = "   ".join([whole[row], f"{tai[row]:.9f}", *cells[2:]])
    lines[2], lines[3] = f"StartTime = {whole[0]} UTC", f"StopTime = {whole[3]} UTC"
    path = tmp_path / "MMS1_DEFEPH_2016366_2017001.V01"
    path.write_text("\n".join(lines) + "\n")
    found = read_orbit([path], probe=1).time
    assert (np.diff(found) > np.timedelta64(0, "ns")).all()
    assert (found[[0, 1, 3]] == time).all()
    squeezed = np.datetime64("2017-01-01", "ns") - found[2]
    assert np.timedelta64(0, "ns") < squeezed < np.timedelta64(10, "us")


def row(number):
    """Line of a row, counted from the header's end."""
    return 14 + number


def changed(lines, number, column, text):
    cells = lines[row(number)].split()
    cells[column] = text
    return [*lines[: row(number)], "  ".join(cells), *lines[row(number) + 1 :]]


LINES = {
    "a row is missing": (lambda x: x[:30] + x[31:], "rows are missing after 2018-01-15"),
    "the last row is missing": (lambda x: x[:-1], "StopTime is .* truncated"),
    "the first row is missing": (lambda x: x[:14] + x[15:], "StartTime is .* truncated"),
    "rows are swapped": (lambda x: [*x[:20], x[21], x[20], *x[22:]], "times do not increase"),
    "a row comes twice": (lambda x: [*x[:20], x[19], *x[20:]], "times do not increase"),
    "a digit of a position": (lambda x: changed(x, 9, 3, "30100.5"), "position and velocity disagree"),
    "a digit of a velocity": (lambda x: changed(x, 9, 6, "-1.4"), "position and velocity disagree"),
    "a clock": (lambda x: changed(x, 9, 1, "21929.286000000"), "times do not increase|differ by more"),
    "both clocks apart": (lambda x: changed(x, 9, 0, "2018-015/05:54:31.203"), "differ by more"),
    "not a number": (lambda x: changed(x, 9, 4, "nan"), "not that of a satellite"),
    "text": (lambda x: changed(x, 9, 4, "$(reboot)"), "not a number"),
    "no time": (lambda x: changed(x, 9, 0, "2018-400/05:54:30.203"), "line 24 begins with '2018-400"),
    "a column is missing": (lambda x: [*x[:20], x[20].rsplit(maxsplit=1)[0], *x[21:]], "line 21 has 7"),
    "beyond the Moon": (lambda x: changed(x, 0, 2, "1e9"), "not that of a satellite"),
    "another spacecraft": (lambda x: [x[0], "Spacecraft = MMS2", *x[2:]], "Spacecraft is 'MMS2'"),
    "another frame": (lambda x: [*x[:6], "ReferenceFrame = True of Date", *x[7:]], "ReferenceFrame is"),
    "other units": (lambda x: [*x[:13], x[13].replace("Km ", "m "), *x[14:]], "units .*, expected 'Km Km"),
    "no column names": (lambda x: [*x[:12], *x[13:]], "no line of column names"),
    "no rows": (lambda x: x[:14], "no rows"),
}  # fmt: skip


@pytest.mark.parametrize("fault", LINES)
def test_a_changed_line_is_refused(good, fault):
    change, reason = LINES[fault]
    good.write_text("\n".join(change(good.read_text().splitlines())) + "\n")
    with pytest.raises(CorruptFile, match=reason) as caught:
        read_orbit([good], probe=1)
    assert str(good) in str(caught.value)


BYTES = {
    "F1 empty": lambda data: b"",
    "F2 web page": lambda data: b"<!DOCTYPE html><html>503</html>",
    "F3 cut at 10 %": lambda data: data[: len(data) // 10],
    "F4 cut at 50 %": lambda data: data[: len(data) // 2],
    "F5 cut at 90 %": lambda data: data[: 9 * len(data) // 10],
    "F6 last byte": lambda data: data[:-1],
    "F7 zero tail": lambda data: data[:-500] + bytes(500),
    "F8 a byte flipped": lambda data: data[:1500] + bytes([data[1500] ^ 0xFF]) + data[1501:],
    "F9 a block zeroed": lambda data: data[:1500] + bytes(600) + data[2100:],
    "F10 the header": lambda data: b"d" + data[1:],
}


@pytest.mark.parametrize("fault", BYTES)
def test_a_damaged_file_is_refused(good, fault):
    good.write_bytes(BYTES[fault](good.read_bytes()))
    with pytest.raises(CorruptFile):
        check_orbit(good, "mms1")


def test_a_file_that_is_gone_or_huge(tmp_path, good, monkeypatch):
    with pytest.raises(CorruptFile, match="No such file"):
        check_orbit(tmp_path / "MMS1_DEFEPH_2018014_2018015.V01", "mms1")
    monkeypatch.setattr("magnetoflow.io.defeph.LARGEST", 100)
    with pytest.raises(CorruptFile, match="no orbit of a day"):
        check_orbit(good, "mms1")


def test_a_manifest_names_the_newest_version_and_its_reach(tmp_path):
    old, new = defeph(tmp_path), defeph(tmp_path, version="02")
    other = defeph(tmp_path, version="10").rename(old.parent / "MMS1_DEFEPH_2018014_2018015.V10")
    (old.parent / "MMS2_DEFEPH_2018015_2018016.V09").write_text("of another spacecraft")
    (old.parent / "MMS1_DEFEPH_2018015_2018016.V01.txt").write_text("of another kind")
    found = build_manifest("folder-00000000", tmp_path, "mms_defeph", "mms1", DAY)
    (entry,) = found["files"]
    assert (entry["path"], entry["version"], entry["status"]) == (
        "mms/ancillary/mms1/defeph/MMS1_DEFEPH_2018015_2018016.V02", "2", "ok",
    )  # fmt: skip
    assert entry["first"] == "2018-01-15T05:50:00.203000Z"
    assert found["superseded"] == [str(old.relative_to(tmp_path))]
    assert verify_entry(tmp_path, entry) == new
    assert select([found], START, START + timedelta(minutes=5)).files == [entry]
    assert not select([found], START + timedelta(hours=1), START + timedelta(hours=2)).files
    write_json(tmp_path / "m.json", found)
    assert json.loads((tmp_path / "m.json").read_text()) == found
    assert other.exists()


def test_a_damaged_orbit_is_named_in_its_manifest(good, tmp_path):
    good.write_text(good.read_text()[:-300])
    found = build_manifest("folder-00000000", tmp_path, "mms_defeph", "mms1", DAY)
    assert found["files"][0]["status"] == "damaged"
    assert select([found], START, START + timedelta(minutes=5)).damaged[0]["to"] == "2018-01-16T00:20:00Z"


def test_an_event_after_midnight_asks_for_the_day_before():
    start = datetime(2018, 1, 15, 0, 4, tzinfo=UTC)
    assert days_of("mms_defeph", start, start + timedelta(minutes=5)) == [date(2018, 1, 14), DAY]
    assert days_of("mms_defeph", START, START + timedelta(minutes=5)) == [DAY]


def test_names_of_orbit_files():
    parse = product_of("mms_defeph").parse
    assert parse("MMS1_DEFEPH_2019027_2019028.V01", "mms1") == (datetime(2019, 1, 27, tzinfo=UTC), (1,))
    for name in ("MMS2_DEFEPH_2019027_2019028.V01", "MMS1_DEFEPH_2019027.V01",
                 "MMS1_DEFEPH_2019400_2019401.V01",
                 "MMS1_PREDEPH_2019027_2019028.V01", "MMS1_DEFEPH_2019027_2019028.V01.gz"):  # fmt: skip
        assert parse(name, "mms1") is None


def test_a_fired_thruster_is_no_damage(tmp_path):
    time = at(np.arange(20) * 30.0)
    r, v = circle(time)
    kick = np.array([0.0, 0.0, 1e-3])
    t = np.arange(20) * 30.0
    r, v = r + np.clip(t - 310, 0, None)[:, None] * kick, v + (t > 310)[:, None] * kick
    path = tmp_path / "MMS1_DEFEPH_2018015_2018016.V01"
    path.write_text(orbit_text(time, r, v))
    assert len(read_orbit([path], probe=1).time) == 20
