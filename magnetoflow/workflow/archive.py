"""What the archive rules ask: where the archive is, and which probe-days the workflow writes. No numpy."""

from __future__ import annotations

from datetime import date
from typing import Any

from magnetoflow.archive import source
from magnetoflow.config import Config
from magnetoflow.sample import aurora_plan, mms_mp_plan, mms_rnn_plan, rept_pad_plan
from magnetoflow.sample.plan import DEMO, sample_day
from magnetoflow.workflow.canonical import canonical

BURST = ("mms_fpi_brst_dis-moms", "mms_fpi_brst_des-moms", "mms_fgm_brst", "mms_edp_brst", "mms_edp_fast")
"""Products that the sample writes for ``mms_rnn``; all others of MMS are those of ``mms_gmm``."""
REPT = "rbsp_rept_l3"
SOURCES = {"sample": "synthetic sample data", "remote": "remote"}


def day_of(text: str) -> date:
    """Read the date of a wildcard like ``20151017``."""
    return date.fromisoformat(text)


class Archive:
    """The archive that a configuration names, as the rules see it.

    Parameters
    ----------
    config : Config
        Its ``archive`` and ``data``.

    Raises
    ------
    MagnetoflowError
        There is no such archive.
    """

    def __init__(self, config: Config) -> None:
        self.data = config.data
        self.source = source.source_name(config.archive)
        self.root = str(source.source_root(config.archive, config.data))
        self.text = SOURCES.get(self.source, "folder")

    def stamp_of_manifest(self, wildcards: Any) -> list[str]:
        """Input of a manifest: the stamp of its probe-day, where the workflow writes that day itself."""
        if wildcards.product == aurora_plan.PRODUCT:
            if not aurora_plan.is_demo_day(wildcards.probe, day_of(wildcards.day)):
                return []
            return [f"{self.data}/sample/truth/aurora/{wildcards.probe}_{wildcards.day}.json"]
        if wildcards.product == REPT:
            if not rept_pad_plan.is_sample_day(wildcards.probe.removeprefix("rbsp"), day_of(wildcards.day)):
                return []
            return [f"{self.data}/sample/truth/rept_pad/{wildcards.probe}_{wildcards.day}.json"]
        probe, day = int(wildcards.probe.removeprefix("mms")), day_of(wildcards.day)
        if mms_mp_plan.is_sample_day(probe, day):
            study: str | None = "mms_mp"
        elif wildcards.product in BURST:
            study = "mms_rnn" if mms_rnn_plan.is_sample_day(probe, day) else None
        else:
            planned = sample_day(probe, day)
            study = "mms_gmm" if planned is not None and planned.role == DEMO else None
        return [f"{self.data}/sample/truth/{study}/{wildcards.probe}_{wildcards.day}.json"] if study else []

    def rule_config(self, wildcards: Any) -> str:
        """Canonical wildcards of an archive rule, with the root of the archive."""
        return canonical({"root": self.root, **dict(wildcards.items())})
