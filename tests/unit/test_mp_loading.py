"""Loading a magnetopause event: exact names, times, frames; nothing substituted; errors say what is wrong."""

import time as clock
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np
import pytest

from magnetoflow.archive.mp_products import products_of
from magnetoflow.errors import (
    ArchiveError,
    ConfigError,
    CorruptFile,
    InsufficientData,
    MissingData,
    VariableError,
)
from magnetoflow.frames import gse_to_gsm
from magnetoflow.io.mp_loading import LoadOptions, load_event, load_folder
from magnetoflow.mms_mp.data import require_frame
from tests.unit import mp_files as make
from tests.unit.mp_files import B_NT, DENSITY, E_MV_M, R0_KM, START, STOP, V_HE, V_ION, V_KM_S, at, seconds_of

SPAN = {"id": "e", "start": START, "stop": STOP, "rate": "brst"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    root = tmp_path_factory.mktemp("archive")
    return root, {
        1: make.whole(root, 1),
        2: {"field": [make.fgm(root, 2)], "ions": [make.fpi(root, "dis", 2)]},
    }


@pytest.fixture(scope="module")
def event(archive):
    return load_event(archive[1], **SPAN)


def load(files, options=None, **more):
    return load_event({1: files}, options=options, **{**SPAN, **more})


def alone(tmp_path, **files):
    """Field of one spacecraft, whose files also state positions, and other files."""
    return {"field": [make.fgm(tmp_path)], **files}


def gse(event, vectors):
    return vectors @ event.rotation


def test_everything_is_in_gsm_of_the_middle_of_the_event(event):
    assert event.time0 == at(30.0)
    np.testing.assert_array_equal(event.rotation, gse_to_gsm(at(30.0)))
    one = event.spacecraft[1]
    for vectors, truth in (
        (one.b.values, B_NT),
        (one.e.values, E_MV_M),
        (one.velocity.values, V_KM_S),
        (one.plasma["ion"].v_km_s, V_ION),
        (one.plasma["electron"].v_km_s, V_ION),
        (one.plasma["hplus"].v_km_s, V_HE),
    ):
        np.testing.assert_allclose(gse(event, vectors), np.broadcast_to(truth, vectors.shape), rtol=3e-7)
    t = seconds_of(one.position.time)
    np.testing.assert_allclose(gse(event, one.position.values), R0_KM + V_KM_S * t[:, None], rtol=1e-12)
    pressure = event.rotation.T @ one.plasma["ion"].p_npa @ event.rotation
    np.testing.assert_allclose(pressure[3], np.diag([0.3, 0.2, 0.1]), atol=1e-7)
    frames = {one.b.frame, one.e.frame, one.position.frame, one.velocity.frame, event.frame}
    assert frames | {plasma.frame for plasma in one.plasma.values()} == {"GSM"}
    assert one.potential.values[0] == 4.5
    assert (one.ephemeris, event.spacecraft[2].ephemeris) == ("mec", "fgm")


def test_times_are_centres_and_each_product_keeps_its_own(event):
    one = event.spacecraft[1]
    assert one.plasma["ion"].time[0] == at(0.125)  # begins at -1 + 7 x 0.15, half of 0.15 later
    assert one.plasma["electron"].time[0] == at(0.215)  # begins at -1 + 4 x 0.3, half of 0.03 later
    assert (one.plasma["ion"].cadence_s, one.plasma["electron"].cadence_s) == (0.15, 0.03)
    assert (one.plasma["heplus"].time == at(np.arange(0.0, 60.0, 10.0))).all()  # begins at -5
    assert one.b.time[0] == at(0.0)
    counts = {len(s.time) for s in (one.b, one.e, one.plasma["ion"], one.plasma["hplus"])}
    assert counts == {480, 240, 400, 6}  # nothing cut to the shortest, nothing resampled: defect 21
    for series in (one.b, one.e, one.potential, *one.plasma.values(), *one.spectra.values()):
        assert (series.time >= at(0.0)).all()
        assert (series.time < at(60.0)).all()  # half open


def test_defect_16_what_is_missing_stays_missing_and_is_named(event):
    two = event.spacecraft[2]
    assert set(two.plasma) == {"ion"}
    assert two.e is two.potential is two.velocity is None
    assert set(two.spectra) == {"ion"}
    assert [note.split(":")[0] for note in two.notes] == [
        "no position from mec", "no position from defeph", "no electrons (FPI)", "no HPCA",
        "no electric field (EDP)", "no potential (EDP)",
    ]  # fmt: skip
    assert not event.spacecraft[1].notes


def test_defect_18_species_and_velocities_by_exact_name(event):
    plasma = event.spacecraft[1].plasma
    for species, density in DENSITY.items():
        np.testing.assert_allclose(plasma[species].n_cm3, density, rtol=1e-6)


def test_defect_18_velocity_in_gsm_is_turned_and_one_without_frame_is_not_used(tmp_path):
    def names(frame):
        return tuple(f"mms1_hpca_{one}_ion_bulk_velocity_{frame}" for one in DENSITY)

    event = load(alone(tmp_path, hpca=[make.hpca(tmp_path, leave_out=names("GSE"))]))
    v = event.spacecraft[1].plasma["heplus"].v_km_s
    np.testing.assert_allclose(gse(event, v), np.tile(V_HE, (6, 1)), atol=1e-4)
    event = load(alone(tmp_path, hpca=[make.hpca(tmp_path, leave_out=names("GSE") + names("GSM"))]))
    one = event.spacecraft[1]
    assert np.isnan(one.plasma["heplus"].v_km_s).all()
    assert np.isfinite(one.plasma["heplus"].n_cm3).all()
    assert "no velocity of heplus: the files state none in GSE or GSM" in one.notes


def test_defect_18_heplus_is_not_taken_from_heplusplus(tmp_path):
    left = tuple(f"mms1_hpca_heplus_{one}" for one in (
        "number_density", "ion_bulk_velocity", "ion_bulk_velocity_GSM", "ion_bulk_velocity_GSE"))  # fmt: skip
    event = load(alone(tmp_path, hpca=[make.hpca(tmp_path, leave_out=left)]))
    assert set(event.spacecraft[1].plasma) == set(DENSITY) - {"heplus"}
    assert "no heplus: not in the HPCA files" in event.spacecraft[1].notes
    every = tuple(f"mms1_hpca_{one}_number_density" for one in DENSITY)
    with pytest.raises(VariableError, match="mms1_hpca_heplus_number_density"):
        load(alone(tmp_path, hpca=[make.hpca(tmp_path, leave_out=every)]))


def test_defect_18_electric_field_in_gse_by_its_name(tmp_path):
    path = make.edp(tmp_path, leave_out=("mms1_edp_dce_gse_fast_l2",))
    with pytest.raises(VariableError, match="mms1_edp_dce_gse_fast_l2"):
        load(alone(tmp_path, electric=[path]))


def test_spans_of_hpca_in_other_units_and_to_both_sides(tmp_path):
    for plus, minus, shift in (((10000.0, "ms"), (0.0, "ms"), 0.0), ((5.0, "s"), (5.0, "s"), 5.0)):
        found = load(alone(tmp_path, hpca=[make.hpca(tmp_path, plus=plus, minus=minus)]))
        plasma = found.spacecraft[1].plasma["oplus"]
        assert seconds_of(plasma.time).tolist() == np.arange(shift, 60.0, 10.0).tolist()
        assert plasma.cadence_s == 10.0
    with pytest.raises(VariableError, match="found 'fortnights'"):
        load(alone(tmp_path, hpca=[make.hpca(tmp_path, plus=(1.0, "fortnights"))]))
    with pytest.raises(VariableError, match="does not say how long"):
        load(alone(tmp_path, hpca=[make.hpca(tmp_path, leave_out=("Epoch_PLUS",))]))
    with pytest.raises(VariableError, match="not a number of seconds"):
        load(alone(tmp_path, hpca=[make.hpca(tmp_path, plus=(-1.0, "s"))]))


def test_chosen_flag_bits_mask_records_and_bit_9_does_not(tmp_path):
    t = np.arange(0.0, 3.0, 0.15)
    flags = np.full(len(t), 512)
    flags[3], flags[5], flags[7] = 512 + 2, 512 + 32, 2**32 - 1  # saturated; hot; fill
    files = alone(tmp_path, ions=[make.fpi(tmp_path, "dis", seconds=t, given={"errorflags": flags})])
    plasma = load(files).spacecraft[1].plasma["ion"]
    assert np.flatnonzero(np.isnan(plasma.n_cm3)).tolist() == [3, 7]
    assert plasma.counts["flagged"] == 2
    spectra = load(files).spacecraft[1].spectra["ion"]
    assert np.flatnonzero(np.isnan(spectra.flux).all(axis=1)).tolist() == [3, 7]
    plasma = load(files, LoadOptions(ion_flag_bits=(5,))).spacecraft[1].plasma["ion"]
    assert np.flatnonzero(np.isnan(plasma.n_cm3)).tolist() == [5, 7]


def test_fill_nan_inf_and_absurd_values_are_masked(tmp_path):
    t = np.arange(0.0, 3.0, 0.15)
    v, n, hot = np.tile(V_ION, (len(t), 1)), np.full(len(t), 9.5), np.full(len(t), 300.0)
    v[1, 2], v[2, 0], v[3, 1], v[4, 0] = -1e31, np.nan, np.inf, 2501.0
    n[5], n[6], n[7], n[8] = -1e31, 0.0, -3.0, np.nan
    hot[9], hot[10] = 30001.0, 0.0
    given = {"bulkv_gse": v, "numberdensity": n, "temppara": hot}
    plasma = (
        load(alone(tmp_path, ions=[make.fpi(tmp_path, seconds=t, given=given)])).spacecraft[1].plasma["ion"]
    )
    assert np.flatnonzero(np.isnan(plasma.n_cm3)).tolist() == list(range(1, 9))
    assert np.flatnonzero(np.isnan(plasma.v_km_s).any(axis=1)).tolist() == list(range(1, 9))
    assert np.flatnonzero(np.isnan(plasma.t_perp_ev)).tolist() == list(range(1, 11))
    assert np.flatnonzero(np.isnan(plasma.p_npa).any(axis=(1, 2))).tolist() == list(range(1, 11))
    assert (plasma.counts["unusable"], plasma.counts["temperature"]) == (8, 2)
    np.testing.assert_allclose(plasma.n_error_cm3[0], 0.1, rtol=1e-6)
    np.testing.assert_allclose(plasma.v_error_km_s[0], np.sqrt(50 / 3), rtol=1e-6)


def test_electrons_beyond_the_valid_range_and_a_fill_value_of_another_type(tmp_path):
    t = np.arange(0.0, 3.0, 0.15)
    v, n = np.tile(-50 * V_ION, (len(t), 1)), np.full(len(t), 9.5)
    v[1, 0], v[2, 0], n[3] = 8e5, 109_000.0, -1e31
    path = make.fpi(
        tmp_path, "des", seconds=t, given={"bulkv_gse": v, "numberdensity": n},
        changes={"mms1_des_numberdensity_brst": {"FILLVAL": "-1.0E+31"}},
    )  # fmt: skip
    plasma = load(alone(tmp_path, electrons=[path])).spacecraft[1].plasma["electron"]
    assert np.flatnonzero(np.isnan(plasma.n_cm3)).tolist() == [1, 3]


def test_burst_electric_field_beside_a_potential_of_either_rate(tmp_path):
    files = alone(tmp_path, electric=[make.edp(tmp_path, rate="brst")], potential=[make.scpot(tmp_path)])
    one = load(files, LoadOptions(electric="brst")).spacecraft[1]
    assert (one.e.name, one.potential.name) == ("mms1_edp_dce_gse_brst_l2", "mms1_edp_scpot_fast_l2")
    files["potential"] = [make.scpot(tmp_path, rate="brst")]
    one = load(files, LoadOptions(electric="brst")).spacecraft[1]
    assert one.potential.name == "mms1_edp_scpot_brst_l2"
    with pytest.raises(VariableError, match="mms1_edp_dce_gse_fast_l2"):
        load(files)  # burst files where fast ones are asked for


def test_field_that_is_flagged_or_filled_is_missing(tmp_path):
    t = np.arange(0.0, 10.0, 0.125)
    b, flag = np.tile(np.append(B_NT, 40.0), (len(t), 1)), np.zeros(len(t))
    b[2], b[3, 1], b[4, 0], flag[5], flag[6] = -1e31, np.nan, 20001.0, 1, 2**32 - 1
    series = load({"field": [make.fgm(tmp_path, 1, t, b, flag)]}).spacecraft[1].b
    assert np.flatnonzero(np.isnan(series.values).any(axis=1)).tolist() == [2, 3, 4, 5, 6]
    assert np.isnan(series.values[2:7]).all()


def test_electric_field_of_low_quality_is_missing(tmp_path):
    t = np.arange(0.0, 10.0, 0.25)
    files = alone(tmp_path, electric=[make.edp(tmp_path, seconds=t, quality=np.arange(len(t)) % 4)])
    for least, left in ((1, 30), (3, 10)):
        e = load(files, LoadOptions(min_e_quality=least)).spacecraft[1].e
        assert np.isfinite(e.values).all(axis=1).sum() == left
    assert load(files, LoadOptions(electric="none")).spacecraft[1].e is None


def test_energies_that_fall_or_change_belong_to_their_record(tmp_path):
    t = np.arange(0.0, 3.0, 0.15)
    energy = np.where((np.arange(len(t)) % 2 == 0)[:, None], make.ENERGY, make.ENERGY[::-1] * 0.9)
    flux = 1e3 * energy
    given = {"energy": energy, "energyspectr_omni": flux}
    found = (
        load(alone(tmp_path, ions=[make.fpi(tmp_path, seconds=t, given=given)])).spacecraft[1].spectra["ion"]
    )
    assert (np.diff(found.energy_ev, axis=1) > 0).all()
    np.testing.assert_allclose(found.flux, 1e3 * found.energy_ev, rtol=1e-6)
    np.testing.assert_allclose(found.energy_ev[1], make.ENERGY * 0.9, rtol=1e-6)
    given["energy"] = energy[:, :30]
    with pytest.raises(VariableError, match="spectra and energies differ in shape"):
        load(alone(tmp_path, ions=[make.fpi(tmp_path, seconds=t, given=given)]))
    bare = make.fpi(
        tmp_path, seconds=t, leave_out=("mms1_dis_energyspectr_omni_brst", "mms1_dis_temppara_brst")
    )
    one = load(alone(tmp_path, ions=[bare])).spacecraft[1]
    assert not one.spectra
    assert one.plasma["ion"].t_para_ev is None
    assert "no spectra of ions: the files have none" in one.notes


@pytest.mark.parametrize(
    ("attribute", "wrong", "expectation"),
    [("UNITS", "T", "found 'T', expected 'nT'"), ("COORDINATE_SYSTEM", "GSM", "found 'GSM', expected 'GSE'")],
)
def test_defect_5_wrong_units_and_frames_name_file_variable_and_expectation(
    tmp_path, attribute, wrong, expectation
):
    path = make.fgm(tmp_path, changes={"mms1_fgm_b_gse_brst_l2": {attribute: wrong}})
    with pytest.raises(VariableError, match=expectation) as caught:
        load({"field": [path]})
    assert f"{path}, mms1_fgm_b_gse_brst_l2" in str(caught.value)


def test_defect_5_frames_of_plasma_and_hpca_are_checked(tmp_path, event):
    path = make.fpi(tmp_path, changes={"mms1_dis_bulkv_gse_brst": {"COORDINATE_SYSTEM": "DBCS"}})
    with pytest.raises(VariableError, match=r"mms1_dis_bulkv_gse_brst\n.*found 'DBCS'"):
        load(alone(tmp_path, ions=[path]))
    path = make.hpca(
        tmp_path, changes={"mms1_hpca_heplus_ion_bulk_velocity_GSE": {"COORDINATE_SYSTEM": "GSM"}}
    )
    with pytest.raises(VariableError, match="found 'GSM', expected 'GSE'"):
        load(alone(tmp_path, hpca=[path]))
    one = event.spacecraft[1]
    require_frame("GSM", one.b, one.plasma["ion"], None)
    with pytest.raises(VariableError, match=r"velocity of ion\n.*found GSE, expected GSM"):
        require_frame("GSM", one.b, replace(one.plasma["ion"], frame="GSE"))


def test_a_renamed_or_missing_variable_is_named(tmp_path):
    path = make.fpi(tmp_path, leave_out=("mms1_dis_bulkv_gse_brst",))
    with pytest.raises(VariableError, match=r"mms1_dis_bulkv_gse_brst"):
        load(alone(tmp_path, ions=[path]))
    with pytest.raises(VariableError, match="mms1_fgm_b_gse_brst_l2"):
        load({"field": [make.fgm(tmp_path, 2)]})  # of another spacecraft


def test_defect_17_nothing_read_is_an_error(tmp_path):
    with pytest.raises(MissingData, match="mms1_fgm_b_gse_brst_l2"):
        load({})
    with pytest.raises(InsufficientData, match="too few records in the interval") as caught:
        load(
            {"field": [make.fgm(tmp_path)]}, start=START + timedelta(hours=2), stop=STOP + timedelta(hours=2)
        )
    assert "mms1_fgm_brst_l2_20180115055900_v5.120.0.cdf" in str(caught.value)
    with pytest.raises(InsufficientData, match="every record in the interval is masked"):
        load({"field": [make.fgm(tmp_path, flag=1)]})
    with pytest.raises(InsufficientData):
        load({"field": [make.fgm(tmp_path, seconds=[])]})


def test_other_products_outside_the_interval_are_named_and_left_out(tmp_path):
    ions = make.fpi(tmp_path, seconds=np.arange(100.0, 110.0, 0.15))
    one = load(alone(tmp_path, ions=[ions])).spacecraft[1]
    assert not one.plasma
    (note,) = (note for note in one.notes if "ions" in note)
    assert note.startswith(
        "no ions (FPI): no ion record in the interval; 67 records, none of 2018-01-15T06:00"
    )
    assert ions.name not in one.files


def test_a_cadence_of_zero(tmp_path):
    with pytest.raises(InsufficientData, match="1 records in"):
        load({"field": [make.fgm(tmp_path, seconds=np.full(300, 5.0))]})
    with pytest.raises(VariableError, match="measurements take no time"):
        load(alone(tmp_path, ions=[make.fpi(tmp_path, plus=0.0)]))
    with pytest.raises(VariableError, match="measurements take no time"):
        load(alone(tmp_path, hpca=[make.hpca(tmp_path, plus=(0.0, "s"))]))


def test_overlapping_repeated_and_disordered_records_count_once(tmp_path):
    t = np.arange(0.0, 60.0, 0.125)
    b = np.column_stack([t, -t, 0 * t, t])
    shuffled = np.concatenate([np.arange(200), [150, 150], np.arange(299, 199, -1)])
    paths = [
        make.fgm(tmp_path, 1, t[shuffled], b[shuffled]),
        make.fgm(tmp_path, 1, t[250:], b[250:], slot="20180115060030"),
    ]
    event = load({"field": paths})
    series = event.spacecraft[1].b
    assert (series.time == at(t)).all()
    np.testing.assert_allclose(gse(event, series.values)[:, 0], t, atol=1e-5)
    assert series.counts["duplicates"] == 52


def test_a_gap_and_a_single_sample_stay_as_they_are(tmp_path):
    t = np.concatenate([np.arange(0.0, 20.0, 0.125), [30.0], np.arange(40.0, 60.0, 0.125)])
    series = load({"field": [make.fgm(tmp_path, 1, t)]}).spacecraft[1].b
    assert (series.time == at(t)).all()
    assert np.isfinite(series.values).all()


def test_two_versions_of_one_file_are_refused_and_noted_across_slots(tmp_path):
    old, new = make.fpi(tmp_path, version="3.4.0"), make.fpi(tmp_path, version="3.4.1")
    with pytest.raises(VariableError, match="two versions of one file"):
        load(alone(tmp_path, ions=[old, new]))
    later = make.fpi(tmp_path, version="3.4.1", slot="20180115060030", seconds=np.arange(61.0, 70.0, 0.15))
    one = load(alone(tmp_path, ions=[old, later])).spacecraft[1]
    assert "ions: files of versions 3.4.0, 3.4.1" in one.notes
    make.fgm(tmp_path)
    found = load_folder(tmp_path, probes=[1], start=START, stop=STOP).spacecraft[1].files
    assert [name for name in found if "dis" in name] == [new.name]


def test_times_before_and_after_a_leap_second_increase(tmp_path, monkeypatch):
    day = datetime(2016, 12, 31, 23, 59, 30, tzinfo=START.tzinfo)
    leap = np.datetime64(day.replace(tzinfo=None), "ns")
    monkeypatch.setattr("tests.unit.mp_files.BEGIN", leap)
    monkeypatch.setattr(make, "tt2000", lambda time: TT_OF_LEAP + (time - leap).astype(np.int64))
    path = make.fgm(tmp_path, 1, np.arange(0.0, 62.0, 0.125))  # 61 s to 2017-01-01T00:00:30
    event = load({"field": [path]}, start=day, stop=day + timedelta(seconds=60))
    time = event.spacecraft[1].b.time
    assert len(time) == 488
    assert (np.diff(time) > np.timedelta64(0, "ns")).all()
    assert time[-1] == leap + np.timedelta64(59_875, "ms")


TT_OF_LEAP = ((17166 - 10957) * 86_400 + 86_370 - 43_200) * 1_000_000_000 + 68_184_000_000
"""TT2000 of 2016-12-31T23:59:30."""


def test_a_time_that_is_fill_is_dropped(tmp_path, monkeypatch):
    stored = make.tt2000

    def with_fill(time):
        epoch = stored(time)
        if len(epoch) > 100:
            epoch[[3, 50]] = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        return epoch

    monkeypatch.setattr(make, "tt2000", with_fill)
    series = load({"field": [make.fgm(tmp_path, 1, np.arange(0.0, 60.0, 0.125))]}).spacecraft[1].b
    assert len(series.time) == 478
    assert series.counts["bad_epoch"] == 2


def test_a_spacecraft_without_field_fails_or_is_left_out(archive):
    files = {1: archive[1][1], 3: {"ions": archive[1][1]["ions"]}}
    with pytest.raises(MissingData):
        load_event(files, **SPAN)
    event = load_event(files, options=LoadOptions(missing_probe="leave_out"), **SPAN)
    assert set(event.spacecraft) == {1}
    assert event.left_out == {3: "no file to read: the list of files is empty"}
    with pytest.raises(MissingData, match="no spacecraft has field and position") as caught:
        load_event({3: files[3]}, options=LoadOptions(missing_probe="leave_out"), **SPAN)
    assert "MMS3: no file to read" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stop": START}, "ends before it begins"),
        ({"rate": "slow"}, "expected brst or fast"),
        ({"start": datetime(2018, 1, 15, 6)}, "times of an event are UTC"),
        ({"start": START.astimezone(timezone(timedelta(hours=-5)))}, "times of an event are UTC"),
    ],
)
def test_requests_that_make_no_sense(archive, change, message):
    with pytest.raises(ConfigError, match=message):
        load_event(archive[1], **{**SPAN, **change})


def test_probes_quantities_and_options_that_there_are_not(archive):
    with pytest.raises(ConfigError, match="some of 1 to 4"):
        load_event({5: archive[1][1]}, **SPAN)
    with pytest.raises(ConfigError, match="no spacecraft chosen"):
        load_folder(archive[0], probes=[], start=START, stop=STOP)
    with pytest.raises(MissingData, match="none was given"):
        load_event({}, **SPAN)
    with pytest.raises(ConfigError, match=r"unknown quantities \['fgm'\]"):
        load({"fgm": []})
    for wrong in ({"ephemeris": "best"}, {"electric": "slow"}, {"missing_probe": "guess"}):
        with pytest.raises(ConfigError, match="expected one of"):
            LoadOptions(**wrong)


def test_a_folder_gives_the_same_event_whatever_the_zone(archive, event, monkeypatch):
    root = archive[0]
    monkeypatch.setenv("TZ", "America/New_York")
    clock.tzset()
    try:
        found = load_folder(root, probes=[1, 2], start="2018-01-15T06:00", stop=datetime(2018, 1, 15, 6, 1))
    finally:
        monkeypatch.undo()
        clock.tzset()
    assert found.id == "20180115T060000"
    assert (found.start, found.stop, found.time0) == (event.start, event.stop, event.time0)
    for probe, one in found.spacecraft.items():
        other = event.spacecraft[probe]
        np.testing.assert_array_equal(one.b.values, other.b.values)
        np.testing.assert_array_equal(one.position.values, other.position.values)
        assert one.notes == other.notes
    eastern = timezone(timedelta(hours=-5))
    times = {"start": START.astimezone(eastern), "stop": STOP.astimezone(eastern)}
    assert load_folder(root, probes=[1], **times).start == event.start


def test_damaged_files_of_a_folder_are_refused_or_noted(tmp_path):
    make.fgm(tmp_path)
    ions = make.fpi(tmp_path)
    ions.write_bytes(ions.read_bytes()[:-2000])
    span = {"probes": [1], "start": START, "stop": STOP}
    with pytest.raises(CorruptFile, match="MD5 trailer does not match") as caught:
        load_folder(tmp_path, **span)
    assert ions.name in str(caught.value)
    one = load_folder(tmp_path, on_damaged="gap", **span).spacecraft[1]
    assert not one.plasma
    assert one.notes[0].startswith(f"damaged, left out: {ions.name}: MD5")


def test_a_folder_without_the_day_or_at_all(tmp_path, archive):
    with pytest.raises(MissingData, match="no field of MMS1 in the interval"):
        load_folder(tmp_path, probes=[1], start=START, stop=STOP)
    with pytest.raises(MissingData, match="no field of MMS1"):
        load_folder(archive[0], probes=[1], start="2018-01-15T09:00", stop="2018-01-15T09:05")
    with pytest.raises(ArchiveError, match="archive folder not found"):
        load_folder(tmp_path / "none", probes=[1], start=START, stop=STOP)
    with pytest.raises(ConfigError, match="not a time"):
        load_folder(tmp_path, probes=[1], start="yesterday", stop=STOP)


def test_fast_data_are_survey_field_and_fast_moments(tmp_path):
    t = np.arange(0.0, 60.0, 0.0625)
    make.fgm(tmp_path, 1, t, rate="srvy")
    make.fpi(tmp_path, "dis", rate="fast")
    make.fpi(tmp_path, "des", rate="fast")
    event = load_folder(tmp_path, probes=[1], start=START, stop=STOP, rate="fast")
    one = event.spacecraft[1]
    assert len(one.b.time) == 960
    assert {name: plasma.cadence_s for name, plasma in one.plasma.items()} == {"ion": 4.5, "electron": 4.5}
    assert one.plasma["ion"].time[0] == at(1.25)  # -1 + 2.25: half of 4.5 s after its begin
    with pytest.raises(MissingData):
        load_folder(tmp_path, probes=[1], start=START, stop=STOP)  # burst is not there


def test_products_of_each_choice():
    assert products_of("brst", electric="none", ephemeris="fgm", hpca=False) == {
        "field": "mms_fgm_brst",
        "ions": "mms_fpi_brst_dis-moms",
        "electrons": "mms_fpi_brst_des-moms",
    }
    assert products_of("fast", electric="brst") == {
        "field": "mms_fgm_srvy", "ions": "mms_fpi_fast_dis-moms", "electrons": "mms_fpi_fast_des-moms",
        "hpca": "mms_hpca_srvy", "electric": "mms_edp_brst", "potential": "mms_edp_scpot_brst",
        "mec": "mms_mec_srvy", "defeph": "mms_defeph",
    }  # fmt: skip
