"""Events of wildcards: what a user types as a target."""

import pytest

from magnetoflow.errors import ConfigError
from magnetoflow.workflow.event_files import event_of

EVENTS = {name: name.upper() for name in ("sheath", "storm", *(f"day_{k}" for k in range(9)))}


def test_an_event_is_found():
    assert event_of(EVENTS, "storm", "mms_gmm") == "STORM"


@pytest.mark.parametrize(("name", "near"), [("sheat", "sheath"), ("xyz", "sheath, storm, day_0, day_1")])
def test_a_name_that_is_none_gives_near_names(name, near):
    with pytest.raises(ConfigError) as caught:
        event_of(EVENTS, name, "mms_gmm")
    assert f"{name} is no event of mms_gmm" in str(caught.value)
    assert f"near names of its 11 events: {near}\n" in str(caught.value)
