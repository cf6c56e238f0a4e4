"""Small files of all products of a magnetopause event, in the archives' layout; vectors are known in GSE."""

from datetime import UTC, datetime, timedelta

import numpy as np

from magnetoflow.archive.layout import product_of
from magnetoflow.frames import gse_to_gsm, j2000_to_gse, rotate
from magnetoflow.sample.cdf import tt2000, write_cdf

START = datetime(2018, 1, 15, 6, 0, tzinfo=UTC)
STOP = START + timedelta(seconds=60)
BEGIN = np.datetime64(START.replace(tzinfo=None), "ns")
FILL = np.float32(-1e31)
R0_KM, V_KM_S = np.array([58000.0, 30000.0, -15000.0]), np.array([-2.6, -0.4, 0.4])
B_NT, V_ION, V_HE, E_MV_M = (
    np.array(one) for one in ([30.0, -12.0, 20.0], [-60.0, 35.0, 12.0], [-40.0, 20.0, 9.0], [0.5, 1.2, -0.7])
)
DENSITY = {"hplus": 9.0, "heplus": 0.31, "heplusplus": 0.42, "oplus": 0.05}
ENERGY = np.geomspace(10.0, 30000.0, 32)
SLOTS = {
    "mms_mec_srvy": "20180115", "mms_fgm_srvy": "20180115", "mms_defeph": "2018015",
    "mms_fpi_fast_dis-moms": "20180115050000", "mms_fpi_fast_des-moms": "20180115050000",
}  # fmt: skip
VERSIONS = {"fgm": "5.120.0", "fpi": "3.4.0", "edp": "2.1.0", "hpc": "4.1.0", "mec": "2.2.0"}


def at(seconds):
    return BEGIN + np.round(np.asarray(seconds) * 1e9).astype("timedelta64[ns]")


def seconds_of(time):
    return (time - BEGIN) / np.timedelta64(1, "ns") / 1e9


def path_of(root, product, probe=1, *, slot=None, version=None):
    kind, name = product_of(product), f"mms{probe}"
    stamp = slot or SLOTS.get(product, "20180115000000" if "%d" not in kind.folder else "20180115055900")
    folder = root / kind.folder_of(name, START.date())
    if kind.text:
        return folder / f"{kind.stem.replace('{probe}', name.upper())}{stamp}_2018016.V{version or '01'}"
    version = version or VERSIONS[product[4:7]]
    return folder / f"{kind.stem.replace('{probe}', name)}{stamp}_v{version}.cdf"


def write(path, epoch, seconds, columns, *, more=None, epochs=None, changes=None, leave_out=(), about=None):
    """Write columns of (values, unit, frame, low, high) over one or several times."""
    values = {epoch: tt2000(at(seconds))}
    attributes = {epoch: {"UNITS": "ns", **(about or {})}}
    for name, other in (epochs or {}).items():
        values[name], attributes[name] = tt2000(at(other)), {"UNITS": "ns"}
    for name, (one, unit, frame, low, high, *depend) in columns.items():
        over = depend[0] if depend else epoch
        count = len(values[over])
        whole = np.asarray(one)
        if not (whole.ndim and len(whole) == count):
            whole = np.broadcast_to(whole, (count, *whole.shape))
        kind = {"mms1_mec": "f8"}.get(name[:8], "u4" if unit in ("32-bit error flags", " ", "1") else "f4")
        values[name] = whole.astype(kind)
        attributes[name] = {"DEPEND_0": over, "UNITS": unit}
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


def fgm(root, probe=1, seconds=None, b=B_NT, flag=0, *, rate="brst", slot=None, version=None, **options):
    t = np.arange(-1.0, 62.0, 0.125) if seconds is None else np.asarray(seconds)
    name, four = f"mms{probe}_fgm_", np.append(b, np.linalg.norm(b)) if np.ndim(b) == 1 else b
    state = np.arange(-60.0, 121.0, 30.0)
    r = R0_KM + V_KM_S * state[:, None]
    columns = {
        f"{name}b_gse_{rate}_l2": (four, "nT", "GSE", -20000, 20000),
        f"{name}flag_{rate}_l2": (flag, " ", None, 0, 0),
        f"{name}r_gse_{rate}_l2": (np.column_stack([r, r[:, 0]]), "km", "GSE", -1e6, 1e6, "Epoch_state"),
    }
    path = path_of(root, f"mms_fgm_{rate}", probe, slot=slot, version=version)
    return write(path, "Epoch", t, columns, epochs={"Epoch_state": state}, **options)


def fpi(root, instrument="dis", probe=1, seconds=None, *, rate="brst", plus=None, version=None, slot=None,
        given=None, **options):  # fmt: skip
    plus = {"brst": {"dis": 0.15, "des": 0.03}[instrument], "fast": 4.5}[rate] if plus is None else plus
    step = {"brst": {"dis": 0.15, "des": 0.3}[instrument], "fast": 4.5}[rate]
    t = np.arange(-1.0, 61.0, step) if seconds is None else np.asarray(seconds)
    fastest = {"dis": 2500, "des": 110000}[instrument]
    columns = {
        "numberdensity": (9.5, "cm^-3", None, 0, 1e5),
        "bulkv_gse": (V_ION, "km/s", "GSE>Geocentric Solar Ecliptic", -fastest, fastest),
        "bulkv_dbcs": (-V_ION, "km/s", "DBCS>Despun Body Coordinate System", -fastest, fastest),
        "prestensor_gse": (np.diag([0.3, 0.2, 0.1]), "nPa", "GSE>Geocentric Solar Ecliptic", -1e5, 1e5),
        "temppara": (300.0, "eV", None, 0, 1e30),
        "tempperp": (400.0, "eV", None, 0, 1e30),
        "numberdensity_err": (0.1, "cm^-3", None, 0, 1e5),
        "bulkv_err": ([3.0, 4.0, 5.0], "km/s", "DBCS>Despun Body Coordinate System", 0, 5000),
        "energyspectr_omni": (np.full(32, 1e6), "keV/(cm^2 s sr keV)", None, 0, 1e30),
        "energy": (ENERGY, "eV", None, 0, 30100),
        "errorflags": (512, "32-bit error flags", None, 0, 0),
    }
    columns = {key: ((given or {}).get(key, one), *rest) for key, (one, *rest) in columns.items()}
    columns = {f"mms{probe}_{instrument}_{key}_{rate}": one for key, one in columns.items()}
    path = path_of(root, f"mms_fpi_{rate}_{instrument}-moms", probe, version=version, slot=slot)
    more = {"Epoch_plus_var": (plus, "s"), "Epoch_minus_var": (0.0, "s")}
    return write(path, "Epoch", t, columns, more=more, **options)


def hpca(root, probe=1, seconds=None, *, plus=(10.0, "s"), minus=(0.0, "s"), given=None, **options):
    t = np.arange(-25.0, 90.0, 10.0) if seconds is None else np.asarray(seconds)
    gsm = rotate(gse_to_gsm(at(t + 5.0)), np.broadcast_to(V_HE, (len(t), 3)))
    columns = {}
    for species, n in DENSITY.items():
        name = f"mms{probe}_hpca_{species}_"
        columns[f"{name}number_density"] = (n, "cm^-3", None, 0, 1e4)
        columns[f"{name}ion_bulk_velocity"] = (-5 * V_HE, "km/s", "DBCS", -1e4, 1e4)
        columns[f"{name}ion_bulk_velocity_GSM"] = (gsm, "km/s", "GSM", -1e4, 1e4)
        columns[f"{name}ion_bulk_velocity_GSE"] = (V_HE, "km/s", "GSE", -1e4, 1e4)
    columns |= given or {}
    about = {"DELTA_PLUS_VAR": "Epoch_PLUS", "DELTA_MINUS_VAR": "Epoch_MINUS"}
    more = {"Epoch_PLUS": plus, "Epoch_MINUS": minus}
    return write(
        path_of(root, "mms_hpca_srvy", probe), "Epoch", t, columns, more=more, about=about, **options
    )


def edp(root, probe=1, seconds=None, quality=3, *, rate="fast", **options):
    t = np.arange(-2.0, 63.0, 0.25) if seconds is None else np.asarray(seconds)
    name = f"mms{probe}_edp_"
    columns = {
        f"{name}dce_dsl_{rate}_l2": (-9 * E_MV_M, "mV/m", "DSL", -1e3, 1e3),
        f"{name}dce_par_epar_{rate}_l2": ([7.0, 7.0], "mV/m", None, -1e3, 1e3),
        f"{name}dce_gse_{rate}_l2": (E_MV_M, "mV/m", "GSE", -1e3, 1e3),
        f"{name}quality_{rate}_l2": (quality, "1", None, 0, 0),
    }
    return write(path_of(root, f"mms_edp_{rate}", probe), f"{name}epoch_{rate}_l2", t, columns, **options)


def scpot(root, probe=1, seconds=None, *, rate="fast", **options):
    t = np.arange(-2.0, 63.0, 0.25) if seconds is None else np.asarray(seconds)
    name = f"mms{probe}_edp_"
    columns = {f"{name}scpot_{rate}_l2": (4.5, "V", None, -100, 100)}
    path = path_of(root, f"mms_edp_scpot_{rate}", probe)
    return write(path, f"{name}epoch_{rate}_l2", t, columns, **options)


def mec(root, probe=1, seconds=None, *, inertial=False, v=V_KM_S, **options):
    t = np.arange(-300.0, 400.0, 30.0) if seconds is None else np.asarray(seconds)
    r = R0_KM + V_KM_S * t[:, None]
    v = np.broadcast_to(v, r.shape)
    if inertial:
        v = rotate(j2000_to_gse(at(t)), state_j2000(t)[1])
    name = f"mms{probe}_mec_"
    columns = {f"{name}r_gse": (r, "km", "GSE", 0, 0), f"{name}v_gse": (v, "km/s", "GSE", 0, 0)}
    return write(path_of(root, "mms_mec_srvy", probe), "Epoch", t, columns, **options)


def state_j2000(t):
    """Positions, straight in GSE, and velocities."""
    r, before, after = (
        rotate(np.swapaxes(j2000_to_gse(at(one)), 1, 2), R0_KM + V_KM_S * one[:, None])
        for one in (t, t - 0.5, t + 0.5)
    )
    return r, after - before


def doy(time):
    """Time as orbit files write it."""
    ms = time.astype("datetime64[ms]")
    day = ms.astype("datetime64[D]")
    number = (day - day.astype("datetime64[Y]").astype("datetime64[D]")).astype(int) + 1
    return f"{str(day)[:4]}-{number:03d}/{str(ms)[11:]}"


def orbit_text(time, r, v, probe=1, leaps=37):
    """Text of an orbit file in J2000."""
    tai = (time - np.datetime64("1958-01-01")) / np.timedelta64(1, "ns") / 86400e9 + leaps / 86400
    names = [doy(one) for one in time]
    header = [
        "Definitive Orbit Ephemeris", f"Spacecraft = MMS{probe}",
        f"StartTime = {names[0]} UTC  (MMS TAI: {tai[0]:.9f})",
        f"StopTime = {names[-1]} UTC  (MMS TAI: {tai[-1]:.9f})",
        "MMS TAI Reference Epoch = 1958-001/00:00:00 UTC", "CentralBody = Earth",
        "ReferenceFrame = Mean of J2000", "PrincipalPlane = Equatorial", "Project = DefEphemReFormat.m",
        "Source = FDGSS OPS",
        "FileCreationDate = Jan 17 2018 08:39:20.303 UTC", "",
        "Epoch (UTC)             Epoch MMS TAI         X      Y      Z      VX     VY     VZ     Mass",
        "                                              Km     Km     Km     Km/Sec Km/Sec Km/Sec Kg",
    ]  # fmt: skip
    rows = [
        f"{name}   {day:.9f}       " + "  ".join(f"{one:.9f}" for one in (*place, *motion)) + "      "
        for name, day, place, motion in zip(names, tai, r, v, strict=True)
    ]
    return "\n".join([*header, *rows]) + "\n"


def defeph(root, probe=1, seconds=None, version=None):
    """Definitive orbit with the same positions in GSE as the MEC file."""
    t = np.arange(-600.0 + 0.203, 700.0, 30.0) if seconds is None else np.asarray(seconds)
    path = path_of(root, "mms_defeph", probe, version=version)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(orbit_text(at(t), *state_j2000(t), probe))
    return path


def whole(root, probe=1):
    """One file of every product; paths by quantity."""
    return {
        "field": [fgm(root, probe)],
        "ions": [fpi(root, "dis", probe)],
        "electrons": [fpi(root, "des", probe)],
        "hpca": [hpca(root, probe)],
        "electric": [edp(root, probe)],
        "potential": [scpot(root, probe)],
        "mec": [mec(root, probe)],
        "defeph": [defeph(root, probe)],
    }
