"""tplot files: what pyspedas finds in them, and the snippet of the documentation."""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from magnetoflow.io.time_series import write_series
from magnetoflow.io.tplot import write_tplots

pytestmark = pytest.mark.skipif(find_spec("pyspedas") is None, reason="pyspedas is not installed")
ROOT = Path(__file__).resolve().parents[2]
TIME = np.datetime64("2017-07-11T22:33:30.015000001", "ns") + np.arange(40) * np.timedelta64(30_000_001, "ns")
FRAMES = {"b_gse_nt": "gse", "j_gsm_ua_m2": "gsm", "p_i_gse_npa": "gse"}
STEMS = ("mms1_vars", "mms1_vars_norm")
AXES = ("time", "axis", "axis2")


def variables(stem):
    rng = np.random.default_rng(STEMS.index(stem))
    field, density = rng.normal(0, 20, (40, 3)), rng.uniform(0.1, 1, 40)
    field[4], density[5] = np.nan, np.nan
    return {
        "b_gse_nt": (field, "nT", ("x", "y", "z")),
        "j_gsm_ua_m2": (rng.normal(0, 1, (40, 3)), "uA/m^2", ()),
        "n_e_cm3": (density, "cm^-3", ()),
        "p_i_gse_npa": (rng.normal(0, 0.1, (40, 3, 3)), "nPa", ()),
        "region": (np.arange(40, dtype=np.int8) % 6, "1", ()),
        "missing": (np.full(40, np.nan), "mV/m", ()),
    }


LOOK = """
def look(name):
    import numpy as np
    names = pyspedas.tnames()
    data = {one: pyspedas.get_data(one, dt=True) for one in names}
    np.savez(name, **{one: got.y for one, got in data.items()})
    np.save(f"times_{name}", np.stack([got.times.astype("i8") for got in data.values()]))
    return {one: [pyspedas.get_units(one), pyspedas.get_coords(one)] for one in names}
"""
RESTORE = """
for stem in ("mms1_vars", "mms1_vars_norm"):
    pyspedas.tplot_restore(f"{stem}.pyspedas")
restored = look("restored.npz")
options = pyspedas.get_data("mms1_vars_b_gse_nt", metadata=True)["plot_options"]["yaxis_opt"]
pyspedas.del_data("*")
"""
PRINT = """
import json
print(json.dumps([restored, look("loaded.npz"), options["legend_names"], options["axis_subtitle"]]))
"""


@pytest.fixture(scope="module")
def read_by_pyspedas(tmp_path_factory):
    """Folder, what one process found with tplot_restore and with the snippet, and what this one imported."""
    before = set(sys.modules)
    folder = tmp_path_factory.mktemp("tplot")
    results, home = folder / "results" / "mms_rnn" / "sample_tail_a_mms1", folder / "home"
    home.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", mpl.get_cachedir())  # its list of fonts takes a second to make
        files = {
            folder / f"{stem}.pyspedas": {f"{stem}_{key}": one for key, one in variables(stem).items()}
            for stem in STEMS
        }
        write_tplots(TIME, files)
        for stem in STEMS:
            series = {key: (AXES[: one[0].ndim], *one[:2]) for key, one in variables(stem).items()}
            write_series(results / f"{stem}.nc", TIME, series)
        page = (ROOT / "docs" / "mms_rnn_pyspedas.md").read_text(encoding="utf-8")
        (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        patch.setenv("HOME", str(home))
        patch.setenv("SPACEPY", str(home))
        patch.setenv("PYSPEDAS_LOGGING_LEVEL", "error")
        command = [sys.executable, "-c", "import pyspedas\n" + LOOK + RESTORE + snippet + PRINT]
        child = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, check=True)
    seen = {name.split(".")[0] for name in set(sys.modules) - before} & {"pyspedas", "spacepy", "netCDF4"}
    return folder, json.loads(child.stdout), seen


@pytest.mark.parametrize(("kind", "number"), [("restored", 0), ("loaded", 1)])
def test_values_times_units_and_frames_are_what_was_written(read_by_pyspedas, kind, number):
    folder, found, _ = read_by_pyspedas
    expected = {f"{stem}_{key}": (key, one) for stem in STEMS for key, one in variables(stem).items()}
    assert found[number] == {name: [one[1], FRAMES.get(key)] for name, (key, one) in expected.items()}
    assert (np.load(folder / f"times_{kind}.npz.npy") == TIME.astype("i8")).all()
    with np.load(folder / f"{kind}.npz") as back:
        for name, (_, (values, _, _)) in expected.items():
            np.testing.assert_array_equal(back[name], values)


def test_components_have_labels_and_the_axis_its_unit(read_by_pyspedas):
    assert read_by_pyspedas[1][2:] == [["x", "y", "z"], "[nT]"]


def test_this_process_has_not_seen_pyspedas(read_by_pyspedas):
    assert not read_by_pyspedas[2]
