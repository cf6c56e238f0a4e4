"""The files and truth tables of the sample: readable, intact, repeatable, with every planted fault."""

import csv
import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date

import cdflib
import numpy as np
import pytest

from magnetoflow.errors import ArchiveError
from magnetoflow.sample import faults
from magnetoflow.sample.cdf import tt2000
from magnetoflow.sample.mms import dis_path, fgm_path, write_probe_day
from magnetoflow.sample.plan import DATA_FAULTS, FILE_FAULTS, PROBE_DAYS, TABLE_FAULTS
from magnetoflow.sample.plasma import simulate
from magnetoflow.sample.sequence import NEIGHBOURS, REGIONS

DEMO = [one for one in PROBE_DAYS if one.role == "demo"]
IDS = [f"mms{one.probe}-{one.day}" for one in DEMO]


@pytest.fixture(scope="module")
def root(sample_run):
    """The days that the sample run has written."""
    return sample_run.folder / "data/sample"


def dis_files(root, plan):
    folder = root / dis_path(plan.probe, np.datetime64(plan.day), "0").parent
    return sorted(folder.glob(f"*{plan.day:%Y%m%d}*.cdf"))


def newest(root, plan):
    return [one for one in dis_files(root, plan) if one.name.endswith("_v3.4.0.cdf")]


def read(paths, *names):
    files = [cdflib.CDF(one) for one in paths]
    return [np.concatenate([file.varget(name) for file in files]) for name in names]


def spectra(root, plan):
    name = f"mms{plan.probe}_dis_"
    names = ("Epoch", f"{name}energyspectr_omni_fast", f"{name}energy_fast", f"{name}errorflags_fast")
    epoch, flux, energy, flags = read(newest(root, plan), *names)
    return cdflib.cdfepoch.to_datetime(epoch), flux, energy, flags


def truth(root, plan, tail=""):
    path = root / "truth" / "mms_gmm" / f"mms{plan.probe}_{plan.day:%Y%m%d}{tail}.csv"
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def interval(plan, kind):
    return next((one.start, one.stop) for one in plan.faults if one.kind == kind)


def within(time, plan, kind):
    start, stop = (faults.utc64(one) for one in interval(plan, kind))
    return (time >= start) & (time < stop)


def with_fault(kind):
    planted = [one for one in DEMO if kind in {fault.kind for fault in one.faults}]
    return [pytest.param(one, id=f"mms{one.probe}-{one.day}") for one in planted]


def test_every_kind_of_fault_is_planted_on_some_demo_day():
    planted = {fault.kind for plan in DEMO for fault in plan.faults}
    assert planted == {*DATA_FAULTS, *TABLE_FAULTS, *FILE_FAULTS}


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_files_carry_a_valid_md5_trailer_and_every_variable_opens(root, plan):
    paths = [*dis_files(root, plan), root / fgm_path(plan.probe, plan.day)]
    for path in paths:
        content = path.read_bytes()
        assert int.from_bytes(content[40:44], "big") & 0b1100 == 0b1100
        assert hashlib.md5(content[:-16]).digest() == content[-16:]
        file = cdflib.CDF(path)
        assert "synthetic" in file.globalattsget()["TEXT"][0]
        for name in file.cdf_info().zVariables:
            assert np.size(file.varget(name)) > 0


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_names_follow_the_archive_and_slots_last_two_hours(root, plan):
    for path in dis_files(root, plan):
        assert path.parent.parts[-8:-2] == ("mms", f"mms{plan.probe}", "fpi", "fast", "l2", "dis-moms")
        file = cdflib.CDF(path)
        assert file.globalattsget()["Logical_file_id"] == [path.stem]
        stamp = path.stem.split("_")[5]
        slot = np.datetime64(f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:00", "ns")
        time = cdflib.cdfepoch.to_datetime(file.varget("Epoch"))
        assert time.max() < slot + np.timedelta64(2, "h")
        assert time.min() >= slot - np.timedelta64(10, "m")


def test_epochs_are_tt2000_before_and_after_the_leap_second_of_2016():
    time = np.array(
        ["2015-10-17T04:55:31.246123457", "2016-12-31T23:59:59", "2017-01-01"], dtype="datetime64[ns]"
    )
    np.testing.assert_array_equal(cdflib.cdfepoch.to_datetime(tt2000(time)), time)
    assert np.diff(tt2000(time))[1] == 2_000_000_000


def test_bytes_do_not_depend_on_process_threads_or_hash_seed(root, tmp_path):
    plan = DEMO[-1]
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "import sys, pathlib, datetime; from magnetoflow.sample.mms import write_probe_day as w;"
        f"w(pathlib.Path(sys.argv[1]), {plan.probe}, datetime.date.fromisoformat('{plan.day}'))"
    )
    other = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "again")],
        check=True,
        env={**os.environ, **other, "HOME": str(home)},
    )
    again = sorted(
        one.relative_to(tmp_path / "again") for one in (tmp_path / "again").rglob("*") if one.is_file()
    )
    assert len(again) == 10
    for path in again:
        assert (tmp_path / "again" / path).read_bytes() == (root / path).read_bytes()
    assert not (home / ".spacepy").exists()


def test_unknown_probe_day_is_refused(tmp_path):
    with pytest.raises(ArchiveError, match="no data of mms2 on 2017-11-03"):
        write_probe_day(tmp_path, 2, date(2017, 11, 3))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_truth_counts_the_usable_records_of_each_minute(root, plan):
    time, flux, _, flags = spectra(root, plan)
    good = (flux > -1e30).any(axis=1) & ~np.isnan(flux).all(axis=1) & ((flags & 0b10) == 0)
    kept = np.unique(time[good])
    found = Counter(kept.astype("datetime64[m]").astype(str).tolist())
    rows = truth(root, plan)
    assert {row["time"]: int(row["n_spectra"]) for row in rows} == {
        row["time"]: found.get(row["time"][:16], 0) for row in rows
    }
    assert sum(found.values()) == sum(int(row["n_spectra"]) for row in rows)


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_truth_matches_field_and_moments_of_the_files(root, plan):
    prefix = f"mms{plan.probe}_"
    epoch, b, flag = read(
        [root / fgm_path(plan.probe, plan.day)],
        "Epoch",
        f"{prefix}fgm_b_gse_srvy_l2",
        f"{prefix}fgm_flag_srvy_l2",
    )
    np.testing.assert_allclose(np.linalg.norm(b[flag == 0, :3], axis=1), b[flag == 0, 3], rtol=1e-4)
    minute = cdflib.cdfepoch.to_datetime(epoch).astype("datetime64[m]").astype(str)
    by_minute = defaultdict(list)
    for at, strength in zip(minute[flag == 0], b[flag == 0, 3], strict=True):
        by_minute[at].append(strength)
    n_epoch, density = read(newest(root, plan), "Epoch", f"{prefix}dis_numberdensity_fast")
    n_minute = cdflib.cdfepoch.to_datetime(n_epoch).astype("datetime64[m]").astype(str)
    clean = [row for row in truth(root, plan) if not row["fault"]]
    assert len(clean) > 300
    for row in clean[::37]:
        at = row["time"][:16]
        assert int(row["n_field"]) == len(by_minute[at])
        assert float(row["b_nt"]) == pytest.approx(np.mean(by_minute[at]), rel=1e-4)
        assert float(row["density_cm3"]) == pytest.approx(density[n_minute == at].mean(), rel=0.05)


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_truth_lists_regions_flips_and_allowed_crossings(root, plan):
    rows, crossings = truth(root, plan), truth(root, plan, "_crossings")
    assert {"solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere"} <= {
        row["region"] for row in rows
    }
    assert sum(row["flip"] == "1" for row in rows) == plan.flips
    for row in rows:
        assert (row["flip"] == "1") == bool(row["flip_region"])
        assert not (row["flip"] == "1" and row["pure"] == "1")
        assert row["source"] == "synthetic sample data"
    assert len(crossings) >= 8
    for row in crossings:
        assert REGIONS.index(row["to"]) in NEIGHBOURS[REGIONS.index(row["from"])]
    changes = {row["time"][:16] for row in crossings}
    pure = [row for row in rows if row["pure"] == "1"]
    assert not changes & {row["time"][:16] for row in pure}
    for earlier, later in itertools.pairwise(rows):
        if earlier["pure"] == later["pure"] == "1":
            assert earlier["region"] == later["region"]


@pytest.mark.parametrize("plan", DEMO, ids=IDS)
def test_listed_hashes_are_those_of_the_files(root, plan):
    about = json.loads((root / "truth" / "mms_gmm" / f"mms{plan.probe}_{plan.day:%Y%m%d}.json").read_text())
    listed = {one["path"]: one["sha256"] for one in about["files"]}
    paths = [*dis_files(root, plan), root / fgm_path(plan.probe, plan.day)]
    assert set(listed) == {one.relative_to(root).as_posix() for one in paths}
    for path in paths:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == listed[path.relative_to(root).as_posix()]


@pytest.mark.parametrize("plan", with_fault("gap"))
def test_gap_holds_no_record_and_its_inner_minutes_no_spectra(root, plan):
    time = spectra(root, plan)[0]
    assert not within(time, plan, "gap").any()
    start, stop = interval(plan, "gap")
    inner = [row for row in truth(root, plan) if f"{start:%H:%M}" < row["time"][11:16] < f"{stop:%H:%M}"]
    assert len(inner) >= 7
    assert all(row["n_spectra"] == "0" and "gap" in row["fault"] for row in inner)


BAD_VALUES = [("fill", lambda x: x == np.float32(-1e31)), ("nan", np.isnan), ("zeros", lambda x: x == 0)]


@pytest.mark.parametrize(("kind", "test"), BAD_VALUES)
def test_bad_values_fill_their_interval_and_no_other_record(root, kind, test):
    for plan in (one.values[0] for one in with_fault(kind)):
        time, flux, _, _ = spectra(root, plan)
        rows = within(time, plan, kind)
        assert rows.sum() >= 10
        assert test(flux[rows]).all()
        assert not test(flux[~rows]).all(axis=1).any()


@pytest.mark.parametrize("plan", with_fault("bad_flag"))
def test_flagged_records_look_brighter_than_they_are(root, plan):
    time, flux, _, flags = spectra(root, plan)
    rows = within(time, plan, "bad_flag")
    np.testing.assert_array_equal((flags & 0b10) > 0, rows)
    day = simulate(plan)
    good = day.flux[within(day.time, plan, "bad_flag")]
    np.testing.assert_allclose(flux[rows], 40 * good, rtol=1e-5)


def test_fast_flow_flag_marks_good_solar_wind(root):
    flags = spectra(root, DEMO[0])[3]
    day = simulate(DEMO[0])
    assert (flags & (1 << 6) > 0).mean() > 0.1
    assert ((flags & (1 << 6)) > 0).sum() <= np.isin(day.region, [0, 1, 2]).sum()


@pytest.mark.parametrize("kind", ["b_missing", "b_flagged"])
def test_unusable_field_is_flagged_and_counted_as_missing(root, kind):
    for plan in (one.values[0] for one in with_fault(kind)):
        prefix = f"mms{plan.probe}_fgm_"
        epoch, b, flag = read(
            [root / fgm_path(plan.probe, plan.day)],
            "Epoch",
            f"{prefix}b_gse_srvy_l2",
            f"{prefix}flag_srvy_l2",
        )
        rows = within(cdflib.cdfepoch.to_datetime(epoch), plan, kind)
        assert (flag[rows] != 0).all()
        assert (b[rows] == np.float32(-1e31)).all() == (kind == "b_missing")
        minutes = [row for row in truth(root, plan) if kind in row["fault"]]
        assert minutes
        assert all(row["n_field"] == "0" for row in minutes)
        assert all(row["b_nt"] for row in minutes)


@pytest.mark.parametrize("plan", with_fault("solar_wind_table"))
def test_solar_wind_table_starts_near_190_ev_and_measures_the_same_plasma(root, plan):
    time, flux, energy, _ = spectra(root, plan)
    rows = within(time, plan, "solar_wind_table")
    assert 185 < energy[rows].min() < 215
    assert energy[~rows].min() < 20
    inside, before = (
        flux[rows][:40].mean(axis=0),
        flux[np.flatnonzero(rows)[0] - 40 : np.flatnonzero(rows)[0]].mean(axis=0),
    )
    at = np.log(energy[rows][0])
    expected = np.interp(at, np.log(energy[0]), np.log10(before + 1e3))
    assert np.median(np.abs(np.log10(inside + 1e3) - expected)) < 0.4


@pytest.mark.parametrize("plan", with_fault("alternating_table"))
def test_two_tables_alternate_by_record(root, plan):
    time, _, energy, _ = spectra(root, plan)
    inside = energy[within(time, plan, "alternating_table")]
    first = inside[:, 0]
    assert set(np.round(first.astype(float), 2)) == {10.64, 12.06}
    assert (np.diff(first) != 0).all()


@pytest.mark.parametrize("plan", with_fault("descending_table"))
def test_one_file_lists_its_energies_from_high_to_low(root, plan):
    name = f"mms{plan.probe}_dis_"
    falling = []
    for path in newest(root, plan):
        energy, flux, epoch = read([path], f"{name}energy_fast", f"{name}energyspectr_omni_fast", "Epoch")
        falling.append(bool((np.diff(energy, axis=1) < 0).all()))
        if falling[-1]:
            day = simulate(plan)
            rows = np.isin(day.time, cdflib.cdfepoch.to_datetime(epoch))
            np.testing.assert_allclose(flux[:, ::-1], day.flux[rows], rtol=1e-6)
    assert sum(falling) == 1


@pytest.mark.parametrize("plan", with_fault("overlap"))
def test_overlapping_files_repeat_the_same_records(root, plan):
    time, flux, _, _ = spectra(root, plan)
    values, number = np.unique(time, return_counts=True)
    assert (number == 2).sum() > 20
    twice = values[number == 2]
    assert within(twice, plan, "overlap").all()
    first, second = (flux[np.flatnonzero(time == twice[0])[k]] for k in (0, 1))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("plan", with_fault("out_of_order"))
def test_some_records_go_back_in_time(root, plan):
    back = np.flatnonzero(np.diff(spectra(root, plan)[0]) < np.timedelta64(0))
    assert back.size >= 3


@pytest.mark.parametrize("plan", with_fault("old_version"))
def test_older_version_covers_the_same_slot_with_other_content(root, plan):
    old = [one for one in dis_files(root, plan) if one.name.endswith("_v3.3.0.cdf")]
    assert len(old) == 1
    new = old[0].with_name(old[0].name.replace("v3.3.0", "v3.4.0"))
    name = f"mms{plan.probe}_dis_energyspectr_omni_fast"
    (older,), (newer,) = read(old, name), read([new], name)
    np.testing.assert_allclose(older, 0.1 * newer, rtol=1e-5)


def test_faces_average_to_the_omnidirectional_spectrum_and_px_misses_the_solar_wind(root):
    plan = DEMO[0]
    name = f"mms{plan.probe}_dis_energyspectr_"
    faces = [f"{name}{one}_fast" for one in ("px", "mx", "py", "my", "pz", "mz")]
    omni, epoch, *sides = read(newest(root, plan), f"{name}omni_fast", "Epoch", *faces)
    good = (omni >= 0).all(axis=1)
    np.testing.assert_allclose(np.mean(sides, axis=0)[good], omni[good], rtol=1e-4)
    day = simulate(plan)
    order = np.searchsorted(day.time, cdflib.cdfepoch.to_datetime(epoch))
    wind = good & (day.region[order] == 0) & ~day.flip[order] & (day.other_share[order] == 0)
    assert sides[0][wind].max(axis=1).mean() < 1e-2 * sides[1][wind].max(axis=1).mean()


def test_position_is_written_every_30_s_in_km(root):
    plan = DEMO[0]
    (epoch, r) = read(
        [root / fgm_path(plan.probe, plan.day)], "Epoch_state", f"mms{plan.probe}_fgm_r_gse_srvy_l2"
    )
    assert set(np.diff(epoch)) == {30_000_000_000}
    np.testing.assert_allclose(np.linalg.norm(r[:, :3], axis=1), r[:, 3], rtol=1e-5)
    assert 50_000 < r[:, 3].min() < r[:, 3].max() < 170_000


def test_demo_archive_stays_small(root):
    assert sum(one.stat().st_size for one in root.rglob("*") if one.is_file()) < 60e6
