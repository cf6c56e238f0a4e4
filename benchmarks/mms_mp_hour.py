"""Read and analyse one hour of four spacecraft, in a process of its own; benchmarks/mms_mp.py starts it.

`python benchmarks/mms_mp_hour.py FOLDER`: the folder holds the files; seconds, memory and results are printed
as one line of JSON.
"""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from magnetoflow.sample.mms_mp_plan import EVENTS, PROBES

HOUR = replace(
    EVENTS[0],
    id="case_a_hour",
    start=datetime.fromisoformat("2018-01-15T05:53:00+00:00"),
    duration_s=3600,
    centre_s=420.0,
    faults=(),
)
"""The array of the sample keeps the shape of case A from 05:52:30 on."""


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds of this process."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def analyse_hour(folder: Path) -> None:
    """Read and analyse the hour; numbers as JSON."""
    taken = {}

    def load():
        from magnetoflow.io.mp_loading import load_folder
        from magnetoflow.mms_mp.analysis import analyse

        return load_folder, analyse

    taken["import"], (load_folder, analyse) = seconds(load)
    span = {"probes": PROBES, "start": HOUR.start, "stop": HOUR.stop}
    taken["gate and read"], event = seconds(lambda: load_folder(folder, id=HOUR.id, **span))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken["analyse, first call"], _ = seconds(lambda: analyse(event))
    taken["analyse"], analysis = seconds(lambda: analyse(event))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    points = {probe: len(one.b.time) for probe, one in event.spacecraft.items()}
    result = against_truth(event, analysis)
    print(
        json.dumps(
            {"seconds": taken, "before_mb": before, "memory_mb": memory, "points": points, "result": result}
        )
    )


def against_truth(event, analysis) -> dict[str, str]:
    """Put what was found beside truth; each as a text."""
    from magnetoflow.mms_mp.normals import angle_deg
    from magnetoflow.sample.magnetopause import CASE_A
    from magnetoflow.sample.mms_mp_passage import true_passages

    lines = {"crossings": str({probe: len(one) for probe, one in analysis.crossings.items()})}
    main = next((one for one in analysis.passes if one.number == analysis.main), None)
    if main is None:
        return lines
    timing, lmn = main.timing, analysis.orientation.lmn
    truth = true_passages(HOUR, PROBES[0])[0]
    axes = CASE_A.axes
    turn = angle_deg(timing.normal.n, axes[2], axes=True)
    lines["normal by timing"] = f"{turn:.2f} deg from truth, 1 sigma {timing.normal.error_deg:.2f}"
    turn = angle_deg(lmn.matrix[2], axes[2], axes=True)
    lines["chosen normal"] = f"{lmn.method}, {turn:.3f} deg from truth"
    lines["speed"] = f"{main.speed_km_s:.2f} +- {main.speed_error_km_s:.2f} km/s, truth {truth.v_n_km_s:.2f}"
    layer = main.thickness[PROBES[0]]
    lines["half-width at MMS1"] = (
        f"{layer.half_width_km:.1f} +- {layer.half_width_error_km:.1f} km, truth {CASE_A.half_width_km:.1f}"
    )
    first = main.crossings[PROBES[0]]
    late = (event.utc(first.time_s) - truth.time) / np.timedelta64(1, "us") / 1e3
    lines["crossing time of MMS1"] = f"{late:+.2f} ms from truth, 1 sigma {1e3 * first.fit.t_c_error_s:.2f}"
    return lines


if __name__ == "__main__":
    analyse_hour(Path(sys.argv[1]))
