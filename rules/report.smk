"""The report: a front page per study. Captions find numbers of the results in config["numbers"] (common.smk)."""

from magnetoflow.report.methods import METHODS
from magnetoflow.workflow import front_page as front


wildcard_constraints:
    study="|".join(METHODS),


rule front_page:
    input:
        overview=f"{RESULTS}/{{study}}/overview.csv",
        tables=front.tables(RESULTS),
    output:
        page=report(
            f"{RESULTS}/{{study}}/index.html",
            caption="captions/front_page.rst",
            category="{study}",
            subcategory="1 Front page",
            labels={"page": "method, inputs, numbers, events"},
        ),
    log:
        f"{RESULTS}/{{study}}/logs/front_page.log",
    benchmark:
        f"{RESULTS}/{{study}}/bench/front_page.tsv"
    conda:
        "../envs/archive.yaml"
    threads: 1
    resources:
        mem_mb=memory(500),
        runtime=10,
    params:
        config=front.page_config(CONFIG, EVENT_FIGURES),
        code=code_hash("scripts/report/front_page.py"),
    message:
        "Writing the front page of {wildcards.study}"
    script:
        "../scripts/report/front_page.py"
