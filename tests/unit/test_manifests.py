"""Manifests: newest version per slot, what overlaps an event, and what changes when files change."""

import copy
import json
import os
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from magnetoflow.archive.layout import days_of, product_of
from magnetoflow.archive.manifests import (
    build_manifest,
    file_hashes,
    manifest_path,
    read_manifest,
    select,
    verify_entry,
)
from magnetoflow.archive.source import source_name, source_root
from magnetoflow.archive.usable import why_none
from magnetoflow.errors import ArchiveError, CorruptFile
from magnetoflow.io.atomic import write_json
from magnetoflow.sample.cdf import tt2000, write_cdf

FAST, BURST = "mms_fpi_fast_dis-moms", "mms_fpi_brst_dis-moms"
DAY = date(2017, 11, 3)


def at(hour, minute=0, day=3):
    return datetime(2017, 11, day, hour, minute, tzinfo=UTC)


def archive_file(root, slot, version="3.4.0", first=None, records=4, product=FAST):
    """Write a file whose records are 4.5 s apart, the first at the slot's time unless given."""
    kind = product_of(product)
    path = root / kind.folder_of("mms1", slot.date())
    path = path / f"{kind.stem.replace('{probe}', 'mms1')}{slot:{kind.slot_format}}_v{version}.cdf"
    begin = np.datetime64((first or slot).replace(tzinfo=None), "ns")
    epoch = tt2000(begin + np.arange(records) * np.timedelta64(4500, "ms"))
    write_cdf(path, {"Epoch": epoch}, {"Epoch": {"UNITS": "ns"}}, {"version": version})
    return path


def manifest(root, day=DAY, product=FAST):
    return build_manifest("folder-00000000", root, product, "mms1", day)


def slots(entries):
    return [(entry["slot"][11:16], entry["version"]) for entry in entries]


def test_l6_the_newest_version_of_each_slot_by_number(tmp_path):
    for hour, version in ((4, "3.4.0"), (6, "3.4.0"), (6, "3.10.0"), (6, "3.9.1"), (8, "3.3.9")):
        archive_file(tmp_path, at(hour), version)
    found = manifest(tmp_path)
    assert slots(found["files"]) == [("04:00", "3.4.0"), ("06:00", "3.10.0"), ("08:00", "3.3.9")]
    assert sorted(name[-10:-4] for name in found["superseded"]) == ["v3.4.0", "v3.9.1"]


def test_why_there_is_no_file_names_folder_nearest_file_or_damage(tmp_path):
    for hour in (0, 4, 12):
        archive_file(tmp_path, at(hour))
    cut = archive_file(tmp_path, at(8))
    cut.write_bytes(cut.read_bytes()[:-100])
    path = tmp_path / "m.json"
    write_json(path, manifest(tmp_path))
    said = why_none([path], at(6), at(7))
    assert "3 files of 2017-11-03, none of that time; the nearest is" in said
    assert "_20171103040000_v3.4.0.cdf" in said
    assert "_20171103120000_v3.4.0.cdf" in why_none([path], at(11), at(11, 30))
    said = why_none([path], at(8), at(9))
    assert f"{cut.name} is damaged: " in said
    write_json(path, manifest(tmp_path, DAY.replace(day=4)))
    said = why_none([path], at(4, day=4), at(5, day=4))
    assert "2017-11-04: no file of that day in mms/mms1/fpi/fast/l2/dis-moms/2017/11 of" in said


def test_other_files_and_folders_do_not_count(tmp_path):
    good = archive_file(tmp_path, at(4))
    for name in (
        good.name.replace("dis", "des"), good.name.replace("mms1", "mms2"), good.name + ".part",
        good.name.replace("20171103040000", "20171199040000"), "." + good.name, "readme.txt",
    ):  # fmt: skip
        (good.parent / name).write_bytes(b"x")
    (good.parent / good.name.replace("040000", "060000")).mkdir()
    archive_file(tmp_path, at(4, day=4))
    found = manifest(tmp_path)
    assert [entry["path"] for entry in found["files"]] == [str(good.relative_to(tmp_path))]


def test_a_day_without_files_says_where_it_looked(tmp_path):
    assert "mms/mms1/fpi/fast/l2/dis-moms/2017/11" in manifest(tmp_path)["missing"]
    archive_file(tmp_path, at(4))
    assert manifest(tmp_path)["missing"] is None


def test_building_twice_differs_in_nothing_but_the_time(tmp_path):
    archive_file(tmp_path, at(4))
    one, other = manifest(tmp_path), manifest(tmp_path)
    assert {**one, "made": ""} == {**other, "made": ""}


def test_good_files_are_chosen_by_their_true_records(tmp_path):
    archive_file(tmp_path, at(4))  # 04:00:00 to 04:00:13.5
    archive_file(tmp_path, at(6), first=at(7))
    whole = [manifest(tmp_path)]

    def chosen(start, stop):
        return [slot for slot, _ in slots(select(whole, start, stop).files)]

    assert chosen(at(4), at(4, 1)) == ["04:00"]
    assert chosen(at(3), at(4)) == []
    assert chosen(at(4) + timedelta(seconds=13.5), at(5)) == ["04:00"]
    assert chosen(at(4) + timedelta(seconds=13.6), at(5)) == []
    assert chosen(at(6), at(6, 59)) == []
    assert chosen(at(3), at(8)) == ["04:00", "06:00"]


def test_a_damaged_file_counts_up_to_the_next_slot_or_its_longest_time(tmp_path):
    archive_file(tmp_path, at(4)).write_bytes(b"cut")
    archive_file(tmp_path, at(5))
    archive_file(tmp_path, at(10)).write_bytes(b"")
    found = [manifest(tmp_path)]
    lost = select(found, at(0), at(23)).damaged
    assert [(entry["from"][11:16], entry["to"][11:16]) for entry in lost] == [
        ("04:00", "05:00"),
        ("10:00", "12:00"),
    ]
    assert select(found, at(5), at(9)).damaged == []
    assert [entry["reason"] for entry in lost][1] == "empty file"


def test_a_burst_file_that_begins_before_midnight_is_wanted(tmp_path):
    late = datetime(2017, 11, 3, 23, 58, tzinfo=UTC)
    archive_file(tmp_path, late, records=100, product=BURST)
    start = datetime(2017, 11, 4, 0, 2, tzinfo=UTC)
    days = days_of(BURST, start, start + timedelta(minutes=1))
    assert days == [DAY, date(2017, 11, 4)]
    found = [manifest(tmp_path, day, BURST) for day in days]
    assert len(select(found, start, start + timedelta(minutes=1)).files) == 1
    assert days_of(FAST, start, start + timedelta(minutes=1)) == [date(2017, 11, 4)]


def test_an_event_that_stops_at_midnight_does_not_want_the_next_day():
    assert days_of(FAST, at(20), at(0, day=4)) == [DAY]


def stored(tmp_path, content):
    path = tmp_path / "manifest.json"
    write_json(path, content)
    return path


def test_hashes_change_with_what_the_event_reads_and_with_nothing_else(tmp_path):
    archive_file(tmp_path, at(4))
    archive_file(tmp_path, at(10))
    found = manifest(tmp_path)
    span = (at(4), at(5))
    before = file_hashes([stored(tmp_path, found)], *span)
    assert len(before) == 1

    def after(change):
        edited = copy.deepcopy(found)
        change(edited)
        return file_hashes([stored(tmp_path, edited)], *span)

    assert after(lambda one: one.update(made="later")) == before
    assert after(lambda one: one["files"][1].update(sha256="0" * 64)) == before, "of another hour"
    assert after(lambda one: one["files"][0].update(sha256="0" * 64)) != before
    assert after(lambda one: one["files"][0].update(status="damaged", reason="cut")) != before
    assert after(lambda one: one.update(missing="gone")) != before
    assert file_hashes([tmp_path / "none.json"], *span) == ["not made yet"]


def test_a_file_that_changed_since_its_manifest_is_refused(tmp_path):
    path = archive_file(tmp_path, at(4))
    (entry,) = manifest(tmp_path)["files"]
    assert verify_entry(tmp_path, entry) == path
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(CorruptFile, match="content changed"):
        verify_entry(tmp_path, entry)
    path.write_bytes(content + b"x")
    with pytest.raises(CorruptFile, match="bytes, but"):
        verify_entry(tmp_path, entry)
    path.unlink()
    with pytest.raises(CorruptFile, match="gone"):
        verify_entry(tmp_path, entry)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"files": []}', b"\xff\xfe"])
def test_a_damaged_manifest_is_refused_with_the_way_out(tmp_path, content):
    path = tmp_path / "20171103.json"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=r"20171103\.json[\s\S]*delete it"):
        read_manifest(path)


def test_a_manifest_is_json_under_its_source_product_probe_and_day(tmp_path):
    path = manifest_path(tmp_path, "sample", FAST, "mms1", DAY)
    assert path == tmp_path / "manifests/sample/mms_fpi_fast_dis-moms/mms1/20171103.json"
    write_json(path, manifest(tmp_path))
    assert read_manifest(path) == json.loads(path.read_text())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_an_archive_error(tmp_path):
    folder = archive_file(tmp_path, at(4)).parent
    folder.chmod(0)
    with pytest.raises(ArchiveError, match="cannot be read"):
        manifest(tmp_path)
    folder.chmod(0o700)


def test_the_name_of_a_source_is_that_of_its_real_folder(tmp_path, monkeypatch):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "link").symlink_to("mirror")
    monkeypatch.chdir(tmp_path)
    names = {source_name(text) for text in ("mirror", "./mirror/", str(tmp_path / "mirror"), "link")}
    assert len(names) == 1
    assert names.pop().startswith("folder-")
    assert source_root("link", "data") == str(tmp_path / "mirror")
    assert (source_name("sample"), source_root("sample", "data")) == ("sample", "data/sample")


@pytest.mark.parametrize("archive", ["nowhere"])
def test_a_source_that_is_not_there_says_what_works(archive):
    with pytest.raises(ArchiveError, match="sample"):
        source_name(archive)
