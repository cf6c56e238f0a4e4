"""Overview of each study: one row per event, from the tables that its other rules make."""

from magnetoflow.workflow import overview


rule mms_gmm_overview:
    input:
        manifests=ancient(GMM.all_manifests()),
        regions=f"{GMM_OUT}/regions.csv",
        crossings=f"{GMM_OUT}/crossings.csv",
        failed=f"{GMM_OUT}/failed.csv",
    output:
        overview=table("mms_gmm", "overview.csv"),
    log:
        f"{GMM_OUT}/logs/overview.log",
    benchmark:
        f"{GMM_OUT}/bench/overview.tsv"
    conda:
        "../envs/mms_gmm.yaml"
    threads: 1
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        config=overview.config_of(GMM),
        code=code_hash("scripts/mms_gmm/overview.py"),
    message:
        "Listing what each event of mms_gmm had, lacked and gave"
    script:
        "../scripts/mms_gmm/overview.py"


rule mms_mp_overview:
    input:
        manifests=ancient(MP.all_manifests()),
        quality=MP.every(f"{MP_EVENT}/quality.csv"),
        crossings=MP.every(f"{MP_EVENT}/crossings.csv"),
        remarks=f"{MP_OUT}/remarks.csv",
        failed=f"{MP_OUT}/failed.csv",
    output:
        overview=table("mms_mp", "overview.csv"),
    log:
        f"{MP_OUT}/logs/overview.log",
    benchmark:
        f"{MP_OUT}/bench/overview.tsv"
    conda:
        "../envs/mms_mp.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=overview.config_of(MP),
        code=code_hash("scripts/mms_mp/overview.py"),
    message:
        "Listing what each event of mms_mp had, lacked and gave"
    script:
        "../scripts/mms_mp/overview.py"


rule mms_rnn_overview:
    input:
        manifests=ancient(RNN.all_manifests()),
        summary=f"{RNN_OUT}/summary.csv",
        remarks=f"{RNN_OUT}/remarks.csv",
        failed=f"{RNN_OUT}/failed.csv",
    output:
        overview=table("mms_rnn", "overview.csv"),
    log:
        f"{RNN_OUT}/logs/overview.log",
    benchmark:
        f"{RNN_OUT}/bench/overview.tsv"
    conda:
        "../envs/mms_rnn.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000),
        runtime=10,
    params:
        config=overview.config_of(RNN),
        code=code_hash("scripts/mms_rnn/overview.py"),
    message:
        "Listing what each event of mms_rnn had, lacked and gave"
    script:
        "../scripts/mms_rnn/overview.py"


rule rept_pad_overview:
    input:
        manifests=ancient(REPT.all_manifests()),
        labels=f"{REPT_OUT}/labels.parquet",
        remarks=f"{REPT_OUT}/remarks.csv",
        failed=f"{REPT_OUT}/failed.csv",
    output:
        overview=table("rept_pad", "overview.csv"),
    log:
        f"{REPT_OUT}/logs/overview.log",
    benchmark:
        f"{REPT_OUT}/bench/overview.tsv"
    conda:
        "../envs/rept_pad.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        config=overview.config_of(REPT),
        code=code_hash("scripts/rept_pad/overview.py"),
    message:
        "Listing what each event of rept_pad had, lacked and gave"
    script:
        "../scripts/rept_pad/overview.py"


rule aurora_overview:
    input:
        series=expand(AUR_IN_TIME, site=AUR.sites),
        quality=f"{AUR_OUT}/quality.csv",
        intervals=f"{AUR_OUT}/intervals.csv",
        failed=f"{AUR_OUT}/failed.csv",
    output:
        overview=table("aurora", "overview.csv"),
    log:
        f"{AUR_OUT}/logs/overview.log",
    benchmark:
        f"{AUR_OUT}/bench/overview.tsv"
    conda:
        "../envs/aurora.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        config=overview.config_of(AUR),
        code=code_hash("scripts/aurora/overview.py"),
    message:
        "Listing what each camera-day of aurora had, lacked and gave"
    script:
        "../scripts/aurora/overview.py"
