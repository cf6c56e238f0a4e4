"""The feature table: missing stays missing, zeroed minutes, few samples, and its columns."""

import numpy as np
import pytest

from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.minutes import MinuteTable
from magnetoflow.mms_gmm.quality import Quality
from magnetoflow.mms_gmm.tables import ROBUST_COLUMNS, feature_frame

ENERGY = np.geomspace(11.33, 26584.79, 32)


def beam(energy, centre=1000.0, width=0.15):
    """Flux with one peak, as of solar wind."""
    return 1e3 + 1e7 * np.exp(-0.5 * (np.log10(energy / centre) / width) ** 2)


def rising(energy):
    """Flux that rises to the highest energy, as of the magnetosphere."""
    return 1e4 * (energy / 10.0) ** 0.8


def minutes(*spectra, b_nt=None, n_samples=None, energy=ENERGY):
    size = len(spectra)
    flux = np.array([np.full(32, np.nan) if one is None else one for one in spectra])
    usable = np.isfinite(flux).any(axis=1)
    return MinuteTable(
        time=np.datetime64("2017-11-03T04:00", "ns") + np.arange(size) * np.timedelta64(60, "s"),
        energy_ev=np.where(usable[:, None], energy, np.nan), flux=flux,
        b_nt=np.full(size, 20.0) if b_nt is None else np.array(b_nt),
        position_gse_km=np.full((size, 3), np.nan),
        n_samples=np.where(usable, 13, 0) if n_samples is None else np.array(n_samples),
        n_b=np.full(size, 60), quality=np.zeros(size, dtype=np.int64),
    )  # fmt: skip


def test_m1_missing_field_stays_missing_and_is_no_strong_field():
    table = feature_table(minutes(beam(ENERGY), rising(ENERGY), b_nt=[np.nan, np.nan]))
    assert np.isnan(table.norm_bt).all()
    assert np.isnan(table.b_nt).all()


def test_the_field_is_scaled_and_cut_at_1():
    table = feature_table(minutes(*[beam(ENERGY)] * 3, b_nt=[5.0, 50.0, 500.0]))
    assert table.norm_bt.tolist() == [0.1, 1.0, 1.0]
    assert table.b_nt.tolist() == [5.0, 50.0, 500.0]
    assert feature_table(minutes(beam(ENERGY)), b_scale_nt=150.0).norm_bt[0] == pytest.approx(20 / 150)


def test_a_zeroed_minute_keeps_its_measured_field():
    table = feature_table(minutes(rising(ENERGY)))
    assert table.reference.zeroed.tolist() == [1]
    assert table.norm_bt.tolist() == [0.0]
    assert table.b_nt.tolist() == [20.0]


def test_m2_a_minute_without_spectrum_has_no_feature_of_it():
    frame = feature_frame("one", 1, feature_table(minutes(beam(ENERGY), None)))
    gap = frame.iloc[1]
    names = ["ratio_max_width", "ratio_high_low", "pseudofeature", "zeroed", "filled", *ROBUST_COLUMNS]
    assert gap[names].isna().all()
    assert gap["b_nt"] == 20.0
    assert frame.loc[0, names].notna().all()


def test_too_few_spectra_are_missing_and_flagged():
    table = feature_table(minutes(beam(ENERGY), beam(ENERGY), n_samples=[2, 3]), min_samples=3)
    assert np.isnan(table.reference.ratio_max_width).tolist() == [True, False]
    assert (table.quality & Quality.FEW_SAMPLES > 0).tolist() == [True, False]
    assert table.n_samples.tolist() == [2, 3]


def test_m3_a_table_without_low_channels_is_missing_and_not_zeroed():
    energy = np.geomspace(195.0, 28000.0, 32)
    table = feature_table(minutes(beam(energy), energy=energy))
    assert np.isnan(table.reference.ratio_high_low[0])
    assert table.reference.zeroed[0] != 1
    assert np.isfinite(table.robust.log_flux[0])


def test_filled_is_the_share_of_channels_with_counts():
    half = beam(ENERGY)
    half[:16] = 0.0
    assert feature_table(minutes(half, None)).filled.tolist()[0] == 0.5


def test_columns_and_types():
    frame = feature_frame("one", 3, feature_table(minutes(beam(ENERGY))))
    assert list(frame.columns)[:9] == [
        "event", "time", "probe", "ratio_max_width", "ratio_high_low", "norm_Bt", "pseudofeature", "zeroed",
        "b_nt",
    ]  # fmt: skip
    assert list(frame.columns)[-4:] == ["filled", "n_samples", "n_b", "quality"]
    assert str(frame["zeroed"].dtype) == "Int64"
    empty = feature_frame("one", 3, feature_table(minutes(beam(ENERGY)))).iloc[:0]
    assert list(empty.columns) == list(frame.columns)
