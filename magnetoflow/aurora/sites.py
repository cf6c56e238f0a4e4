"""Cameras of the THEMIS ground-based observatories. No numpy: the configuration is checked against this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Site:
    """Where a camera stands.

    Attributes
    ----------
    latitude, longitude : float [deg]
        Geographic, north and east; rounded to a few kilometres.
    """

    latitude: float
    longitude: float


SITES: Mapping[str, Site] = MappingProxyType(
    {
        "atha": Site(54.72, -113.31),
        "chbg": Site(49.81, -74.42),
        "ekat": Site(64.73, -110.67),
        "fsim": Site(61.76, -121.27),
        "fsmi": Site(60.03, -111.93),
        "fykn": Site(66.56, -145.22),
        "gako": Site(62.41, -145.16),
        "gbay": Site(53.32, -60.46),
        "gill": Site(56.35, -94.66),
        "inuv": Site(68.41, -133.77),
        "kapu": Site(49.39, -82.32),
        "kian": Site(66.97, -160.44),
        "kuuj": Site(58.16, -68.53),
        "mcgr": Site(62.95, -155.60),
        "nrsq": Site(61.16, -45.44),
        "pgeo": Site(53.82, -122.83),
        "pina": Site(50.16, -96.07),
        "rank": Site(62.82, -92.11),
        "snkq": Site(56.54, -79.23),
        "talo": Site(69.54, -93.56),
        "tpas": Site(53.99, -100.94),
        "whit": Site(61.01, -135.22),
        "yknf": Site(62.52, -114.32),
    }
)
