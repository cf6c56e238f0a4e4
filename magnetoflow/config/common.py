"""The whole configuration: what is common, and one section per study."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from magnetoflow.config.aurora import Aurora, Period
from magnetoflow.config.base import Folder, Section, filled, unique
from magnetoflow.config.mms_gmm import MmsGmm
from magnetoflow.config.mms_mp import MmsMp
from magnetoflow.config.mms_rnn import MmsRnn
from magnetoflow.config.remote import Remote
from magnetoflow.config.rept_pad import ReptPad

Study = Literal["mms_gmm", "mms_mp", "mms_rnn", "rept_pad", "aurora"]
STUDIES: tuple[Study, ...] = ("mms_gmm", "mms_mp", "mms_rnn", "rept_pad", "aurora")


CSV_PATH = {"type": "string", "description": "path of a CSV file"}

SAMPLE_ID = "sample_"
"""Ids of the events that come with the repository begin with this."""


class Config(Section):
    """The checked configuration.

    Attributes
    ----------
    archive : str
        ``sample``, ``remote``, or the path of an existing archive folder, which is only read.
    results, data : str
        Folders for results, and for archive files and manifests.
    studies : tuple of str
        Studies that the default target makes.
    remote : Remote
        How files of the remote archives are fetched.
    mms_gmm, mms_mp, mms_rnn, rept_pad, aurora : Section
        Section of the study of that name.
    """

    archive: Folder = "sample"
    results: Folder = "results"
    data: Folder = "data"
    studies: Annotated[tuple[Study, ...], AfterValidator(filled), AfterValidator(unique)] = STUDIES
    remote: Remote = Remote()
    mms_gmm: MmsGmm
    mms_mp: MmsMp = MmsMp()
    mms_rnn: MmsRnn = MmsRnn()
    rept_pad: ReptPad = ReptPad()
    aurora: Aurora = Aurora()

    def made_by_default(self) -> tuple[Study, ...]:
        """Studies of a call without targets: not those whose events lie in the sample, on another archive."""
        if self.archive == "sample":
            return self.studies
        return tuple(
            study
            for study in self.studies
            if not all(event.id.startswith(SAMPLE_ID) for event in getattr(self, study).events)
        )


def json_schema() -> dict[str, Any]:
    """JSON schema of the configuration files, for editors that check YAML while it is written.

    Returns
    -------
    dict
        As files are written: ``events`` is a list, or the path of a CSV file.
    """
    schema = Config.model_json_schema()
    for study in STUDIES:
        section = schema["$defs"][Config.model_fields[study].annotation.__name__]  # type: ignore[union-attr]
        listed = section["properties"]["events"]
        section["properties"]["events"] = {"anyOf": [listed, CSV_PATH]}
    storms = schema["$defs"]["ReptPad"]["properties"]
    storms["storms"] = {"anyOf": [storms["storms"], CSV_PATH]}
    period = Period.model_json_schema(ref_template="#/$defs/{model}")
    schema["$defs"]["Aurora"]["properties"]["events"]["anyOf"].append(period)
    return schema
