"""Write hour files of the synthetic cameras in the form of ``thg_l1_asf``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import atomic_path
from magnetoflow.sample.cdf import load_pycdf

EPOCH_1970_MS = 62_167_219_200_000.0


def hour_path(site: str, hour: datetime) -> Path:
    """Path of an hour file below the archive's root."""
    return Path(f"themis/asi/l1/thg_l1_asf_{site}_{hour:%Y%m%d%H}_v01.cdf")


def write_hour(path: Path, site: str, time: NDArray[np.datetime64], images: NDArray[np.uint16]) -> None:
    """Write frames of one hour.

    Parameters
    ----------
    path : Path
        Final name.
    site : str
    time : (frame,) ndarray of datetime64[us]
        Begins of the exposures, UTC. ``_time`` has them as whole 3 s steps, ``_epoch`` to the millisecond.
    images : (frame, 256, 256) ndarray of uint16 [count]

    Raises
    ------
    ArchiveError
        The file cannot be written.
    """
    pycdf = load_pycdf()
    exact_ms = time.astype("datetime64[ms]").astype(np.int64).astype(np.float64)
    name = f"thg_asf_{site}"
    values: list[tuple[str, NDArray[Any], Any, bool, str]] = [
        (name, images, pycdf.const.CDF_UINT2, True, "counts"),
        (f"{name}_time", 3.0 * np.floor(exact_ms / 3000.0), pycdf.const.CDF_REAL8, True, "sec"),
        (f"{name}_epoch", exact_ms + EPOCH_1970_MS, pycdf.const.CDF_EPOCH, True, "msec"),
        (f"{name}_row", np.arange(256, dtype=np.uint16), pycdf.const.CDF_UINT2, False, "hpix#"),
        (f"{name}_column", np.arange(256, dtype=np.uint16), pycdf.const.CDF_UINT2, False, "wpix#"),
    ]
    with atomic_path(path) as part:
        part.unlink(missing_ok=True)
        try:
            with pycdf.CDF(str(part), "") as file:
                file.attrs["Logical_file_id"], file.attrs["Acknowledgement"] = (
                    path.stem,
                    "synthetic sample data",
                )
                for title, content, kind, varies, unit in values:
                    packing = (
                        {"compress": pycdf.const.GZIP_COMPRESSION, "compress_param": 6} if varies else {}
                    )
                    file.new(title, content, type=kind, recVary=varies, **packing)
                    file[title].attrs["UNITS"] = unit
        except pycdf.CDFError as error:
            raise ArchiveError("file cannot be written", where=path, why=str(error)) from error
