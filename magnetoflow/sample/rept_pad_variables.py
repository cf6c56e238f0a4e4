"""Variables and attributes of the REPT level 3 files that the sample writes.

No real file was at hand: names, shapes and units are those that users of the product state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from magnetoflow.sample.mms_variables import FILL, SYNTHETIC, Attributes, epoch

FLUX_UNIT = "cm^-2 s^-1 sr^-1 MeV^-1"
VERSION = "5.0.0"
YEAR_0_MS = 62167219200000.0
"""CDF_EPOCH of 1970-01-01."""
SECTORS, PROTON_MEV = 8, (21.25, 27.5, 35.4, 45.5, 59.0, 76.5, 102.0, 145.0)
"""Sectors of the decoy of unbinned electrons; energies of the protons."""


def _data(describe: str, unit: str, low: float, high: float, **more: Any) -> Attributes:
    """Attributes of a float variable over `Epoch`."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FILLVAL": FILL, "FORMAT": "E12.3", "LABLAXIS": describe, "SCALETYP": "linear", "UNITS": unit,
        "VALIDMIN": np.float32(low), "VALIDMAX": np.float32(high), "VAR_TYPE": "data", **more,
    }  # fmt: skip


def _axis(describe: str, unit: str, high: float) -> Attributes:
    """Attributes of an axis that does not vary with the record."""
    return {
        "CATDESC": describe, "FIELDNAM": describe, "FILLVAL": FILL, "FORMAT": "F10.4", "LABLAXIS": describe,
        "SCALETYP": "linear", "UNITS": unit, "VALIDMIN": np.float32(0.0), "VALIDMAX": np.float32(high),
        "VAR_TYPE": "support_data",
    }  # fmt: skip


def cdf_epoch() -> Attributes:
    """Attributes of a CDF_EPOCH."""
    return {
        "CATDESC": "Time of the record", "FIELDNAM": "Epoch", "FILLVAL": np.float64(-1e31),
        "LABLAXIS": "Epoch", "MONOTON": "INCREASE", "SCALETYP": "linear", "TIME_BASE": "0 AD", "UNITS": "ms",
        "VALIDMIN": np.float64(63397814400000.0), "VALIDMAX": np.float64(64092211200000.0),
        "VAR_TYPE": "support_data",
    }  # fmt: skip


def names(epoch_type: str, swapped: bool) -> dict[str, Attributes]:
    """Variables of a file and their attributes, in the order in which they are written.

    Parameters
    ----------
    epoch_type : str
        ``CDF_EPOCH`` or ``CDF_TIME_TT2000``.
    swapped : bool
        FEDU has its energy axis before its angle axis.
    """
    axes = ("FEDU_Energy", "FEDU_Alpha") if swapped else ("FEDU_Alpha", "FEDU_Energy")
    flux = {"DISPLAY_TYPE": "spectrogram", "SCALETYP": "log"}
    unbinned, protons = "FEDU_Unbinned_0to180", "FPDU"
    return {
        "Epoch": cdf_epoch() if epoch_type == "CDF_EPOCH" else epoch("Time of the record"),
        "FEDU": _data(
            "Electron flux by pitch angle", FLUX_UNIT, 0.0, 1e10, **flux, DEPEND_1=axes[0], DEPEND_2=axes[1]
        ),
        "FEDU_Alpha": _axis("Pitch angle", "deg", 180.0),
        "FEDU_Energy": _axis("Electron energy", "MeV", 100.0),
        unbinned: _data(
            "Electron flux by sector", FLUX_UNIT, 0.0, 1e10, **flux, DEPEND_1=f"{unbinned}_Alpha",
            DEPEND_2="FEDU_Energy", VAR_TYPE="support_data",
        ),
        f"{unbinned}_Alpha": _data("Pitch angle of the sectors", "deg", 0.0, 180.0, VAR_TYPE="support_data"),
        protons: _data(
            "Proton flux by pitch angle", FLUX_UNIT, 0.0, 1e10, **flux, DEPEND_1="FPDU_Alpha",
            DEPEND_2="FPDU_Energy",
        ),
        "FPDU_Alpha": _axis("Pitch angle", "deg", 180.0),
        "FPDU_Energy": _axis("Proton energy", "MeV", 1000.0),
        "L": _data("L", "1", 1.0, 20.0),
        "L_star": _data("L*", "1", 1.0, 20.0),
        "I": _data("Integral invariant I", "RE", 0.0, 100.0),
        "MLT": _data("Magnetic local time", "hr", 0.0, 24.0),
        "MLAT": _data("Magnetic latitude", "deg", -90.0, 90.0),
        "B_Eq": _data("Model field at the equator", "nT", 0.0, 1e6),
        "B_Calc": _data("Model field", "nT", 0.0, 1e6),
        "Position": _data("Position", "km", -1e5, 1e5, COORDINATE_SYSTEM="GEO"),
    }  # fmt: skip


def about(probe: str, stem: str) -> dict[str, str]:
    """Global attributes of a file."""
    return {
        "Project": "RBSP>Radiation Belt Storm Probes", "Discipline": "Space Physics>Magnetospheric Science",
        "Source_name": f"RBSP{probe.upper()}>Radiation Belt Storm Probe {probe.upper()}",
        "Descriptor": "ECT-REPT>Relativistic Electron Proton Telescope", "Data_type": "L3>Level 3",
        "Data_version": VERSION, "Logical_file_id": stem,
        "Logical_source": f"rbsp{probe}_rel03_ect-rept-sci-L3", "TITLE": f"{SYNTHETIC}: REPT level 3",
    }  # fmt: skip
