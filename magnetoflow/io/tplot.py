"""Series in the files that pyspedas saves: written for its users, never read here.

Such a file is a pickle, and pyspedas changes the process that imports it (logging, options of xarray, one
store of variables, a second HDF5 library, folders in the home folder). So a child process writes it:
``python -m magnetoflow.io.tplot FOLDER`` turns the arrays in FOLDER into ``0.tplot``, ``1.tplot``, ...
"""

from __future__ import annotations

import json
import os
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError, ConfigError, VariableError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.io.integrity import brief

Variables = Mapping[str, tuple[NDArray[Any], str, Sequence[str]]]
CREATED = datetime(1970, 1, 1)
"""Time of making in the files, instead of the clock's: equal variables give equal bytes."""
SECONDS = 300
FRAMES = ("gse", "gsm")


def require_pyspedas() -> None:
    """Refuse where pyspedas is missing.

    Raises
    ------
    ConfigError
        It says how to install it.
    """
    if find_spec("pyspedas") is None:
        raise ConfigError(
            "tplot files need pyspedas",
            why="pyspedas is not installed",
            todo='pip install -c constraints.txt -e ".[tplot]", or set tplot: false',
        )


def write_tplot(path: str | os.PathLike[str], time: NDArray[np.datetime64], variables: Variables) -> None:
    """Write variables over time as ``pyspedas.tplot_save`` does; see :func:`write_tplots`."""
    write_tplots(time, {path: variables})


def write_tplots(time: NDArray[np.datetime64], files: Mapping[str | os.PathLike[str], Variables]) -> None:
    """Write several files at once; pyspedas takes seconds to import.

    Parameters
    ----------
    time : (time,) ndarray of datetime64[ns]
        UTC; kept to the nanosecond. Without times a file holds no variables: pyspedas has no empty ones.
    files : mapping of path to mapping of str to (values, unit, labels)
        Numeric values (time, ...), NaN where missing; labels of the components may be empty. A name with
        ``gse`` or ``gsm`` between underscores states its frame to pyspedas.

    Raises
    ------
    ConfigError
        pyspedas is not installed, or cannot be imported.
    VariableError
        A variable is not numeric, or not as long as its times.
    ArchiveError
        The files cannot be written.

    Notes
    -----
    Equal input gives equal bytes with the same versions of Python, numpy, pandas, xarray and pyspedas.
    """
    require_pyspedas()
    for path, variables in files.items():
        for name, (values, _, _) in variables.items():
            _check(path, name, values, len(time))
    try:
        with tempfile.TemporaryDirectory() as scratch:
            _give(Path(scratch), time, list(files.values()))
            _save_in_child(Path(scratch))
            for number, path in enumerate(files):
                content = (Path(scratch) / f"{number}.tplot").read_bytes()
                with atomic_path(path) as part:
                    part.write_bytes(content)
    except OSError as error:
        raise ArchiveError(
            "tplot file cannot be written", where=tempfile.gettempdir(), why=str(error), todo="free space"
        ) from error


def _check(path: str | os.PathLike[str], name: str, values: NDArray[Any], length: int) -> None:
    if values.dtype.kind in "biuf" and values.shape[:1] == (length,) and (values.size or not length):
        return
    raise VariableError(
        "variable cannot be in a tplot file",
        where=f"{os.fspath(path)}, {name}",
        why=f"{values.dtype} {values.shape}, expected numbers at {length} times",
    )


def _give(scratch: Path, time: NDArray[np.datetime64], files: Sequence[Variables]) -> None:
    """Leave arrays and names where the child finds them."""
    arrays = {"time": time.astype("datetime64[ns]").astype(np.int64)}
    listed = []
    for number, variables in enumerate(files):
        rows = []
        for row, (name, (values, unit, labels)) in enumerate(variables.items()):
            arrays[f"{number}_{row}"] = values
            rows.append({"name": name, "unit": unit, "labels": list(labels)})
        listed.append(rows)
    np.savez(scratch / "arrays.npz", allow_pickle=False, **arrays)
    (scratch / "names.json").write_text(json.dumps(listed), encoding="utf-8")


def _save_in_child(scratch: Path) -> None:
    """Let pyspedas see an empty home folder: it makes folders there, and fails where it cannot."""
    root = Path(__file__).resolve().parents[2]
    inside = {
        **dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SPACEPY"), str(scratch)),
        "MPLCONFIGDIR": os.environ.get("MPLCONFIGDIR", str(scratch)),
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")])),
        "PYSPEDAS_CONFIG_FILE": str(scratch / "preferences.toml"),
        "PYSPEDAS_LOGGING_LEVEL": "error",
        "MPLBACKEND": "Agg",
    }
    try:
        child = subprocess.run(  # noqa: S603 (our own module, no shell)
            [sys.executable, "-P", "-m", "magnetoflow.io.tplot", str(scratch)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **inside},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ArchiveError("pyspedas did not write its file", why=f"no end within {SECONDS} s") from error
    if child.returncode < 0:
        reason = f"ended by {signal.Signals(-child.returncode).name}"
        raise ArchiveError("pyspedas did not write its file", why=reason, todo="try with more memory")
    if child.returncode:
        lines = child.stderr.strip().splitlines()
        why = brief(lines[-1]) if lines else f"ended with {child.returncode}"
        if "ImportError" in why or "ModuleNotFoundError" in why:
            raise ConfigError(
                "pyspedas cannot be imported", why=why, todo='pip install -c constraints.txt -e ".[tplot]"'
            )
        raise ArchiveError("pyspedas did not write its file", why=why, todo="free space, or set tplot: false")


def save(scratch: Path) -> None:
    """Write the files that `write_tplots` has prepared; runs in the child.

    Parameters
    ----------
    scratch : Path
        Holds ``arrays.npz`` and ``names.json``, and gets the files.
    """
    import pyspedas

    with np.load(scratch / "arrays.npz", allow_pickle=False) as arrays:
        time = arrays["time"].astype("datetime64[ns]")
        for number, rows in enumerate(json.loads((scratch / "names.json").read_text(encoding="utf-8"))):
            for row, one in enumerate(rows if len(time) else []):
                _store(pyspedas, time, arrays[f"{number}_{row}"], **one)
            names = list(pyspedas.tplot_tools.data_quants)
            pyspedas.tplot_save(names, filename=str(scratch / f"{number}.tplot"))
            pyspedas.tplot_tools.data_quants.clear()


def _store(
    pyspedas: Any,
    time: NDArray[np.datetime64],
    values: NDArray[Any],
    *,
    name: str,
    unit: str,
    labels: list[str],
) -> None:
    about = {"units": unit}
    frame = next((part for part in name.split("_") if part in FRAMES), None)
    if frame is not None:
        about["coord_sys"] = frame
    pyspedas.store_data(name, data={"x": time, "y": values}, attr_dict={"data_att": about})
    pyspedas.options(name, "ysubtitle", f"[{unit}]")
    if labels:
        pyspedas.options(name, "legend_names", labels)
    pyspedas.tplot_tools.data_quants[name].attrs["plot_options"]["create_time"] = CREATED


if __name__ == "__main__":
    save(Path(sys.argv[1]))
