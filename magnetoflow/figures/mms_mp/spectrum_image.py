"""Energy spectra over time as a picture, whatever the energy tables of its records."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from magnetoflow.figures.style import FONT_PT, MM, say
from magnetoflow.figures.time_axis import day_number
from magnetoflow.mms_mp.data import EventData, Spectrogram

Floats = NDArray[np.float64]
COLUMNS_PER_INCH = 200
ROWS = 96
COLOURMAP = "viridis"
FLUX_LABEL = "keV/(cm² s sr keV)"


@dataclass(frozen=True)
class Picture:
    """Energy flux on even bins of time and of log energy.

    Attributes
    ----------
    flux : (row, column) ndarray [keV/(cm^2 s sr keV)]
        NaN where missing; rows from low to high energy.
    low_ev, high_ev : float [eV]
        Edges.
    """

    flux: Floats
    low_ev: float
    high_ev: float


def picture(
    spectra: Spectrogram, first: np.datetime64, last: np.datetime64, columns: int, most_ev: float = np.inf
) -> Picture | None:
    """Bin spectra: means over time, the nearest channel in energy.

    Parameters
    ----------
    spectra : Spectrogram
    first, last : datetime64
        Edges of the picture.
    columns : int
        Most columns; fewer where there are fewer records.
    most_ev : float [eV]
        Upper edge, where the table reaches higher.

    Returns
    -------
    Picture or None
        None where no record of the interval has a spectrum. A column without a record within 0.75 of their
        step is missing.
    """
    inside = (spectra.time >= first) & (spectra.time < last)
    usable = inside & np.isfinite(spectra.flux).any(axis=1) & np.isfinite(spectra.energy_ev).all(axis=1)
    if not usable.any():
        return None
    time, flux, energy = spectra.time[usable], spectra.flux[usable], spectra.energy_ev[usable]
    since = (time - first) / np.timedelta64(1, "s")
    span = float((last - first) / np.timedelta64(1, "s"))
    step = float(np.median(np.diff(since))) if len(since) > 1 else span / columns
    count = max(1, min(columns, round(span / step)))
    edge = np.sqrt(energy[:, 1:] / energy[:, :-1]).mean()
    low, high = float(energy.min() / edge), float(min(energy.max() * edge, most_ev))
    centres = np.exp(np.log(low) + (np.arange(ROWS) + 0.5) * np.log(high / low) / ROWS)
    wide = span / count
    if wide < 1.5 * step:
        middle = (np.arange(count) + 0.5) * wide
        near = np.clip(np.searchsorted(since, middle), 1, max(len(since) - 1, 1))
        near = np.minimum(near, len(since) - 1)
        before = np.maximum(near - 1, 0)
        near = np.where(middle - since[before] < since[near] - middle, before, near)
        image = _rows(flux[near], energy[near], centres)
        image[np.abs(since[near] - middle) > 0.75 * max(step, wide)] = np.nan
        return Picture(image.T, low, high)
    image = _rows(flux, energy, centres)
    place = np.minimum((since / wide).astype(np.int64), count - 1)
    begin = np.flatnonzero(np.diff(place, prepend=-1))
    known = np.isfinite(image)
    total = np.add.reduceat(np.where(known, image, 0.0), begin, axis=0)
    number = np.add.reduceat(known.astype(np.float64), begin, axis=0)
    out = np.full((count, ROWS), np.nan)
    out[place[begin]] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return Picture(out.T, low, high)


def _rows(flux: Floats, energy: Floats, centres: Floats) -> Floats:
    """(record, row) flux of the channel nearest to each centre; tables that repeat are looked up once."""
    out = np.empty((len(flux), len(centres)))
    # by their bytes: sorting thousands of rows, as np.unique does, takes longer than all the rest
    tables: dict[bytes, int] = {}
    which = np.array([tables.setdefault(table.tobytes(), len(tables)) for table in energy])
    for number in range(len(tables)):
        members = which == number
        table = energy[members.argmax()]
        nearest = np.abs(np.log(table)[:, None] - np.log(centres)[None, :]).argmin(axis=0)
        out[members] = flux[members][:, nearest]
    return out


def draw_spectra(
    figure: Figure,
    axes: Axes,
    event: EventData,
    spectra: Spectrogram | None,
    width_mm: float,
    *,
    most_ev: float = np.inf,
    limits: tuple[float, float] | None = None,
) -> None:
    """Draw a spectrogram with its scale of colours beside it; say so where there is none.

    Parameters
    ----------
    limits : (2,) tuple of float, optional
        Of the colours; else the 2 % and 99.8 % quantiles of the positive values.
    """
    columns = round(width_mm * MM * COLUMNS_PER_INCH)
    made = None if spectra is None else picture(spectra, event.start, event.stop, columns, most_ev)
    bounds = limits or (None if made is None else colour_limits([made]))
    if made is None or bounds is None:
        say(axes, "no spectra")
        axes.set_yticks([])
        return
    left, right = day_number(np.array([event.start, event.stop]))
    low, high = np.log10([made.low_ev, made.high_ev])
    shown = np.where(made.flux > 0, made.flux, np.where(np.isfinite(made.flux), bounds[0], np.nan))
    image = axes.imshow(
        np.ma.masked_invalid(shown), extent=(left, right, low, high), norm=LogNorm(*bounds), cmap=COLOURMAP,
        origin="lower", aspect="auto", interpolation="nearest", rasterized=True,
    )  # fmt: skip
    decades = np.arange(np.ceil(low), high + 1e-9)
    axes.set_yticks(decades, [f"$10^{decade:.0f}$" for decade in decades])
    axes.set_ylim(low, high)
    scale = axes.inset_axes((1.012, 0, 0.016, 1))
    figure.colorbar(image, cax=scale)
    scale.tick_params(which="major", labelsize=FONT_PT, length=2, width=0.6, pad=2)
    scale.minorticks_off()


def colour_limits(pictures: list[Picture]) -> tuple[float, float] | None:
    """Quantiles (2 and 99.8 %) of the positive fluxes of all pictures, at least a decade apart."""
    positive = [one.flux[one.flux > 0] for one in pictures]
    values = np.concatenate(positive) if positive else np.empty(0)
    if len(values) == 0:
        return None
    low, high = (float(one) for one in np.percentile(values, [2, 99.8]))
    return max(min(low, high / 10), high / 1e5), high
