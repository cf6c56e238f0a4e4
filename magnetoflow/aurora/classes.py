"""The four classes of a frame, their order, and the quality flags of a frame. No numpy: rules import this."""

from __future__ import annotations

from enum import IntFlag

CLASSES = ("bad_viewing", "no_aurora", "other_aurora", "pulsating")
"""Index in this tuple is the number in published tables."""

BAD_VIEWING, NO_AURORA, OTHER_AURORA, PULSATING = range(4)
UNLABELLED = -1


class Flag(IntFlag):
    """What is unusual about a frame; 0 is nothing."""

    BLACK = 1
    """Nothing above the dark level anywhere in the sky."""

    SATURATED = 2
    """More than a tenth of the sky at 65535."""

    CLOCK_BACK = 4
    """The camera's clock stood before the previous frame of the file."""

    GAP_BEFORE = 8
    """More than 1.5 cadences since the previous frame, or the first frame of a shard."""

    SHORT_CONTEXT = 16
    """Too few neighbours in time for temporal inputs: judged from its own brightness mostly."""

    SUN_UP = 32
    """Sun above the limit of the configuration."""

    MOON_UP = 64
    """Moon above the horizon and more than half lit."""

    NO_SKYMAP = 128
    """No mask: pixels below the elevation limit were used."""
