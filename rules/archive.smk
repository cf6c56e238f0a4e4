"""The archive: sample probe-days, and one manifest per product, probe and day, the nodes of every study's graph."""

from datetime import date

from magnetoflow.sample.plan import DEMO, sample_day

ARCHIVE_ROOT = checked(source.source_root, CONFIG.archive, DATA)


def day_of(text):
    """Date of a wildcard like 20151017."""
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")


def in_sample(probe, day):
    """Whether the sample archive writes files of that probe (mms1) and day."""
    planned = sample_day(int(probe.removeprefix("mms")), day)
    return SOURCE == "sample" and planned is not None and planned.role == DEMO


def sample_stamp(probe, day):
    """File that stands for the written sample files of a probe-day."""
    return f"{DATA}/sample/truth/mms_gmm/{probe}_{day:%Y%m%d}.json"


def sample_input(wildcards):
    """Stamp of the manifest's day; none where the sample has none, or for another source."""
    day = day_of(wildcards.day)
    if wildcards.source == "sample" and in_sample(wildcards.probe, day):
        return sample_stamp(wildcards.probe, day)
    return []


rule sample_mms_gmm:
    output:
        truth=f"{DATA}/sample/truth/mms_gmm/mms{{number}}_{{day}}.csv",
        stamp=f"{DATA}/sample/truth/mms_gmm/mms{{number}}_{{day}}.json",
    log:
        f"{RESULTS}/mms_gmm/logs/sample/mms{{number}}_{{day}}.log",
    benchmark:
        f"{RESULTS}/mms_gmm/bench/sample/mms{{number}}_{{day}}.tsv"
    wildcard_constraints:
        number="[1-4]",
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config=lambda wildcards: canonical({"probe": int(wildcards.number), "day": day_of(wildcards.day)}),
        root=f"{DATA}/sample",
        code=code_hash("scripts/archive/sample_mms_gmm.py"),
    message:
        "Writing synthetic sample data of MMS{wildcards.number}, {wildcards.day}"
    script:
        "../scripts/archive/sample_mms_gmm.py"


# No code=: Snakemake deletes an output before it makes it again, and a manifest is the data lock.
rule manifest:
    input:
        stamp=sample_input,
    output:
        manifest=f"{DATA}/manifests/{{source}}/{{product}}/{{probe}}/{{day}}.json",
    log:
        f"{RESULTS}/archive/logs/{{source}}/{{product}}/{{probe}}/{{day}}.log",
    benchmark:
        f"{RESULTS}/archive/bench/{{source}}/{{product}}/{{probe}}/{{day}}.tsv"
    wildcard_constraints:
        source="[a-z0-9-]+",
        product="[a-z0-9_-]+",
        probe="[a-z0-9]+",
    conda:
        "../envs/archive.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
        downloads=1,
    params:
        config=lambda wildcards: canonical({"root": ARCHIVE_ROOT, **dict(wildcards.items())}),
    message:
        "Checking {wildcards.product} of {wildcards.probe}, {wildcards.day}"
    script:
        "../scripts/archive/manifest.py"
