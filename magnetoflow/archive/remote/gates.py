"""What a file must pass before it gets its name; by product."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from magnetoflow.archive import images
from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.manifests import checked_records
from magnetoflow.errors import CorruptFile, DataError

Records = tuple[str | None, str | None]
"""Times of the first and last record; None where there are none, or where the kind has no such times."""
Gate = Callable[[Path], Records]


def gate_of(product: str, probe: str) -> Gate:
    """Check of the files of a product.

    Parameters
    ----------
    product : str
        A key of `PRODUCTS`, ``themis_asi`` or ``pfrr_dasc``.
    probe : str
        ``mms1``, ``rbspa`` or a site.

    Returns
    -------
    callable
        Takes a path, raises :class:`~magnetoflow.errors.CorruptFile`.
    """
    if product == images.PRODUCT:
        return lambda path: _check_minute(path, probe)
    if product not in PRODUCTS:
        return _check_fits
    kind = PRODUCTS[product]

    def check(path: Path) -> Records:
        try:
            return checked_records(kind, probe, path)
        except CorruptFile:
            raise
        except DataError as error:  # such as no variable of times: complete, but not what its name says
            raise CorruptFile(path, f"{error.what}: {error.why}") from error

    return check


def check_skymap(path: Path) -> Records:
    """Decode all of an IDL save file where a crash does no harm."""
    from magnetoflow.io.integrity import decode_in_child

    decode_in_child(path)
    return None, None


def _check_minute(path: Path, site: str) -> Records:
    """Decode all frames of a minute file; its gzip CRC is checked on the way."""
    from magnetoflow.io.pgm import decode_minute

    decode_minute(path, site=site)
    return None, None


FITS_BLOCK = 2880


def _check_fits(path: Path) -> Records:
    """Compare the size of a FITS image with its header (FITS standard 4.0, sections 3.3 and 4.4)."""
    content = path.read_bytes()
    cards = [content[at : at + 80].decode("ascii", "replace") for at in range(0, len(content), 80)]
    if not cards or not cards[0].startswith("SIMPLE  ="):
        raise CorruptFile(path, "not a FITS file: it does not start with SIMPLE")
    if len(content) % FITS_BLOCK:
        raise CorruptFile(path, f"{len(content)} bytes, not a multiple of {FITS_BLOCK}: truncated")
    ends = [row for row, card in enumerate(cards) if card.rstrip() == "END"]
    if not ends:
        raise CorruptFile(path, "the header has no END")
    values = {card[:8].strip(): card[10:].split("/")[0].strip() for card in cards[: ends[0]]}
    try:
        bits = abs(int(values["BITPIX"]))
        axes = [int(values[f"NAXIS{n + 1}"]) for n in range(int(values["NAXIS"]))]
    except (KeyError, ValueError) as error:
        raise CorruptFile(path, f"the header does not tell the size of the image: {error}") from error
    pixels = 1 if axes else 0
    for axis in axes:
        pixels *= axis
    header = -(-(ends[0] + 1) * 80 // FITS_BLOCK) * FITS_BLOCK
    if len(content) < header + pixels * bits // 8:
        raise CorruptFile(path, f"{len(content)} bytes, fewer than header and image have: truncated")
    return None, None
