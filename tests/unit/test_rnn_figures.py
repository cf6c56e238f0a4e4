"""Figures of mms_rnn: what they show, that gaps stay blank, and that their bytes repeat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from magnetoflow.figures.lines import PROBE_COLOURS
from magnetoflow.figures.mms_rnn import (
    FourPointCurrent,
    Measured,
    Track,
    comparison_figure,
    confusion_figure,
    page_figure,
    scales_figure,
    statistics_figure,
    trajectory_figure,
)
from magnetoflow.figures.mms_rnn.measured import bin_means, running_mean
from magnetoflow.figures.mms_rnn.regions import LABELS, ORDER, REGION_COLOURS, cells, region_codes
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_rnn.classes import REGIONS
from magnetoflow.mms_rnn.currents import currents
from magnetoflow.mms_rnn.location import Location
from magnetoflow.mms_rnn.statistics import ALL
from tests.unit.rnn_figure_data import (
    GAP,
    LOST,
    NOTE,
    SCALING,
    crossing,
    fake_burst,
    fake_confusion,
    fake_labels,
    fake_measured,
    fake_statistics,
    fake_summary,
    kept,
    segments,
    times,
)

HEAD = {"title": "sample_tail_a, MMS1, 2017-07-19", "source_note": NOTE}
PROBES = (1, 2, 3, 4)


def no_samples() -> Measured:
    one = fake_measured()
    return Measured(
        **{name: value if isinstance(value, str) else value[:0] for name, value in vars(one).items()}
    )


@cache
def track(probe: int) -> Track:
    _, x, y = crossing(probe)
    found = ~np.isin(kept(), np.arange(LOST.start, LOST.stop))
    error = np.full(len(kept()), 0.4)
    place = Location(x[kept()], y[kept()], 2 * error, error, error, found)
    return Track(times(), segments(), place)


@cache
def page(**options: object) -> Figure:
    return page_figure(fake_measured(), fake_labels(), SCALING, **HEAD, **options)


@cache
def comparison(**options: object) -> Figure:
    j = fake_measured().j_ua_m2
    current = FourPointCurrent(times(), j, np.full(len(j), 0.2))
    measured, labels = ({one: make(one) for one in PROBES} for make in (fake_measured, fake_labels))
    return comparison_figure(measured, labels, current, **HEAD, **options)


@cache
def trajectory(**options: object) -> Figure:
    return trajectory_figure({one: track(one) for one in PROBES}, **HEAD, **options)


@cache
def statistics(**options: object) -> Figure:
    return statistics_figure(fake_statistics(), **HEAD, **options)


@cache
def confusion(**options: object) -> Figure:
    return confusion_figure(*fake_confusion(), **HEAD, **options)


@cache
def scales(**options: object) -> Figure:
    return scales_figure(fake_summary(), **HEAD, **options)


ALL_FIGURES = [page, comparison, trajectory, statistics, confusion, scales]


def shown(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def words(figure: Figure) -> str:
    return " ".join(" | ".join(text.get_text() for text in shown(figure)).split())


@pytest.mark.parametrize("draw", ALL_FIGURES)
@pytest.mark.parametrize("width_mm", [85, 170])
def test_every_figure_is_legible_says_its_source_and_nothing_leaves_the_page(
    draw: Callable[..., Figure], width_mm: int
) -> None:
    figure = draw(width_mm=width_mm)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width_mm)
    assert figure.get_size_inches()[1] * 25.4 < 300
    assert min(text.get_size() for text in shown(figure)) >= 7
    assert "synthetic sample data" in words(figure)
    assert "trained on an analytic model" in words(figure)
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


def test_lines_of_the_page_are_the_measurements_and_stop_at_gaps() -> None:
    figure, measured = page(width_mm=170), fake_measured()
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 1000]
    x = lines[-1].get_xdata()
    values = np.asarray(lines[-1].get_ydata())
    lost = np.isin(kept(), np.arange(LOST.start, LOST.stop))
    assert np.isnan(values).sum() == lost.sum() + 1
    known = ~np.isnan(values)
    np.testing.assert_allclose(values[known], measured.b_nt[~lost, 0])
    np.testing.assert_allclose(x[known], day_number(times()[~lost]))
    after = day_number(times()[GAP.start : GAP.start + 1])[0]
    assert np.isnan(values[np.flatnonzero(x == after) - 1]).all()


def test_strips_have_the_regions_at_their_times_and_are_white_without_input() -> None:
    figure, labels = page(width_mm=170), fake_labels()
    for axes, column in zip(figure.axes[6:8], ("region", "smoothed_region"), strict=True):
        mesh = axes.collections[0]
        edges = mesh.get_coordinates()[0, :, 0]
        values = mesh.get_array().ravel()
        middle = (edges[1:] + edges[:-1]) / 2
        for row in (10, 650, 1230, 1500, 1899, 1901, 2800):
            cell = np.argmin(np.abs(middle - day_number(times()[row : row + 1])[0]))
            assert LABELS[int(values[cell])] == labels[column][row]
        lost = (middle > day_number(times()[500:501])[0] - 1e-9) & (middle < day_number(times()[599:600])[0])
        assert values.mask[lost].all()
        gap = (edges[:-1] > day_number(times()[1899:1900])[0]) & (
            edges[1:] < day_number(times()[1900:1901])[0]
        )
        assert values.mask[gap].all()
        assert (edges[1:] - edges[:-1])[gap].max() * 86400 == pytest.approx(3.0, abs=1e-3)
    texts = [text.get_text() for text in figure.axes[7].texts]
    assert [one for one in texts if one != "?"] == ["iN", "sN", "oT", "oT", "oE", "oE", "sS", "iS"]
    assert "unlike training" in words(figure)


def test_scales_are_marked_and_components_carry_the_frame_s_names() -> None:
    figure = page(width_mm=170)
    marks = [line.get_ydata()[0] for line in figure.axes[0].lines if line.get_linestyle() == ":"]
    assert marks == [-15.0, 15.0]
    assert [text.get_text() for text in figure.axes[0].texts] == ["X", "Y", "Z", "|B|"]
    lmn = page_figure.__wrapped__(fake_measured(frame="lmn"), fake_labels(), SCALING, **HEAD)
    assert [text.get_text() for text in lmn.axes[1].texts] == ["L", "M", "N"]


def test_a_page_says_what_is_missing() -> None:
    measured = fake_measured()
    without = Measured(
        **{**vars(measured), "e_mv_m": np.full_like(measured.e_mv_m, np.nan),
           "work_nw_m3": np.full_like(measured.work_nw_m3, np.nan)}
    )  # fmt: skip
    text = words(page_figure.__wrapped__(without, fake_labels(), SCALING, **HEAD))
    assert text.count("missing") == 2
    assert "nothing was labelled: see failed.csv" in words(
        page_figure.__wrapped__(no_samples(), fake_labels().iloc[:0], SCALING, **HEAD)
    )
    with pytest.raises(ValueError, match="labels of"):
        page_figure.__wrapped__(measured, fake_labels().iloc[1:], SCALING, **HEAD)
    with pytest.raises(ValueError, match="no region"):
        page_figure.__wrapped__(measured, fake_labels().assign(region="sheath"), SCALING, **HEAD)


def test_measurements_are_rotated_into_the_frame() -> None:
    burst = fake_burst()
    turn = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    work = currents(burst)
    found = Measured.of(burst, work, turn, "lmn")
    np.testing.assert_allclose(found.b_nt, burst.b_gse_nt[:, [1, 2, 0]])
    np.testing.assert_allclose(found.v_e_km_s, burst.v_e_gse_km_s[:, [1, 2, 0]])
    each = Measured.of(burst, work, np.repeat(turn[None], len(burst.time), axis=0), "lmn")
    np.testing.assert_allclose(each.e_mv_m, found.e_mv_m)
    np.testing.assert_allclose(found.work_nw_m3, work.j_dot_e_prime_nw_m3)


def test_the_comparison_draws_each_spacecraft_in_its_colour_and_the_current_of_all() -> None:
    figure = comparison(width_mm=170)
    used = [line.get_color() for line in figure.axes[1].lines if len(line.get_xdata()) > 1000]
    assert used == [PROBE_COLOURS[probe] for probe in PROBES]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        f"MMS{probe}" for probe in PROBES
    ]
    curl = np.asarray(figure.axes[4].lines[1].get_ydata())
    j = fake_measured().j_ua_m2
    first = np.sqrt((j[times() < times()[0] + np.timedelta64(485, "ms")].mean(axis=0) ** 2).sum())
    assert curl[0] == pytest.approx(first)
    assert np.isnan(curl[114:119]).all()
    assert figure.axes[5].lines[0].get_ydata()[3] == pytest.approx(0.2)


def test_a_comparison_of_fewer_spacecraft_says_so() -> None:
    one = {1: fake_measured()}
    text = words(comparison_figure.__wrapped__(one, {1: fake_labels()}, None, **HEAD))
    assert "not from less than four" in text
    assert "curl |" not in text
    with pytest.raises(ValueError, match="not of the same"):
        comparison_figure.__wrapped__(one, {2: fake_labels(2)}, None, **HEAD)
    empty = comparison_figure.__wrapped__({1: no_samples()}, {1: fake_labels().iloc[:0]}, None, **HEAD)
    assert "no sample of any spacecraft" in words(empty)
    part = {1: fake_measured(), 2: no_samples()}
    assert "MMS2" in words(
        comparison_figure.__wrapped__(part, {1: fake_labels(), 2: fake_labels().iloc[:0]}, None, **HEAD)
    )


def test_the_path_is_drawn_where_it_is_known_and_names_the_picture() -> None:
    figure = trajectory(width_mm=170)
    assert "analytic model, not this event" in words(figure)
    path = next(line for line in figure.axes[0].lines if line.get_color() == PROBE_COLOURS[4])
    x, y = np.asarray(path.get_xdata()), np.asarray(path.get_ydata())
    assert np.isnan(x).sum() == LOST.stop - LOST.start + 1
    _, true_x, true_y = crossing(4)
    assert (x[0], y[-1]) == (true_x[0], true_y[-1])
    ellipse = figure.axes[0].patches
    assert {(round(one.width, 6), round(one.height, 6)) for one in ellipse if hasattr(one, "width")} == {
        (1.6, 0.8)
    }
    assert figure.axes[0].get_ylim()[0] > figure.axes[0].get_ylim()[1]  # y is southward, north is up
    assert "08:15:00" in words(figure)
    lost = Track(
        times(), segments(), Location(*[np.full(len(kept()), np.nan)] * 5, np.zeros(len(kept()), bool))
    )
    assert "no place found" in words(trajectory_figure.__wrapped__({1: lost}, **HEAD))


def test_statistics_are_those_of_the_table() -> None:
    figure, table = statistics(width_mm=170), fake_statistics()
    every = (
        table[(table.event == ALL) & (table.quantity == "j_dot_e_prime")].set_index("region").loc[list(ORDER)]
    )
    boxes = figure.axes[0].patches
    np.testing.assert_allclose([box.get_x() for box in boxes], every["q25_nw_m3"])
    np.testing.assert_allclose([box.get_x() + box.get_width() for box in boxes], every["q75_nw_m3"])
    means = [pack.lines[0].get_xdata()[0] for pack in figure.axes[0].containers if hasattr(pack, "has_xerr")]
    np.testing.assert_allclose(means, every["mean_nw_m3"])
    assert figure.axes[0].get_yticklabels()[0].get_text() == "inflow north"
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "."]
    assert len(dots) == len(ORDER)
    assert "no sample with a region" in words(statistics_figure.__wrapped__(table.assign(samples=0), **HEAD))


def test_confusion_is_in_percent_of_the_truth_and_states_the_scores() -> None:
    figure = confusion(width_mm=170)
    table, _ = fake_confusion()
    part = table[
        (table.set == "held_out_families") & (table.noise_e0 == 0.3) & (table.truth == "separatrix_north")
    ]
    share = 100 * part["samples"] / part["samples"].sum()
    image = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(image[1], share.to_numpy()[[REGIONS.index(name) for name in ORDER]])
    assert "macro-F1 0.951, ECE 0.020, false sep. 1.2 %" in words(figure)
    sample = figure.axes[2].images[0].get_array()
    assert sample.mask[ORDER.index("separatrix_south")].all()
    one = confusion_figure.__wrapped__(table, panels=[("sample", 0.5)], **HEAD)
    assert len(one.axes) == 1
    assert "sample, E noise 0.5" in words(one)
    more = pd.concat([table, table.assign(noise_e0=table["noise_e0"] - 0.3)])
    many = confusion_figure.__wrapped__(more, **HEAD)
    assert [axes.get_title() for axes in many.axes] == [
        axes.get_title().split("\n")[0] for axes in figure.axes
    ]
    assert "no labelled data" in words(confusion_figure.__wrapped__(table.iloc[:0], **HEAD))


def test_scales_stand_in_the_row_of_their_event() -> None:
    figure, table = scales(width_mm=170), fake_summary()
    events = table.drop_duplicates("event")
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == list(events["event"])
    for axes, column in zip(figure.axes[:2], ("b0", "n0"), strict=True):
        unit = {"b0": "nt", "n0": "cm3"}[column]
        point, given, derived = (line for line in axes.lines if line.get_marker() in "os")
        np.testing.assert_allclose(point.get_xdata(), events[f"{column}_from_data_{unit}"])
        is_given = events[f"{column}_method"] == "given"
        np.testing.assert_allclose(given.get_xdata(), events.loc[is_given, f"{column}_{unit}"])
        np.testing.assert_allclose(derived.get_ydata(), np.flatnonzero(~is_given))
    text = words(scales_figure.__wrapped__(pd.DataFrame({"event": []}), **HEAD))
    assert "no event was scaled" in text


def test_region_colours_differ_also_for_colour_blind_readers() -> None:
    # Vienot, Brettel & Mollon 1999: linear RGB as seen without L or without M cones.
    seen_without = {
        "l": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
        "m": np.array([[0.2920, 0.7080, 0.0], [0.2920, 0.7080, 0.0], [-0.0223, 0.0223, 1.0]]),
        "none": np.eye(3),
    }
    for colours in (REGION_COLOURS.values(), PROBE_COLOURS.values()):
        for matrix in seen_without.values():
            linear = np.array([to_rgb(colour) for colour in colours]) ** 2.2
            seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2)
            apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(len(linear), 1)]
            assert apart.min() > 0.2


def test_means_keep_to_their_segments_and_bins() -> None:
    values = np.array([1.0, 2, 3, 100, np.nan, 5])
    segment = np.array([0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(running_mean(values, segment, 3), [1.5, 2, 2.5, 100, 52.5, 5])
    assert np.isnan(running_mean(np.array([np.nan, np.nan, 1.0, np.nan]), np.zeros(4, int), 3)[0])
    start = np.datetime64("2017-07-19", "ns")
    time = start + np.array([-1, 0, 100, 900, 2100]) * np.timedelta64(1, "ms")
    found = bin_means(time, np.array([9.0, 1, 3, np.nan, 7]), start, 0.5, 4)
    np.testing.assert_allclose(found, [2, np.nan, np.nan, np.nan])
    edges, held = cells(time[1:], np.array([0, 0, 1, 1]), np.arange(4.0))
    assert (np.diff(edges) >= 0).all()
    assert np.isnan(held[2])
    assert len(edges) == len(held) + 1


def test_regions_are_read_by_name_and_lost_inputs_have_none() -> None:
    labels = pd.DataFrame(
        {"Predicted": [0, np.nan, 5, 1], "region": ["inflow_north", "unknown", "unknown", None]}
    )
    np.testing.assert_array_equal(region_codes(labels, "region"), [0, np.nan, 6, 6])


def test_saved_bytes_repeat_and_the_global_settings_stay(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)

    def quick() -> Figure:
        return confusion_figure(fake_confusion()[0], panels=[("sample", 0.3)], **HEAD)

    for name in ("first.png", "second.png"):
        save_figure(quick(), tmp_path / name, dpi=60)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert dict(matplotlib.rcParams) == before
