"""The published weights: a zip file of torch whose arrays are read raw. Its pickle is never executed."""

from __future__ import annotations

import hashlib
import io
import pickletools
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from magnetoflow.errors import ModelError
from magnetoflow.mms_rnn.network import PUBLISHED_WINDOW, Network, shapes

PUBLISHED_SHA256 = "99749fe78faf3b7f85990e94e38a1920a9edcea68cfcb442b0e09dd74ba95415"
SHAPES = shapes("elman", 42, 3)
"""Names and shapes in the order of the members ``data/0``, ``data/1`` ..."""
MOST_BYTES = 1 << 20
"""The published file takes 44 kB."""
GLOBALS = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch FloatStorage"}
"""All that the index of a file of this layout names; another name would be code to run."""
OTHERS = ("version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id")
CONVERT = (
    "give the published file of the weights; for others of the same layout, check where they come from and "
    "set mms_rnn.model.sha256 to their sha256; else convert them to a folder with model.json and arrays.npz"
)


def read_published(path: str | Path, allowed_sha256: str | None = None) -> Network:
    """Read the published weights, or others of the same layout.

    Parameters
    ----------
    path : path
    allowed_sha256 : str, optional
        Hash of a file that is accepted beside the published one.

    Returns
    -------
    Network
        Temperature 1, inputs as they are.

    Raises
    ------
    ModelError
        The hash is another one (nothing of the file is decoded then); not a zip file of torch with exactly
        the weights of :data:`SHAPES`; weights that are not finite.
    """
    path = Path(path)
    content, hashed = accepted_bytes(path, allowed_sha256)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            prefix = _check_members(archive.infolist())
            _check_index(archive.read(f"{prefix}/data.pkl"))
            order = f"{prefix}/byteorder"
            if order in archive.namelist() and archive.read(order) != b"little":
                raise ValueError("numbers that are not little-endian")
            arrays = {name: _array(archive.read(f"{prefix}/data/{k}"), name) for k, name in enumerate(SHAPES)}
    except (zipfile.BadZipFile, ValueError, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        raise ModelError("file of weights refused", where=path, why=str(error)[:300], todo=CONVERT) from error
    published = hashed == PUBLISHED_SHA256
    return Network(
        "elman",
        arrays,
        window=PUBLISHED_WINDOW,
        trained_on="a particle-in-cell run (doi:10.1029/2025JA034383)" if published else "unknown data",
        recipe=hashed,
    )


def accepted_bytes(path: Path, allowed_sha256: str | None = None) -> tuple[bytes, str]:
    """Content and hash of a file whose hash is the published or the allowed one.

    Raises
    ------
    ModelError
        There is no such file, or its hash is another one.
    """
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        why = error.strerror or str(error)
        raise ModelError("no file of weights", where=path, why=why, todo=CONVERT) from error
    if size > MOST_BYTES:
        why = f"{size} bytes, at most {MOST_BYTES}"
        raise ModelError("file of weights refused", where=path, why=why, todo=CONVERT)
    hashed = hashlib.sha256(content).hexdigest()
    if hashed not in {PUBLISHED_SHA256, (allowed_sha256 or "").lower()}:
        other = f", mms_rnn.model.sha256 says {allowed_sha256}" if allowed_sha256 else ""
        why = f"sha256 {hashed}, the published file has {PUBLISHED_SHA256}{other}"
        raise ModelError("file of weights refused: not opened", where=path, why=why, todo=CONVERT)
    return content, hashed


def _check_members(members: list[zipfile.ZipInfo]) -> str:
    """Refuse other members or sizes than a file of this layout has; return the folder that all lie in."""
    sizes = {member.filename: member.file_size for member in members}
    prefix = members[0].filename.split("/")[0] if members else ""
    expected = {f"{prefix}/data/{k}": 4 * int(np.prod(shape)) for k, shape in enumerate(SHAPES.values())}
    needed = {*expected, f"{prefix}/data.pkl"}
    other = needed ^ (set(sizes) - {f"{prefix}/{name}" for name in OTHERS})
    if other or len(sizes) != len(members):
        raise ValueError(f"members {', '.join(sorted(other))[:200]} are missing, unknown or repeated")
    for member in members:
        wanted = expected.get(member.filename, member.file_size)
        if member.file_size != wanted or member.compress_type != zipfile.ZIP_STORED:
            found = f"{member.file_size} bytes, compression {member.compress_type}"
            raise ValueError(f"{member.filename}: {found}, expected {wanted} bytes, not compressed")
    return prefix


def _check_index(pickled: bytes) -> None:
    """Compare names, members, shapes and strides in the index with the table, without executing it."""
    said: list[str | int] = []
    for code, argument, _ in pickletools.genops(pickled):
        if code.name in {"GLOBAL", "STACK_GLOBAL", "INST"} and argument not in GLOBALS:
            raise ValueError(f"its index names {argument or 'code'}, which is no weight")
        if isinstance(argument, str | int) and code.name in {"BININT1", "BININT2", "BININT", "BINUNICODE"}:
            said.append(argument)
    said = [word for word in said if word != "storage" and not str(word).startswith(("cpu", "cuda"))]
    expected: list[str | int] = []
    for k, (name, shape) in enumerate(SHAPES.items()):
        strides = (shape[1], 1) if len(shape) == 2 else (1,)
        expected += [name, str(k), int(np.prod(shape)), 0, *shape, *strides]
    if said[: len(expected)] != expected:
        raise ValueError("its index lists other names, shapes or members, or in another order")


def _array(content: bytes, name: str) -> NDArray[np.float32]:
    """Weights of one member."""
    array = np.frombuffer(content, dtype="<f4").reshape(SHAPES[name]).astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")
    return array
