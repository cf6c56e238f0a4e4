"""Pulsating aurora: one job per UTC date and camera, then labels in time per camera, tables and figures."""

from magnetoflow.workflow import aurora as asi

AUR = checked(asi.Plan, CONFIG, ARCHIVE, HERE / "magnetoflow" / "aurora" / "model")
AUR_OUT = f"{RESULTS}/aurora"
AUR_SHARD = f"{AUR_OUT}/work/{{site}}/{{day}}/{{hour}}/status.json"
AUR_TABLE = f"{AUR_OUT}/frames/{{dated}}/{{day}}_{{site}}_frames.csv"
AUR_PUBLISHED = f"{AUR_OUT}/classifications/{{dated}}/{{day}}_{{site}}_themis_classifications.txt"
AUR_DISCARDED = f"{AUR_OUT}/work/days/{{dated}}/{{day}}_{{site}}_discarded.json"
AUR_MANIFEST = signed(AUR.manifest) if ARCHIVE.source == asi.REMOTE else AUR.manifest_pattern()
AUR_MADE = signed(AUR.made) if ARCHIVE.source == asi.REMOTE else []
AUR_EXAMPLES, AUR_MANIFESTS = f"{AUR_OUT}/work/examples.nc", f"{AUR_OUT}/work/manifests.json"
AUR_IN_TIME = f"{AUR_OUT}/work/{{site}}/smoothed.nc"
AUR_TRAINING = f"{AUR_OUT}/training/all-images-{{dashed}}-{{site}}.h5"
AUR_FORMAT = AUR.study.figures.format
AUR_FIGURE = f"{AUR_OUT}/figures/camera_days/{{day}}_{{site}}.{AUR_FORMAT}"
EVENT_FIGURES["aurora"] = {AUR_FIGURE: len(AUR.camera_days) if AUR.study.figures.camera_days else 0}


wildcard_constraints:
    site="[a-z]{4}",
    hour="[0-9]{2}",
    dated="[0-9]{4}/[0-9]{2}/[0-9]{2}",
    dashed="[0-9]{4}-[0-9]{2}-[0-9]{2}",


rule sample_aurora:
    output:
        truth=f"{DATA}/sample/truth/aurora/{{site}}_{{day}}.csv",
        stamp=f"{DATA}/sample/truth/aurora/{{site}}_{{day}}.json",
    log:
        f"{AUR_OUT}/logs/sample/{{site}}_{{day}}.log",
    benchmark:
        f"{AUR_OUT}/bench/sample/{{site}}_{{day}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_aurora.py"),
    message:
        "Writing synthetic images of {wildcards.site}, {wildcards.day}"
    script:
        "../scripts/archive/sample_aurora.py"


rule sample_aurora_labels:
    output:
        [f"{DATA}/sample/{name}" for name in (*asi.LABEL_FILES, *asi.PREDICTION_FILES)],
    log:
        f"{AUR_OUT}/logs/sample/labels.log",
    benchmark:
        f"{AUR_OUT}/bench/sample/labels.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        config=ARCHIVE.rule_config,
        code=code_hash("scripts/archive/sample_aurora_labels.py"),
    message:
        "Writing synthetic label spreadsheets and published text files"
    script:
        "../scripts/archive/sample_aurora_labels.py"


rule aurora_training_set:
    input:
        manifest=AUR.training_manifest,
        labels=AUR.label_files,
    output:
        frames=AUR_TRAINING,
    log:
        f"{AUR_OUT}/logs/training/{{site}}_{{dashed}}.log",
    benchmark:
        f"{AUR_OUT}/bench/training/{{site}}_{{dashed}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=60,
    params:
        config=AUR.set_config(),
        code=code_hash("scripts/aurora/training_set.py"),
    message:
        "Collecting labelled frames of {wildcards.site}, {wildcards.dashed}"
    script:
        "../scripts/aurora/training_set.py"


rule aurora_model:
    input:
        sets=[asi.dated(AUR_TRAINING, *one) for one in AUR.training_days()],
    output:
        model=f"{AUR_OUT}/model/network/model.json",
        arrays=f"{AUR_OUT}/model/network/arrays.npz",
        card=f"{AUR_OUT}/model/network/card.md",
        evaluation=f"{AUR_OUT}/model/network/evaluation.csv",
    log:
        f"{AUR_OUT}/logs/model.log",
    benchmark:
        f"{AUR_OUT}/bench/model.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=600,
    params:
        config=AUR.model_config(),
        code=code_hash("scripts/aurora/model.py"),
    message:
        f"Providing the network: {AUR.study.model.source}"
    script:
        "../scripts/aurora/model.py"


# The whole manifest of a UTC date is an input: another file of it changes the camera-day. A shard states one of
# its files, written last, with the sha256 of the others: with each of them stated, ten thousand shards take
# Snakemake minutes to plan.
rule aurora_shard:
    input:
        manifest=AUR_MANIFEST,
        made=AUR_MADE,
        map=AUR.map_manifest(),
        model=f"{AUR_OUT}/model/network/model.json",
    output:
        status=AUR_SHARD,
    log:
        f"{AUR_OUT}/logs/{{site}}/{{day}}_{{hour}}.log",
    benchmark:
        f"{AUR_OUT}/bench/{{site}}/{{day}}_{{hour}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=120,
    params:
        config=signed(AUR.shard_config),
        code=code_hash("scripts/aurora/shard.py"),
    message:
        "Classifying images of {wildcards.site}, {wildcards.day} from {wildcards.hour} h"
    script:
        "../scripts/aurora/shard.py"


localrules:
    aurora_discard,


rule aurora_camera_day:
    input:
        shards=AUR.of_shards(AUR_SHARD),
    output:
        published=AUR_PUBLISHED,
        frames=AUR_TABLE,
    log:
        f"{AUR_OUT}/logs/camera_days/{{dated}}/{{day}}_{{site}}.log",
    benchmark:
        f"{AUR_OUT}/bench/camera_days/{{dated}}/{{day}}_{{site}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        code=code_hash("scripts/aurora/camera_day.py"),
    message:
        "Writing the classifications of {wildcards.site}, {wildcards.day}"
    script:
        "../scripts/aurora/camera_day.py"


# It deletes the stamp of the manifest too, which is no input: a shard that must run again brings its images
# again, and this job alone does not.
rule aurora_discard:
    input:
        manifest=ancient(AUR.manifest),
        shards=AUR.of_shards(AUR_SHARD),
        movie=f"{AUR_OUT}/movies/{{day}}_{{site}}.mp4" if AUR.study.movie.make else [],
    output:
        discarded=AUR_DISCARDED,
    log:
        f"{AUR_OUT}/logs/discarded/{{dated}}/{{day}}_{{site}}.log",
    benchmark:
        f"{AUR_OUT}/bench/discarded/{{dated}}/{{day}}_{{site}}.tsv"
    priority: 10
    conda:
        "../envs/archive.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=5,
    params:
        config=AUR.config_of(root=ARCHIVE.root),
        code=code_hash("scripts/aurora/discard.py"),
    message:
        "Deleting the images of {wildcards.site}, {wildcards.day} (remote.keep_raw: false)"
    script:
        "../scripts/aurora/discard.py"


rule aurora_smoother:
    input:
        tables=AUR.labelled_tables(AUR_TABLE) if AUR.study.smoothing.source == "fit" else [],
        shards=AUR.labelled_shards(AUR_SHARD) if AUR.study.smoothing.source == "fit" else [],
        labels=AUR.label_files if AUR.study.smoothing.source == "fit" else [],
    output:
        smoother=f"{AUR_OUT}/model/smoother.json",
    log:
        f"{AUR_OUT}/logs/smoother.log",
    benchmark:
        f"{AUR_OUT}/bench/smoother.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        config=AUR.smoother_config(),
        code=code_hash("scripts/aurora/smoother.py"),
    message:
        f"Providing the smoother: {AUR.study.smoothing.source}"
    script:
        "../scripts/aurora/smoother.py"


rule aurora_in_time:
    input:
        tables=AUR.days_of_site(AUR_TABLE),
        smoother=f"{AUR_OUT}/model/smoother.json",
    output:
        smoothed=f"{AUR_OUT}/smoothed/{{site}}.csv",
        series=AUR_IN_TIME,
        intervals=f"{AUR_OUT}/work/{{site}}/intervals.csv",
    log:
        f"{AUR_OUT}/logs/{{site}}/in_time.log",
    benchmark:
        f"{AUR_OUT}/bench/{{site}}/in_time.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        config=AUR.config_of("intervals"),
        code=code_hash("scripts/aurora/in_time.py"),
    message:
        "Smoothing the labels of {wildcards.site} in time"
    script:
        "../scripts/aurora/in_time.py"


rule aurora_tables:
    input:
        series=expand(AUR_IN_TIME, site=AUR.sites),
        intervals=expand(f"{AUR_OUT}/work/{{site}}/intervals.csv", site=AUR.sites),
        shards=AUR.every_shard(AUR_SHARD),
    output:
        **{name: table("aurora", f"{name}.csv") for name in asi.TABLES},
        examples=AUR_EXAMPLES,
        manifests=AUR_MANIFESTS,
    log:
        f"{AUR_OUT}/logs/tables.log",
    benchmark:
        f"{AUR_OUT}/bench/tables.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        config=AUR.config_of(),
        code=code_hash("scripts/aurora/tables.py"),
    message:
        "Listing intervals, periods, occurrence and quality, and choosing examples"
    script:
        "../scripts/aurora/tables.py"


rule aurora_scores:
    input:
        series=expand(AUR_IN_TIME, site=AUR.sites),
        shards=AUR.labelled_shards(AUR_SHARD),
        model=f"{AUR_OUT}/model/network/model.json" if AUR.predicted is None else [],
        smoother=f"{AUR_OUT}/model/smoother.json",
        labels=AUR.label_files,
    output:
        **{name: table("aurora", f"{name}.csv") for name in asi.SCORES},
    log:
        f"{AUR_OUT}/logs/scores.log",
    benchmark:
        f"{AUR_OUT}/bench/scores.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=30,
    params:
        config=AUR.config_of(),
        code=code_hash("scripts/aurora/scores.py"),
    message:
        "Comparing with human labels"
    script:
        "../scripts/aurora/scores.py"


rule aurora_camera_day_figure:
    input:
        shards=AUR.of_shards(AUR_SHARD) if AUR.predicted is None else [],
        smoothed=AUR_IN_TIME,
    output:
        figure=figure("aurora", AUR_FIGURE, "camera-day", "{site} {day}", caption="camera_day"),
    log:
        f"{AUR_OUT}/logs/figures/{{day}}_{{site}}.log",
    benchmark:
        f"{AUR_OUT}/bench/figures/{{day}}_{{site}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        config=AUR.figure_config(),
        code=code_hash("scripts/aurora/camera_day_figure.py"),
    message:
        "Drawing {wildcards.site}, {wildcards.day}"
    script:
        "../scripts/aurora/camera_day_figure.py"


rule aurora_figures:
    input:
        examples=AUR_EXAMPLES,
        model=f"{AUR_OUT}/model/network/model.json" if AUR.predicted is None else [],
        smoother=f"{AUR_OUT}/model/smoother.json",
        daily=f"{AUR_OUT}/daily.csv",
        occurrence=f"{AUR_OUT}/occurrence.csv",
        intervals=f"{AUR_OUT}/intervals.csv",
        reliability=f"{AUR_OUT}/reliability.csv",
        confusion=f"{AUR_OUT}/confusion.csv",
    output:
        **{name: figure("aurora", f"{AUR_OUT}/figures/{name}.{AUR_FORMAT}", name) for name in asi.FIGURES},
    log:
        f"{AUR_OUT}/logs/figures.log",
    benchmark:
        f"{AUR_OUT}/bench/figures.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=20,
    params:
        config=AUR.figure_config(),
        code=code_hash("scripts/aurora/figures.py"),
    message:
        "Drawing the study's figures"
    script:
        "../scripts/aurora/figures.py"


rule aurora_movie:
    input:
        manifest=AUR_MANIFEST,
        made=AUR_MADE,
        smoothed=AUR_IN_TIME,
    output:
        movie=f"{AUR_OUT}/movies/{{day}}_{{site}}.mp4",
    log:
        f"{AUR_OUT}/logs/movies/{{day}}_{{site}}.log",
    benchmark:
        f"{AUR_OUT}/bench/movies/{{day}}_{{site}}.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=120,
    params:
        config=AUR.config_of("movie", root=ARCHIVE.root),
        code=code_hash("scripts/aurora/movie.py"),
    message:
        "Making a movie of {wildcards.site}, {wildcards.day}"
    script:
        "../scripts/aurora/movie.py"


# The style of the figures is left out of run.json: a new colour redraws figures, and nothing else.
# The list of manifests stands for them: a shard is made again after its manifest, and the list after it.
rule aurora_run:
    input:
        listed=AUR_MANIFESTS,
        given=ancient([*AUR.label_files, *([] if AUR.predicted is None else AUR.tables_of_all(AUR_TABLE))]),
        results=[
            *(f"{AUR_OUT}/{name}.csv" for name in (*asi.TABLES, *asi.SCORES, "overview")),
            *expand(f"{AUR_OUT}/smoothed/{{site}}.csv", site=AUR.sites),
            *(rules.aurora_model.output if AUR.predicted is None else []),
            f"{AUR_OUT}/model/smoother.json",
        ],
        models=[
            f"{AUR_OUT}/model/smoother.json",
            *([f"{AUR_OUT}/model/network/model.json"] if AUR.predicted is None else []),
        ],
    output:
        run=f"{AUR_OUT}/run.json",
        crate=f"{AUR_OUT}/ro-crate-metadata.json",
    log:
        f"{AUR_OUT}/logs/run.log",
    benchmark:
        f"{AUR_OUT}/bench/run.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=30,
    params:
        config=AUR.recorded_config(),
        code=code_hash("scripts/provenance/run.py"),
    message:
        "Recording what the results were made from"
    script:
        "../scripts/provenance/run.py"


STUDY_TARGETS["aurora"] = [
    f"{AUR_OUT}/index.html",
    f"{AUR_OUT}/overview.csv",
    *(AUR.every_day(AUR_PUBLISHED) if AUR.predicted is None else []),
    *(AUR.every_day(AUR_DISCARDED) if AUR.discards else []),
    *expand(f"{AUR_OUT}/smoothed/{{site}}.csv", site=AUR.sites),
    *(
        output
        for name in ("tables", "scores", "figures", "run")
        for output in getattr(rules, f"aurora_{name}").output
    ),
    *(AUR.every_day(AUR_FIGURE) if AUR.study.figures.camera_days else []),
    *(
        AUR.every_day(f"{AUR_OUT}/movies/{{day}}_{{site}}.mp4")
        if AUR.study.movie.make and AUR.predicted is None
        else []
    ),
]


rule aurora:
    input:
        STUDY_TARGETS["aurora"],
    message:
        f"aurora is done: {RESULTS}/aurora"
