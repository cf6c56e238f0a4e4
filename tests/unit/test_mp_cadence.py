"""Means over a longer cadence, tables of spectrograms, and the panels of pressures and differences."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.figures.mms_mp import summary_figure
from magnetoflow.mms_mp.cadence import averaged
from magnetoflow.mms_mp.spectrogram_tables import DIAGNOSTICS, diagnostics_frame, filtered, inventory_frame
from magnetoflow.physics import PROTON_MASS_KG
from tests.unit.mp_events import event as made_event
from tests.unit.mp_figure_data import fake_analysis, fake_event

PAIR = (1, 3)


def test_means_keep_the_truth_lower_the_noise_and_leave_slow_series_and_the_field_alone():
    whole = made_event(noise=1, seed=2)
    coarse = averaged(whole, 1.5)
    assert averaged(whole, None) is whole
    before, after = whole.spacecraft[1], coarse.spacecraft[1]
    ions, means = before.plasma["ion"], after.plasma["ion"]
    assert means.cadence_s == 1.5
    assert np.median(np.diff(means.time)) == np.timedelta64(1500, "ms")
    quiet = coarse.seconds(means.time) < -40
    early = whole.seconds(ions.time) < -40
    ratio = np.std(means.v_km_s[quiet, 2]) / np.std(ions.v_km_s[early, 2])
    assert ratio == pytest.approx(1 / np.sqrt(10), rel=0.5)
    assert np.nanmean(means.v_km_s[quiet]) == pytest.approx(np.nanmean(ions.v_km_s[early]), abs=1.0)
    assert after.b is before.b
    assert after.plasma["heplus"] is before.plasma["heplus"]


def test_spectrograms_are_listed_judged_and_filtered():
    event = fake_event(PAIR)
    bare = replace(event.spacecraft[1], spectra={"ion": event.spacecraft[1].spectra["ion"]})
    event = replace(event, spacecraft={1: bare, 3: event.spacecraft[3]})
    table = diagnostics_frame(event, fake_analysis(PAIR), "test")
    assert tuple(table.columns) == DIAGNOSTICS
    status = {(row["probe"], row["species"]): row["status"] for _, row in table.iterrows()}
    assert status == {(1, "ion"): "ok", (1, "electron"): "missing", (3, "ion"): "ok", (3, "electron"): "ok"}
    ok = table[table["status"] == "ok"]
    assert ok["match_confidence"].between(0.8, 1.0).all()
    assert len(inventory_frame(event, "test")) == 3
    kept = filtered(table, {"species": ["ion"], "probes": [3], "status": None})
    assert [(row["probe"], row["species"]) for _, row in kept.iterrows()] == [(3, "ion")]


def test_the_summary_shows_dynamic_pressure_and_differences_of_density():
    event, analysis = fake_event(PAIR), fake_analysis(PAIR)
    figure = summary_figure.__wrapped__(event, analysis, 1, source_note="test")
    panels = {axes.get_ylabel().split("\n")[0]: axes for axes in figure.axes}
    lines = {line.get_gid(): line.get_ydata() for line in panels["P"].get_lines() if line.get_gid()}
    ions = event.spacecraft[1].plasma["ion"]
    dynamic = 1e21 * PROTON_MASS_KG * ions.n_cm3 * np.sum(ions.v_km_s**2, axis=1)
    assert np.nanmax(lines["dynamic"]) == pytest.approx(np.nanmax(dynamic))
    names = {line.get_gid() for line in panels["n/n$_i$"].get_lines()}
    assert "n$_{He+}$" in names
