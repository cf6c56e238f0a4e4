"""What the codes of the label sheets mean, as classes. No numpy: the configuration reads label sheets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from magnetoflow.aurora.classes import BAD_VIEWING, CLASSES, NO_AURORA, OTHER_AURORA, PULSATING

CODES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "p": (PULSATING,),
        "pa": (PULSATING,),
        "ps": (PULSATING,),
        "pulsating": (PULSATING,),
        "pulasting": (PULSATING,),  # as written in a published sheet
        "dis": (OTHER_AURORA,),
        "sub": (OTHER_AURORA,),
        "dis-sub": (OTHER_AURORA,),
        "diff": (OTHER_AURORA,),
        "discrete": (OTHER_AURORA,),
        "diffuse": (OTHER_AURORA,),
        "substorm": (OTHER_AURORA,),
        "cs": (NO_AURORA,),
        "cm": (NO_AURORA,),
        "co": (NO_AURORA,),  # the sheets' own legend: clear sky with an obstruction
        "bv": (BAD_VIEWING,),
        "cl": (BAD_VIEWING,),
        "clouds": (BAD_VIEWING,),
        "s": (BAD_VIEWING,),
        "sunrise": (BAD_VIEWING,),
        "sunsrise": (BAD_VIEWING,),  # as written in a published sheet
        "sunset": (BAD_VIEWING,),
        "np": (NO_AURORA, OTHER_AURORA),
        "patchy aurora": (OTHER_AURORA, PULSATING),
        **{name.replace("_", " "): (index,) for index, name in enumerate(CLASSES)},
    }
)
"""Code, in lower case with single spaces, to the classes that it leaves possible.

``np`` is "non-pulsating but good viewing condition": not a class, but not pulsating.
Patches may pulsate or not.
"""

NOTES: Mapping[str, str] = MappingProxyType(
    {
        "np": "non-pulsating, good viewing, class unknown",
        "patchy aurora": "patches, pulsating or not",
    }
)


def normal_code(text: str) -> str:
    """Lower case, ``_`` as space, single spaces, no spaces around commas."""
    parts = (" ".join(part.replace("_", " ").split()) for part in text.casefold().split(","))
    return ",".join(part for part in parts if part)


def possible_classes(text: str, codes: Mapping[str, tuple[int, ...]] = CODES) -> tuple[int, ...] | None:
    """Classes that a code leaves possible.

    Parameters
    ----------
    text : str
        As in the sheet: ``bv``, ``BV``, ``co, cm``. Of several codes, each stays possible.
    codes : mapping of str to tuple of int, optional
        Normal code to class indices.

    Returns
    -------
    tuple of int or None
        Sorted indices in :data:`magnetoflow.aurora.classes.CLASSES`; None for an unknown code.
    """
    parts = normal_code(text).split(",")
    if any(part not in codes for part in parts):
        return None
    return tuple(sorted({index for part in parts for index in codes[part]}))
