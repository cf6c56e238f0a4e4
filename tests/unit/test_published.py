"""The published column format is written, read back, and read as others write it."""

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import MagnetoflowError
from magnetoflow.io.published import (
    LABEL_COLUMNS,
    read_labels,
    read_region_list,
    write_labels,
    write_region_list,
)


def tables():
    time = np.datetime64("2017-11-03T04:00", "ns") + np.arange(3) * np.timedelta64(60, "s")
    common = {"event": "one", "time": time}
    labels = pd.DataFrame(
        {**common, "probe": 3, "raw_label": ["solar_wind", "magnetosheath", "unknown"],
         "named_label": ["solar_wind", "solar_wind", "unknown"]}
    )  # fmt: skip
    features = pd.DataFrame(
        {**common, "norm_Bt": [0.1, 1 / 3, np.nan], "ratio_max_width": [0.2, 0.3, np.nan],
         "ratio_high_low": [1.1, 1.2, np.nan]}
    )  # fmt: skip
    return labels, features


def test_labels_are_written_and_read_back(tmp_path):
    labels, features = tables()
    path = tmp_path / "labeled_sunside_data.csv"
    write_labels(path, labels, features)
    rows = path.read_text().splitlines()
    assert rows[0] == ",".join(LABEL_COLUMNS)
    assert rows[1] == "2017-11-03 04:00:00,mms3,0.1,0.2,1.1,solar_wind,solar_wind"
    assert rows[3] == "2017-11-03 04:02:00,mms3,,,,unknown,unknown"
    back = read_labels(path)
    assert (back["time"] == labels["time"]).all()
    assert back["norm_Bt"].equals(features["norm_Bt"])
    assert back["named_label"].tolist() == labels["named_label"].tolist()
    assert back["probe"].tolist() == [3, 3, 3]


def test_labels_of_other_minutes_are_refused(tmp_path):
    labels, features = tables()
    with pytest.raises(MagnetoflowError, match="not of the same minutes"):
        write_labels(tmp_path / "x.csv", labels, features.iloc[:2])


def test_the_published_spelling_is_read(tmp_path):
    path = tmp_path / "theirs.csv"
    path.write_text(
        "Epoch,probe,norm_Btot,ratio_max_width,ratio_high_low,raw_label,modified_named_label,more\n"
        "2015-10-17 04:55:00,MMS1,0.2,0.3,1.4,2,Solar Wind,x\n"
        "2015-10-17T04:56:00Z, mms4 ,,,,,,\n"
    )
    table = read_labels(path)
    assert table["named_label"].tolist() == ["solar_wind", "unknown"]
    assert table["probe"].tolist() == [1, 4]
    assert table["time"][1] == pd.Timestamp("2015-10-17T04:56")


def test_region_lists_with_empty_cells_are_read(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "start,stop,probe\n2015-10-17 04:55:00,2015-10-17 05:10:59,mms1\n2015-10-18 00:00:00,,mms2\n"
    )
    table = read_region_list(path)
    assert table["stop"].isna().tolist() == [False, True]
    write_region_list(tmp_path / "again.csv", table)
    assert (tmp_path / "again.csv").read_text() == path.read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start,stop\n", "no column probe"),
        ("start,stop,probe\nx,y,mms1\n", "not a table in the published format"),
        ("start,stop,probe\n2015-10-17,2015-10-18,mms7\n", "probe 'mms7'; expected mms1 to mms4"),
        ("", "not a table in the published format"),
    ],
)
def test_what_is_no_region_list_is_refused(tmp_path, text, expected):
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(MagnetoflowError, match=expected):
        read_region_list(path)
