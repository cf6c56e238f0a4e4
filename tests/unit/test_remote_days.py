"""Days of the remote archives: what a span needs, what a record keeps, and the manifests that come of it."""

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from magnetoflow.archive.manifests import build_manifest, file_hashes, manifest_path, read_manifest
from magnetoflow.archive.remote.days import Day, remote_manifest
from magnetoflow.archive.remote.discard import discard_images
from magnetoflow.archive.remote.listed import Listed
from magnetoflow.archive.remote.records import read_record, record_path
from magnetoflow.archive.remote.settings import VARIABLE, Settings, from_environment, to_environment
from magnetoflow.archive.spans import midnight, part_of, read_day
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ArchiveError, ConfigError, DownloadError, NoNetwork
from magnetoflow.io.atomic import write_json
from magnetoflow.workflow import downloads
from magnetoflow.workflow.aurora import Plan
from magnetoflow.workflow.event_files import manifests_of
from tests.archive_faults import status
from tests.archive_server import ArchiveServer
from tests.unit.asi_files import put
from tests.unit.test_manifests import BURST, DAY, FAST, archive_file, at

NIGHT = date(2014, 3, 10)


@pytest.fixture
def tree(tmp_path):
    """A small archive, a server of it, and the root of a cache."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ArchiveServer(folder) as server:
        yield SimpleNamespace(folder=folder, server=server, root=tmp_path / "data" / "archive")


def bring(tree, day, **settings):
    return remote_manifest(tree.server.settings(**settings), tree.root, day)


def names(manifest):
    return [entry["path"].rsplit("/", 1)[1] for entry in manifest["files"]]


@pytest.mark.parametrize(
    ("start", "stop", "part"),
    [
        (at(4, 55), at(16, 42), "045500_164200"),
        (at(0), at(0, day=4), ""),
        (at(23, day=2), at(1, day=5), ""),
        (at(23, 59), at(0, 5, day=4), "235900_240000"),
        (at(0, 4, day=4), at(0, 5, day=4), "240000_240000"),
        (at(1).replace(microsecond=5), at(2).replace(microsecond=5), "010000_020001"),
        (at(23, 59).replace(second=59, microsecond=500), at(0, day=4), "235959_240000"),
    ],
)
def test_part_of_a_day_is_named_and_read_back(start, stop, part):
    assert part_of(DAY, start, stop) == part
    day, span = read_day(f"{DAY:%Y%m%d}_{part}" if part else f"{DAY:%Y%m%d}")
    assert day == DAY
    if part:
        assert part_of(day, *span) == part
        assert midnight(day) <= span[0] <= span[1] <= midnight(date(2017, 11, 4))
    else:
        assert span is None


@pytest.mark.parametrize("name", ["2017", "20171133", "20171103_010000", "20171103_010000_020000x", "../x"])
def test_other_names_are_refused(name):
    with pytest.raises(ArchiveError, match="not the name of a manifest"):
        read_day(name)


def listed(*minutes):
    return [Listed(f"{m}", "", f"{m}", at(m // 60, m % 60), (1,)) for m in minutes]


def test_d16_a_span_takes_the_files_that_begin_in_it_and_the_last_one_before():
    day = Day(BURST, "mms1", DAY, (at(12), at(12, 30)))
    files = listed(11 * 60 + 45, 11 * 60 + 52, 11 * 60 + 58, 720, 749, 750, 800)
    assert [int(one.name) for one in day.wanted(files)] == [718, 720, 749]
    assert [int(one.name) for one in day.wanted(listed(709, 710))] == [], "10 minutes are the longest burst"
    over = Day(BURST, "mms1", DAY, (midnight(date(2017, 11, 4)),) * 2)
    assert [int(one.name) for one in over.wanted(listed(23 * 60 + 51, 23 * 60 + 55))] == [23 * 60 + 55]
    assert len(Day(BURST, "mms1", DAY).wanted(files)) == len(files)


def archive(source):
    return SimpleNamespace(data="data", source=source, root="data/archive")


def test_only_remote_manifests_of_short_files_name_a_part():
    start, stop = at(0, 5), at(0, 9)
    remote = manifests_of(archive("remote"), BURST, 1, start, stop)
    assert [path.rsplit("/", 1)[1] for path in remote] == [
        "20171102_240000_240000.json",
        "20171103_000500_000900.json",
    ]
    assert manifests_of(archive("remote"), "mms_fgm_srvy", 1, start, stop)[0].endswith("/20171103.json")
    assert manifests_of(archive("sample"), BURST, 1, start, stop)[1].endswith("/20171103.json")


def test_a_manifest_has_what_a_folder_of_the_same_files_gives(tree):
    for hour, version in ((4, "3.3.0"), (4, "3.4.0"), (6, "3.4.0")):
        archive_file(tree.folder, at(hour), version)
    mine = bring(tree, Day(FAST, "mms1", DAY))
    theirs = build_manifest("folder-0", tree.folder, FAST, "mms1", DAY)
    same = ("path", "slot", "version", "size", "sha256", "status", "reason", "first", "last")
    assert [{key: one[key] for key in same} for one in mine["files"]] == [
        {key: one[key] for key in same} for one in theirs["files"]
    ]
    assert mine.keys() == theirs.keys()
    assert mine["superseded"] == theirs["superseded"]
    assert all(one["url"].startswith(tree.server.url) and one["fetched"] for one in mine["files"])
    assert [path.name[0] for path in (tree.root / "mms/mms1/fpi/fast/l2/dis-moms/2017/11").iterdir()] == [
        "m"
    ] * 2, "no temporary files, and no file that is superseded"


def test_f17_a_manifest_made_again_has_the_same_versions_and_asks_nothing(tree):
    archive_file(tree.folder, at(4), "3.4.0")
    archive_file(tree.folder, at(8), "3.4.0")
    morning = Day(FAST, "mms1", DAY, (at(4), at(5)))
    first = bring(tree, morning)
    archive_file(tree.folder, at(4), "3.4.1")
    asked = len(tree.server.requests)
    again = bring(tree, morning)
    assert len(tree.server.requests) == asked
    assert {**first, "made": ""} == {**again, "made": ""}
    later = bring(tree, Day(FAST, "mms1", DAY, (at(4), at(9))))
    assert [one["version"] for one in later["files"]] == ["3.4.0", "3.4.0"]
    (tree.root / first["files"][0]["path"]).unlink()
    restored = bring(tree, morning)
    assert restored["files"][0]["sha256"] == first["files"][0]["sha256"]


def test_a_file_that_left_the_archive_before_it_was_brought_gives_way_to_its_newer_version(tree):
    old = archive_file(tree.folder, at(4), "3.4.0")
    tree.server.fault("download", status(500))
    with pytest.raises(DownloadError, match="500"):
        bring(tree, Day(FAST, "mms1", DAY))
    tree.server.mend()
    old.unlink()
    archive_file(tree.folder, at(4), "3.4.1")
    assert [one["version"] for one in bring(tree, Day(FAST, "mms1", DAY))["files"]] == ["3.4.1"]


def test_d13_what_was_brought_is_kept_and_every_failure_is_named(tree):
    for hour in (2, 4, 6):
        archive_file(tree.folder, at(hour))
    for hour in ("02", "06"):
        tree.server.fault(f"20171103{hour}0000", status(503), of="file")
    with pytest.raises(DownloadError) as caught:
        bring(tree, Day(FAST, "mms1", DAY), attempts=2)
    text = str(caught.value)
    assert "2 files" in text
    assert "20171103020000" in text
    assert "20171103060000" in text
    assert tree.server.url in text
    record = read_record(tree.root, FAST, "mms1", DAY)
    assert [path[-25:-11] for path in record["files"]] == ["20171103040000"]
    tree.server.mend()
    before = tree.server.count("download")
    assert len(bring(tree, Day(FAST, "mms1", DAY))["files"]) == 3
    assert tree.server.count("download") == before + 2


def test_a_day_without_files_says_why_and_is_asked_again(tree):
    assert "none of 0 files" in bring(tree, Day(FAST, "mms1", DAY))["missing"]
    archive_file(tree.folder, at(4))
    assert bring(tree, Day(FAST, "mms1", DAY))["missing"] is None
    outside = bring(tree, Day(FAST, "mms1", DAY, (at(8), at(9))))
    assert "none of the 1 files of that day" in outside["missing"]


def test_a_file_damaged_in_the_archive_fails_its_day_unless_it_is_to_be_listed(tree):
    path = archive_file(tree.folder, at(4))
    path.write_bytes(path.read_bytes()[:-100])
    archive_file(tree.folder, at(6))
    with pytest.raises(DownloadError, match="keep_damaged") as caught:
        bring(tree, Day(FAST, "mms1", DAY))
    assert "20171103040000" in str(caught.value)
    found = bring(tree, Day(FAST, "mms1", DAY), keep_damaged=True)["files"]
    assert [one["status"] for one in found] == ["damaged", "ok"]
    assert "MD5" in found[0]["reason"]
    assert not (tree.root / found[0]["path"]).exists()


def test_images_of_a_span_with_their_skymap_and_minutes_that_are_damaged_there(tree):
    for minute in (0, 1, 2, 3, 4, 5, 65):
        put(tree.folder, minute)
    path = put(tree.folder, 3)
    path.write_bytes(path.read_bytes()[:-400])
    day = Day("themis_asi", "gill", NIGHT, (at_night(3), at_night(4)))
    manifest = bring(tree, day)
    assert [one["status"] for one in manifest["files"]] == ["ok", "ok", "damaged", "ok", "ok"]
    assert names(manifest)[0].startswith("20140310_0001")
    assert manifest["span"] == ["2014-03-10T00:03:00Z", "2014-03-10T00:04:00Z"]
    assert "no skymap" in manifest["skymap_reason"] or "404" in manifest["skymap_reason"]
    assert tree.server.count("ut01") == 0, "only the hours of the span are listed"
    assert not (tree.root / manifest["files"][2]["path"]).exists()
    whole = bring(tree, Day("themis_asi", "gill", NIGHT))
    assert len(whole["files"]) == 7


def at_night(minute):
    return datetime(2014, 3, 10, 0, minute, tzinfo=UTC)


def test_discarded_images_are_brought_again_with_the_same_sha256(tree):
    put(tree.folder, 0)
    put(tree.folder, 1)
    day = Day("themis_asi", "gill", NIGHT)
    manifest = bring(tree, day)
    gone = discard_images(tree.root, "gill", NIGHT, manifest["files"])
    assert gone == [one["path"] for one in manifest["files"]]
    assert not any((tree.root / path).exists() for path in gone)
    assert read_record(tree.root, "themis_asi", "gill", NIGHT)["discarded"] == gone
    again = bring(tree, day)
    assert [one["sha256"] for one in again["files"]] == [one["sha256"] for one in manifest["files"]]
    assert read_record(tree.root, "themis_asi", "gill", NIGHT)["discarded"] == []


def test_a_damaged_record_is_named(tree):
    path = record_path(tree.root, FAST, "mms1", DAY)
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ArchiveError, match=r"delete it"):
        read_record(tree.root, FAST, "mms1", DAY)


def test_settings_travel_by_the_environment(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ArchiveError, match=VARIABLE):
        from_environment()
    given = Settings(hosts=("a.b",), mms="spdf", total_s=3.5)
    monkeypatch.setenv(VARIABLE, "")
    to_environment(given)
    assert from_environment() == given
    monkeypatch.setenv(VARIABLE, json.dumps({**json.loads(os.environ[VARIABLE]), "more": 1}))
    with pytest.raises(ArchiveError, match="more"):
        from_environment()


def configured(tmp_path, **remote):
    config = merge_files(SHIPPED)
    config |= {"archive": "remote", "data": str(tmp_path / "data")}
    config["remote"] |= remote
    return check_config(config)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sdc", "file:///etc/passwd"),
        ("spdf", "https://user:secret@host/"),
        ("calgary", "no address"),
        ("mms", "nasa"),
        ("attempts", 0),
        ("total_s", "nan"),
        ("hosts", ["https://a/"]),
        ("user_agent", "a\nb"),
        ("max_download_gb", -1),
    ],
)
def test_wrong_settings_are_refused(tmp_path, key, value):
    with pytest.raises(ConfigError, match=f"remote.{key}"):
        configured(tmp_path, **{key: value})


def manifest_of(tree, product, day=DAY):
    return str(manifest_path(tree.root.parent, "remote", product, "mms1", day))


def test_f33_without_network_one_message_names_what_is_missing(tree, tmp_path):
    archive_file(tree.folder, at(4))
    config = configured(tmp_path, **tree.server.section())
    mine = bring(tree, Day(FAST, "mms1", DAY))
    tree.server.stop()
    downloads.prepare(config, [manifest_of(tree, FAST)])  # what is there needs no network
    (tree.root / mine["files"][0]["path"]).unlink()
    with pytest.raises(ArchiveError, match=r"(?s)no network.*1 files.*20171103040000_v3"):
        downloads.prepare(config, [manifest_of(tree, FAST)])
    with pytest.raises(ArchiveError) as caught:
        downloads.prepare(config, [manifest_of(tree, FAST), manifest_of(tree, "mms_fgm_srvy")])
    text = str(caught.value)
    assert "mms/mms1/fgm/srvy/l2/2017/11/mms1_fgm_srvy_l2_20171103*" in text
    assert "sample" in text
    assert "2 files" in text
    assert not isinstance(caught.value, NoNetwork)


def test_f33_an_earlier_answer_that_there_is_nothing_stands_without_network(tree):
    day = Day("mms_fgm_srvy", "mms1", DAY)
    first = bring(tree, day)
    tree.server.stop()
    assert bring(tree, day)["missing"] == first["missing"]
    with pytest.raises(NoNetwork):
        bring(tree, Day("mms_fgm_srvy", "mms2", DAY))


def test_what_was_not_given_to_the_public_is_no_answer_without_network(tree):
    day = Day("mms_fgm_srvy", "mms1", DAY)
    tree.server.fault("file_info", status(403))
    with pytest.raises(DownloadError, match="403"):
        bring(tree, day)
    tree.server.stop()
    with pytest.raises(NoNetwork):
        bring(tree, day)


def test_d11_files_that_are_gone_are_brought_again_before_the_first_job(tree, tmp_path, capsys):
    for hour in (4, 6):
        archive_file(tree.folder, at(hour))
    config = configured(tmp_path, **tree.server.section())
    path, mine = manifest_of(tree, FAST), bring(tree, Day(FAST, "mms1", DAY))
    write_json(path, mine)
    first, second = (tree.root / one["path"] for one in mine["files"])
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    downloads.prepare(config, [], [path])
    assert "2 files again" in capsys.readouterr().err
    assert {**bring(tree, Day(FAST, "mms1", DAY)), "made": ""} == {**mine, "made": ""}
    asked = len(tree.server.requests)
    downloads.prepare(config, [], [path])
    assert len(tree.server.requests) == asked
    first.unlink()
    tree.server.stop()
    with pytest.raises(ArchiveError, match=r"(?s)no network.*20171103040000"):
        downloads.prepare(config, [], [path])


def test_discarded_images_are_not_brought_before_the_first_job(tree, tmp_path):
    put(tree.folder, 0)
    manifest = bring(tree, Day("themis_asi", "gill", NIGHT))
    path = manifest_path(tree.root.parent, "remote", "themis_asi", "gill", NIGHT)
    write_json(path, manifest)
    discard_images(tree.root, "gill", NIGHT, manifest["files"])
    asked = len(tree.server.requests)
    downloads.prepare(configured(tmp_path, **tree.server.section()), [], [str(path)])
    assert len(tree.server.requests) == asked


def test_a_damaged_file_that_is_left_out_is_named_at_the_end(tree, capsys):
    path = archive_file(tree.folder, at(4))
    path.write_bytes(path.read_bytes()[:-100])
    write_json(manifest_of(tree, FAST), bring(tree, Day(FAST, "mms1", DAY), keep_damaged=True))
    downloads.say_damaged([manifest_of(tree, FAST), manifest_of(tree, "mms_fgm_srvy")])
    said = capsys.readouterr().err
    assert path.name in said
    assert "MD5" in said


def test_more_than_the_limit_stops_before_anything_is_fetched(tree, tmp_path, capsys):
    path = archive_file(tree.folder, at(4))
    config = configured(tmp_path, **tree.server.section(max_download_gb=path.stat().st_size / 1e9 * 0.99))
    with pytest.raises(ArchiveError, match="max_download_gb"):
        downloads.prepare(config, [manifest_of(tree, FAST)])
    assert tree.server.count("download") == 0
    config = configured(tmp_path, **tree.server.section(max_download_gb=path.stat().st_size / 1e9))
    downloads.prepare(config, [manifest_of(tree, FAST)])
    assert "1 files" in capsys.readouterr().err


def test_a_long_list_is_estimated_from_a_part_of_it(tree, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_ASKED", 2)
    days = [date(2017, 11, day) for day in range(3, 9)]
    size = {archive_file(tree.folder, at(4, day=day.day)).stat().st_size for day in days}.pop()
    config = configured(tmp_path, **tree.server.section(max_download_gb=5.5 * size / 1e9))
    with pytest.raises(ArchiveError, match="max_download_gb"):
        downloads.prepare(config, [manifest_of(tree, FAST, day) for day in days])
    said = capsys.readouterr().err
    assert "from 2 of 6 days" in said
    assert "6 files, about" in said
    assert tree.server.count("file_info") == 2


def test_what_the_archive_lacked_is_asked_again_after_a_failure(tree):
    archive_file(tree.folder, at(4))
    paths = {name: manifest_of(tree, name) for name in (FAST, "mms_fgm_srvy")}
    for name, path in paths.items():
        write_json(path, bring(tree, Day(name, "mms1", DAY)))
        shutil.copy(path, path.replace(".json", ".made"))
    downloads.look_again([*paths.values(), manifest_of(tree, "mms_hpca_srvy")])
    assert [Path(path).with_suffix(".made").exists() for path in paths.values()] == [True, False]
    assert read_manifest(paths["mms_fgm_srvy"])["missing"]
    assert file_hashes([paths[FAST]], at(4), at(5))


def test_a_camera_day_asks_for_what_its_events_need(tmp_path):
    def plan(archive_source, start, stop):
        config = merge_files(SHIPPED)
        config["aurora"] |= {"events": [{"id": "one", "site": "gill", "start": start, "stop": stop}]}
        source = SimpleNamespace(data="d", source=archive_source, root="d/archive", text=archive_source)
        made = Plan(check_config(config), source, SHIPPED_MODEL)
        return [made.manifest(SimpleNamespace(site="gill", day="20140310"))]

    hours = ("2014-03-10T06:00", "2014-03-10T08:30")
    assert plan("remote", *hours) == ["d/manifests/remote/themis_asi/gill/20140310_060000_083000.json"]
    assert plan("folder-0", *hours) == ["d/manifests/folder-0/themis_asi/gill/20140310.json"]
    assert plan("remote", "2014-03-10", "2014-03-11")[0].endswith("/20140310.json")


SHIPPED_MODEL = SHIPPED[0].parent.parent / "magnetoflow" / "aurora" / "model"


def test_why_a_required_product_is_missing_is_passed_on(tree):
    from magnetoflow.archive.usable import why_none

    path = manifest_of(tree, FAST)
    write_json(path, bring(tree, Day(FAST, "mms1", DAY)))
    assert "none of 0 files" in why_none([path], at(4), at(5))
