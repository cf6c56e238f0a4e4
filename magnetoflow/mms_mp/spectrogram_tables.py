"""Tables of the spectrograms of one event: which there are, and whether they cover the event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from magnetoflow.mms_mp.data import EventData, Spectrogram
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.results import Analysis
from magnetoflow.mms_mp.tables import Row, table

SPECIES = ("ion", "electron")
INVENTORY = (
    *("probe", "species", "source_product", "candidate_var", "energy_var", "bins", "t_start_UT", "t_end_UT"),
    *("n_times", "source"),
)
DIAGNOSTICS = (
    *("species", "probe", "candidate_or_dist_var", "energy_var", "energy_info", "status", "t_start_UT"),
    *("t_end_UT", "n_times", "overlaps_window", "match_confidence", "recommended_method", "angle_to_PC1"),
    *("angle_to_PC2", "angle_to_PC3", "angle_to_radial", "angle_to_along_track", "source"),
)


def inventory_frame(event: EventData, source: str) -> pd.DataFrame:
    """One row per spectrogram that was read."""
    return table(INVENTORY, source, (_listed(probe, name, one) for probe, name, one in _all(event) if one))


def diagnostics_frame(event: EventData, analysis: Analysis, source: str) -> pd.DataFrame:
    """One row per species and spacecraft that was asked for.

    Parameters
    ----------
    event : EventData
    analysis : Analysis
    source : str

    Returns
    -------
    DataFrame
        ``status`` is ``ok`` or ``missing``; ``match_confidence`` the share of the event that the spectra
        cover. The method of N, and the angles of N to axes of the array, to the radial direction and to the
        path of the spacecraft [deg] are those of the whole event.
    """
    angles = _angles(analysis)
    return table(
        DIAGNOSTICS,
        source,
        ({**_judged(event, probe, name, one), **angles} for probe, name, one in _all(event)),
    )


def filtered(frame: pd.DataFrame, keep: Mapping[str, Sequence[object] | None]) -> pd.DataFrame:
    """Keep rows of `diagnostics_frame` by ``species``, ``probes`` and ``status``; None keeps all."""
    columns = {"species": "species", "probes": "probe", "status": "status"}
    for name, wanted in keep.items():
        if wanted is not None:
            frame = frame[frame[columns[name]].isin(list(wanted))]
    return frame.reset_index(drop=True)


def _all(event: EventData) -> list[tuple[int, str, Spectrogram | None]]:
    return [
        (probe, name, craft.spectra.get(name))
        for probe, craft in sorted(event.spacecraft.items())
        for name in SPECIES
    ]


def _energy_variable(name: str) -> str:
    return name.replace("energyspectr_omni", "energy")


def _listed(probe: int, species: str, one: Spectrogram) -> Row:
    return {
        "probe": probe,
        "species": species,
        "source_product": "dis-moms" if species == "ion" else "des-moms",
        "candidate_var": one.name,
        "energy_var": _energy_variable(one.name),
        "bins": one.flux.shape[1],
        "t_start_UT": one.time[0] if len(one.time) else np.datetime64("NaT", "ns"),
        "t_end_UT": one.time[-1] if len(one.time) else np.datetime64("NaT", "ns"),
        "n_times": len(one.time),
    }


def _judged(event: EventData, probe: int, species: str, one: Spectrogram | None) -> Row:
    if one is None or not len(one.time):
        return {
            "species": species,
            "probe": probe,
            "status": "missing",
            "n_times": 0,
            "overlaps_window": False,
        }
    listed = _listed(probe, species, one)
    inside = (one.time >= event.start) & (one.time < event.stop)
    known = inside & np.isfinite(one.flux).any(axis=1)
    step = np.median(np.diff(one.time)) if len(one.time) > 1 else event.stop - event.start
    low, high = np.nanmin(one.energy_ev), np.nanmax(one.energy_ev)
    return {
        "species": species,
        "probe": probe,
        "candidate_or_dist_var": one.name,
        "energy_var": listed["energy_var"],
        "energy_info": f"{listed['bins']} bins, {low:.4g} to {high:.4g} eV",
        "status": "ok",
        "t_start_UT": listed["t_start_UT"],
        "t_end_UT": listed["t_end_UT"],
        "n_times": listed["n_times"],
        "overlaps_window": bool(inside.any()),
        "match_confidence": round(min(float(known.sum() * step / (event.stop - event.start)), 1.0), 3),
    }


def _angles(analysis: Analysis) -> Row:
    n = analysis.orientation.lmn.matrix[2]
    axes = {f"angle_to_PC{k}": row for k, row in enumerate(analysis.formation.directions, 1)}
    if analysis.position_km:
        axes["angle_to_radial"] = np.mean(list(analysis.position_km.values()), axis=0)
        axes["angle_to_along_track"] = np.mean(list(analysis.v_sc_km_s.values()), axis=0)
    angles = {name: angle_deg(n, one, axes=True) for name, one in axes.items()}
    return {"recommended_method": analysis.orientation.lmn.method, **angles}
