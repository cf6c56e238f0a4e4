"""`magnetoflow archive update` and `verify`: what is replaced, what is kept, what is said."""

import os
import re
import shutil
import time

import pytest

from magnetoflow.archive.manifests import file_hashes, read_manifest
from magnetoflow.archive.remote import differences, leftovers, skymaps, update
from magnetoflow.archive.remote.days import Day, remote_manifest
from magnetoflow.archive.remote.discard import discard_images
from magnetoflow.archive.remote.locks import locked
from magnetoflow.archive.remote.records import read_record, record_path
from magnetoflow.archive.source import source_name
from magnetoflow.errors import DownloadError
from magnetoflow.io.atomic import write_json
from tests.archive_faults import status
from tests.archive_server import ArchiveServer
from tests.unit.archive_commands import EVENT, FIELD, LATER, NEXT, Place, files, flip, state
from tests.unit.asi_files import content_of, put, times_of
from tests.unit.asi_files import manifest as image_manifest
from tests.unit.test_manifests import DAY, FAST, archive_file, at


@pytest.fixture
def place(tmp_path):
    (tmp_path / "served").mkdir()
    with ArchiveServer(tmp_path / "served") as server:
        yield Place(tmp_path, server)


@pytest.fixture
def made(place):
    """A place whose event has its manifests."""
    place.ions, place.field = place.serve()
    place.manifests = {product: paths[0] for product, paths in place.make().items()}
    return place


def images(place):
    """Manifest of a night of two images."""
    put(place.folder, 0)
    put(place.folder, 1)
    path = place.data / "manifests/remote/themis_asi/gill/20140310.json"
    write_json(path, remote_manifest(place.server.settings(), place.root, Day.of_manifest(path)))
    return path


# ---- update


def test_f17_a_new_version_is_shown_and_taken_only_by_an_update(made, capsys):
    manifest = made.manifests[FAST]
    newer = archive_file(made.folder, at(4), "3.4.1", records=9)
    before, old = state(made.data), file_hashes([manifest], at(4), at(5))
    stamp = manifest.with_suffix(".made").stat().st_mtime_ns
    assert made.call("update", "--dry-run") == 0
    said = capsys.readouterr().out
    line = f"newer version  0.0 MB  {made.ions.name} -> {newer.name}\n"
    assert re.search(rf"{FAST} +mms1 +2017-11-03T04:00:00Z +{re.escape(line)}", said)
    assert "1 difference; nothing was changed (--dry-run)" in said
    assert state(made.data) == before
    assert made.server.count("download") == 2
    assert made.call("update") == 0
    said = capsys.readouterr().out
    assert line in said
    assert f"rewritten: {manifest}" in said
    assert [name for name, _ in files(manifest)] == [newer.name]
    assert file_hashes([manifest], at(4), at(5)) != old
    assert manifest.with_suffix(".made").stat().st_mtime_ns == stamp
    after = state(made.data)
    assert {key for key in after if after[key] != before.get(key)} == {
        str(path.relative_to(made.data))
        for path in (manifest, made.cached(newer), record_path(made.root, FAST, "mms1", DAY))
    }, "only these changed"
    assert made.cached(made.ions).read_bytes() == made.ions.read_bytes(), "the old version stays"
    made_again = remote_manifest(made.server.settings(), made.root, Day.of_manifest(manifest))
    assert {**made_again, "made": ""} == {**read_manifest(manifest), "made": ""}
    assert str(made.ions.relative_to(made.folder)) in made_again["superseded"]


def test_an_update_without_a_difference_writes_nothing(made, capsys):
    times = {path: path.stat().st_mtime_ns for path in made.data.rglob("*.*") if path.is_file()}
    assert len(times) == 8
    for _ in range(2):
        assert made.call("update") == 0
    assert "2 manifests of 2 days asked for: 0 differences, 0 manifests rewritten" in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert made.server.count("download") == 2


def test_an_older_version_that_arrives_and_a_file_that_vanishes_replace_nothing(made, capsys):
    before = files(made.manifests[FAST])
    archive_file(made.folder, at(4), "3.3.9")
    assert made.call("update") == 0
    assert ": 0 differences" in capsys.readouterr().out
    made.ions.unlink()
    assert made.call("update") == 0
    said = capsys.readouterr().out
    assert f"not listed any more  -      {made.ions.name} is kept" in said
    assert files(made.manifests[FAST]) == before
    made.cached(made.ions).unlink()
    assert made.call("update") == 0
    said = capsys.readouterr().out
    assert (
        f"other version  0.0 MB  {made.ions.name} -> mms1_fpi_fast_l2_dis-moms_20171103040000_v3.3.9" in said
    )
    assert [name[-9:] for name, _ in files(made.manifests[FAST])] == ["3.3.9.cdf"], "nothing better is there"


def test_a_failure_leaves_its_day_and_the_others_go_on(place, capsys):
    place.configure(EVENT, NEXT)
    for day in (3, 4):
        place.serve(day)
    manifests = place.make()[FAST]
    newer = [archive_file(place.folder, at(4, day=day), "3.5.0") for day in (3, 4)]
    newest = archive_file(place.folder, at(5), "3.5.0").name
    place.server.fault(newer[0].name, status(404), of="file")
    place.server.fault("instrument_id=fgm", status(500))
    record = record_path(place.root, FAST, "mms1", DAY).read_bytes()
    before = manifests[0].read_bytes()
    assert place.call("update") == 1
    said = capsys.readouterr()
    assert manifests[0].read_bytes() == before
    assert record_path(place.root, FAST, "mms1", DAY).read_bytes() == record
    assert [name for name, _ in files(manifests[1])] == [newer[1].name]
    lines = said.err.splitlines()
    assert [re.split(r"[:?]", line)[1].strip() for line in lines] == [
        f"{product} mms1 2017-11-0{day}" for product, day in ((FIELD, 3), (FIELD, 4), (FAST, 3))
    ]
    assert (
        f"2017-11-03: {newer[0].name}: the server answered 404 Not Found ({place.server.url}/sdc" in said.err
    )
    assert said.err.count("500 Internal Server Error") == 2
    place.server.mend()
    downloads = place.server.count("download")
    assert place.call("update") == 0
    assert place.server.count("download") == downloads + 1, "what had come is kept"
    assert [name for name, _ in files(manifests[0])] == [newer[0].name, newest]


def test_a_newer_version_that_is_damaged_in_the_archive_replaces_nothing(made, capsys):
    path = archive_file(made.folder, at(4), "3.4.1")
    path.write_bytes(path.read_bytes()[:-100])
    made.configure(EVENT, keep_damaged=True)
    before = state(made.data)
    assert made.call("update") == 1
    assert f"{path.name}: damaged in the archive: MD5 trailer" in capsys.readouterr().err
    assert state(made.data) == before


def test_what_comes_later_is_a_new_file(place, capsys):
    ions, _ = place.serve()
    place.configure(EVENT, NEXT)
    manifests = place.make()[FAST]
    assert read_manifest(manifests[1])["missing"]
    first, second = archive_file(place.folder, at(5)), archive_file(place.folder, at(4, day=4))
    archive_file(place.folder, at(12))
    assert place.call("update", "--study", "mms_gmm/e1") == 0
    assert f"new file  0.0 MB  none -> {first.name}" in capsys.readouterr().out
    assert [name for name, _ in files(manifests[0])] == [ions.name, first.name], "only what the span needs"
    assert read_manifest(manifests[1])["missing"]
    assert place.call("update", "--study", "mms_gmm") == 0
    assert [name for name, _ in files(manifests[1])] == [second.name]
    assert read_manifest(manifests[1])["missing"] is None


def test_all_parts_of_a_day_are_updated_together(place):
    place.configure(EVENT, LATER, {**EVENT, "id": "e4", "start": "2017-11-03T04:50"})
    place.serve()
    archive_file(place.folder, at(8))
    manifests = place.make()[FAST]
    assert len(manifests) == 3
    newer = [archive_file(place.folder, at(hour), "3.4.1").name for hour in (4, 8)]
    assert place.call("update", "--study", "mms_gmm/e1") == 0
    assert [[name for name, _ in files(path)] for path in manifests] == [newer[:1], newer[:1], newer[1:]]


def test_other_content_under_the_same_name_is_seen_by_its_size(made, capsys):
    archive_file(made.folder, at(4), records=50)
    assert made.call("update") == 0
    said = capsys.readouterr().out
    assert f"other content  0.0 MB  {made.ions.name} -> {made.ions.name}" in said
    assert f"note: {FAST} mms1: {made.ions.name} has another content now" in said
    assert made.cached(made.ions).read_bytes() == made.ions.read_bytes()
    (old,) = (made.root / ".quarantine").rglob("*.cdf")
    assert (
        read_manifest(made.manifests[FAST])["files"][0]["size"]
        == made.ions.stat().st_size
        != old.stat().st_size
    )


def test_other_content_gives_way_again_when_the_day_fails(made, capsys):
    other = archive_file(made.folder, at(5))
    made.manifests[FAST].unlink()
    made.make()
    before = state(made.data)
    for hour in (4, 5):
        archive_file(made.folder, at(hour), records=50)
    made.server.fault(other.name, status(404), of="file")
    assert made.call("update") == 1
    assert f"{other.name}: the server answered 404" in capsys.readouterr().err
    after = state(made.data)
    assert {key: after[key] for key in after if ".quarantine" not in key} == before
    assert made.call("verify", "--offline") == 0


def test_an_update_of_more_than_the_limit_is_not_begun(made, capsys):
    archive_file(made.folder, at(4), "3.4.1")
    made.configure(EVENT, max_download_gb=1e-9)
    before = state(made.data)
    assert made.call("update") == 1
    said = capsys.readouterr()
    assert "newer version" in said.out
    assert "remote.max_download_gb is 1e-09" in said.err
    assert state(made.data) == before


def test_what_is_not_on_disk_is_brought_again(made, capsys):
    made.cached(made.ions).unlink()
    before = made.manifests[FAST].read_bytes()
    assert made.call("update") == 0
    assert "not on disk" in capsys.readouterr().out
    assert made.cached(made.ions).is_file()
    assert made.manifests[FAST].read_bytes() == before, "the same bytes"


def test_an_update_that_was_killed_between_record_and_manifest_is_ended_by_the_next(made):
    manifest = made.manifests[FAST]
    before = manifest.read_bytes()
    newer = archive_file(made.folder, at(4), "3.4.1")
    assert made.call("update") == 0
    after = read_manifest(manifest)
    manifest.write_bytes(before)
    downloads = made.server.count("download")
    assert made.call("update") == 0
    assert {**read_manifest(manifest), "made": ""} == {**after, "made": ""}
    assert files(manifest)[0][0] == newer.name
    assert made.server.count("download") == downloads


def test_manifests_without_their_records_are_updated(made):
    shutil.rmtree(made.root / ".records")
    before = {path: path.read_bytes() for path in made.manifests.values()}
    assert made.call("update") == 0
    assert {path: path.read_bytes() for path in before} == before
    known = read_record(made.root, FAST, "mms1", DAY)["files"]
    assert [one["sha256"] for one in known.values()] == [files(made.manifests[FAST])[0][1]]
    assert made.server.count("download") == 2
    newer = archive_file(made.folder, at(4), "3.4.1")
    assert made.call("update") == 0
    assert [name for name, _ in files(made.manifests[FAST])] == [newer.name]


def test_an_interrupt_leaves_whole_days(place, monkeypatch, capsys):
    place.configure(EVENT, NEXT)
    place.serve()
    place.serve(4)
    manifests = place.make()[FAST]
    before = manifests[1].read_bytes()
    newer = [archive_file(place.folder, at(4, day=day), "3.5.0").name for day in (3, 4)]
    fetch_all = update.fetch_all

    def interrupted(client, wanted, *words, **more):
        if any(one.name == newer[1] for one in wanted):
            raise KeyboardInterrupt
        return fetch_all(client, wanted, *words, **more)

    monkeypatch.setattr(update, "fetch_all", interrupted)
    assert place.call("update") == 130
    assert [name for name, _ in files(manifests[0])] == newer[:1]
    assert manifests[1].read_bytes() == before
    monkeypatch.undo()
    assert place.call("update") == 0
    assert [name for name, _ in files(manifests[1])] == newer[1:]


def test_without_network_nothing_is_changed_and_it_is_said(made, capsys):
    made.server.stop()
    before = state(made.data)
    assert made.call("update") == 1
    said = capsys.readouterr().err
    assert said.startswith("left as they were, 2 days: no connection: Connection refused")
    assert said.count("no connection") == 1
    assert said.endswith(f"({made.server.url})\n  {FIELD} mms1 2017-11-03\n  {FAST} mms1 2017-11-03\n")
    assert state(made.data) == before


def test_images_whose_manifest_is_gone_are_brought_as_they_are_now(place, capsys):
    """A shard that runs again asks for discarded images as the same bytes; Snakemake deletes its manifest."""
    manifest = images(place)
    discard_images(place.root, "gill", Day.of_manifest(manifest).day, read_manifest(manifest)["files"])
    put(place.folder, 0, content_of(times_of(5, 3)))
    with pytest.raises(DownloadError, match="another content under the same name"):
        remote_manifest(place.server.settings(), place.root, Day.of_manifest(manifest))
    manifest.unlink()
    before = state(place.data)
    assert place.call("update", "--dry-run") == 0
    assert "0 manifests of 1 day asked for: 1 difference;" in capsys.readouterr().out
    assert state(place.data) == before
    assert place.call("update") == 0
    said = capsys.readouterr().out
    assert said.count("not on disk") == 1, "the other one came before the job failed"
    assert said.count("has another content now: sha256") == 1
    found = remote_manifest(place.server.settings(), place.root, Day.of_manifest(manifest))
    assert [one["status"] for one in found["files"]] == ["ok", "ok"]
    assert place.call("update") == 0
    assert ": 0 differences" in capsys.readouterr().out


def test_discarded_images_that_another_manifest_names_are_brought_for_the_lost_one(place):
    whole = images(place)
    day = Day.of_manifest(whole)
    lost = whole.with_name("20140310_000000_000100.json")
    discard_images(place.root, "gill", day.day, read_manifest(whole)["files"])
    put(place.folder, 0, content_of(times_of(5, 3)))
    settings = place.server.settings()
    (found,) = differences.differences(settings, place.root, [whole])
    assert found.changes == []
    (found,) = differences.differences(settings, place.root, [lost])
    assert [one.kind for one in found.changes] == ["not on disk"] * 2
    update.update(settings, place.root, [found])
    assert found.written == [whole], "no manifest names the old bytes"


def test_what_only_a_fetch_brought_is_updated_too(place, capsys):
    path = archive_file(place.folder, at(4))
    archive_file(place.folder, at(8))
    words = (FAST, "--probe", "1", "--start", "2017-11-03T04", "--stop", "2017-11-03T05")
    assert place.call("fetch", *words) == 0
    place.cached(path).unlink()
    archive_file(place.folder, at(4), first=at(4, 1))
    assert place.call("fetch", *words) == 1
    said = capsys.readouterr()
    assert "archive update" in said.err
    assert said.out.count(path.name) == 1, "of the first call: a path that is printed is there"
    for study in ((), ("--study", "mms_gmm")):
        assert place.call("update", "--dry-run", *study) == 0
        said = capsys.readouterr().out
        assert f"not on disk  0.0 MB  {path.name} -> {path.name}" in said
        assert "asked for: 1 difference;" in said
    assert place.call("update") == 0
    assert f"{path.name} has another content now: sha256" in capsys.readouterr().out
    assert place.call("fetch", *words) == 0
    newer = archive_file(place.folder, at(4), "3.4.1")
    assert place.call("update") == 0
    assert f"newer version  0.0 MB  {path.name} -> {newer.name}" in capsys.readouterr().out
    assert place.call("fetch", *words) == 0
    assert capsys.readouterr().out == f"{place.cached(newer)}\n"
    assert place.server.count("download") == 5, "the file of another time is not brought"


def test_a_skymap_that_is_gone_is_brought_as_it_is_now(place, monkeypatch):
    for module in (update, skymaps):
        monkeypatch.setattr(module, "check_skymap", lambda path: (None, None))
    name = "themis/asi/skymaps/gill/themis_skymap_gill_20120101-+_v01.sav"
    place.server.add(name, b"old map")
    manifest = images(place)
    (place.root / read_manifest(manifest)["skymap"]["path"]).unlink()
    place.server.add(name, b"new map")
    (found,) = differences.differences(place.server.settings(), place.root, [manifest])
    assert [one.kind for one in found.changes] == ["not on disk"]
    update.update(place.server.settings(), place.root, [found])
    assert found.written == [manifest]
    assert found.notes == [f"{name.rsplit('/', 1)[1]} has another content now"]


def test_images_skymaps_and_images_that_are_good_now(place, monkeypatch):
    for module in (update, skymaps):
        monkeypatch.setattr(module, "check_skymap", lambda path: (None, None))
    damaged = put(place.folder, 2)
    good = damaged.read_bytes()
    damaged.write_bytes(good[:-300])
    place.server.add("themis/asi/skymaps/gill/themis_skymap_gill_20120101-+_v01.sav", b"old map")
    manifest = images(place)
    discard_images(place.root, "gill", Day.of_manifest(manifest).day, read_manifest(manifest)["files"][:1])
    damaged.write_bytes(good)
    put(place.folder, 3)
    bad = put(place.folder, 4)
    bad.write_bytes(bad.read_bytes()[:-300])
    place.server.add("themis/asi/skymaps/gill/themis_skymap_gill_20130101-+_v01.sav", b"new map")
    (found,) = differences.differences(place.server.settings(), place.root, [manifest])
    kinds = [(one.kind, one.new[9:13]) for one in found.changes]
    assert sorted(kinds) == [
        ("damaged, will be asked for again", "0002"), ("new file", "0003"), ("new file", "0004"),
        ("skymap", "ymap"),
    ]  # fmt: skip
    update.update(place.server.settings(), place.root, [found])
    assert not found.failure
    assert found.notes == [f"{damaged.name} is good now"]
    after = read_manifest(manifest)
    assert [one["status"] for one in after["files"]] == ["ok", "ok", "ok", "ok", "damaged"]
    assert after["skymap"]["valid_from"] == "2013-01-01"
    assert not (place.root / after["files"][0]["path"]).exists(), "discarded images are not brought again"
    (found,) = differences.differences(place.server.settings(), place.root, [manifest])
    update.update(place.server.settings(), place.root, [found])
    assert [one.kind for one in found.changes] == ["damaged, will be asked for again"]
    assert (found.written, found.failure) == ([], "")


# ---- verify


def test_d11_a_file_damaged_on_disk_is_found_moved_and_brought_again(made, capsys):
    path = made.cached(made.ions)
    flip(path)
    before = {one: one.read_bytes() for one in made.manifests.values()}
    assert made.call("verify") == 0
    said = capsys.readouterr().out
    assert f"brought again: {path.relative_to(made.root)}: its content changed (sha256); moved to" in said
    assert said.splitlines()[-1] == "2 manifests; files: 1 brought again, 1 good"
    assert path.read_bytes() == made.ions.read_bytes()
    assert (made.root / ".quarantine" / path.relative_to(made.root)).is_file()
    assert made.server.count("download") == 3
    assert {one: one.read_bytes() for one in before} == before
    made.server.requests.clear()
    assert made.call("verify") == 0
    assert "2 manifests; files: 2 good" in capsys.readouterr().out
    assert made.server.requests == []


def test_offline_bad_files_are_moved_and_stay_bad(made, capsys):
    path = made.cached(made.ions)
    moved = []
    for size in (10, 20):
        path.write_bytes(made.ions.read_bytes()[:size])
        made.server.requests.clear()
        assert made.call("verify", "--offline") == 1
        assert made.server.requests == []
        moved = sorted((made.root / ".quarantine").rglob("*.cdf*"))
    assert [one.stat().st_size for one in moved] == [10, 20], "a second one gets another name"
    said = capsys.readouterr().out
    assert f"it has 20 bytes, not {made.ions.stat().st_size}" in said
    assert "not brought again: --offline" in said
    assert not path.exists()
    assert made.call("verify") == 0
    assert "it is gone" in capsys.readouterr().out


def test_an_archive_that_has_only_a_newer_version_is_said(made, capsys):
    flip(made.cached(made.ions))
    newer = archive_file(made.folder, at(4), "3.4.1")
    made.ions.unlink()
    before = made.manifests[FAST].read_bytes()
    assert made.call("verify") == 1
    said = capsys.readouterr().out
    assert f"404 Not Found ({made.server.url}" in said
    assert f"the archive has {newer.name} instead: magnetoflow archive update" in said
    assert made.manifests[FAST].read_bytes() == before
    assert made.call("update") == 0
    assert read_manifest(made.manifests[FAST])["superseded"] == [
        made.ions.relative_to(made.folder).as_posix()
    ]
    assert made.call("verify") == 0
    assert "2 manifests; files: 2 good\n" in capsys.readouterr().out


def test_other_bytes_under_the_same_name_are_left_to_an_update(made, capsys):
    old = made.cached(made.ions).read_bytes()
    made.cached(made.ions).unlink()
    archive_file(made.folder, at(4), first=at(4, 1))
    assert made.ions.stat().st_size == len(old)
    assert made.call("verify") == 1
    said = capsys.readouterr().out
    assert "the server has another content under the same name" in said
    assert "magnetoflow archive update" in said
    assert not made.cached(made.ions).exists()
    assert made.call("update") == 0
    assert "has another content now" in capsys.readouterr().out
    assert made.call("verify") == 0
    assert read_manifest(made.manifests[FAST])["files"][0]["first"] == "2017-11-03T04:01:00.000000Z"


def test_an_older_version_that_nothing_uses_is_moved_and_forgotten(made, capsys):
    archive_file(made.folder, at(4), "3.4.1")
    assert made.call("update") == 0
    flip(made.cached(made.ions))
    made.server.requests.clear()
    assert made.call("verify") == 0
    assert "2 manifests; files: 2 good, 1 old version\n" in capsys.readouterr().out
    assert made.server.requests == []
    assert made.ions.name not in str(read_record(made.root, FAST, "mms1", DAY)["files"])
    assert made.call("verify") == 0
    assert "files: 2 good\n" in capsys.readouterr().out


def test_a_manifest_that_contradicts_its_record_harms_no_file(made, capsys):
    path = made.manifests[FAST]
    manifest = read_manifest(path)
    good = manifest["files"][0]["sha256"]
    manifest["files"][0]["sha256"] = "0" * 64
    write_json(path, manifest)
    assert made.call("verify") == 1
    assert "its manifest names another content than its record" in capsys.readouterr().out
    assert made.cached(made.ions).is_file()
    assert made.call("update") == 0
    assert files(path)[0][1] == good


def test_a_file_from_another_mirror_is_brought_from_where_it_is_listed_now(made):
    flip(made.cached(made.ions))
    with ArchiveServer(made.folder) as other:
        made.server.stop()
        made.server = other
        made.configure(EVENT)
        assert made.call("verify") == 0
        assert other.count("download") == 1


def test_without_network_files_stay_bad_and_one_server_is_tried_once(made, capsys):
    for path in (made.ions, made.field):
        flip(made.cached(path))
    made.server.stop()
    assert made.call("verify") == 1
    said = capsys.readouterr().out
    assert said.count("not brought again: ") == 2
    assert "2 manifests; files: 2 bad" in said


def test_a_record_without_manifest_counts_unless_a_study_is_named(made, capsys):
    other = archive_file(made.folder, at(4, day=5))
    words = ("--probe", "1", "--start", "2017-11-05T04", "--stop", "2017-11-05T05")
    assert made.call("fetch", FAST, *words) == 0
    flip(made.cached(other))
    assert made.call("verify", "--study", "mms_gmm") == 0
    assert made.call("verify", "--offline") == 1
    assert f"bad: {other.relative_to(made.folder)}" in capsys.readouterr().out


def test_discarded_images_are_skipped(place, capsys):
    manifest = images(place)
    discard_images(place.root, "gill", Day.of_manifest(manifest).day, read_manifest(manifest)["files"][:1])
    place.server.requests.clear()
    assert place.call("verify") == 0
    assert "1 manifest; files: 1 discarded, 1 good" in capsys.readouterr().out
    assert place.server.requests == []


def test_a_folder_is_only_read(place, capsys):
    good, bad = put(place.folder, 0), put(place.folder, 1)
    changed = archive_file(place.folder, at(4))
    place.configure(EVENT, archive=str(place.folder))
    source = source_name(str(place.folder))
    write_json(place.data / f"manifests/{source}/themis_asi/gill/20140310.json", image_manifest(place.folder))
    from magnetoflow.archive.manifests import build_manifest

    content = build_manifest(source, place.folder, FAST, "mms1", DAY)
    write_json(place.data / f"manifests/{source}/{FAST}/mms1/20171103.json", content)
    assert place.call("verify") == 0
    assert "2 manifests; files: 3 good" in capsys.readouterr().out
    flip(changed)
    flip(bad, 100)
    old = place.folder / ".x.pgm.gz.part.gz"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    before = state(place.folder)
    assert place.call("verify") == 1
    said = capsys.readouterr().out
    assert (
        f"bad: {changed.relative_to(place.folder)}: its content changed (sha256); the archive is only" in said
    )
    assert f"bad: {bad.relative_to(place.folder)}: " in said, "images have no sha256 there: the gate decides"
    assert "2 manifests; files: 2 bad, 1 good" in said
    assert good.name not in said
    assert state(place.folder) == before
    assert not place.root.exists()
    assert place.server.requests == []


def test_a_name_that_leads_out_of_the_archive_is_refused(made, tmp_path, capsys):
    (tmp_path / "mine").write_text("x")
    manifest = read_manifest(made.manifests[FAST])
    manifest["files"][0]["path"] = "../../mine"
    write_json(made.manifests[FAST], manifest)
    assert made.call("verify") == 1
    assert "outside the archive" in capsys.readouterr().err
    assert (tmp_path / "mine").is_file()


def test_what_downloads_left_is_removed_when_it_is_old_and_nobody_has_it(made, capsys):
    folder = made.cached(made.ions).parent
    names = ["a.cdf.part.cdf", "a.cdf.part.cdf.json", "b.cdf.part.cdf", "c.cdf.part.cdf", "m.123.part.json"]
    paths = [folder / f".{name}" for name in names]
    for path in paths:
        path.write_bytes(b"x")
        os.utime(path, (time.time() - leftovers.LEFTOVER_S - 60,) * 2)
    os.utime(paths[2])
    with locked(made.root, folder / "c.cdf"):
        assert made.call("verify") == 0
    assert [path.exists() for path in paths] == [False, False, True, True, False]
    assert capsys.readouterr().out.count("removed: ") == 3
    assert made.call("verify") == 0
    assert [path.exists() for path in paths] == [False, False, True, False, False]
