"""Manifests of images: which files count, twins, versions, and the skymap dated before the night."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from magnetoflow.archive.images import absent_minutes, compatible_skymap, files_within, find_skymap
from magnetoflow.archive.manifests import read_manifest
from magnetoflow.errors import ArchiveError
from magnetoflow.io.asi_names import skymap_dates
from magnetoflow.io.atomic import write_json
from tests.unit.asi_files import FOLDER, manifest, name_of, put

OTHER = FOLDER.removesuffix("19")


def touch(root, path, content=b"x"):
    path = root / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_entries_of_minute_files(tmp_path):
    path = put(tmp_path, 61)
    put(tmp_path, 3)
    found = manifest(tmp_path)
    first, second = found["files"]
    assert first["slot"] == "2014-03-10T00:03:00Z"
    assert second == {
        "path": str(path.relative_to(tmp_path)), "kind": "minute", "slot": "2014-03-10T01:01:00Z",
        "size": path.stat().st_size, "sha256": None, "status": "ok", "reason": None, "twins": [],
    }  # fmt: skip
    about = ("source", "product", "probe", "day", "missing", "wide_ignored", "superseded")
    assert [found[key] for key in about] == [
        "folder-00000000",
        "themis_asi",
        "gill",
        "2014-03-10",
        None,
        0,
        [],
    ]


def test_other_names_do_not_count_and_wide_ones_are_counted(tmp_path):
    good = put(tmp_path, 0)
    for name in (
        f".{good.name}", f"{good.name}.part", good.name.replace("gill", "rank"),
        good.name.replace("_full", "_half"),
        good.name.replace("20140310", "20140311"), good.name.replace("_0000_", "_2400_"), "readme.txt",
    ):  # fmt: skip
        touch(good.parent, name)
    (good.parent / good.name.replace("_0000_", "_0007_")).mkdir()
    put(tmp_path, 0, folder=FOLDER.replace("gill", "rank"))
    touch(tmp_path, f"{FOLDER}/other/{good.name}")
    touch(tmp_path, f"{FOLDER}/{name_of(1, kind='wide_full')}")
    touch(tmp_path, f"{FOLDER}/{name_of(2, kind='full_wide_')}")
    found = manifest(tmp_path)
    assert [entry["path"] for entry in found["files"]] == [str(good.relative_to(tmp_path))]
    assert found["wide_ignored"] == 2


def test_both_kinds_of_camera_folder(tmp_path):
    put(tmp_path, 0)
    put(tmp_path, 1, folder=OTHER)
    assert [entry["path"].split("/")[6] for entry in manifest(tmp_path)["files"]] == [
        "gill_themis19",
        "gill_themis",
    ]


def test_twins_are_one_file_and_the_one_with_a_checksum_comes_first(tmp_path):
    good = put(tmp_path, 0)
    plain = put(tmp_path, 0, suffix=".pgm")
    copy = put(tmp_path, 0, folder=OTHER)
    found = manifest(tmp_path)
    (entry,) = found["files"]
    names = [str(path.relative_to(tmp_path)) for path in (copy, good, plain)]
    assert [entry["path"], *entry["twins"]] == names
    assert found["superseded"] == sorted(names[1:])


def test_newest_hour_file_of_each_hour_at_any_depth(tmp_path):
    for path in (
        "a/b/thg_l1_asf_gill_2014031006_v01.cdf", "gill/2014/03/thg_l1_asf_gill_2014031006_v10.cdf",
        "thg_l1_asf_gill_2014031006_v02.cdf", "2014/03/thg_l1_asf_gill_2014031007_v01.cdf",
        "2014/04/thg_l1_asf_gill_2014031008_v01.cdf", "rank/thg_l1_asf_gill_2014031009_v01.cdf",
        "thg_l1_asf_rank_2014031006_v01.cdf", "thg_l1_asf_gill_2014031006_v01.cdf.part",
        "thg_l1_asf_gill_2014031124_v01.cdf",
    ):  # fmt: skip
        touch(tmp_path, f"themis/asi/l1/{path}")
    found = manifest(tmp_path)
    assert [(entry["kind"], entry["slot"][11:16], entry["path"][-7:-4]) for entry in found["files"]] == [
        ("hour", "06:00", "v10"),
        ("hour", "07:00", "v01"),
    ]
    assert len(found["superseded"]) == 2


def test_a_day_without_images_says_where_it_looked(tmp_path):
    found = manifest(tmp_path)
    assert "themis/asi/stream0/2014/03/10/gill_themis*" in found["missing"]
    assert (found["files"], found["skymap"]) == ([], None)


def test_it_is_a_manifest_and_building_it_twice_differs_in_nothing_but_the_time(tmp_path):
    put(tmp_path, 0)
    one, other = manifest(tmp_path), manifest(tmp_path)
    assert {**one, "made": ""} == {**other, "made": ""}
    write_json(tmp_path / "one.json", one)
    assert read_manifest(tmp_path / "one.json") == one


def test_minutes_without_file_between_the_first_and_the_last(tmp_path):
    for minute in (58, 59, 62):
        put(tmp_path, minute)
    expected = [datetime(2014, 3, 10, 1, minute, tzinfo=UTC) for minute in (0, 1)]
    assert absent_minutes(manifest(tmp_path)["files"]) == expected
    assert absent_minutes([]) == []


@pytest.mark.parametrize(
    ("kind", "spans", "whole", "partly"),
    [
        ("hour", [(0, 10), (60, 70)], "", "ab"),
        ("hour", [(0, 60), (60, 90)], "a", "ab"),
        ("hour", [(0, 120)], "ab", "ab"),
        ("hour", [(30, 60)], "", "a"),
        ("minute", [(0, 1)], "a", "a"),
        ("minute", [(0.5, 61)], "b", "ab"),
        ("minute", [(1, 60)], "", ""),
        ("minute", [], "", ""),
    ],
)
def test_files_lie_in_events_whole_or_with_a_part(kind, spans, whole, partly):
    start = datetime(2014, 3, 10, 6, tzinfo=UTC)
    files = [
        {"path": "a", "kind": kind, "slot": "2014-03-10T06:00:00Z"},
        {"path": "b", "kind": kind, "slot": "2014-03-10T07:00:00Z"},
    ]
    times = [tuple(start + timedelta(minutes=one) for one in span) for span in spans]
    for how, expected in ((True, whole), (False, partly)):
        assert "".join(one["path"] for one in files_within(files, times, whole=how)) == expected


@pytest.mark.parametrize(
    ("name", "dates"),
    [
        ("themis_skymap_gill_20110305-+_vXX.sav", (date(2011, 3, 5), None, 0)),
        ("themis_skymap_gill_20110305-20120101_v02.sav", (date(2011, 3, 5), date(2012, 1, 1), 2)),
        ("themis_skymap_gill_20110305_v11.sav", (date(2011, 3, 5), None, 11)),
        ("themis_skymap_gill_20110305.sav", (date(2011, 3, 5), None, 0)),
        ("themis_skymap_rank_20110305-+_vXX.sav", None),
        ("themis_skymap_gill_20111305-+_vXX.sav", None),
        (".themis_skymap_gill_20110305-+_vXX.sav", None),
        ("themis_skymap_gill_20110305-+_vXX.sav.part", None),
    ],
)
def test_dates_of_skymap_names(name, dates):
    assert skymap_dates(name, "gill") == dates


def skymap(root, name):
    return touch(root, f"themis/asi/skymaps/gill/any/themis_skymap_gill_{name}.sav", name.encode())


def test_the_latest_skymap_dated_before_the_night(tmp_path):
    for name in ("20110305-+_vXX", "20130118-+_v01", "20130118-+_v02", "20140310-+_v01", "20150101-+_v01"):
        skymap(tmp_path, name)
    found = manifest(tmp_path)["skymap"]
    assert found["path"].endswith("any/themis_skymap_gill_20130118-+_v02.sav")
    assert (found["valid_from"], found["size"], len(found["sha256"])) == ("2013-01-18", 14, 64)
    later, _ = find_skymap(tmp_path, "gill", date(2014, 3, 11))
    assert later["valid_from"] == "2014-03-10"


def test_a_skymap_of_the_same_day_or_later_is_refused(tmp_path):
    assert "no skymap in themis/asi/skymaps/gill" in manifest(tmp_path)["skymap_reason"]
    skymap(tmp_path, "20140310-+_v01")
    skymap(tmp_path, "20150101-+_v01")
    found = manifest(tmp_path)
    assert found["skymap"] is None
    assert found["skymap_reason"] == (
        "no skymap dated before 2014-03-10: the first of gill is dated 2014-03-10"
    )


def test_a_skymap_that_ended_before_the_night_is_refused(tmp_path):
    skymap(tmp_path, "20110305-20120101_v02")
    assert "ended on 2012-01-01" in manifest(tmp_path)["skymap_reason"]
    assert find_skymap(tmp_path, "gill", date(2012, 1, 1))[1] is None


def test_the_skymap_of_the_published_mask(tmp_path):
    assert compatible_skymap(tmp_path) is None
    for name in ("20110101-+_v01", "20110306-+_v01"):
        touch(tmp_path, f"themis/asi/skymaps/gako/themis_skymap_gako_{name}.sav")
    assert compatible_skymap(tmp_path) is None
    path = touch(tmp_path, "themis/asi/skymaps/gako/themis_skymap_gako_20110305-+_vXX.sav")
    assert compatible_skymap(tmp_path) == path


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_an_archive_error(tmp_path):
    put(tmp_path, 0)
    folder = tmp_path / FOLDER / "ut00"
    folder.chmod(0)
    with pytest.raises(ArchiveError, match="cannot be read"):
        manifest(tmp_path)
    folder.chmod(0o700)


def test_the_module_imports_no_numpy():
    code = "import sys, magnetoflow.archive.images; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
