"""Speed of mms_rnn, side by side with loading and interpolating by pyspedas: `python benchmarks/mms_rnn.py`.

One event of the sample archive, 90 s of four spacecraft. First all that the study does with one event and
spacecraft, stage by stage. Then the same variables of the same files brought to the times of the electrons,
by pyspedas and by us, in turns in one run. CPU seconds of one thread. The windows of the network have a
benchmark of their own, mms_rnn_windows.py.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import magnetoflow.mms_rnn
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.archive.usable import usable_files
from magnetoflow.curlometer import curlometer, on_common_times
from magnetoflow.io.atomic import write_json
from magnetoflow.io.burst_files import write_burst
from magnetoflow.io.mms_burst import read_electric, read_electrons, read_field, read_ions, read_position
from magnetoflow.io.rnn_models import read_model
from magnetoflow.io.tables import write_csv
from magnetoflow.io.time_series import write_series
from magnetoflow.mms_rnn import burst as bursts
from magnetoflow.mms_rnn import currents as works
from magnetoflow.mms_rnn import features as scaled_units
from magnetoflow.mms_rnn.align import burst_table
from magnetoflow.mms_rnn.event_scales import event_scales
from magnetoflow.mms_rnn.features import features, scale
from magnetoflow.mms_rnn.inference import Options, classify
from magnetoflow.mms_rnn.ions import without_background
from magnetoflow.mms_rnn.location import locate
from magnetoflow.mms_rnn.tables import features_frame, labels_frame, probabilities_frame
from magnetoflow.sample.mms_rnn_files import write_burst_files, write_fast_file
from magnetoflow.sample.mms_rnn_plan import EVENTS, PROBES
from magnetoflow.series import Series

EVENT = EVENTS[0]
SPAN = {"start": EVENT.start, "stop": EVENT.stop}
ROUNDS = 7
SHIPPED = Path(magnetoflow.mms_rnn.__file__).parent / "model"
PRODUCTS = {
    "ions": "mms_fpi_brst_dis-moms",
    "electrons": "mms_fpi_brst_des-moms",
    "field": "mms_fgm_brst",
    "electric": "mms_edp_brst",
    "electric_fast": "mms_edp_fast",
}
FPI = ("numberdensity", "bulkv_gse", "prestensor_gse")
VARIABLES = {
    "ions": [*(f"mms1_dis_{one}_brst" for one in (*FPI, "numberdensity_bg", "pres_bg"))],
    "electrons": [*(f"mms1_des_{one}_brst" for one in (*FPI, "temppara", "tempperp"))],
    "field": ["mms1_fgm_b_gse_brst_l2"],
    "electric": ["mms1_edp_dce_gse_brst_l2"],
    "electric_fast": ["mms1_edp_dce_gse_fast_l2"],
}
HALF = {"ions": np.timedelta64(75, "ms"), "electrons": np.timedelta64(15, "ms")}
"""From begin to centre; pyspedas 2.2.1 reads the lengths when asked to centre, and leaves the times."""


def gate(root: Path, data: Path, probe: int) -> dict[str, list[Path]]:
    """Judge all files of one spacecraft, write manifests, and choose the files of the event."""
    files = {}
    for quantity, product in PRODUCTS.items():
        manifest = build_manifest("sample", root, product, f"mms{probe}", EVENT.day)
        write_json(data / f"{product}_{probe}.json", manifest)
        files[quantity], _ = usable_files(root, [data / f"{product}_{probe}.json"], on_damaged="fail", **SPAN)
    return files


def read(files: dict[str, list[Path]], probe: int) -> list[object]:
    """Read what `burst_table` takes."""
    of = {"probe": probe, **SPAN}
    return [
        read_ions(files["ions"], **of),
        read_electrons(files["electrons"], **of),
        read_field(files["field"], **of),
        read_electric(files["electric"], rate="brst", **of),
        read_electric(files["electric_fast"], rate="fast", **of),
        read_position(files["field"], **of),
    ]


def by_pyspedas(pyspedas, files: dict[str, list[Path]]) -> dict[str, np.ndarray]:
    """Load the variables of mms1 and interpolate those of other instruments to the times of the electrons."""
    store = pyspedas.tplot_tools.data_quants
    store.clear()
    for quantity, names in VARIABLES.items():
        pyspedas.cdf_to_tplot([str(path) for path in files[quantity]], varnames=names)
        for name in names if quantity in HALF else []:
            store[name] = store[name].assign_coords(time=store[name].time + HALF[quantity])
    target = VARIABLES["electrons"][0]
    others = [one for quantity in VARIABLES if quantity != "electrons" for one in VARIABLES[quantity]]
    pyspedas.tinterpol(others, target)
    found = {one: pyspedas.get_data(f"{one}-itrp").y for one in others}
    return {"time": pyspedas.get_data(target, dt=True).times, **found}


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds of this process: what other processes do counts little."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def summary(values: list[float]) -> str:
    """Median and range."""
    return f"{np.median(values):7.3f} ({min(values):.3f} to {max(values):.3f})"


def compare(pyspedas, files: dict[str, list[Path]]) -> None:
    """Time pyspedas and us in turns, one round of all before, which does not count."""
    chains = {
        "pyspedas: cdf_to_tplot, tinterpol": lambda: by_pyspedas(pyspedas, files),
        "ours, interpolated": lambda: burst_table(*read(files, 1), averaging="point", **SPAN),
        "ours, default (averaged)": lambda: burst_table(*read(files, 1), averaging="mean", **SPAN),
    }
    taken = {title: [] for title in chains}
    last = {}
    for number in range(ROUNDS + 1):
        for title, work in chains.items():
            spent, last[title] = seconds(work)
            if number:
                taken[title].append(spent)
    theirs, ours = (last[title] for title in list(chains)[:2])
    rows = np.searchsorted(theirs["time"], ours.time)
    pairs = {
        "B": ("mms1_fgm_b_gse_brst_l2", ours.b_gse_nt, "nT"),
        "E": ("mms1_edp_dce_gse_brst_l2", ours.e_gse_mv_m, "mV/m"),
        "n_i": ("mms1_dis_numberdensity_brst", ours.n_i_raw_cm3, "cm^-3"),
    }
    same = int((theirs["time"][rows] == ours.time).sum())
    print(f"load {EVENT.id} of mms1 and bring it to {len(ours.time)} electron times ({same} of them equal)")
    for title, (variable, values, unit) in pairs.items():
        there = theirs[variable][rows]
        there = there[:, :3] if there.ndim == 2 else there
        print(f"  largest difference of {title}: {np.nanmax(np.abs(there - values)):.1e} {unit}")
    base = np.array(taken["pyspedas: cdf_to_tplot, tinterpol"])
    for title, values in taken.items():
        ratio = base / np.array(values)
        print(
            f"  {title:<36} {summary(values)} s, {np.median(ratio):5.2f} times as fast "
            f"({ratio.min():.2f} to {ratio.max():.2f})"
        )


def arrays_of(record, units):
    """Arrays over time with their dimensions and units."""
    axes = ("time", "axis", "axis2")
    arrays = {one: getattr(record, one) for one in units}
    return {one: (axes[: array.ndim], array, units[one]) for one, array in arrays.items()}


def event_wide(tables):
    """Scales, local axes, and the current between the spacecraft."""
    scales = event_scales(tables, b0_nt=None, n0_cm3=None, local_axes=True)
    fields = [Series("b", one.time, one.b_gse_nt, "nT", "GSE") for one in tables.values()]
    places = [Series("r", one.time, one.position_gse_km, "km", "GSE") for one in tables.values()]
    _, position, field = on_common_times(fields, places, cadence_s=0.03, position_cadence_s=0.03)
    curlometer(position, field)
    return scales


def write_all(folder: Path, burst, work, scaled, table, labels) -> None:
    """All files of one event and spacecraft but the figures."""
    about = {"event": EVENT.id}
    write_burst(folder / "burst.nc", burst, {"files": ""})
    measured = arrays_of(burst, bursts.UNITS) | arrays_of(work, works.UNITS)
    write_series(folder / "vars.nc", burst.time, measured, about)
    write_series(folder / "norm.nc", burst.time, arrays_of(scaled, scaled_units.UNITS), about)
    named = {"source": "sample", "model": "shipped"}
    write_csv(folder / "nndata.csv", features_frame(burst.time, table))
    rows = labels_frame(burst.time, burst.segment, burst.flags, labels, event=EVENT.id, probe=1, **named)
    write_csv(folder / "labels.csv", rows)
    write_csv(folder / "probs.csv", probabilities_frame(burst.time, labels, **named))


def one_round(root: Path, data: Path, tables, network, reference) -> dict[str, float]:
    """CPU seconds of each stage for mms1; what is done once for an event (`tables`) counts a quarter."""
    taken = {}
    taken["gate and manifests"], files = seconds(lambda: gate(root, data, 1))
    taken["read"], records = seconds(lambda: read(files, 1))
    taken["ion background"], _ = seconds(lambda: without_background(records[0]))
    spent, burst = seconds(lambda: burst_table(*records, **SPAN))
    taken["alignment"] = spent - taken["ion background"]
    spent, scales = seconds(lambda: event_wide(tables))
    taken["scales, axes, curlometer"] = spent / len(PROBES)
    taken["currents, J.E"], work = seconds(lambda: works.currents(burst))
    spent, scaled = seconds(lambda: scale(burst, scales.frame, scales.scaling))
    more, table = seconds(lambda: features(scaled))
    taken["scaling, features"] = spent + more
    taken["labels"], labels = seconds(lambda: classify(table, burst.segment, network, reference, Options()))
    taken["place in the picture"], _ = seconds(lambda: locate(table, burst.segment))
    taken["writing"], _ = seconds(lambda: write_all(data, burst, work, scaled, table, labels))
    return taken


def stages(root: Path, data: Path) -> None:
    """Seconds and share of each stage."""
    network, reference = read_model(SHIPPED)
    tables = {probe: burst_table(*read(gate(root, data, probe), probe), **SPAN) for probe in PROBES}
    rounds = [one_round(root, data, tables, network, reference) for _ in range(ROUNDS + 1)][1:]
    total = [sum(one.values()) for one in rounds]
    print(f"one event of 90 s and one spacecraft, without figures: {summary(total)} s")
    for stage in rounds[0]:
        spent = [one[stage] for one in rounds]
        print(f"  {stage:<26} {summary(spent)} s, {100 * np.median(spent) / np.median(total):5.1f} %")


def main(folder: Path) -> None:
    # pyspedas and spacepy make folders in the home folder where these do not say otherwise
    os.environ.update(dict.fromkeys(("HOME", "SPACEPY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder)))
    os.environ["PYSPEDAS_LOGGING_LEVEL"] = "error"
    root, data = folder / "archive", folder / "data"
    for probe in PROBES:
        list(write_burst_files(root, EVENT, probe))
        write_fast_file(root, (EVENT,), probe)
    stages(root, data)
    start = time.process_time()
    import pyspedas

    print(f"import of pyspedas: {time.process_time() - start:.1f} s")
    compare(pyspedas, gate(root, data, 1))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        main(Path(scratch))
