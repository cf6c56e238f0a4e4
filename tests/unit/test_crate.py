"""`run.json` as an RO-Crate: what it must hold, in all five studies, and what can go wrong in their input."""

import json
import re
import shutil

import pytest
import yaml

from magnetoflow.errors import ArchiveError
from magnetoflow.io.crate.models import kind_of_data
from magnetoflow.io.crate.record import Made, study_crate
from magnetoflow.io.crate.studies import LICENCE, STUDIES
from magnetoflow.io.crate.work_times import work_times
from tests.crates import check_document, inputs, listed
from tests.runs import ROOT

TIMES = {"startTime", "endTime", "datePublished"}
GOOD = {
    "path": "mms/mms1/mms1_fgm_srvy_l2_20171103_v5.99.0.cdf", "slot": "2017-11-03T00:00:00Z",
    "version": "5.99.0", "size": 300, "sha256": "ab", "status": "ok", "reason": None,
    "first": "2017-11-03T00:00:01Z", "last": "2017-11-03T23:59:59Z",
}  # fmt: skip
BAD = {
    **GOOD, "path": "mms/mms1/mms1_fgm_srvy_l2_20171104_v5.99.0.cdf", "sha256": "cd", "status": "damaged",
    "reason": "MD5 trailer does not match the content", "first": None, "last": None,
}  # fmt: skip
FROM = {"url": "https://archive.example/a%20b.cdf", "fetched": "2026-01-02T03:04:05Z"}
IMAGES = [
    {
        "path": f"themis/asi/{minute}.pgm.gz",
        "size": 1000 + minute,
        "sha256": None,
        "status": "ok",
        "reason": None,
    }
    for minute in range(3)
]


def manifest(folder, stem, product="mms_fgm_srvy", probe="mms1", files=(), **more):
    """Write a manifest; return its path."""
    about = {"source": "sample", "root": "/archive of mine", "product": product, "probe": probe}
    about |= {"day": "2017-11-03", "missing": None if files else "no file of that day", "files": list(files)}
    path = folder / "manifests" / product / probe / f"{stem}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**about, **more}))
    return path


@pytest.fixture
def made(tmp_path):
    """What a study could have made: two tables, one of them with a failed event, and a model."""
    folder = tmp_path / "results"
    (folder / "model").mkdir(parents=True)
    (folder / "a table.csv").write_text("x\n1\n")
    (folder / "failed.csv").write_text("event,error,reason\nlost,CorruptFile,truncated\n")
    about = {
        "id": "m1",
        "trained_on": "synthetic sample data",
        "recipe": "r",
        "arrays_sha256": "ef",
        "w": [1],
    }
    (folder / "model/model.json").write_text(json.dumps(about))
    (folder / "model/arrays.npz").write_bytes(b"arrays")
    for kind, name in (("classifications", "a.txt"), ("frames", "a.csv"), ("event/series", "b.csv")):
        (folder / kind).mkdir(parents=True)
        (folder / kind / name).write_text("x\n")
    results = [
        folder / name for name in ("a table.csv", "failed.csv", "model/model.json", "model/arrays.npz")
    ]
    manifests = [
        manifest(tmp_path, "20171103", files=[GOOD, BAD]),
        manifest(tmp_path, "20171103", "mms_defeph"),
        manifest(
            tmp_path, "20140310", "themis_asi", "gill", IMAGES, skymap=None, skymap_reason="none is dated"
        ),
    ]
    return Made(folder, results, manifests, [], [folder / "model/model.json"])


def recorded(made, study="mms_gmm", **config):
    return study_crate(study, made, {"archive": "sample", study: config}, "c0de")


def checked(made, study="mms_gmm", **config):
    return check_document(recorded(made, study, **config), made.folder)


@pytest.mark.parametrize("study", STUDIES)
def test_the_crate_of_each_study_is_one_and_names_what_went_wrong(made, study):
    crate = checked(made, study, events=[{"id": "lost"}])
    given = inputs(crate)
    files = {
        crate[part["@id"]]["sha256"]: crate[part["@id"]]
        for part in given["mms_fgm_srvy/mms1/20171103"]["hasPart"]
    }
    assert files["ab"]["@id"] == f"file:///archive%20of%20mine/{GOOD['path']}"
    assert files["ab"]["creativeWorkStatus"] == "ok"
    assert files["ab"]["version"] == "5.99.0"
    assert files["ab"]["temporalCoverage"] == f"{GOOD['first']}/{GOOD['last']}"
    assert files["cd"]["creativeWorkStatus"] == "damaged"
    assert files["cd"]["description"] == BAD["reason"]
    missing = given["mms_defeph/mms1/20171103"]
    assert missing["creativeWorkStatus"] == "missing"
    assert missing["description"] == "no file of that day"
    assert crate["#failed/1"]["name"] == "Event lost"
    assert crate["#failed/1"]["error"] == "CorruptFile: truncated"
    assert crate["#archive/sample"]["name"] == "synthetic sample data"
    assert {one["@id"] for one in crate["#run"]["result"]} >= {
        "a%20table.csv",
        "failed.csv",
        "model/arrays.npz",
    }
    assert json.loads(crate[f"#config/{study}.events"]["value"]) == [{"id": "lost"}]
    assert json.loads(crate["#config/archive"]["value"]) == "sample"
    assert {one["@id"] for one in listed(crate["./"].get("citation"))} == {
        f"https://doi.org/{doi}" for doi in STUDIES[study].publications
    }
    folders = {name for name, one in crate.items() if one["@type"] == "Dataset"} - {"./"}
    assert folders == {"aurora": {"classifications/", "frames/"}, "mms_mp": {"event/series/"}}.get(
        study, set()
    )


def test_images_are_counted_and_a_missing_skymap_is_told(made, tmp_path):
    one = inputs(checked(made))["themis_asi/gill/20140310"]
    assert one["collectionSize"] == 3
    assert one["contentSize"] == "3003"
    assert one["description"] == "none is dated"
    assert "hasPart" not in one
    (tmp_path / "manifests/themis_asi/gill/20140310.json").unlink()
    skymap = {
        "path": "m_20130901-+_v02.sav",
        "size": 9,
        "sha256": "ef",
        "url": "https://a.example/m_20130901-%2B.sav",
    }
    refused = {
        **IMAGES[0],
        "status": "damaged",
        "reason": "CRC",
        "url": "https://a.example/0",
        "fetched": None,
    }
    files = [refused, *IMAGES[1:]]
    manifest(tmp_path, "20140310", "themis_asi", "gill", files, skymap=skymap, skymap_reason=None)
    crate = checked(made)
    other = inputs(crate)["themis_asi/gill/20140310"]
    assert other["sha256"] == one["sha256"], "the list is the same"
    assert {part["@id"] for part in other["hasPart"]} == {skymap["url"], refused["url"]}
    assert crate[skymap["url"]]["sha256"] == "ef"
    assert crate[refused["url"]]["description"] == "CRC"
    manifest(
        tmp_path, "20140310", "themis_asi", "gill", skymap=None, skymap_reason="none", missing="no image"
    )
    lost = inputs(checked(made))["themis_asi/gill/20140310"]
    assert lost["creativeWorkStatus"] == "missing"
    assert lost["description"] == "no image; none"
    assert lost["collectionSize"] == 0


def test_a_file_from_afar_has_its_address_and_the_time_when_it_was_brought(made, tmp_path):
    manifest(tmp_path, "20171103", files=[{**GOOD, **FROM}], source="remote")
    crate = checked(made)
    file = crate[FROM["url"]]
    assert file["sdDatePublished"] == FROM["fetched"]
    assert file["identifier"] == GOOD["path"]
    assert inputs(crate)["mms_fgm_srvy/mms1/20171103"]["isPartOf"] == {"@id": "#archive/remote"}


def test_a_file_in_two_manifests_is_one_unless_it_was_replaced_between_them(made, tmp_path):
    parts = [
        manifest(tmp_path, f"20171103_{n}", files=[{**GOOD, "sha256": sha}]) for n, sha in enumerate("xxy")
    ]
    crate = checked(Made(made.folder, made.results, parts))
    found = {name: one["sha256"] for name, one in crate.items() if one.get("identifier") == GOOD["path"]}
    assert sorted(found.values()) == ["x", "y"]
    last = inputs(crate)["mms_fgm_srvy/mms1/20171103_2"]["hasPart"]["@id"]
    assert found[last] == "y"


def test_equal_runs_differ_in_times_only_and_nothing_hangs_on_the_order(made):
    turned = Made(made.folder, made.results[::-1], made.manifests[::-1], [], made.models)
    texts = []
    for one in (made, turned):
        document = recorded(one, model={"a": 1, "b": 2})
        for entity in document["@graph"]:
            for name in TIMES & entity.keys():
                entity[name] = ""
        texts.append(json.dumps(document))
    assert texts[0] == texts[1]


def test_a_changed_table_a_lost_entity_and_a_nested_one_are_seen(made):
    """The check itself: each MUST that it looks for can fail."""
    document = recorded(made)
    assert check_document(document, made.folder)
    for broken in (
        lambda graph: graph.append(graph[2]),
        lambda graph: graph.remove(next(one for one in graph if one["@id"] == "failed.csv")),
        lambda graph: graph[1].pop("license"),
        lambda graph: graph[1].update(about={"@id": "#x", "name": "nested"}),
        lambda graph: graph[1].update(colour="red"),
        lambda graph: graph[0].pop("conformsTo"),
    ):
        copy = json.loads(json.dumps(document))
        broken(copy["@graph"])
        with pytest.raises((AssertionError, KeyError)):
            check_document(copy, made.folder)
    (made.folder / "a table.csv").write_text("x\n2\n")
    with pytest.raises(AssertionError):
        check_document(document, made.folder)


def test_files_that_the_configuration_names_are_inputs_too(made, tmp_path):
    sheet = tmp_path / "labels of mine.xlsx"
    sheet.write_bytes(b"sheet")
    crate = checked(Made(made.folder, made.results, [], [sheet]), "aurora")
    assert crate[sheet.as_uri()]["contentSize"] == "5"
    assert {"@id": sheet.as_uri()} in crate["#run"]["object"]


def test_a_manifest_that_cannot_be_read_is_named(made, tmp_path):
    path = tmp_path / "manifests/mms_defeph/mms1/20171103.json"
    path.write_text("{")
    with pytest.raises(ArchiveError, match=re.escape(str(path))):
        recorded(made)


def test_work_began_with_the_first_job_and_ended_with_the_last(made):
    logs = made.folder / "logs"
    assert work_times(logs) == (None, None)
    (logs / "event").mkdir(parents=True)
    (logs / "event/load.log").write_text(
        "2026-01-01T10:00:00Z INFO rule load {}\n2026-01-01T10:00:01Z WARNING 2025-01-01T00:00:00Z INFO\n"
        "2026-01-01T10:00:05Z INFO done, process 1\n"
    )
    (logs / "tables.log").write_text(
        "2026-01-01T11:00:00Z INFO rule tables {}\n2026-01-01T11:00:02Z INFO done, process 2\n"
    )
    (logs / "run.log").write_text("2026-01-01T11:00:03Z INFO rule run {}\n")
    (logs / "other.log").write_text("no log of ours\n")
    assert work_times(logs) == ("2026-01-01T10:00:00+00:00", "2026-01-01T11:00:02+00:00")
    run = checked(made)["#run"]
    assert run["endTime"] == "2026-01-01T11:00:02+00:00"


@pytest.mark.parametrize(
    ("trained_on", "kind"),
    [
        ("synthetic sample data", "synthetic"),
        ("trajectories through an analytic model of reconnection sites", "synthetic"),
        ("a particle-in-cell run (doi:10.1029/2025JA034383)", "synthetic"),
        ("labelled cuts", "synthetic"),
        ("476641 labelled frames of 37 camera-days, sites fsmi, gill", "measured"),
        ("remote, 3 events, 2013-03-01 to 2013-03-12", "measured"),
        ("folder, 3 events, 2013-03-01 to 2013-03-12", "unknown"),
        ("", "unknown"),
        ("mine.pt, sha256 0123456789abcdef", "unknown"),
    ],
)
def test_a_model_is_synthetic_measured_or_unknown_by_what_it_was_trained_on(trained_on, kind):
    assert kind_of_data(trained_on) == kind


def test_what_our_models_are_trained_on_is_synthetic_but_for_the_published_smoother():
    paths = [*ROOT.glob("magnetoflow/*/model/*.json"), *ROOT.glob("magnetoflow/*/model/*/model.json")]
    kinds = {path.name: kind_of_data(json.loads(path.read_text())["trained_on"]) for path in paths}
    assert kinds == {
        "model.json": "synthetic",
        "smoother_sample.json": "synthetic",
        "smoother_published.json": "measured",
    }


def test_publications_and_licence_are_those_of_the_documentation():
    cited = (ROOT / "docs/citation.bib").read_text()
    for study, about in STUDIES.items():
        page = (ROOT / f"docs/{study}.md").read_text() + (cited if study == "mms_mp" else "")
        assert not [doi for doi in about.publications if doi not in page]
    assert set(re.findall(r"doi = \{(.*?)\}", cited)) == set(STUDIES["mms_mp"].publications)
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["license"] == LICENCE
    assert (ROOT / "LICENSE").read_text().startswith(f"{LICENCE} License")


def test_a_results_folder_that_was_moved_is_still_a_crate(made, tmp_path):
    document = recorded(made)
    moved = tmp_path / "elsewhere"
    shutil.move(made.folder, moved)
    assert check_document(document, moved)
