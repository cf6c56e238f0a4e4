"""REPT level 3 files, array files of other missions, prepared records: what is read is what was written."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from types import SimpleNamespace

import h5netcdf
import h5py
import numpy as np
import pytest
import xarray as xr

from magnetoflow.archive.layout import product_of
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.errors import VariableError
from magnetoflow.io.cf_times import decoded_times
from magnetoflow.io.distribution_array import ArrayOptions, read_array
from magnetoflow.io.flux_units import flux_factor
from magnetoflow.io.prepared_files import (
    count_records,
    read_attrs,
    read_prepared,
    write_prepared,
)
from magnetoflow.io.rept import LoadOptions, read_rept
from magnetoflow.rept_pad.data import Prepared, take
from magnetoflow.rept_pad.quality import FLAGS
from magnetoflow.workflow.archive import Archive
from tests.unit.rept_cdf import BEGIN, ENERGY, FILL, KINDS, START, STOP, angles_of, fluxes, rept_file

SPAN = {"start": START, "stop": STOP}
SECONDS = np.array([0.0, 10.9, 21.8, 32.7])


def read(*paths, **options):
    return read_rept(paths, probe="a", options=LoadOptions(**options), **SPAN)


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_axes_and_times_of_every_kind(tmp_path, kind, swapped):
    path = rept_file(tmp_path / "one.cdf", SECONDS, kind=kind, swapped=swapped)
    found = read(path)
    np.testing.assert_array_equal(found.flux, fluxes(4))
    assert found.flux.dtype == np.float32
    assert found.flux.flags.c_contiguous
    error = np.abs((found.time - BEGIN) / np.timedelta64(1, "ns") - np.rint(SECONDS * 1e9))
    assert error.max() <= (8000 if kind == "epoch16" else 0)
    np.testing.assert_array_equal(found.energy_mev, ENERGY)
    assert found.angle_deg[8] == 90.0
    np.testing.assert_allclose(found.l, 4 + np.arange(4) / 1000, rtol=1e-6)
    np.testing.assert_allclose(found.mlt, np.arange(4))
    np.testing.assert_array_equal(found.b_ratio, np.full(4, 0.75))
    assert found.counts == {"records": 4} | {name: 0 for name in found.counts if name != "records"}
    assert not found.quality.any()


def test_single_precision_axes_are_the_decimal_numbers_that_they_stand_for(tmp_path):
    path = rept_file(tmp_path / "one.cdf", SECONDS, energies=ENERGY.astype(np.float32))
    np.testing.assert_array_equal(read(path).energy_mev, ENERGY)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_r3_r4_r5_fills_of_both_types_are_missing_and_zero_is_zero(tmp_path, dtype):
    flux = fluxes(4).astype(dtype)
    bad = [dtype(FILL), dtype(-999.9), np.nan, np.inf, -np.inf, dtype(1e25), dtype(-3), dtype(5e9)]
    flux[1, :8, 3] = bad
    flux[2] = dtype(FILL)
    flux[3] = 0
    changes = {"FEDU": {"FILLVAL": np.float64(-999.9), "VALIDMAX": np.float64(1e9)}}
    found = read(rept_file(tmp_path / "one.cdf", SECONDS, flux, dtype=dtype, changes=changes))
    missing = np.zeros(flux.shape, dtype=bool)
    missing[1, :8, 3] = missing[2] = True
    np.testing.assert_array_equal(np.isnan(found.flux), missing)
    assert (found.flux[3] == 0).all()
    assert (found.counts["fill"], found.counts["out_of_range"]) == (6 + 204, 2)
    assert found.quality.tolist() == [0, FLAGS["out_of_range"], 0, 0]


def test_eleven_angles_and_axes_that_descend(tmp_path):
    flux = fluxes(4, 11)
    path = rept_file(tmp_path / "one.cdf", SECONDS, flux, angles=angles_of(11)[::-1], energies=ENERGY[::-1])
    found = read(path)
    np.testing.assert_array_equal(found.flux, flux[:, ::-1, ::-1])
    np.testing.assert_allclose(found.angle_deg, angles_of(11))
    np.testing.assert_array_equal(found.energy_mev, ENERGY)


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("cm!E-2!Ns!E-1!Nsr!E-1!NMeV!E-1!N", 1), ("1/(cm^2 s sr keV)", 1000), ("cm^-2 sr^-1 s^-1 MeV^-1", 1),
        ("#/cm2-s-sr-eV", 1e6), ("electrons / (cm2 sec ster GeV)", 1e-3),
    ],
)  # fmt: skip
def test_units_of_flux(text, factor):
    assert flux_factor(text, "here") == factor


@pytest.mark.parametrize("text", ["", "counts", "keV/(cm^2 s sr keV)", "1/(m^2 s sr MeV)", "cm^-3 s sr MeV"])
def test_another_unit_is_refused(text):
    with pytest.raises(VariableError, match=r"another unit[\s\S]*here"):
        flux_factor(text, "here")


def test_per_kev_and_fields_in_tesla_become_ours(tmp_path):
    changes = {
        "FEDU": {"UNITS": "cm^-2 s^-1 sr^-1 keV^-1"}, "FEDU_Energy": {"UNITS": "keV"},
        "B_Eq": {"UNITS": "T"}, "MLT": {"UNITS": "degrees"},
    }  # fmt: skip
    more = {"B_Eq": (np.full(4, 1.5e-7), {"DEPEND_0": "Epoch"})}
    path = rept_file(tmp_path / "one.cdf", SECONDS, changes=changes, more=more, energies=ENERGY * 1000)
    found = read(path)
    np.testing.assert_allclose(found.flux, fluxes(4) * 1000, rtol=1e-6)
    np.testing.assert_allclose(found.energy_mev, ENERGY)
    np.testing.assert_allclose(found.b_ratio, 0.75)
    np.testing.assert_allclose(found.mlt, np.arange(4) / 15)


def test_a_distribution_of_another_name_is_found_among_protons_and_sectors(tmp_path):
    sectors = (np.ones((4, 36, 12), "f4"), {"DEPEND_0": "Epoch", "UNITS": "1/(cm^2 s sr MeV)"})
    more = {"Unbinned": sectors}
    path = rept_file(tmp_path / "one.cdf", SECONDS, name="E_Flux", more=more)
    np.testing.assert_array_equal(read(path).flux, fluxes(4))
    np.testing.assert_array_equal(read(path, variable="e_flux").flux, fluxes(4))
    np.testing.assert_array_equal(read(path, variable="FPDU").flux, fluxes(4) * 7)
    twin = (fluxes(4), {"DEPEND_0": "Epoch", "DEPEND_1": "A_Alpha", "DEPEND_2": "A_Energy",
                        "UNITS": "1/(cm^2 s sr MeV)"})  # fmt: skip
    axes = {"A_Alpha": (angles_of(17), {"UNITS": "deg"}), "A_Energy": (ENERGY, {"UNITS": "MeV"})}
    two = rept_file(tmp_path / "two.cdf", SECONDS, name="B", more={"A": twin, **axes})
    with pytest.raises(VariableError, match=r"more than one distribution: (A, B|B, A)"):
        read(two)


def test_l_star_missing_filled_or_by_pitch_angle(tmp_path):
    by_angle = np.tile(np.arange(17, dtype=np.float32), (4, 1)) + 1
    by_angle[2] = FILL
    own = {"DEPEND_0": "Epoch", "DEPEND_1": "FEDU_Alpha", "FILLVAL": FILL}
    path = rept_file(tmp_path / "one.cdf", SECONDS, more={"L_star": (by_angle, own)})
    found = read(path)
    np.testing.assert_array_equal(found.l_star, [9, 9, np.nan, 9])
    assert found.quality.tolist() == [0, 0, FLAGS["no_l_star"], 0]
    lost = read(rept_file(tmp_path / "two.cdf", SECONDS, leave_out=("L_star", "B_Calc", "MLAT")))
    assert np.isnan([lost.l_star, lost.b_ratio, lost.mlat_deg]).all()
    assert (lost.quality == FLAGS["no_l_star"]).all()
    assert {name: lost.counts[name] for name in ("no_l", "no_l_star", "no_b_ratio", "no_mlat_deg")} == {
        "no_l": 0, "no_l_star": 4, "no_b_ratio": 4, "no_mlat_deg": 4,
    }  # fmt: skip
    assert np.isnan(read(path, l="").l).all()


def test_the_interval_is_half_open_and_files_are_joined(tmp_path):
    day = [rept_file(tmp_path / f"{k}.cdf", SECONDS + 86400 * k) for k in (0, 1)]
    stop = STOP + timedelta(seconds=10.9)
    found = read_rept(day, probe="rbspa", start=START + timedelta(seconds=10.9), stop=stop)
    assert ((found.time - BEGIN) / np.timedelta64(1, "s")).tolist() == [10.9, 21.8, 32.7, 86400]
    np.testing.assert_array_equal(found.flux, fluxes(4)[[1, 2, 3, 0]])


def test_names_in_capital_and_small_letters_and_the_manifest_of_a_day(tmp_path):
    kind = product_of("rbsp_rept_l3")
    for level in ("L3", "l3"):
        name = f"rbspb_rel03_ect-rept-sci-{level}_20130317_v5.10.0.cdf"
        slot, version = kind.parse(name, "rbspb")
        assert (slot, version) == (START, (5, 10, 0))
        assert kind.parse(name, "rbspa") is None
    folder = tmp_path / "rbsp/rbspa/l3/ect/rept/sectors/rel03/2013"
    changes = {"FEDU": {"DEPEND_0": "Time"}}
    path = rept_file(folder / "rbspa_rel03_ect-rept-sci-L3_20130317_v5.0.0.cdf", SECONDS, kind="epoch16")
    (entry,) = build_manifest("folder-0", tmp_path, "rbsp_rept_l3", "rbspa", date(2013, 3, 17))["files"]
    assert (entry["status"], entry["first"][:21]) == ("ok", "2013-03-17T00:00:00.0")
    assert entry["last"][:21] == "2013-03-17T00:00:32.7"
    path.unlink()
    rept_file(path, SECONDS, changes=changes)
    (entry,) = build_manifest("folder-0", tmp_path, "rbsp_rept_l3", "rbspa", date(2013, 3, 17))["files"]
    assert entry["status"] == "damaged", "its DEPEND_0 names no variable"
    assert "no times in the file" in entry["reason"]


def test_the_stamp_of_a_sample_day():
    archive = Archive(SimpleNamespace(data="data", archive="sample"))
    asked = SimpleNamespace(product="rbsp_rept_l3", probe="rbspb", day="20130317")
    assert archive.stamp_of_manifest(asked) == ["data/sample/truth/rept_pad/rbspb_20130317.json"]
    asked.day = "20200101"
    assert archive.stamp_of_manifest(asked) == []


@pytest.mark.parametrize("order", list(permutations(("time", "alpha", "energy"))))
def test_an_array_file_with_its_axes_in_any_order(tmp_path, order):
    flux = fluxes(11, 11, 5)  # as many records as angles: only names tell them apart
    given = {
        "flux": (order, flux.transpose([("time", "alpha", "energy").index(one) for one in order])),
        "time": (("time",), np.arange(11) * 11),
        "pitch_angle": (("alpha",), angles_of(11)),
        "energy": (("energy",), np.arange(5) + 1.0),
        "L": (("time",), np.full(11, 4.5)),
        "L_star": (("time", "alpha"), np.tile(np.arange(11.0) + 1, (11, 1))),
        "B": (("time",), np.full(11, 200.0)),
        "B_eq": (("time",), np.full(11, 150.0)),
    }
    units = {"flux": "1/(cm^2 s sr keV)", "time": "s since 2013-03-17", "pitch_angle": "deg", "energy": "MeV"}
    with h5netcdf.File(tmp_path / "a.nc", "w") as file:
        file.dimensions = {"time": 11, "alpha": 11, "energy": 5}
        for name, (dims, values) in given.items():
            file.create_variable(name, dims, data=values).attrs["units"] = units.get(name, "")
    found = read_array(tmp_path / "a.nc", start=START, stop=START + timedelta(seconds=77))
    np.testing.assert_allclose(found.flux, flux[:7] * 1000, rtol=1e-6)
    assert found.flux.flags.c_contiguous
    np.testing.assert_array_equal(found.time, BEGIN + np.arange(7) * np.timedelta64(11, "s"))
    assert (found.l == 4.5).all()
    assert (found.l_star == 6).all(), "of the angle nearest to 90 degrees"
    assert (found.b_ratio == 0.75).all()
    assert np.isnan(found.mlt).all()


def test_an_array_file_without_names_units_or_order(tmp_path):
    flux = fluxes(6, 11, 5)
    stamps = np.array([5.0, 0, 1, 1, np.nan, 3])
    given = {"f": flux.transpose(2, 0, 1)[::-1], "t": stamps, "a": np.deg2rad(angles_of(11)),
             "e": (np.arange(5) + 1.0)[::-1] * 1000, "ratio": np.full(6, 0.5)}  # fmt: skip
    np.savez(tmp_path / "a.npz", **given)
    options = ArrayOptions(
        flux="f", time="t", angle="a", energy="e", b_ratio="ratio", angle_unit="rad", energy_unit="keV",
        flux_unit="cm^-2 s^-1 sr^-1 MeV^-1", time_unit="hours since 2013-03-17",
    )  # fmt: skip
    found = read_array(tmp_path / "a.npz", options, **SPAN)
    assert ((found.time - BEGIN) / np.timedelta64(1, "h")).tolist() == [0, 1, 3, 5]
    np.testing.assert_array_equal(found.flux, flux[[1, 2, 5, 0]])
    np.testing.assert_allclose(found.angle_deg, angles_of(11))
    np.testing.assert_allclose(found.energy_mev, np.arange(5) + 1.0)
    assert (found.b_ratio == 0.5).all()
    assert (found.counts["out_of_order"], found.counts["duplicates"], found.counts["bad_epoch"]) == (1, 1, 1)
    late = FLAGS["time_out_of_order"]
    assert [bool(one & late) for one in found.quality] == [True, True, False, False]
    with pytest.raises(VariableError, match="set time_unit"):
        read_array(tmp_path / "a.npz", replace(options, time_unit=""), **SPAN)


def test_packed_values_and_their_fill(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        packed = np.arange(1, 181, dtype=np.int16).reshape(6, 5, 6)
        packed[0, 0] = -7
        for name, values, unit in (
            ("flux", packed, "1/(cm^2 s sr MeV)"),
            ("time", np.arange(6) + 1_363_478_400, "s since 1970-01-01"),
            ("pitch_angle", angles_of(5), "deg"), ("energy", np.arange(6) + 1.0, "MeV"),
        ):  # fmt: skip
            file.create_dataset(name, data=values).attrs["units"] = unit
        file["flux"].attrs.update(_FillValue=np.int16(-7), scale_factor=0.5, valid_range=np.int16([0, 100]))
        for at, name in enumerate(("time", "pitch_angle", "energy")):
            file["flux"].dims[at].label = name
    found = read_array(tmp_path / "a.h5", **SPAN)
    wanted = np.where((packed > 0) & (packed <= 100), packed * 0.5, np.nan)
    np.testing.assert_array_equal(found.flux, wanted)
    assert found.time[0] == BEGIN


@pytest.mark.parametrize(
    ("values", "unit", "text"),
    [
        (
            np.array([1_363_478_400_123_456_789]),
            "ns since 1970-01-01",
            "2013-03-17T00:00:00.123456789",
        ),
        (np.array([0.5]), "days since 2013-03-17 06:00:00 UTC", "2013-03-17T18:00:00"),
        (np.array([b"2013-03-17T01:02:03Z"]), "", "2013-03-17T01:02:03"),
        (np.array([1e30]), "s since 2000-01-01", "NaT"),
    ],
)
def test_times_of_array_files(values, unit, text):
    assert decoded_times(values, unit, "here")[0] == np.datetime64(text, "ns") or text == "NaT"
    assert np.isnat(decoded_times(values, unit, "here")[0]) == (text == "NaT")


def prepared(n):
    rng = np.random.default_rng(n)
    flux = np.where(rng.random((n, 9, 12)) < 0.1, np.nan, rng.lognormal(3, 2, (n, 9, 12))).astype(np.float32)
    l, star, mlt, mlat, ratio = np.where(rng.random((5, n)) < 0.1, np.nan, rng.random((5, n)))  # noqa: E741
    return Prepared(
        time=BEGIN + np.arange(n) * np.timedelta64(10_900_000_001, "ns"), flux=flux, counts=flux / 7,
        background=rng.random((9, 12)), signal=rng.random((n, 12)) < 0.5,
        state=rng.integers(0, 3, n).astype(np.uint8), block=np.arange(n) // 100 - 3,
        angle_deg=np.linspace(5, 90, 9), energy_mev=ENERGY, l=l, l_star=star, mlt=mlt, mlat_deg=mlat,
        b_ratio=ratio, quality=rng.integers(0, 2048, n).astype(np.uint16), equatorial=True, folded=False,
        **({"one_count": rng.random(12), "floor": rng.random(12)} if n else {}),
    )  # fmt: skip


def assert_same(one, other):
    for name in Prepared.__dataclass_fields__:
        ours, theirs = getattr(one, name), getattr(other, name)
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
        assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None), name


@pytest.mark.parametrize("n", [0, 2100])
def test_prepared_records_come_back_as_they_were(tmp_path, n):
    wanted = prepared(n)
    path = tmp_path / "records.nc"
    write_prepared(path, wanted, {"source": "", "event": "one"})
    assert_same(read_prepared(path), wanted)
    assert read_attrs(path) == {"source": "", "event": "one"}
    assert count_records(path) == n
    with xr.open_dataset(path) as data:
        assert data.sizes == {"time": n, "angle": 9, "energy": 12}
        assert data["flux"].attrs["units"] == "cm^-2 s^-1 sr^-1 MeV^-1"


def test_equal_records_give_equal_bytes(tmp_path):
    for name in ("a", "b"):
        write_prepared(tmp_path / f"{name}.nc", take(prepared(300), slice(0, 250)), {"a": "1"})
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
