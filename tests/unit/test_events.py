"""Event lists in CSV: what spreadsheets write is read, and errors name file and row."""

import pytest

from magnetoflow.config import check_config
from magnetoflow.errors import ConfigError

HEAD = "id,probe,start,stop,rate\n"
ROW = "one,1,2015-10-17T04:55,2015-10-17T16:42,fast\n"


def events(folder, text, *, encoding="utf-8"):
    path = folder / "events.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return check_config({"mms_gmm": {"events": str(path)}}).mms_gmm.events


def refusal(folder, text, **keys):
    with pytest.raises(ConfigError) as caught:
        events(folder, text, **keys)
    return str(caught.value)


def test_list_and_csv_give_the_same_events(tmp_path):
    listed = {
        "id": "one",
        "probe": 1,
        "start": "2015-10-17T04:55",
        "stop": "2015-10-17T16:42",
        "rate": "fast",
    }
    assert events(tmp_path, HEAD + ROW) == check_config({"mms_gmm": {"events": [listed]}}).mms_gmm.events


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (HEAD + ROW, "utf-8-sig"),
        ((HEAD + ROW).replace("\n", "\r\n"), "utf-8"),
        (
            '"id","probe","start","stop","rate"\n"one","1","2015-10-17T04:55","2015-10-17T16:42","fast"',
            "utf-8",
        ),
        ("stop,start, id ,probe\n2015-10-17T16:42,2015-10-17 04:55 , one,1\n\n,,,\n", "utf-8"),
        (HEAD + "one,1,2015-10-17T04:55,2015-10-17T16:42,\n", "utf-8"),
    ],
    ids=["byte-order mark", "CRLF", "quoted", "other order, blanks, empty rows", "empty optional cell"],
)
def test_what_spreadsheets_write_is_read(tmp_path, text, encoding):
    assert events(tmp_path, text, encoding=encoding) == events(tmp_path, HEAD + ROW)


def test_an_id_of_digits_is_text_in_a_csv(tmp_path):
    assert events(tmp_path, HEAD + ROW.replace("one", "20151017"))[0].id == "20151017"


def test_a_mistake_names_the_row(tmp_path):
    text = HEAD + ROW + "two,5,2015-10-17T04:55,2015-10-17T16:42,fast\nthree,1,2016-01-02,2016-01-01,slow\n"
    message = refusal(tmp_path, text)
    assert f"{tmp_path}/events.csv:3: mms_gmm.events[1].probe: found '5'" in message
    assert (
        f"{tmp_path}/events.csv:4: mms_gmm.events[2].stop: found '2016-01-01'; stop must be later" in message
    )
    assert (
        f"{tmp_path}/events.csv:4: mms_gmm.events[2].rate: found 'slow'; expected 'fast' or 'brst'" in message
    )


def test_rows_are_counted_in_lines_of_the_file(tmp_path):
    text = HEAD + "\n" + ROW + '"a\nb",1,2016-01-01,2016-01-02,fast\n' + ROW
    message = refusal(tmp_path, text)
    assert "events.csv:5: mms_gmm.events[1].id" in message
    assert "events.csv:6: mms_gmm.events[2].id: repeated id: 'one' is also the id of events[0]" in message


def test_ids_that_differ_in_case_only_are_repeats(tmp_path):
    assert "events.csv:3: mms_gmm.events[1].id: repeated id: 'ONE'" in refusal(
        tmp_path, HEAD + ROW + ROW.replace("one", "ONE")
    )


def test_an_empty_required_cell_is_missing(tmp_path):
    assert "events.csv:2: mms_gmm.events[0].probe: required key is missing" in refusal(
        tmp_path, HEAD + ROW.replace(",1,", ",,")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "missing column 'id', 'probe', 'start', 'stop'"),
        (HEAD.replace("rate", "comment") + ROW, "unknown column 'comment'"),
        (HEAD.replace("rate", "id") + ROW, "repeated column 'id'"),
        ((HEAD + ROW).replace(",", ";"), "separated by commas"),
        (HEAD + ROW.replace(",fast", ",fast,x"), "events.csv:2\n  why: found 6, the column row has 5"),
        (HEAD + '"one', "not a CSV row"),
        (HEAD, "the list is empty"),
        (HEAD + "one\0", "NUL"),
        ((HEAD + ROW.replace("one", "é")).encode("latin-1"), "not UTF-8"),
        (b"\x50\x4b\x03\x04" + bytes(range(256)), "not UTF-8"),
    ],
)
def test_what_is_no_event_list_is_refused(tmp_path, text, expected):
    assert expected in refusal(tmp_path, text)


def test_a_list_that_does_not_exist_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"file not found: none\.csv"):
        check_config({"mms_gmm": {"events": "none.csv"}})


def test_the_working_directory_comes_before_the_repository(tmp_path, monkeypatch):
    folder = tmp_path / "config" / "events"
    folder.mkdir(parents=True)
    (folder / "mms_gmm.csv").write_text(HEAD + ROW)
    monkeypatch.chdir(tmp_path)
    found = check_config({"mms_gmm": {"events": "config/events/mms_gmm.csv"}}).mms_gmm.events
    assert [event.id for event in found] == ["one"]
