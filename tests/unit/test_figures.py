"""Figures: what they show, that they say what is missing, and that their bytes repeat."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.text import Text

from magnetoflow.config.mms_gmm import Colours
from magnetoflow.errors import ConfigError
from magnetoflow.figures.boundaries import bow_shock, shue_magnetopause
from magnetoflow.figures.mms_gmm import (
    crossings_figure,
    orbit_figure,
    regions_figure,
    scatter_figure,
    selection_figure,
    spectra_figure,
)
from magnetoflow.figures.mms_gmm.spectra import common_table
from magnetoflow.figures.mms_gmm.tables import energy_edges, spectrogram, utc_times
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import LABELS, REGION_COLOURS
from magnetoflow.mms_gmm.quality import Quality
from tests.unit.figure_data import (
    FEATURES,
    NOTE,
    blank,
    day,
    fake_components,
    fake_crossings,
    fake_features,
    fake_labels,
    fake_minutes,
    fake_selection,
)

ROOT = Path(__file__).parents[2]
NAMES = day(120)
HEAD = {"title": "Plasma regions", "source_note": NOTE}


def regions(names: list[str] = NAMES, **options: object) -> Figure:
    minutes = fake_minutes(names)
    return regions_figure(minutes, fake_labels(minutes, names), **HEAD, **options)


def scatter(**options: object) -> Figure:
    minutes = fake_minutes(NAMES)
    features = fake_features(minutes, NAMES)
    return scatter_figure(
        features, fake_labels(minutes, NAMES), fake_components(), names=FEATURES, **HEAD, **options
    )


def spectra(**options: object) -> Figure:
    minutes = fake_minutes(NAMES)
    return spectra_figure({"one": minutes}, fake_labels(minutes, NAMES), **HEAD, **options)


def selection(**options: object) -> Figure:
    return selection_figure(fake_selection(), **HEAD, **options)


def crossings(**options: object) -> Figure:
    labels = fake_labels(fake_minutes(NAMES), NAMES)
    return crossings_figure(labels, fake_crossings(labels), **HEAD, **options)


def orbit(**options: object) -> Figure:
    minutes = fake_minutes(NAMES)
    return orbit_figure({"one": minutes}, fake_labels(minutes, NAMES), **HEAD, **options)


ALL = [regions, scatter, spectra, selection, crossings, orbit]


@cache
def drawn(draw: Callable[..., Figure], width_mm: int) -> Figure:
    """Figure of a width, to be looked at."""
    return draw(width_mm=width_mm)


def shown(figure: Figure) -> list[Text]:
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def words(figure: Figure) -> str:
    return " | ".join(text.get_text() for text in shown(figure))


def mesh(figure: Figure, panel: int) -> np.ma.MaskedArray:
    return next(c for c in figure.axes[panel].collections if isinstance(c, QuadMesh)).get_array()


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize("width_mm", [85, 170])
def test_every_figure_is_legible_at_its_size_and_says_where_it_comes_from(
    draw: Callable[..., Figure], width_mm: int
) -> None:
    figure = drawn(draw, width_mm)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width_mm)
    texts = shown(figure)
    assert min(text.get_size() for text in texts) >= 7
    footer = " ".join(words(figure).split())
    assert "synthetic sample data" in footer
    assert "trained on" in footer
    for axes in figure.axes:
        named = axes.get_ylabel() or not any(text.get_text() for text in axes.get_yticklabels())
        assert named or not axes.axison or draw is crossings, "numbers on an axis without a name"
    assert figure.axes[-1].get_xlabel() or figure.axes[-2].get_xlabel()


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize("width_mm", [85, 170])
def test_title_legend_and_footer_overlap_no_panel(draw: Callable[..., Figure], width_mm: int) -> None:
    figure = drawn(draw, width_mm)
    shown(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    outside = [*figure.legends, *figure.texts]
    panels = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.axison]
    boxes = [artist.get_window_extent(renderer) for artist in outside]
    for number, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
        assert not any(box.shrunk(0.97, 0.97).overlaps(panel) for panel in panels)


def test_two_sigma_ellipses_have_axes_of_four_roots_of_the_eigenvalues() -> None:
    covariance = np.array([[4.0, 1.5], [1.5, 1.0]])
    minutes = fake_minutes(NAMES)
    figure = scatter_figure(
        fake_features(minutes, NAMES), fake_labels(minutes, NAMES),
        [(np.array([1.0, -2.0]), covariance, "solar_wind", 1.0)], names=FEATURES[:2], **HEAD,
    )  # fmt: skip
    ellipse = next(patch for patch in figure.axes[0].patches if isinstance(patch, Ellipse))
    sizes = sorted([ellipse.width, ellipse.height])
    assert sizes == pytest.approx(list(4 * np.sqrt(np.linalg.eigvalsh(covariance))))
    points = np.random.default_rng(0).multivariate_normal([1, -2], covariance, 20000)
    inside = ellipse.contains_points(ellipse.axes.transData.transform(points))
    assert inside.mean() == pytest.approx(1 - np.exp(-2), abs=0.01)


def test_scatter_matches_labels_by_event_and_time_not_by_row() -> None:
    minutes = fake_minutes(NAMES)
    features, labels = fake_features(minutes, NAMES), fake_labels(minutes, NAMES)
    shuffled = labels.sample(frac=1, random_state=3)
    figures = [scatter_figure(features, part, [], names=FEATURES, **HEAD) for part in (labels, shuffled)]
    drawn = [[line.get_xydata() for line in figure.axes[0].lines] for figure in figures]
    for ordered, mixed in zip(*drawn, strict=True):
        np.testing.assert_array_equal(ordered, mixed)
    with pytest.raises(ValueError, match="differ"):
        scatter_figure(features, labels.iloc[1:], [], names=FEATURES, **HEAD)


def test_scatter_derives_log_b_and_names_a_missing_feature() -> None:
    minutes = fake_minutes(NAMES)
    features = fake_features(minutes, NAMES).assign(b_nt=minutes.b_nt)
    features.loc[:9, "b_nt"] = np.nan
    labels = fake_labels(minutes, NAMES)
    figure = scatter_figure(features, labels, [], names=["log_energy", "log_b"], **HEAD)
    drawn = np.vstack([line.get_xydata() for line in figure.axes[0].lines])
    np.testing.assert_allclose(np.sort(drawn[:, 1]), np.sort(np.log10(minutes.b_nt[10:])))
    with pytest.raises(ValueError, match="log_nothing"):
        scatter_figure(features, labels, [], names=["log_energy", "log_nothing"], **HEAD)


def test_gaps_stay_white_and_are_not_smeared() -> None:
    minutes = blank(fake_minutes(NAMES), slice(40, 44))
    figure = regions_figure(minutes, fake_labels(minutes, NAMES), **HEAD)
    shown(figure)
    mask = np.ma.getmaskarray(mesh(figure, 0))
    assert mask[:, 40:44].all()
    assert not mask[:, :40].any()
    assert not mask[:, 44:].any()
    field = figure.axes[1].lines[0].get_ydata()
    assert np.isnan(field[40:44]).all()


def test_minutes_absent_from_the_table_are_a_gap_of_their_length() -> None:
    whole = fake_minutes(NAMES)
    keep = np.r_[0:50, 60:120]
    part = type(whole)(**{name: getattr(whole, name)[keep] for name in whole.__dataclass_fields__})
    _, flux = spectrogram(part)
    assert len(flux) == 120
    assert np.isnan(flux[50:60]).all()
    np.testing.assert_array_equal(flux[60:], spectrogram(whole)[1][60:])


def test_each_spectrum_is_drawn_on_its_own_energy_table() -> None:
    minutes = fake_minutes(["solar_wind"] * 4)
    minutes.energy_ev[2:] *= 1.13
    minutes.flux[:] = 1.0
    minutes.flux[:, 20] = 100.0
    edges, flux = spectrogram(minutes)
    for row in range(4):
        own = energy_edges(minutes.energy_ev[row : row + 1])[0]
        bright = np.flatnonzero(flux[row] == 100)
        assert edges[bright[0]] == pytest.approx(own[20])
        assert edges[bright[-1] + 1] == pytest.approx(own[21])
        outside = (edges[1:] <= own[0] * (1 + 1e-9)) | (edges[:-1] >= own[-1] * (1 - 1e-9))
        assert np.isnan(flux[row]).tolist() == outside.tolist()


def test_zero_flux_is_the_lowest_colour_and_not_a_gap() -> None:
    minutes = fake_minutes(NAMES)
    minutes.flux[10, :] = 0
    figure = regions_figure(minutes, fake_labels(minutes, NAMES), **HEAD)
    drawn = mesh(figure, 0)
    assert not np.ma.getmaskarray(drawn)[:, 10].any()
    limit = next(c for c in figure.axes[0].collections if isinstance(c, QuadMesh)).norm.vmin
    assert (drawn[:, 10] < limit).all()


def test_strips_show_raw_and_cleaned_labels_in_the_regions_colours() -> None:
    minutes = fake_minutes(NAMES)
    labels = fake_labels(minutes, NAMES)
    labels.loc[70, "raw_label"] = "magnetosphere"
    figure = regions_figure(minutes, labels, **HEAD, colours={"magnetosphere": "#123456"})
    shown(figure)
    raw, cleaned = mesh(figure, 3).ravel(), mesh(figure, 4).ravel()
    assert np.flatnonzero(raw != cleaned).tolist() == [70]
    strip = next(c for c in figure.axes[3].collections if isinstance(c, QuadMesh))
    assert strip.cmap(strip.norm(raw[70]))[:3] == to_rgb("#123456")


def test_probabilities_are_steps_and_their_rest_is_unknown() -> None:
    minutes = fake_minutes(["solar_wind"] * 3)
    labels = fake_labels(minutes, ["solar_wind"] * 3)
    labels[[f"p_{name}" for name in LABELS[:4]]] = [[0.2, 0.2, 0.2, 0.2]] * 3
    figure = regions_figure(minutes, labels, **HEAD)
    heights = [band.get_paths()[0].get_extents().height for band in figure.axes[2].collections]
    assert heights == pytest.approx([0.2] * 5)
    assert figure.axes[2].collections[0].get_paths()[0].get_extents().width == pytest.approx(3 / 1440)


def test_an_event_says_what_it_lacks() -> None:
    minutes = fake_minutes(NAMES)
    minutes.b_nt[:] = np.nan
    labels = fake_labels(minutes, NAMES)
    assert "no magnetic field in this event" in words(regions_figure(minutes, labels, **HEAD))
    minutes.quality[30:40] |= Quality.DAMAGED_FILE
    assert "damaged file left out" in words(regions_figure(minutes, labels, **HEAD))
    blank(minutes, slice(None))
    unknown = fake_labels(minutes, ["unknown"] * 120)
    empty = words(regions_figure(minutes, unknown, **HEAD))
    assert "no valid ion spectrum in this event" in empty
    assert "no probabilities in this event" in empty
    none = fake_minutes([])
    assert "this event holds no minute" in words(regions_figure(none, fake_labels(none, []), **HEAD))
    assert words(spectra_figure({"one": minutes}, unknown, **HEAD)).count("no minute with a\nspectrum") == 6
    assert "no position in these events" in words(orbit_figure({"one": minutes}, unknown, **HEAD))
    assert "no crossing found" in words(crossings_figure(unknown, fake_crossings(unknown), **HEAD))
    features = fake_features(minutes, NAMES).assign(log_tail=np.nan)
    drawn = scatter_figure(features, unknown, fake_components(), names=FEATURES, **HEAD)
    assert "no minute has\nevery feature" in words(drawn)


@pytest.mark.parametrize("count", [1, 3, 14 * 1440])
def test_events_from_one_minute_to_two_weeks_are_drawn(count: int) -> None:
    names = day(count)
    figure = regions(names)
    assert mesh(figure, 0).shape[1] == count
    ticks = [text.get_text() for text in figure.axes[-2].get_xticklabels() if text.get_text()]
    shown(figure)
    assert len(ticks) <= 12


def test_labels_of_other_times_or_other_regions_are_refused() -> None:
    minutes = fake_minutes(NAMES)
    labels = fake_labels(minutes, NAMES)
    with pytest.raises(ValueError, match="119 labelled, 120 minutes"):
        regions_figure(minutes, labels.iloc[1:], **HEAD)
    labels.loc[3, "named_label"] = "plasmasphere"
    with pytest.raises(ValueError, match="plasmasphere"):
        regions_figure(minutes, labels, **HEAD)


def test_times_are_read_from_text_and_from_datetimes_alike() -> None:
    minutes = fake_minutes(NAMES)
    text = fake_labels(minutes, NAMES)["time"]
    np.testing.assert_array_equal(utc_times(text), minutes.time)
    np.testing.assert_array_equal(utc_times(fake_features(minutes, NAMES)["time"]), minutes.time)


def test_position_stands_under_the_ticks_only_where_it_is_known() -> None:
    minutes = fake_minutes(["solar_wind"] * 180, start="2015-10-17T05:00")
    minutes.position_gse_km[:] = np.array([10.0, -5.0, 2.0]) * 6371.2
    labels = fake_labels(minutes, ["solar_wind"] * 180)
    ticks = words(regions_figure(minutes, labels, **HEAD))
    assert "06:00\n10.0\n\N{MINUS SIGN}5.0\n2.0" in ticks
    minutes.position_gse_km[50:70] = np.nan
    assert "06:00\n–\n–\n–" in words(regions_figure(minutes, labels, **HEAD))
    minutes.position_gse_km[:] = np.nan
    assert "GSE" not in words(regions_figure(minutes, labels, **HEAD))


def test_spectra_are_interpolated_within_their_table_only_and_exactly_for_a_power_law() -> None:
    first, second = fake_minutes(["magnetosheath"] * 5), fake_minutes(["magnetosheath"] * 2)
    second.energy_ev[:] *= 1.13
    for minutes in (first, second):
        minutes.flux[:] = minutes.energy_ev**-2.0
    energy, flux = common_table({"one": first, "two": second})
    np.testing.assert_array_equal(energy, first.energy_ev[0])
    np.testing.assert_allclose(flux[5:, 1:], np.tile(energy[1:] ** -2.0, (2, 1)))
    assert np.isnan(flux[5:, 0]).all()


def test_spectra_show_the_median_of_each_region() -> None:
    minutes = fake_minutes(NAMES)
    figure = spectra_figure({"one": minutes}, fake_labels(minutes, NAMES), **HEAD)
    rows = np.array(NAMES) == "ion_foreshock"
    median = figure.axes[1].lines[0].get_ydata()
    np.testing.assert_allclose(median, np.median(minutes.flux[rows], axis=0))
    assert f"ion foreshock ({rows.sum()} min)" in words(figure)


def test_selection_marks_refused_and_chosen_candidates() -> None:
    table = fake_selection()
    figure = selection_figure(table, **HEAD)
    lines = figure.axes[0].lines
    crossed = np.concatenate([line.get_xdata() for line in lines if line.get_marker() == "x"])
    assert sorted(crossed) == [10, 12]
    ring = [
        line.get_xydata() for line in lines if line.get_markerfacecolor() == "none" and len(line.get_xdata())
    ]
    assert np.vstack(ring).tolist() == [[8.0, 0.0]]
    assert "2 refused: 2 × component at the covariance floor" in words(figure)
    as_text = table.assign(accepted=table["accepted"].astype(str), chosen=table["chosen"].astype(int))
    assert words(selection_figure(as_text, **HEAD)) == words(figure)


def test_crossings_stand_at_their_time_with_the_height_of_their_confidence() -> None:
    names = ["magnetosheath"] * 40 + ["magnetosphere"] * 40
    labels = fake_labels(fake_minutes(names, start="2015-10-17T23:30"), names)
    table = fake_crossings(labels)
    heights = []
    for confidence in (0.0, 1.0):
        figure = crossings_figure(labels, table.assign(confidence=confidence), **HEAD)
        points = np.vstack([line.get_xydata() for line in figure.axes[0].lines if len(line.get_xdata())])
        assert points[:, 0] == pytest.approx([24 + 10 / 60])
        heights.append(points[0, 1])
    assert heights[1] - heights[0] == pytest.approx(0.42)
    assert "24:00" in words(figure)


def test_an_unresolved_jump_is_drawn_with_a_marker_of_its_own() -> None:
    names = ["solar_wind"] * 20 + ["magnetosphere"] * 20
    labels = fake_labels(fake_minutes(names), names)
    jump = {
        "event": "one",
        "time": labels["time"].iloc[20],
        "type": "unresolved",
        "confidence": 0.5,
        "clean": False,
    }
    figure = crossings_figure(labels, pd.DataFrame([jump]), **HEAD)
    drawn = [line.get_marker() for line in figure.axes[0].lines if len(line.get_xdata())]
    assert drawn == ["X"]


def test_crossings_of_many_events_are_cut_and_the_figure_says_so() -> None:
    labels = fake_labels(fake_minutes(NAMES), NAMES)
    many = [labels.assign(event=f"event_{number}") for number in range(12)]
    table = pd.concat(many)
    cut = crossings_figure(table, fake_crossings(table), **HEAD, most_events=5)
    assert "First 5 of 12 events" in " ".join(words(cut).split())
    assert "First" not in words(crossings_figure(table, fake_crossings(table), **HEAD))


def test_orbits_are_in_earth_radii_with_equal_axes() -> None:
    minutes = fake_minutes(["solar_wind"] * 5)
    minutes.position_gse_km[:] = np.array([10.0, -3.0, 4.0]) * 6371.2
    figure = orbit_figure({"one": minutes}, fake_labels(minutes, ["solar_wind"] * 5), **HEAD)
    plane = [axes for axes in figure.axes if axes.lines]
    colour = REGION_COLOURS["solar_wind"]
    points = [next(line for line in axes.lines if line.get_color() == colour) for axes in plane]
    assert points[0].get_xydata()[0] == pytest.approx([10, -3])
    assert points[1].get_xydata()[0] == pytest.approx([10, 5])
    assert [axes.get_aspect() for axes in plane] == [1.0, 1.0]


def test_nominal_boundaries_follow_their_sources() -> None:
    nose, side = np.zeros(1), np.array([np.pi / 2])
    assert shue_magnetopause(nose, pressure_npa=2.0, bz_nt=0.0)[0] == pytest.approx(10.25, abs=0.02)
    assert shue_magnetopause(nose, pressure_npa=8.0)[0] < shue_magnetopause(nose, pressure_npa=1.0)[0]
    assert shue_magnetopause(nose, bz_nt=-15.0)[0] < shue_magnetopause(nose, bz_nt=5.0)[0]
    assert bow_shock(nose, magnetopause_re=10.0, mach=1e6)[0] == pytest.approx(12.75)
    assert bow_shock(nose, magnetopause_re=10.0, mach=2.0)[0] > bow_shock(nose, magnetopause_re=10.0)[0]
    assert bow_shock(side, magnetopause_re=10.0)[0] > shue_magnetopause(side)[0]


def test_default_colours_are_those_of_the_configuration() -> None:
    assert Colours().model_dump() == REGION_COLOURS


def test_region_colours_differ_also_for_colour_blind_readers() -> None:
    # Vienot, Brettel & Mollon 1999: linear RGB as seen without L or without M cones.
    seen_without = {
        "l": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
        "m": np.array([[0.2920, 0.7080, 0.0], [0.2920, 0.7080, 0.0], [-0.0223, 0.0223, 1.0]]),
        "none": np.eye(3),
    }
    for matrix in seen_without.values():
        linear = np.array([to_rgb(REGION_COLOURS[name]) for name in LABELS]) ** 2.2
        seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(5, 1)]
        assert apart.min() > 0.2


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_saved_bytes_repeat_and_carry_no_date(tmp_path: Path, suffix: str) -> None:
    for name in ("first", "second"):
        save_figure(regions(), tmp_path / f"{name}.{suffix}", dpi=100)
    first = (tmp_path / f"first.{suffix}").read_bytes()
    assert first == (tmp_path / f"second.{suffix}").read_bytes()
    for word in (b"CreationDate", b"Software", b"dc:date", b"Matplotlib v"):
        assert word not in first
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"first.{suffix}", f"second.{suffix}"]


def test_another_process_with_its_own_matplotlibrc_draws_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 20\nlines.linewidth: 9\nbackend: TkAgg\ntext.usetex: True\n"
    )
    code = (
        "import sys; from tests.unit.test_figures import regions, save_figure; "
        f"save_figure(regions(), {str(tmp_path / 'there.png')!r}, dpi=100); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    environment = {**os.environ, "MATPLOTLIBRC": str(tmp_path), "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    save_figure(regions(), tmp_path / "here.png", dpi=100)
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / "there.png").read_bytes()


def test_drawing_leaves_the_global_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    regions()
    assert dict(matplotlib.rcParams) == before


def test_unknown_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.bmp"):
        save_figure(Figure(), tmp_path / "figure.bmp")


def test_titles_are_text_and_not_mathematics() -> None:
    minutes = fake_minutes(NAMES)
    labels = fake_labels(minutes, NAMES)
    figure = regions_figure(minutes, labels, title="a $b and $c_{", source_note="folder /data/$x_$y")
    assert "a $b and $c_{" in words(figure)
