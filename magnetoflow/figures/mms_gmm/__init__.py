"""Figures of the study ``mms_gmm``: plasma regions from ion spectrograms."""

from magnetoflow.figures.mms_gmm.crossings import crossings_figure
from magnetoflow.figures.mms_gmm.orbit import orbit_figure
from magnetoflow.figures.mms_gmm.regions import regions_figure
from magnetoflow.figures.mms_gmm.scatter import scatter_figure
from magnetoflow.figures.mms_gmm.selection import selection_figure
from magnetoflow.figures.mms_gmm.spectra import spectra_figure

__all__ = [
    "crossings_figure",
    "orbit_figure",
    "regions_figure",
    "scatter_figure",
    "selection_figure",
    "spectra_figure",
]
