"""Sums of parts, shares with errors, activity, tables, and the files of both."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from magnetoflow.errors import ConfigError, MagnetoflowError, VariableError
from magnetoflow.io.label_tables import write_labels, write_parquet
from magnetoflow.io.rept_sums import merge_sums, read_sums, write_sums
from magnetoflow.rept_pad.activity import PHASES, Storm, index_levels, storm_phases
from magnetoflow.rept_pad.block_counts import block_counts, shares
from magnetoflow.rept_pad.data import take
from magnetoflow.rept_pad.mean_pads import mean_pads
from magnetoflow.rept_pad.naming import class_shapes
from magnetoflow.rept_pad.pad_fits import fit_pads
from magnetoflow.rept_pad.summary_tables import (
    DAILY_COLUMNS,
    OCCURRENCE_COLUMNS,
    STORM_COLUMNS,
    daily_table,
    occurrence_table,
    storms_table,
)
from magnetoflow.rept_pad.sums import SumOptions, added, merged, part_sums
from magnetoflow.rept_pad.tables import (
    CLASS_COLUMNS,
    PAD_COLUMNS,
    SHAPE_COLUMNS,
    class_shapes_table,
    classes_table,
    five_digits,
    label_columns,
    label_rows,
    pads_table,
)
from magnetoflow.workflow.merge import merge_csv
from tests.unit.rept_summary_data import planted

STAMP = {"source": "synthetic sample data", "model": "rept_pad-0, trained on nothing"}


def at(text):
    return np.datetime64(text, "ns")


STORM = Storm("one", at("2013-03-13T12"), at("2013-03-14"), at("2013-03-15"))
IDS = (4, 1, 2, 3, 5, 6)
OPTIONS = SumOptions(class_ids=IDS, storms=(STORM,))
NAMES = {one: f"class {one}" for one in IDS}


def summed(p, class_id, part, event="e"):
    probability = np.full((len(p), 6), 0.1)
    rows = np.flatnonzero(np.isin(class_id, IDS))
    probability[rows, [IDS.index(one) for one in class_id[rows]]] = 0.5
    phases = storm_phases(p.time, [STORM])
    return part_sums(p, class_id, probability, phases, OPTIONS, event=event, probe="a", part=part)


@pytest.fixture(scope="module")
def whole():
    p, levels, truth = planted(600, 4)
    class_id = np.where(p.state == 2, -1, np.where(p.state == 1, 0, truth.class_id)).astype(np.int16)
    class_id[(p.state == 0) & (class_id < 1)] = 0
    return p, levels, class_id


@pytest.fixture(scope="module")
def parts(whole):
    p, _, class_id = whole
    day = p.time.astype("datetime64[D]")
    return [summed(take(p, day == one), class_id[day == one], f"e {one}") for one in np.unique(day)]


def arrays(one):
    for name in (field.name for field in fields(one)):
        value = getattr(one, name)
        if hasattr(value, "__dataclass_fields__"):
            yield from arrays(value)
        elif isinstance(value, np.ndarray):
            yield value


def test_parts_add_to_the_same_sums_in_any_order_and_to_those_of_the_whole(whole, parts):
    p, _, class_id = whole
    first, second = merged(parts), merged(parts[::-1])
    assert first.parts == second.parts == tuple(sorted(one.parts[0] for one in parts))
    assert all(np.array_equal(a, b) for a, b in zip(arrays(first), arrays(second), strict=True))
    pair = merged([merged(parts[2:]), merged(parts[:2])])
    assert pair.parts == first.parts
    assert all(
        np.allclose(a, b) for a, b in zip(arrays(pair), arrays(first), strict=True) if a.dtype.kind in "if"
    )
    # blocks do not end with days: squares differ, counts and distributions do not
    once = summed(p, class_id, "e whole")
    for name in ("pairs", "even_pairs", "flux", "level", "histogram", "seen", "flux_90"):
        assert np.allclose(getattr(once.pads, name), getattr(first.pads, name), rtol=1e-9, atol=1e-6)
    for name in ("occurrence", "storms", "total", "daily"):
        assert np.array_equal(getattr(once, name).records, getattr(first, name).records)
    rows = np.random.default_rng(1).permutation(len(p))
    mixed = summed(take(p, rows), class_id[rows], "e whole")
    assert all(
        np.allclose(a, b, rtol=1e-9, atol=1e-6)
        for a, b in zip(arrays(mixed), arrays(once), strict=True)
        if a.dtype.kind in "if"
    )


def test_sums_that_cannot_be_added_are_refused(whole, parts):
    p, _, class_id = whole
    with pytest.raises(ConfigError, match="cannot be added"):
        merged([parts[0], parts[0]])
    with pytest.raises(ConfigError, match="cannot be added"):
        merged([])
    with pytest.raises(ConfigError, match="comes after"):
        added(iter(parts[::-1]))
    with pytest.raises(ConfigError, match="other grids"):
        merged([parts[0], replace(parts[1], energy_mev=2 * parts[1].energy_mev)])
    with pytest.raises(ConfigError, match="class that the summaries do not know"):
        summed(p, np.where(class_id == 3, 7, class_id), "e")
    with pytest.raises(ConfigError, match="ascend"):
        SumOptions(class_ids=(1,), l_edges=(3.0, 3.0))
    with pytest.raises(ConfigError, match="unique"):
        SumOptions(class_ids=(1, 1))


def test_a_part_without_records_adds_nothing(whole, parts):
    p, _, class_id = whole
    none = np.zeros(len(p), bool)
    empty = summed(take(p, none), class_id[none], "e none")
    total, more = merged(parts), merged([*parts, empty])
    assert all(np.array_equal(a, b) for a, b in zip(arrays(total), arrays(more), strict=True))
    pads = mean_pads(empty.pads, empty.angle_deg, empty.energy_mev)
    table = class_shapes(pads, whole[1])
    assert (table.shape == "background").all()
    assert len(pads_table(pads, table, NAMES, **STAMP)) == 6 * 12 * 9


def test_files_of_sums_come_back_and_damaged_ones_are_refused(parts, tmp_path):
    path, again = tmp_path / "a.npz", tmp_path / "b.npz"
    write_sums(path, parts[0])
    found = read_sums(path)
    assert found.parts == parts[0].parts
    assert all(np.array_equal(a, b) for a, b in zip(arrays(found), arrays(parts[0]), strict=True))
    write_sums(again, found)
    assert path.read_bytes() == again.read_bytes()
    write_sums(again, parts[1])
    both = merged(parts[:2])
    for paths in ((path, again), (again, path)):
        assert all(np.array_equal(a, b) for a, b in zip(arrays(merge_sums(paths)), arrays(both), strict=True))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(MagnetoflowError, match="summaries"):
        read_sums(path)
    with pytest.raises(MagnetoflowError, match="summaries"):
        merge_sums([again, path])
    write_sums(path, replace(parts[0], no_data=np.zeros(99, np.int64)))
    with pytest.raises(MagnetoflowError, match="do not fit"):
        read_sums(path)
    np.savez(path, parts=np.array(["x"]))
    with pytest.raises(MagnetoflowError, match="refused"):
        read_sums(path)


def test_errors_of_shares_respect_blocks():
    """Neighbours are alike: the binomial error of records is many times too small."""
    rng = np.random.default_rng(2)
    found, stated = [], []
    block = np.repeat(np.arange(60), 50)
    for _ in range(200):
        column = np.repeat((rng.random(60) < 0.3).astype(np.int64), 50)
        share, error = shares(block_counts(np.zeros(3000, np.int64), column, block, (1, 2)))
        found.append(share[0, 1])
        stated.append(error[0, 1])
    assert 0.85 < np.mean(stated) / np.std(found) < 1.15
    assert np.mean(stated) > 5 * np.sqrt(0.3 * 0.7 / 3000)
    # two cells; what belongs to no cell or has no data is not counted
    counts = block_counts(np.array([0, 0, 1, -1, 1]), np.array([1, 0, 1, 1, -1]), np.arange(5), (3, 2))
    assert counts.records.tolist() == [[1, 1], [0, 1], [0, 0]]
    assert counts.blocks.tolist() == [2, 1, 0]
    share, error = shares(counts)
    assert np.array_equal(share, [[0.5, 0.5], [0, 1], [np.nan, np.nan]], equal_nan=True)
    assert (error[:2] > 0.1).all()  # never sure by one block


def test_phases_of_storms_are_half_open_and_an_index_does_not_outlive_its_gap():
    times = np.array([at("2013-03-13T11:59"), STORM.onset, STORM.minimum, STORM.end])
    phases = storm_phases(times, [STORM])
    assert [PHASES[one] for one in phases.code] == ["quiet", "main", "recovery", "quiet"]
    with pytest.raises(ConfigError, match="not in order"):
        Storm("bad", STORM.minimum, STORM.onset, STORM.end)
    hours = STORM.onset + np.array([0, 3, 6]) * np.timedelta64(3600 * 10**9, "ns")
    kp = np.array([1.0, 4.0, np.nan])
    when = STORM.onset + np.array([-1, 0, 4, 7]) * np.timedelta64(3600 * 10**9, "ns")
    found = index_levels(when, hours, kp, (2.0, 4.0), name="Kp")
    assert found.names == ("Kp below 2", "Kp 2 to 4", "Kp 4 and more")
    assert found.code.tolist() == [-1, 0, 2, -1]
    late = index_levels(hours[1:2] + np.timedelta64(9, "h"), hours[:2], kp[:2], (2.0,))
    assert late.code.tolist() == [-1]
    with pytest.raises(VariableError, match="ascend"):
        index_levels(when, hours[::-1], kp, (2.0,))


def test_tables_hold_every_record_once(whole, parts):
    p, levels, class_id = whole
    sums = merged(parts)
    pads = mean_pads(sums.pads, sums.angle_deg, sums.energy_mev)
    table = class_shapes(pads, levels)
    classes = classes_table(sums, table, NAMES, **STAMP)
    assert tuple(classes.columns) == CLASS_COLUMNS
    assert classes["records"].sum() == len(p)
    assert classes["class_id"].tolist() == [*IDS, 0, -1]
    assert dict(zip(classes["class_id"], classes["records"], strict=True)) == {
        one: int((class_id == one).sum()) for one in (*IDS, 0, -1)
    }
    assert np.isclose(classes["share"].sum(), 1)
    assert np.allclose(classes["probability"][:6], 0.5)
    shapes = class_shapes_table(sums, table, NAMES, **STAMP)
    assert tuple(shapes.columns) == SHAPE_COLUMNS
    assert shapes.loc[shapes["shape"] == "background", "n"].isna().all()
    assert shapes.loc[shapes["energy_mev"] == 1.8, "n"].notna().all()
    rows = pads_table(pads, table, NAMES, **STAMP)
    assert tuple(rows.columns) == PAD_COLUMNS
    some = rows[(rows["class_id"] == 4) & (rows["energy_mev"] == 2.6)]
    assert np.allclose(some["mean"], pads.mean[0, :, 2], rtol=1e-4)
    assert np.isclose(some["mean"].max(), 1)

    places = occurrence_table(sums, OPTIONS, NAMES, **STAMP)
    assert tuple(places.columns) == OCCURRENCE_COLUMNS
    inside = (class_id >= 0) & (p.l >= 2.5) & (p.l < 7) & np.isfinite(p.mlt)
    for_all = places["activity"] == "all"
    assert places.loc[for_all, "records"].sum() == places.loc[~for_all, "records"].sum() == inside.sum()
    one = places[for_all & (places["l_low"] == 4.5) & (places["mlt_low"] == 7) & (places["class_id"] == 2)]
    own = inside & (p.l >= 4.5) & (p.l < 4.75) & (np.floor(p.mlt) == 7)
    assert one[["records", "total"]].to_numpy().tolist() == [[(own & (class_id == 2)).sum(), own.sum()]]

    epochs = storms_table(sums, OPTIONS, NAMES, **STAMP)
    assert tuple(epochs.columns) == STORM_COLUMNS
    hours = (p.time - STORM.minimum) / np.timedelta64(1, "h")
    near = (class_id >= 0) & (p.l < 7) & (p.l >= 2.5) & (hours >= -6) & (hours < 0)
    chosen = (epochs["storm"] == "one") & (epochs["epoch_low_h"] == -6) & (epochs["epoch_high_h"] == 0)
    assert epochs.loc[chosen, "records"].sum() == near.sum() > 0
    no_storm = replace(OPTIONS, storms=())
    assert storms_table(sums, no_storm, NAMES, **STAMP).columns.tolist() == list(STORM_COLUMNS)

    days = daily_table(sums, OPTIONS, NAMES, **STAMP)
    assert tuple(days.columns) == DAILY_COLUMNS
    assert days["records"].sum() == (class_id >= 0).sum()
    assert days.drop_duplicates("date")["no_data"].sum() == (class_id == -1).sum()
    assert days["date"].iloc[0] == "2013-03-13"


def labelled(p, class_id, levels):
    labels = SimpleNamespace(
        class_id=class_id,
        probability=np.full((len(p), 6), np.where(class_id > 0, 1 / 6, np.nan)[:, None], np.float32),
        entropy=np.full(len(p), np.float32(2.5849625)),
        quality=p.quality,
    )
    fits = fit_pads(p, 3.4, levels=levels)
    return label_rows(p, labels, fits, NAMES, event="e", probe="a", **STAMP)


def test_every_record_has_a_row_and_parquet_says_what_csv_says(whole, tmp_path):
    """R11, R18: all are labelled, with confidence."""
    p, levels, class_id = whole
    frame = labelled(p, class_id, levels)
    assert tuple(frame.columns) == label_columns(IDS)
    assert len(frame) == len(p)
    assert set(frame.loc[frame["class_id"] == 0, "class_name"]) == {"background"}
    assert set(frame.loc[frame["class_id"] == -1, "class_name"]) == {"no data"}
    assert frame.loc[frame["class_id"] == -1, ["p_4", "n", "flux_90"]].isna().all(axis=None)
    paths = [tmp_path / "0.csv", tmp_path / "1.csv", tmp_path / "2.csv"]
    for path, rows in zip(paths, (slice(0, 250), slice(0, 0), slice(250, None)), strict=True):
        write_labels(path, frame.iloc[rows])
    merge_csv(paths, tmp_path / "all.csv")
    for name in ("one", "two"):
        write_parquet(paths, tmp_path / f"{name}.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    found, text = pd.read_parquet(tmp_path / "one.parquet"), pd.read_csv(tmp_path / "all.csv")
    assert found["time"].dt.tz_localize(None).to_numpy().tolist() == p.time.tolist()
    for name in frame.columns.drop("time"):
        assert found[name].isna().tolist() == text[name].isna().tolist()
        if found[name].dtype.kind in "iuf":
            assert np.allclose(found[name], text[name], rtol=1e-6, equal_nan=True)
        else:
            assert found[name].astype(str).tolist() == text[name].tolist()
    frame.drop(columns="p_4").to_csv(paths[1], index=False)
    with pytest.raises(MagnetoflowError, match="different columns"):
        write_parquet(paths, tmp_path / "three.parquet")
    assert not (tmp_path / "three.parquet").exists()
    paths[1].write_text(paths[0].read_text().replace('"2013', '"no ', 1))
    with pytest.raises(MagnetoflowError, match="cannot be read"):
        write_parquet(paths[1:2], tmp_path / "three.parquet")


def test_five_digits():
    values = np.array([0.0, np.nan, 123456.789, -1.23456789e-7, 9.99999])
    assert np.allclose(five_digits(values), [0, np.nan, 123460, -1.2346e-7, 10.0], equal_nan=True)
