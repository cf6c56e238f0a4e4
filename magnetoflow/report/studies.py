"""Numbers of each study beside those of its overview, from its small tables; all as words for captions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from magnetoflow.report.rows import (
    Row,
    amount,
    cell,
    counted,
    in_line,
    kinds,
    listed,
    middle,
    numbers_of,
    read_rows,
    share,
    whole,
    with_unit,
)

Found = dict[str, Any]
SCORES = ("macro_f1", "accuracy", "false_separatrix", "calibration_error")
"""Scores of the network of ``mms_rnn`` that captions say; the table has all."""


def mms_gmm(folder: Path) -> Found:
    """Crossings by type, and the choice of the mixture."""
    crossings, tried = read_rows(folder / "crossings.csv"), read_rows(folder / "model/selection.csv")
    clean = sum(row["clean"] == "1" for row in crossings)
    chosen = [row for row in tried if row["chosen"] == "True"]
    refused = sum(row["accepted"] != "True" for row in tried)
    lists = {
        name: len(read_rows(folder / f"{name}_region_list.csv"))
        for name in ("solar_wind", "ion_foreshock", "magnetosheath", "magnetosphere")
    }
    return {
        "crossing_types": listed(kinds(crossings, "type")),
        "clean": f"{clean} of {len(crossings)} crossings are clean",
        "uncertainty": middle(crossings, "uncertainty_s", "s"),
        "confidence": middle(crossings, "confidence"),
        "tried": amount(len(tried), "mixtures"),
        "crossing_words": amount(len(crossings), "crossings"),
        "refused": refused,
        "chosen": in_line(
            [
                f"{row['components']} components, {row['covariance']} covariances, BIC {cell(row['bic'])}, "
                f"stability {cell(row['stability'], error=row['stability_std'])}"
                for row in chosen
            ]
        )
        or "no mixture was chosen here: the model was given",
        "lists": listed(lists),
    }


def mms_mp(folder: Path) -> Found:
    """Median normal, speed and thickness with their errors, methods, formations; and one event's."""
    rows = read_rows(folder / "events.csv")
    good = [row for row in rows if row["normal_reliable"] == "True"]
    wide = [
        {
            "h": row[f"half_width_km_mms{p}"],
            "e": row[f"half_width_error_km_mms{p}"],
        }
        for row in rows
        for p in "1234"
        if row.get(f"half_width_km_mms{p}")
    ]
    speeds = [{"v": str(abs(value))} for value in numbers_of(rows, "vn_km_s")]
    return {
        "passes": sum(whole(row["passes"]) for row in rows),
        "reliable": f"{len(good)} of {counted(len(rows), 'event')} have a reliable normal",
        "methods": listed(kinds(rows, "normal_method")),
        "speed_methods": listed(kinds(rows, "speed_method")),
        "formations": listed(kinds(rows, "formation")),
        "senses": listed(kinds(rows, "type")),
        "normal_error": middle(good, "n_error_deg", "degrees"),
        "b_n": middle(good, "b_n_nt", "nT"),
        "b_n_error": middle(good, "b_n_error_nt", "nT"),
        "speed": middle(speeds, "v", "km/s"),
        "speed_error": middle(rows, "vn_error_km_s", "km/s"),
        "half_width": middle(wide, "h", "km"),
        "half_width_error": middle(wide, "e", "km"),
        "widths": amount(len(wide), "crossings"),
        "of_event": {row["event"]: _boundary(row) for row in rows},
    }


def _boundary(row: Row) -> Found:
    """Numbers of the main pass of one event."""
    normal = in_line([f"{float(row[one]):.4f}" for one in ("n_x", "n_y", "n_z") if row[one]])
    error = cell(row["n_error_deg"], "degrees")
    b_n, speed = (row["b_n_nt"], row["b_n_error_nt"]), (row["vn_km_s"], row["vn_error_km_s"])
    probes = [p for p in "1234" if row.get(f"crossing_mms{p}")]
    widths = [
        f"MMS{p} {cell(row[f'half_width_km_mms{p}'], 'km', row[f'half_width_error_km_mms{p}'])}"
        for p in probes
        if row[f"half_width_km_mms{p}"]
    ]
    slopes = [
        f"MMS{p} {cell(row[f'walen_slope_mms{p}'], error=row[f'walen_slope_error_mms{p}'])}"
        for p in probes
        if row[f"walen_slope_mms{p}"]
    ]
    times = [
        f"MMS{p} {row[f'crossing_mms{p}'][11:23]} ± {cell(row[f'crossing_error_s_mms{p}'], 's')}"
        for p in probes
    ]
    return {
        "formation": row["formation"],
        "normal": f"normal ({normal}) in GSM by {row['normal_method']}, error {error}"
        if normal
        else "no normal",
        "b_n": f"B_N {cell(b_n[0], 'nT', b_n[1])}",
        "speed": f"speed along N {cell(speed[0], 'km/s', speed[1])}"
        + (f" by {row['speed_method']}" if row["speed_method"] else ""),
        "times": in_line(times) or "no crossing",
        "widths": in_line(widths) or "not known",
        "slopes": in_line(slopes) or "not known",
    }


def mms_rnn(folder: Path) -> Found:
    """Work by region, scales, intervals, scores of the network; and the scales of one event."""
    rows, spans = read_rows(folder / "summary.csv"), read_rows(folder / "intervals.csv")
    work = [
        f"{row['region']} {cell(row['mean_nw_m3'], error=row['error_nw_m3'])}"
        for row in read_rows(folder / "statistics.csv")
        if row["event"] == "all" and row["quantity"] == "j_dot_e_prime" and row["mean_nw_m3"]
    ]
    scores = {
        row["metric"].replace("_", " "): cell(row["value"], error=row["error"])
        for row in read_rows(folder / "model/evaluation.csv")
        if (row["set"], row["noise_e0"]) == ("held_out", "0.0") and row["metric"] in SCORES
    }
    return {
        "spacecraft": amount(len(rows), "records"),
        "seconds": with_unit(sum(numbers_of(rows, "seconds")), "s"),
        "labelled": f"{with_unit(sum(_region_seconds(row) for row in rows), 's')} with a region, of "
        f"{with_unit(sum(numbers_of(rows, 'seconds')), 's')}",
        "intervals": len(spans),
        "interval_regions": listed(kinds(spans, "region")),
        "duration": middle(spans, "duration_s", "s"),
        "confidence": middle(rows, "median_confidence"),
        "stable": middle(rows, "share_stable"),
        "unsure": f"{sum(whole(row['samples_unsure']) for row in rows)} of "
        f"{sum(whole(row['samples']) for row in rows)} samples are unsure",
        "work": in_line(work) or "not known",
        "scores": in_line([f"{name.replace('_', ' ')} {value}" for name, value in scores.items()])
        or "not known",
        "of_event": {row["event"]: {"scales": _scales(row)} for row in rows},
        "of_probe": {f"{row['event']}_mms{row['probe']}": _labelled(row) for row in rows},
    }


def _region_seconds(row: Row) -> float:
    """Time of one event and spacecraft that has a region, neither unsure nor without input."""
    other = {"seconds_missing_input"}
    return sum(float(row[name] or 0) for name in row if name.startswith("seconds_") and name not in other)


def _labelled(row: Row) -> str:
    """Numbers of one event and spacecraft."""
    stable = share(float(row["share_stable"] or 0), 1)
    work = cell(row["mean_j_dot_e_prime_nw_m3"], "nW/m³", row["error_j_dot_e_prime_nw_m3"])
    return (
        f"{row['samples']} samples, {row['samples_unsure']} of them unsure; median confidence "
        f"{cell(row['median_confidence'])}; {stable} keep their label under other scales; mean J.E' {work}"
    )


def _scales(row: Row) -> str:
    b0, n0 = cell(row["b0_nt"], "nT", row["b0_error_nt"]), cell(row["n0_cm3"], "cm⁻³", row["n0_error_cm3"])
    speed = cell(row["v_a_km_s"], "km/s", row["v_a_error_km_s"])
    return (
        f"B0 {b0} ({row['b0_method']}), n0 {n0} ({row['n0_method']}), v_A {speed}, "
        f"ion inertial length {cell(row['d_i_km'], 'km')}"
    )


def rept_pad(folder: Path) -> Found:
    """Classes with their shares, how many there are and why, storms, occurrence."""
    classes, number = read_rows(folder / "classes.csv"), read_rows(folder / "model/number.csv")
    with_class = sum(whole(row["records"]) for row in classes if row["class_id"] != "-1")
    real = [row for row in classes if row["class_id"] not in {"0", "-1"}]
    chosen = [row for row in number if row["chosen"] == "True"]
    storms = {row["storm"] for row in read_rows(folder / "storms.csv")} - {"all"}
    occurrence = read_rows(folder / "occurrence.csv")
    cells = {(row["l_low"], row["mlt_low"]) for row in occurrence if row["activity"] == "all"}
    quality = read_rows(folder / "quality.csv")
    return {
        "classes": counted(len(real), "class", "classes"),
        "class_shares": in_line(
            [
                f"{row['class_name']} {share(float(row['share']), 1)} "
                f"± {100 * float(row['share_error'] or 0):.1g} %"
                for row in real
                if row["share"]
            ]
        )
        + f", of {amount(with_class, 'records')} with data"
        if any(row["share"] for row in real)
        else "none",
        "probability": middle(real, "probability"),
        "stability": in_line([cell(row["stability"], error=row["stability_error"]) for row in chosen])
        or "not known",
        "tried": amount(len(number), "numbers"),
        "storms": counted(len(storms), "storm"),
        "cells": amount(len(cells), "cells"),
        "days": amount(
            len({(row["event"], row["date"]) for row in read_rows(folder / "daily.csv")}), "dates"
        ),
        "with_data": f"{sum(whole(row['with_data']) for row in quality)} above the background, "
        f"{sum(whole(row['background']) for row in quality)} at the background, "
        f"{sum(whole(row['no_data']) for row in quality)} without data",
        "methods": amount(len(read_rows(folder / "model/methods.csv")), "ways"),
        "reduction": _reduction(read_rows(folder / "model/reconstruction.csv")),
    }


def _reduction(rows: list[Row]) -> str:
    """Median residual of each method."""
    methods = dict.fromkeys(row["method"] for row in rows)
    of = {one: [row for row in rows if row["method"] == one] for one in methods}
    return "; ".join(f"{one}: {middle(of[one], 'error')}" for one in methods) or "not known"


def aurora(folder: Path) -> Found:
    """Intervals and periods, hours observed, scores against human labels, refused files."""
    spans, daily = read_rows(folder / "intervals.csv"), read_rows(folder / "daily.csv")
    observed, good, pulsating = (
        sum(numbers_of(daily, f"hours_{name}")) for name in ("observed", "good", "pulsating")
    )
    scores = [row for row in read_rows(folder / "evaluation.csv") if row["camera_day"] == "all"]
    quality = read_rows(folder / "quality.csv")
    refused, files = (sum(whole(row[name]) for row in quality) for name in ("refused", "files"))
    return {
        "crossings": len(spans),
        "intervals": counted(len(spans), "interval") + _midnights(spans),
        "duration": middle(spans, "duration_s", "s"),
        "pulsating_minutes": with_unit(sum(numbers_of(spans, "duration_s")) / 60, "minutes"),
        "period": middle(spans, "period_s", "s"),
        "hours": f"{with_unit(observed, 'h')} observed, {with_unit(good, 'h')} of good viewing, "
        f"{with_unit(pulsating, 'h')} pulsating",
        "pulsating_share": share(pulsating, good),
        "patches": len(read_rows(folder / "pulsation.csv")),
        "refused": f"{refused} of {counted(files + refused, 'file')} refused",
        "scores": in_line(
            [
                f"{row['stage']}: accuracy {cell(row['accuracy'])}, kappa {cell(row['kappa'])}, "
                f"calibration error {cell(row['ece'])} on {row['frames']} labelled frames"
                for row in scores
            ]
        )
        or "no labelled frames",
        "days": amount(len({(row["site"], row["date"]) for row in daily}), "dates"),
    }


def _midnights(spans: list[Row]) -> str:
    """Say why the events of the overview have more intervals than there are."""
    twice = sum(map(_next_day, spans))
    words = "spans midnight and counts" if twice == 1 else "span midnight and count"
    return f", {twice} of which {words} in both events" if twice else ""


def _next_day(row: Row) -> bool:
    """Tell whether an interval ends after midnight; a stop at midnight is not included."""
    return row["start"][:10] != row["stop"][:10] and row["stop"][11:].strip("0:.Z") != ""


STUDIES: dict[str, Callable[[Path], Found]] = {
    "mms_gmm": mms_gmm,
    "mms_mp": mms_mp,
    "mms_rnn": mms_rnn,
    "rept_pad": rept_pad,
    "aurora": aurora,
}
