"""Files appear whole or not at all."""

import errno
import os

import pytest

from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import atomic_path, write_json, write_text


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(path, error):
    with atomic_path(path) as part:
        part.write_text("half")
        raise error


def test_a_file_replaces_the_old_one_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "table.csv"
    write_text(path, "old\n")
    with atomic_path(path) as part:
        part.write_text("new\n")
        assert path.read_text() == "old\n"
        assert (part.parent, part.suffix) == (path.parent, ".csv")
    assert path.read_text() == "new\n"
    assert names(path.parent) == ["table.csv"]


def test_an_error_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "old\n")
    with pytest.raises(KeyError):
        write_half(path, KeyError())
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["table.csv"]


def test_f15_a_full_disk_is_one_error_with_the_path_and_what_to_do(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "old\n")
    with pytest.raises(ArchiveError, match=r"table\.csv[\s\S]*No space left[\s\S]*free space"):
        write_half(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert path.read_text() == "old\n"
    assert names(tmp_path) == ["table.csv"]


def test_f15_a_folder_that_is_a_file_is_an_error_with_its_path(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(ArchiveError, match="results"):
        write_text(tmp_path / "results" / "table.csv", "x")


def test_equal_values_give_equal_bytes(tmp_path):
    write_json(tmp_path / "a.json", {"b": [1, 2.5], "a": "°"})
    write_json(tmp_path / "b.json", {"a": "°", "b": [1, 2.5]})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
