"""Names of the figures of an event, known before any is drawn, with what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CAPTIONS: Mapping[str, str] = {
    "overlay": "All spacecraft against the time since their own crossing of the main pass; left unaligned.",
    "methods": "Normals of all methods on the plane tangent to the chosen one, angles to it, and speeds; "
    "bars and ellipses are 1-sigma errors, grey is not reliable.",
    "timing": "Crossing times against position along N, residuals, and crossings foretold by others.",
    "displacement": "Displacement of the boundary along N with its 1-sigma error, and speed along N.",
    "hodogram": "Hodograms of the field along L, M, N around the crossing.",
    "walen": "Walen test: flow in the deHoffmann-Teller frame against the Alfven velocity.",
    "gradients": "Minimum directional derivative, speed of the structure, and current density.",
    "formation": "Positions of the spacecraft along L, M, N, and beside the model magnetopause.",
    "overview_both": "Field and ions of all spacecraft.",
    "overview_field": "Field of each spacecraft along L, M, N.",
    "overview_plasma": "Density and ion velocity of each spacecraft.",
    "spectrograms_ion": "Ion energy flux.",
    "spectrograms_electron": "Electron energy flux.",
    "spectrograms_combined": "Ion and electron energy flux.",
}
"""Of the figures of all spacecraft, in the order of the page."""
SUMMARY = (
    "Field, densities, speeds along N, pressures, electrons less ions and He+ over ions, energy flux: "
    "MMS{probe}."
)


def figure_names(probes: Sequence[int]) -> list[str]:
    """Names of all figures of an event; the files add a suffix.

    Parameters
    ----------
    probes : sequence of int
    """
    return [*(f"summary_mms{probe}" for probe in probes), *CAPTIONS]


def caption(name: str) -> str:
    """Sentence below a figure."""
    if name.startswith("summary_mms"):
        return SUMMARY.format(probe=name.removeprefix("summary_mms"))
    return CAPTIONS[name]
