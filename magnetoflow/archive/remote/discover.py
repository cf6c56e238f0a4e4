"""What the archives have of one product, probe and day."""

from __future__ import annotations

from datetime import date, datetime

from magnetoflow.archive.images import PRODUCT as IMAGES
from magnetoflow.archive.layout import product_of
from magnetoflow.archive.remote.calgary import ask_images, list_images, list_skymaps
from magnetoflow.archive.remote.listed import Asker, Listing
from magnetoflow.archive.remote.pfrr import list_pfrr
from magnetoflow.archive.remote.sdc import discover_sdc
from magnetoflow.archive.remote.settings import Settings
from magnetoflow.archive.remote.spdf import discover_spdf

PFRR = "pfrr_dasc"


def discover(
    client: Asker,
    settings: Settings,
    product: str,
    probe: str,
    day: date,
    span: tuple[datetime, datetime] | None = None,
) -> Listing:
    """Ask the archive of a product what it has of one probe and day, in all versions.

    Parameters
    ----------
    client : Client
    settings : Settings
    product : str
        A key of `magnetoflow.archive.layout.PRODUCTS`, ``themis_asi`` or ``pfrr_dasc``.
    probe : str
        ``mms1``, ``rbspa``; the camera of images, ``gill``; the wavelength of Poker Flat's, ``0558``, or
        ``pkr`` for all.
    day : date
        UTC.
    span : (datetime, datetime), optional
        Only images of hours that overlap [start, stop) are listed; other products are listed by day always.

    Returns
    -------
    Listing

    Raises
    ------
    ArchiveError
        There is no such product.
    DownloadError
        An answer is not what the archive answers; or as the client raises. A folder that is not there (404)
        is no error: the listing says so.
    """
    if product == IMAGES:
        images = ask_images if settings.images == "api" else list_images
        return images(client, settings, probe, day, span)
    if product == PFRR:
        return list_pfrr(client, settings.pfrr, probe, day, span)
    kind = product_of(product)
    # orbits as text are not at SPDF
    if kind.text or (kind.folder.startswith("mms/") and settings.mms == "sdc"):
        return discover_sdc(client, settings.sdc, kind, probe, day)
    return discover_spdf(client, settings.spdf, kind, probe, day)


def discover_skymaps(client: Asker, settings: Settings, site: str) -> Listing:
    """Ask Calgary for all skymaps of a camera; the slot of each is its first day.

    Raises
    ------
    DownloadError
        As in `discover`.
    """
    return list_skymaps(client, settings, site)
