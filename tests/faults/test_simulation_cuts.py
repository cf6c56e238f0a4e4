"""Files of labelled cuts: what is read, and one clear error with file and row for each mistake."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.io import simulation_cuts
from magnetoflow.io.simulation_cuts import read_cuts
from magnetoflow.mms_rnn.classes import FEATURES, REGIONS

ROWS = 40


def frame(cuts=("a", "b"), **columns):
    rng = np.random.default_rng(0)
    rows = ROWS * len(cuts)
    table = pd.DataFrame({"cut": np.repeat(cuts, ROWS)} | {name: rng.normal(size=rows) for name in FEATURES})
    table["region"] = np.arange(rows) % 6
    for name, values in columns.items():
        table[name] = values
    return table


def written(folder, table, **changes):
    """File of a table; changes: column to (row below the column row, text)."""
    table = table.astype(object)
    for name, (row, cell) in changes.items():
        table.loc[row, name] = cell
    path = folder / "cuts.csv"
    table.to_csv(path, index=False)
    return path


def refusal(path, kind=ConfigError):
    with pytest.raises(kind) as caught:
        read_cuts(path)
    return str(caught.value)


def test_cuts_come_back_with_values_regions_and_families(tmp_path):
    table = frame(family=np.repeat(["run 1", "run 2"], ROWS))
    table = table[table.columns[::-1]]
    table["region"] = [REGIONS[k % 6] if k % 2 else k % 6 for k in range(len(table))]
    cuts = read_cuts(written(tmp_path, table, Ex=(3, ""), region=(5, "")))
    assert [(one.name, one.family, len(one.region)) for one in cuts] == [
        ("a", "run 1", 40),
        ("b", "run 2", 40),
    ]
    expected = frame()[list(FEATURES)].to_numpy(dtype=float)[:ROWS].copy()
    expected[3, FEATURES.index("Ex")] = np.nan
    np.testing.assert_array_equal(cuts[0].features, expected)
    region = np.arange(ROWS) % 6
    region[5] = -1
    assert cuts[0].region.tolist() == region.tolist()


@pytest.mark.parametrize("name", ["Bx", "vez"])
def test_features_that_are_not_scaled_are_refused(tmp_path, name):
    table = frame()
    table[name] = 1000.0 * table[name]
    said = refusal(written(tmp_path, table))
    assert "features that are not scaled" in said
    assert f"cuts.csv, {name}" in said
    assert "divide B by B0" in said


def test_without_families_each_cut_is_its_own(tmp_path):
    assert [one.family for one in read_cuts(written(tmp_path, frame()))] == ["a", "b"]


@pytest.mark.parametrize("iso", [False, True])
def test_a_gap_in_time_ends_a_stretch(tmp_path, iso):
    seconds = np.tile(0.03 * np.arange(ROWS), 2)
    seconds[20:ROWS] += 0.016
    times = pd.Timestamp("2017-07-11T22:34:00") + pd.to_timedelta(seconds, "s")
    table = frame(time=times.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if iso else seconds)
    assert [(one.family, len(one.region)) for one in read_cuts(written(tmp_path, table))] == [
        ("a", 20), ("a", 20), ("b", 40)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": (4, "diffusion")}, "'diffusion'"),
        ({"region": (4, "6")}, "'6'"),
        ({"region": (4, "=1+1")}, "'=1+1'"),
        ({"Ey": (4, "1,5")}, "Ey is '1,5'"),
        ({"Ey": (4, "inf")}, "Ey is 'inf'"),
        ({"vez": (4, "-1e31")}, "vez is '-1e31'"),
        ({"By": (4, "1_0")}, "By is '1_0'"),
        ({"cut": (4, "")}, "no name"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_with_its_row(tmp_path, changes, words):
    message = refusal(written(tmp_path, frame(), **changes))
    assert "cuts.csv:6" in message
    assert words in message


def test_rows_of_a_cut_are_together(tmp_path):
    assert "cuts.csv:82" in refusal(written(tmp_path, frame(("a", "b", "a"))))


def test_a_cut_has_one_family(tmp_path):
    table = frame(family=np.repeat(["one", "two"], ROWS))
    message = refusal(written(tmp_path, table, family=(50, "three")))
    assert "cuts.csv:52" in message
    assert "'two' and 'three'" in message


@pytest.mark.parametrize("cell", ["0.03", "yesterday", ""])
def test_times_increase(tmp_path, cell):
    table = frame(time=np.tile(0.03 * np.arange(ROWS), 2))
    assert "cuts.csv:12" in refusal(written(tmp_path, table, time=(10, cell)))


def test_columns_that_lack_are_named(tmp_path):
    message = refusal(written(tmp_path, frame().drop(columns=["vix", "region"])))
    assert "cuts.csv:1" in message
    assert "each of vix, region;" in message


def test_too_few_rows_of_a_cut(tmp_path):
    assert "cuts.csv:42" in refusal(written(tmp_path, frame().iloc[:60]), InsufficientData)


def test_one_family_cannot_be_split(tmp_path):
    assert "one family" in refusal(written(tmp_path, frame(family="same")), InsufficientData)
    assert "no rows" in refusal(written(tmp_path, frame().iloc[:0]), InsufficientData)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95pickle",
        b"<html>503</html>",
        b"\xff\xfe\x00cut",
        b"cut,Bx\n\x00\x00,1\n",
        b'cut,"Bx\n1,2',
        b"cut,Bx,By,Bz,Ex,Ey,Ez,ni,ne,vix,viy,viz,vex,vey,vez,region\na," + b"1," * 40,
        "cut,Bx\nä".encode("utf-16"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, content):
    (tmp_path / "cuts.csv").write_bytes(content)
    assert "cuts.csv" in refusal(tmp_path / "cuts.csv")


def test_a_missing_file_and_one_beyond_the_limit(tmp_path, monkeypatch):
    assert "No such file" in refusal(tmp_path / "none.csv")
    assert "cuts cannot be read" in refusal(tmp_path)
    monkeypatch.setattr(simulation_cuts, "MAX_BYTES", 100)
    assert "too large" in refusal(written(tmp_path, frame()))


def test_rows_cut_short_are_refused(tmp_path):
    path = written(tmp_path, frame())
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:9], lines[9].rsplit(",", 3)[0], *lines[10:]]))
    assert "cuts.csv:10" in refusal(path)


def test_damaged_bytes_never_give_another_error(tmp_path):
    good = written(tmp_path, frame()).read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(60):
        bad = bytearray(good[: rng.integers(1, len(good))])
        for _ in range(rng.integers(1, 6)):
            bad[rng.integers(len(bad))] = rng.integers(256)
        path = tmp_path / "cuts.csv"
        path.write_bytes(bytes(bad))
        try:
            read_cuts(path)
        except (ConfigError, InsufficientData) as error:
            assert "cuts.csv" in str(error)  # noqa: PT017
