"""`magnetoflow archive plan`, `status` and `fetch`: what is said before and after anything is fetched."""

import csv
import shutil
import threading
from concurrent.futures import CancelledError
from datetime import UTC, date, datetime, timedelta

import pytest

from magnetoflow.archive.manifests import build_manifest, manifest_path
from magnetoflow.archive.remote import listings, plan, status
from magnetoflow.archive.remote.days import remote_manifest
from magnetoflow.archive.remote.discard import discard_images
from magnetoflow.archive.source import source_name
from magnetoflow.cli import main
from magnetoflow.config import check_config, merge_files
from magnetoflow.config.common import STUDIES
from magnetoflow.config.load import REPOSITORY, SHIPPED
from magnetoflow.errors import ConfigError, NoNetwork
from magnetoflow.io.atomic import write_json
from magnetoflow.times import days_between, parse_utc
from magnetoflow.workflow import mms_mp, rept_pad
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.needs import manifests_of
from tests.archive_faults import status as answers
from tests.archive_server import ArchiveServer
from tests.unit.archive_commands import EVENT, FIELD, LATER, NEXT, Place, flip, state
from tests.unit.asi_files import put
from tests.unit.test_manifests import FAST, archive_file, at

MORNING = ("--probe", "1", "--start", "2017-11-03T04", "--stop", "2017-11-03T05")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "served").mkdir()
    with ArchiveServer(tmp_path / "served") as server:
        yield Place(tmp_path, server)


# ---- plan


def test_a_plan_lists_files_and_bytes_and_fetches_and_writes_nothing(place, capsys, tmp_path):
    ions, field = place.serve()
    place.configure(EVENT, NEXT)
    assert place.call("plan", "--csv", str(tmp_path / "plan.csv")) == 1, "of the 4th there is nothing"
    said = capsys.readouterr().out
    assert "2017-11-03 04:30:00-05:30:00" in said
    size = ions.stat().st_size + field.stat().st_size
    assert f"2 events: 2 files, 0 there, 0 on disk to be checked, 2 to bring: {size / 1e6:.1f} MB\n" in said
    assert "nothing there: nothing listed\n" in said
    assert "its events are those of the sample" not in said
    assert "not released" not in said
    assert place.server.count("download") == 0
    assert not place.data.exists()
    with (tmp_path / "plan.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["event"], row["product"], row["to_bring"]) for row in rows[:3]] == [
        ("mms_gmm/e1", FAST, "1"), ("mms_gmm/e1", FIELD, "1"), ("mms_gmm/e2", FAST, "0"),
    ]  # fmt: skip
    assert sum(int(row["bytes"]) for row in rows) == size
    assert rows[2]["why"].startswith("none of 0 files listed is of mms1 and 2017-11-04")
    assert place.server.url in rows[2]["why"]
    assert place.call("plan", "mms_gmm/e1") == 0
    assert "1 event: 2 files" in capsys.readouterr().out


def test_a_plan_counts_what_is_there_and_what_is_to_be_checked(place, capsys):
    ions, field = place.serve()
    second = archive_file(place.folder, at(8), records=9)
    place.make()
    place.configure(EVENT, LATER)
    assert place.call("plan") == 0
    said = capsys.readouterr().out
    size = second.stat().st_size
    assert f"3 files, 2 there, 0 on disk to be checked, 1 to bring: {size / 1e6:.1f} MB" in said
    assert place.server.count("file_info") == 2, "the listing in use is that of the record"
    shutil.copy(second, place.cached(second))
    for path in place.root.rglob("*.json"):
        path.unlink()
    for path in (place.data / "manifests").rglob("*.json"):
        path.unlink()
    assert place.call("plan") == 0
    assert "3 files, 0 there, 3 on disk to be checked, 0 to bring: 0.0 MB" in capsys.readouterr().out
    flip(place.cached(ions))
    place.cached(field).unlink()
    place.cached(second).write_bytes(b"x")
    assert place.call("plan") == 0
    assert "1 on disk to be checked, 2 to bring" in capsys.readouterr().out


def test_a_file_that_two_events_need_counts_once(place, capsys):
    place.serve()
    place.configure(EVENT, {**EVENT, "id": "e0", "start": "2017-11-03T04:40"})
    assert place.call("plan") == 0
    said = capsys.readouterr().out
    assert "2 events: 2 files" in said
    assert said.count(FAST) == 2


def test_a_plan_counts_gone_files_of_manifests(place, capsys):
    ions, _ = place.serve()
    place.make()
    place.cached(ions).unlink()
    assert place.call("plan") == 1
    said = capsys.readouterr().out
    assert "gone: a run brings them again, of the same content\n" in said
    assert (
        f"2 files, 1 there, 0 on disk to be checked, 1 to bring: {ions.stat().st_size / 1e6:.1f} MB" in said
    )


def test_a_plan_of_the_events_of_the_sample_says_so(place, capsys):
    place.configure({**EVENT, "id": "sample_x"})
    assert place.call("plan", "--study", "mms_gmm") == 1
    assert "mms_gmm: its events are those of the sample, which" in capsys.readouterr().out


def test_a_plan_over_the_limit_says_so(place, capsys):
    size = sum(path.stat().st_size for path in place.serve())
    place.configure(EVENT, max_download_gb=size / 1e9)
    assert place.call("plan") == 0
    place.configure(EVENT, max_download_gb=size / 1e9 * 0.99)
    assert place.call("plan") == 1
    assert "more than remote.max_download_gb" in capsys.readouterr().out


def test_a_listing_that_fails_leaves_the_others(place, capsys):
    place.serve()
    place.server.fault("instrument_id=fgm", answers(500))
    assert place.call("plan") == 1
    said = capsys.readouterr().out
    assert "not known: " in said
    assert "500" in said
    assert "not in these sums: 1 day " in said
    assert "1 to bring" in said
    place.server.mend()
    place.server.fault("instrument_id=fgm", answers(403))
    assert place.call("plan") == 1
    assert "not released: the server answered 403" in capsys.readouterr().out


def test_sizes_that_are_not_exact_are_about(place):
    sizes = [put(place.folder, minute).stat().st_size for minute in (0, 1)]
    needs = {"aurora/gill_20140310": [place.data / "manifests/remote/themis_asi/gill/20140310.json"]}
    (row,) = plan.plan(place.server.settings(images="api"), place.root, needs)
    assert [(one.bytes, one.exact) for one in row.bring] == [(plan.UNKNOWN_BYTES, False)] * 2
    (row,) = plan.plan(place.server.settings(), place.root, needs)
    need = plan.total([row])
    assert not need.exact
    assert need.bytes == pytest.approx(sum(sizes), rel=0.1)


def test_one_listing_of_a_month_is_asked_for_once(place):
    paths = []
    for day in range(3, 9):
        archive_file(place.folder, at(4, day=day))
        paths.append(manifest_path(place.data, "remote", FAST, "mms1", date(2017, 11, day)))
    rows = plan.plan(place.server.settings(mms="spdf"), place.root, {"mms_gmm/e": paths})
    assert [len(row.bring) for row in rows] == [1] * 6
    assert len(place.server.requests) <= listings.AT_ONCE
    place.configure(EVENT, mms="spdf")
    place.server.requests.clear()
    assert place.call("fetch", FAST, "--probe", "1", "--start", "2017-11-03", "--stop", "2017-11-08") == 0
    assert place.server.count("/spdf/", "GET") - place.server.count(".cdf") == 1


def test_a_plan_of_images_that_were_used_and_deleted(place):
    size = put(place.folder, 0).stat().st_size
    manifest = place.data / "manifests/remote/themis_asi/gill/20140310.json"
    needs = {"aurora/gill_20140310": [manifest]}
    write_json(manifest, remote_manifest(place.server.settings(), place.root, plan.Day.of_manifest(manifest)))
    discard_images(place.root, "gill", date(2014, 3, 10), plan.read_manifest(manifest)["files"])
    for made in (False, True):  # who deletes them takes the stamp away, too
        if made:
            manifest.with_suffix(".made").touch()
        (row,) = plan.plan(place.server.settings(), place.root, needs)
        assert (row.state, row.there, row.bring) == ("discarded", (), ())
        said = "used and deleted: 1 (remote.keep_raw: false); "
        assert row.why == f"{said}{size / 1e6:.1f} MB to bring if its shard runs again"
    manifest.unlink()
    (row,) = plan.plan(place.server.settings(), place.root, needs)
    assert (row.state, row.bring) == ("to bring", (plan.ToBring(row.files[0], size, exact=True),))


def test_items_are_taken_in_order_and_nobody_is_waited_for():
    assert list(listings.some_at_once(lambda n: n * n, range(9))) == [n * n for n in range(9)]
    assert list(listings.some_at_once(str, [])) == []
    held, begun = threading.Event(), []

    def wait(item):
        begun.append(item)
        assert held.wait(60)

    results = listings.some_at_once(lambda item: wait(item) if item else 0, range(99))
    assert next(results) == 0
    results.close()
    held.set()
    assert len(begun) <= listings.AT_ONCE + 1


def test_a_mistake_in_a_thread_ends_the_call(monkeypatch):
    shown = threading.Event()
    monkeypatch.setattr(threading, "excepthook", lambda _: shown.set())
    with pytest.raises(CancelledError):
        list(listings.some_at_once(lambda n: 1 / n, [0]))
    assert shown.wait(60)
    with pytest.raises(ConfigError):
        list(listings.some_at_once(parse_utc, ["x"]))


def test_without_network_a_silent_server_is_asked_no_more(place, capsys, monkeypatch):
    place.serve()
    place.configure(EVENT, NEXT)
    place.server.stop()
    assert place.call("plan") == 1
    said = capsys.readouterr().out
    assert (
        said.count(f"not known: no connection: Connection refused (attempt 2 of 2) ({place.server.url})\n")
        == 4
    )
    asked = []

    def text(_, url, params=None):
        asked.append(url)
        if "silent" in url:
            raise NoNetwork("x", url=url, why="it is silent")
        return "answer"

    monkeypatch.setattr(listings.Client, "text", text)
    with listings.Listings(place.server.settings()) as asker:
        for number in range(3):
            with pytest.raises(NoNetwork, match="it is silent"):
                asker.text(f"http://silent/{number}")
            assert asker.text("http://other/", {"a": "1"}) == "answer"
    assert asked == ["http://silent/0", "http://other/"]


# ---- status


def test_status_before_and_after_and_of_one_event(place, capsys):
    _, field = place.serve()
    place.configure(EVENT, NEXT)
    place.data.mkdir()
    assert place.call("status") == 1
    assert "0 of 4 manifests complete: 4 not brought yet" in capsys.readouterr().out
    place.make()
    place.server.stop()
    assert place.call("status", "--study", "mms_gmm/e1") == 0
    assert "2 of 2 manifests complete: 2 there" in capsys.readouterr().out
    assert place.call("status", "mms_gmm") == 1
    said = capsys.readouterr().out
    assert "2 of 4 manifests complete: 2 missing, 2 there" in said
    assert "missing: none of 0 files listed is of mms1 and 2017-11-04" in said
    place.cached(field).unlink()
    assert place.call("status", "mms_gmm/e1") == 1
    assert f"  gone: {field.name}\n" in capsys.readouterr().out


def test_status_of_a_day_that_was_brought_in_part(place, capsys):
    place.serve()
    for hour in (8, 9, 10):
        archive_file(place.folder, at(hour))
    assert place.call("fetch", FAST, *MORNING) == 0
    assert place.call("status") == 1
    assert "    1      1  not brought yet: 1 of 1 in the cache\n" in capsys.readouterr().out


def test_what_is_not_public_or_too_young_is_not_called_missing(place, capsys):
    place.serve()
    place.server.fault("download", answers(403), of="file")
    assert place.call("fetch", FAST, *MORNING) == 1
    assert place.call("status") == 1
    said = capsys.readouterr().out
    assert "not released: not public: 1, such as " in said
    assert "403" in said
    today = datetime.now(UTC)
    recent = {**EVENT, "start": f"{today - timedelta(days=20):%Y-%m-%dT04:00}",
              "stop": f"{today - timedelta(days=20):%Y-%m-%dT05:00}"}  # fmt: skip
    place.configure(recent)
    place.make()
    assert place.call("status") == 1
    said = capsys.readouterr().out
    assert "0 of 2 manifests complete: 2 not released" in said
    assert "20 days ago, and about 60 days are usual (assumed)" in said


def test_d18_a_folder_that_lacks_the_day_is_missing_without_network(place, capsys):
    archive_file(place.folder, at(4))
    place.configure(EVENT, archive=str(place.folder))
    source = source_name(str(place.folder))
    for product in (FAST, FIELD):
        path = manifest_path(place.data, source, product, "mms1", date(2017, 11, 3))
        write_json(path, build_manifest(source, place.folder, product, "mms1", date(2017, 11, 3)))
    assert place.call("status") == 1
    said = capsys.readouterr().out
    assert "missing: no file of that day in mms/mms1/fgm/srvy/l2/2017/11" in said
    assert "1 of 2 manifests complete: 1 missing, 1 there" in said
    assert place.call("verify") == 0
    assert place.server.requests == []


def test_nothing_that_reaches_over_midnight_is_not_missing(place, capsys):
    burst = "mms_fpi_brst_dis-moms"
    archive_file(place.folder, at(0, 5), product=burst)
    archive_file(place.folder, at(0), product="mms_fgm_brst")
    place.configure({**EVENT, "rate": "brst", "start": "2017-11-03T00:05", "stop": "2017-11-03T00:06"})
    assert place.call("plan") == 0
    place.make()
    assert [place.call("plan"), place.call("status")] == [0, 0]
    assert "20171102_240000_240000" in capsys.readouterr().out
    words = ("--probe", "1", "--start", "2017-11-03T00:05", "--stop", "2017-11-03T00:06")
    assert place.call("fetch", burst, *words) == 0


def test_status_of_images_that_are_discarded_or_damaged(place):
    put(place.folder, 0)
    path = put(place.folder, 1)
    path.write_bytes(path.read_bytes()[:-300])
    needs = {"aurora/gill_20140310": [place.data / "manifests/remote/themis_asi/gill/20140310.json"]}
    (manifest,) = needs["aurora/gill_20140310"]
    day = plan.Day.of_manifest(manifest)
    content = remote_manifest(place.server.settings(), place.root, day)
    write_json(manifest, content)
    (row,) = status.status("remote", place.root, needs)
    assert (row.state, row.files, row.there, row.damaged) == ("damaged", 2, 1, 1)
    assert row.why.startswith(f"{path.name}: ")
    assert "no skymap: " in row.why
    put(place.folder, 1)
    write_json(manifest, remote_manifest(place.server.settings(), place.root, day))
    discard_images(place.root, "gill", day.day, plan.read_manifest(manifest)["files"])
    (row,) = status.status("remote", place.root, needs)
    assert (row.state, row.discarded) == ("discarded", 2)
    assert row.state in status.COMPLETE


# ---- fetch


def test_files_of_a_product_are_brought_once_and_named(place, capsys):
    first, second = archive_file(place.folder, at(4)), archive_file(place.folder, at(6))
    words = ("fetch", FAST, "--probe", "mms1", "--start", "2017-11-03T05", "--stop", "2017-11-03T07")
    for _ in range(2):
        assert place.call(*words) == 0
        out = capsys.readouterr().out
        assert out.splitlines() == [str(place.cached(first)), str(place.cached(second))]
    assert place.server.count("download") == 2
    assert state(place.root / "mms") == state(place.folder / "mms")


def test_d12_a_truncated_file_is_not_kept_because_it_exists(place, capsys):
    path = archive_file(place.folder, at(4))
    cut = place.cached(path)
    cut.parent.mkdir(parents=True)
    cut.write_bytes(path.read_bytes()[:-100])
    assert place.call("fetch", FAST, *MORNING) == 0
    assert cut.read_bytes() == path.read_bytes()
    (moved,) = (place.root / ".quarantine").rglob("*.cdf")
    assert moved.read_bytes() == path.read_bytes()[:-100]


def test_images_of_poker_flat_are_brought_too(place, capsys):
    content = b"".join(card.ljust(80) for card in (b"SIMPLE  =  T", b"BITPIX  =  8", b"NAXIS   =  0", b"END"))
    for name in ("PKR_DASC_0558_20151007_082305.930.FITS", "PKR_DASC_0558_20151007_092305.930.FITS"):
        place.server.add(f"pfrr/2015/20151007/{name}", content.ljust(2880))
    words = ("--probe", "pkr", "--start", "2015-10-07T08", "--stop", "2015-10-07T09")
    assert place.call("fetch", "pfrr_dasc", *words) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(place.root / "pfrr/2015/20151007/PKR_DASC_0558_20151007_082305.930.FITS")
    ]


def test_what_cannot_be_brought_is_named_and_the_rest_is_there(place, capsys):
    paths = [archive_file(place.folder, at(hour)) for hour in (4, 6)]
    place.server.fault("20171103060000", answers(404), of="file")
    words = ("--probe", "1", "--start", "2017-11-02T23", "--stop", "2017-11-03T07")
    assert place.call("fetch", FAST, *words) == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [str(place.cached(paths[0]))]
    assert f"{FAST} mms1 2017-11-02: none of 2 files listed is of mms1 and 2017-11-02" in said.err
    assert f"{FAST} mms1 2017-11-03: {paths[1].name}: the server answered 404" in said.err


def test_a_file_that_is_damaged_in_the_archive_is_said_to_be(place, capsys):
    older, path = archive_file(place.folder, at(4), "3.3.0"), archive_file(place.folder, at(4))
    path.write_bytes(path.read_bytes()[:-100])
    assert place.call("fetch", FAST, *MORNING) == 1
    said = capsys.readouterr().err
    assert f"{path.name}: damaged in the archive: MD5 trailer" in said
    assert f"; two transfers gave the same bytes; an older version is listed: {older.name}; tell the" in said


def test_more_than_the_limit_is_not_begun(place, capsys):
    archive_file(place.folder, at(4))
    place.configure(EVENT, max_download_gb=1e-9)
    assert place.call("fetch", FAST, *MORNING) == 1
    assert "remote.max_download_gb is 1e-09" in capsys.readouterr().err
    assert place.server.count("download") == 0


@pytest.mark.parametrize(
    ("product", "words", "expected"),
    [
        ("mms_fgm_burst", {}, "did you mean mms_fgm_brst?"),
        ("x", {}, "known are mms_fpi_fast_dis-moms"),
        (FAST, {"--probe": "5"}, "no probe '5' of mms_fpi_fast_dis-moms\n  do: known are mms1, mms2"),
        ("rbsp_rept_l3", {"--probe": "1"}, "known are rbspa, rbspb"),
        ("themis_asi", {"--probe": "1"}, "known are atha"),
        ("pfrr_dasc", {"--probe": "558"}, "known are pkr, a wavelength"),
        (FAST, {"--start": "yesterday"}, "--start yesterday: not a UTC time"),
        (FAST, {"--stop": "2017-11-03T04"}, "stop must be later than start"),
        (FAST, {"--start": "2100-01-01", "--stop": "2100-01-02"}, "is in the future"),
    ],
)
def test_wrong_words_of_fetch(place, capsys, product, words, expected):
    given = dict(zip(MORNING[::2], MORNING[1::2], strict=True)) | words
    assert place.call("fetch", product, *(word for pair in given.items() for word in pair)) == 2
    assert expected in capsys.readouterr().err
    assert place.server.requests == []


# ---- all of them


@pytest.mark.parametrize("action", ["plan", "update", "fetch"])
def test_only_the_remote_archives_are_asked(action, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["archive", action, *((FAST, *MORNING) if action == "fetch" else ())]) == 2
    said = capsys.readouterr().err
    assert f"archive {action} is for the remote archives" in said
    assert "--archive remote" in said


def test_unknown_studies_and_events_and_a_call_without_events(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words, expected in (
        (["plan", "--archive", "remote"], "no study has events in this archive"),
        (["plan", "--archive", "remote"], "results/<study>/work/cli_….yaml"),
        (["plan", "--archive", "remote", "--study", "mms"], "no study 'mms'"),
        (["status", "mms_gmm/x"], "known are mms_gmm/sample_mms1_20171103"),
    ):
        assert main(["archive", *words]) == 2
        assert expected in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SystemExit, match="2"):
        main(["archive"])


def test_a_data_folder_that_is_none_is_said(place, capsys):
    for action in ("verify", "update", "status"):
        assert place.call(action, "--data", str(place.data)) == 2
        assert f"archive {action}: no data folder\n  where: {place.data}\n" in capsys.readouterr().err
    place.data.write_text("x")
    for action in ("verify", "update", "status", "plan"):
        assert place.call(action) == 2
        assert f"{place.data} is a file" in capsys.readouterr().err
    assert place.call("plan", "--data", str(place.data / "below")) == 2
    assert place.server.requests == []


def test_an_unknown_word_shows_the_usage_of_the_action(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["archive", "status", "--offline"])
    assert capsys.readouterr().err.startswith("usage: magnetoflow archive status ")


def test_an_interrupted_call_says_so(place, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(plan, "plan", interrupt)
    assert place.call("plan") == 130
    assert "interrupted" in capsys.readouterr().err


def test_all_studies_say_what_they_need():
    files = [*SHIPPED, REPOSITORY / "config/real.yaml"]
    config = check_config(merge_files(files) | {"archive": "remote"}, files)
    needs = manifests_of(config)
    assert {name.partition("/")[0] for name in needs} == {*STUDIES}
    for name, plan_of in (("mms_mp", mms_mp.Plan), ("rept_pad", rept_pad.Plan)):
        mine = {path for event, some in needs.items() if event.startswith(name) for path in some}
        assert mine == {*plan_of(config, Archive(config)).all_manifests()}
    for event in config.rept_pad.events:
        days = [path.rsplit("/", 1)[1] for path in needs[f"rept_pad/{event.id}"]]
        assert days == [f"{day:%Y%m%d}.json" for day in days_between(event.start, event.stop)]
        assert all(f"/rbsp{event.probe}/" in path for path in needs[f"rept_pad/{event.id}"])
    with pytest.raises(ConfigError, match="no study"):
        manifests_of(config, ["rept"])
