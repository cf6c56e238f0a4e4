"""Region lists and crossings of label sequences that are written out."""

import numpy as np
import pandas as pd

from magnetoflow.mms_gmm.lists import CROSSING_COLUMNS, crossing_table, region_lists
from magnetoflow.mms_gmm.regions import REGIONS

SHORT = {"w": "solar_wind", "f": "ion_foreshock", "s": "magnetosheath", "m": "magnetosphere", "?": "unknown"}


def table(text, event="one", start="2017-11-03T04:00", probe=1):
    """Labels, one letter a minute; the named region is certain."""
    named = [SHORT[letter] for letter in text]
    frame = pd.DataFrame(
        {
            "event": event,
            "time": np.datetime64(start, "ns") + np.arange(len(text)) * np.timedelta64(60, "s"),
            "probe": probe,
            "named_label": np.array(named, dtype=object),
        }
    )
    for region in REGIONS:
        chance = np.array([1.0 if name == region else 0.0 for name in named])
        frame[f"p_{region}"] = np.where(np.array(named) == "unknown", np.nan, chance)
    return frame


def crossings(text, **options):
    return crossing_table(table(text), **{"stable_minutes": 3, "max_unknown": 0.2, **options})


def test_a_stay_ends_at_second_59_of_its_last_minute():
    stays = region_lists(table("w" * 16 + "s" * 14), min_minutes=15)
    assert stays["solar_wind"].to_numpy().tolist() == [
        [pd.Timestamp("2017-11-03T04:00:00"), pd.Timestamp("2017-11-03T04:15:59"), 1]
    ]
    assert len(stays["magnetosheath"]) == 0
    assert list(stays) == list(REGIONS)


def test_an_unknown_minute_and_a_new_event_end_a_stay():
    labels = pd.concat([table("www?ww"), table("ww", event="two", start="2017-11-03T04:06", probe=2)])
    stays = region_lists(labels, min_minutes=2)["solar_wind"]
    assert stays["probe"].tolist() == [1, 1, 2]
    assert region_lists(labels, min_minutes=4)["solar_wind"].empty


def test_kinds_of_crossings_and_their_place():
    found = crossings("wwwfffsssmmm")
    assert list(found.columns) == list(CROSSING_COLUMNS)
    assert found["type"].tolist() == ["foreshock_boundary", "bow_shock", "magnetopause"]
    assert found["time"].dt.strftime("%H:%M:%S").tolist() == ["04:03:00", "04:06:00", "04:09:00"]
    assert found["clean"].tolist() == [1, 1, 1]
    assert (found["uncertainty_s"] == 30).all()


def test_a_jump_from_the_solar_wind_into_the_magnetosphere_is_unresolved():
    assert crossings("wwwmmm")["type"].tolist() == ["unresolved"]


def test_few_unknown_minutes_widen_a_crossing_and_many_hide_it():
    (one,) = crossings("sss??mmm").to_dict("records")
    assert one["time"] == pd.Timestamp("2017-11-03T04:04:00")
    assert one["uncertainty_s"] == 90
    assert crossings("sss????mmm").empty


def test_an_unstable_side_is_not_clean():
    assert crossings("sssmmsss")["clean"].tolist() == [0, 0]


def test_no_rows_give_empty_tables_with_their_columns():
    empty = table("w").iloc[:0]
    assert list(crossing_table(empty, stable_minutes=3, max_unknown=0.2).columns) == list(CROSSING_COLUMNS)
    assert all(len(stays) == 0 for stays in region_lists(empty, min_minutes=1).values())
