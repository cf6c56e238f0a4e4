"""Arrays of a model: plain numbers, bounded in size and number, never a pickle."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ModelError

MOST_BYTES = 64 << 20
"""A mixture of 64 components takes a few ten kB, a network half a MB; a larger member is a bomb."""
MOST_MEMBERS = 100


def read_arrays(
    path: Path, what: str, todo: str, names: tuple[str, ...] | None = None
) -> dict[str, NDArray[Any]]:
    """Read an npz file after a look at the names and sizes of its members.

    Parameters
    ----------
    path : Path
    what : str
        What the messages call it: ``model``, ``network``.
    todo : str
        The way out, for the messages.
    names : tuple of str, optional
        The arrays that it must hold, no more and no less.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ModelError
        It is damaged, holds other members or objects, or unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        found = [member.filename for member in members]
        if len(members) > MOST_MEMBERS or len(set(found)) != len(found):
            raise ValueError(f"{len(members)} members")
        foreign = any(not name.endswith(".npy") or "/" in name for name in found)
        if foreign or (names is not None and set(found) != {f"{name}.npy" for name in names}):
            raise ValueError(f"holds {', '.join(sorted(found))[:200]}")
        largest = max((member.file_size for member in members), default=0)
        if largest > MOST_BYTES:
            raise ValueError(f"an array of {largest} bytes")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"arrays of the {what} refused", where=path, why=str(error), todo=todo) from error
    except (zipfile.BadZipFile, zlib.error, tokenize.TokenError) as error:
        raise ModelError(f"arrays of the {what} refused", where=path, why=repr(error), todo=todo) from error
    except (MemoryError, OverflowError, SyntaxError) as error:
        raise ModelError(f"arrays of the {what} refused", where=path, why=repr(error), todo=todo) from error
