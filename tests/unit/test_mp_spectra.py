"""Spectra of known signals, with gaps; distributions whose mean over all directions is known."""

import numpy as np
import pytest

from magnetoflow.errors import InsufficientData, VariableError
from magnetoflow.mms_mp.distribution import energy_flux, omnidirectional, scale_factor, solid_angles_sr
from magnetoflow.mms_mp.spectra import cross_spectrum, power_spectrum, wavelet_power
from magnetoflow.series import Series
from tests.unit.mp_events import utc

RNG = np.random.default_rng(11)
T = np.arange(0, 200, 1 / 32)


def series(values, t=T):
    return Series("b", utc(t), np.asarray(values, dtype=float), "nT", "GSM")


def test_the_integral_of_the_power_is_the_variance():
    white = RNG.normal(0, 3, (len(T), 2)) * [1.0, 2.0]
    found = power_spectrum(series(white), 10.0)
    assert found.power.sum(axis=0) * 0.1 == pytest.approx([9, 36], rel=0.05)
    assert found.power.mean(axis=0) == pytest.approx([9 / 16, 36 / 16], rel=0.05)
    scatter = np.std(found.power[2:-2, 0])
    assert found.error[:, 0].mean() == pytest.approx(scatter, rel=0.2)


def test_a_sine_is_at_its_frequency_with_its_power():
    found = power_spectrum(series(7 * np.sin(2 * np.pi * 2.0 * T)), 20.0)
    assert found.frequency_hz[np.argmax(found.power[:, 0])] == pytest.approx(2.0)
    assert found.power.sum() * 0.05 == pytest.approx(7**2 / 2, rel=1e-3)


def test_a_trend_is_not_power():
    found = power_spectrum(series(5 + 0.3 * T), 10.0)
    assert found.power.max() < 1e-20


def test_windows_do_not_reach_across_gaps():
    kept = (T < 60) | (T > 75)
    step = np.where(T < 70, 0.0, 1000.0)[kept]  # seen only by a window across the gap
    values = RNG.normal(0, 1, kept.sum()) + step
    values[200] = np.nan
    found = power_spectrum(series(values, T[kept]), 10.0)
    assert found.power.sum() * 0.1 == pytest.approx(1, rel=0.1)
    with pytest.raises(InsufficientData, match="no stretch"):
        power_spectrum(series(values, T[kept]), 130.0)
    with pytest.raises(InsufficientData, match="too short"):
        power_spectrum(series(values, T[kept]), 0.05)


def test_cross_spectra_find_the_delay():
    noise = np.convolve(RNG.normal(size=len(T) + 200), np.ones(3) / 3, "same")
    a, b = noise[100:-100], noise[96:-104]  # b sees everything 4 samples later
    found = cross_spectrum(series(a), series(b + RNG.normal(0, 0.05, len(b))), 5.0)
    low = found.frequency_hz < 2
    assert found.coherence[low].min() > 0.8
    expected = -360 * found.frequency_hz[low] * 4 / 32
    error = (found.phase_deg[low] - expected + 180) % 360 - 180
    assert np.abs(error).max() < 15
    assert np.mean(np.abs(error) < 3 * found.phase_error_deg[low] + 5) > 0.9


def test_independent_series_have_no_coherence():
    found = cross_spectrum(series(RNG.normal(size=len(T))), series(RNG.normal(size=len(T))), 4.0)
    assert found.coherence.mean() < 3 / found.windows
    with pytest.raises(VariableError, match="times"):
        cross_spectrum(series(T), series(T, T + 0.001), 4.0)


def test_the_wavelet_sees_when_a_wave_is_there_and_has_the_density_of_noise():
    packet = np.where((T > 80) & (T < 120), np.sin(2 * np.pi * 1.0 * T), 0.0)
    frequency = np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    power = wavelet_power(series(packet), frequency)
    inside, outside = (T > 90) & (T < 110), (T < 70) & (T > 20)
    assert (np.argmax(power[:, inside], axis=0) == 2).all()
    assert power[2, outside].max() < 1e-3 * power[2, inside].min()
    white = wavelet_power(series(RNG.normal(0, 2, len(T))), frequency)
    assert np.nanmean(white[2:]) == pytest.approx(2 * 4 / 32, rel=0.15)


def test_the_wavelet_is_missing_beside_gaps():
    values = np.sin(T)
    values[3000:3010] = np.nan
    power = wavelet_power(series(values), np.array([0.5]))[0]
    assert np.isnan(power[2990:3020]).all()
    assert np.isnan(power[:10]).all()
    assert np.isfinite(power[1000:2000]).all()


POLAR = np.arange(16) * 11.25 + 5.625


def test_solid_angles_of_a_sphere_add_up():
    assert solid_angles_sr(POLAR, 11.25, 11.25).sum() * 32 == pytest.approx(4 * np.pi)


def test_the_mean_over_directions_is_weighted_by_solid_angle():
    lower, upper = np.deg2rad(POLAR - 5.625), np.deg2rad(POLAR + 5.625)
    # mean of cos^2 within each bin: over the sphere it is 1/3, without weights it is not
    squared = (np.cos(lower) ** 3 - np.cos(upper) ** 3) / (3 * (np.cos(lower) - np.cos(upper)))
    values = np.broadcast_to(squared[None, None, :, None], (5, 32, 16, 32)).copy()
    found = omnidirectional(values, POLAR, polar_axis=2, azimuth_axis=3)
    assert found.shape == (5, 32)
    assert found == pytest.approx(np.full((5, 32), 1 / 3))
    assert abs(values.mean() - 1 / 3) > 0.1
    values[0, 0, :, ::2] = np.nan
    values[1, 1] = np.nan
    found = omnidirectional(values, POLAR, polar_axis=2, azimuth_axis=3)
    assert found[0, 0] == pytest.approx(1 / 3)
    assert np.isnan(found[1, 1])
    with pytest.raises(VariableError, match="polar"):
        omnidirectional(values, POLAR[:-1], polar_axis=2, azimuth_axis=3)


def test_energy_flux_of_a_maxwellian_gives_back_its_density():
    energy = np.geomspace(1, 1e5, 4000)  # eV
    density, thermal = 5.0, 300.0  # cm^-3, eV
    speed2 = 1.602176634e-19 * 1e4 / 1.6726219e-27  # (cm/s)^2 per eV
    psd = density * (2 * np.pi * thermal * speed2) ** -1.5 * np.exp(-energy / thermal)
    flux = energy_flux(psd, energy)
    speed = np.sqrt(2 * energy * speed2)
    found = np.trapezoid(4 * np.pi * flux / speed / energy, energy)
    assert found == pytest.approx(density, rel=1e-3)


def test_the_scale_factor_is_the_median_ratio():
    reference = RNG.lognormal(3, 1, 2000)
    values = reference / 2.5 * RNG.lognormal(0, 0.3, 2000)
    values[:100], values[100:150], values[150] = 1e9, np.nan, -1
    factor, error = scale_factor(values, reference)
    assert factor == pytest.approx(2.5, abs=4 * error + 0.1)
    assert error == pytest.approx(2.5 * 0.3 * np.sqrt(np.pi / 2 / 1949), rel=0.2)
    with pytest.raises(InsufficientData):
        scale_factor([np.nan, 0.0], [1.0, 1.0])
