"""Write the magnetopause events of one spacecraft in the archives' layout."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.archive.layout import product_of
from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import write_text
from magnetoflow.sample import mms_mp_ephemeris as ephemeris
from magnetoflow.sample import mms_mp_orbit as orbit
from magnetoflow.sample import mms_mp_records as records
from magnetoflow.sample import mms_mp_variables as variables
from magnetoflow.sample.cdf import tt2000, write_cdf
from magnetoflow.sample.mms_mp_plan import DAY, MARGIN_S, CrossingEvent, events_of, is_sample_day
from magnetoflow.sample.mms_mp_records import Records
from magnetoflow.sample.mms_mp_truth import write_truth

VERSIONS = {
    "mms_fgm_brst": "5.111.0", "mms_fpi_brst_dis-moms": "3.3.0", "mms_fpi_brst_des-moms": "3.3.0",
    "mms_hpca_srvy": "4.1.0", "mms_edp_fast": "3.0.0", "mms_edp_brst": "3.0.0",
    "mms_edp_scpot_fast": "2.4.0", "mms_mec_srvy": "2.2.0",
}  # fmt: skip
PACKING = 2
"""Level of gzip."""
OVERLAP_S = 0.5
"""So much of its predecessor a further burst file repeats."""

Variables = dict[str, NDArray[Any]]


def write_probe_day(root: Path, probe: int, day: date) -> None:
    """Write the files and the truth of one probe-day.

    Parameters
    ----------
    root : Path
        Root of the sample archive.
    probe : int
        1 to 4.
    day : date
        UTC.

    Raises
    ------
    ArchiveError
        The sample has no such probe-day, or the disk is full.
    """
    if not is_sample_day(probe, day):
        raise ArchiveError(
            f"the sample has no magnetopause event of mms{probe} on {day}",
            todo=f"choose mms1 to mms4 on {DAY}",
        )
    events = events_of(day, probe)
    files = [path for event in events for path in write_burst_files(root, event, probe)]
    files += write_day_files(root, events, probe)
    write_truth(root, events, probe, files)


def path_of(product: str, probe: int, slot: np.datetime64) -> Path:
    """Path below the root of a CDF file of a product that begins at a time."""
    kind, name = product_of(product), f"mms{probe}"
    begin = slot.astype("datetime64[s]").astype(object)
    stem = f"{kind.stem.replace('{probe}', name)}{begin.strftime(kind.slot_format)}"
    return Path(kind.folder_of(name, begin.date()), f"{stem}_v{VERSIONS[product]}.cdf")


def write_burst_files(root: Path, event: CrossingEvent, probe: int) -> Iterator[Path]:
    """Write the burst files of one event; their paths below the root."""
    state = records.positions(event, probe)
    field = records.field(event, probe)
    spectrometers = {one: records.moments(event, probe, one) for one in ("dis", "des")}
    edges = [-MARGIN_S, *event.slots_s, event.duration_s + MARGIN_S + 1.0]
    for first, last in pairwise(edges):
        slot = orbit.utc(event, first)
        begin = orbit.utc(event, first if first < 0 else first - OVERLAP_S)
        end = orbit.utc(event, last)
        path = path_of("mms_fgm_brst", probe, slot)
        part = field.between(begin, end)
        yield _write(root, "mms_fgm_brst", probe, path, _field(probe, part, state), variables.fgm(probe))
        for instrument, found in spectrometers.items():
            product = f"mms_fpi_brst_{instrument}-moms"
            values = _moments(probe, instrument, found.between(begin, end))
            path = path_of(product, probe, slot)
            yield _write(root, product, probe, path, values, variables.moments(probe, instrument))
    if event.burst_e_s is not None:
        path = path_of("mms_edp_brst", probe, orbit.utc(event, event.burst_e_s[0]))
        values = _electric(probe, "brst", records.electric(event, probe, "brst"))
        yield _write(root, "mms_edp_brst", probe, path, values, variables.edp(probe, "brst"))


def write_day_files(root: Path, events: Sequence[CrossingEvent], probe: int) -> Iterator[Path]:
    """Write the files that hold a whole day, or what of it lies near the events; their paths."""
    ordered = sorted(events, key=lambda one: one.start)
    midnight = np.datetime64(ordered[0].day.isoformat(), "s")
    contents: dict[str, tuple[Variables, Mapping[str, Any]]] = {}
    species = _joined([records.composition(event, probe) for event in ordered])
    contents["mms_hpca_srvy"] = (
        _composition(probe, species),
        variables.hpca(probe, list(species.values)),
    )
    e = _joined([records.electric(event, probe, "fast") for event in ordered])
    contents["mms_edp_fast"] = (_electric(probe, "fast", e), variables.edp(probe, "fast"))
    volts = _joined([records.potential(event, probe) for event in ordered])
    contents["mms_edp_scpot_fast"] = (_potential(probe, volts), variables.potential(probe, "fast"))
    contents["mms_mec_srvy"] = (_mec(probe), variables.mec(probe))
    for product, (values, attributes) in contents.items():
        yield _write(root, product, probe, path_of(product, probe, midnight), values, attributes)
    orbits = Path(product_of("mms_defeph").folder_of(f"mms{probe}", DAY), ephemeris.defeph_name(probe))
    write_text(root / orbits, ephemeris.defeph_text(probe))
    yield orbits


def _write(
    root: Path, product: str, probe: int, path: Path, values: Variables, attributes: Mapping[str, Any]
) -> Path:
    with warnings.catch_warnings():
        # a variable may end with a block of few records, which packing does not shorten
        warnings.filterwarnings("ignore", message=".*DID_NOT_COMPRESS")
        write_cdf(root / path, values, attributes, variables.about(probe, product, path.stem), PACKING)
    return path


def _joined(parts: Sequence[Records]) -> Records:
    return Records(
        np.concatenate([one.time for one in parts]),
        {name: np.concatenate([one.values[name] for one in parts]) for name in parts[0].values},
    )


def _field(probe: int, part: Records, state: Records) -> Variables:
    """Variables of an FGM file, with positions from a minute before it to a minute after it."""
    name, reach = f"mms{probe}_fgm_", np.timedelta64(70, "s")
    near = state.between(part.time[0] - reach, part.time[-1] + reach)
    labels = {
        f"label_{one}_{frame}": np.array([f"{one.upper()}{axis} {frame.upper()}" for axis in "xyzt"])
        for one in "br"
        for frame in ("gse", "gsm")
    }
    return {
        "Epoch": tt2000(part.time),
        "Epoch_state": tt2000(near.time),
        **{f"{name}{key}_brst_l2": one for key, one in {**part.values, **near.values}.items()},
        **labels,
        "represent_vec_tot": np.array(["x", "y", "z", "r"]),
    }


def _moments(probe: int, instrument: str, part: Records) -> Variables:
    """Variables of an FPI file."""
    name = f"mms{probe}_{instrument}_"
    return {
        "Epoch": tt2000(part.time),
        "Epoch_plus_var": np.array(records.STEP_NS[instrument] * 1e-9, dtype=np.float32),
        "Epoch_minus_var": np.array(0.0, dtype=np.float32),
        f"{name}bulkv_gse_label_brst": np.array(["Vx_GSE", "Vy_GSE", "Vz_GSE"]),
        f"{name}cartrep_brst": np.array(["x", "y", "z"]),
        **{f"{name}{key}_brst": one for key, one in part.values.items()},
    }


def _composition(probe: int, found: Records) -> Variables:
    """Variables of an HPCA file."""
    return {
        "Epoch": tt2000(found.time),
        "Epoch_PLUS": np.array(records.STEP_NS["hpca"] * 1e-9, dtype=np.float32),
        "Epoch_MINUS": np.array(0.0, dtype=np.float32),
        **{f"mms{probe}_hpca_{key}": one for key, one in found.values.items()},
    }


def _electric(probe: int, rate: str, found: Records) -> Variables:
    """Variables of an EDP electric field file."""
    name = f"mms{probe}_edp_"
    return {
        f"{name}epoch_{rate}_l2": tt2000(found.time),
        f"{name}label1_{rate}_l2": np.array(["Ex_GSE", "Ey_GSE", "Ez_GSE"]),
        **{f"{name}{key}_{rate}_l2": one for key, one in found.values.items()},
    }


def _potential(probe: int, found: Records) -> Variables:
    """Variables of an EDP potential file."""
    name = f"mms{probe}_edp_"
    return {f"{name}epoch_fast_l2": tt2000(found.time), f"{name}scpot_fast_l2": found.values["scpot"]}


def _mec(probe: int) -> Variables:
    """Variables of an MEC file, in double precision as the real ones."""
    time = ephemeris.rows_from(0, ephemeris.MEC_ROWS)
    values = ephemeris.mec_values(probe, time)
    return {"Epoch": tt2000(time), **{f"mms{probe}_mec_{key}": one for key, one in values.items()}}
