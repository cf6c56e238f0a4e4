"""magnetoflow: from event lists to results, one study after the other. `snakemake --cores 2` makes everything."""

import sys
from pathlib import Path

HERE = Path(workflow.basedir)


configfile: str(HERE / "config" / "config.yaml")
configfile: str(HERE / "config" / "mms_gmm.yaml")
configfile: str(HERE / "config" / "mms_mp.yaml")
configfile: str(HERE / "config" / "mms_rnn.yaml")
configfile: str(HERE / "config" / "rept_pad.yaml")
configfile: str(HERE / "config" / "aurora.yaml")


include: "rules/common.smk"
include: "rules/archive.smk"
include: "rules/mms_gmm.smk"
include: "rules/mms_mp.smk"
include: "rules/mms_rnn.smk"
include: "rules/rept_pad.smk"
include: "rules/aurora.smk"
include: "rules/overview.smk"
include: "rules/report.smk"


report: "rules/captions/report.rst"


rule all:
    default_target: True
    input:
        [target for study in CONFIG.made_by_default() for target in STUDY_TARGETS[study]],
    message:
        f"All is done: {RESULTS}"


onstart:
    for job in workflow.dag.needrun_jobs():
        if job.rule.name == "aurora_shard":
            checked(AUR.check_shard, job.wildcards)
    if ARCHIVE.source == "remote" and not workflow.touch:
        checked(downloads.prepare, CONFIG, *needed_manifests(workflow.dag.needrun_jobs()))
    follow_jobs(workflow.dag)


onsuccess:
    report_failed_events()
    downloads.say_damaged(manifests_in(workflow.dag.jobs))


onerror:
    for progress in FOLLOWED:
        sys.stderr.write("".join(f"{line}\n" for line in progress.summary()))
    if ARCHIVE.source == "remote":
        downloads.look_again(manifests_in(workflow.dag.jobs))
