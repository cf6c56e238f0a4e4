"""The archive: sample probe-days, and one manifest per product, probe and day, the nodes of every study's graph."""


rule sample_mms_gmm:
    output:
        truth=f"{DATA}/sample/truth/mms_gmm/mms{{probe}}_{{day}}.csv",
        stamp=f"{DATA}/sample/truth/mms_gmm/mms{{probe}}_{{day}}.json",
    log:
        f"{RESULTS}/mms_gmm/logs/sample/mms{{probe}}_{{day}}.log",
    benchmark:
        f"{RESULTS}/mms_gmm/bench/sample/mms{{probe}}_{{day}}.tsv"
    wildcard_constraints:
        probe="[1-4]",
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_mms_gmm.py"),
    message:
        "Writing synthetic sample data of MMS{wildcards.probe}, {wildcards.day}"
    script:
        "../scripts/archive/sample_mms_gmm.py"


# Compute nodes often have no internet, so manifests are made where Snakemake runs.
localrules:
    manifest,


# No code=: Snakemake deletes an output before it makes it again, and a manifest is the data lock.
rule manifest:
    input:
        stamp=signed(ARCHIVE.stamp_of_manifest) if ARCHIVE.source == "sample" else [],
    output:
        manifest=f"{DATA}/manifests/{{source}}/{{product}}/{{probe}}/{{day}}.json",
        made=f"{DATA}/manifests/{{source}}/{{product}}/{{probe}}/{{day}}.made",
    log:
        f"{RESULTS}/archive/logs/{{source}}/{{product}}/{{probe}}/{{day}}.log",
    benchmark:
        f"{RESULTS}/archive/bench/{{source}}/{{product}}/{{probe}}/{{day}}.tsv"
    wildcard_constraints:
        source="[a-z0-9-]+",
        product="[a-z0-9_-]+",
        probe="[a-z0-9]+",
        day="[0-9]{8}(_[0-9]{6}_[0-9]{6})?",
    conda:
        "../envs/archive.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=60,
        downloads=1,
    params:
        config=signed(ARCHIVE.rule_config),
    message:
        ("Bringing" if ARCHIVE.source == "remote" else "Checking")
        + " {wildcards.product} of {wildcards.probe}, {wildcards.day}"
    script:
        "../scripts/archive/manifest.py"
