"""Magnetopause crossings: each event is read, analysed and drawn by one job each; then tables of all events."""

from magnetoflow.workflow import mms_mp as magnetopause

MP = checked(magnetopause.Plan, CONFIG, ARCHIVE)
MP_OUT = f"{RESULTS}/mms_mp"
MP_EVENT = f"{MP_OUT}/{{event}}"
MP_WORK = f"{MP_OUT}/work/{{event}}"
MP_FORMAT = MP.study.figures.format
EVENT_FIGURES["mms_mp"] = {f"{MP_EVENT}/figures": len(MP.events) * len(MP.figures())}


rule sample_mms_mp:
    output:
        truth=f"{DATA}/sample/truth/mms_mp/mms{{probe}}_{{day}}.csv",
        stamp=f"{DATA}/sample/truth/mms_mp/mms{{probe}}_{{day}}.json",
    log:
        f"{MP_OUT}/logs/sample/mms{{probe}}_{{day}}.log",
    benchmark:
        f"{MP_OUT}/bench/sample/mms{{probe}}_{{day}}.tsv"
    wildcard_constraints:
        probe="[1-4]",
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_mms_mp.py"),
    message:
        "Writing synthetic magnetopause data of MMS{wildcards.probe}, {wildcards.day}"
    script:
        "../scripts/archive/sample_mms_mp.py"


rule mms_mp_load:
    input:
        manifests=ancient(MP.manifests_of),
        made=MP.made,
    output:
        event=f"{MP_WORK}/event.nc",
        status=f"{MP_WORK}/status.json",
    log:
        f"{MP_OUT}/logs/{{event}}/load.log",
    benchmark:
        f"{MP_OUT}/bench/{{event}}/load.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000),
        runtime=30,
    params:
        config=MP.load_config,
        files=MP.files,
        code=code_hash("scripts/mms_mp/load.py"),
    message:
        "Reading all spacecraft of {wildcards.event}"
    script:
        "../scripts/mms_mp/load.py"


rule mms_mp_analysis:
    input:
        event=f"{MP_WORK}/event.nc",
        status=f"{MP_WORK}/status.json",
    output:
        **{name: f"{MP_EVENT}/{name}.csv" for name in magnetopause.EVENT_TABLES},
        analysis=f"{MP_WORK}/analysis.json",
        status=f"{MP_WORK}/analysed.json",
        result=f"{MP_EVENT}/mp_analysis.json",
        boundary=f"{MP_EVENT}/boundary_summary.json",
        metrics=f"{MP_EVENT}/metrics.json",
        series=directory(f"{MP_EVENT}/series"),
    log:
        f"{MP_OUT}/logs/{{event}}/analysis.log",
    benchmark:
        f"{MP_OUT}/bench/{{event}}/analysis.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=30,
    params:
        config=MP.event_config(*magnetopause.ANALYSIS, overlay=MP.overlay(), keep=MP.kept()),
        code=code_hash("scripts/mms_mp/analysis.py"),
    message:
        "Finding crossings, axes, motion and thickness of {wildcards.event}"
    script:
        "../scripts/mms_mp/analysis.py"


rule mms_mp_figures:
    input:
        event=f"{MP_WORK}/event.nc",
        analysis=f"{MP_WORK}/analysis.json",
        status=f"{MP_WORK}/analysed.json",
    output:
        **{
            name: figure("mms_mp", f"{MP_EVENT}/figures/{name}.{MP_FORMAT}", name, "{event}")
            for name in MP.figures()
        },
    log:
        f"{MP_OUT}/logs/{{event}}/figures.log",
    benchmark:
        f"{MP_OUT}/bench/{{event}}/figures.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=MP.event_config("figures", spectrograms=MP.drawn(), overlay=MP.overlay()),
        code=code_hash("scripts/mms_mp/figures.py"),
    message:
        "Drawing {wildcards.event}"
    script:
        "../scripts/mms_mp/figures.py"


rule mms_mp_viewer:
    input:
        event=f"{MP_WORK}/event.nc",
        analysis=f"{MP_WORK}/analysis.json",
        status=f"{MP_WORK}/analysed.json",
        figures=[f"{MP_EVENT}/figures/{name}.{MP_FORMAT}" for name in MP.figures()],
    output:
        page=f"{MP_EVENT}/index.html",
        viewer=directory(f"{MP_EVENT}/viewer"),
    log:
        f"{MP_OUT}/logs/{{event}}/viewer.log",
    benchmark:
        f"{MP_OUT}/bench/{{event}}/viewer.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=MP.event_config("figures", overlay=MP.overlay()),
        code=code_hash("scripts/mms_mp/viewer.py"),
    message:
        "Writing the page of {wildcards.event}, with a five-panel summary of each spacecraft"
    script:
        "../scripts/mms_mp/viewer.py"


rule mms_mp_tables:
    input:
        events=MP.every(f"{MP_EVENT}/event.csv"),
        statuses=MP.every(f"{MP_WORK}/analysed.json"),
    output:
        **{name: table("mms_mp", f"{name}.csv") for name in magnetopause.TABLES},
    log:
        f"{MP_OUT}/logs/tables.log",
    benchmark:
        f"{MP_OUT}/bench/tables.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=MP.study_config(),
        code=code_hash("scripts/mms_mp/tables.py"),
    message:
        "Listing all events"
    script:
        "../scripts/mms_mp/tables.py"


rule mms_mp_all_figures:
    input:
        events=f"{MP_OUT}/events.csv",
    output:
        **{
            name: figure("mms_mp", f"{MP_OUT}/figures/{name}.{MP_FORMAT}", name)
            for name in magnetopause.FIGURES
        },
    log:
        f"{MP_OUT}/logs/figures.log",
    benchmark:
        f"{MP_OUT}/bench/figures.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=MP.study_config("figures"),
        code=code_hash("scripts/mms_mp/all_figures.py"),
    message:
        "Drawing all events side by side"
    script:
        "../scripts/mms_mp/all_figures.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
rule mms_mp_run:
    input:
        manifests=ancient(MP.all_manifests()),
        given=ancient([str(one) for one in (MP.study.overlay,) if one is not None]),
        results=[
            *(f"{MP_OUT}/{name}.csv" for name in (*magnetopause.TABLES, "overview")),
            *(one for name in magnetopause.EVENT_TABLES for one in MP.every(f"{MP_EVENT}/{name}.csv")),
            *MP.every(f"{MP_EVENT}/mp_analysis.json"),
            *MP.every(f"{MP_EVENT}/boundary_summary.json"),
            *MP.every(f"{MP_EVENT}/metrics.json"),
        ],
    output:
        run=f"{MP_OUT}/run.json",
        crate=f"{MP_OUT}/ro-crate-metadata.json",
    log:
        f"{MP_OUT}/logs/run.log",
    benchmark:
        f"{MP_OUT}/bench/run.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        config=MP.recorded_config(),
        code=code_hash("scripts/provenance/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/provenance/run.py"


STUDY_TARGETS["mms_mp"] = [
    f"{MP_OUT}/index.html",
    f"{MP_OUT}/overview.csv",
    *(
        output
        for name in ("tables", "all_figures", "run")
        for output in getattr(rules, f"mms_mp_{name}").output
    ),
    *MP.every(f"{MP_EVENT}/mp_analysis.json"),
    *(one for name in MP.figures() for one in MP.every(f"{MP_EVENT}/figures/{name}.{MP_FORMAT}")),
    *MP.every(f"{MP_EVENT}/index.html"),
]


rule mms_mp:
    input:
        STUDY_TARGETS["mms_mp"],
    message:
        f"mms_mp is done: {RESULTS}/mms_mp"
