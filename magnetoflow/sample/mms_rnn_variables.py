"""Variables and attributes of the burst files that the sample writes, as the real files name them.

Source: FPI release 3.3.0 and FGM release 5.99.0. Of the electric field no file was at hand: its names
and units are those that its users state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from magnetoflow.sample.mms_variables import FILL, SYNTHETIC, Attributes, epoch

CADENCE_S = {"dis": 0.15, "des": 0.03}
_GSE = "GSE>Geocentric Solar Ecliptic"
_SPECIES = {"dis": "ion", "des": "electron"}
_INSTRUMENTS = {"dis": "DIS>Dual Ion Spectrometers", "des": "DES>Dual Electron Spectrometers"}
_FASTEST_KM_S = {"dis": 2500.0, "des": 110000.0}
_TO_EV = "11604.50520>K"
_FLUX, _FLUX_SI = "keV/(cm^2 s sr keV)", "1.e4>m^-2 s^-1 sr^-1"


def _data(describe: str, unit: str, si: str, low: Any, high: Any, **more: Any) -> Attributes:
    """Attributes of a float variable over `Epoch`."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FILLVAL": FILL, "FORMAT": "E12.2", "LABLAXIS": describe.split(" ", 1)[-1], "SCALETYP": "linear",
        "SI_CONVERSION": si, "UNITS": unit, "VALIDMIN": np.float32(low), "VALIDMAX": np.float32(high),
        "VAR_TYPE": "data", **more,
    }  # fmt: skip


def _whole(describe: str, kind: type[np.unsignedinteger[Any]], unit: str, high: int) -> Attributes:
    """Attributes of a flag over `Epoch`; its fill value is the largest of its type."""
    return {
        "CATDESC": describe, "DEPEND_0": "Epoch", "DISPLAY_TYPE": "time_series", "FIELDNAM": describe,
        "FILLVAL": kind(np.iinfo(kind).max), "FORMAT": "I10", "LABLAXIS": "flags", "SCALETYP": "linear",
        "SI_CONVERSION": " > ", "UNITS": unit, "VALIDMIN": kind(0), "VALIDMAX": kind(high),
        "VAR_TYPE": "data",
    }  # fmt: skip


def _labels(describe: str) -> Attributes:
    """Attributes of a list of component names."""
    return {"CATDESC": describe, "FIELDNAM": describe, "FORMAT": "A10", "VAR_TYPE": "metadata"}


def _span(describe: str) -> Attributes:
    """Attributes of how far a measurement reaches from its time."""
    return {
        "CATDESC": describe, "FIELDNAM": describe, "FORMAT": "F4.2", "SI_CONVERSION": "1.0>s", "UNITS": "s",
        "VALIDMIN": np.float32(0.0), "VALIDMAX": np.float32(4.5), "VAR_TYPE": "support_data",
    }  # fmt: skip


def moments(probe: int, instrument: str) -> dict[str, Attributes]:
    """Variables of an FPI burst moments file, ``dis`` or ``des``, and their attributes."""
    name, species = f"mms{probe}_{instrument}_", _SPECIES[instrument]
    what = f"MMS{probe} FPI/{instrument.upper()}"
    parts = f"{name}cartrep_brst"
    vector = {
        "COORDINATE_SYSTEM": _GSE, "LABL_PTR_1": f"{name}bulkv_gse_label_brst", "REPRESENTATION_1": parts,
        "TENSOR_ORDER": np.uint8(1),
    }  # fmt: skip
    tensor = {
        "COORDINATE_SYSTEM": _GSE, "LABL_PTR_1": parts, "LABL_PTR_2": parts, "REPRESENTATION_1": parts,
        "REPRESENTATION_2": parts, "TENSOR_ORDER": np.uint8(2),
    }  # fmt: skip
    energies = {"DEPEND_1": f"{name}energy_brst", "DISPLAY_TYPE": "spectrogram", "SCALETYP": "log"}
    widths = {
        "DELTA_PLUS_VAR": f"{name}energy_delta_brst", "DELTA_MINUS_VAR": f"{name}energy_delta_brst",
        "SCALETYP": "log", "VAR_TYPE": "support_data",
    }  # fmt: skip
    fastest, joule = _FASTEST_KM_S[instrument], "1.6021773E-19>J"
    begin = epoch(f"{what} burst data begin-time")
    variables = {
        "Epoch": {**begin, "DELTA_PLUS_VAR": "Epoch_plus_var", "DELTA_MINUS_VAR": "Epoch_minus_var"},
        "Epoch_plus_var": _span(f"{what} epoch plus var"),
        "Epoch_minus_var": _span(f"{what} epoch minus var"),
        "errorflags": _whole(
            f"{what} vector of data-quality indicators", np.uint32, "32-bit error flags", 2**32 - 2
        ),
        "energyspectr_omni": _data(
            f"{what} omni-directional {species} energy spectrum", _FLUX, _FLUX_SI, 0.0, 1e30, **energies
        ),
        "numberdensity": _data(f"{what} {species} number density", "cm^-3", "1e6>m^-3", 0.0, 1e5),
        "bulkv_gse": _data(
            f"{what} {species} bulk-velocity vector in GSE",
            "km/s",
            "1.0e3>m s^-1",
            -fastest,
            fastest,
            **vector,
        ),
        "prestensor_gse": _data(
            f"{what} {species} pressure tensor in GSE", "nPa", "1.0e-9>Pa", -1e5, 1e5, **tensor
        ),
        "temppara": _data(f"{what} {species} parallel temperature", "eV", _TO_EV, 0.0, 1e30),
        "tempperp": _data(f"{what} {species} perpendicular temperature", "eV", _TO_EV, 0.0, 1e30),
        "energy": _data(f"{what} energies", "eV", joule, 0.0, 30000.0, **widths),
        "energy_delta": _data(
            f"{what} delta energies", "eV", joule, 0.0, 5000.0, SCALETYP="log", VAR_TYPE="support_data"
        ),
        "bulkv_gse_label": _labels(f"{what} GSE velocity label"),
        "cartrep": _labels(f"{what} cartesian representation"),
    }
    if instrument == "dis":
        variables |= {
            "numberdensity_bg": _data(f"{what} ion background number density", "cm^-3", "1e6>m^-3", 0.0, 1e5),
            "pres_bg": _data(f"{what} ion background pressure", "nPa", "1.0e-9>Pa", -1e5, 1e5),
            "spectr_bg": _data(f"{what} ion background energy flux", _FLUX, _FLUX_SI, 0.0, 1e30),
        }
    return {key if key.startswith("Epoch") else f"{name}{key}_brst": one for key, one in variables.items()}


def fgm(probe: int) -> dict[str, Attributes]:
    """Variables of an FGM burst file and their attributes."""
    name = f"mms{probe}_fgm_"
    common = {"REPRESENTATION_1": "represent_vec_tot", "TENSOR_ORDER": np.int32(1)}

    def vector(frame: str) -> Attributes:
        one = _data(
            f"Magnetic field vector in {frame} plus Btotal (128 S/s)", "nT", "1.0e-9>T", 0.0, 0.0, **common,
            COORDINATE_SYSTEM=frame, LABL_PTR_1=f"label_b_{frame.lower()}",
        )  # fmt: skip
        one["VALIDMIN"] = np.array([-20000, -20000, -20000, 0], dtype=np.float32)
        one["VALIDMAX"] = np.full(4, 20000, dtype=np.float32)
        return one

    def state(frame: str) -> Attributes:
        return _data(
            f"Position in {frame} coordinates, 30 second", "km", "1.0e3>m", -1e6, 1e6, **common,
            COORDINATE_SYSTEM=frame, LABL_PTR_1=f"label_r_{frame.lower()}", DEPEND_0="Epoch_state",
        )  # fmt: skip

    flags = _whole("0 = No identified problems, non-zero = blank out the data", np.uint32, " ", 2**32 - 15)
    last = 946728069183000000
    return {
        "Epoch": epoch("center of the averaging interval", 315576066184000000, last),
        f"{name}b_gse_brst_l2": vector("GSE"),
        f"{name}b_gsm_brst_l2": vector("GSM"),
        f"{name}flag_brst_l2": {**flags, "VAR_TYPE": "support_data"},
        "Epoch_state": epoch("time of the position", high=last),
        f"{name}r_gse_brst_l2": state("GSE"),
        f"{name}r_gsm_brst_l2": state("GSM"),
        **{
            f"label_{one}_{frame}": _labels(f"labels for {frame.upper()} components of {one.upper()}")
            for one in "br"
            for frame in ("gse", "gsm")
        },
        "represent_vec_tot": _labels("representation for vector plus total"),
    }


def edp(probe: int, rate: str) -> dict[str, Attributes]:
    """Variables of an EDP file, ``brst`` or ``fast``, and their attributes."""
    name = f"mms{probe}_edp_"
    at = {"DEPEND_0": f"{name}epoch_{rate}_l2"}
    field = _data("DC electric field in GSE", "mV/m", "1.0e-3>V m^-1", -1e3, 1e3, **at)
    return {
        f"{name}epoch_{rate}_l2": epoch("center of the measurement"),
        f"{name}dce_gse_{rate}_l2": {
            **field, "COORDINATE_SYSTEM": "GSE", "LABL_PTR_1": f"{name}label1_{rate}_l2",
            "TENSOR_ORDER": np.int32(1),
        },
        f"{name}bitmask_{rate}_l2": {**_whole("EDP bitmask", np.uint16, "bitmask", 2**16 - 2), **at},
        f"{name}quality_{rate}_l2": {**_whole("EDP quality, 0 bad to 3 good", np.uint8, "quality", 3), **at},
        f"{name}label1_{rate}_l2": _labels("labels for GSE components of E"),
    }  # fmt: skip


def global_attributes(
    probe: int, source: str, descriptor: str, kind: str, resolution: str, file_id: str
) -> dict[str, str]:
    """Global attributes of a file.

    Parameters
    ----------
    source : str
        Logical source after the spacecraft, as ``fpi_brst_l2_dis-moms``.
    descriptor, kind, resolution : str
        Instrument, its type, and its cadence.
    file_id : str
        File name without its ending.
    """
    return {
        "Project": "STP>Solar-Terrestrial Physics", "Source_name": f"MMS{probe}>MMS Satellite Number {probe}",
        "Discipline": "Space Physics>Magnetospheric Science", "Data_version": file_id.rsplit("_v", 1)[1],
        "Mission_group": "MMS", "Logical_file_id": file_id, "Generated_by": "magnetoflow",
        "Acknowledgement": SYNTHETIC, "Rules_of_use": f"{SYNTHETIC}; not a measurement",
        "Data_type": source.split("_", 1)[1], "Descriptor": descriptor, "Instrument_type": kind,
        "Logical_source": f"mms{probe}_{source}", "Time_resolution": resolution,
        "TEXT": f"{SYNTHETIC}: an analytic reconnection site in the layout of the real files",
    }  # fmt: skip


def moments_globals(probe: int, instrument: str, file_id: str) -> dict[str, str]:
    """Global attributes of an FPI burst moments file."""
    return global_attributes(
        probe, f"fpi_brst_l2_{instrument}-moms", _INSTRUMENTS[instrument], "Particles (space)",
        f"{1000 * CADENCE_S[instrument]:.0f} milliseconds", file_id,
    )  # fmt: skip


def fgm_globals(probe: int, file_id: str) -> dict[str, str]:
    """Global attributes of an FGM burst file."""
    return global_attributes(
        probe,
        "fgm_brst_l2",
        "FGM>Flux Gate Magnetometer",
        "Magnetic Fields (space)",
        "0.0078125 sec",
        file_id,
    )


def edp_globals(probe: int, rate: str, file_id: str) -> dict[str, str]:
    """Global attributes of an EDP file."""
    resolution = {"brst": "1/8192 sec", "fast": "1/32 sec"}[rate]
    return global_attributes(
        probe,
        f"edp_{rate}_l2_dce",
        "EDP>Electric Double Probe",
        "Electric Fields (space)",
        resolution,
        file_id,
    )
