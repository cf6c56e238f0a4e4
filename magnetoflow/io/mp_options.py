"""How a magnetopause event is read. No numpy here: the configuration may import this module."""

from __future__ import annotations

from dataclasses import dataclass

from magnetoflow.errors import ConfigError

FLAG_BITS = (0, 1, 11)
"""Flagged by hand, saturated, error of compression. A good file may have bit 9 set throughout."""
CHOICES = {
    "ephemeris": ("auto", "mec", "defeph", "fgm"),
    "electric": ("none", "fast", "brst"),
    "missing_probe": ("fail", "leave_out"),
}


@dataclass(frozen=True)
class LoadOptions:
    """What is read, and how.

    Attributes
    ----------
    ephemeris : str
        ``auto`` (MEC, else DEFEPH, else FGM), ``mec``, ``defeph``, ``fgm``.
    electric : str
        Rate of the electric field: ``none``, ``fast``, ``brst``.
    hpca, potential, spectra : bool
        Whether HPCA moments, the potential of the spacecraft, and FPI spectra are read.
    ion_flag_bits, electron_flag_bits : tuple of int
        Bits of the FPI error flags that mask a record.
    min_e_quality : int
        Least quality of the electric field, 0 to 3.
    missing_probe : str
        A spacecraft without field or position: ``fail``, or ``leave_out``.

    Raises
    ------
    ConfigError
        A value is not one of the choices.
    """

    ephemeris: str = "auto"
    electric: str = "fast"
    hpca: bool = True
    potential: bool = True
    spectra: bool = True
    ion_flag_bits: tuple[int, ...] = FLAG_BITS
    electron_flag_bits: tuple[int, ...] = FLAG_BITS
    min_e_quality: int = 1
    missing_probe: str = "fail"

    def __post_init__(self) -> None:
        """Refuse unknown choices."""
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ConfigError(
                    f"{name} is {getattr(self, name)!r}", why=f"expected one of {', '.join(allowed)}"
                )
