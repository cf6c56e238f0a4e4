"""Speed and error of mms_mp beside pyspedas, and one hour of four spacecraft: `python benchmarks/mms_mp.py`.

Case A: 60 km/s, half-width 400 km, tetrahedron of 15 km. First minimum variance and linear gradients of the
same arrays, by pyspedas and by us, in turns in one run, complete and with gaps. Then one hour of burst files
(field 128 Hz, ions 0.15 s, electrons 0.03 s with spectra, HPCA, electric field 32 Hz), written to a temporary
folder, judged, read and analysed in a process of its own. CPU seconds of one thread.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from mms_mp_hour import HOUR

from magnetoflow.curlometer import curlometer
from magnetoflow.mms_mp.data import EventData, Spacecraft
from magnetoflow.mms_mp.gradients import gradients
from magnetoflow.mms_mp.normals import angle_deg
from magnetoflow.mms_mp.variance import minimum_variance
from magnetoflow.physics import UA_M2_PER_NT_KM
from magnetoflow.sample.magnetopause import CASE_A, tetrahedron_km
from magnetoflow.sample.mms_mp_files import write_burst_files, write_day_files
from magnetoflow.sample.mms_mp_plan import PROBES
from magnetoflow.series import Series

ROUNDS = 5
NOISE_NT, OFFSET_NT = 0.05, 0.1
V_SC = np.array((-2.6, -0.4, 0.4))
GAP_SHARE, GAP_TRIALS = 0.05, 40
RATE_HZ = 128.0


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds of this process."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def in_turns(chains: dict[str, Callable[[], object]]) -> dict[str, object]:
    """Time several ways to do one thing, one round of all before, which does not count; print; results."""
    taken: dict[str, list[float]] = {title: [] for title in chains}
    last = {}
    for number in range(ROUNDS + 1):
        for title, work in chains.items():
            spent, last[title] = seconds(work)
            if number:
                taken[title].append(spent)
    base = np.array(next(iter(taken.values())))
    for title, values in taken.items():
        ratio = base / np.array(values)
        print(
            f"  {title:<44} {np.median(values):8.4f} ({min(values):.4f} to {max(values):.4f}) s, "
            f"{np.median(ratio):6.1f} times as fast ({ratio.min():.1f} to {ratio.max():.1f})"
        )
    return last


def seen(half_s: float, rate_hz: float, seed: int, boundary=CASE_A):
    """Make times [s], positions and fields with noise and offsets, (4, time, 3) [km], [nT], about t_c."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(-half_s * rate_hz), round(half_s * rate_hz)) / rate_hz
    place = np.asarray(boundary.r0_km) + tetrahedron_km(15.0)[:, None] + t[:, None] * V_SC
    field = boundary.to_gsm(boundary.b_lmn_nt(boundary.distance_km(t, place)))
    field += NOISE_NT * rng.standard_normal(field.shape) + rng.uniform(-OFFSET_NT, OFFSET_NT, (4, 1, 3))
    return t, place, field


def compare_variance(minvar) -> None:
    """Minimum variance: speed on one hour at 64 Hz, and the turn of N that gaps make."""
    _, _, field = seen(1800.0, 64.0, 1)
    one = field[0]
    print(f"minimum variance of {len(one)} vectors")
    chains = {
        "pyspedas minvar": lambda: minvar(one),
        "ours, with errors, and rotated": lambda: one @ minimum_variance(one, cadence_s=1 / 64).axes.T,
    }
    in_turns(chains)
    _, _, field = seen(20.0, RATE_HZ, 2)
    one = field[0]
    spent = {
        number: [
            seconds(partial(minimum_variance, one, cadence_s=1 / RATE_HZ, resamples=number))[0]
            for _ in range(ROUNDS)
        ]
        for number in (0, 1000)
    }
    extra = np.median(spent[1000]) - np.median(spent[0])
    print(f"  1000 block bootstraps of {len(one)} vectors: {extra:.4f} s")
    for b_n in (2.0, 5.0, 15.0):
        turn_by_gaps(minvar, b_n)


def turn_by_gaps(minvar, b_n: float) -> None:
    """How far a gap of 5 % turns N, and how far N is from truth then; many places of the gap."""
    boundary = replace(CASE_A, b_n_nt=b_n)
    _, _, field = seen(20.0, RATE_HZ, 3, boundary)
    rng = np.random.default_rng(4)
    length = round(GAP_SHARE * field.shape[1])
    ways = {
        "pyspedas": lambda b: minvar(b)[1][:, 2],
        "ours": lambda b: minimum_variance(b, cadence_s=1 / RATE_HZ).axes[2],
    }
    turns: dict[str, list[float]] = {title: [] for title in ways}
    errors: dict[str, list[float]] = {title: [] for title in ways}
    whole = {title: way(field[0]) for title, way in ways.items()}
    for first in rng.integers(0, field.shape[1] - length, GAP_TRIALS):
        cut = field[0].copy()
        cut[first : first + length] = np.nan
        for title, way in ways.items():
            n = way(cut)
            turns[title].append(angle_deg(n, whole[title], axes=True))
            errors[title].append(angle_deg(n, boundary.axes[2], axes=True))
    for title in ways:
        print(
            f"  B_N {b_n:4.0f} nT, gap of 5 %: {title:<9} N turns by {np.median(turns[title]):7.3f} deg "
            f"(at most {max(turns[title]):.3f}), error {np.median(errors[title]):7.3f} deg"
        )


def compare_gradients(lingradest) -> None:
    """Linear gradients: speed, agreement, and error of the current."""
    t, place, field = seen(5.0, RATE_HZ, 5)
    field[2, 300:364] = np.nan
    components = [field[probe, :, axis] for axis in range(3) for probe in range(4)]
    print(f"gradients at {len(t)} times, 5 % of them without one spacecraft")
    last = in_turns(
        {
            "pyspedas lingradest": lambda: lingradest(*components, *place),
            "ours, curlometer": lambda: curlometer(place, field),
        }
    )
    theirs, ours = last.values()
    j_theirs = 1e-3 * UA_M2_PER_NT_KM * 1e3 * np.column_stack([theirs[f"LC{one}B"] for one in "xyz"])
    j_ours = 1e3 * UA_M2_PER_NT_KM * ours.curl_nt_km
    both = np.isfinite(j_theirs).all(axis=1) & np.isfinite(j_ours).all(axis=1)
    print(
        f"  largest difference of J: {np.abs(j_theirs - j_ours)[both].max():.1e} nA/m^2 at {both.sum()} times"
    )
    errors_of_current(lingradest)


def errors_of_current(lingradest) -> None:
    """Error of J within the layer on the same arrays: point by point, and by our gradients."""
    t, place, field = seen(150.0, RATE_HZ, 6)
    event = event_of(t, place, field)
    start, stop = -20.0, 20.0
    spent, (series, mdd, _) = seconds(lambda: gradients(event, start, stop))
    inside = (t >= start) & (t < stop)
    part, where = field[:, inside], place[:, inside]
    theirs = lingradest(*[part[probe, :, axis] for axis in range(3) for probe in range(4)], *where)
    boundary = CASE_A

    def truth(at: np.ndarray) -> np.ndarray:
        middle = np.asarray(boundary.r0_km) + at[:, None] * V_SC
        return boundary.to_gsm(boundary.j_lmn_na_m2(boundary.distance_km(at, middle)))

    rows = {
        "pyspedas lingradest": (
            t[inside],
            UA_M2_PER_NT_KM * np.column_stack([theirs[f"LC{one}B"] for one in "xyz"]),
        ),
        "ours, gradients": (event.seconds(series.time), series.j_na_m2),
    }
    print(f"  current of case A with offsets of up to {OFFSET_NT} nT; truth peaks at 69.6 nA/m^2")
    for title, (at, j) in rows.items():
        error = np.sqrt(np.nanmean(np.sum((j - truth(at)) ** 2, axis=1)))
        print(
            f"  {title:<44} peak {np.nanmax(np.linalg.norm(j, axis=1)):6.1f}, rms error {error:6.2f} nA/m^2"
        )
    turn, wrong = angle_deg(mdd.n, boundary.axes[2], axes=True), mdd.speed_km_s - boundary.v_n_km_s
    print(
        f"  MDD and STD: N {turn:.2f} deg from truth (1 sigma {mdd.error_deg:.2f}), "
        f"speed {wrong:+.2f} km/s (1 sigma {mdd.speed_error_km_s:.2f}); {spent:.3f} s"
    )


def event_of(t: np.ndarray, place: np.ndarray, field: np.ndarray) -> EventData:
    """Event of four spacecraft that carry magnetometers."""
    zero = np.datetime64("2018-01-15T06:00:00", "ns")
    at = zero + np.round(t * 1e9).astype("timedelta64[ns]")
    slow = slice(None, None, 256)
    crafts = {
        probe: Spacecraft(
            probe,
            Series("b", at, field[probe - 1], "nT", "GSM"),
            Series("r", at[slow], place[probe - 1][slow], "km", "GSM"),
        )
        for probe in PROBES
    }
    return EventData("case_a", at[0], at[-1], zero, "brst", np.eye(3), crafts)


def hour(folder: Path) -> None:
    """Write one hour, and let another process read and analyse it."""
    spent, _ = seconds(lambda: [write_hour(folder, probe) for probe in PROBES])
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    print(f"one hour of four spacecraft: {size / 1e6:.0f} MB of files, written in {spent:.1f} s")
    command = [sys.executable, str(Path(__file__).with_name("mms_mp_hour.py")), str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(said.splitlines()[-1])
    for title in ("import", "gate and read", "analyse, first call", "analyse"):
        print(f"  {title:<26} {found['seconds'][title]:7.2f} s")
    print(f"  points of the field        {found['points']}")
    print(f"  memory                     {found['memory_mb']:7.0f} MB at most")
    print(f"  before analysing           {found['before_mb']:7.0f} MB at most")
    for title, value in found["result"].items():
        print(f"  {title:<26} {value}")


def write_hour(folder: Path, probe: int) -> None:
    list(write_burst_files(folder, HOUR, probe))
    list(write_day_files(folder, (HOUR,), probe))


def main(folder: Path) -> None:
    # pyspedas and spacepy make folders in the home folder where these do not say otherwise
    os.environ.update(dict.fromkeys(("HOME", "SPACEPY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder)))
    os.environ["PYSPEDAS_LOGGING_LEVEL"] = "error"
    hour(folder / "archive")
    from pyspedas import lingradest
    from pyspedas.cotrans_tools.minvar import minvar

    compare_variance(minvar)
    compare_gradients(lingradest)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
