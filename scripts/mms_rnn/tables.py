"""List intervals, energy conversion by region, a summary of each event and spacecraft, and what failed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from magnetoflow.io.scaling_files import read_scales
from magnetoflow.io.tables import read_csv, write_csv
from magnetoflow.io.time_series import read_series
from magnetoflow.mms_rnn.intervals import intervals
from magnetoflow.mms_rnn.lmn import frame_name
from magnetoflow.mms_rnn.remarks import COLUMNS, sample_remarks, scale_remarks
from magnetoflow.mms_rnn.statistics import by_region, sample_seconds
from magnetoflow.mms_rnn.summary import summary
from magnetoflow.workflow.failures import COLUMNS as FAILED_COLUMNS
from magnetoflow.workflow.failures import failed, read_status
from magnetoflow.workflow.jobs import LOG, run_job

WORK = tuple(
    f"{current}_dot_{field}{part}_nw_m3"
    for current in ("j", "j_i", "j_e")
    for field in ("e", "e_prime")
    for part in ("", "_para", "_perp")
)
MEASURED = ("b_gse_nt", "v_i_gse_km_s", "n_e_cm3")
DIGITS = 6


def measured(path, rows):
    """Work of the electric field, and what intervals are described by; nothing without labels."""
    _, values, about = read_series(path, (*WORK, *MEASURED))
    values = {name: one[:rows] for name, one in values.items()}
    work = {name.removesuffix("_nw_m3"): values[name] for name in WORK}
    described = {
        "j_dot_e_prime_nw_m3": values["j_dot_e_prime_nw_m3"],
        "b_nt": np.linalg.norm(values["b_gse_nt"], axis=1),
        "n_e_cm3": values["n_e_cm3"],
        "v_ix_gse_km_s": values["v_i_gse_km_s"][:, 0],
    }
    return work, described, about


def joined(parts):
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def failures(statuses, reasons):
    """Statuses of what failed to load, and of events that could not be scaled."""
    statuses = failed(statuses)
    known = {one["event"].rsplit("_mms", 1)[0] for one in statuses}
    for event, reason in reasons.items():
        if reason and event not in known:
            statuses.append({"event": event, "failed": True, "error": "InsufficientData", "reason": reason})
    for one in statuses:
        LOG.warning("left out: %s: %s", one["event"], one["reason"])
    return pd.DataFrame(statuses, columns=list(FAILED_COLUMNS))


def rounded(table, source, model):
    """Six significant digits, as no number here has more, with source and model last."""
    numbers = table.select_dtypes("floating").columns
    table[numbers] = table[numbers].map(lambda value: float(f"{value:.{DIGITS}g}"))
    rest = [name for name in table.columns if name not in ("source", "model")]
    return table[rest].assign(source=source, model=model)


def of_pair(labels, work, scales, window, shared):
    """Row of the summary of one event and spacecraft."""
    facts = {"frame": frame_name(scales.frame), "window": window}
    for name, unit in (("b0", "nt"), ("n0", "cm3")):
        derived = scales.from_data.get(f"{name}_{unit}")
        facts[f"{name}_from_data_{unit}"] = derived.value if derived else np.nan
        facts[f"{name}_from_data_error_{unit}"] = derived.error if derived else np.nan
    return summary(labels, work["j_dot_e_prime"], scales.scaling, facts, **shared)


def remarks(labels, statuses, scales, spans):
    """What should be known of each event and spacecraft."""
    rows = [(event, "", text) for event, one in scales.items() for text in scale_remarks(one)]
    for one in statuses:
        event, probe = one["event"].rsplit("_mms", 1)
        rows += [(event, probe, text) for text in one["remarks"]]
    for table in labels:
        if len(table):
            event, probe = table["event"].iloc[0], str(table["probe"].iloc[0])
            seconds = float(sample_seconds(table).sum())
            rows += [(event, probe, text) for text in sample_remarks(table, seconds, spans[event])]
    for event, probe, text in rows:
        LOG.warning("%s mms%s: %s", event, probe, text)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def main(job):
    config = json.loads(job.params.config)
    options, source = config["statistics"], config["source"]
    shared = {"block_s": options["block_s"], "seed": options["seed"]}
    labels = [read_csv(path) for path in job.input.labels]
    parts = [measured(path, len(one)) for path, one in zip(job.input.variables, labels, strict=True)]
    scales = dict(zip(config["events"], map(read_scales, job.input.scaling), strict=True))
    found = [k for k, one in enumerate(labels) if len(one)]
    table = pd.concat([labels[k] for k in found], ignore_index=True) if found else labels[0]
    work, described = (joined([part[k] for part in parts]) for k in (0, 1))
    rows = []
    for k in found:
        event = parts[k][2]["event"]
        rows.append(of_pair(labels[k], parts[k][0], scales[event], config["window"], shared))
    tables = {
        "intervals": intervals(table, described, shortest_s=config["intervals"]["min_duration_s"], **shared),
        "statistics": by_region(table, work, draws=options["resamples"], **shared),
        "summary": pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(),
    }
    model = json.loads(Path(job.input.model).read_text(encoding="utf-8"))
    names = {"source": source, "model": f"{model['id']}, trained on {model['trained_on']}"}
    for name, content in tables.items():
        write_csv(job.output[name], rounded(content, **names))
    statuses = [read_status(path) for path in job.input.statuses]
    said = remarks(labels, statuses, scales, config["spans"])
    write_csv(job.output.remarks, said.assign(source=source))
    write_csv(job.output.failed, failures(statuses, {event: one.reason for event, one in scales.items()}))


run_job(main, snakemake)
