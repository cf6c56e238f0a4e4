"""magnetoflow: from event lists to results, one study after the other. `snakemake --cores 2` makes everything."""

import os
import sys
from pathlib import Path

HERE = Path(workflow.basedir)
# This checkout's package before any installed one, in this process and in the jobs.
sys.path.insert(0, str(HERE))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(HERE), os.environ.get("PYTHONPATH")])
)


configfile: str(HERE / "config" / "config.yaml")
configfile: str(HERE / "config" / "mms_gmm.yaml")


include: "rules/common.smk"
include: "rules/archive.smk"
include: "rules/mms_gmm.smk"


rule all:
    default_target: True
    input:
        [target for study in CONFIG.studies for target in STUDY_TARGETS[study]],


onsuccess:
    report_failed_events()
