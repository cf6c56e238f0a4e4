"""Page and table of one spacecraft of a magnetopause event."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.io import html
from magnetoflow.io.atomic import write_text
from magnetoflow.io.mp_page import axes_parts
from magnetoflow.io.tables import write_csv
from magnetoflow.mms_mp.data import EventData, Floats, Plasma, Times, require_frame
from magnetoflow.mms_mp.figure_names import caption
from magnetoflow.mms_mp.overlay import Published
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.wording import number, vector

COLUMNS = ("t", "B_L", "B_M", "B_N", "Vn_i", "Vn_e", "Vn_he")
"""As published: UTC, nT, km/s."""
SPECIES = {"Vn_i": "ion", "Vn_e": "electron", "Vn_he": "heplus"}
DECIMALS = 4
TABLE_WORDS = "UTC; B along L, M, N [nT]; V along N [km/s]; each value at its own time."


def viewer_name(probe: int, centre: np.datetime64) -> str:
    """Name of the files of a spacecraft without suffix, ``mms1_summary_20180115_060000``.

    Parameters
    ----------
    probe : int
    centre : datetime64 [UTC]
        Middle of what is shown.
    """
    stamp = str(centre.astype("datetime64[s]")).replace("-", "").replace(":", "").replace("T", "_")
    return f"mms{probe}_summary_{stamp}"


def viewer_frame(
    event: EventData, analysis: Analysis, probe: int, *, minutes: float | None = None
) -> pd.DataFrame:
    """Series of one spacecraft along L, M, N, each value at its own time.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
        Of the same event.
    probe : int
    minutes : float, optional [min]
        Length of what is taken, about the middle of the event; all of it where not given.

    Returns
    -------
    DataFrame
        `COLUMNS`; one row for each time at which anything was measured, empty where that was something else.
        Nothing is interpolated.

    Raises
    ------
    VariableError
        Vectors and axes are of different frames.
    """
    craft = event.spacecraft[probe]
    require_frame(analysis.frame, craft.b, *craft.plasma.values())
    matrix = analysis.orientation.lmn.matrix
    parts = [_part(craft.b.time, craft.b.values @ matrix.T, ("B_L", "B_M", "B_N"))]
    parts += [
        _part(craft.plasma[name].time, _along_n(craft.plasma[name], matrix), (column,))
        for column, name in SPECIES.items()
        if name in craft.plasma
    ]
    whole = pd.concat(parts).groupby(level=0).first()
    whole = whole.reindex(columns=list(COLUMNS[1:])).sort_index()
    if minutes is not None:
        half = np.timedelta64(round(minutes * 30e9), "ns")
        whole = whole[(whole.index >= event.time0 - half) & (whole.index < event.time0 + half)]
    return whole.reset_index(names="t")


def _part(time: Times, values: Floats, columns: tuple[str, ...]) -> pd.DataFrame:
    rows = np.round(values.reshape(len(time), len(columns)), DECIMALS)
    return pd.DataFrame(rows, index=pd.DatetimeIndex(time), columns=list(columns)).dropna(how="all")


def _along_n(plasma: Plasma, matrix: Floats) -> Floats:
    return np.asarray(plasma.v_km_s @ matrix[2])


def write_viewer(
    folder: str | Path,
    event: EventData,
    analysis: Analysis,
    probe: int,
    *,
    source: str,
    image: str,
    published: Published | None = None,
    minutes: float | None = None,
) -> str:
    """Write page and table of one spacecraft.

    Parameters
    ----------
    folder : path
    event : EventData
    analysis : Analysis
        Of the same event.
    probe : int
    source : str
        Where the data are from.
    image : str
        Path of its summary figure, from the folder.
    published : Published, optional
        Normal and speed of a paper.
    minutes : float, optional [min]
        As for :func:`viewer_frame`.

    Returns
    -------
    str
        Name of the page.
    """
    name = viewer_name(probe, event.time0)
    write_csv(Path(folder) / f"{name}.csv", viewer_frame(event, analysis, probe, minutes=minutes))
    craft, lmn = event.spacecraft[probe], analysis.orientation.lmn
    start, stop = (str(one.astype("datetime64[s]")) for one in (event.start, event.stop))
    parts = [
        f'<p class="source">{html.text(f"{start} to {stop} UTC. Data: {source}.")}</p>',
        *axes_parts(analysis),
        *_published(published, lmn.matrix[2], analysis),
        html.figure(image, caption(f"summary_mms{probe}")),
        f"<p>{html.link(f'{name}.csv')}: {html.text(TABLE_WORDS)}</p>",
        "<ul>" + "".join(f"<li>{html.text(one)}</li>" for one in craft.notes) + "</ul>"
        if craft.notes
        else "",
    ]
    page = f"{name}.html"
    write_text(Path(folder) / page, html.page(f"{event.id}: MMS{probe}", parts))
    return page


def _published(published: Published | None, n: Floats, analysis: Analysis) -> list[str]:
    """Set normal and speed of a paper beside ours; the product with N keeps its sign."""
    if published is None:
        return []
    cosine = float(published.n_hat @ n)
    main = analysis.main_pass
    ours = number(main.speed_km_s, main.speed_error_km_s, "km/s") if main else ""
    head = ("published n", "n·N", "published V", "V along our N", "ours")
    speed = published.v_ph_km_s
    row = (
        vector(published.n_hat),
        f"{cosine:.4f}".replace("-", "\N{MINUS SIGN}"),
        number(speed, unit="km/s"),
        number(speed * float(np.sign(cosine)), unit="km/s"),
        ours,
    )
    earthward = ["<p>The published normal is earthward.</p>"] if cosine < 0 else []
    return [html.table(head, [row]), *earthward]


def write_viewer_index(path: str | Path, event: EventData, pages: list[str], *, source: str) -> None:
    """Write the list of the pages of all spacecraft."""
    items = "\n".join(f"<li>{html.link(one)}</li>" for one in pages)
    note = f'<p class="source">Data: {html.text(source)}.</p>'
    body = f"<ul>\n{items}\n</ul>" if pages else "<p>No spacecraft has data.</p>"
    write_text(path, html.page(f"{event.id}: single spacecraft", [note, body]))
