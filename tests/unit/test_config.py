"""The configuration: defaults, conversions, overlays, and where mistakes are said to stand."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from magnetoflow.config import Config, MmsGmm, check_config, merge_files
from magnetoflow.config.aurora import sample_events
from magnetoflow.config.base import LAUNCH
from magnetoflow.config.common import STUDIES, json_schema
from magnetoflow.config.lines import merge
from magnetoflow.config.load import REPOSITORY, SHIPPED
from magnetoflow.config.mms_mp import sample_events as crossing_events
from magnetoflow.config.mms_rnn import sample_events as tail_events
from magnetoflow.config.rept_pad import sample_events as electron_events
from magnetoflow.config.rept_pad import sample_storms
from magnetoflow.errors import ConfigError

EVENT = {"id": "one", "probe": 1, "start": "2015-10-17T04:55", "stop": "2015-10-17T16:42"}


def config_with(**keys):
    return {"mms_gmm": {"events": [EVENT], **keys}}


def refusal(config, files=()):
    with pytest.raises(ConfigError) as caught:
        check_config(config, files)
    return str(caught.value)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_files_hold_exactly_the_defaults():
    shipped = merge_files(SHIPPED)
    events = shipped["mms_gmm"].pop("events")
    images = shipped["aurora"].pop("events")
    bursts = shipped["mms_rnn"].pop("events")
    crossings = shipped["mms_mp"].pop("events")
    pads = shipped["rept_pad"].pop("events")
    shipped["rept_pad"].pop("storms")
    defaults = Config(mms_gmm=MmsGmm(events=[EVENT])).model_dump(mode="json")
    for study in STUDIES:
        defaults[study].pop("events")
    defaults["rept_pad"].pop("storms")
    assert shipped == defaults
    assert all(event["id"].startswith("sample_") for event in [*events, *images, *bursts, *crossings, *pads])


def test_the_sample_events_of_mms_rnn_are_those_of_the_sample():
    assert check_config(merge_files(SHIPPED), SHIPPED).mms_rnn.events == tail_events()


def test_the_sample_events_and_storms_of_rept_pad_are_those_of_the_sample():
    study = check_config(merge_files(SHIPPED), SHIPPED).rept_pad
    assert (study.events, study.storms) == (electron_events(), sample_storms())


def test_the_sample_events_of_mms_mp_are_those_of_the_sample():
    assert check_config(merge_files(SHIPPED), SHIPPED).mms_mp.events == crossing_events()


def test_the_sample_events_of_aurora_are_the_nights_of_the_sample():
    assert check_config(merge_files(SHIPPED), SHIPPED).aurora.events == sample_events()


def test_the_sample_events_are_the_demo_days_of_the_sample():
    from magnetoflow.sample.plan import DEMO, PROBE_DAYS

    events = check_config(merge_files(SHIPPED), SHIPPED).mms_gmm.events
    demo = [day for day in PROBE_DAYS if day.role == DEMO]
    assert [(event.probe, event.start.date()) for event in events] == [(day.probe, day.day) for day in demo]
    for event, day in zip(events, demo, strict=True):
        assert event.start <= day.start < day.stop <= event.stop


def test_real_overlay_reads_its_list_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [*SHIPPED, REPOSITORY / "config/real.yaml"]
    config = check_config(merge_files(files), files)
    assert len(config.aurora.events) == 38
    assert len(config.mms_rnn.events) == 23
    assert config.archive == "remote"
    found = {(event.probe, event.start, event.rate) for event in config.mms_gmm.events}
    assert (1, datetime(2015, 10, 17, 4, 55, tzinfo=UTC), "fast") in found
    assert (1, datetime(2015, 10, 16, 13, 5, tzinfo=UTC), "brst") in found


@pytest.mark.parametrize(
    "written",
    ["2015-10-17T04:55", "2015-10-17T04:55:00Z", "2015-10-17 04:55:00", "'2015-10-17T04:55+00:00'"],
)
def test_every_way_to_write_a_utc_time_in_yaml_is_the_same_event(written):
    event = yaml.safe_load(f"{{id: one, probe: 1, start: {written}, stop: 2015-10-17T16:42}}")
    checked = check_config({"mms_gmm": {"events": [event]}})
    assert checked.mms_gmm.events[0].start == datetime(2015, 10, 17, 4, 55, tzinfo=UTC)


def test_a_date_alone_is_its_midnight():
    event = yaml.safe_load("{id: one, probe: 1, start: 2015-10-17, stop: '2015-10-18'}")
    checked = check_config({"mms_gmm": {"events": [event]}}).mms_gmm.events[0]
    assert (checked.start, checked.stop) == (
        datetime(2015, 10, 17, tzinfo=UTC),
        datetime(2015, 10, 18, tzinfo=UTC),
    )


def test_start_with_seconds_is_kept():
    event = {**EVENT, "start": "2015-10-17T10:00:30.250"}
    start = check_config({"mms_gmm": {"events": [event]}}).mms_gmm.events[0].start
    assert start == datetime(2015, 10, 17, 10, 0, 30, 250_000, tzinfo=UTC)


def test_text_of_the_command_line_becomes_the_typed_value():
    as_text = config_with(
        skip_failed="true",
        model={"seed": "7", "reg_covar": "1e-3", "components": ["4", "5"]},
        cleaning={"width_sheath": "null", "b_magnetosphere_nt": "50"},
    )
    typed = config_with(
        skip_failed=True,
        model={"seed": 7, "reg_covar": 1e-3, "components": [4, 5]},
        cleaning={"width_sheath": None, "b_magnetosphere_nt": 50.0},
    )
    assert check_config(as_text) == check_config(typed)


def test_equal_settings_written_as_integer_or_float_dump_alike():
    one = check_config(config_with(features={"b_scale_nt": 50}))
    other = check_config(config_with(features={"b_scale_nt": 50.0}))
    assert one.model_dump_json() == other.model_dump_json()


def test_checking_leaves_the_given_dictionary_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "list.csv", "id,probe,start,stop\na,1,2016-01-01T00:00,2016-01-01T01:00\n")
    config = {"mms_gmm": {"events": "list.csv"}}
    check_config(config)
    assert config == {"mms_gmm": {"events": "list.csv"}}


def test_a_checked_configuration_is_frozen():
    with pytest.raises(ValidationError):
        check_config(config_with()).results = "elsewhere"


def test_merge_replaces_lists_and_joins_dictionaries_as_snakemake_does():
    from snakemake.utils import update_config

    base = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}
    overlay = {"a": {"c": [3]}, "d": 2, "f": {"g": 1}}
    merged = merge(base, overlay)
    update_config(base, overlay)
    assert merged == base == {"a": {"b": 1, "c": [3]}, "d": 2, "f": {"g": 1}}


def test_a_mistake_is_named_with_the_line_of_the_last_file_that_holds_the_key(tmp_path):
    base = write(tmp_path, "base.yaml", "mms_gmm:\n  events: []\n  model:\n    seed: 1\n    n_init: 3\n")
    mine = write(
        tmp_path,
        "mine.yaml",
        f"mms_gmm:\n  events: [{json.dumps(EVENT)}]\n  model:\n    source: fit\n    seed: -1\n",
    )
    message = refusal(merge_files([base, mine]), [base, mine])
    assert f"{mine}:5: mms_gmm.model.seed: found -1; expected greater than or equal to 0" in message
    assert "1 mistake" in message


def test_a_mistake_in_the_earlier_file_is_named_there_when_the_overlay_is_good(tmp_path):
    base = write(tmp_path, "base.yaml", "results: out\nmms_gmm:\n  labels:\n    min_probability: 2\n")
    mine = write(tmp_path, "mine.yaml", f"mms_gmm:\n  events: [{json.dumps(EVENT)}]\n")
    message = refusal(merge_files([base, mine]), [base, mine])
    assert f"{base}:4: mms_gmm.labels.min_probability: found 2" in message


def test_a_key_missing_in_an_overlays_event_is_not_looked_up_in_the_list_it_replaces(tmp_path):
    event = json.dumps(EVENT)
    base = write(tmp_path, "base.yaml", f"mms_gmm:\n  events:\n    - {event}\n")
    mine = write(
        tmp_path, "mine.yaml", "\nmms_gmm:\n  events:\n    - id: b\n      probe: 2\n      start: 2016-01-01\n"
    )
    message = refusal(merge_files([base, mine]), [base, mine])
    assert f"{mine}:4: mms_gmm.events[0].stop: required key is missing" in message


def test_shipped_files_are_taken_first_as_snakemake_names_them_last(tmp_path):
    mine = write(tmp_path, "mine.yaml", "mms_gmm:\n  lists:\n    min_minutes: 0\n")
    config = merge_files([*SHIPPED, mine])
    assert f"{mine}:3: mms_gmm.lists.min_minutes: found 0" in refusal(config, [mine, *SHIPPED])


def test_a_value_of_no_file_is_named_as_the_command_lines():
    config = merge(merge_files(SHIPPED), {"mms_gmm": {"model": {"seed": "many"}}, "resluts": "x"})
    message = refusal(config, SHIPPED)
    assert "command line: mms_gmm.model.seed: found 'many'; expected a valid integer" in message
    assert "command line: resluts: unknown key; did you mean results?" in message


def test_all_mistakes_are_listed_at_once():
    config = config_with(
        on_damaged="ignore", load={"spectrum": "xx"}, figures={"colours": {"unknown": "grey"}}
    )
    message = refusal(config)
    assert "3 mistakes" in message
    assert "mms_gmm.on_damaged: found 'ignore'; expected 'fail' or 'gap'" in message
    assert "mms_gmm.figures.colours.unknown: found 'grey'; expected a colour such as #0072B2" in message


def test_results_inside_an_archive_that_is_only_read_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mirror").mkdir()
    config = {"archive": "mirror", "results": "mirror/results", **config_with()}
    assert "results: inside the archive folder 'mirror', which is only read" in refusal(config)


@pytest.mark.parametrize(("key", "section"), [("archive", {}), ("source", {"model": {"source": "nowhere"}})])
def test_folders_that_do_not_exist_are_refused(key, section):
    config = config_with(**section)
    if key == "archive":
        config["archive"] = "nowhere"
    assert f"{key}: no folder 'nowhere'" in refusal(config)


def test_a_folder_in_the_home_directory_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_config({"results": "~/out/", **config_with()}).results == str(tmp_path / "out")


def test_events_before_the_launch_are_refused_and_at_the_launch_allowed():
    event = {**EVENT, "start": "2015-03-11T23:59", "stop": "2015-03-12T01:00"}
    assert "before the launch" in refusal({"mms_gmm": {"events": [event]}})
    at_launch = {**event, "start": LAUNCH.isoformat()}
    assert check_config({"mms_gmm": {"events": [at_launch]}}).mms_gmm.events[0].start == LAUNCH


def test_the_schema_accepts_the_shipped_files_and_refuses_an_unknown_key():
    jsonschema = pytest.importorskip("jsonschema")
    shipped = merge_files(SHIPPED)
    jsonschema.validate(shipped, json_schema())
    jsonschema.validate(merge_files([*SHIPPED, REPOSITORY / "config/real.yaml"]), json_schema())
    shipped["mms_gmm"]["modle"] = {}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(shipped, json_schema())


def test_schema_command_prints_the_schema_without_importing_numpy():
    code = "import runpy, sys; sys.argv = ['x', '--schema']\n"
    code += "try: runpy.run_module('magnetoflow.config', run_name='__main__')\nexcept SystemExit: pass\n"
    code += "assert not {'numpy', 'pandas', 'snakemake'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(json_schema()))
