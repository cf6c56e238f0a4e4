"""Configuration faults F27, C1, C2, and YAML as an attack: refused before any job, with file and line."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from magnetoflow.config import check_config, merge_files
from magnetoflow.config.base import MAX_EVENTS
from magnetoflow.config.load import SHIPPED
from magnetoflow.errors import ConfigError

GOOD = {"id": "one", "probe": 1, "start": "2015-10-17T04:55", "stop": "2015-10-17T16:42"}


def refusal_of(folder, text):
    """What is said about a file, read and merged as Snakemake does it."""
    path = folder / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        check_config(merge_files([*SHIPPED, path]), [*SHIPPED, path])
    return str(caught.value)


def event_refusal(folder, **keys):
    lines = ["mms_gmm:", "  events:", "    -"]
    lines += [f"      {key}: {value}" for key, value in {**GOOD, **keys}.items() if value is not ...]
    return refusal_of(folder, "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("keys", "line", "expected"),
    [
        ({"stop": "2015-10-17T04:55"}, 7, "stop: found '2015-10-17T04:55'; stop must be later than start"),
        ({"stop": "2015-10-17T04:00"}, 7, "stop must be later than start"),
        ({"start": "2015-10-17", "stop": "2015-10-17"}, 7, "a date without time means 00:00"),
        ({"start": "2015-10-17T04:55:00+02:00"}, 6, "time with a zone"),
        ({"start": "'2015-10-17T04:55-05:00'"}, 6, "time with a zone"),
        ({"start": "yesterday"}, 6, "not a time: 'yesterday'"),
        ({"start": "1445057700"}, 6, "expected a UTC time"),
        ({"start": "no"}, 6, "expected a UTC time"),
        ({"start": "2014-10-17T04:55"}, 6, "before the launch of MMS"),
        ({"stop": "2999-10-17T04:55"}, 7, "in the future"),
        ({"probe": "5"}, 5, "found 5; expected less than or equal to 4"),
        ({"probe": "0"}, 5, "found 0; expected greater than or equal to 1"),
        ({"probe": "1.5"}, 5, "found 1.5"),
        ({"probe": "yes"}, 5, "YAML reads yes, no, on, off"),
        ({"probe": "[1, 2]"}, 5, "expected a valid integer"),
        ({"probe": "2015-10-17"}, 5, "expected a number, this is a date"),
        ({"id": "no"}, 4, "put it in quotes"),
        ({"id": "20151017"}, 4, "put it in quotes"),
        ({"id": "2015-10-17"}, 4, "put it in quotes"),
        ({"id": "../../x"}, 4, "found '../../x'; allowed are 1 to 80 letters, digits, _ and -"),
        ({"id": "/etc/passwd"}, 4, "allowed are"),
        ({"id": '"one\\n"'}, 4, "found 'one\\n'; allowed are"),
        ({"id": "a" * 81}, 4, "allowed are"),
        ({"id": "'$(reboot)'"}, 4, "allowed are"),
        ({"id": "{name: one}"}, 4, "expected text"),
        ({"id": "null"}, 4, "found nothing"),
        ({"rate": "burst"}, 8, "found 'burst'; expected 'fast' or 'brst'"),
        ({"prob": "1"}, 8, "unknown key; did you mean probe? allowed: id, probe, start, stop, rate"),
        ({"start": ...}, 4, "start: required key is missing"),
    ],
)
def test_f27_c2_a_wrong_event_is_refused_with_its_line(tmp_path, keys, line, expected):
    message = event_refusal(tmp_path, **keys)
    assert expected in message
    assert re.search(rf"mine\.yaml:{line}: mms_gmm\.events\[0\]", message), message


def test_f27_an_event_that_is_still_under_way_is_refused(tmp_path):
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert "in the future; it is now" in event_refusal(tmp_path, stop=f"'{soon}'")


def test_f27_repeated_ids_are_all_listed_beside_other_mistakes(tmp_path):
    rows = [f"{{id: {name}, probe: {probe}, start: 2016-01-01, stop: 2016-01-02}}" for name, probe in
            (("a", 1), ("b", 9), ("a", 1), ("b", 1))]  # fmt: skip
    text = "mms_gmm:\n  events:\n" + "".join(f"    - {row}\n" for row in rows)
    message = refusal_of(tmp_path, text)
    assert "3 mistakes" in message
    assert "mine.yaml:4: mms_gmm.events[1].probe: found 9" in message
    assert "mine.yaml:5: mms_gmm.events[2].id: repeated id: 'a' is also the id of events[0]" in message
    assert "mine.yaml:6: mms_gmm.events[3].id: repeated id: 'b' is also the id of events[1]" in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("archives: x\n", "mine.yaml:1: archives: unknown key; did you mean archive?"),
        ("mms_gmm:\n  model:\n    kind: x\n", "mine.yaml:3: mms_gmm.model.kind: unknown key"),
        ("__use_yte__: true\n", "__use_yte__: unknown key"),
        ("mms_gmm:\n", "mine.yaml:1: mms_gmm: found nothing; expected keys and values"),
        ("mms_gmm: []\n", "mine.yaml:1: mms_gmm: found []; expected keys and values"),
        ("mms_gmm:\n  events: []\n", "mine.yaml:2: mms_gmm.events: found []; the list is empty"),
        ("mms_gmm:\n  events: {a: 1}\n", "mine.yaml:2: mms_gmm.events: found {'a': 1}; expected a list"),
        (
            "mms_gmm:\n  events: [one]\n",
            "mine.yaml:2: mms_gmm.events[0]: found 'one'; expected keys and values",
        ),
        ("studies: []\n", "mine.yaml:1: studies: found []; the list is empty"),
        ("studies: mms_gmm\n", "mine.yaml:1: studies: found 'mms_gmm'; expected a list"),
        ("studies: [mms_gmm, mms_gmm]\n", "a value stands more than once"),
        ("results: ''\n", "expected a folder name, found nothing"),
        ("results: 2015\n", "mine.yaml:1: results: found 2015; expected text"),
        ("results: no\n", "put it in quotes"),
        ("results: out/{event}\n", "may not hold braces"),
        (
            "mms_gmm:\n  labels:\n    min_probability: .nan\n",
            "mine.yaml:3: mms_gmm.labels.min_probability: found nan",
        ),
        ("mms_gmm:\n  model:\n    reg_covar: .inf\n", "found inf; expected a finite number"),
        ("mms_gmm:\n  model:\n    components: [4, 4]\n", "a value stands more than once"),
        ("mms_gmm:\n  load:\n    flag_bits: [32]\n", "mine.yaml:3: mms_gmm.load.flag_bits[0]: found 32"),
        ("results: a\nresults: b\n", "mine.yaml:2: results: key stands twice"),
        (
            "mms_gmm:\n  model:\n    seed: 1\n    seed: 2\n",
            "mine.yaml:4: mms_gmm.model.seed: key stands twice",
        ),
    ],
)
def test_f27_wrong_keys_and_values_are_refused(tmp_path, text, expected):
    assert expected in refusal_of(tmp_path, text)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("'3'", True),
        ("3", True),
        ("'3.0'", True),
        ("'true'", False),
        ("true", False),
        ("'3;4'", False),
        ("''", False),
    ],
)
def test_c1_numbers_given_as_text_are_converted_or_refused(tmp_path, value, good):
    key = "mms_gmm:\n  model:\n    n_init: "
    if good:
        (tmp_path / "mine.yaml").write_text(key + value)
        config = check_config(merge_files([*SHIPPED, tmp_path / "mine.yaml"]))
        assert config.mms_gmm.model.n_init == 3
    else:
        assert "mine.yaml:3: mms_gmm.model.n_init: found" in refusal_of(tmp_path, key + value)


@pytest.mark.parametrize("value", ["maybe", "2", "[true]", "2015-10-17"])
def test_c1_a_switch_that_is_neither_true_nor_false_is_refused(tmp_path, value):
    assert "skip_failed: found" in refusal_of(tmp_path, f"mms_gmm:\n  skip_failed: {value}\n")


def test_f27_too_many_events_are_refused(tmp_path):
    rows = "".join(f"    - {{id: e{n}, probe: 1, start: 1, stop: 1}}\n" for n in range(MAX_EVENTS + 1))
    message = refusal_of(tmp_path, "mms_gmm:\n  events:\n" + rows)
    assert f"{MAX_EVENTS + 1} events; at most {MAX_EVENTS} in one run" in message
    table = tmp_path / "events.csv"
    row = "2015-10-17T04:55,2015-10-17T16:42\n"
    table.write_text("id,probe,start,stop\n" + "".join(f"e{n},1,{row}" for n in range(100_000)))
    assert "100000 events; at most" in refusal_of(tmp_path, f"mms_gmm:\n  events: {table}\n")


def test_f27_the_largest_list_is_read(tmp_path):
    table = tmp_path / "events.csv"
    row = "2015-10-17T04:55,2015-10-17T16:42\n"
    table.write_text("id,probe,start,stop\n" + "".join(f"e{n},1,{row}" for n in range(MAX_EVENTS)))
    assert len(check_config({"mms_gmm": {"events": str(table)}}).mms_gmm.events) == MAX_EVENTS


def test_a_flood_of_mistakes_is_cut(tmp_path):
    rows = "".join(f"    - {{id: e{n}, probe: 7}}\n" for n in range(1000))
    message = refusal_of(tmp_path, "mms_gmm:\n  events:\n" + rows)
    assert "3000 mistakes" in message
    assert len(message.splitlines()) == 52


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BOMB, "too many values"),
        ("a: &a [*a]\n", "alias inside itself"),
        ("a: &a {b: *a}\n", "alias inside itself"),
        ("a: " + "[" * 300 + "]" * 300, "nested too deep"),
        ("a: " + "[" * 100_000 + "]" * 100_000, "mine.yaml"),
        (
            "a: !!python/object/apply:os.system ['touch hacked']\n",
            "mine.yaml:1\n  why: could not determine a constructor",
        ),
        ("a: !!python/name:os.system\n", "not YAML"),
        ("a: !local x\n", "not YAML"),
        ("a: [1\nb: 2\n", "not YAML\n  where:"),
        ("\ta: 1\n", "mine.yaml:1"),
        ("a: b: c\n", "mine.yaml:1"),
        ("- a\n", "not a configuration"),
        ("just text\n", "not a configuration"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("? [a]\n: b\n", "mine.yaml"),
        ("? {a: b}\n: c\n", "not YAML"),
        ("a: *missing\n", "mine.yaml:1"),
        ("start: 2015-02-30T00:00:00\n", "day is out of range"),
        (b"a: \xff\xfe\n", "not UTF-8"),
        (b"a: \x00\n", "not YAML"),
        (b"\x1f\x8b\x08\x00", "not UTF-8"),
        (b"x" * 5_000_001, "too large"),
    ],
)
def test_yaml_as_an_attack_is_refused_quickly(tmp_path, text, expected, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = time.monotonic()
    assert expected in refusal_of(tmp_path, text)
    assert time.monotonic() - start < 5
    assert not (tmp_path / "hacked").exists()


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigError, match="configuration file not readable"):
            merge_files([path])


def test_values_are_shown_short_and_without_control_characters(tmp_path):
    message = refusal_of(tmp_path, 'results: "\\e[31m{' + "x" * 5000 + '"\n')
    assert "\x1b" not in message
    assert len(message) < 500


def test_what_is_accepted_survives_a_round_trip(tmp_path):
    config = check_config(merge_files(SHIPPED))
    path = tmp_path / "again.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    assert check_config(merge_files([path]), [path]) == config
