"""Frozen dataclasses as JSON files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.records import read_record, write_record


@dataclass(frozen=True)
class Inner:
    name: str
    value: float


@dataclass(frozen=True)
class Outer:
    at: np.datetime64
    field: NDArray[np.float64]
    time: NDArray[np.datetime64]
    code: NDArray[np.int8]
    flag: bool
    count: int
    inner: Inner | None
    by_probe: Mapping[int, tuple[Inner, ...]]
    numbers: Mapping[str, float]
    rows: tuple[Mapping[str, float], ...]
    pair: tuple[float, str] = (1.0, "a")


def outer():
    return Outer(
        at=np.datetime64("2018-01-15T06:00:00.123456789"),
        field=np.array([[1 / 3, np.nan], [-np.inf, 1e-300]]),
        time=np.array(["2018-01-15T06:00", "NaT"], dtype="datetime64[ns]"),
        code=np.array([0, 3, -1], dtype=np.int8),
        flag=True,
        count=7,
        inner=Inner("x\u00fc", float("nan")),
        by_probe={1: (Inner("a", 0.1), Inner("b", float("-inf"))), 3: ()},
        numbers={"ratio_12": 1 / 7},
        rows=({"probe": 1.0}, {}),
    )


def test_every_value_comes_back(tmp_path):
    write_record(tmp_path / "a.json", outer())
    found = read_record(tmp_path / "a.json", Outer)
    np.testing.assert_array_equal(found.field, outer().field)
    np.testing.assert_array_equal(found.time, outer().time)
    np.testing.assert_array_equal(found.code, outer().code)
    assert (found.field.dtype, found.code.dtype) == (np.float64, np.int8)
    assert found.at == outer().at
    assert np.isnan(found.inner.value)
    assert found.inner.name == "x\u00fc"
    assert (found.by_probe, found.numbers, found.rows) == (outer().by_probe, outer().numbers, outer().rows)
    assert (found.flag, found.count, found.pair) == (True, 7, (1.0, "a"))


def test_equal_values_give_equal_bytes_and_strict_json(tmp_path):
    write_record(tmp_path / "a.json", outer())
    write_record(tmp_path / "b.json", read_record(tmp_path / "a.json", Outer))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()

    def refuse(constant):
        raise AssertionError(constant)

    json.loads((tmp_path / "a.json").read_text(), parse_constant=refuse)


def test_none_nat_and_empty_arrays(tmp_path):
    given = replace(outer(), inner=None, at=np.datetime64("NaT", "ns"), field=np.empty((0, 3)))
    write_record(tmp_path / "a.json", given)
    found = read_record(tmp_path / "a.json", Outer)
    assert found.inner is None
    assert np.isnat(found.at)
    assert found.field.shape == (0, 3)


def test_numbers_of_numpy_are_taken(tmp_path):
    write_record(tmp_path / "a.json", replace(outer(), flag=np.bool_(False), count=np.int64(5)))
    found = read_record(tmp_path / "a.json", Outer)
    assert (found.flag, found.count) == (False, 5)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"count": 1.5}, r"Outer\.count"),
        ({"field": [1.0]}, r"Outer\.field"),
        ({"code": np.array([300])}, r"Outer\.code"),
        ({"field": np.array([object()])}, r"Outer\.field"),
        ({"by_probe": {"1": ()}}, r"Outer\.by_probe"),
        ({"by_probe": {2: (Inner("a", "b"),)}}, r"Outer\.by_probe\[2\]\[0\]\.value"),
    ],
)
def test_a_value_that_does_not_fit_its_hint_is_not_written(tmp_path, change, place):
    with pytest.raises(TypeError, match=place):
        write_record(tmp_path / "a.json", replace(outer(), **change))
    assert not list(tmp_path.iterdir())


def damage(content, *steps, to):
    inner = content["value"]
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = to


@pytest.mark.parametrize(
    ("steps", "to", "place"),
    [
        (("count",), "7", r"Outer\.count"),
        (("at",), 2**70, r"Outer\.at"),
        (("flag",), 1, r"Outer\.flag"),
        (("field", "dtype"), "|O", r"Outer\.field"),
        (("field", "shape"), [10**12, 10**12], r"Outer\.field"),
        (("field", "shape"), [-2, -2], r"Outer\.field"),
        (("field", "base64"), "!!!!", r"Outer\.field"),
        (("inner", "value"), "one", r"Outer\.inner\.value"),
        (("inner", "more"), 1, r"Outer\.inner"),
        (("by_probe",), {"one": []}, r"Outer\.by_probe"),
        (("by_probe", "1"), 5, r"Outer\.by_probe\[1\]"),
        (("pair",), [1.0], r"Outer\.pair"),
    ],
)
def test_a_damaged_record_names_its_place(tmp_path, steps, to, place):
    path = tmp_path / "a.json"
    write_record(path, outer())
    content = json.loads(path.read_text())
    damage(content, *steps, to=to)
    path.write_text(json.dumps(content))
    with pytest.raises(MagnetoflowError, match=place):
        read_record(path, Outer)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"record": "Inner"}', "[" * 100000, "\x00"])
def test_what_is_no_record_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(MagnetoflowError, match="cannot be read"):
        read_record(path, Outer)


def test_a_missing_file_and_bytes_that_are_no_text(tmp_path):
    with pytest.raises(MagnetoflowError, match="cannot be read"):
        read_record(tmp_path / "none.json", Outer)
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MagnetoflowError, match="cannot be read"):
        read_record(tmp_path / "b.json", Outer)
