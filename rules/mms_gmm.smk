"""Plasma regions from MMS ion spectra: minutes, features, mixture model, regions, crossings, figures."""

from magnetoflow.workflow import mms_gmm as gmm

GMM = checked(gmm.Plan, CONFIG, ARCHIVE, HERE / "magnetoflow" / "mms_gmm" / "model")
GMM_OUT = f"{RESULTS}/mms_gmm"
GMM_WORK = f"{GMM_OUT}/work/{{event}}"
GMM_FORMAT = GMM.study.figures.format
GMM_FIGURE = f"{GMM_OUT}/figures/{{event}}_regions.{GMM_FORMAT}"
EVENT_FIGURES["mms_gmm"] = {GMM_FIGURE: len(GMM.events)}


rule mms_gmm_minutes:
    input:
        ions=ancient(GMM.manifests_of("ions")),
        field=ancient(GMM.manifests_of("field")),
        made=GMM.made,
    output:
        minutes=f"{GMM_WORK}/minutes.nc",
        status=f"{GMM_WORK}/status.json",
    log:
        f"{GMM_OUT}/logs/{{event}}/minutes.log",
    benchmark:
        f"{GMM_OUT}/bench/{{event}}/minutes.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=30,
    params:
        config=GMM.event_config("load", "on_damaged", "skip_failed", root=ARCHIVE.root),
        files=GMM.files,
        code=code_hash("scripts/mms_gmm/minutes.py"),
    message:
        "Averaging spectra of {wildcards.event} over minutes"
    script:
        "../scripts/mms_gmm/minutes.py"


rule mms_gmm_event_features:
    input:
        minutes=f"{GMM_WORK}/minutes.nc",
    output:
        features=f"{GMM_WORK}/features.csv",
    log:
        f"{GMM_OUT}/logs/{{event}}/features.log",
    benchmark:
        f"{GMM_OUT}/bench/{{event}}/features.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=GMM.event_config("features"),
        code=code_hash("scripts/mms_gmm/event_features.py"),
    message:
        "Computing features of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_features.py"


rule mms_gmm_features:
    input:
        features=expand(f"{GMM_WORK}/features.csv", event=GMM.events),
        status=expand(f"{GMM_WORK}/status.json", event=GMM.events),
    output:
        features=f"{GMM_OUT}/features.csv",
        failed=table("mms_gmm", "failed.csv"),
    log:
        f"{GMM_OUT}/logs/features.log",
    benchmark:
        f"{GMM_OUT}/bench/features.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=GMM.study_config(),
        code=code_hash("scripts/mms_gmm/features.py"),
    message:
        "Merging the features of all events"
    script:
        "../scripts/mms_gmm/features.py"


rule mms_gmm_model:
    input:
        features=f"{GMM_OUT}/features.csv" if GMM.study.model.source == "fit" else [],
    output:
        model=f"{GMM_OUT}/model/model.json",
        arrays=f"{GMM_OUT}/model/arrays.npz",
        selection=table("mms_gmm", "model/selection.csv"),
    log:
        f"{GMM_OUT}/logs/model.log",
    benchmark:
        f"{GMM_OUT}/bench/model.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=60,
    params:
        config=GMM.model_config(),
        code=code_hash("scripts/mms_gmm/model.py"),
    message:
        f"Providing the model: {GMM.study.model.source}"
    script:
        "../scripts/mms_gmm/model.py"


rule mms_gmm_event_regions:
    input:
        features=f"{GMM_WORK}/features.csv",
        model=f"{GMM_OUT}/model/model.json",
        arrays=f"{GMM_OUT}/model/arrays.npz",
    output:
        regions=f"{GMM_WORK}/regions.csv",
    log:
        f"{GMM_OUT}/logs/{{event}}/regions.log",
    benchmark:
        f"{GMM_OUT}/bench/{{event}}/regions.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=GMM.event_config("labels", "cleaning"),
        code=code_hash("scripts/mms_gmm/event_regions.py"),
    message:
        "Labelling the minutes of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_regions.py"


rule mms_gmm_regions:
    input:
        regions=expand(f"{GMM_WORK}/regions.csv", event=GMM.events),
        features=f"{GMM_OUT}/features.csv",
    output:
        regions=f"{GMM_OUT}/regions.csv",
        published=f"{GMM_OUT}/labeled_sunside_data.csv",
        lists=[table("mms_gmm", f"{region}_region_list.csv") for region in gmm.REGIONS],
        crossings=table("mms_gmm", "crossings.csv"),
    log:
        f"{GMM_OUT}/logs/regions.log",
    benchmark:
        f"{GMM_OUT}/bench/regions.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=GMM.study_config("lists", "crossings"),
        code=code_hash("scripts/mms_gmm/regions.py"),
    message:
        "Merging regions, and listing intervals and crossings"
    script:
        "../scripts/mms_gmm/regions.py"


rule mms_gmm_event_figure:
    input:
        minutes=f"{GMM_WORK}/minutes.nc",
        regions=f"{GMM_WORK}/regions.csv",
        model=f"{GMM_OUT}/model/model.json",
    output:
        figure=figure("mms_gmm", GMM_FIGURE, "regions", "{event}"),
    log:
        f"{GMM_OUT}/logs/{{event}}/figure.log",
    benchmark:
        f"{GMM_OUT}/bench/{{event}}/figure.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=GMM.event_config("figures"),
        code=code_hash("scripts/mms_gmm/event_figure.py"),
    message:
        "Drawing the regions of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_figure.py"


rule mms_gmm_figures:
    input:
        minutes=expand(f"{GMM_WORK}/minutes.nc", event=GMM.events),
        features=f"{GMM_OUT}/features.csv",
        regions=f"{GMM_OUT}/regions.csv",
        crossings=f"{GMM_OUT}/crossings.csv",
        model=f"{GMM_OUT}/model/model.json",
        arrays=f"{GMM_OUT}/model/arrays.npz",
        selection=f"{GMM_OUT}/model/selection.csv",
    output:
        **{name: figure("mms_gmm", f"{GMM_OUT}/figures/{name}.{GMM_FORMAT}", name) for name in gmm.FIGURES},
    log:
        f"{GMM_OUT}/logs/figures.log",
    benchmark:
        f"{GMM_OUT}/bench/figures.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=GMM.study_config("figures"),
        code=code_hash("scripts/mms_gmm/figures.py"),
    message:
        "Drawing the study's figures"
    script:
        "../scripts/mms_gmm/figures.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
rule mms_gmm_run:
    input:
        manifests=ancient(GMM.all_manifests()),
        results=[
            *(
                output
                for name in ("features", "regions", "model")
                for output in getattr(rules, f"mms_gmm_{name}").output
            ),
            f"{GMM_OUT}/overview.csv",
        ],
        models=[f"{GMM_OUT}/model/model.json"],
    output:
        run=f"{GMM_OUT}/run.json",
        crate=f"{GMM_OUT}/ro-crate-metadata.json",
    log:
        f"{GMM_OUT}/logs/run.log",
    benchmark:
        f"{GMM_OUT}/bench/run.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        config=GMM.recorded_config(),
        code=code_hash("scripts/provenance/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/provenance/run.py"


STUDY_TARGETS["mms_gmm"] = [
    f"{GMM_OUT}/index.html",
    f"{GMM_OUT}/overview.csv",
    *(
        output
        for name in ("features", "regions", "figures", "run")
        for output in getattr(rules, f"mms_gmm_{name}").output
    ),
    *expand(GMM_FIGURE, event=GMM.events),
]


rule mms_gmm:
    input:
        STUDY_TARGETS["mms_gmm"],
    message:
        f"mms_gmm is done: {RESULTS}/mms_gmm"
