"""Small CDF files of the REPT level 3 schema for tests, and what they hold."""

from datetime import UTC, datetime, timedelta

import numpy as np

from magnetoflow.sample.cdf import load_pycdf

START = datetime(2013, 3, 17, tzinfo=UTC)
STOP = datetime(2013, 3, 18, tzinfo=UTC)
BEGIN = np.datetime64("2013-03-17", "ns")
ENERGY = np.array([1.8, 2.1, 2.6, 3.4, 4.2, 5.2, 6.3, 7.7, 9.9, 12.3, 15.2, 20.0])
UNIT = "cm!E-2!Ns!E-1!Nsr!E-1!NMeV!E-1!N"
FILL = np.float32(-1e31)
KINDS = {"epoch": "CDF_EPOCH", "epoch16": "CDF_EPOCH16", "tt2000": "CDF_TIME_TT2000"}


def angles_of(n):
    return (np.arange(n) + 0.5) * 180 / n


def fluxes(n, angles=17, energies=12):
    """Flux that tells record, angle and energy."""
    record, angle, energy = np.ogrid[:n, :angles, :energies]
    return (1000.0 * (record + 1) + 20 * angle + energy + 1).astype(np.float32)


def rept_file(
    path, seconds, flux=None, *, kind="tt2000", swapped=False, changes=None, leave_out=(), dtype=np.float32,
    angles=None, energies=ENERGY, more=None, name="FEDU", epoch=None,
):  # fmt: skip
    """Write records at seconds after `START`.

    `flux` is (t, angle, energy); `changes` are attributes by variable that differ, None takes one away;
    `more` are further or other variables as (values, attributes); `epoch` are times as stored.
    """
    pycdf = load_pycdf()
    seconds = np.asarray(seconds, dtype=float)
    angles = angles_of(17) if angles is None else np.asarray(angles)
    flux = fluxes(len(seconds), len(angles), len(energies)) if flux is None else flux
    order = ("Energy", "Alpha") if swapped else ("Alpha", "Energy")
    stored = flux.astype(dtype).transpose(0, 2, 1) if swapped else flux.astype(dtype)
    own = {"DEPEND_0": "Epoch", "FILLVAL": FILL}
    axes = {f"DEPEND_{at}": f"{name}_{axis}" for at, axis in enumerate(order, start=1)}
    some = np.arange(len(seconds), dtype=np.float32)
    variables = {
        name: (stored, {**own, **axes, "UNITS": UNIT, "VALIDMIN": np.float32(0), "CATDESC": "Electron flux"}),
        f"{name}_Alpha": (angles, {"UNITS": "deg"}),
        f"{name}_Energy": (energies, {"UNITS": "MeV"}),
        "FPDU": (stored * 7, {**own, **axes, "UNITS": UNIT, "CATDESC": "Proton flux"}),
        "L": (4 + some / 1000, own),
        "L_star": (3.9 + some / 1000, own),
        "MLT": (some % 24, {**own, "UNITS": "hours"}),
        "MLAT": (some % 10, {**own, "UNITS": "degrees"}),
        "B_Calc": (np.full(len(some), 200.0, np.float32), {**own, "UNITS": "nT"}),
        "B_Eq": (np.full(len(some), 150.0, np.float32), {**own, "UNITS": "nT"}),
        "Position": (np.ones((len(some), 3), np.float32), {**own, "UNITS": "km"}),
        **(more or {}),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with pycdf.CDF(str(path), "") as file:
        file.checksum(True)
        file.attrs["Source_name"] = "RBSPA>Radiation Belt Storm Probe A"
        time = [START.replace(tzinfo=None) + timedelta(seconds=one) for one in seconds.tolist()]
        time = time if epoch is None else epoch
        file.new("Epoch", time, type=getattr(pycdf.const, KINDS[kind]))
        for one, value in (changes or {}).get("Epoch", {}).items():
            file["Epoch"].attrs.new(one, value, type=getattr(pycdf.const, KINDS[kind]))
        for key, (values, attributes) in variables.items():
            if key in leave_out:
                continue
            varies = len(values) == len(seconds) and "DEPEND_0" in attributes
            file.new(key, values, recVary=varies)
            for one, value in {**attributes, **(changes or {}).get(key, {})}.items():
                if value is not None:
                    file[key].attrs[one] = value
    return path
