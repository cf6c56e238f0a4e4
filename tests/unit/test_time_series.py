"""Arrays over time on disk: written whole, read in part."""

import numpy as np
import pytest
import xarray as xr

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.time_series import read_series, read_units, write_series

TIME = np.datetime64("2016-12-31T23:59:58.123456789", "ns") + np.arange(5) * np.timedelta64(3, "s")


def written(path, count=5):
    values = np.arange(4 * count, dtype=np.float32).reshape(count, 4)
    variables = {"p": (("time", "class"), values, "1"), "angle": (("pixel",), np.zeros(3), "deg")}
    write_series(path, TIME[:count], variables, {"site": "gill", "files": ""})
    return values


def test_times_come_back_to_the_nanosecond(tmp_path):
    values = written(tmp_path / "a.nc")
    time, found, attrs = read_series(tmp_path / "a.nc")
    assert (time == TIME).all()
    assert (found["p"] == values).all()
    assert found["angle"].shape == (3,)
    assert list(found) == ["p", "angle"], "and no dimension, and no time"
    assert found["p"].dtype == np.float32
    assert attrs == {"site": "gill", "files": ""}
    assert read_units(tmp_path / "a.nc") == {"p": "1", "angle": "deg"}


def test_a_part_is_half_open(tmp_path):
    values = written(tmp_path / "a.nc")
    time, found, _ = read_series(tmp_path / "a.nc", ("p",), start=TIME[1], stop=TIME[3])
    assert (time == TIME[1:3]).all()
    assert (found["p"] == values[1:3]).all()
    assert read_series(tmp_path / "a.nc", start=TIME[3], stop=TIME[1])[1]["p"].shape == (0, 4)
    assert read_series(tmp_path / "a.nc", start=TIME[3])[1]["angle"].shape == (3,), "it is not over time"


def test_xarray_reads_the_same(tmp_path):
    written(tmp_path / "a.nc")
    time, found, attrs = read_series(tmp_path / "a.nc")
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as theirs:
        assert list(theirs.data_vars) == list(found)
        assert (theirs["time"].to_numpy() == time).all()
        assert all(theirs[name].to_numpy().tobytes() == found[name].tobytes() for name in found)
        assert theirs.attrs == attrs


def test_a_variable_that_is_not_there_and_a_file_cut_short_are_refused(tmp_path):
    written(tmp_path / "a.nc")
    with pytest.raises(MagnetoflowError, match="series cannot be read"):
        read_series(tmp_path / "a.nc", ("q",))
    content = (tmp_path / "a.nc").read_bytes()
    (tmp_path / "a.nc").write_bytes(content[: len(content) // 2])
    with pytest.raises(MagnetoflowError, match="series cannot be read"):
        read_series(tmp_path / "a.nc")


def test_no_rows_and_equal_bytes(tmp_path):
    written(tmp_path / "a.nc", 0)
    assert read_series(tmp_path / "a.nc")[1]["p"].shape == (0, 4)
    written(tmp_path / "b.nc", 0)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_series_is_refused(tmp_path, content):
    (tmp_path / "a.nc").write_bytes(content)
    with pytest.raises(MagnetoflowError, match="series cannot be read"):
        read_series(tmp_path / "a.nc")
