"""Tables on disk: exact, repeatable, harmless."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.tables import read_csv, read_file_names, read_minutes, write_csv, write_minutes
from magnetoflow.mms_gmm.minutes import MinuteTable, no_minutes


def test_floats_and_times_come_back_to_the_last_bit(tmp_path):
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.random(500), 10 ** rng.uniform(-300, 300, 500), [0.1 + 0.2, np.nan, 5e-324]])
    frame = pd.DataFrame({"time": np.datetime64("2017-11-03T04:00", "ns") + np.arange(1003), "x": values})
    write_csv(tmp_path / "a.csv", frame)
    back = read_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(back["x"], values)
    assert (back["time"] == frame["time"]).all()


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "04:00:00Z"), (500_000_000, "04:00:00.500Z"), (1, "04:00:00.000000001Z")],
)
def test_times_are_iso_utc_as_fine_as_needed(tmp_path, nanoseconds, text):
    time = np.datetime64("2017-11-03T04:00", "ns") + np.timedelta64(nanoseconds, "ns")
    write_csv(tmp_path / "a.csv", pd.DataFrame({"time": [time]}))
    assert (tmp_path / "a.csv").read_text() == f"time\n2017-11-03T{text}\n"


def test_missing_is_an_empty_field(tmp_path):
    frame = pd.DataFrame(
        {
            "time": np.array(["NaT", "2017-11-03"], dtype="datetime64[ns]"),
            "x": [np.nan, 1.0],
            "s": [None, "a"],
        }
    )
    write_csv(tmp_path / "a.csv", frame)
    assert (tmp_path / "a.csv").read_text() == "time,x,s\n,,\n2017-11-03T00:00:00Z,1.0,a\n"


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-2", "@sum", "\tx", '=HYPERLINK("http://x")'])
def test_f35_a_cell_that_a_spreadsheet_would_run_is_quoted(tmp_path, cell):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"s": [cell]}))
    assert read_csv(tmp_path / "a.csv")["s"][0] == f"'{cell}"


def test_an_empty_table_keeps_its_columns(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"time": np.zeros(0, "datetime64[ns]"), "x": np.zeros(0)}))
    assert (tmp_path / "a.csv").read_text() == "time,x\n"
    assert list(read_csv(tmp_path / "a.csv").columns) == ["time", "x"]


@pytest.mark.parametrize("content", [b"", b'a,b\n1,2,3\n4,5,6,7\n"', b"time\nyesterday\n", b"\xff\xfe\x00"])
def test_what_is_no_table_is_refused_by_name(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(MagnetoflowError, match=r"a\.csv"):
        read_csv(tmp_path / "a.csv")


def minutes():
    rng = np.random.default_rng(2)
    flux = rng.random((3, 32))
    flux[1] = np.nan
    return MinuteTable(
        time=np.datetime64("2017-11-03T04:00", "ns") + np.arange(3) * np.timedelta64(60, "s"),
        energy_ev=rng.random((3, 32)),
        flux=flux,
        b_nt=np.array([1.0, np.nan, 3.0]),
        position_gse_km=rng.random((3, 3)),
        n_samples=np.array([13, 0, 14]),
        n_b=np.array([960, 0, 960]),
        quality=np.array([0, 3, 2048]),
    )


@pytest.mark.parametrize("table", [minutes(), no_minutes()], ids=["three", "none"])
def test_a_minute_table_comes_back_and_repeats(tmp_path, table):
    for name in ("a.nc", "b.nc"):
        write_minutes(tmp_path / name, table, {"files": "one.cdf two.cdf"})
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    back = read_minutes(tmp_path / "a.nc")
    for name in vars(table):
        np.testing.assert_array_equal(getattr(back, name), getattr(table, name))
    assert read_file_names(tmp_path / "a.nc") == ["one.cdf", "two.cdf"]


@pytest.mark.parametrize("content", [b"", b"CDF", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_damaged_minute_table_is_refused_by_name(tmp_path, content):
    (tmp_path / "a.nc").write_bytes(content)
    with pytest.raises(MagnetoflowError, match=r"a\.nc"):
        read_minutes(tmp_path / "a.nc")
