"""The report: a front page per study. Captions find numbers of the results in config["numbers"] (common.smk)."""

from magnetoflow.report.methods import METHODS
from magnetoflow.report.tables import TABLES
from magnetoflow.workflow.canonical import canonical


wildcard_constraints:
    study="|".join(METHODS),


def tables_of(wildcards):
    """Tables of a study that have one path; its overview is named."""
    tables = [table.path for table in TABLES[wildcards.study] if "{" not in table.path]
    return [f"{RESULTS}/{wildcards.study}/{path}" for path in tables if path != "overview.csv"]


def front_page_config(wildcards):
    """Canonical sentences of the method with the settings in use, and how many figures of events there are."""
    method = METHODS[wildcards.study](
        getattr(CONFIG, wildcards.study).model_dump(mode="json", exclude={"events"})
    )
    below = f"{RESULTS}/{wildcards.study}/"
    figures = {path.removeprefix(below): number for path, number in EVENT_FIGURES[wildcards.study].items()}
    return canonical({"method": method, "figures": figures})


rule front_page:
    input:
        overview=f"{RESULTS}/{{study}}/overview.csv",
        tables=tables_of,
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
        config=front_page_config,
        code=code_hash("scripts/report/front_page.py"),
    message:
        "Writing the front page of {wildcards.study}"
    script:
        "../scripts/report/front_page.py"
