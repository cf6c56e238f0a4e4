"""Files damaged by chance: refused by a typed error, or accepted with equal values; no crash, hang or flood.

Other values are accepted only where nothing can tell them apart (`torture_archive.OPEN`, plain images, hashes
written by a forger, a configuration that is another valid one). ``make torture`` runs ten times as many.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GROUPS = {
    "2000 CDF": {"fpi": 900, "rept_md5": 150, "packed": 400, "rept": 275, "hour": 275},
    "2000 pgm.gz": {"pgm.gz": 2000, "pgm": 500},
    "500 models and texts": {
        "mms_gmm": 50, "mms_rnn": 40, "aurora": 40, "rept_pad_weighted": 20, "rept_pad_pca": 20,
        "rept_pad_autoencoder": 20, "smoother": 60, "yaml": 130, "csv": 120,
    },
}  # fmt: skip
TENTHS = range(10) if os.environ.get("MAGNETOFLOW_TORTURE") else range(1)


def ended(status):
    return signal.Signals(-status).name if status < 0 else f"status {status}"


@pytest.mark.parametrize("tenth", TENTHS)
@pytest.mark.parametrize("group", GROUPS)
def test_damage_by_chance_is_refused_or_changes_nothing(group, tenth):
    kinds = {kind: range(n * tenth // 10, n * (tenth + 1) // 10) for kind, n in GROUPS[group].items()}
    call = [sys.executable, "-m", "tests.faults.torture"]
    words = [f"{kind}:{numbers.start}:{numbers.stop}" for kind, numbers in kinds.items()]
    done = subprocess.run([*call, *words], cwd=ROOT, capture_output=True, text=True, timeout=900)
    last = done.stderr.splitlines()[-1:]
    assert done.returncode == 0, (
        f"case {last} ended the process: {ended(done.returncode)}\n{done.stderr[-3000:]}"
    )
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    failed = [one for one in cases if one["outcome"] == "failed"]
    assert not failed, f"repeat: python -m tests.faults.torture {failed[0]['case']}\n" + "\n".join(
        f"{one['case']}: {one.get('damage')}: {one['why']}" for one in failed
    )
    counts = Counter((one["case"].split(":")[0], one["outcome"]) for one in cases)
    print("; ".join(f"{kind} {outcome} {number}" for (kind, outcome), number in sorted(counts.items())))
    assert len(cases) == sum(map(len, kinds.values()))
    assert all(counts[kind, "refused"] > 0.2 * len(numbers) for kind, numbers in kinds.items())
