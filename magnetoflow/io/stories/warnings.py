"""What must be known before an event is published."""

from __future__ import annotations

from dataclasses import dataclass

from magnetoflow.io.overview.states import DONE, FAILED, NO_DATA
from magnetoflow.io.overview.used import Used
from magnetoflow.io.stories.place import CHANGED, COMMIT, Place
from magnetoflow.io.stories.text import Section, many, percent

LEAST_COVERED = 0.9


@dataclass(frozen=True)
class Facts:
    """What is asked of an event of any study.

    Attributes
    ----------
    state : str
        First line of its state.
    covered, whole : float
        Minutes, samples or seconds with data, and all of them.
    unit : str
        ``minutes have ions``.
    used : Used or None
        Its files.
    trained_on : str
        Training data of its model; empty where no model is used.
    later : str
        What is not as the run recorded it.
    """

    state: str
    covered: float
    whole: float
    unit: str
    used: Used | None = None
    trained_on: str = ""
    later: str = ""


def warnings(place: Place, facts: Facts, *more: tuple[bool, str]) -> Section:
    """List what speaks against publishing an event as it is, with what only its study knows."""
    used = facts.used or Used()
    archive = place.config.get("archive")
    texts = [
        (facts.state == FAILED, "the event failed: there is nothing to publish"),
        (facts.state == NO_DATA, "the archive has no data of the event: there is nothing to publish"),
        (facts.state not in (DONE, FAILED, NO_DATA), f"the event is {facts.state}"),
        (archive == "sample" and not place.instead, "the data are synthetic: nothing here is about nature"),
        (
            "synthetic" in facts.trained_on or "analytic" in facts.trained_on,
            f"the model was trained on {facts.trained_on}: on real data its labels are a first look, "
            "and its probabilities an order, not a frequency",
        ),
        (
            facts.covered < LEAST_COVERED * facts.whole,
            f"only {percent(facts.covered, facts.whole)} of {facts.unit}",
        ),
        (bool(used.damaged), f"damaged and left out: {many(len(used.damaged), 'file')}"),
        (
            bool(used.missing),
            f"without a file: {many(len(used.missing), 'product')} (spacecraft and days count)",
        ),
        (bool(facts.later), facts.later),
        (not place.record, "the study's run is not finished: there is no run.json to cite"),
        (
            bool(place.record) and COMMIT not in place.record,
            "the commit of the code is not recorded: run from a clone of the repository",
        ),
        (
            bool(place.record.get(CHANGED, {}).get("value")),
            "the code differed from its commit: commit it, and run again",
        ),
    ]
    said = [text for holds, text in (*texts, *more) if holds]
    return Section("Before you publish", said or ["nothing is known against this event"])
