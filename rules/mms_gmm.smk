"""Plasma regions from MMS ion spectra: minutes, features, mixture model, regions, crossings, figures."""

from magnetoflow.workflow import mms_gmm as gmm
from magnetoflow.workflow.models import check_model

GMM = CONFIG.mms_gmm
GMM_EVENTS = {event.id: event for event in GMM.events}
GMM_OUT = f"{RESULTS}/mms_gmm"
GMM_WORK = f"{GMM_OUT}/work/{{event}}"
GMM_MODEL = checked(check_model, GMM.model.source, HERE / "magnetoflow" / "mms_gmm" / "model")
GMM_FORMAT = GMM.figures.format
GMM_REGIONS = gmm.REGIONS


def gmm_manifests(quantity):
    """Input function: manifests of the days that an event needs of one quantity."""

    def of_event(wildcards):
        return [str(path) for path in gmm.manifests(GMM_EVENTS[wildcards.event], quantity, DATA, SOURCE)]

    return of_event


def gmm_files(wildcards):
    """Hashes of the file slots that an event uses. Of the wildcards only: one that takes input is not tracked."""
    return gmm.files(GMM_EVENTS[wildcards.event], DATA, SOURCE)


def gmm_stamps(wildcards):
    """Truth stamps of an event's sample days, as plain inputs beside the ancient manifests.

    Measured: a job below a job that runs is not asked for its own changes, and starts only through an input
    that is not ancient. Without the stamps, a rewritten sample would reach the minutes one run too late.
    """
    probe = f"mms{GMM_EVENTS[wildcards.event].probe}"
    days = gmm.days(GMM_EVENTS[wildcards.event])
    return [sample_stamp(probe, day) for day in days if in_sample(probe, day)]


def gmm_event_config(wildcards, **more):
    """Canonical configuration of one event and of the sections that its rule uses."""
    return canonical(
        {
            "event": GMM_EVENTS[wildcards.event],
            "source": gmm.source_text(SOURCE),
            **more,
        }
    )


rule mms_gmm_minutes:
    input:
        ions=ancient(gmm_manifests("ions")),
        field=ancient(gmm_manifests("field")),
        stamps=gmm_stamps,
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
        mem_mb=1500,
        runtime=30,
    params:
        config=lambda wildcards: gmm_event_config(
            wildcards,
            load=GMM.load,
            on_damaged=GMM.on_damaged,
            skip_failed=GMM.skip_failed,
        ),
        files=gmm_files,
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
        mem_mb=1000,
        runtime=10,
    params:
        config=lambda wildcards: gmm_event_config(wildcards, features=GMM.features),
        code=code_hash("scripts/mms_gmm/event_features.py"),
    message:
        "Computing features of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_features.py"


rule mms_gmm_features:
    input:
        features=expand(f"{GMM_WORK}/features.csv", event=GMM_EVENTS),
        status=expand(f"{GMM_WORK}/status.json", event=GMM_EVENTS),
    output:
        features=f"{GMM_OUT}/features.csv",
        failed=f"{GMM_OUT}/failed.csv",
    log:
        f"{GMM_OUT}/logs/features.log",
    benchmark:
        f"{GMM_OUT}/bench/features.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config=canonical({"events": list(GMM_EVENTS)}),
        code=code_hash("scripts/mms_gmm/features.py"),
    message:
        "Merging the features of all events"
    script:
        "../scripts/mms_gmm/features.py"


rule mms_gmm_model:
    input:
        features=f"{GMM_OUT}/features.csv" if GMM.model.source == "fit" else [],
    output:
        model=f"{GMM_OUT}/model/model.json",
        arrays=f"{GMM_OUT}/model/arrays.npz",
        selection=f"{GMM_OUT}/model/selection.csv",
    log:
        f"{GMM_OUT}/logs/model.log",
    benchmark:
        f"{GMM_OUT}/bench/model.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        config=canonical({"model": GMM.model, "source": gmm.source_text(SOURCE), **GMM_MODEL}),
        code=code_hash("scripts/mms_gmm/model.py"),
    message:
        f"Providing the model: {GMM.model.source}"
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
        mem_mb=1000,
        runtime=10,
    params:
        config=lambda wildcards: gmm_event_config(wildcards, labels=GMM.labels, cleaning=GMM.cleaning),
        code=code_hash("scripts/mms_gmm/event_regions.py"),
    message:
        "Labelling the minutes of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_regions.py"


rule mms_gmm_regions:
    input:
        regions=expand(f"{GMM_WORK}/regions.csv", event=GMM_EVENTS),
        features=f"{GMM_OUT}/features.csv",
    output:
        regions=f"{GMM_OUT}/regions.csv",
        published=f"{GMM_OUT}/labeled_sunside_data.csv",
        lists=[f"{GMM_OUT}/{region}_region_list.csv" for region in GMM_REGIONS],
        crossings=f"{GMM_OUT}/crossings.csv",
    log:
        f"{GMM_OUT}/logs/regions.log",
    benchmark:
        f"{GMM_OUT}/bench/regions.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config=canonical(
            {
                "events": list(GMM_EVENTS),
                "lists": GMM.lists,
                "crossings": GMM.crossings,
                "regions": GMM_REGIONS,
                "source": gmm.source_text(SOURCE),
            }
        ),
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
        figure=report(
            f"{GMM_OUT}/figures/{{event}}_regions.{GMM_FORMAT}",
            caption="../docs/captions/mms_gmm_regions.rst",
            category="mms_gmm",
            labels={"figure": "regions", "event": "{event}"},
        ),
    log:
        f"{GMM_OUT}/logs/{{event}}/figure.log",
    benchmark:
        f"{GMM_OUT}/bench/{{event}}/figure.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        config=lambda wildcards: gmm_event_config(wildcards, figures=GMM.figures),
        code=code_hash("scripts/mms_gmm/event_figure.py"),
    message:
        "Drawing the regions of {wildcards.event}"
    script:
        "../scripts/mms_gmm/event_figure.py"


rule mms_gmm_figures:
    input:
        minutes=expand(f"{GMM_WORK}/minutes.nc", event=GMM_EVENTS),
        features=f"{GMM_OUT}/features.csv",
        regions=f"{GMM_OUT}/regions.csv",
        crossings=f"{GMM_OUT}/crossings.csv",
        model=f"{GMM_OUT}/model/model.json",
        arrays=f"{GMM_OUT}/model/arrays.npz",
        selection=f"{GMM_OUT}/model/selection.csv",
    output:
        **{
            name: report(
                f"{GMM_OUT}/figures/{name}.{GMM_FORMAT}",
                caption=f"../docs/captions/mms_gmm_{name}.rst",
                category="mms_gmm",
                labels={"figure": name, "event": "all"},
            )
            for name in gmm.FIGURES
        },
    log:
        f"{GMM_OUT}/logs/figures.log",
    benchmark:
        f"{GMM_OUT}/bench/figures.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        config=canonical(
            {
                "events": list(GMM_EVENTS),
                "figures": GMM.figures,
                "source": gmm.source_text(SOURCE),
            }
        ),
        code=code_hash("scripts/mms_gmm/figures.py"),
    message:
        "Drawing the study's figures"
    script:
        "../scripts/mms_gmm/figures.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
rule mms_gmm_run:
    input:
        manifests=lambda wildcards: ancient(
            sorted(
                {
                    str(path)
                    for event in GMM_EVENTS.values()
                    for path in gmm.all_manifests(event, DATA, SOURCE)
                }
            )
        ),
        features=f"{GMM_OUT}/features.csv",
        regions=f"{GMM_OUT}/regions.csv",
        model=f"{GMM_OUT}/model/model.json",
    output:
        run=f"{GMM_OUT}/run.json",
    log:
        f"{GMM_OUT}/logs/run.log",
    benchmark:
        f"{GMM_OUT}/bench/run.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        config=canonical(gmm.recorded(CONFIG)),
        code=code_hash("scripts/mms_gmm/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/mms_gmm/run.py"


STUDY_TARGETS["mms_gmm"] = [
    *(
        output
        for name in ("features", "regions", "figures", "run")
        for output in getattr(rules, f"mms_gmm_{name}").output
    ),
    *expand(f"{GMM_OUT}/figures/{{event}}_regions.{GMM_FORMAT}", event=GMM_EVENTS),
]


rule mms_gmm:
    input:
        STUDY_TARGETS["mms_gmm"],
