"""Event files: everything comes back, equal events give equal bytes, other files give one kind of error."""

from dataclasses import fields, is_dataclass

import h5netcdf
import numpy as np
import pytest

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.mp_event_files import read_event, write_event
from magnetoflow.mms_mp.data import EventData, Plasma, Spacecraft, Spectrogram
from magnetoflow.series import Series

T0 = np.datetime64("2018-01-15T06:00:00", "ns")
RNG = np.random.default_rng(5)


def times(count, step_ms, phase_ns=0):
    return T0 + np.arange(count) * np.timedelta64(step_ms, "ms") + np.timedelta64(phase_ns, "ns")


def event():
    b = RNG.normal(size=(900, 3))
    b[7] = np.nan
    marks = {"invalid": times(2, 8), "repeated": times(0, 1)}
    field = Series("mms1_fgm_b_gse_brst_l2", times(900, 8, 17), b, "nT", "GSM", {"fill": 3}, marks)
    state = Series("mms1_mec_r_gse", times(5, 30000), RNG.normal(size=(5, 3)), "km", "GSM")
    moving = Series("mms1_mec_r_gse", times(5, 30000), RNG.normal(size=(5, 3)), "km/s", "GSM")
    ion = Plasma(
        "ion", times(60, 150, 75_000_000), RNG.random(60), RNG.normal(size=(60, 3)), 0.15, "GSM",
        RNG.random((60, 3, 3)), RNG.random(60), None, RNG.random(60), None, {"flagged": 2},
    )  # fmt: skip
    heplus = Plasma("heplus", times(4, 10000), RNG.random(4), np.full((4, 3), np.nan), 10.0, "GSM")
    spectrum = Spectrogram("flux", times(60, 150), RNG.random((60, 32)), RNG.random((60, 32)))
    potential = Series("scpot", times(30, 31), RNG.random(30), "V")
    one = Spacecraft(
        1, field, state, moving, "mec", {"ion": ion, "heplus": heplus}, field, potential, {"ion": spectrum},
        ("a.cdf", "b.cdf"), ("no électrons: \"none\"",),
    )  # fmt: skip
    two = Spacecraft(4, field, state)
    rotation = np.linalg.qr(RNG.normal(size=(3, 3)))[0]
    stop = T0 + np.timedelta64(10, "s")
    return EventData(
        "e-1",
        T0,
        stop,
        T0 + np.timedelta64(5, "s"),
        "brst",
        rotation,
        {1: one, 4: two},
        left_out={3: "no field"},
    )


def same(a, b):
    """Whether two records hold the same, to the last bit."""
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b


def test_everything_comes_back_and_bytes_are_equal(tmp_path):
    given = event()
    paths = [tmp_path / "work" / "event.nc", tmp_path / "again.nc"]
    for path in paths:
        write_event(path, given)
    found = read_event(paths[0])
    ordered = {name: given.spacecraft[1].plasma[name] for name in found.spacecraft[1].plasma}
    assert dict(found.spacecraft[1].plasma).keys() == {"ion", "heplus"}
    assert same(ordered, dict(found.spacecraft[1].plasma))
    for name in ("b", "position", "velocity", "e", "potential", "spectra", "files", "notes", "ephemeris"):
        assert same(getattr(given.spacecraft[1], name), getattr(found.spacecraft[1], name)), name
    assert same(given.spacecraft[4], found.spacecraft[4])
    for name in ("id", "start", "stop", "time0", "rate", "rotation", "frame", "left_out"):
        assert same(getattr(given, name), getattr(found, name)), name
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert [one.name for one in paths[0].parent.iterdir()] == ["event.nc"]
    assert not read_event(paths[0], spectra=False).spacecraft[1].spectra


def test_units_and_times_stand_in_the_file(tmp_path):
    write_event(tmp_path / "event.nc", event())
    with h5netcdf.File(tmp_path / "event.nc", "r") as file:
        ion = file["mms1"]["plasma_ion"]
        assert ion["v_km_s"].attrs["units"] == "km/s"
        assert ion["p_npa"].dimensions == ("time", "n3", "m3")
        assert ion["time"].attrs["units"] == "nanoseconds since 1970-01-01"
        assert ion["time"][0] == (T0 + np.timedelta64(75, "ms")).astype(np.int64)


def test_other_files_give_a_typed_error(tmp_path):
    path = tmp_path / "event.nc"
    write_event(path, event())
    whole = path.read_bytes()
    for damaged in (b"", b"<html>", whole[:300], whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(MagnetoflowError, match="event cannot be read") as caught:
            read_event(path)
        assert str(path) in str(caught.value)
    with pytest.raises(MagnetoflowError, match="event cannot be read"):
        read_event(tmp_path / "none.nc")
