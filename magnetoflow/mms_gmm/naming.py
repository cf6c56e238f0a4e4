"""Names of mixture components, by written rules on their centroids; never by their order.

A rule is a box in physical feature units. The cost of a name is how far the centroid lies outside the box, in
tenths of a decade (robust features) or tenths of a unit (reference features).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from magnetoflow.mms_gmm.regions import REGIONS

Floats = NDArray[np.float64]
Box = Mapping[str, tuple[float, float]]

ANY = float("inf")
TOLERANCE = 1.0
"""Largest cost at which a name is still given: a tenth of a decade outside the box."""
FORBIDDEN = 1e6
"""Cost of another name for a centroid inside a box."""

ROBUST_RULES: Mapping[str, Sequence[Box]] = {
    # one narrow beam at 0.3-4 keV and nothing above 9 keV
    "solar_wind": [{"log_energy": (2.4, 3.75), "log_core": (-ANY, -0.86), "log_excess": (-ANY, 0.7)}],
    # the beam, slower or broader, with ions above 9 keV
    "ion_foreshock": [{"log_energy": (2.4, 3.75), "log_core": (-ANY, -0.86), "log_excess": (0.7, ANY)}],
    # shocked plasma: broad, below a few keV, and dense
    "magnetosheath": [{"log_energy": (2.3, 3.65), "log_core": (-0.86, -0.2), "log_flux": (6.0, ANY)}],
    "magnetosphere": [
        # hot plasma of ring current and plasma sheet: the spectrum rises towards the upper limit
        {"log_energy": (3.65, ANY), "log_core": (-1.1, ANY)},
        # lobe: too few ions for any peak
        {"log_flux": (-ANY, 5.7), "log_core": (-0.86, ANY)},
    ],
}

REFERENCE_RULES: Mapping[str, Sequence[Box]] = {
    "solar_wind": [{"ratio_max_width": (-ANY, 0.25), "ratio_high_low": (-ANY, 1.25)}],
    "ion_foreshock": [{"ratio_max_width": (-ANY, 0.25), "ratio_high_low": (1.25, ANY)}],
    "magnetosheath": [{"ratio_max_width": (0.25, ANY)}],
}
"""The magnetosphere has no box: its minutes are those that the definition sets to zero."""

RULES = {"robust": ROBUST_RULES, "reference": REFERENCE_RULES}


def name_components(
    centroids: Floats, features: Sequence[str], rules: Mapping[str, Sequence[Box]]
) -> tuple[str, ...]:
    """Name each component.

    Parameters
    ----------
    centroids : (component, feature) ndarray
        In physical feature units.
    features : sequence of str
        Names of the features, in order.
    rules : mapping of str to sequence of Box
        Boxes of each region; a centroid inside any of them may take the name.

    Returns
    -------
    tuple of str
        A region for each component, or ``unknown``. First every region gets the component that suits it, so
        that the sum of costs is least (Hungarian method); each further component takes its cheapest name.
    """
    names = [region for region in REGIONS if region in rules]
    cost = np.array([[_cost(c, features, rules[name]) for c in centroids] for name in names])
    cost[(cost > 0) & (cost == 0).any(axis=0)] = FORBIDDEN
    chosen = ["unknown"] * len(centroids)
    for component in range(len(centroids)):
        cheapest = int(cost[:, component].argmin())
        if cost[cheapest, component] <= TOLERANCE:
            chosen[component] = names[cheapest]
    for region, component in zip(*linear_sum_assignment(cost), strict=True):
        if cost[region, component] <= TOLERANCE:
            chosen[component] = names[region]
    return tuple(chosen)


def _cost(centroid: Floats, features: Sequence[str], boxes: Sequence[Box]) -> float:
    """Distance to the nearest of the boxes, in tenths of a feature unit."""
    at = dict(zip(features, centroid, strict=True))
    outside = [
        sum(max(low - at[name], at[name] - high, 0.0) ** 2 for name, (low, high) in box.items())
        for box in boxes
    ]
    return 10.0 * float(np.sqrt(min(outside)))
