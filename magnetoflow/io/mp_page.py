"""HTML page of one magnetopause event: results with their errors, figures, tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from magnetoflow.io import html
from magnetoflow.io.atomic import write_text
from magnetoflow.mms_mp.data import EventData
from magnetoflow.mms_mp.figure_names import caption
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.passages import Pass
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import direction, utc
from magnetoflow.mms_mp.wording import number, vector

MOST_NOTES = 40


def write_page(
    path: str | Path,
    event: EventData,
    analysis: Analysis,
    *,
    source: str,
    figures: Mapping[str, str],
    tables: Sequence[str] = (),
    viewers: Sequence[str] = (),
) -> None:
    """Write the page of an event.

    Parameters
    ----------
    path : path
    event : EventData
    analysis : Analysis
        Of the same event.
    source : str
        Where the data are from.
    figures : mapping of str to str
        Paths of figures from the folder of the page, by name (see ``figure_names``).
    tables, viewers : sequence of str
        Paths of other files and of the pages of spacecraft, from there.
    """
    parts = [
        f'<p class="source">{html.text(_interval(analysis))}. Data: {html.text(source)}.</p>',
        *_viewer_links(viewers),
        "<h2>Passes of the boundary</h2>",
        *_passes(analysis),
        "<h2>Axes</h2>",
        *axes_parts(analysis),
        "<h2>Normals and speeds by method</h2>",
        _normals(analysis),
        "<h2>Formation</h2>",
        _formation(analysis),
        "<h2>Flow</h2>",
        _flow(analysis),
        "<h2>Figures</h2>",
        *(html.figure(figures[name], caption(name)) for name in figures),
        "<h2>Tables</h2>",
        _links(tables),
        "<h2>What a reader must know</h2>",
        _notes(event, analysis),
    ]
    write_text(path, html.page(f"{analysis.event}: magnetopause crossing", parts))


def write_nothing_page(path: str | Path, event: str, *, source: str, reason: str | None) -> None:
    """Write the page of an event that failed for its data."""
    why = f"<p>This event failed: {html.text(reason or 'no reason was recorded')}.</p>"
    note = f'<p class="source">Data: {html.text(source)}.</p>'
    write_text(path, html.page(f"{event}: no result", [note, why]))


def moment(analysis: Analysis, seconds: float, decimals: int = 3) -> str:
    """Time of day of a time since `time0`, UTC."""
    at = utc(analysis, seconds)
    return "" if np.isnat(at) else str(at.astype("datetime64[ns]")).split("T")[1][: 9 + decimals]


def _interval(analysis: Analysis) -> str:
    start, stop = (str(one.astype("datetime64[s]")) for one in (analysis.start, analysis.stop))
    names = ", ".join(f"MMS{probe}" for probe in analysis.probes)
    return f"{start} to {stop} UTC, {names}, {analysis.rate}; vectors in {analysis.frame}"


def _viewer_links(viewers: Sequence[str]) -> list[str]:
    return [f"<p>Single spacecraft: {', '.join(map(html.link, viewers))}.</p>"] if viewers else []


def _passes(analysis: Analysis) -> list[str]:
    if not analysis.passes:
        return [f"<p>{html.text(analysis.status)}</p>"]
    parts = []
    for one in analysis.passes:
        main = " (main)" if one.number == analysis.main else ""
        way = "outbound" if direction(one.outbound) == "out" else "inbound"
        speed = number(one.speed_km_s, one.speed_error_km_s, "km/s")
        words = f"Pass {one.number}{main}, {way}: V_N = {speed or 'not known'}"
        words += f" by {one.speed_method}" if speed else ""
        if one.unmatched:
            words += f"; not seen by {', '.join(f'MMS{probe}' for probe in one.unmatched)}"
        parts += [f"<p>{html.text(words)}. {html.text(_timing_words(one))}</p>", _crossings(analysis, one)]
    return parts


def _timing_words(one: Pass) -> str:
    timing = one.timing
    if timing.degenerate:
        return f"Times do not determine the normal: {timing.reason} (condition {timing.condition:.3g})."
    return f"Normal from times: {timing.kind}." + (f" {timing.reason}" if timing.reason else "")


def _crossings(analysis: Analysis, one: Pass) -> str:
    head = (
        "spacecraft",
        "time, UTC",
        "error [ms]",
        "w [s]",
        "half-width h [km]",
        "V_N - v_sc,N [km/s]",
        "fit",
    )
    rows = []
    for probe, crossing in sorted(one.crossings.items()):
        fit, thick = crossing.fit, one.thickness.get(probe)
        rows.append(
            (
                f"MMS{probe}",
                moment(analysis, crossing.time_s, 4),
                number(1e3 * crossing.error_s),
                number(fit.w_s, fit.w_error_s) if fit.good else "",
                number(thick.half_width_km, thick.half_width_error_km) if thick else "",
                number(thick.relative_speed_km_s, thick.relative_speed_error_km_s) if thick else "",
                f"B_L, rms {number(fit.residual)} nT" if fit.good else fit.reason,
            )
        )
    return (
        html.table(head, rows)
        + "\n<p>Full thickness 2 h; full width of the current at half maximum 1.763 h.</p>"
    )


def axes_parts(analysis: Analysis) -> list[str]:
    """Chosen axes with method, reason, interval and errors, as HTML."""
    lmn = analysis.orientation.lmn
    tilt = np.rad2deg(np.sqrt(np.clip(np.diag(lmn.covariance), 0, None)))
    words = [f"Method: {lmn.method}" + ("" if lmn.reliable else ", not reliable"), lmn.reason]
    words += [f"constraint {lmn.constraint}"] if lmn.constraint else []
    if not np.isnat(lmn.start):
        words.append(f"interval {_day_time(lmn.start)} to {_day_time(lmn.stop)} UTC")
    if np.isfinite(lmn.eigenvalues).all():
        words.append(f"eigenvalues {', '.join(number(one) for one in lmn.eigenvalues)} nT²")
    if np.isfinite(lmn.b_n_nt):
        words.append(f"B_N = {number(lmn.b_n_nt, lmn.b_n_error_nt, 'nT')}")
    errors = ("about L (N toward M)", "about M (N toward L)", "about N (L toward M)")
    rows = [
        (name, vector(row, 5), f"{number(turn)}° {what}" if np.isfinite(turn) else "")
        for name, row, turn, what in zip("LMN", lmn.matrix, tilt, errors, strict=True)
    ]
    head = ("axis", lmn.frame, "1-sigma turn")
    return [f"<p>{html.text('; '.join(one for one in words if one))}.</p>", html.table(head, rows)]


def _day_time(at: np.datetime64) -> str:
    return str(at.astype("datetime64[ms]")).split("T")[1]


def _normals(analysis: Analysis) -> str:
    every = analysis.orientation.normals
    chosen = analysis.orientation.lmn.matrix[2]
    head = ("method", "spacecraft", "n", "error [deg]", "to N [deg]", "V along n [km/s]", "remark")
    rows = [_normal(one, chosen) for one in every]
    return html.table(head, rows, off=[not one.reliable for one in every])


def _normal(one: Normal, chosen: np.ndarray) -> tuple[str, ...]:
    known = bool(np.isfinite(one.n).all())
    return (
        one.method,
        "" if one.probe is None else f"MMS{one.probe}",
        vector(one.n),
        number(one.error_deg),
        number(angle_deg(one.n, chosen)) if known else "",
        number(one.speed_km_s, one.speed_error_km_s),
        one.reason if one.reason else "" if one.reliable else "not reliable",
    )


def _formation(analysis: Analysis) -> str:
    shape = analysis.formation
    if len(analysis.probes) < 2:
        return "<p>One spacecraft.</p>"
    words = [
        f"{shape.kind}, semi-axes {', '.join(number(one) for one in shape.axes_km)} km",
        f"elongation {shape.elongation:.4f}, planarity {shape.planarity:.4f}",
        f"separations [km] {', '.join(f'{pair}: {number(km)}' for pair, km in shape.separations_km.items())}",
        "four-point timing possible" if shape.timing else f"no four-point timing: {shape.reason}",
    ]
    return f"<p>{html.text('; '.join(words))}.</p>"


def _flow(analysis: Analysis) -> str:
    head = ("spacecraft", "V_HT [km/s]", "V_HT·N [km/s]", "correlation", "Walen slope", "remark")
    found = sorted(analysis.hoffmann_teller.items())
    rows = [
        (
            f"MMS{probe}",
            vector(one.v_km_s, 1),
            number(one.speed_km_s, one.speed_error_km_s),
            f"{one.correlation:.4f}",
            number(one.walen_slope, one.walen_slope_error),
            one.reason,
        )
        for probe, one in found
    ]
    if not rows:
        return "<p>No deHoffmann-Teller frame.</p>"
    return html.table(head, rows, off=[not one.reliable for _, one in found])


def _links(tables: Sequence[str]) -> str:
    if not tables:
        return "<p>None.</p>"
    return "<ul>\n" + "\n".join(f"<li>{html.link(one)}</li>" for one in tables) + "\n</ul>"


def _notes(event: EventData, analysis: Analysis) -> str:
    notes = [
        *analysis.notes,
        *(
            f"MMS{probe}: positions by {craft.ephemeris}; files {', '.join(craft.files) or 'unknown'}"
            for probe, craft in event.spacecraft.items()
        ),
    ]
    more = [f"and {len(notes) - MOST_NOTES} more"] if len(notes) > MOST_NOTES else []
    items = "\n".join(f"<li>{html.text(one)}</li>" for one in [*notes[:MOST_NOTES], *more])
    return f"<ul>\n{items}\n</ul>" if items else "<p>Nothing.</p>"
