"""What a crate says of each study: its question, and the publications to cite with its results."""

from __future__ import annotations

from dataclasses import dataclass, field

LICENCE = "MIT"
"""As in ``CITATION.cff``, which is not at hand everywhere."""


@dataclass(frozen=True)
class Study:
    """A study's question, its publications, and results that are listed as folders.

    Attributes
    ----------
    question : str
    publications : dict of str to str
        Authors and year by DOI.
    folders : dict of str to str
        What folders hold whose files are too many to be listed, by a pattern below ``<results>/<study>``.
    """

    question: str
    publications: dict[str, str]
    folders: dict[str, str] = field(default_factory=dict)


STUDIES = {
    "mms_gmm": Study(
        "Plasma region of MMS at each minute, by a Gaussian mixture model of ion spectra",
        {"10.1029/2024JA032431": "Toy-Edens et al. 2024"},
    ),
    "mms_mp": Study(
        "Orientation, speed and thickness of magnetopause crossings, with one to four MMS spacecraft",
        {
            "10.5194/angeo-22-1347-2004": "Haaland et al. 2004",
            "10.1029/2004GL020001": "Haaland et al. 2004b",
            "10.1029/2005GL022454": "Shi et al. 2005",
            "10.1029/2005GL025073": "Shi et al. 2006",
            "10.1002/2017JA024619": "Denton et al. 2018",
            "10.1029/97JA00196": "Shue et al. 1997",
            "10.1029/98JA01103": "Shue et al. 1998",
            "10.1029/2001JA005088": "Dunlop et al. 2002",
            "10.5194/angeo-29-2239-2011": "Vogt et al. 2011",
            "10.1002/2017JA024526": "Rezeau et al. 2018",
            "10.1029/2019JA027623": "Haaland et al. 2020",
        },
        {"*/series": "series behind the numbers and figures of an event"},
    ),
    "mms_rnn": Study(
        "Region of a tail reconnection site at each electron sample of MMS, by a recurrent network",
        {
            "10.1029/2025JA034383": "Waters et al. 2025",
            "10.1029/2022JA030577": "Rogers et al. 2023",
        },
    ),
    "rept_pad": Study(
        "Classes of pitch-angle distributions of relativistic electrons (Van Allen Probes, REPT)",
        {
            "10.3389/fspas.2020.593516": "Bakrania et al. 2020",
            "10.1093/rasti/rzad035": "Killey et al. 2023",
        },
    ),
    "aurora": Study(
        "Pulsating aurora in THEMIS all-sky images, by a convolutional network and its labels in time",
        {},
        {
            "classifications": "labels of every image, one text file per camera and UTC date",
            "frames": "labels and probabilities of every image, one table per camera and UTC date",
        },
    ),
}
"""Of ``mms_mp``, the references of ``docs/citation.bib`` that have a DOI; ``aurora`` follows no one paper."""
