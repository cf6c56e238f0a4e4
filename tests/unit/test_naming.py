"""Names of components come from centroids, whatever their order."""

from itertools import permutations

import numpy as np
import pytest

from magnetoflow.mms_gmm.fitting import FEATURES
from magnetoflow.mms_gmm.naming import REFERENCE_RULES, ROBUST_RULES, name_components
from magnetoflow.mms_gmm.regions import REGIONS, UNKNOWN

ROBUST = FEATURES["robust"]


def centroid(**features):
    return [features.get(name, 0.5) for name in ROBUST]


WIND = centroid(log_flux=6.7, log_energy=3.2, log_core=-1.15, log_tail=-2.6, log_excess=0.3)
FORESHOCK = centroid(log_flux=6.6, log_energy=3.1, log_core=-1.0, log_tail=-1.3, log_excess=1.4)
SHEATH = centroid(log_flux=6.9, log_energy=3.0, log_core=-0.6, log_tail=-1.5, log_excess=1.2)
SPHERE = centroid(log_flux=6.0, log_energy=3.95, log_core=-0.6, log_tail=0.5, log_excess=1.9)
LOBE = centroid(log_flux=4.3, log_energy=3.4, log_core=-0.15, log_tail=0.0, log_excess=0.2)
NOTHING = centroid(log_flux=9.5, log_energy=1.5, log_core=0.3, log_tail=-3.0, log_excess=3.5)
FIVE = {"solar_wind": WIND, "ion_foreshock": FORESHOCK, "magnetosheath": SHEATH, "magnetosphere": SPHERE}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_names_follow_the_centroids_in_any_order(order):
    names = [list(FIVE)[k] for k in order]
    assert name_components(np.array([FIVE[n] for n in names]), ROBUST, ROBUST_RULES) == tuple(names)


def test_several_components_may_share_a_region_and_the_lobe_belongs_to_the_magnetosphere():
    found = name_components(np.array([SPHERE, LOBE, WIND, FORESHOCK, SHEATH, SHEATH]), ROBUST, ROBUST_RULES)
    assert found[:2] == ("magnetosphere", "magnetosphere")
    assert found[4:] == ("magnetosheath", "magnetosheath")


def test_a_centroid_far_from_every_rule_is_unknown():
    found = name_components(np.array([NOTHING, WIND]), ROBUST, ROBUST_RULES)
    assert found == (UNKNOWN, "solar_wind")


def test_names_are_not_handed_out_to_fill_the_list():
    sheath = np.array([SHEATH, SHEATH, np.add(SHEATH, 0.05), np.add(SHEATH, -0.05)])
    assert name_components(sheath, ROBUST, ROBUST_RULES) == ("magnetosheath",) * 4


def test_reference_names_by_width_and_ratio():
    features = ("ratio_max_width", "ratio_high_low", "norm_Bt")
    centroids = np.array([[0.45, 1.4, 0.3], [0.08, 1.35, 0.05], [0.11, 1.1, 0.1]])
    found = name_components(centroids, features, REFERENCE_RULES)
    assert found == ("magnetosheath", "ion_foreshock", "solar_wind")


def test_only_regions_of_the_study_are_named():
    assert set(ROBUST_RULES) == set(REGIONS)
    assert set(REFERENCE_RULES) < set(REGIONS)
