from datetime import UTC, date, datetime

import pytest

from magnetoflow.workflow.canonical import canonical


def test_order_of_keys_does_not_count():
    assert canonical({"b": 1, "a": {"d": 2, "c": 3}}) == canonical({"a": {"c": 3, "d": 2}, "b": 1})


def test_swapped_values_and_renamed_keys_count():
    texts = {canonical(one) for one in ({"low": 1, "high": 2}, {"low": 2, "high": 1}, {"lo": 1, "high": 2})}
    assert len(texts) == 3


def test_times_are_written_in_utc():
    assert canonical([datetime(2015, 10, 17, 4, 55, tzinfo=UTC), date(2015, 10, 17)]) == (
        '["2015-10-17T04:55:00Z","2015-10-17"]'
    )


def test_undefined_numbers_and_unknown_objects_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
    with pytest.raises(TypeError, match="set"):
        canonical({1, 2})
