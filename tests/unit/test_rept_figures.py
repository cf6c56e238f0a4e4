"""Figures of pitch-angle distributions: what they show, that nothing overlaps, that bytes repeat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from magnetoflow.figures.rept_pad import (
    classes_figure,
    mean_pads_figure,
    methods_figure,
    occurrence_figure,
    reconstruction_figure,
    scores_figure,
    selection_figure,
    series_figure,
    storm_figure,
)
from magnetoflow.figures.rept_pad.palette import CLASS_COLOURS, class_colours, heading
from magnetoflow.figures.rept_pad.storm import shown_storms
from magnetoflow.figures.rept_pad.tables import edges_of, on_cells
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.style import FONT_PT
from magnetoflow.rept_pad.report import COLUMNS
from tests.unit.rept_figure_data import (
    ANGLE,
    NOTE,
    START,
    fake_classes,
    fake_errors,
    fake_examples,
    fake_labels,
    fake_methods,
    fake_number,
    fake_occurrence,
    fake_pads,
    fake_scores,
    fake_selection,
    fake_shapes,
    fake_storms,
)

HEAD = {"title": "sample", "source_note": NOTE}
FEW = (1.8, 4.2, 9.9)
SIX, TWO = fake_classes(), fake_classes(2)
EMPTY = SIX.iloc[:0]


@cache
def classes(**options: object) -> Figure:
    return classes_figure(fake_pads(6, FEW), SIX.iloc[[0, 4]], fake_shapes(6, FEW), **HEAD, **options)


@cache
def mean_pads(**options: object) -> Figure:
    return mean_pads_figure(fake_pads(2, FEW), TWO, **HEAD, energies=(2.0, 9.0), **options)


@cache
def scores(**options: object) -> Figure:
    return scores_figure(fake_scores(1400), SIX, **HEAD, most_points=600, **options)


@cache
def occurrence(**options: object) -> Figure:
    return occurrence_figure(fake_occurrence(("quiet", "all"), 2), TWO, **HEAD, **options)


@cache
def storm(**options: object) -> Figure:
    return storm_figure(fake_storms(count=2), TWO, **HEAD, **options)


@cache
def selection(**options: object) -> Figure:
    return selection_figure(fake_selection(), fake_number(), **HEAD, **options)


@cache
def reconstruction(**options: object) -> Figure:
    return reconstruction_figure(fake_examples(1, (1.8, 5.2)), fake_errors(), **HEAD, **options)


@cache
def methods(**options: object) -> Figure:
    return methods_figure(fake_methods(), **HEAD, **options)


@cache
def series(**options: object) -> Figure:
    moments = {"onset": START + np.timedelta64(1, "D"), "minimum": START + np.timedelta64(30, "h")}
    return series_figure(fake_labels(6), SIX, **HEAD, storm_times=moments, flux_energy_mev=3.4, **options)


ALL = [classes, mean_pads, scores, occurrence, storm, selection, reconstruction, methods, series]


def shown(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return " ".join(" | ".join(text.get_text() for text in shown(figure)).split())


@pytest.mark.parametrize("draw", ALL)
def test_every_figure_is_legible_says_its_source_and_nothing_overlaps(
    draw: Callable[..., Figure],
) -> None:
    figure = draw(width_mm=85)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(85)
    assert min(text.get_size() for text in shown(figure)) >= FONT_PT
    assert "synthetic sample data" in words(figure)
    assert "trained on" in words(figure)
    renderer = FigureCanvasAgg(figure).get_renderer()
    panels = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.axison and axes.get_visible()]
    for box in panels:
        assert -1 <= box.x0 < box.x1 <= figure.bbox.x1 + 1
        assert -1 <= box.y0 < box.y1 <= figure.bbox.y1 + 1
    for artist in [*figure.legends, *figure.texts]:
        box = artist.get_window_extent(renderer)
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.x1
        assert not any(box.shrunk(0.97, 0.97).overlaps(panel) for panel in panels)


def test_a_class_is_drawn_over_its_own_maxima_with_letters_share_and_unseen_angles() -> None:
    figure = classes(width_mm=85)
    first, fifth = figure.axes[:2]
    values = fifth.collections[0].get_array()
    assert values.shape == (3, 9)
    np.testing.assert_allclose(values[:2].max(axis=1), 1)
    assert values[0].argmax() < 8
    assert values[1].argmax() == 8
    assert values.mask[2].all()
    assert first.collections[0].get_array().mask[0].tolist() == [True] + [False] * 8
    letters = [text.get_text() for text in fifth.texts]
    assert letters == ["B", "P", "–"]
    assert fifth.get_title() == "5 butterfly to pancake\n23.8 ± 0.4 %"
    assert to_hex(fifth.spines["left"].get_edgecolor()) == CLASS_COLOURS[5].lower()
    assert "B butterfly" in words(figure)
    assert "C cap" not in words(figure)
    assert first.get_xlim() == pytest.approx((0, 90))


def test_mean_distributions_carry_the_tables_errors_and_bands_at_the_nearest_energies() -> None:
    figure = mean_pads(width_mm=85)
    assert [one.get_title() for one in figure.axes[:2]] == ["1.8 MeV", "9.9 MeV"]
    rows = fake_pads(2, FEW)
    rows = rows[(rows.class_id == 2) & (rows.energy_mev == 1.8)]
    axes = figure.axes[2]
    line = axes.containers[0]
    points = line[0].get_xydata()
    np.testing.assert_allclose(points[:, 0], ANGLE)
    np.testing.assert_allclose(points[:, 1], rows["mean"] / rows["mean"].max())
    bars = np.array(line[2][0].get_segments())
    np.testing.assert_allclose(bars[:, 1, 1] - bars[:, 0, 1], 0.1 * points[:, 1])
    band = axes.collections[0].get_paths()[0].get_extents()
    assert band.y1 == pytest.approx(1.35)
    assert [text.get_text() for text in figure.axes[3].texts] == ["background"]


def test_scores_have_the_colours_of_their_classes_and_background_is_left_out() -> None:
    figure = scores(width_mm=85)
    space, plane = figure.axes[:2]
    table = fake_scores(1400)
    drawn = plane.collections[0].get_offsets()
    paint = plane.collections[0].get_facecolors()[:, :3]
    assert 0.97 * 600 <= len(drawn) <= 600
    found = {to_hex(one) for one in np.unique(paint, axis=0)}
    assert found == {CLASS_COLOURS[k].lower() for k in range(1, 7)}
    third = table[table.class_id == 3][["score_1", "score_2"]].to_numpy()
    own = drawn[(paint == to_rgb(CLASS_COLOURS[3])).all(axis=1)]
    assert {tuple(row) for row in own} <= {tuple(row) for row in third}
    assert space.name == "3d"
    assert "600 of 1200" in words(figure)


def test_maps_have_noon_above_dawn_right_and_few_records_grey() -> None:
    figure = occurrence(width_mm=85)
    assert [figure.axes[k].get_ylabel() for k in (0, 2)] == ["all", "quiet"]
    axes = figure.axes[0]
    noon, dawn = (axes.transData.transform((hour * np.pi / 12, 5)) for hour in (12, 6))
    middle = axes.transData.transform((0, 0))
    assert noon[1] - middle[1] > 10 > abs(noon[0] - middle[0])
    assert dawn[0] - middle[0] > 10 > abs(dawn[1] - middle[1])
    grey, share = (mesh.get_array() for mesh in axes.collections[:2])
    rows = fake_occurrence(("all",), 2)
    assert (~grey.mask).sum() == 12 * 6
    assert share.mask[0].all()
    assert share.mask[-1, :12].all()
    row = rows[(rows.class_id == 1) & (rows.l_low == 4) & (rows.mlt_low == 8)]
    assert share[3, 4 * 6 : 5 * 6].tolist() == [row["share"].item()] * 6
    assert figure.axes[0].collections[1].norm.vmax == figure.axes[3].collections[1].norm.vmax
    assert f"error of a share: {rows[rows.total >= 10].share_error.median():.2f}" in words(figure)


def test_storm_shows_the_most_frequent_class_and_leaves_a_dropout_white() -> None:
    figure = storm(width_mm=85)
    assert "all storms (2)" in words(figure)
    assert figure.axes[3].get_title(loc="left").startswith("storm_2")
    most, share = (figure.axes[k].collections[0].get_array() for k in (0, 1))
    assert most.shape == (12, 12)
    assert most.mask[8:, 8:].all()
    assert most.mask.sum() == 16
    assert most[1, [0, 4, 5, 11]].tolist() == [0, 0, 1, 1]
    assert (most[0] == 2).all()
    rows = fake_storms(("all",), 2)
    row = rows[(rows.class_id == 1) & (rows.epoch_low_h == -24) & (rows.l_low == 4)]
    assert share[4, 4] == row["share"].item()
    one = fake_storms(("all", "one"), 2)
    assert shown_storms(one, None) == ["one"]
    assert shown_storms(fake_storms(count=2), "storm_1") == ["all", "storm_1"]


def test_a_class_without_rows_in_a_cell_has_share_zero_there_and_no_cell_is_invented() -> None:
    rows = fake_occurrence(("all",), 2)
    names = ("l_low", "l_high", "mlt_low", "mlt_high")
    _, _, share, total = on_cells(rows, names, 1)
    _, _, fewer, same = on_cells(rows[(rows.class_id == 2) | (rows.l_low < 4)], names, 1)
    np.testing.assert_array_equal(same, total)
    np.testing.assert_array_equal(fewer, np.where(np.arange(8)[:, None] < 3, share, 0))
    assert (total == 0).sum() == 2


def test_selection_marks_the_chosen_number_in_every_curve() -> None:
    figure = selection(width_mm=85)
    k = figure.axes[0].lines[0].get_xydata()
    np.testing.assert_allclose(k, fake_selection()[["bandwidth", "k"]])
    assert figure.axes[0].get_xscale() == "log"
    assert set(figure.axes[0].lines[1].get_ydata()) == {6}
    bic = figure.axes[2].lines[0].get_xydata()
    assert bic[bic[:, 1].argmin()].tolist() == [6, 0]
    assert "chosen: 6 classes" in words(figure)


def test_reconstructions_are_lines_through_points_with_errors_and_no_count_is_no_point() -> None:
    figure = reconstruction(width_mm=85)
    rows = fake_examples(1, (1.8, 5.2))
    high = rows[(rows.record == 0) & (rows.energy_mev == 5.2)]
    axes = figure.axes[0]
    assert len(axes.containers[1][0].get_xdata()) == (high.flux > 0).sum() < 9
    np.testing.assert_allclose(axes.lines[-1].get_ydata(), high.reconstructed)
    assert axes.get_title() == "2013-03-16 00:00\nclass 1"
    assert [line.get_label() for line in figure.axes[1].lines[:3]] == ["weighted", "PCA", "autoencoder"]


def test_methods_are_in_their_order_and_the_chosen_one_is_marked() -> None:
    figure = methods(width_mm=85)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names[0] == "weighted + mixture"
    others, own = figure.axes[1].containers
    np.testing.assert_allclose(own[0].get_xydata(), [[0.99, 0]])
    np.testing.assert_allclose(others[0].get_xydata(), [[0.97, 1], [0.93, 2], [0.71, 3]])
    np.testing.assert_allclose(others[2][0].get_segments()[0][:, 0], [0.96, 0.98])


def test_series_shows_every_record_in_its_colour_and_gaps_stay_blank() -> None:
    figure = series(width_mm=85)
    table = fake_labels(6)
    shell, flux = figure.axes[:2]
    assert len(shell.collections[0].get_offsets()) == (table.class_id <= 0).sum()
    classed = shell.collections[1]
    own = table[table.class_id > 0]
    assert len(classed.get_offsets()) == len(own)
    np.testing.assert_allclose(classed.get_offsets()[:, 1], own["L"])
    paint = np.array([to_rgb(CLASS_COLOURS[k]) for k in own["class_id"]])
    np.testing.assert_allclose(classed.get_facecolors()[:, :3], paint)
    assert sum(len(part.get_offsets()) for part in flux.collections) == (table.class_id >= 0).sum()
    np.testing.assert_allclose(figure.axes[3].collections[1].get_offsets()[:, 1], 0.9)
    assert "3.4 MeV" in words(figure)
    assert "Dotted: onset 2013-03-17 00:00, minimum 2013-03-17 06:00." in words(figure)
    some = table.iloc[500:520].assign(flux_90=np.nan)
    text = words(series_figure(some[::-1], TWO, **HEAD, most_points=7))
    assert "7 of 20 records drawn" in text
    assert "no value in this event" in text


def test_figures_without_rows_say_so() -> None:
    storms = fake_storms(("all",), 2).iloc[:0]
    pads, shapes = fake_pads(1, FEW).iloc[:0], fake_shapes(1, FEW).iloc[:0]
    assert "no class" in words(classes_figure(pads, EMPTY, shapes, **HEAD))
    assert "no record within a storm" in words(storm_figure(storms, SIX, **HEAD))
    assert "no record with scores" in words(
        scores_figure(fake_scores(7).iloc[:0].drop(columns="score_3"), EMPTY, **HEAD)
    )
    assert "holds no record" in words(series_figure(fake_labels(1).iloc[:0], SIX, **HEAD))


def test_colours_differ_also_for_colour_blind_readers_and_follow_the_configuration() -> None:
    # Vienot, Brettel & Mollon 1999: linear RGB as seen without L or without M cones.
    seen_without = {
        "l": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
        "m": np.array([[0.2920, 0.7080, 0.0], [0.2920, 0.7080, 0.0], [-0.0223, 0.0223, 1.0]]),
        "none": np.eye(3),
    }
    linear = np.array([to_rgb(one) for one in CLASS_COLOURS.values()]) ** 2.2
    assert len(linear) == 14
    for matrix in seen_without.values():
        seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(14, 1)]
        assert apart.min() > 0.12
    assert class_colours([2, 13], {"2": "#123456"}) == {2: "#123456", 13: CLASS_COLOURS[1]}


def test_long_names_are_cut_with_a_mark_and_edges_lie_between_centres() -> None:
    assert heading("5 butterfly to pancake", 26, 2) == "5 butterfly to\npancake"
    assert heading("6 flattop to field-aligned", 20, 1) == "6 flattop to …"
    np.testing.assert_allclose(edges_of(np.array([5.0, 15.0, 25.0])), [0, 10, 20, 30])


def test_saved_bytes_repeat(tmp_path: Path) -> None:
    for name in ("first", "second"):
        figure = methods_figure(fake_methods(), **HEAD, quantities={"k": "classes"})
        save_figure(figure, tmp_path / f"{name}.png", dpi=50)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def test_a_model_without_its_report_still_has_figures():
    """Someone hands on model.json and arrays.npz alone."""
    empty = {name: pd.DataFrame(columns=list(columns)) for name, columns in COLUMNS.items()}
    said = {"title": "none", "source_note": "none", "width_mm": 170}
    classes = pd.DataFrame({"class_id": [1], "class_name": ["pancake"]})
    selection_figure(empty["selection"], empty["number"], **said)
    methods_figure(empty["methods"], **said)
    reconstruction_figure(empty["examples"], empty["reconstruction"], **said)
    scores_figure(empty["scores"], classes, **said)
