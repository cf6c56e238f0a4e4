"""REPT and array files with faults: sorted, masked, counted, or refused by file, variable and expectation."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import h5py
import numpy as np
import pytest

from magnetoflow.archive.manifests import build_manifest
from magnetoflow.archive.usable import usable_files, why_none
from magnetoflow.errors import (
    CorruptFile,
    DataError,
    InsufficientData,
    MagnetoflowError,
    MissingData,
    VariableError,
)
from magnetoflow.io import labelled_arrays
from magnetoflow.io.atomic import write_json
from magnetoflow.io.distribution_array import ArrayOptions, read_array
from magnetoflow.io.prepared_files import read_attrs, read_prepared
from magnetoflow.io.rept import read_rept
from magnetoflow.rept_pad.quality import FLAGS
from magnetoflow.sample.cdf import tt2000
from tests.unit.rept_cdf import BEGIN, FILL, START, STOP, angles_of, fluxes, rept_file

SPAN = {"start": START, "stop": STOP}
NAME = "rbspa_rel03_ect-rept-sci-l3_2013031{}_v5.0.0.cdf"
FOLDER = "rbsp/rbspa/l3/ect/rept/sectors/rel03/2013"


def read(*paths):
    return read_rept(paths, probe="a", **SPAN)


def seconds_of(found):
    return ((found.time - BEGIN) / np.timedelta64(1, "s")).tolist()


def test_f18_repeated_times_and_times_that_go_back(tmp_path):
    one = rept_file(tmp_path / "1.cdf", [0.0, 30, 10, 20, 20])
    other = rept_file(tmp_path / "2.cdf", [30.0, 40], fluxes(2) * 9, kind="epoch")
    found = read(one, other)
    assert seconds_of(found) == [0, 10, 20, 30, 40]
    np.testing.assert_array_equal(found.flux[:4], fluxes(5)[[0, 2, 3, 1]])
    assert (found.counts["records"], found.counts["out_of_order"], found.counts["duplicates"]) == (5, 1, 2)
    assert found.quality.tolist() == [0, *[FLAGS["time_out_of_order"]] * 3, 0]
    assert read(other, one).flux[3, 0, 0] == 9 * fluxes(2)[0, 0, 0], "the file that is named first is kept"


def test_f19_gaps_stay_and_no_record_is_said(tmp_path):
    path = rept_file(tmp_path / "1.cdf", [0.0, 10, 5000])
    assert seconds_of(read(path)) == [0, 10, 5000], "nothing is put into a gap"
    empty = rept_file(tmp_path / "2.cdf", [])
    with pytest.raises(InsufficientData, match=r"no record in the interval[\s\S]*2013-03-17T00:00:00Z"):
        read(empty)
    np.testing.assert_array_equal(read(empty, path).flux, fluxes(3))
    with pytest.raises(InsufficientData, match=r"1\.cdf"):
        read_rept([path], probe="a", start=STOP, stop=STOP + timedelta(days=1))
    with pytest.raises(MissingData, match=r"rbspa[\s\S]*no file of that day"):
        read_rept([], probe="a", why="no file of that day", **SPAN)


def test_f22_fill_times_are_left_out_and_counted(tmp_path):
    stored = tt2000(BEGIN + np.arange(4) * np.timedelta64(10, "s"))
    stored[1:3] = [np.iinfo(np.int64).min, np.iinfo(np.int64).max]
    found = read(rept_file(tmp_path / "1.cdf", np.zeros(4), fluxes(4), epoch=stored))
    assert seconds_of(found) == [0, 30]
    assert found.counts["bad_epoch"] == 2
    stored = np.array([np.nan, -1e31, 63530697600000.0, 63530697605000.0])
    found = read(rept_file(tmp_path / "2.cdf", np.zeros(4), fluxes(4), epoch=stored, kind="epoch"))
    assert seconds_of(found) == [0, 5]
    np.testing.assert_array_equal(found.flux, fluxes(4)[2:])


WRONG = {
    "unit": ({"changes": {"FEDU": {"UNITS": "counts"}}}, r"FEDU[\s\S]*'counts', expected a flux"),
    "unit of an axis": ({"changes": {"FEDU_Energy": {"UNITS": "K"}}}, r"FEDU_Energy[\s\S]*'K'.*degrees"),
    "two axes of one kind": ({"changes": {"FEDU": {"DEPEND_2": "FEDU_Alpha"}}}, r"FEDU[\s\S]*expected 12"),
    "axis of another length": ({"more": {"FEDU_Alpha": (np.arange(5.0), {"UNITS": "deg"})}},
                               r"FEDU_Alpha[\s\S]*expected 17 numbers"),
    "axis not there": ({"changes": {"FEDU": {"DEPEND_1": "$(rm)\x1b"}}},
                       r"FEDU[\s\S]*DEPEND_1 is '\$\(rm\) '"),
    "axis with a fill": ({"angles": np.append(angles_of(17)[:-1], FILL)}, r"FEDU_Alpha[\s\S]*none missing"),
    "another middle": ({"angles": angles_of(17) * 0.9}, r"FEDU_Alpha[\s\S]*mirror"),
    "energy of 0": ({"energies": np.arange(12.0)}, r"FEDU_Energy[\s\S]*above 0"),
    "no times": ({"changes": {"FEDU": {"DEPEND_0": "FEDU_Energy"}}}, r"FEDU[\s\S]*4 records.*expected.*12"),
    "no distribution": ({"leave_out": ("FEDU",)}, r"FEDU[\s\S]*set load\.variable"),
    "L of another length": ({"more": {"L": (np.ones(3, "f4"), {})}}, r"L\n[\s\S]*3 values in each record"),
    "local time in km": ({"changes": {"MLT": {"UNITS": "km"}}}, r"MLT[\s\S]*'km', expected hours"),
    "another probe": ({"changes": {}}, r"rbsp[ab][\s\S]*expected rbspb"),
}  # fmt: skip


@pytest.mark.parametrize("fault", WRONG)
def test_f23_what_is_not_as_expected_is_named(tmp_path, fault):
    options, words = WRONG[fault]
    path = rept_file(tmp_path / "one.cdf", np.arange(4) * 10.0, **options)
    probe = "b" if fault == "another probe" else "a"
    with pytest.raises(VariableError, match=rf"one\.cdf[\s\S]*{words}|{words}[\s\S]*one\.cdf"):
        read_rept([path], probe=probe, **SPAN)


def test_f24_axes_that_change_within_a_file_or_between_files_are_refused(tmp_path):
    own = {"DEPEND_0": "Epoch", "UNITS": "MeV"}
    rows = np.tile(np.arange(1.0, 13), (4, 1))
    path = rept_file(tmp_path / "1.cdf", np.arange(4) * 10.0, more={"FEDU_Energy": (rows, own)})
    np.testing.assert_array_equal(read(path).energy_mev, np.arange(1.0, 13))
    rows[2] *= 2
    path = rept_file(tmp_path / "2.cdf", np.arange(4) * 10.0, more={"FEDU_Energy": (rows, own)})
    with pytest.raises(VariableError, match="changes with time"):
        read(path)
    one = rept_file(tmp_path / "3.cdf", [0.0, 1])
    other = rept_file(tmp_path / "4.cdf", [2.0, 3], fluxes(2, 11), angles=angles_of(11))
    with pytest.raises(VariableError, match=r"4\.cdf[\s\S]*11 values[\s\S]*17 of [\s\S]*3\.cdf"):
        read(one, other)


def test_l7_a_damaged_or_missing_day_is_said_never_silent(tmp_path):
    for day in (6, 7, 8):
        rept_file(tmp_path / FOLDER / NAME.format(day), np.arange(4) * 10.0 + 86400 * (day - 7))
    cut = tmp_path / FOLDER / NAME.format(7)
    cut.write_bytes(cut.read_bytes()[:-20])
    (tmp_path / FOLDER / NAME.format(8)).unlink()
    manifests = []
    for day in (6, 7, 8):
        manifests.append(tmp_path / f"{day}.json")
        write_json(
            manifests[-1], build_manifest("f", tmp_path, "rbsp_rept_l3", "rbspa", date(2013, 3, 10 + day))
        )
    start = START - timedelta(days=1)
    with pytest.raises(CorruptFile, match="20130317"):
        usable_files(tmp_path, manifests, start=start, stop=STOP, on_damaged="fail")
    files, lost = usable_files(tmp_path, manifests, start=start, stop=STOP, on_damaged="gap")
    assert ([one.name for one in files], lost) == ([NAME.format(6)], [(START, STOP)])
    assert len(read_rept(files, probe="a", start=start, stop=STOP)) == 4
    said = why_none(manifests[1:], START, STOP)
    assert "is damaged" in said
    assert f"2013-03-18: no file of that day in {FOLDER}" in said


def array(path, **changes):
    given = {"flux": fluxes(8, 5, 6), "time": np.arange(8.0), "pitch_angle": angles_of(5),
             "energy": np.arange(6) + 1.0, **changes}  # fmt: skip
    np.savez(path, **{name: one for name, one in given.items() if one is not None})
    return path


OPTIONS = ArrayOptions(
    flux_unit="1/(cm^2 s sr MeV)", time_unit="s since 2013-03-17", angle_unit="deg", energy_unit="MeV"
)


def test_f23_array_files_with_other_names_shapes_or_units(tmp_path):
    path = tmp_path / "a.npz"
    assert len(read_array(array(path), OPTIONS, **SPAN)) == 8
    for changes, words in (
        ({"energy": None}, r"energy[\s\S]*set array\.energy"),
        ({"flux": fluxes(8, 5, 7)}, r"axes do not fit[\s\S]*energy has 6"),
        ({"flux": fluxes(8, 8, 6), "pitch_angle": angles_of(8)}, r"cannot be told apart[\s\S]*flux_dims"),
        ({"flux": fluxes(8, 5, 6)[0]}, r"do not fit"),
        ({"time": np.zeros((8, 2))}, r"times are not one"),
        ({"pitch_angle": np.full(5, 90.0)}, r"pitch_angle[\s\S]*different angles"),
        ({"L": np.ones(7)}, r"L\n[\s\S]*8 records"),
        ({"flux": np.full((8, 5, 6), "x")}, r"not numeric"),
    ):
        with pytest.raises(VariableError, match=words):
            read_array(array(path, **changes), OPTIONS, **SPAN)
    dims = np.array(["time", "pitch_angle", "energy"])
    square = array(path, flux=fluxes(8, 8, 6), pitch_angle=angles_of(8), flux_dims=dims)
    np.testing.assert_array_equal(read_array(square, OPTIONS, **SPAN).flux, fluxes(8, 8, 6))
    with pytest.raises(InsufficientData, match="8 records, none of"):
        read_array(array(path), OPTIONS, start=STOP, stop=STOP + timedelta(days=1))
    with pytest.raises(VariableError, match="flux_unit"):
        read_array(path, replace(OPTIONS, flux_unit=""), **SPAN)


def test_f28_objects_bombs_and_foreign_files_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    flux = np.empty((8, 5, 6), dtype=object)
    with pytest.raises(CorruptFile, match="Object arrays"):
        read_array(array(path, flux=flux), OPTIONS, **SPAN)
    good = array(path).read_bytes()
    for content in (
        b"",
        b"<html>",
        b"\x89HDF\r\n\x1a\n" + bytes(200),
        good[: len(good) // 2],
        b"CDF\x01" + bytes(50),
    ):
        path.write_bytes(content)
        with pytest.raises(CorruptFile, match=r"a\.npz"):
            read_array(path, OPTIONS, **SPAN)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**6)}
    )
    with zipfile.ZipFile(array(path), "a") as archive:
        archive.writestr("L.npy", header.getvalue())
    with pytest.raises(CorruptFile, match="L cannot be read"):
        read_array(path, OPTIONS, **SPAN)
    monkeypatch.setattr(labelled_arrays, "MOST_NUMBERS", 100)
    with pytest.raises(VariableError, match="numbers, at most 100"):
        read_array(array(path), OPTIONS, **SPAN)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["time"] = np.arange(8.0)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["time"] = h5py.ExternalLink("other.h5", "time")
    with pytest.raises(DataError):
        read_array(tmp_path / "a.h5", OPTIONS, **SPAN)


@pytest.mark.parametrize("content", [b"", b"x" * 300, b"\x89HDF\r\n\x1a\n" + bytes(300)])
def test_damaged_prepared_records_are_refused_with_the_way_out(tmp_path, content):
    path = tmp_path / "records.nc"
    path.write_bytes(content)
    for call in (read_prepared, read_attrs):
        with pytest.raises(MagnetoflowError, match=r"records\.nc[\s\S]*prepares it again"):
            call(path)
    with h5py.File(path, "w") as file:
        file["flux"] = np.zeros((3, 2, 2), "f4")
    with pytest.raises(MagnetoflowError, match="prepares it again"):
        read_prepared(path)
