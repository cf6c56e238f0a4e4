"""Conda environments, one per study, written from one table and from the pins of ``constraints.txt``."""

from __future__ import annotations

from pathlib import Path

from magnetoflow.io.atomic import write_text

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"

CONDA_NAMES = {"torch": "pytorch", "matplotlib": "matplotlib-base", "isal": "python-isal"}
"""Names on conda-forge where they differ from those on PyPI."""

IMPORT_NAMES = {"yaml": "pyyaml", "sklearn": "scikit-learn", "imageio_ffmpeg": "imageio-ffmpeg"}
"""Names in import statements where they differ from those on PyPI."""

ARCHIVE = ("numpy", "cdflib", "pydantic")
ENVIRONMENTS: dict[str, tuple[str, ...]] = {
    "archive": (*ARCHIVE, "scipy", "isal", "requests", "urllib3", "filelock"),
    "mms_gmm": (
        *ARCHIVE,
        "scipy",
        "pandas",
        "xarray",
        "h5netcdf",
        "h5py",
        "numba",
        "spacepy",
        "scikit-learn",
        "matplotlib",
    ),
    "mms_mp": (
        *ARCHIVE,
        "scipy",
        "pandas",
        "xarray",
        "h5netcdf",
        "h5py",
        "numba",
        "spacepy",
        "matplotlib",
    ),
    "mms_rnn": (
        *ARCHIVE,
        "scipy",
        "pandas",
        "xarray",
        "h5netcdf",
        "h5py",
        "spacepy",
        "matplotlib",
        "torch",
    ),
    "rept_pad": (
        *ARCHIVE,
        "scipy",
        "pandas",
        "xarray",
        "h5netcdf",
        "h5py",
        "pyarrow",
        "numba",
        "spacepy",
        "scikit-learn",
        "matplotlib",
        "torch",
    ),
    "aurora": (
        *ARCHIVE,
        "scipy",
        "pandas",
        "xarray",
        "h5netcdf",
        "h5py",
        "numba",
        "spacepy",
        "scikit-learn",
        "matplotlib",
        "torch",
        "isal",
        "openpyxl",
        "imageio-ffmpeg",
    ),
}
"""Packages that the scripts of a study import, directly or through magnetoflow, by their names on PyPI."""


def read_pins(path: Path = ROOT / "constraints.txt") -> dict[str, str]:
    """Exact versions of the constraints file, by lower-case name."""
    rows = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(row.lower().split("==") for row in rows if "==" in row)


def environment_text(name: str, pins: dict[str, str]) -> str:
    """Content of ``envs/<name>.yaml``.

    Parameters
    ----------
    name : str
        A key of :data:`ENVIRONMENTS`.
    pins : dict of str to str
        Version by name on PyPI.
    """
    packages = sorted(ENVIRONMENTS[name])
    return "\n".join(
        [
            "# Written by `make envs` from magnetoflow/workflow/environments.py and constraints.txt.",
            f"name: magnetoflow-{name}",
            "channels:",
            "  - conda-forge",
            "  - nodefaults",
            "dependencies:",
            f"  - python ={PYTHON}",
            *(f"  - {CONDA_NAMES.get(package, package)} ={pins[package]}" for package in packages),
            "",
        ]
    )


def main() -> None:
    """Write every environment file."""
    pins = read_pins()
    for name in ENVIRONMENTS:
        write_text(ROOT / "envs" / f"{name}.yaml", environment_text(name, pins))


if __name__ == "__main__":
    main()
