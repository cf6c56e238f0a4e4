"""Activity from storms, from a table or from nothing; L*; bins of the tables; what is remarked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.io.activity_files import NOT_KNOWN, activity_of
from magnetoflow.rept_pad.data import no_records
from magnetoflow.rept_pad.part_quality import QUALITY_COLUMNS, quality_row
from magnetoflow.rept_pad.quality import BACKGROUND, DATA, FLAGS
from magnetoflow.rept_pad.remarks import remarks
from magnetoflow.rept_pad.summary_options import storms_of, sum_options, with_l

STORM = {"onset": "2013-03-17T06:00:00Z", "minimum": "2013-03-17T20:00:00Z", "end": "2013-03-22T00:00:00Z"}
STORMS = [{"id": "s", **STORM}]
TIMES = np.array(["2013-03-17T01", "2013-03-17T07", "2013-03-18T00", "2013-03-23T00"], "datetime64[ns]")
TABLE = {"file": None, "column": "kp", "edges": [2.0, 4.0]}
OUTPUTS = {
    "l_edges": [3, 4], "mlt_hours": 6, "epoch_hours": 10.0, "epoch_before_h": 15.0, "epoch_after_h": 20.0
}  # fmt: skip


def records(count):
    empty = no_records(np.array([45.0, 90.0]), np.array([2.0]))
    column = np.arange(count, dtype=np.float64)
    quality = np.zeros(count, np.uint16)
    return replace(
        empty, time=TIMES[:count], state=np.full(count, DATA, np.uint8), l=column, l_star=column + 0.5,
        quality=quality, b_ratio=column,
    )  # fmt: skip


def test_activity_is_of_storms_of_a_table_or_not_known(tmp_path):
    phases = activity_of(TIMES, TABLE, storms_of(STORMS))
    assert [phases.names[one] for one in phases.code] == ["quiet", "main", "recovery", "quiet"]
    nothing = activity_of(TIMES, TABLE, ())
    assert (nothing.names, set(nothing.code)) == ((NOT_KNOWN,), {0})
    pd.DataFrame(
        {"time": ["2013-03-17T00:00:00Z", "2013-03-17T06:00:00Z", "2013-03-18T00:00:00Z"], "kp": [1, 6, 3]}
    ).to_csv(tmp_path / "kp.csv", index=False)
    levels = activity_of(TIMES, {**TABLE, "file": tmp_path / "kp.csv"}, storms_of(STORMS))
    assert list(levels.code) == [0, 2, 1, -1], "after the end of the table nothing is known"
    with pytest.raises(ConfigError, match="time and ap were expected, found time, kp"):
        activity_of(TIMES, {**TABLE, "file": tmp_path / "kp.csv", "column": "ap"}, ())


def test_l_star_takes_the_place_of_l_where_asked():
    p = records(4)
    np.testing.assert_array_equal(with_l(p, True).l, p.l_star)
    np.testing.assert_array_equal(with_l(p, False).l, p.l)


def test_bins_of_the_tables_cover_what_is_asked():
    options = sum_options((1, 2), OUTPUTS, STORMS, ("quiet", "main", "recovery"))
    assert options.mlt_edges == (0, 6, 12, 18, 24)
    assert options.epoch_edges_h == (-20, -10, 0, 10, 20)


def test_missing_days_unmapped_records_and_small_classes_are_remarked():
    p = records(4)
    p = replace(
        p,
        state=np.array([DATA, DATA, BACKGROUND, DATA], np.uint8),
        quality=np.full(4, FLAGS["no_mapping"], np.uint16),
    )
    row = quality_row(p, {"fill": 7}, missing=["2013-03-18"], damaged=[])
    assert (row["with_data"], row["background"], row["read_fill"], row["flag_no_mapping"]) == (3, 1, 7, 4)
    about = {"event": "e", "part": "20130317", "probe": "a", "files": 1, "first_file": "f", "last_file": "f"}
    table = pd.DataFrame([{**about, **row}])[list(QUALITY_COLUMNS)]
    classes = pd.DataFrame({"class_id": [1], "class_name": ["pancake"], "share": [0.001], "records": [3]})
    shapes = pd.DataFrame({"class_id": [1], "energy_mev": [2.0], "remark": [""]})
    said = remarks(table, classes, shapes)
    assert ("e", "a", "no file of 2013-03-18") in said
    assert any("4 of 4 records of part 20130317 are not mapped" in one for _, _, one in said)
    assert any("class 1 (pancake) has 3 records only" in one for _, _, one in said)
