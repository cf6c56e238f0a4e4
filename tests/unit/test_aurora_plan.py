"""What events may be, which shards they make, and what the command line makes of its options."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from magnetoflow.cli.arguments import parser
from magnetoflow.cli.overlay import check, overlay_of
from magnetoflow.config import CameraEvent, check_config, merge_files
from magnetoflow.config.lines import merge
from magnetoflow.config.load import REPOSITORY, SHIPPED
from magnetoflow.errors import ConfigError
from magnetoflow.workflow.archive import Archive
from magnetoflow.workflow.aurora import Plan
from magnetoflow.workflow.shards import dated, shards_of

MODELS = REPOSITORY / "magnetoflow" / "aurora" / "model"
DAYS = {"start": "2014-03-10", "stop": "2014-03-12"}
SHEET = "camera,date,start_frame,end_frame,classification\ngill,20140310,0,99,pa\nrank,20140311,0,99,cl\n"
TEXT = "# one\n# two\n\ndate,time,prediction,prediction_str,confidence\n20140310,06:00:00,3,pulsating,0.9\n"


def config_with(**section):
    return check_config(merge(merge_files(SHIPPED), {"aurora": section}), SHIPPED)


def refusal(**section):
    with pytest.raises(ConfigError) as caught:
        config_with(**section)
    return str(caught.value)


def event(start, stop, **more):
    return CameraEvent(**({"id": "one", "site": "gill", "start": start, "stop": stop} | more))


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (24, ["2014-03-10T22:30-00:00", "2014-03-11T00:00-03:15"]),
        (1, ["2014-03-10T22:30-23:00", "2014-03-10T23:00-00:00", "2014-03-11T00:00-01:00",
             "2014-03-11T01:00-02:00", "2014-03-11T02:00-03:00", "2014-03-11T03:00-03:15"]),
        (12, ["2014-03-10T22:30-00:00", "2014-03-11T00:00-03:15"]),
    ],
)  # fmt: skip
def test_events_are_cut_at_the_borders_of_shards(hours, expected):
    found = list(shards_of(event("2014-03-10T22:30", "2014-03-11T03:15"), hours))
    assert [f"{start:%Y-%m-%dT%H:%M}-{stop:%H:%M}" for _, (start, stop) in found] == expected
    assert all(int(shard[2]) % hours == 0 for shard, _ in found)
    assert found[0][0] == ("gill", "20140310", f"{22 // hours * hours:02}")


def test_a_period_is_one_event_per_camera_and_need_not_have_images():
    events = config_with(
        events={"start": "2014-03-10", "stop": "2014-03-12", "sites": ["gill", "rank"]}
    ).aurora.events
    assert [one.site for one in events] == ["gill", "rank"]
    assert not any(one.required for one in events)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ({"start": "2014-03-10", "sites": ["gill"]}, "aurora.events.stop: required key is missing"),
        ({**DAYS, "sites": []}, "aurora.events.sites: found []; the list is empty"),
        ({**DAYS, "sites": ["oslo"]}, "no such camera"),
        ({"start": "2014-03-12", "stop": "2014-03-10", "sites": ["gill"]}, "stop must be later than start"),
        ({"start": "1999-03-10", "stop": "1999-03-11", "sites": ["gill"]}, "before the first cameras"),
        ("labels", "events: labels needs aurora.labels.files"),
        ("predictions", "events: predictions needs aurora.predictions"),
        ("none.csv", "file not found: none.csv"),
    ],
)  # fmt: skip
def test_events_that_are_none(events, expected):
    message = refusal(events=events)
    assert expected in message
    assert "found []; the list is empty" not in message or "sites" in message


def test_camera_days_of_a_label_sheet_and_of_predictions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("sheet.csv").write_text(SHEET)
    folder = Path("texts/2014/03/10")
    folder.mkdir(parents=True)
    (folder / "20140310_gill_themis_classifications.txt").write_text(TEXT)
    for events, more in (("sheet.csv", {}), ("labels", {"labels": {"files": ["sheet.csv"]}})):
        found = config_with(events=events, **more).aurora.events
        assert [one.id for one in found] == ["gill_20140310", "rank_20140311"]
    config = config_with(events="predictions", predictions="texts")
    plan = Plan(config, Archive(config), MODELS)
    assert plan.camera_days == [("gill", "20140310")]
    assert plan.every_shard("x") == plan.labelled_shards("x") == []
    assert plan.text == "folder"
    lacking = config_with(predictions="texts")
    with pytest.raises(ConfigError, match="no predictions of a camera-day"):
        Plan(lacking, Archive(lacking), MODELS)
    elsewhere = config_with(predictions="texts", events={**DAYS, "sites": ["kuuj"]})
    with pytest.raises(ConfigError, match="no predictions of any camera-day of the events"):
        Plan(elsewhere, Archive(elsewhere), MODELS)


def test_the_plan_of_the_sample():
    config = config_with()
    plan = Plan(config, Archive(config), MODELS)
    assert len(plan.camera_days) == 8
    assert plan.sites == ["gill", "rank"]
    assert len(plan.label_files) == 3
    assert plan.shard_names("gill", "20161231") == ["00"]
    with pytest.raises(ConfigError, match="gill 20150101 is no camera-day of the events"):
        plan.shard_names("gill", "20150101")
    with pytest.raises(ConfigError, match=r"fsim is no camera of the events(?s:.*)gill, rank"):
        plan.days_of_site("{day}")(SimpleNamespace(site="fsim"))
    with pytest.raises(ConfigError, match=r"07 is no shard(?s:.*)shard_hours: 24 the date has 00"):
        plan.check_shard(SimpleNamespace(site="gill", day="20161231", hour="07"))


def test_events_that_touch_are_one_part_of_a_shard():
    pair = [
        {"id": "a", "site": "gill", "start": "2014-03-10T06:10", "stop": "2014-03-10T06:20"},
        {"id": "b", "site": "gill", "start": "2014-03-10T06:00", "stop": "2014-03-10T06:10"},
        {"id": "c", "site": "gill", "start": "2014-03-10T07:00", "stop": "2014-03-10T07:10"},
    ]
    config = config_with(events=pair)
    (parts,) = Plan(config, Archive(config), MODELS).parts.values()
    assert [(start.hour, start.minute, stop.minute) for start, stop in parts] == [(6, 0, 20), (7, 0, 10)]


def test_paths_of_a_camera_day():
    assert dated("{dated}/{day}_{site} {dashed}", "gill", "20140310") == "2014/03/10/20140310_gill 2014-03-10"


def test_defaults_of_the_preprocessing_depend_on_chain_and_variant():
    def resolved(**keys):
        one = config_with(preprocess=keys, model={"source": "fit"}).aurora.preprocess.resolved()
        return one.clip, one.tiles, one.size

    assert resolved() == (3.0, 8, 64)
    assert resolved(chain="compatible") == (3.0, 8, 224)
    assert resolved(chain="compatible", variant="pfrr") == (300.0, 4, 224)
    assert resolved(chain="compatible", clip=2, tiles=4) == (2.0, 4, 224)
    assert "variant pfrr is one of the compatible chain" in refusal(preprocess={"variant": "pfrr"})


def options(*words):
    return parser().parse_args(["aurora", *words])


def test_a_period_on_the_command_line():
    words = [
        "--start",
        "2014-03-10",
        "--end",
        "2014-03-12",
        "--sites",
        "gill,rank",
        "pina",
        "--archive",
        "sample",
    ]
    overlay = overlay_of(options(*words))
    assert overlay["aurora"]["events"] == {
        "start": "2014-03-10", "stop": "2014-03-12", "sites": ["gill", "rank", "pina"],
    }  # fmt: skip
    assert len(check(overlay, []).aurora.events) == 3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--start", "2014-03-10"], "a period needs --stop and --sites too"),
        (["--events", "x.csv", "--sites", "gill"], "--events excludes --sites"),
    ],
)
def test_half_a_period_is_refused(words, expected):
    with pytest.raises(ConfigError, match=expected):
        overlay_of(options(*words))


def test_predictions_on_the_command_line_are_their_own_events():
    overlay = overlay_of(options("--predictions", "texts", "--labels", "a.xlsx", "b.csv"))
    assert overlay["aurora"] == {
        "predictions": "texts", "events": "predictions", "labels": {"files": ["a.xlsx", "b.csv"]},
    }  # fmt: skip


def test_years_of_cameras_are_planned_in_seconds():
    """Twenty cameras over a year: 7300 camera-days, each once."""
    sites = ["atha", "chbg", "fsim", "fsmi", "fykn", "gako", "gbay", "gill", "inuv", "kapu",
             "kian", "kuuj", "mcgr", "nrsq", "pgeo", "pina", "rank", "snkq", "talo", "tpas"]  # fmt: skip
    config = config_with(events={"start": "2014-01-01", "stop": "2015-01-01", "sites": sites})
    plan = Plan(config, Archive(config), MODELS)
    assert len(plan.camera_days) == len(plan.parts) == 7300
    assert plan.parts["gill", "20140310", "00"] == [
        (datetime(2014, 3, 10, tzinfo=UTC), datetime(2014, 3, 11, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--start", "2014-03-10", "--stop", "2014-03-09", "--sites", "gill"], "aurora.events.stop"),
        (["--start", "2014-03-10", "--stop", "2014-03-11", "--sites", "GILL"], "aurora.events.sites[0]"),
        (["--predictions", "nowhere"], "aurora.predictions: no folder 'nowhere'"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_option_is_said_to_stand_on_the_command_line(words, expected):
    overlay = overlay_of(options(*words))
    with pytest.raises(ConfigError) as caught:
        check(overlay, [])
    assert f"command line: {expected}" in str(caught.value)
    assert "1 mistake" in str(caught.value)
