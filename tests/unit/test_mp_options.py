"""Options of the analysis against the configuration that they are made from."""

from dataclasses import fields, replace

import pytest

from magnetoflow.config.mms_mp import MmsMp
from magnetoflow.io.mp_options import LoadOptions
from magnetoflow.mms_mp.analysis import Options
from magnetoflow.mms_mp.options import options_of

SECTIONS = ("lmn", "detection", "timing", "motion", "hoffmann_teller", "formation", "gradients")


def sections(**changes):
    """Sections of the study as JSON has them: lists for tuples."""
    return MmsMp(**changes).model_dump(mode="json", include=set(SECTIONS))


def test_the_defaults_of_the_configuration_are_those_of_the_library():
    assert options_of(sections()) == Options()
    load = MmsMp().load.model_dump()
    assert LoadOptions(**load) == replace(LoadOptions(), potential=False)
    assert {one.name for one in fields(LoadOptions)} - set(load) == {"spectra"}


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("lmn", "window_s", 8.0),
        ("motion", "cadence_s", 1.5),
    ],
)
def test_keys_that_belong_to_the_whole_analysis_arrive_there(section, key, value):
    assert getattr(options_of(sections(**{section: {key: value}})), key) == value


def test_a_given_normal_and_limits_of_timing_arrive():
    options = options_of(
        sections(lmn={"method": "given", "n": [0.8, 0.5, -0.33]}, timing={"max_tilt_deg": 20, "min_lag_s": 1})
    )
    assert options.lmn.n == (0.8, 0.5, -0.33)
    assert (options.timing.timing.max_tilt_deg, options.timing.min_lag_s) == (20, 1)
