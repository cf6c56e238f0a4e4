"""Small CDF files of burst products for tests: constant plasma unless values are given."""

from datetime import UTC, datetime

import numpy as np

from magnetoflow.sample.cdf import tt2000, write_cdf

START = datetime(2017, 7, 11, 22, 33, 30, tzinfo=UTC)
BEGIN = np.datetime64(START.replace(tzinfo=None), "ns")
FILL = np.float32(-1e31)


def at(seconds):
    return BEGIN + np.round(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")


def seconds_of(time):
    return (time - BEGIN) / np.timedelta64(1, "s")


def _write(path, epoch, seconds, columns, more=None, changes=None, leave_out=()):
    """Write columns of (values, unit, frame, low, high); `changes` are attributes that differ."""
    values = {epoch: tt2000(at(seconds))}
    attributes = {epoch: {"UNITS": "ns"}}
    for name, (one, unit, frame, low, high) in columns.items():
        whole = np.asarray(one)
        whole = whole if len(whole.shape) and len(whole) == len(seconds) else np.array([one] * len(seconds))
        kind = "u4" if unit in ("32-bit error flags", " ", "1") else "f4"
        values[name] = whole.astype(kind)
        attributes[name] = {"DEPEND_0": epoch, "UNITS": unit}
        if frame:
            attributes[name]["COORDINATE_SYSTEM"] = frame
        if kind == "f4":
            attributes[name] |= {"FILLVAL": FILL, "VALIDMIN": np.float32(low), "VALIDMAX": np.float32(high)}
    for name, (one, unit) in (more or {}).items():
        values[name], attributes[name] = np.array(one, dtype="f4"), {"UNITS": unit}
    for name, change in (changes or {}).items():
        attributes[name] |= change
    for name in leave_out:
        del values[name], attributes[name]
    write_cdf(path, values, attributes, {"Logical_file_id": path.stem})
    return path


def _fpi(folder, instrument, seconds, name, given, defaults, **options):
    columns = {
        f"mms1_{instrument}_{key}_brst": (given.get(key, one), *rest)
        for key, (one, *rest) in defaults.items()
    }
    plus = options.pop("plus", 0.15 if instrument == "dis" else 0.03)
    more = {"Epoch_plus_var": (plus, "s"), "Epoch_minus_var": (options.pop("minus", 0.0), "s")}
    return _write(folder / f"{name}.cdf", "Epoch", seconds, columns, more, **options)


def dis_file(folder, seconds, *, name="dis", changes=None, leave_out=(), plus=0.15, minus=0.0, **given):
    """DIS moments whose measurements begin at seconds after `START`."""
    defaults = {
        "numberdensity": (0.2, "cm^-3", None, 0, 1e5),
        "numberdensity_bg": (0.05, "cm^-3", None, 0, 1e5),
        "bulkv_gse": ([300.0, 20.0, -10.0], "km/s", "GSE>Geocentric Solar Ecliptic", -2500, 2500),
        "prestensor_gse": (np.diag([0.12, 0.1, 0.08]), "nPa", "GSE>Geocentric", -1e5, 1e5),
        "pres_bg": (0.004, "nPa", "DBCS>Despun Body Coordinate System", -1e5, 1e5),
        "errorflags": (0, "32-bit error flags", None, 0, 0),
    }
    options = {"changes": changes, "leave_out": leave_out, "plus": plus, "minus": minus}
    return _fpi(folder, "dis", seconds, name, given, defaults, **options)


def des_file(folder, seconds, *, name="des", changes=None, leave_out=(), plus=0.03, minus=0.0, **given):
    """DES moments whose measurements begin at seconds after `START`."""
    defaults = {
        "numberdensity": (0.15, "cm^-3", None, 0, 1e5),
        "bulkv_gse": ([-900.0, 100.0, 50.0], "km/s", "GSE", -110000, 110000),
        "prestensor_gse": (np.diag([0.03, 0.02, 0.02]), "nPa", "GSE", -1e5, 1e5),
        "temppara": (1200.0, "eV", None, 0, 1e30),
        "tempperp": (900.0, "eV", None, 0, 1e30),
        "errorflags": (0, "32-bit error flags", None, 0, 0),
    }
    options = {"changes": changes, "leave_out": leave_out, "plus": plus, "minus": minus}
    return _fpi(folder, "des", seconds, name, given, defaults, **options)


def fgm_file(folder, seconds, vectors=(12.0, 3.0, 4.0, 13.0), flag=0, *, name="fgm", changes=None):
    """FGM vectors with their length at seconds after `START`."""
    columns = {
        "mms1_fgm_b_gse_brst_l2": (vectors, "nT", "GSE", -20000, 20000),
        "mms1_fgm_flag_brst_l2": (flag, " ", None, 0, 0),
    }
    return _write(folder / f"{name}.cdf", "Epoch", seconds, columns, changes=changes)


def edp_file(folder, seconds, vectors=(1.0, -2.0, 0.5), quality=3, *, rate="brst", name="edp", changes=None):
    """EDP vectors at seconds after `START`; without qualities where `quality` is None."""
    columns = {f"mms1_edp_dce_gse_{rate}_l2": (vectors, "mV/m", "GSE", -5000, 5000)}
    if quality is not None:
        columns[f"mms1_edp_quality_{rate}_l2"] = (quality, "1", None, 0, 0)
    return _write(folder / f"{name}.cdf", f"mms1_edp_epoch_{rate}_l2", seconds, columns, changes=changes)
