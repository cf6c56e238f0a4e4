"""Bits of the ``quality`` column of the minute, feature and region tables."""

from __future__ import annotations

from enum import IntFlag


class Quality(IntFlag):
    """What is known against a minute; 0 means nothing."""

    NO_IONS = 1
    """No valid ion spectrum in the minute."""
    NO_FIELD = 2
    """No valid magnetic field in the minute."""
    MIXED_TABLES = 4
    """More than one energy table; spectra were interpolated to the most frequent one."""
    FLAGGED = 8
    """At least one spectrum was dropped for its DIS error flags."""
    INVALID_VALUES = 16
    """At least one flux was a fill value, not finite, or outside the valid range."""
    REPEATED_TIMES = 32
    """The files held repeated or disordered times in this minute."""
    DAMAGED_FILE = 64
    """A damaged file covers the minute and was left out (``on_damaged: gap``)."""
    NO_LOW_CHANNELS = 128
    """The energy table has no channel below 100 eV: the reference ratio is undefined."""
    ZERO_SPECTRUM = 256
    """Every flux of the mean spectrum is zero: treated as missing."""
    FEW_SAMPLES = 512
    """Fewer than half of the median number of spectra per minute of the event."""
    EDGE = 1024
    """The event starts or stops inside the minute."""
    FLAGGED_FIELD = 2048
    """At least one field sample was blanked by the FGM flag."""
