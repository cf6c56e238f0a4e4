"""Figures of the aurora study: what they show, that gaps stay blank, and that their bytes repeat."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from magnetoflow.aurora.best_examples import Example, best_examples
from magnetoflow.aurora.classes import CLASSES
from magnetoflow.figures.aurora import (
    calendar_figure,
    camera_day_figure,
    confusion_figure,
    examples_figure,
    occurrence_figure,
    reliability_figure,
)
from magnetoflow.figures.aurora.classes import CLASS_COLOURS, TimeBins, class_index
from magnetoflow.figures.aurora.examples import stretched
from magnetoflow.figures.save import save_figure
from magnetoflow.figures.time_axis import day_number
from tests.unit.aurora_figure_data import (
    NOTE,
    START,
    STEP,
    fake_confusion,
    fake_examples,
    fake_frames,
    fake_intervals,
    fake_lines,
    fake_occurrence,
    fake_patches,
    fake_reliability,
)

HEAD = {"title": "gill, 2014-03-10", "source_note": NOTE}
DAILY, HOURLY = fake_occurrence()


@cache
def camera_day(**options: object) -> Figure:
    frames = fake_frames()
    return camera_day_figure(fake_lines(frames), frames, fake_patches(), **HEAD, **options)


@cache
def occurrence(**options: object) -> Figure:
    return occurrence_figure(DAILY, HOURLY, **HEAD, **options)


@cache
def calendar(**options: object) -> Figure:
    return calendar_figure(fake_intervals(), DAILY, **HEAD, **options)


@cache
def examples(**options: object) -> Figure:
    return examples_figure(fake_examples(), **HEAD, **options)


@cache
def reliability(**options: object) -> Figure:
    return reliability_figure(fake_reliability(), **HEAD, **options)


@cache
def confusion(**options: object) -> Figure:
    return confusion_figure(fake_confusion(), **HEAD, **options)


ALL = [camera_day, occurrence, calendar, examples, reliability, confusion]


def shown(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]


def words(figure: Figure) -> str:
    return " ".join(" | ".join(text.get_text() for text in shown(figure)).split())


@pytest.mark.parametrize("draw", ALL)
@pytest.mark.parametrize("width_mm", [85, 170])
def test_every_figure_is_legible_says_its_source_and_nothing_leaves_the_page(
    draw: Callable[..., Figure], width_mm: int
) -> None:
    figure = draw(width_mm=width_mm)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width_mm)
    assert min(text.get_size() for text in shown(figure)) >= 7
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


def test_the_keogram_stands_at_its_time_and_elevation_and_the_gap_is_white() -> None:
    figure = camera_day(width_mm=170)
    image = figure.axes[0].images[0]
    values = image.get_array()
    left, right, bottom, top = image.get_extent()
    assert (bottom, top) == (255.5, -0.5)
    assert left == pytest.approx(day_number(np.array([START - STEP // 2]))[0])
    assert (right - left) * 28800 == pytest.approx(1200, abs=1.01)
    assert values.mask[:, 510:630].all()
    assert not values.mask[:, :499].any()
    assert not values.mask[:, 641:1199].any()
    assert values[:, 0].argmax() == 60
    assert figure.axes[1].images[0].get_array()[:, 0].argmax() == 255 - 60
    ticks = dict(zip(figure.axes[0].get_yticks(), figure.axes[0].get_yticklabels(), strict=True))
    text = {label.get_text(): place for place, label in ticks.items()}
    assert text == pytest.approx({"N 30": 48.0, "90": 128.0, "S 30": 208.0})
    assert "E 30" in words(figure)


def test_strips_and_probabilities_have_the_colours_of_the_labels() -> None:
    colours = {**CLASS_COLOURS, "pulsating": "#000000"}
    figure = camera_day.__wrapped__(colours=colours)
    raw, smooth, chance = (figure.axes[k].images[0].get_array() for k in (2, 3, 4))
    for column, name in (
        (100, "bad_viewing"),
        (400, "no_aurora"),
        (800, "other_aurora"),
        (1100, "pulsating"),
    ):
        assert (smooth[:, column] == to_rgb(colours[name])).all()
        share = (chance[:, column] == to_rgb(colours[name])).all(axis=1).mean()
        assert share == pytest.approx(0.7, abs=0.02)
    assert (smooth[:, 560] == 1).all()
    assert (raw[:, 900:1190, 0] != smooth[:, 900:1190, 0]).any()


def test_flags_that_occur_are_named_and_periods_drawn_with_errors() -> None:
    figure = camera_day(width_mm=170)
    assert "Moon" in words(figure)
    assert "gap before" in words(figure)
    assert "saturated" not in words(figure)
    moon = figure.axes[5].images[-1].get_array()
    assert (~np.ma.getmaskarray(moon))[0, :199].all()
    assert np.ma.getmaskarray(moon)[0, 205:].all()
    patches = fake_patches()
    points = figure.axes[6].lines[1].get_xydata()
    np.testing.assert_allclose(points[:, 1], patches["period_s"])
    medians = figure.axes[6].lines[-1].get_ydata()
    assert medians[0] == pytest.approx(patches["period_s"][:5].median())
    assert len(figure.axes[6].collections) >= 1


def test_a_day_without_images_patches_flags_or_frames_says_so() -> None:
    frames = fake_frames().assign(flags=0)
    text = words(camera_day_figure(None, frames, fake_patches(0), **HEAD))
    assert "labels only" in text
    assert "no frame is flagged" in text
    assert "periods are searched for in images only" in text
    assert "no frame of this camera" in words(
        camera_day_figure(None, frames.iloc[:0], fake_patches(0), **HEAD)
    )
    with pytest.raises(ValueError, match="no class"):
        camera_day_figure(None, frames.assign(label="aurora"), fake_patches(0), **HEAD)


def test_a_long_day_is_binned_and_a_lost_hour_stays_blank() -> None:
    time = START + np.delete(np.arange(16800), np.s_[6000:7200]) * STEP
    bins = TimeBins.of(time[0], time[-1])
    assert bins.count <= 1600
    mean = bins.mean(time, np.arange(len(time), dtype=float))
    blank = np.isnan(mean).sum() * (bins.step / np.timedelta64(1, "s"))
    assert blank == pytest.approx(3600, abs=2 * bins.step / np.timedelta64(1, "s"))
    assert np.nanmax(np.diff(mean)) < 20
    jittered = START + np.arange(600) * STEP + np.random.default_rng(0).integers(-7 * 10**8, 7 * 10**8, 600)
    short = TimeBins.of(jittered[0], jittered[-1])
    assert np.isnan(short.mean(jittered, np.ones(600))).sum() <= 1


def test_occurrence_shows_the_tables_values_with_errors() -> None:
    figure = occurrence(width_mm=170)
    heights = np.array([[bar.get_height() for bar in pack] for pack in figure.axes[0].containers])
    total = DAILY.groupby("date")[[f"hours_{name}" for name in CLASSES]].sum()
    np.testing.assert_allclose(heights.T, total)
    for axes, clock in zip(figure.axes[1:3], ("ut", "mlt"), strict=True):
        rows = HOURLY[HOURLY["clock"] == clock]
        points = axes.lines[0].get_xydata()
        np.testing.assert_allclose(points[:, 1], rows["share"])
        bars = axes.collections[0].get_segments()
        known = rows["share"].notna().to_numpy()
        length = [bar[1, 1] - bar[0, 1] for bar in bars if len(bar)]
        np.testing.assert_allclose(np.array(length)[: known.sum()], 2 * rows["share_error"][known])
    assert "magnetic local time (dipole) [h]" in words(figure)
    assert "no frame in these tables" in words(
        occurrence_figure(DAILY.iloc[:0], HOURLY.assign(hours_good=0.0), **HEAD)
    )


def test_intervals_stand_in_the_row_of_their_camera_and_date_also_across_midnight() -> None:
    figure = calendar(width_mm=170)
    axes = figure.axes[0]
    rows = [text.get_text() for text in axes.get_yticklabels()]
    boxes = [path.get_extents() for path in axes.collections[0].get_paths()]
    drawn = {rows[round((box.y0 + box.y1) / 2)]: (round(box.x0, 2), round(box.x1, 2)) for box in boxes}
    assert drawn == {
        "2014-03-10 gill": (6, 9),
        "2014-03-12 rank": (7.5, 7.83),
        "2014-03-13 gill": (23, 24),
        "2014-03-14 gill": (0, 1),
    }
    assert axes.collections[0].get_alpha() == pytest.approx([0.95, 0.6, 0.8, 0.8])
    assert "0.0 of 0.5 h" in words(figure)
    assert "First 4 of 18 camera-days" in words(calendar(most_rows=4))
    assert "no camera-day" in words(calendar_figure(fake_intervals(), DAILY.iloc[:0], **HEAD))


def test_examples_are_masked_and_stretched_and_carry_time_and_north() -> None:
    made = fake_examples(2)
    scaled = stretched(made[0].image, made[0].mask)
    assert np.isnan(scaled[~made[0].mask]).all()
    assert (np.nanmin(scaled), np.nanmax(scaled)) == (0, 1)
    figure = examples_figure([one for one in made if one.index != 2], **HEAD)
    text = words(figure)
    assert "2014-03-10 05:45:03" in text
    assert "no frame" in text
    assert text.count("gill, p =") == 6
    north = next(t for t in shown(figure) if t.get_text() == "N")
    east = next(t for t in shown(figure) if t.get_text() == "E")
    assert north.get_position()[1] > 0.9
    assert east.get_position()[0] < 0.1
    unknown = examples_figure([made[0].__class__(*[*vars(made[0]).values()][:-1])], **HEAD)
    assert not any(t.get_text() == "E" for t in shown(unknown))


def test_the_best_frame_of_each_night_is_chosen_before_the_second_of_any() -> None:
    def night(site: str, chances: list[float], index: int = 3) -> list[Example]:
        blank = np.zeros((256, 256), np.uint16), np.ones((256, 256), bool)
        return [Example(site, START + k * STEP, index, chance, *blank) for k, chance in enumerate(chances)]

    nights = [night("gill", [0.9, 0.99, 0.95]), night("rank", [0.6]), night("gill", [0.7], 1)]
    chosen = best_examples([one for part in nights for one in part], 2)
    folded: list[Example] = []
    for part in nights:
        folded = best_examples([*folded, *part], 2)
    assert folded == chosen
    assert [(one.site, one.index, one.probability) for one in chosen] == [
        ("gill", 1, 0.7), ("gill", 3, 0.99), ("rank", 3, 0.6),
    ]  # fmt: skip
    assert chosen[1].time == START + STEP
    assert best_examples([]) == []


def test_reliability_draws_used_bins_and_states_error_and_counts() -> None:
    table = fake_reliability()
    figure = reliability(width_mm=85)
    line = figure.axes[0].lines[1].get_xydata()
    used = table[(table.stage == "frames") & (table.frames > 0)]
    np.testing.assert_allclose(line, used[["confidence", "accuracy"]])
    weight = used.frames / used.frames.sum()
    error = ((used.accuracy - used.confidence).abs() * weight).sum()
    assert f"single frames: ECE {error:.3f}, 10,200 frames" in words(figure)
    np.testing.assert_allclose(figure.axes[1].patches[0].get_data().values, table.frames[:15])
    assert "no labelled frame" in words(reliability_figure(table.iloc[:0], **HEAD))


def test_confusion_states_shares_counts_and_days_in_the_order_of_their_accuracy() -> None:
    table = fake_confusion()
    figure = confusion(width_mm=170)
    rows = table[(table.stage == "in_time") & (table.camera_day == "all")].set_index("labelled")
    found = rows.loc["pulsating", "as_pulsating"]
    share = 100 * found / rows.loc["pulsating", [f"as_{name}" for name in CLASSES]].sum()
    assert f"{share:.1f} % {found:,}" in words(figure)
    values = figure.axes[1].images[0].get_array()
    assert (np.diff(values[:, -1]) >= 0).all()
    row = [text.get_text() for text in figure.axes[1].get_yticklabels()].index("gill 20140310")
    assert values.mask[row].tolist() == [False, False, False, True, False]
    assert "2 of 6 camera-days, the lowest accuracy first" in words(confusion(most_days=2))
    assert "no labelled frame" in words(confusion_figure(table.iloc[:0], **HEAD))


def test_class_colours_differ_also_for_colour_blind_readers() -> None:
    # Vienot, Brettel & Mollon 1999: linear RGB as seen without L or without M cones.
    seen_without = {
        "l": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
        "m": np.array([[0.2920, 0.7080, 0.0], [0.2920, 0.7080, 0.0], [-0.0223, 0.0223, 1.0]]),
        "none": np.eye(3),
    }
    for matrix in seen_without.values():
        linear = np.array([to_rgb(CLASS_COLOURS[name]) for name in CLASSES]) ** 2.2
        seen = np.clip(linear @ matrix.T, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(4, 1)]
        assert apart.min() > 0.12


def test_labels_are_read_by_name_and_empty_is_unlabelled() -> None:
    frames = fake_frames()
    column = frames["label"].where(np.arange(len(frames)) > 0, None)
    assert class_index(column)[:2].tolist() == [-1, 0]
    assert class_index(frames["label"])[-1] == 3


def test_saved_bytes_repeat_and_the_global_settings_stay(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    save_figure(camera_day.__wrapped__(width_mm=85), tmp_path / "first.png", dpi=80)
    save_figure(camera_day.__wrapped__(width_mm=85), tmp_path / "second.png", dpi=80)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert dict(matplotlib.rcParams) == before
