"""Variables and attributes of the MMS files that the sample writes, as the real files name them."""

from __future__ import annotations

from typing import Any

import numpy as np

FILL = np.float32(-1e31)
Attributes = dict[str, Any]

SYNTHETIC = "synthetic sample data"
FACES = ("omni", "px", "mx", "py", "my", "pz", "mz")
_FLUX = "keV/(cm^2 s sr keV)"
_FLUX_SI = "1.e4>m^-2 s^-1 sr^-1"
_TO_EV = "11604.50520>K"


def _limits(low: float, high: float) -> Attributes:
    """Fill value and valid range of a float variable."""
    return {"FILLVAL": FILL, "VALIDMIN": np.float32(low), "VALIDMAX": np.float32(high)}


def epoch(note: str, low: int = -315575942816000000, high: int = 3155716868184000000) -> Attributes:
    """Attributes of a TT2000 epoch."""
    return {
        "CATDESC": "Nanoseconds since J2000", "FIELDNAM": "Time tags", "FILLVAL": np.int64(-(2**63)),
        "LABLAXIS": "Epoch", "MONOTON": "INCREASE", "REFERENCE_POSITION": "Rotating Earth Geoid",
        "SCALETYP": "linear", "SI_CONVERSION": "1.0e-9>s", "TIME_BASE": "J2000",
        "TIME_SCALE": "Terrestrial Time", "UNITS": "ns", "VALIDMIN": np.int64(low),
        "VALIDMAX": np.int64(high), "VAR_NOTES": note, "VAR_TYPE": "support_data",
    }  # fmt: skip


def _data(describe: str, label: str, unit: str, si: str, low: float, high: float, **more: Any) -> Attributes:
    """Attributes of a float variable over `Epoch`."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FORMAT": "E12.2", "LABLAXIS": label, "SCALETYP": "linear", "SI_CONVERSION": si, "UNITS": unit,
        "VAR_TYPE": "data", **_limits(low, high), **more,
    }  # fmt: skip


def _flags(describe: str, unit: str) -> Attributes:
    """Attributes of a quality flag."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FILLVAL": np.uint32(2**32 - 1), "FORMAT": "I10", "LABLAXIS": "flags", "SCALETYP": "linear",
        "SI_CONVERSION": " > ", "UNITS": unit, "VALIDMIN": np.uint32(0), "VALIDMAX": np.uint32(2**32 - 2),
        "VAR_TYPE": "data",
    }  # fmt: skip


def _labels(describe: str) -> Attributes:
    """Attributes of a list of component names."""
    return {"CATDESC": describe, "FIELDNAM": describe, "FORMAT": "A10", "VAR_TYPE": "metadata"}


def dis(probe: int) -> dict[str, Attributes]:
    """Variables of an FPI DIS fast moments file and their attributes.

    Source: the attributes of release 3.4.0 files.
    """
    name, what = f"mms{probe}_dis_", f"MMS{probe} FPI/DIS"
    gse = {"COORDINATE_SYSTEM": "GSE>Geocentric Solar Ecliptic", "REPRESENTATION_1": f"{name}cartrep_fast"}
    energies = {"DEPEND_1": f"{name}energy_fast", "DISPLAY_TYPE": "spectrogram", "SCALETYP": "log"}
    spectra = {
        f"{name}energyspectr_{face}_fast": _data(
            f"{what} ion energy spectrum, {face}",
            f"DEF_{face}",
            _FLUX,
            "1.e4>m^-2 s^-1 sr^-1",
            0.0,
            1e30,
            **energies,
        )
        for face in FACES
    }
    seconds = {"SI_CONVERSION": "1.0>s", "UNITS": "s", "FORMAT": "F4.2", "VAR_TYPE": "support_data"}
    widths = {
        f"Epoch_{sign}_var": {
            "CATDESC": f"{what} epoch {sign} var", "FIELDNAM": f"{what} epoch {sign} var", **seconds,
            "VALIDMIN": np.float32(0.0), "VALIDMAX": np.float32(4.5),
        }
        for sign in ("plus", "minus")
    }  # fmt: skip
    begin = epoch(f"MMS{probe} FPI/DIS survey data begin-time")
    support = {"VAR_TYPE": "support_data", "SCALETYP": "log"}
    return {
        "Epoch": {**begin, "DELTA_PLUS_VAR": "Epoch_plus_var", "DELTA_MINUS_VAR": "Epoch_minus_var"},
        **widths,
        f"{name}errorflags_fast": _flags(f"{what} data-quality indicators", "32-bit error flags"),
        **spectra,
        f"{name}spectr_bg_fast": _data(f"{what} ion background", "BG", _FLUX, _FLUX_SI, 0.0, 1e30),
        f"{name}numberdensity_fast": _data(f"{what} ion number density", "N", "cm^-3", "1e6>m^-3", 0.0, 1e5),
        f"{name}bulkv_gse_fast": _data(
            f"{what} ion bulk-velocity vector in GSE", "V", "km/s", "1.0e3>m s^-1", -2500.0, 2500.0,
            LABL_PTR_1=f"{name}bulkv_gse_label_fast", TENSOR_ORDER=np.uint8(1), **gse,
        ),
        f"{name}temppara_fast": _data(f"{what} ion parallel temperature", "T_para", "eV", _TO_EV, 0.0, 1e30),
        f"{name}tempperp_fast": _data(f"{what} ion perp temperature", "T_perp", "eV", _TO_EV, 0.0, 1e30),
        f"{name}temptensor_gse_fast": _data(
            f"{what} ion temperature tensor in GSE", "T_GSE", "eV", _TO_EV, -30000.0, 30000.0,
            LABL_PTR_1=f"{name}cartrep_fast", LABL_PTR_2=f"{name}cartrep_fast",
            REPRESENTATION_2=f"{name}cartrep_fast", TENSOR_ORDER=np.uint8(2), **gse,
        ),
        f"{name}energy_fast": _data(
            f"{what} sky-map energies", "energy", "eV", "1.6021773E-19>J", 0.0, 30000.0,
            DELTA_PLUS_VAR=f"{name}energy_delta_fast", DELTA_MINUS_VAR=f"{name}energy_delta_fast", **support,
        ),
        f"{name}energy_delta_fast": _data(
            f"{what} sky-map delta energies", "energy", "eV", "1.6021773E-19>J", 0.0, 5000.0, **support
        ),
        f"{name}bulkv_gse_label_fast": _labels("bulk velocity labels"),
        f"{name}cartrep_fast": _labels("cartesian components"),
    }  # fmt: skip


def fgm(probe: int) -> dict[str, Attributes]:
    """Variables of an FGM survey file and their attributes."""
    name = f"mms{probe}_fgm_"
    vector = {
        "REPRESENTATION_1": "represent_vec_tot", "TENSOR_ORDER": np.int32(1), "COORDINATE_SYSTEM": "GSE",
        "LABL_PTR_1": "label_b_gse",
    }  # fmt: skip
    field = _data("Magnetic field vector in GSE plus Btotal", "B", "nT", "1.0e-9>T", 0.0, 0.0, **vector)
    field["VALIDMIN"] = np.array([-20000, -20000, -20000, 0], dtype=np.float32)
    field["VALIDMAX"] = np.full(4, 20000, dtype=np.float32)
    state = {**vector, "LABL_PTR_1": "label_r_gse", "DEPEND_0": "Epoch_state"}
    return {
        "Epoch": epoch("center of the averaging interval", 315576066184000000, 946728068183000000),
        f"{name}b_gse_srvy_l2": field,
        f"{name}flag_srvy_l2": {
            **_flags("0 = No identified problems, non-zero = blank out the data", " "),
            "VAR_TYPE": "support_data",
        },
        "Epoch_state": epoch("time of the position", high=946728068183000000),
        f"{name}r_gse_srvy_l2": _data(
            "Position in GSE coordinates, 30 second", "R", "km", "1.0e3>m", -1e6, 1e6, **state
        ),
        "label_b_gse": _labels("labels for GSE components of B"),
        "label_r_gse": _labels("labels for GSE components of R"),
        "represent_vec_tot": _labels("representation for vector plus total"),
    }  # fmt: skip


def dis_globals(probe: int, file_id: str, version: str, field_file: str, table: str) -> dict[str, str]:
    """Global attributes of a DIS file."""
    return {
        **_globals(probe, file_id, version),
        "Data_type": "fast_l2_dis-moms", "Descriptor": "DIS>Dual Ion Spectrometers",
        "Instrument_type": "Particles (space)", "Logical_source": f"mms{probe}_fpi_fast_l2_dis-moms",
        "Time_resolution": "4.5 seconds", "Magnetic_field_filenames": field_file,
        "Energy_table_name": f"sample_{table}",
        "TEXT": f"{SYNTHETIC}: simulated spectra in the layout of the real files",
    }  # fmt: skip


def fgm_globals(probe: int, file_id: str, version: str) -> dict[str, str]:
    """Global attributes of an FGM file."""
    return {
        **_globals(probe, file_id, version),
        "Data_type": "srvy_l2", "Descriptor": "FGM>Flux Gate Magnetometer",
        "Instrument_type": "Magnetic Fields (space)", "Logical_source": f"mms{probe}_fgm_srvy_l2",
        "Time_resolution": "1 sec",
        "TEXT": f"{SYNTHETIC}: simulated field, thinned to 1 sample per second (real files hold 8 or 16)",
    }  # fmt: skip


def _globals(probe: int, file_id: str, version: str) -> dict[str, str]:
    """Global attributes of both kinds of file."""
    return {
        "Project": "STP>Solar-Terrestrial Physics", "Source_name": f"MMS{probe}>MMS Satellite Number {probe}",
        "Discipline": "Space Physics>Magnetospheric Science", "Data_version": version, "Mission_group": "MMS",
        "Logical_file_id": file_id, "Generated_by": "magnetoflow", "Acknowledgement": SYNTHETIC,
        "Rules_of_use": f"{SYNTHETIC}; not a measurement",
    }  # fmt: skip
