"""Which figures and pages of events the sample runs of mms_mp and mms_rnn make: drawing all takes minutes.

Events that are left out have the same figures by the same code, of as many spacecraft as another event.
"""

from collections import Counter

MP_DRAWN = ("sample_mp_a", "sample_mp_d")
"""With four and three spacecraft; the test of the command line draws part of one with two."""
MP_TARGETS = [
    f"results/mms_mp/{name}"
    for name in (
        *("events.csv", "remarks.csv", "failed.csv", "overview.csv", "index.html", "figures/events.png"),
        "run.json",
        *(f"{event}/index.html" for event in MP_DRAWN),
    )
]

RNN_DRAWN = ("sample_tail_b",)
RNN_TARGETS = [
    f"results/mms_rnn/{name}"
    for name in (
        *("run.json", "overview.csv", "index.html", "model/card.md"),
        *(f"figures/{one}.png" for one in ("statistics", "scales", "confusion")),
        *(
            f"figures/{event}_{name}.png"
            for event in RNN_DRAWN
            for name in ("mms1", "mms2", "mms3", "mms4", "comparison", "trajectory")
        ),
    )
]

LEFT_OUT = {
    "mms_mp": Counter(mms_mp_figures=4, mms_mp_viewer=4),
    "mms_rnn": Counter(mms_rnn_page=8, mms_rnn_event_figures=2),
}
"""Jobs that a run of all events still has to do."""
