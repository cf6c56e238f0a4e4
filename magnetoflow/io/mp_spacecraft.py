"""Read all products of one spacecraft in a magnetopause event; say what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from magnetoflow.errors import InsufficientData
from magnetoflow.frames import rotate
from magnetoflow.io.cdf_file import CdfFile
from magnetoflow.io.mp_ephemeris import read_ephemeris
from magnetoflow.io.mp_fields import read_electric, read_field, read_potential
from magnetoflow.io.mp_options import LoadOptions
from magnetoflow.io.mp_particles import HPCA_SPECIES, read_fpi, read_hpca
from magnetoflow.mms_mp.data import FRAME, Floats, Plasma, Spacecraft, Spectrogram, require_frame, turned
from magnetoflow.series import Series

Files = Mapping[str, Sequence[Path]]
T = TypeVar("T")
VERSION = re.compile(r"(.*)(?:_v(\d+(?:\.\d+)*)\.cdf|\.V(\d+))")
"""Name of a file without its version, and the version."""


@dataclass
class SpacecraftReader:
    """Reads one spacecraft.

    Attributes
    ----------
    probe : int
    files : mapping of str to sequence of Path
        By quantity.
    start, stop : datetime
        UTC, half open.
    rate : str
    options : LoadOptions
    rotation : (3, 3) ndarray
        From GSE to the frame of the event.
    """

    probe: int
    files: Files
    start: datetime
    stop: datetime
    rate: str
    options: LoadOptions
    rotation: Floats

    def spacecraft(self, remarks: Sequence[str] = ()) -> Spacecraft:
        """Read everything.

        Parameters
        ----------
        remarks : sequence of str
            Notes to begin with.

        Raises
        ------
        MissingData, InsufficientData
            The spacecraft has no field or position in the interval.
        VariableError, CorruptFile
            A file that is there cannot be used.
        """
        self.notes, self.used = list(remarks), set[str]()
        whole: dict[str, Any] = {"probe": self.probe, "start": self.start, "stop": self.stop}
        field_rate = "brst" if self.rate == "brst" else "srvy"
        b = read_field(self.files.get("field", ()), rate=field_rate, **whole)
        orbit = read_ephemeris(self.files, field_rate=field_rate, source=self.options.ephemeris, **whole)
        self.used |= {path.name for path in (*self.files["field"], *orbit.files)}
        self.notes += orbit.notes
        plasma, spectra = self._fpi(whole)
        plasma |= self._hpca(whole)
        e = potential = None
        if self.options.electric != "none":
            quality: dict[str, Any] = {
                "min_quality": self.options.min_e_quality,
                "rate": self.options.electric,
            }
            e = self._optional("electric", "electric field (EDP)", partial(read_electric, **quality, **whole))
            if self.options.potential:
                potential = self._optional("potential", "potential (EDP)", partial(read_potential, **whole))
        self._note_versions()
        return Spacecraft(
            self.probe,
            self._turn(b),
            self._turn(orbit.position),
            None if orbit.velocity is None else self._turn(orbit.velocity),
            orbit.source,
            {name: self._turn_plasma(one) for name, one in plasma.items()},
            None if e is None else self._turn(e),
            potential,
            spectra,
            tuple(sorted(self.used)),
            tuple(self.notes),
        )

    def _optional(self, quantity: str, label: str, read: Callable[[Sequence[Path]], T]) -> T | None:
        """Read a product that may be missing; None, with a note, where there is no file or no record."""
        paths = self.files.get(quantity, ())
        if not paths:
            self.notes.append(f"no {label}: no file")
            return None
        try:
            found = read(paths)
        except InsufficientData as error:
            self.notes.append(f"no {label}: {error.what}; {error.why}")
            return None
        self.used |= {path.name for path in paths}
        return found

    def _fpi(self, whole: Mapping[str, Any]) -> tuple[dict[str, Plasma], dict[str, Spectrogram]]:
        plasma, spectra = {}, {}
        for quantity, species, bits in (
            ("ions", "ion", self.options.ion_flag_bits),
            ("electrons", "electron", self.options.electron_flag_bits),
        ):
            more: dict[str, Any] = {
                "species": species,
                "rate": self.rate,
                "flag_bits": bits,
                "spectra": self.options.spectra,
            }
            found = self._optional(quantity, f"{quantity} (FPI)", partial(read_fpi, **more, **whole))
            if found is None:
                continue
            plasma[species] = found[0]
            if found[1] is not None:
                spectra[species] = found[1]
            elif self.options.spectra:
                self.notes.append(f"no spectra of {quantity}: the files have none")
        return plasma, spectra

    def _hpca(self, whole: Mapping[str, Any]) -> dict[str, Plasma]:
        if not self.options.hpca:
            return {}
        paths = self.files.get("hpca", ())
        if not paths:
            self.notes.append("no HPCA: no file")
            return {}
        held = set.intersection(*(set(CdfFile(path).variables) for path in paths))
        species = [s for s in HPCA_SPECIES if f"mms{self.probe}_hpca_{s}_number_density" in held]
        plasma = {}
        for name in species or ["heplus"]:  # of files without any the reader says what it missed
            found = self._optional("hpca", f"{name} (HPCA)", partial(read_hpca, species=name, **whole))
            if found is None:
                continue
            plasma[name] = found
            if found.counts["no_velocity"]:
                self.notes.append(f"no velocity of {name}: the files state none in GSE or GSM")
        self.notes += [f"no {name}: not in the HPCA files" for name in HPCA_SPECIES if name not in species]
        return plasma

    def _note_versions(self) -> None:
        for quantity, paths in self.files.items():
            found = {match[2] or match[3] for path in paths if (match := VERSION.fullmatch(path.name))}
            if len(found) > 1:
                self.notes.append(f"{quantity}: files of versions {', '.join(sorted(found))}")

    def _turn(self, series: Series) -> Series:
        require_frame("GSE", series)
        return turned(series, self.rotation, FRAME)

    def _turn_plasma(self, plasma: Plasma) -> Plasma:
        require_frame("GSE", plasma)
        p = plasma.p_npa
        if p is not None:
            p = np.einsum("ij,tjk,lk->til", self.rotation, p, self.rotation)
        v = rotate(self.rotation, plasma.v_km_s)
        return Plasma(
            plasma.species, plasma.time, plasma.n_cm3, v, plasma.cadence_s, FRAME, p, plasma.t_para_ev,
            plasma.t_perp_ev, plasma.n_error_cm3, plasma.v_error_km_s, plasma.counts,
        )  # fmt: skip
