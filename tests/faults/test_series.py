"""Records with faults that pass the gate: fills, disorder, repeats, gaps, other tables, other attributes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.io.cdf import Wanted, read_records, read_series
from magnetoflow.io.mms import read_dis_spectra, read_fgm, read_position
from magnetoflow.sample.cdf import tt2000, write_cdf

START = datetime(2017, 11, 3, 4, tzinfo=UTC)
SPECTRUM, ENERGIES = "mms1_dis_energyspectr_omni_fast", "mms1_dis_energy_fast"
FLAGS = "mms1_dis_errorflags_fast"
UNIT = "keV/(cm^2 s sr keV)"
ENERGY = np.geomspace(11.33, 26584.79, 32).astype("f4")


def stamps(seconds):
    begin = np.datetime64(START.replace(tzinfo=None), "ns")
    return tt2000(begin + (np.asarray(seconds) * 1e9).astype("timedelta64[ns]"))


def dis_file(folder, seconds, *, name="one", flux=None, energy=ENERGY, flags=0, epoch=None, changes=None):
    """Write a DIS file with records at seconds after 04:00; `changes` are attributes that differ."""
    seconds = np.asarray(seconds, dtype=float)
    size = len(seconds)
    given = np.arange(size, dtype=float)[:, None] + np.ones(32) if flux is None else np.asarray(flux)
    values = {
        "Epoch": stamps(seconds) if epoch is None else np.asarray(epoch, dtype="i8"),
        SPECTRUM: given.astype("f4"),
        ENERGIES: np.broadcast_to(energy, (size, np.shape(energy)[-1])).astype("f4"),
        FLAGS: np.broadcast_to(flags, size).astype("u4"),
    }
    attributes = {
        "Epoch": {"FILLVAL": np.int64(-(2**63)), "UNITS": "ns"},
        SPECTRUM: {
            "DEPEND_0": "Epoch", "UNITS": UNIT, "FILLVAL": np.float32(-1e31),
            "VALIDMIN": np.float32(0), "VALIDMAX": np.float32(1e30),
        },
        ENERGIES: {"DEPEND_0": "Epoch", "UNITS": "eV", "FILLVAL": np.float32(-1e31)},
        FLAGS: {"DEPEND_0": "Epoch", "UNITS": "32-bit error flags", "FILLVAL": np.uint32(2**32 - 1)},
    }  # fmt: skip
    for variable, change in (changes or {}).items():
        attributes[variable] |= change
    path = folder / f"{name}.cdf"
    write_cdf(path, values, attributes, {"Logical_file_id": name})
    return path


def read(*paths, minutes=10):
    stop = START + timedelta(minutes=minutes)
    return read_dis_spectra(paths, probe=1, rate="fast", flag_bits=[0, 1, 11], start=START, stop=stop)


def seconds_of(series):
    begin = np.datetime64(START.replace(tzinfo=None), "ns")
    return ((series.time - begin) / np.timedelta64(1, "s")).tolist()


def test_f18_records_that_go_back_in_time_are_sorted_counted_and_marked(tmp_path):
    ions = read(dis_file(tmp_path, [0, 9, 4.5, 13.5]))
    assert seconds_of(ions) == [0, 4.5, 9, 13.5]
    assert ions.flux[:, 0].tolist() == [1, 3, 2, 4]
    assert ions.counts["out_of_order"] == 1
    assert len(ions.marks["repeated"]) == 1


def test_f18_of_equal_times_the_first_file_wins_whatever_the_values(tmp_path):
    first = dis_file(tmp_path, [0, 4.5, 9], name="a")
    second = dis_file(tmp_path, [4.5, 9, 13.5], name="b", flux=np.full((3, 32), 70.0))
    ions = read(first, second)
    assert seconds_of(ions) == [0, 4.5, 9, 13.5]
    assert ions.flux[:, 0].tolist() == [1, 2, 3, 70]
    assert ions.counts["duplicates"] == 2
    assert read(second, first).flux[:, 0].tolist() == [1, 70, 70, 70]


def test_f19_a_gap_stays_a_gap_and_one_record_is_a_series(tmp_path):
    assert seconds_of(read(dis_file(tmp_path, [0, 4.5, 504.5]))) == [0, 4.5, 504.5]
    assert seconds_of(read(dis_file(tmp_path, [4.5], name="single"))) == [4.5]


def test_f19_no_record_in_the_interval_names_file_and_variable(tmp_path):
    path = dis_file(tmp_path, [700, 704.5])
    with pytest.raises(InsufficientData, match=f"one.cdf, {SPECTRUM}"):
        read(path)
    with pytest.raises(InsufficientData, match="0 records"):
        read(dis_file(tmp_path, [], name="empty", flux=np.zeros((0, 32))))


def test_f19_an_empty_file_beside_a_good_one_changes_nothing(tmp_path):
    good = dis_file(tmp_path, [0, 4.5], name="good")
    empty = dis_file(tmp_path, [], name="empty", flux=np.zeros((0, 32)))
    assert seconds_of(read(empty, good)) == seconds_of(read(good, empty)) == [0, 4.5]


@pytest.mark.parametrize(
    ("value", "counted"),
    [(-1e31, "fill"), (np.nan, "fill"), (np.inf, "fill"), (-np.inf, "fill"), (-5e30, "fill"),
     (-0.1, "out_of_range"), (2e30, "out_of_range")],
)  # fmt: skip
def test_f20_what_is_no_measurement_is_missing_and_counted(tmp_path, value, counted):
    flux = np.ones((3, 32))
    flux[1, 7] = value
    ions = read(dis_file(tmp_path, [0, 4.5, 9], flux=flux))
    assert np.isnan(ions.flux).sum() == 1
    assert np.isnan(ions.flux[1, 7])
    assert ions.counts[counted] == 1
    assert ((ions.marks["invalid"] == ions.time[1]).tolist()) == [True]


def test_f20_zero_is_a_measurement(tmp_path):
    assert (read(dis_file(tmp_path, [0], flux=np.zeros((1, 32)))).flux == 0).all()


def test_f20_a_fill_value_of_another_type_masks_nothing_else(tmp_path):
    path = dis_file(tmp_path, [0, 4.5], changes={SPECTRUM: {"FILLVAL": "-1e31"}})
    assert np.isfinite(read(path).flux).all()


@pytest.mark.parametrize(
    ("flags", "dropped"),
    [(0, 0), (1 << 6, 0), (1 << 9, 0), (1 << 0, 1), (1 << 11, 1), ((1 << 6) | 2, 1), (2**32 - 1, 1)],
)
def test_only_chosen_flag_bits_and_missing_flags_drop_a_record(tmp_path, flags, dropped):
    path = dis_file(tmp_path, [0, 4.5], flags=np.array([flags, 0], dtype="u8"))
    ions = read(path)
    assert ions.counts["flagged"] == dropped
    assert np.isnan(ions.flux[0]).all() == bool(dropped)
    assert np.isfinite(ions.flux[1]).all()


def test_f22_missing_times_are_left_out_and_counted(tmp_path):
    epoch = [*stamps([0, 4.5]), -(2**63), -(2**63) + 3]
    ions = read(dis_file(tmp_path, [0, 0, 0, 0], epoch=epoch))
    assert seconds_of(ions) == [0, 4.5]
    assert ions.counts["bad_epoch"] == 2


def test_f24_each_record_keeps_its_own_table_in_ascending_order(tmp_path):
    tables = np.array([ENERGY, 1.1 * ENERGY, ENERGY[::-1]])
    flux = np.array([np.arange(32), np.arange(32), np.arange(32)[::-1]])
    ions = read(dis_file(tmp_path, [0, 4.5, 9], energy=tables, flux=flux))
    assert (np.diff(ions.energy_ev, axis=1) > 0).all()
    np.testing.assert_allclose(ions.energy_ev, [ENERGY, 1.1 * ENERGY, ENERGY], rtol=1e-6)
    assert (ions.flux == np.arange(32)).all()


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({SPECTRUM: {"UNITS": "1/cm^3"}}, ("another unit", SPECTRUM, "1/cm^3", UNIT)),
        ({ENERGIES: {"UNITS": "keV"}}, ("another unit", ENERGIES, "keV", "eV")),
        ({SPECTRUM: {"DEPEND_0": "Epoch_minus"}}, ("no times", "Epoch_minus")),
    ],
)
def test_f23_wrong_attributes_name_file_variable_and_expectation(tmp_path, changes, parts):
    with pytest.raises(VariableError) as caught:
        read(dis_file(tmp_path, [0, 4.5], changes=changes))
    for part in ("one.cdf", *parts):
        assert part in str(caught.value)


def test_f23_a_missing_variable_names_what_the_file_holds(tmp_path):
    path = dis_file(tmp_path, [0])
    with pytest.raises(VariableError, match=rf"mms3_dis_energyspectr_omni_fast[\s\S]*{SPECTRUM}"):
        read_dis_spectra(
            [path], probe=3, rate="fast", flag_bits=[], start=START, stop=START + timedelta(hours=1)
        )


def test_f23_energies_of_another_length_are_refused(tmp_path):
    with pytest.raises(VariableError, match="differ in shape"):
        read(dis_file(tmp_path, [0, 4.5], energy=ENERGY[:31]))


def test_f23_files_of_one_event_with_other_channels_are_refused_by_name(tmp_path):
    wide = dis_file(tmp_path, [0], name="wide")
    narrow = dis_file(tmp_path, [9], name="narrow", flux=np.ones((1, 16)), energy=ENERGY[:16])
    with pytest.raises(VariableError, match=r"narrow\.cdf"):
        read(wide, narrow)


def test_f35_hostile_attributes_are_cut_in_the_message(tmp_path):
    bad = "\x1b[31m$(rm -rf /)\n" + "x" * 100_000
    with pytest.raises(VariableError) as caught:
        read(dis_file(tmp_path, [0], changes={SPECTRUM: {"UNITS": bad}}))
    assert len(str(caught.value)) < 1000
    assert "\x1b" not in str(caught.value)


def test_l8_only_the_half_open_interval_is_returned(tmp_path):
    ions = read(dis_file(tmp_path, [-4.5, 0, 595.5, 600, 7000]), minutes=10)
    assert seconds_of(ions) == [0, 595.5]


def test_f21_time_increases_through_the_leap_second(tmp_path):
    before = tt2000(np.array(["2016-12-31T23:59:58"], dtype="datetime64[ns]"))[0]
    epoch = before + np.arange(0, 4_000_000_000, 250_000_000)  # 250 ms apart, through 23:59:60
    path = dis_file(tmp_path, np.zeros(16), epoch=epoch)
    start = datetime(2016, 12, 31, 23, tzinfo=UTC)
    one = read_series([path], SPECTRUM, unit=UNIT, start=start, stop=start + timedelta(hours=2))
    assert len(one.time) == 16
    assert (np.diff(one.time).astype(int) > 0).all()
    assert str(one.time[-1])[:23] == "2017-01-01T00:00:00.750"
    assert one.counts["duplicates"] == 0


FIELD, FIELD_FLAG = "mms1_fgm_b_gse_srvy_l2", "mms1_fgm_flag_srvy_l2"


def fgm_file(folder, b, flag, frame="GSE", position=True):
    size = len(b)
    values = {
        "Epoch": stamps(np.arange(size)),
        FIELD: np.asarray(b, dtype="f4"),
        FIELD_FLAG: np.asarray(flag, dtype="u4"),
    }
    attributes = {
        "Epoch": {"UNITS": "ns"},
        FIELD: {
            "DEPEND_0": "Epoch", "UNITS": "nT", "COORDINATE_SYSTEM": frame,
            "VALIDMIN": np.float32(-17000), "VALIDMAX": np.float32(17000),
        },
        FIELD_FLAG: {"DEPEND_0": "Epoch"},
    }  # fmt: skip
    if position:
        values |= {
            "Epoch_state": stamps([0, 30]),
            "mms1_fgm_r_gse_srvy_l2": np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype="f4"),
        }
        attributes |= {
            "Epoch_state": {"UNITS": "ns"},
            "mms1_fgm_r_gse_srvy_l2": {
                "DEPEND_0": "Epoch_state", "UNITS": "km", "COORDINATE_SYSTEM": "GSE",
            },
        }  # fmt: skip
    path = folder / "fgm.cdf"
    write_cdf(path, values, attributes, {})
    return path


SPAN = {"probe": 1, "rate": "srvy", "start": START, "stop": START + timedelta(minutes=5)}


def test_m4_the_field_comes_from_its_own_file_with_flagged_samples_missing(tmp_path):
    b = np.array([[1, 2, 2, 3.0], [0, 3, 4, 5], [0, 0, 1, 1], [9, 9, 9, 2e5]])
    series = read_fgm([fgm_file(tmp_path, b, [0, 0, 1, 0])], **SPAN)
    np.testing.assert_array_equal(series.values, [3, 5, np.nan, np.nan])
    assert series.counts["flagged"] == 1
    assert series.unit == "nT"


def test_f23_another_frame_is_refused(tmp_path):
    with pytest.raises(VariableError, match=r"another frame[\s\S]*GSM"):
        read_fgm([fgm_file(tmp_path, np.ones((2, 4)), [0, 0], frame="GSM")], **SPAN)


def test_the_position_has_its_own_times_and_may_be_absent(tmp_path):
    place = read_position([fgm_file(tmp_path, np.ones((2, 4)), [0, 0])], **SPAN)
    assert place.values.tolist() == [[1, 2, 3], [5, 6, 7]]
    assert (place.unit, place.frame) == ("km", "GSE")
    assert read_position([fgm_file(tmp_path, np.ones((2, 4)), [0, 0], position=False)], **SPAN) is None


def test_variables_with_other_times_are_not_mixed(tmp_path):
    path = fgm_file(tmp_path, np.ones((3, 4)), [0, 0, 0])
    wanted = [Wanted(FIELD, "nT", "GSE"), Wanted("mms1_fgm_r_gse_srvy_l2", "km", "GSE")]
    with pytest.raises(VariableError, match="differ in length"):
        read_records([path], wanted)
