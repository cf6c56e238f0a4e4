"""Minutes: which record counts where, what is a gap, and what is known against a minute."""

from datetime import UTC, datetime

import numpy as np
import pytest

from magnetoflow.mms_gmm.minutes import minute_table, no_minutes, to_table
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.series import IonSpectra, Series

ENERGY = np.geomspace(11.33, 26584.79, 32)
BEGIN = np.datetime64("2017-11-03T04:00:00", "ns")
SECOND = np.timedelta64(1_000_000_000, "ns")


def utc(text):
    return datetime.fromisoformat(f"2017-11-03T{text}").replace(tzinfo=UTC)


def spectra(seconds, flux=1e5, energy=ENERGY, marks=None):
    """Spectra at seconds after 04:00; `flux` is one number, or one per record."""
    seconds = np.asarray(seconds, dtype=float)
    levels = np.broadcast_to(np.asarray(flux, dtype=float), seconds.shape)
    return IonSpectra(
        time=BEGIN + (seconds * 1e9).astype("timedelta64[ns]"),
        flux=np.tile(levels[:, None], (1, 32)),
        energy_ev=np.broadcast_to(energy, (len(seconds), 32)).copy(),
        marks=marks or {},
    )


def field(seconds, b_nt, marks=None):
    seconds = np.asarray(seconds, dtype=float)
    time = BEGIN + (seconds * 1e9).astype("timedelta64[ns]")
    return Series("b", time, np.asarray(b_nt, dtype=float), "nT", marks=marks or {})


def table(ions, b=None, start="04:00", stop="04:03", **more):
    return minute_table(ions, b, None, utc(start), utc(stop), **more)


def has(minutes, bit):
    return ((minutes.quality & bit) > 0).tolist()


def test_every_minute_that_overlaps_the_event_is_a_row_and_edges_are_flagged():
    minutes = table(spectra([30, 70, 130]), start="04:00:20", stop="04:02:40")
    assert minutes.time.tolist() == [(BEGIN + 60 * k * SECOND).astype(np.int64) for k in range(3)]
    assert has(minutes, Quality.EDGE) == [True, False, True]


def test_an_event_that_ends_on_the_minute_has_no_row_for_the_next():
    minutes = table(spectra([30, 90]), stop="04:02")
    assert len(minutes.time) == 2
    assert has(minutes, Quality.EDGE) == [False, False]


def test_the_interval_is_half_open_and_records_outside_are_not_used():
    ions = spectra([-0.001, 0, 59.999, 60, 120, 180], flux=[9e9, 1, 3, 5, 7, 9e9])
    minutes = table(ions)
    assert minutes.n_samples.tolist() == [2, 1, 1]
    np.testing.assert_allclose(minutes.flux[:, 0], [2, 5, 7])


def test_a_minute_without_records_is_missing_never_zero():
    minutes = table(spectra([10, 130]))
    assert np.isnan(minutes.flux[1]).all()
    assert np.isnan(minutes.energy_ev[1]).all()
    assert minutes.n_samples.tolist() == [1, 0, 1]
    assert has(minutes, Quality.NO_IONS) == [False, True, False]
    assert np.isnan(minutes.b_nt).all()
    assert has(minutes, Quality.NO_FIELD) == [True] * 3


def test_the_mean_is_arithmetic_and_skips_missing_channels():
    ions = spectra([1, 2, 3], flux=[1.0, 2.0, 6.0])
    ions.flux[2, 5] = np.nan
    minutes = table(ions, stop="04:01")
    assert minutes.flux[0, 0] == 3.0
    assert minutes.flux[0, 5] == 1.5
    assert minutes.n_samples.tolist() == [3]


def test_a_record_that_is_missing_throughout_does_not_count():
    ions = spectra([1, 2], flux=[1.0, np.nan])
    assert table(ions, stop="04:01").n_samples.tolist() == [1]


def test_a_spectrum_of_zeros_is_missing_and_flagged():
    minutes = table(spectra([10, 70], flux=[0.0, 1.0]), stop="04:02")
    assert np.isnan(minutes.flux[0]).all()
    assert has(minutes, Quality.ZERO_SPECTRUM) == [True, False]
    assert has(minutes, Quality.NO_IONS) == [True, False]


def test_the_field_is_averaged_over_its_own_samples():
    minutes = table(spectra([10, 70, 130]), field([0, 30, 59.99, 60, 130, 140], [1, 2, 3, 10, 4, np.nan]))
    assert minutes.b_nt.tolist() == [2.0, 10.0, 4.0]
    assert minutes.n_b.tolist() == [3, 1, 1]
    assert has(minutes, Quality.NO_FIELD) == [False] * 3


def test_two_tables_in_a_minute_are_brought_to_the_more_frequent_one():
    other = 1.1 * ENERGY
    ions = spectra([1, 2, 3, 61], energy=np.array([other, ENERGY, ENERGY, other]))
    power = 1e6 * (ions.energy_ev / 1000.0) ** -1.5  # a power law is the same line on every table
    minutes = table(IonSpectra(ions.time, power, ions.energy_ev), stop="04:02")
    assert has(minutes, Quality.MIXED_TABLES) == [True, False]
    np.testing.assert_array_equal(minutes.energy_ev, [ENERGY, other])
    np.testing.assert_allclose(minutes.flux[0, 1:], 1e6 * (ENERGY[1:] / 1000.0) ** -1.5, rtol=1e-12)


def test_equally_frequent_tables_give_the_first():
    ions = spectra([1, 2], energy=np.array([1.1 * ENERGY, ENERGY]))
    np.testing.assert_array_equal(table(ions, stop="04:01").energy_ev[0], 1.1 * ENERGY)


def test_another_table_is_interpolated_within_range_only():
    moved = to_table(ENERGY, np.full(32, 7.0), 1.5 * ENERGY)
    assert np.isnan(moved[-2:]).all()
    np.testing.assert_allclose(moved[:-2], 7.0)


def test_beside_an_empty_channel_interpolation_is_linear():
    flux = np.full(32, 8.0)
    flux[10] = 0.0
    target = np.sqrt(ENERGY[:-1] * ENERGY[1:])
    moved = to_table(ENERGY, flux, np.append(target, ENERGY[-1]))
    np.testing.assert_allclose(moved[9:11], 4.0)
    np.testing.assert_allclose(moved[11], 8.0)


def test_few_spectra_are_flagged_against_the_usual_number():
    seconds = [*range(0, 60, 5), *range(60, 120, 5), *range(120, 145, 5)]
    assert has(table(spectra(seconds)), Quality.FEW_SAMPLES) == [False, False, True]


def test_a_table_without_low_channels_is_flagged():
    high = np.geomspace(195, 28000, 32)
    minutes = table(spectra([10, 70], energy=np.array([ENERGY, high])), stop="04:02")
    assert has(minutes, Quality.NO_LOW_CHANNELS) == [False, True]


@pytest.mark.parametrize(
    ("mark", "bit"),
    [
        ("flagged", Quality.FLAGGED),
        ("invalid", Quality.INVALID_VALUES),
        ("repeated", Quality.REPEATED_TIMES),
    ],
)
def test_what_the_reader_dropped_is_flagged_in_its_minute(mark, bit):
    at = BEGIN + np.array([-5, 70, 200]) * SECOND  # the first and the last lie outside the event
    assert has(table(spectra([10, 70, 130], marks={mark: at})), bit) == [False, True, False]


def test_a_blanked_field_sample_is_flagged():
    b = field([10, 70], [1.0, np.nan], marks={"flagged": BEGIN + np.array([70]) * SECOND})
    assert has(table(spectra([10, 70]), b, stop="04:02"), Quality.FLAGGED_FIELD) == [False, True]


def test_a_damaged_file_marks_the_minutes_that_it_touches():
    minutes = table(spectra([10, 70, 130]), damaged=[(utc("04:01:30"), utc("04:02:00"))])
    assert has(minutes, Quality.DAMAGED_FILE) == [False, True, False]


def test_the_position_is_interpolated_but_not_across_a_gap():
    time = BEGIN + np.array([0, 60, 1200]) * SECOND
    track = Series("r", time, np.array([[0.0, 0, 0], [60, 0, 0], [1200, 0, 0]]), "km", "GSE")
    minutes = minute_table(spectra([10]), None, track, utc("04:00"), utc("04:10"))
    np.testing.assert_allclose(minutes.position_gse_km[0], [30.0, 0.0, 0.0])
    assert np.isnan(minutes.position_gse_km[1:]).all()


def test_a_shift_of_whole_minutes_shifts_the_table_and_nothing_else():
    rng = np.random.default_rng(5)
    seconds, flux = np.sort(rng.uniform(0, 180, 40)), rng.random(40)
    one = table(spectra(seconds, flux))
    other = table(spectra(seconds + 3600, flux), start="05:00", stop="05:03")
    np.testing.assert_array_equal(other.flux, one.flux)
    assert (other.time - one.time == 3600 * SECOND).all()
    np.testing.assert_array_equal(other.n_samples, one.n_samples)
    np.testing.assert_array_equal(other.quality, one.quality)


def test_records_of_two_days_stand_in_their_own_minutes():
    midnight = np.datetime64("2017-11-04T00:00", "ns")
    ions = spectra([0, 0])
    ions = IonSpectra(midnight + np.array([-1, 1]) * SECOND, ions.flux, ions.energy_ev)
    start, stop = datetime(2017, 11, 3, 23, 59, tzinfo=UTC), datetime(2017, 11, 4, 0, 1, tzinfo=UTC)
    minutes = minute_table(ions, None, None, start, stop)
    assert minutes.n_samples.tolist() == [1, 1]


def test_an_event_left_out_has_no_rows():
    assert len(no_minutes().time) == 0
    assert no_minutes().flux.shape == (0, 32)
