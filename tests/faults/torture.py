"""Judge files that were damaged by chance: ``python -m tests.faults.torture fpi:0:90 yaml:12 ...``.

A case is a kind and a number, which gives the same damage each time; ``yaml:0:12`` are the cases 0 to 11,
``yaml:12`` is one. Each is a line of JSON: what was done, and whether the file was refused, accepted with
equal values, or accepted with others where nothing can tell them apart. Anything else fails; a case that
takes longer than `SECONDS` ends the process.
"""

import json
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np

from tests.faults import torture_archive, torture_texts

SECONDS, MEMORY = 10, 1 << 30
KINDS = {**torture_archive.KINDS, **torture_texts.KINDS}
REFUSED, EQUAL, OTHER = "refused", "equal", "other"


def bound_memory():
    """Allow `MEMORY` beside what is used now, and no core dump."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def judged(name, number, case):
    """Outcome of one case, as it is printed."""
    rng = np.random.default_rng([sorted(KINDS).index(name), number])
    said = {"case": f"{name}:{number}"}
    signal.alarm(SECONDS)
    try:
        for one in case(rng):
            said |= one
    except Exception:  # noqa: BLE001 (what is not expected is what is looked for)
        said |= {"outcome": "failed", "why": traceback.format_exc()}
    signal.alarm(0)
    return said


def main(words):
    wanted = [(name, [int(one) for one in span]) for name, *span in (word.split(":") for word in words)]
    with tempfile.TemporaryDirectory() as scratch:
        cases = {}
        for name, _ in wanted:
            if name not in cases:
                folder = Path(scratch, name.replace(".", "_"))
                folder.mkdir()
                cases[name] = KINDS[name](folder)
        bound_memory()
        for name, span in wanted:
            for number in range(*span) if len(span) == 2 else span:
                print(
                    f"{name}:{number}", file=sys.stderr, flush=True
                )  # the last line, if it ends the process
                print(json.dumps(judged(name, number, cases[name])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
