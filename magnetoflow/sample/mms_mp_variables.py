"""Variables and attributes of the files of the magnetopause sample, as the real files name them.

FPI and FGM follow releases 3.3.0 and 4.18.1. Of EDP, HPCA and MEC no file was at hand: their names and units
are those that their users state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from magnetoflow.sample import mms_rnn_variables as burst
from magnetoflow.sample.mms_variables import FILL, SYNTHETIC, Attributes, epoch

SPECIES = {"hplus": "H+", "heplus": "He+", "heplusplus": "He++", "oplus": "O+"}
FRAMES = {"_GSM": "GSM", "_GSE": "GSE", "": "DBCS"}
"""Of the velocities of HPCA, by the end of their names."""
TEXT = f"{SYNTHETIC}: a plane magnetopause in the layout of the real files"


def _data(describe: str, unit: str, low: float, high: float, **more: Any) -> Attributes:
    """Attributes of a float variable."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FILLVAL": FILL, "FORMAT": "E12.2", "LABLAXIS": describe, "SCALETYP": "linear", "UNITS": unit,
        "VALIDMIN": np.float32(low), "VALIDMAX": np.float32(high), "VAR_TYPE": "data", **more,
    }  # fmt: skip


def moments(probe: int, instrument: str) -> dict[str, Attributes]:
    """Variables of an FPI burst moments file, ``dis`` or ``des``, with errors and without background."""
    known = {name: one for name, one in burst.moments(probe, instrument).items() if "_bg_" not in name}
    what, base = f"MMS{probe} FPI/{instrument.upper()}", f"mms{probe}_{instrument}"
    known[f"{base}_numberdensity_err_brst"] = _data(
        f"{what} number density error", "cm^-3", 0.0, 1e5, VAR_TYPE="support_data"
    )
    known[f"{base}_bulkv_err_brst"] = _data(
        f"{what} bulk-velocity error vector", "km/s", 0.0, 5000.0, VAR_TYPE="support_data",
        COORDINATE_SYSTEM="DBCS>Despun Body Coordinate System",
    )  # fmt: skip
    return known


def fgm(probe: int) -> dict[str, Attributes]:
    """Variables of an FGM burst file."""
    half = _data("Delta from center time to sample start/finish, sec", "s", 0.001, 1.0)
    return {**burst.fgm(probe), f"mms{probe}_fgm_bdeltahalf_brst_l2": {**half, "VAR_TYPE": "support_data"}}


def edp(probe: int, rate: str) -> dict[str, Attributes]:
    """Variables of an EDP electric field file, ``brst`` or ``fast``."""
    base, at = f"mms{probe}_edp", {"DEPEND_0": f"mms{probe}_edp_epoch_{rate}_l2"}
    return {
        **burst.edp(probe, rate),
        f"{base}_dce_dsl_{rate}_l2": _data(
            "DC electric field in DSL", "mV/m", -1e3, 1e3, COORDINATE_SYSTEM="DSL", **at
        ),
        f"{base}_dce_par_epar_{rate}_l2": _data("Parallel E: error, field", "mV/m", -1e3, 1e3, **at),
    }


def potential(probe: int, rate: str) -> dict[str, Attributes]:
    """Variables of an EDP potential file."""
    time = f"mms{probe}_edp_epoch_{rate}_l2"
    volts = _data("Spacecraft potential", "V", -100.0, 100.0, DEPEND_0=time)
    return {time: epoch("center of the measurement"), f"mms{probe}_edp_scpot_{rate}_l2": volts}


def hpca(probe: int, names: list[str]) -> dict[str, Attributes]:
    """Variables of an HPCA moments file; `names` as ``heplus_number_density``."""
    begin = epoch("begin of the measurement")
    span = {"UNITS": "s", "FORMAT": "F6.2", "VAR_TYPE": "support_data"}
    found: dict[str, Attributes] = {
        "Epoch": {**begin, "DELTA_PLUS_VAR": "Epoch_PLUS", "DELTA_MINUS_VAR": "Epoch_MINUS"},
        "Epoch_PLUS": {"CATDESC": "from Epoch to the end of the measurement", **span},
        "Epoch_MINUS": {"CATDESC": "from the begin of the measurement to Epoch", **span},
    }
    for name in names:
        species, kind = name.split("_", 1)
        if kind == "number_density":
            found[f"mms{probe}_hpca_{name}"] = _data(f"{SPECIES[species]} number density", "cm^-3", 0.0, 1e4)
            continue
        frame = FRAMES[kind.removeprefix("ion_bulk_velocity")]
        found[f"mms{probe}_hpca_{name}"] = _data(
            f"{SPECIES[species]} bulk velocity, {frame}", "km/s", -5000.0, 5000.0, COORDINATE_SYSTEM=frame
        )
    return found


def mec(probe: int) -> dict[str, Attributes]:
    """Variables of an MEC ephemeris file, in double precision."""
    found: dict[str, Attributes] = {}
    for frame in ("eci", "gse", "gsm"):
        at = {"COORDINATE_SYSTEM": frame.upper()}
        found[f"r_{frame}"] = _data(f"{frame.upper()} position vector", "km", -1e6, 1e6, **at)
        found[f"v_{frame}"] = _data(f"{frame.upper()} velocity vector", "km/s", -100.0, 100.0, **at)
    found["quat_eci_to_gsm"] = _data("Quaternion from ECI to GSM (x, y, z, w)", " ", -1.0, 1.0)
    for one in found.values():
        one |= {key: np.float64(one[key]) for key in ("VALIDMIN", "VALIDMAX")} | {
            "FILLVAL": np.float64(-1e31)
        }
    named = {f"mms{probe}_mec_{key}": one for key, one in found.items()}
    return {"Epoch": epoch("time of the state"), **named}


_ABOUT = {
    "mms_fgm_brst": ("fgm_brst_l2", "FGM>Flux Gate Magnetometer", "0.0078125 sec"),
    "mms_fpi_brst_dis-moms": ("fpi_brst_l2_dis-moms", "DIS>Dual Ion Spectrometers", "150 milliseconds"),
    "mms_fpi_brst_des-moms": ("fpi_brst_l2_des-moms", "DES>Dual Electron Spectrometers", "30 milliseconds"),
    "mms_hpca_srvy": ("hpca_srvy_l2_moments", "HPCA>Hot Plasma Composition Analyzer", "10 seconds"),
    "mms_edp_fast": ("edp_fast_l2_dce", "EDP>Electric Double Probe", "1/32 sec"),
    "mms_edp_brst": ("edp_brst_l2_dce", "EDP>Electric Double Probe", "1/8192 sec"),
    "mms_edp_scpot_fast": ("edp_fast_l2_scpot", "EDP>Electric Double Probe", "1/32 sec"),
    "mms_mec_srvy": ("mec_srvy_l2_epht89d", "MEC>Ephemeris and coordinates", "30 seconds"),
}
_KINDS = {
    "FGM": "Magnetic Fields (space)", "DIS": "Particles (space)", "DES": "Particles (space)",
    "HPCA": "Particles (space)", "EDP": "Electric Fields (space)", "MEC": "Ephemeris",
}  # fmt: skip


def about(probe: int, product: str, file_id: str) -> dict[str, str]:
    """Global attributes of a file of a product, by its name in the archive's layout."""
    source, descriptor, resolution = _ABOUT[product]
    kind = _KINDS[descriptor.split(">")[0]]
    return {**burst.global_attributes(probe, source, descriptor, kind, resolution, file_id), "TEXT": TEXT}
