"""Tail reconnection: one job per event and spacecraft, scales and comparison per event, tables and figures."""

from magnetoflow.workflow import mms_rnn as tail

RNN = checked(tail.Plan, CONFIG, ARCHIVE, HERE / "magnetoflow" / "mms_rnn" / "model")
RNN_OUT = f"{RESULTS}/mms_rnn"
RNN_WORK = f"{RNN_OUT}/work/{{event}}_mms{{probe}}"
RNN_FILE = f"{RNN_OUT}/{{event}}_mms{{probe}}/mms{{probe}}"
RNN_FORMAT = RNN.study.figures.format
RNN_PAGE = f"{RNN_OUT}/figures/{{event}}_mms{{probe}}.{RNN_FORMAT}"
EVENT_FIGURES["mms_rnn"] = {
    RNN_PAGE: len(RNN.every(RNN_PAGE)),
    **{
        f"{RNN_OUT}/figures/{{event}}_{name}.{RNN_FORMAT}": len(RNN.every_event("{event}"))
        for name in tail.EVENT_FIGURES
    },
}


wildcard_constraints:
    probe="[1-4]",


rule sample_mms_rnn:
    output:
        truth=f"{DATA}/sample/truth/mms_rnn/mms{{probe}}_{{day}}.csv",
        stamp=f"{DATA}/sample/truth/mms_rnn/mms{{probe}}_{{day}}.json",
    log:
        f"{RNN_OUT}/logs/sample/mms{{probe}}_{{day}}.log",
    benchmark:
        f"{RNN_OUT}/bench/sample/mms{{probe}}_{{day}}.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_mms_rnn.py"),
    message:
        "Writing synthetic burst data of MMS{wildcards.probe}, {wildcards.day}"
    script:
        "../scripts/archive/sample_mms_rnn.py"


rule mms_rnn_load:
    input:
        **{name: ancient(RNN.manifests_of(name)) for name in tail.PRODUCTS},
        made=RNN.made,
    output:
        burst=f"{RNN_WORK}/burst.nc",
        field=f"{RNN_WORK}/field.nc",
        status=f"{RNN_WORK}/status.json",
    log:
        f"{RNN_OUT}/logs/{{event}}_mms{{probe}}/load.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}_mms{{probe}}/load.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        config=RNN.load_config,
        files=RNN.files,
        code=code_hash("scripts/mms_rnn/load.py"),
    message:
        "Reading burst data of {wildcards.event}, MMS{wildcards.probe}"
    script:
        "../scripts/mms_rnn/load.py"


rule mms_rnn_scaling:
    input:
        bursts=RNN.of_event(f"{RNN_WORK}/burst.nc"),
        fields=RNN.of_event(f"{RNN_WORK}/field.nc"),
    output:
        scaling=f"{RNN_OUT}/{{event}}/scaling.json",
        curlometer=f"{RNN_OUT}/{{event}}/curlometer.nc",
    log:
        f"{RNN_OUT}/logs/{{event}}/scaling.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}/scaling.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=RNN.event_config("scaling", "frame", "skip_failed"),
        code=code_hash("scripts/mms_rnn/scaling.py"),
    message:
        "Finding scales, frame and currents of {wildcards.event}"
    script:
        "../scripts/mms_rnn/scaling.py"


rule mms_rnn_model:
    input:
        cuts=(
            RNN.study.model.training.cuts
            if RNN.study.model.source == "fit" and RNN.study.model.training.cuts
            else []
        ),
    output:
        model=f"{RNN_OUT}/model/model.json",
        arrays=f"{RNN_OUT}/model/arrays.npz",
        card=f"{RNN_OUT}/model/card.md",
        evaluation=table("mms_rnn", "model/evaluation.csv"),
        confusion=table("mms_rnn", "model/confusion.csv"),
    log:
        f"{RNN_OUT}/logs/model.log",
    benchmark:
        f"{RNN_OUT}/bench/model.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=240,
    params:
        config=RNN.model_config(),
        code=code_hash("scripts/mms_rnn/model.py"),
    message:
        f"Providing the network: {RNN.study.model.source}"
    script:
        "../scripts/mms_rnn/model.py"


rule mms_rnn_regions:
    input:
        burst=f"{RNN_WORK}/burst.nc",
        scaling=f"{RNN_OUT}/{{event}}/scaling.json",
        model=f"{RNN_OUT}/model/model.json",
        arrays=f"{RNN_OUT}/model/arrays.npz",
    output:
        variables=f"{RNN_FILE}_vars.nc",
        scaled=f"{RNN_FILE}_vars_norm.nc",
        features=f"{RNN_FILE}_nndata.csv",
        labels=f"{RNN_FILE}_labels.csv",
        probabilities=f"{RNN_FILE}_probs.csv",
    log:
        f"{RNN_OUT}/logs/{{event}}_mms{{probe}}/regions.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}_mms{{probe}}/regions.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=RNN.event_config("labels", "work_field", window=RNN.study.model.window),
        code=code_hash("scripts/mms_rnn/regions.py"),
    message:
        "Labelling the samples of {wildcards.event}, MMS{wildcards.probe}"
    script:
        "../scripts/mms_rnn/regions.py"


rule mms_rnn_tplot:
    input:
        variables=f"{RNN_FILE}_vars.nc",
        scaled=f"{RNN_FILE}_vars_norm.nc",
    output:
        variables=f"{RNN_FILE}_vars.tplot",
        scaled=f"{RNN_FILE}_vars_norm.tplot",
    log:
        f"{RNN_OUT}/logs/{{event}}_mms{{probe}}/tplot.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}_mms{{probe}}/tplot.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=code_hash("scripts/mms_rnn/tplot.py"),
    message:
        "Writing tplot files of {wildcards.event}, MMS{wildcards.probe}"
    script:
        "../scripts/mms_rnn/tplot.py"


rule mms_rnn_page:
    input:
        burst=f"{RNN_WORK}/burst.nc",
        labels=f"{RNN_FILE}_labels.csv",
        scaling=f"{RNN_OUT}/{{event}}/scaling.json",
        model=f"{RNN_OUT}/model/model.json",
    output:
        figure=figure("mms_rnn", RNN_PAGE, "regions", "{event} MMS{probe}", caption="page"),
    log:
        f"{RNN_OUT}/logs/{{event}}_mms{{probe}}/page.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}_mms{{probe}}/page.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=RNN.event_config("figures", "work_field"),
        code=code_hash("scripts/mms_rnn/page.py"),
    message:
        "Drawing {wildcards.event}, MMS{wildcards.probe}"
    script:
        "../scripts/mms_rnn/page.py"


rule mms_rnn_event_figures:
    input:
        bursts=RNN.of_event(f"{RNN_WORK}/burst.nc"),
        scaled=RNN.of_event(f"{RNN_FILE}_vars_norm.nc"),
        labels=RNN.of_event(f"{RNN_FILE}_labels.csv"),
        scaling=f"{RNN_OUT}/{{event}}/scaling.json",
        curlometer=f"{RNN_OUT}/{{event}}/curlometer.nc",
        model=f"{RNN_OUT}/model/model.json",
    output:
        **{
            name: figure("mms_rnn", f"{RNN_OUT}/figures/{{event}}_{name}.{RNN_FORMAT}", name, "{event}")
            for name in tail.EVENT_FIGURES
        },
    log:
        f"{RNN_OUT}/logs/{{event}}/figures.log",
    benchmark:
        f"{RNN_OUT}/bench/{{event}}/figures.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        config=RNN.event_config("figures", "work_field"),
        code=code_hash("scripts/mms_rnn/event_figures.py"),
    message:
        "Drawing all spacecraft of {wildcards.event}"
    script:
        "../scripts/mms_rnn/event_figures.py"


rule mms_rnn_tables:
    input:
        statuses=RNN.every(f"{RNN_WORK}/status.json"),
        variables=RNN.every(f"{RNN_FILE}_vars.nc"),
        labels=RNN.every(f"{RNN_FILE}_labels.csv"),
        scaling=RNN.every_event(f"{RNN_OUT}/{{event}}/scaling.json"),
        model=f"{RNN_OUT}/model/model.json",
    output:
        **{name: table("mms_rnn", f"{name}.csv") for name in tail.TABLES},
    log:
        f"{RNN_OUT}/logs/tables.log",
    benchmark:
        f"{RNN_OUT}/bench/tables.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=20,
    params:
        config=RNN.study_config("intervals", "statistics", window=RNN.study.model.window, spans=RNN.spans()),
        code=code_hash("scripts/mms_rnn/tables.py"),
    message:
        "Listing intervals, statistics and a summary of all events"
    script:
        "../scripts/mms_rnn/tables.py"


rule mms_rnn_figures:
    input:
        statistics=f"{RNN_OUT}/statistics.csv",
        summary=f"{RNN_OUT}/summary.csv",
        confusion=f"{RNN_OUT}/model/confusion.csv",
        evaluation=f"{RNN_OUT}/model/evaluation.csv",
        model=f"{RNN_OUT}/model/model.json",
    output:
        **{name: figure("mms_rnn", f"{RNN_OUT}/figures/{name}.{RNN_FORMAT}", name) for name in tail.FIGURES},
    log:
        f"{RNN_OUT}/logs/figures.log",
    benchmark:
        f"{RNN_OUT}/bench/figures.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=RNN.study_config("figures", labelled=RNN.labelled()),
        code=code_hash("scripts/mms_rnn/figures.py"),
    message:
        "Drawing the study's figures"
    script:
        "../scripts/mms_rnn/figures.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
rule mms_rnn_run:
    input:
        manifests=ancient(RNN.all_manifests()),
        given=ancient([str(one) for one in (RNN.study.model.training.cuts,) if one is not None]),
        results=[
            *(f"{RNN_OUT}/{name}.csv" for name in (*tail.TABLES, "overview")),
            *rules.mms_rnn_model.output,
            *(one for name in tail.PROBE_FILES for one in RNN.every(f"{RNN_FILE}_{name}")),
            *RNN.every_event(f"{RNN_OUT}/{{event}}/scaling.json"),
            *RNN.every_event(f"{RNN_OUT}/{{event}}/curlometer.nc"),
        ],
        models=[f"{RNN_OUT}/model/model.json"],
    output:
        run=f"{RNN_OUT}/run.json",
        crate=f"{RNN_OUT}/ro-crate-metadata.json",
    log:
        f"{RNN_OUT}/logs/run.log",
    benchmark:
        f"{RNN_OUT}/bench/run.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        config=RNN.recorded_config(),
        code=code_hash("scripts/provenance/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/provenance/run.py"


STUDY_TARGETS["mms_rnn"] = [
    f"{RNN_OUT}/index.html",
    f"{RNN_OUT}/overview.csv",
    *(
        output
        for name in ("tables", "figures", "run", "model")
        for output in getattr(rules, f"mms_rnn_{name}").output
    ),
    *(one for name in tail.PROBE_FILES for one in RNN.every(f"{RNN_FILE}_{name}")),
    *RNN.every_event(f"{RNN_OUT}/{{event}}/scaling.json"),
    *RNN.every(RNN_PAGE),
    *(
        one
        for name in tail.EVENT_FIGURES
        for one in RNN.every_event(f"{RNN_OUT}/figures/{{event}}_{name}.{RNN_FORMAT}")
    ),
    *(
        one
        for name in ("vars", "vars_norm")
        for one in RNN.every(f"{RNN_FILE}_{name}.tplot")
        if RNN.study.tplot
    ),
]


rule mms_rnn:
    input:
        STUDY_TARGETS["mms_rnn"],
    message:
        f"mms_rnn is done: {RESULTS}/mms_rnn"
