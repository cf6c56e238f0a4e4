"""Damaged CDF files are refused at the gate, before any reader, whatever the damage."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from magnetoflow.archive.manifests import build_manifest
from magnetoflow.errors import CorruptFile, DataError
from magnetoflow.io import integrity
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.integrity import brief, check_file
from magnetoflow.sample.cdf import load_pycdf, write_cdf

PRODUCT, DAY = "mms_fpi_fast_dis-moms", date(2017, 11, 3)
NAME = "mms/mms1/fpi/fast/l2/dis-moms/2017/11/mms1_fpi_fast_l2_dis-moms_20171103040000_v3.4.0.cdf"


@pytest.fixture(scope="module")
def flagged(tmp_path_factory):
    """A file of about 2 MB with an MD5 trailer."""
    path = tmp_path_factory.mktemp("flagged") / NAME
    rng = np.random.default_rng(1)
    records = 1500
    values = {
        "Epoch": 562_000_000_000_000_000 + 4_500_000_000 * np.arange(records),
        **{f"flux_{k}": rng.random((records, 32), dtype=np.float32) for k in range(14)},
    }
    write_cdf(path, values, {name: {"UNITS": "1"} for name in values}, {"Logical_file_id": path.stem})
    return path


@pytest.fixture(scope="module")
def unflagged(tmp_path_factory):
    """The same without trailer; every variable is compressed."""
    pycdf = load_pycdf()
    path = tmp_path_factory.mktemp("unflagged") / NAME
    path.parent.mkdir(parents=True)
    rng = np.random.default_rng(1)
    with pycdf.CDF(str(path), "") as file:
        packing = {"compress": pycdf.const.GZIP_COMPRESSION, "compress_param": 6}
        epoch = 562_000_000_000_000_000 + 4_500_000_000 * np.arange(1500)
        file.new("Epoch", epoch, type=pycdf.const.CDF_TIME_TT2000, **packing)
        for k in range(14):
            values = rng.random((1500, 32), dtype=np.float32)
            file.new(f"flux_{k}", values, type=pycdf.const.CDF_REAL4, **packing)
    return path


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


DAMAGE = {
    "F1 empty": lambda data: b"",
    "F2 web page": lambda data: b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>",
    "F3 cut at 10 %": lambda data: data[: len(data) // 10],
    "F4 cut at 50 %": lambda data: data[: len(data) // 2],
    "F5 cut at 90 %": lambda data: data[: len(data) * 9 // 10],
    "F6 last 4 kB missing": lambda data: data[:-4096],
    "F6 last byte missing": lambda data: data[:-1],
    "F7 zero tail": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "F8 one byte flipped": lambda data: flipped(data, len(data) * 2 // 3),
    "F9 64 kB zeroed": lambda data: data[: len(data) // 2] + bytes(65536) + data[len(data) // 2 + 65536 :],
    "F10 magic number": lambda data: flipped(data, 2),
    "F10 header byte": lambda data: flipped(data, 26),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("trailer", ["flagged", "unflagged"])
def test_the_gate_refuses(damage, trailer, request, tmp_path):
    data = request.getfixturevalue(trailer).read_bytes()
    path = tmp_path / "damaged.cdf"
    path.write_bytes(DAMAGE[damage](data))
    with pytest.raises(CorruptFile, match=r"damaged\.cdf") as caught:
        check_file(path, expect_md5=False)
    assert caught.value.reason
    assert path.exists(), "a file of the archive is never moved or removed"


@pytest.mark.parametrize("trailer", ["flagged", "unflagged"])
def test_the_gate_lets_good_files_pass(trailer, request):
    check_file(request.getfixturevalue(trailer), expect_md5=False)


def test_a_product_with_trailers_needs_one(unflagged, flagged, tmp_path):
    check_file(flagged, expect_md5=True)
    with pytest.raises(CorruptFile, match="no MD5 trailer"):
        check_file(unflagged, expect_md5=True)
    path = tmp_path / "flag_lost.cdf"
    path.write_bytes(flipped(flagged.read_bytes(), integrity.MAGIC[b"\xcd\xf3\x00\x01"].flags + 3))
    with pytest.raises(CorruptFile):
        check_file(path, expect_md5=True)


def test_every_flipped_byte_of_a_flagged_file_is_seen(flagged, tmp_path):
    data = flagged.read_bytes()
    path = tmp_path / "one.cdf"
    for at in np.random.default_rng(2).integers(64, len(data), 60):
        path.write_bytes(flipped(data, int(at)))
        with pytest.raises(CorruptFile):
            check_file(path, expect_md5=True)


def test_the_manifest_names_the_damage_and_leaves_the_folder_alone(flagged, tmp_path):
    good, bad = tmp_path / NAME, tmp_path / NAME.replace("040000", "060000")
    good.parent.mkdir(parents=True)
    good.write_bytes(flagged.read_bytes())
    bad.write_bytes(flagged.read_bytes()[:-4096])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    entries = build_manifest("folder-00000000", tmp_path, PRODUCT, "mms1", DAY)["files"]
    assert [one["status"] for one in entries] == ["ok", "damaged"]
    assert "MD5" in entries[1]["reason"]
    assert entries[0]["first"] < entries[0]["last"]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_reader_that_hangs_is_ended(unflagged, monkeypatch):
    monkeypatch.setattr(integrity, "DECODE_SECONDS", 0.01)
    with pytest.raises(CorruptFile, match="did not end"):
        check_file(unflagged, expect_md5=False)


def test_a_reader_that_dies_ends_only_itself(unflagged, monkeypatch):
    killed = subprocess.CompletedProcess([], -11, "", "")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: killed)
    with pytest.raises(CorruptFile, match="SIGSEGV"):
        check_file(unflagged, expect_md5=False)


@pytest.mark.parametrize(
    "raised",
    [UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), OverflowError(), MemoryError(), KeyError("x")],
)
def test_what_a_library_raises_becomes_one_error(flagged, monkeypatch, raised):
    file = CdfFile(flagged)

    def fail(*_):
        raise raised

    monkeypatch.setattr(file, "_file", type("Broken", (), {"varinq": fail, "varget": fail})())
    with pytest.raises(CorruptFile, match="flux_0"):
        file.values("flux_0")


def test_unreadable_and_missing_files_are_typed(tmp_path):
    with pytest.raises(CorruptFile, match="No such file"):
        check_file(tmp_path / "nothing.cdf", expect_md5=True)


def test_hostile_text_is_cut_and_shown_as_text():
    text = brief("a\x1b[31mb\n$(rm -rf /)" + "x" * 10_000_000)
    assert len(text) <= 200
    assert "\x1b" not in text
    assert "\n" not in text


def test_reading_works_without_a_home(flagged, tmp_path):
    code = (
        "import sys; from pathlib import Path; from magnetoflow.io.cdf import CdfFile; "
        "from magnetoflow.io.integrity import brief, check_file; path = Path(sys.argv[1]); "
        "check_file(path, expect_md5=True); assert CdfFile(path).values('flux_0').shape == (1500, 32); "
        "bad = {'spacepy', 'pyspedas', 'pickle5'} & set(sys.modules); assert not bad, bad"
    )
    home = tmp_path / "missing"
    env = {**os.environ, "HOME": str(home), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    subprocess.run([sys.executable, "-c", code, str(flagged)], check=True, env=env, cwd=tmp_path)
    assert not home.exists()


def test_a_damaged_file_is_a_data_error():
    assert issubclass(CorruptFile, DataError)
