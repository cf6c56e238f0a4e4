"""The structure of CDF files: of every writer and version it is accepted, and a change of it is refused."""

import struct

import cdflib.cdfwrite
import numpy as np
import pytest

from magnetoflow.errors import CorruptFile
from magnetoflow.io.cdf_structure import check_structure
from magnetoflow.io.integrity import check_file
from magnetoflow.sample.cdf import load_pycdf


def fill(file, const):
    """Variables and attributes of many kinds, some taken away or made larger again."""
    file.attrs["Text"] = ["one", "two"]
    file.new("packed", np.zeros(2000), compress=const.GZIP_COMPRESSION)
    file["packed"][:] = np.random.default_rng(1).random(2000)
    file["packed"].attrs["UNITS"] = "nT"
    file["packed"].attrs["UNITS"] = "nT" * 100
    file.new("plain", np.arange(60.0).reshape(5, 4, 3))
    file["plain"].attrs["FILLVAL"] = -1e31
    file.new("runs", np.zeros(1000, dtype="i4"), compress=const.RLE_COMPRESSION)
    file.new("huffman", np.arange(1000, dtype="i4"), compress=const.HUFF_COMPRESSION)
    file.new("text", ["ab", "c"])
    file.new("one", [1.0, 2.0], recVary=False)
    file.new("none", type=const.CDF_REAL4)
    file.new("gone", [1, 2], compress=const.NO_COMPRESSION)
    del file["gone"]
    for name in ("a", "b"):  # values of two variables lie in turns
        file.new(name, type=const.CDF_REAL4)
    for value in range(50):
        file["a"].append(value)
        file["b"].append(value)


def by_the_library(path, *, old=False, columns=False):
    pycdf = load_pycdf()
    pycdf.lib.set_backward(old)
    try:
        with pycdf.CDF(str(path), "") as file:
            file.col_major(columns)
            fill(file, pycdf.const)
    finally:
        pycdf.lib.set_backward(False)
    with pycdf.CDF(str(path), readonly=False) as file:
        del file["packed"][100:200]
    return path


def by_cdflib(path):
    file = cdflib.cdfwrite.CDF(str(path), {"Compressed": 0})
    file.write_globalattrs({"Text": {0: "one", 1: "two"}})
    for name, level in (("plain", 0), ("packed", 6)):
        spec = {"Variable": name, "Data_Type": 45, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": [3]}
        file.write_var({**spec, "Compress": level}, {"UNITS": "nT"}, np.arange(120.0).reshape(40, 3))
    file.close()
    return path


WRITERS = {
    "version 3": by_the_library,
    "version 2": lambda path: by_the_library(path, old=True),
    "columns first": lambda path: by_the_library(path, columns=True),
    "cdflib": by_cdflib,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_good_files_of_every_writer_are_accepted(tmp_path, writer):
    check_structure(WRITERS[writer](tmp_path / "good.cdf"))


def test_a_file_that_is_compressed_as_a_whole_is_left_to_its_checksum(tmp_path):
    path, pycdf = tmp_path / "whole.cdf", load_pycdf()
    with pycdf.CDF(str(path), "") as file:
        file.compress(pycdf.const.GZIP_COMPRESSION)
        file.new("a", np.random.default_rng(1).random(200))
    check_file(path, expect_md5=False)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFile):
        check_file(path, expect_md5=False)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return by_the_library(tmp_path_factory.mktemp("good") / "good.cdf").read_bytes()


def records(data, kind):
    """Offsets of the records of a kind in a file of version 3."""
    found, at = [], 8
    while at < len(data):
        size, this = struct.unpack_from(">qi", data, at)
        found += [at] if this == kind else []
        at += size
    return found


def changed(data, at, code, value):
    packed = struct.pack(f">{code}", value)
    return data[:at] + packed + data[at + len(packed) :]


GDR, ADR, VXR, ZVDR, AZEDR, CPR, CVVR = 2, 4, 6, 8, 9, 11, 13
FAULTS = {
    "size of a record": (VXR, 0, "q", 60, "no record begins|ends at byte"),
    "type of a record": (VXR, 8, "i", 40, "no record begins"),
    "end of the file": (GDR, 36, "q", 5000, "no record begins|ends at byte"),
    "number of variables": (GDR, 60, "i", 2**30, "not as many found"),
    "no variables": (GDR, 20, "q", 0, "not as many found"),
    "loop of variables": (ZVDR, 12, "q", ..., "two pointers"),
    "pointer into values": (ZVDR, 28, "q", 1000, "where no index of values begins"),
    "more records": (ZVDR, 24, "i", 2**30, "and says 1073741825"),
    "fewer records": (ZVDR, 24, "i", 100, "and says 101"),
    "a larger type": (ZVDR, 20, "i", 32, "bytes, their records"),
    "no type": (ZVDR, 20, "i", 60, "type or size that cannot be"),
    "no name": (ZVDR, 84, "i", 0, "no name|a second"),
    "name not text": (ZVDR, 84, "q", -1, "no name"),
    "no compression": (ZVDR, 44, "i", 1, "where no values begins"),
    "first record": (VXR, 28, "i", 3, "out of order"),
    "entries": (VXR, 24, "i", 1000, "of 7 entries|entries"),
    "length of packed values": (CVVR, 16, "q", 2**40, "bytes long"),
    "number of entries": (ADR, 36, "i", 7, "not as many found"),
    "scope": (ADR, 28, "i", 9, "scope that cannot be"),
    "entry of no variable": (AZEDR, 28, "i", 99, "entry for no variable"),
    "entry of another attribute": (AZEDR, 20, "i", 0, "number or size that cannot be"),
    "length of an entry": (AZEDR, 32, "i", 1000, "number or size that cannot be"),
    "first record of another type": (None, 16, "i", 7, "structure"),
    "pointer of the file": (None, 20, "q", 2**62, "no record|cannot|damaged"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_damaged_structure_is_refused_with_its_place(good, tmp_path, fault):
    kind, field, code, value, expected = FAULTS[fault]
    at = 0 if kind is None else records(good, kind)[0]
    path = tmp_path / "bad.cdf"
    path.write_bytes(changed(good, at + field, code, at if value is ... else value))
    with pytest.raises(CorruptFile, match=expected) as caught:
        check_structure(path)
    assert "structure is damaged" in caught.value.reason
    with pytest.raises(CorruptFile):
        check_file(path, expect_md5=False)


def test_a_trailer_whose_flag_was_taken_away_is_no_damage(tmp_path):
    path, pycdf = tmp_path / "good.cdf", load_pycdf()
    with pycdf.CDF(str(path), "") as file:
        file.checksum(True)
        file.new("a", np.arange(10.0))
    with pycdf.CDF(str(path), readonly=False) as file:
        file.checksum(False)
    check_file(path, expect_md5=False)


def test_bytes_after_the_end_are_refused(good, tmp_path):
    path = tmp_path / "long.cdf"
    path.write_bytes(good + bytes(17))
    with pytest.raises(CorruptFile, match="17 bytes after the end"):
        check_file(path, expect_md5=False)


def test_indexes_of_two_variables_that_changed_places_are_refused(good, tmp_path):
    """Both point to values, of other sizes."""
    one, other = (at + 28 for at in records(good, ZVDR)[:2])
    places = [struct.unpack_from(">q", good, at)[0] for at in (one, other)]
    path = tmp_path / "bad.cdf"
    path.write_bytes(changed(changed(good, one, "q", places[1]), other, "q", places[0]))
    with pytest.raises(CorruptFile):
        check_structure(path)
