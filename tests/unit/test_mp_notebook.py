"""The lines of docs/mms_mp.md, run as they stand on an archive of the sample."""

import contextlib
import io
import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs/mms_mp.md"


def test_ten_lines_of_a_notebook(mp_run):
    (lines,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in lines.splitlines() if line]) <= 10
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(lines.replace("/data/mirror", str(mp_run.folder / "data/sample")), {})
    text = said.getvalue()
    speed, error = map(float, re.search(r"V_N = (-?[\d.]+) \+- ([\d.]+) km/s", text).groups())
    assert abs(speed + 60) < 3 * error < 20
    widths = re.findall(r"half-width (\d+) \+- (\d+) km", text)
    assert len(widths) == 4
    for width, error in widths:
        assert abs(float(width) - 400) < 3 * float(error)
