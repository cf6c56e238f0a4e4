"""Pitch-angle distributions of relativistic electrons: records, one model of classes, labels, tables, figures."""

from magnetoflow.sample import rept_pad_plan
from magnetoflow.workflow import rept_pad as rept

REPT = checked(rept.Plan, CONFIG, ARCHIVE)
REPT_OUT = f"{RESULTS}/rept_pad"
REPT_WORK = f"{REPT_OUT}/work/{{event}}/{{part}}"
REPT_TRUTH = f"{DATA}/sample/truth/rept_pad/rbsp{{twin}}"
REPT_MODEL = {
    "model": f"{REPT_OUT}/model/model.json",
    "arrays": f"{REPT_OUT}/model/arrays.npz",
}
REPT_FORMAT = REPT.study.figures.format
REPT_FIGURE = f"{REPT_OUT}/figures/series/{{event}}.{REPT_FORMAT}"
EVENT_FIGURES["rept_pad"] = {REPT_FIGURE: len(REPT.events)}


wildcard_constraints:
    part="[0-9]{8}",
    twin="[ab]",


# All days of a spacecraft in one job: a day takes less than the start of a job.
rule sample_rept_pad:
    output:
        truth=[f"{REPT_TRUTH}_{day:%Y%m%d}.csv" for day in rept_pad_plan.DAYS],
        stamp=[f"{REPT_TRUTH}_{day:%Y%m%d}.json" for day in rept_pad_plan.DAYS],
    log:
        f"{REPT_OUT}/logs/sample/rbsp{{twin}}.log",
    benchmark:
        f"{REPT_OUT}/bench/sample/rbsp{{twin}}.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_rept_pad.py"),
    message:
        "Writing synthetic distributions of RBSP-{wildcards.twin}"
    script:
        "../scripts/archive/sample_rept_pad.py"


rule rept_pad_records:
    input:
        rept=ancient(REPT.manifests),
        made=REPT.made,
    output:
        records=f"{REPT_WORK}/records.nc",
        quality=f"{REPT_WORK}/quality.csv",
        status=f"{REPT_WORK}/status.json",
    log:
        f"{REPT_OUT}/logs/{{event}}/{{part}}/records.log",
    benchmark:
        f"{REPT_OUT}/bench/{{event}}/{{part}}/records.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        config=REPT.part_config(
            "load", "array", "prepare", "on_damaged", "on_missing", "skip_failed", root=ARCHIVE.root
        ),
        files=REPT.files,
        code=code_hash("scripts/rept_pad/records.py"),
    message:
        "Reading and preparing distributions of {wildcards.event} from {wildcards.part}"
    script:
        "../scripts/rept_pad/records.py"


rule rept_pad_model:
    input:
        records=REPT.every_part(f"{REPT_WORK}/records.nc") if not REPT.model else [],
    output:
        **REPT_MODEL,
        **{name: table("rept_pad", f"model/{name}.csv") for name in rept.REPORT},
    log:
        f"{REPT_OUT}/logs/model.log",
    benchmark:
        f"{REPT_OUT}/bench/model.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=120,
    params:
        config=REPT.model_config(),
        code=code_hash("scripts/rept_pad/model.py"),
    message:
        "Fitting the classes of distributions" if not REPT.model else "Copying the model of classes"
    script:
        "../scripts/rept_pad/model.py"


rule rept_pad_part_labels:
    input:
        **REPT_MODEL,
        records=f"{REPT_WORK}/records.nc",
    output:
        labels=f"{REPT_WORK}/labels.csv",
        sums=f"{REPT_WORK}/sums.nc",
    log:
        f"{REPT_OUT}/logs/{{event}}/{{part}}/labels.log",
    benchmark:
        f"{REPT_OUT}/bench/{{event}}/{{part}}/labels.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=60,
    params:
        config=REPT.part_config("outputs", "activity", "storms", activity_sha256=REPT.activity_hash),
        code=code_hash("scripts/rept_pad/part_labels.py"),
    message:
        "Labelling the distributions of {wildcards.event} from {wildcards.part}"
    script:
        "../scripts/rept_pad/part_labels.py"


rule rept_pad_labels:
    input:
        labels=REPT.every_part(f"{REPT_WORK}/labels.csv"),
        status=REPT.every_part(f"{REPT_WORK}/status.json"),
        quality=REPT.every_part(f"{REPT_WORK}/quality.csv"),
    output:
        labels=f"{REPT_OUT}/labels.csv",
        parquet=f"{REPT_OUT}/labels.parquet",
        failed=table("rept_pad", "failed.csv"),
    log:
        f"{REPT_OUT}/logs/labels.log",
    benchmark:
        f"{REPT_OUT}/bench/labels.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=60,
    params:
        config=REPT.study_config("skip_failed"),
        code=code_hash("scripts/rept_pad/labels.py"),
    message:
        "Merging the labels of all events"
    script:
        "../scripts/rept_pad/labels.py"


rule rept_pad_tables:
    input:
        **REPT_MODEL,
        sums=REPT.every_part(f"{REPT_WORK}/sums.nc"),
        quality=REPT.every_part(f"{REPT_WORK}/quality.csv"),
    output:
        **{name: table("rept_pad", f"{name}.csv") for name in rept.TABLES},
    log:
        f"{REPT_OUT}/logs/tables.log",
    benchmark:
        f"{REPT_OUT}/bench/tables.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        config=REPT.study_config(
            "outputs", "naming", "storms", "activity", activity_sha256=REPT.activity_hash
        ),
        code=code_hash("scripts/rept_pad/tables.py"),
    message:
        "Listing classes, mean distributions, occurrence and storms"
    script:
        "../scripts/rept_pad/tables.py"


rule rept_pad_series:
    input:
        **REPT_MODEL,
        labels=REPT.parts_of(f"{REPT_WORK}/labels.csv"),
        records=REPT.parts_of(f"{REPT_WORK}/records.nc"),
    output:
        figure=figure("rept_pad", REPT_FIGURE, "series", "{event}"),
    log:
        f"{REPT_OUT}/logs/{{event}}/series.log",
    benchmark:
        f"{REPT_OUT}/bench/{{event}}/series.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        config=REPT.series_config(),
        code=code_hash("scripts/rept_pad/series.py"),
    message:
        "Drawing the classes of {wildcards.event} in time"
    script:
        "../scripts/rept_pad/series.py"


rule rept_pad_figures:
    input:
        **REPT_MODEL,
        **{name: f"{REPT_OUT}/model/{name}.csv" for name in rept.REPORT},
        **{name: f"{REPT_OUT}/{name}.csv" for name in rept.DRAWN},
    output:
        **{
            name: figure("rept_pad", f"{REPT_OUT}/figures/{name}.{REPT_FORMAT}", name)
            for name in rept.FIGURES
        },
    log:
        f"{REPT_OUT}/logs/figures.log",
    benchmark:
        f"{REPT_OUT}/bench/figures.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=REPT.study_config("figures", shown=REPT.shown),
        code=code_hash("scripts/rept_pad/figures.py"),
    message:
        "Drawing the study's figures"
    script:
        "../scripts/rept_pad/figures.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
rule rept_pad_run:
    input:
        manifests=REPT.all_manifests(),
        given=ancient([str(one) for one in (REPT.array, REPT.study.activity.file) if one is not None]),
        results=[
            *(
                output
                for name in ("labels", "tables", "model")
                for output in getattr(rules, f"rept_pad_{name}").output
            ),
            f"{REPT_OUT}/overview.csv",
        ],
        models=[f"{REPT_OUT}/model/model.json"],
    output:
        run=f"{REPT_OUT}/run.json",
        crate=f"{REPT_OUT}/ro-crate-metadata.json",
    log:
        f"{REPT_OUT}/logs/run.log",
    benchmark:
        f"{REPT_OUT}/bench/run.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        config=REPT.recorded_config(),
        code=code_hash("scripts/provenance/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/provenance/run.py"


STUDY_TARGETS["rept_pad"] = [
    f"{REPT_OUT}/index.html",
    f"{REPT_OUT}/overview.csv",
    *(
        output
        for name in ("labels", "tables", "figures", "run")
        for output in getattr(rules, f"rept_pad_{name}").output
    ),
    *expand(REPT_FIGURE, event=REPT.events),
]


rule rept_pad:
    input:
        STUDY_TARGETS["rept_pad"],
    message:
        f"rept_pad is done: {RESULTS}/rept_pad"
