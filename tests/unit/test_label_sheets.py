"""Label spreadsheets in every layout of the published ones, with their traps, built here cell by cell."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta

import pytest
from openpyxl import Workbook

from magnetoflow.aurora.classes import BAD_VIEWING, NO_AURORA, OTHER_AURORA, PULSATING, UNLABELLED
from magnetoflow.aurora.label_codes import possible_classes
from magnetoflow.io.label_sheets import camera_days, joined, read_label_sheet, without_days

THEMIS = ["Date", "camera", "Start time", "End time", "Classification", "Start frame", "End frame", "length"]


def xlsx(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def one(tmp_path, *cells, header=THEMIS):
    return read_label_sheet(xlsx(tmp_path / "a.xlsx", themis=[header, list(cells)])).rows[0]


def at(hour, minute, second, day=date(2012, 12, 17)):
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def test_a_row_of_a_themis_sheet(tmp_path):
    row = one(tmp_path, "2012-12-17", "fsim", "12:06:51", "13:08:15", "bv ", "13590 ", "14818", 1228, "smoke")
    assert (row.site, row.date) == ("fsim", date(2012, 12, 17))
    assert (row.start_frame, row.end_frame, row.n_frames) == (13590, 14818, 1229)
    assert (row.start_time, row.end_time) == (at(12, 6, 51), at(13, 8, 15))
    assert (row.label, row.code, row.confidence, row.where) == (BAD_VIEWING, "bv", None, "a.xlsx:themis:2")


@pytest.mark.parametrize(
    "cell", ["20121217", "2012-12-17", 20121217, 20121217.0, datetime(2012, 12, 17), " 2012-12-17 "]
)
def test_dates_in_every_type(tmp_path, cell):
    assert one(tmp_path, cell, "gill", None, None, "p", 1, 2).date == date(2012, 12, 17)


@pytest.mark.parametrize(
    "cell",
    ["04:08:36", "4.08.36", "4:08:36 ", time(4, 8, 36), datetime(2022, 10, 11, 4, 8, 36),
     timedelta(hours=4, minutes=8, seconds=36), (4 * 3600 + 8 * 60 + 36) / 86400],
)  # fmt: skip
def test_times_in_every_type(tmp_path, cell):
    row = one(tmp_path, "2012-12-17", "gill", cell, "24:00:00", "p", None, None)
    assert (row.start_time, row.end_time) == (at(4, 8, 36), at(0, 0, 0, date(2012, 12, 18)))
    assert row.n_frames == 0


@pytest.mark.parametrize("cell", ["00086", "86", "86 ", 86, 86.0])
def test_frames_in_every_type(tmp_path, cell):
    assert one(tmp_path, "2012-12-17", "GILL ", None, None, "p", cell, 86).start_frame == 86


@pytest.mark.parametrize(
    ("code", "label"),
    [("p", PULSATING), ("PA", PULSATING), ("ps", PULSATING), ("Pulasting", PULSATING),
     (" Pulsating", PULSATING), ("dis-sub", OTHER_AURORA), ("Diffuse, Discrete", OTHER_AURORA),
     ("sub", OTHER_AURORA),
     ("diff", OTHER_AURORA), ("cs", NO_AURORA), ("co, cm", NO_AURORA), ("no  Aurora", NO_AURORA),
     ("bv ", BAD_VIEWING), ("cl", BAD_VIEWING), ("s", BAD_VIEWING), ("Sunsrise", BAD_VIEWING),
     ("bad_viewing", BAD_VIEWING), ("other_aurora", OTHER_AURORA), ("p, diff", UNLABELLED)],
)  # fmt: skip
def test_codes(tmp_path, code, label):
    row = one(tmp_path, "2012-12-17", "gill", None, None, code, 0, 9)
    assert (row.label, row.code) == (label, code.strip())


def test_codes_that_are_not_a_class_still_say_whether_it_pulsates(tmp_path):
    rows = [
        one(tmp_path, "2012-12-17", "gill", None, None, code, 0, 9) for code in ("np ", "Patchy aurora", "p")
    ]
    assert [row.label for row in rows] == [UNLABELLED, UNLABELLED, PULSATING]
    assert [row.pulsating for row in rows] == [False, None, True]
    assert rows[0].possible == (NO_AURORA, OTHER_AURORA)
    assert "non-pulsating, good viewing, class unknown" in rows[0].note
    assert possible_classes("zz") is None


def test_own_codes_and_other_meanings(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", themis=[THEMIS, [20121217, "gill", None, None, "Haze", 0, 9]])
    assert read_label_sheet(path, codes={"haze": (BAD_VIEWING,)}).rows[0].label == BAD_VIEWING


def test_a_title_row_a_legend_and_a_sheet_named_after_its_site(tmp_path):
    path = xlsx(
        tmp_path / "b.xlsx",
        poker_flat=[
            ["Poker Flat"],
            THEMIS,
            ["2016-10-06", "pfrr", "14:55:45", "15:26:27", "s", "3438", "3598"],
        ],
        pfrr=[
            ["Date", "Start time", "End time", "Classification", "Confidence", "Start frame", "End frame"],
            [datetime(2016, 10, 6), "4.08.36", "8.00.17", "No aurora", 4, 86, 1274],
        ],
        legend=[["classification"], ["pulsating aurora", "across the entire sky", "p", "pulsating aurora"]],
    )
    table = read_label_sheet(path)
    assert [(row.site, row.label, row.where) for row in table.rows] == [
        ("pfrr", BAD_VIEWING, "b.xlsx:poker flat:3"),
        ("pfrr", NO_AURORA, "b.xlsx:pfrr:2"),
    ]
    assert table.rows[1].confidence == 4
    assert table.remarks == ("b.xlsx:legend: not a label sheet, left out",)


def test_other_column_names_order_and_a_numbered_sheet(tmp_path):
    path = xlsx(
        tmp_path / "c.xlsx",
        a=[
            ["start_frame", "end_frame", "Start time", "End time", "camera", "Date", "type", "confidence"],
            ["07547", "08585", "09:08:36", "10:00:30", "fsim", "2019-03-01", "pa", "4 "],
        ],
        b=[
            ["vid_num", "entry_num", "Date", "SITE", "Classification", "Start frame", "End frame", "notes"],
            ["1", "3", "2012-12-17", "atha", "p", "09506", "11469", "0960 fog"],
        ],
    )
    first, second = read_label_sheet(path).rows
    assert (first.start_frame, first.label, first.confidence) == (7547, PULSATING, 4)
    assert (second.end_frame, second.start_time, second.note) == (11469, None, "0960 fog")


def test_empty_rows_sums_and_a_row_at_the_end_of_the_sheet_do_not_count(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.title = "themis"
    sheet.append(THEMIS)
    sheet["A5"], sheet["B5"], sheet["E5"], sheet["F5"], sheet["G5"] = "20121217", "gill", "p", "1", "2"
    sheet["H9"] = "=SUM(H2:H8)"
    sheet.row_dimensions[1_048_576].height = 12
    sheet["A1048576"] = " "
    book.save(tmp_path / "a.xlsx")
    assert [row.where for row in read_label_sheet(tmp_path / "a.xlsx").rows] == ["a.xlsx:themis:5"]


def test_times_that_contradict_themselves_are_set_aside_where_frames_are_there(tmp_path):
    rows = [THEMIS, ["2012-12-17", "nrsq", "19:44:18", "19:28:00", "np", "12234", "12548"]]
    table = read_label_sheet(xlsx(tmp_path / "a.xlsx", themis=rows))
    assert (table.rows[0].start_time, table.rows[0].end_time, table.rows[0].n_frames) == (None, None, 315)
    assert table.remarks == (
        "a.xlsx:themis:2: end time 19:28:00 before start time 19:44:18; the frames are used",
    )


def test_csv_needs_neither_numpy_nor_openpyxl(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "camera,date,start_frame,end_frame,classification\ngill,20200129,0,6676,cl\n", "utf-8-sig"
    )
    assert read_label_sheet(path).rows[0].where == "a.csv:2"
    code = (
        "import sys; from magnetoflow.io.label_sheets import camera_days, read_label_sheet;"
        f"site = camera_days(read_label_sheet({str(path)!r}))[0][0];"
        "print(site, {'numpy', 'openpyxl'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["gill", "set()"]


def test_camera_days_and_days_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("date,site,start frame,end frame,label\n" + "".join(
        f"{day},{site},{begin},{begin + 5},p\n"
        for site, day, begin in (("rank", "20180310", 0), ("kuuj", "20180310", 0), ("kuuj", "20180310", 9))
    ))  # fmt: skip
    table = joined([read_label_sheet(path)])
    day = date(2018, 3, 10)
    assert camera_days(table) == [("kuuj", day), ("rank", day)]
    kept = without_days(table, [("kuuj", day)])
    assert (len(kept), [row.site for row in kept.excluded]) == (1, ["kuuj", "kuuj"])
