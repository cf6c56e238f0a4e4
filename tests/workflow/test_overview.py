"""The overview tables of the sample runs, against what pandas counts in tables and truth."""

import json

import numpy as np
import pandas as pd
import pytest

from magnetoflow.aurora.classes import Flag
from magnetoflow.io.overview import aurora
from magnetoflow.io.overview.row import COLUMNS, counted, sentences
from magnetoflow.io.overview.states import state_of
from magnetoflow.io.time_series import write_series
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.rept_pad.quality import FLAGS as REPT_FLAGS


def overview_of(run):
    table = pd.read_csv(run.results / "overview.csv", keep_default_na=False)
    assert tuple(table.columns) == COLUMNS
    assert (table["study"] == run.study).all()
    assert set(table["source"]) == {"synthetic sample data"}
    assert set(table["state"]) == {"done"}
    return table.set_index("event")


def counts_in(text):
    found = [one.rsplit(":", 1) for one in text.split()]
    numbers = [int(number) for _, number in found]
    assert numbers == sorted(numbers, reverse=True)
    return {name: int(number) for name, number in found}


def bits_in(values, bits):
    counts = {name: int(((values & int(bit)) > 0).sum()) for name, bit in bits}
    return {name: count for name, count in counts.items() if count}


def of_enum(flags):
    return [(bit.name, bit) for bit in flags]


def test_mms_gmm(sample_run):
    table = overview_of(sample_run)
    labels = pd.read_csv(sample_run.results / "regions.csv")
    crossings = pd.read_csv(sample_run.results / "crossings.csv")["event"].value_counts()
    features = pd.read_csv(sample_run.results / "features.csv")
    assert list(table.index) == list(labels["event"].unique())
    for event, row in table.iterrows():
        mine = labels[labels["event"] == event]
        assert int(row["records"]) == len(mine)
        assert counts_in(row["labels"]) == mine["named_label"].value_counts().to_dict()
        assert counts_in(row["flags"]) == bits_in(mine["quality"], of_enum(Quality))
        assert float(row["flagged"]) == pytest.approx((mine["quality"] != 0).mean(), abs=1e-4)
        measured = (features["n_samples"][features["event"] == event] > 0).mean()
        assert float(row["covered"]) == pytest.approx(measured, abs=0.01)
        assert int(row["crossings"]) == crossings[event]
        assert (row["missing"], row["damaged"]) == (0, 0)
    used = json.loads((sample_run.results / "run.json").read_text())["@graph"]
    files = [one["@id"] for one in used if str(one["@id"]).endswith(".cdf")]
    assert table["files"].sum() == len(files)


def test_mms_mp(mp_run):
    table = overview_of(mp_run)
    for event, row in table.iterrows():
        crossings = pd.read_csv(mp_run.results / event / "crossings.csv")
        assert counts_in(row["labels"]) == crossings["type"].value_counts().to_dict()
        assert int(row["crossings"]) == len(crossings)
        quality = pd.read_csv(mp_run.results / event / "quality.csv")
        masked = quality.groupby("series")["masked"].sum()
        assert counts_in(row["flags"]) == masked[masked > 0].to_dict()
        field = quality[quality["series"] == "field"]
        assert len(field) == len(row["probes"].split())
        assert int(row["records"]) == field["records"].sum()
        assert float(row["covered"]) == pytest.approx(1 - field["missing_share"].mean(), abs=1e-4)
    assert "needs four spacecraft" in table.loc["sample_mp_e", "remarks"]


def test_mms_rnn(rnn_run):
    for event, row in overview_of(rnn_run).iterrows():
        paths = [rnn_run.results / f"{event}_mms{p}/mms{p}_labels.csv" for p in row["probes"].split()]
        labels = pd.concat([pd.read_csv(path) for path in paths])
        known = labels[labels["Predicted"].notna()]["smoothed_region"].value_counts().to_dict()
        lacking = int(labels["Predicted"].isna().sum())
        known |= {"missing_input": lacking} if lacking else {}
        assert counts_in(row["labels"]) == known
        assert int(row["records"]) == len(labels)
        assert counts_in(row["flags"]) == bits_in(labels["flags"], FLAGS.items())
        assert float(row["flagged"]) == pytest.approx((labels["flags"] != 0).mean(), abs=1e-4)
        assert float(row["covered"]) == pytest.approx(len(labels) / 12000, abs=1e-4)


def test_rept_pad(rept_run):
    labels = pd.read_parquet(rept_run.results / "labels.parquet", columns=["event", "class_name", "quality"])
    for event, row in overview_of(rept_run).iterrows():
        mine = labels[labels["event"] == event]
        names = mine["class_name"].str.replace(" ", "_").value_counts()
        assert counts_in(row["labels"]) == names.to_dict()
        assert counts_in(row["flags"]) == bits_in(mine["quality"], REPT_FLAGS.items())
        assert 0.95 < float(row["covered"]) < 0.97, "9 h of 10 days have nothing"
        assert int(row["files"]) == 10


def test_aurora(aurora_run):
    table = overview_of(aurora_run)
    for site in ("gill", "rank"):
        frames = pd.read_csv(aurora_run.results / f"smoothed/{site}.csv")
        for day, mine in frames.groupby(frames["time"].str[:10]):
            row = table.loc[f"{site}_{day.replace('-', '')}"]
            assert counts_in(row["labels"]) == mine["label"].value_counts().to_dict()
            assert counts_in(row["flags"]) == bits_in(mine["flags"], of_enum(Flag))
            assert float(row["flagged"]) == pytest.approx((mine["flags"] != 0).mean(), abs=1e-4)
    assert table.loc["rank_20180130", "damaged"] == 4
    assert table.loc["rank_20180130", "remarks"] == "4 of 20 files refused"
    assert float(table.loc["rank_20180130", "covered"]) == pytest.approx(0.8, abs=1e-3)
    assert table.loc["gill_20140310", "missing"] == 1
    assert list(table.loc[["gill_20161230", "gill_20161231"], "crossings"]) == [1, 1], "one over midnight"


def test_camera_days_without_images_and_of_a_camera_without_any(tmp_path):
    """One day has frames, one no images, one only damaged files; the other camera has nothing at all."""
    times = np.datetime64("2014-03-10T06:00:00", "ns") + np.arange(10) * np.timedelta64(3, "s")
    for site, time in (("gill", times), ("rank", times[:0])):
        values = {"label": np.full(len(time), 3, np.int8), "flags": np.zeros(len(time), np.uint16)}
        series = {name: (("time",), one, "1") for name, one in values.items()}
        write_series(tmp_path / f"{site}.nc", time, series, {"site": site})
    tables = {
        "quality": "site,date,hour,files,absent_minutes,refused\ngill,2014-03-10,00,1,2,0\n",
        "intervals": "site,start,stop\n",
        "failed": "event,error,reason\ngill_20140311_00,MissingData,none\n"
        "rank_20140310_00,CorruptFile,torn\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    names = ("gill_20140310", "gill_20140311", "rank_20140310")
    events = [
        {"id": name, "probes": [name[:4]], "start": "2014-03-10T06:00:00Z", "stop": "2014-03-10T06:01:00Z"}
        for name in names
    ]
    paths = {name: str(tmp_path / f"{name}.csv") for name in tables}
    series_paths = [str(tmp_path / f"{site}.nc") for site in ("gill", "rank")]
    rows = aurora.rows({"events": events, "source": "folder"}, {**paths, "series": series_paths})
    assert [(row.state, row.records, row.remarks) for row in rows] == [
        ("done", 10, ""), ("no data", 0, "none"), ("failed", 0, "torn"),
    ]  # fmt: skip
    assert (rows[0].covered, rows[0].missing, rows[0].labels) == (0.5, 2, "pulsating:10")


def test_states_and_counts_in_one_field():
    assert state_of(3, ["CorruptFile"]) == "done"
    assert state_of(0, ["MissingData", "CorruptFile"]) == "failed"
    assert state_of(0, ["MissingData"]) == "no data"
    assert counted({"no data": np.int64(2), "b": 0, "a": 7}) == "a:7 no_data:2"
    assert (
        sentences(["one.", "two", "one", "three", "four", "five"]) == "one; two; three; four; 1 more remarks"
    )
