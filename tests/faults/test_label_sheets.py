"""Label spreadsheets that cannot be read: one clear error with file, sheet, row and what is allowed."""

import io
import pickle
import random
import zipfile

import pytest
from openpyxl import Workbook

from magnetoflow.errors import ConfigError
from magnetoflow.io import spreadsheets
from magnetoflow.io.label_sheets import read_label_sheet

HEADER = [
    "Date",
    "camera",
    "Start time",
    "End time",
    "Classification",
    "Start frame",
    "End frame",
    "Confidence",
]
GOOD = ["2012-12-17", "gill", "04:51:48", "09:35:18", "p", "05806", "11468", "4"]


def xlsx(path, *rows, title="themis"):
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def refusal(path):
    with pytest.raises(ConfigError) as caught:
        read_label_sheet(path)
    return str(caught.value)


def changed(**cells):
    row = list(GOOD)
    for name, cell in cells.items():
        row[[column.lower().replace(" ", "_") for column in HEADER].index(name)] = cell
    return row


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (changed(classification="xx"), "unknown code 'xx'; allowed: bad viewing, bv, cl"),
        (changed(classification=None), "unknown code ''"),
        (changed(classification="p, xx"), "unknown code 'p, xx'"),
        (changed(camera="home"), "unknown site 'home'; allowed: atha, chbg"),
        (changed(camera=None), "unknown site ''"),
        (changed(end_frame=28_800), "frame 28800 is outside the day: a UTC day has frames 0 to 28799"),
        (changed(start_frame=-1), "frame -1 is outside the day"),
        (changed(start_frame="12a"), "'12a' is not a whole number"),
        (changed(start_frame=12.5), "'12.5' is not a whole number"),
        (changed(start_frame=True), "'True' is not a whole number"),
        (changed(start_frame=11_469), "end frame 11468 before start frame 11469"),
        (changed(start_frame=None), "start frame is missing"),
        (changed(end_time="25:00:00"), "time '25:00:00' is outside the day"),
        (changed(end_time="24:00:01"), "time '24:00:01' is outside the day"),
        (changed(end_time="09:75:18"), "time '09:75:18' is outside the day"),
        (changed(end_time="late"), "'late' is not a time"),
        (changed(start_frame=None, end_frame=None, end_time="01:00:00"),
         "end time 01:00:00 before start time 04:51:48"),
        (changed(start_frame=None, end_frame=None, end_time=None), "end time is missing"),
        (changed(start_frame=None, end_frame=None, start_time=None, end_time=None),
         "neither frames nor times"),
        (changed(date="17.12.2012"), "'17.12.2012' is not a date; write 2020-01-29"),
        (changed(date="20121317"), "month must be in 1..12"),
        (changed(date=41260), "'41260' is not a date"),
        (changed(date="1912-12-17"), "1912-12-17 is not between 2000-01-01"),
        (changed(date=None), "'' is not a date"),
        (changed(confidence="high"), "confidence 'high' is not a number"),
        (changed(confidence="nan"), "confidence 'nan' is not a number"),
        (changed(start_frame="9" * 400), "is not a whole number"),
    ],
)  # fmt: skip
def test_a_bad_row(tmp_path, row, reason):
    message = refusal(xlsx(tmp_path / "my labels.xlsx", HEADER, GOOD, row))
    assert reason in message
    assert f"where: {tmp_path / 'my labels.xlsx'}:themis:3\n" in message


def test_several_bad_rows_are_told_at_once_but_not_all_of_them(tmp_path):
    message = refusal(xlsx(tmp_path / "a.xlsx", HEADER, *[changed(camera=f"x{k}") for k in range(20)]))
    assert "a.xlsx:themis:3: unknown site 'x1'" in message
    assert message.endswith("and 15 more rows\n  do: correct these rows, or remove them")


@pytest.mark.parametrize(
    ("drop", "reason"),
    [
        ("Date", "missing: date"),
        ("camera", "missing: camera"),
        ("Classification", "missing: classification"),
    ],
)
def test_a_missing_column(tmp_path, drop, reason):
    keep = [index for index, name in enumerate(HEADER) if name != drop]
    rows = [[row[index] for index in keep] for row in (HEADER, GOOD)]
    message = refusal(xlsx(tmp_path / "a.xlsx", *rows))
    assert reason in message
    assert "a.xlsx:themis:1" in message
    assert "columns: date, camera (or a sheet named after its site), classification" in message


def test_neither_frames_nor_times_as_columns_and_a_column_twice(tmp_path):
    message = refusal(xlsx(tmp_path / "a.xlsx", ["Date", "camera", "type", "End frame"], ["20121217"]))
    assert "missing: start frame and end frame, or start time and end time" in message
    assert "more than one: classification" in refusal(xlsx(tmp_path / "b.xlsx", [*HEADER, "type"], GOOD))


def test_nothing_to_read(tmp_path):
    assert "no rows below the column row" in refusal(xlsx(tmp_path / "a.xlsx", HEADER))
    message = refusal(xlsx(tmp_path / "b.xlsx", ["some", "thing"], title="notes"))
    assert "none of the first rows names its columns; sheets: 'notes'" in message
    assert "No such file" in refusal(tmp_path / "none.xlsx")
    assert "s a directory" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n ", "it is empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel file"),
        (pickle.dumps({"a": 1}), "it is a pickle"),
        (b"<!doctype html><table><tr><td>date</td></tr></table>", "HTML"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5"),
        (b"PK\x03\x04 not a zip", "damaged xlsx"),
        (b"date,camera\xff,", "neither xlsx nor UTF-8 text"),
        (b"date,camera,type\0,", "NUL bytes"),
        (b"date;camera;type;start frame;end frame\n20121217;gill;p;1;2\n", "none of the first rows"),
        (b'date,camera,type,start frame,end frame\n"20121217,gill', "unexpected end of data"),
    ],
)
def test_another_kind_of_file(tmp_path, content, reason):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert reason in refusal(path)


def packed(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return path


def test_archives_that_unpack_to_too_much_or_are_not_a_workbook(tmp_path):
    bomb = packed(tmp_path / "a.xlsx", xl__workbook_xml=b" " * (spreadsheets.MAX_UNPACKED + 1))
    assert bomb.stat().st_size < 100_000
    assert "spreadsheet too large" in refusal(bomb)
    assert "without xl/workbook.xml" in refusal(packed(tmp_path / "b.xlsx", word__document_xml=b"<a/>"))
    entities = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    assert "declares a document type" in refusal(packed(tmp_path / "c.xlsx", xl__workbook_xml=entities))
    (tmp_path / "d.xlsx").write_bytes(bytes(spreadsheets.MAX_BYTES + 1))
    assert "spreadsheet too large" in refusal(tmp_path / "d.xlsx")


def with_sheet(path, content):
    """A good workbook whose sheet is replaced."""
    with zipfile.ZipFile(xlsx(path, HEADER, GOOD)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in members.items():
            archive.writestr(name, part)
    return path


def test_sheets_with_too_many_rows_or_rows_that_no_sheet_has(tmp_path, monkeypatch):
    begin = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    row = b'<row r="999999999999"><c r="A1" t="n"><v>1</v></c></row></sheetData></worksheet>'
    assert "at most" in refusal(with_sheet(tmp_path / "a.xlsx", begin + row))
    assert "damaged xlsx" in refusal(with_sheet(tmp_path / "b.xlsx", begin))
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 10)
    assert "at most 10 rows" in refusal(xlsx(tmp_path / "c.xlsx", HEADER, *[GOOD] * 11))


def test_a_formula_is_not_run(tmp_path):
    message = refusal(xlsx(tmp_path / "a.xlsx", HEADER, changed(start_frame="=1+1")))
    assert "start frame is missing" in message


def test_damaged_anywhere_never_more_than_the_typed_error(tmp_path):
    good = xlsx(tmp_path / "good.xlsx", HEADER, *[GOOD] * 5).read_bytes()
    draw = random.Random(3)
    path, refused = tmp_path / "bad.xlsx", 0
    for trial in range(150):
        content = bytearray(good)
        if trial % 3 == 0:
            content = content[: draw.randrange(len(content))]
        elif trial % 3 == 1:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        else:  # damage below the checksums: in the XML itself
            content = damaged_xml(good, draw)
        path.write_bytes(content)
        try:
            read_label_sheet(path)
        except ConfigError:
            refused += 1
    assert refused > 75


def damaged_xml(good, draw):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as source, zipfile.ZipFile(target, "w") as copy:
        chosen = draw.choice([name for name in source.namelist() if name.startswith("xl/")])
        for name in source.namelist():
            part = bytearray(source.read(name))
            if name == chosen:
                for _ in range(3):
                    part[draw.randrange(len(part))] = draw.randrange(256)
            copy.writestr(name, bytes(part))
    return target.getvalue()
