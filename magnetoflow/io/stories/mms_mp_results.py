"""What came out of an event of ``mms_mp``, in words: axes, passages, checks, and what speaks against them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from magnetoflow.io.small_tables import read_object, rows_if_there
from magnetoflow.io.stories.text import clock, number, with_error

FAR = 3.0
"""Sigmas, of both normals, by which two methods differ."""
LEAST_DEG = 2.0
"""Angle below which a difference of normals is not named."""

Found = Mapping[str, Any]


def normal_lines(found: Found) -> list[str]:
    """Say how the normal, the speed and the times were chosen."""
    if "lmn" not in found:
        return []
    lmn = found["lmn"]
    reliable = "reliable" if lmn["reliable"] else "not reliable"
    lines = [f"normal by {lmn['method']} ({reliable}): {lmn['reason']}"]
    for one in found["passes"]:
        lines.append(f"speed of passage {one['number']}: {one['speed_method'] or 'none'}")
    kind, reason = found["formation"]["kind"], found["formation"]["reason"]
    return [*lines, f"formation: {kind}{f' ({reason})' if reason else ''}"]


def axes_lines(found: Found, folder: Path) -> list[str]:
    """Write the axes, and the reliable normals of other methods beside them."""
    if "lmn" not in found:
        return []
    lmn, axes = found["lmn"], []
    for name, words in (("N", "outward"), ("L", ""), ("M", "")):
        vector = ", ".join(f"{one:.4f}" for one in lmn[name])
        axes.append(f"{name} = ({vector}) {found['frame']}{f', {words}' if words else ''}")
    axes[0] += f", +- {number(found['boundary_normal_error_deg'], 2)} deg"
    axes.append(f"B_N = {with_error(lmn['b_n_nt'], lmn['b_n_error_nt'], 'nT')}")
    others = [
        f"{_name(one)} {with_error(one['angle_to_chosen_deg'], one['error_deg'])}"
        for one in rows_if_there(folder / "normals.csv")
        if one["reliable"] == "True" and one["chosen"] != "True" and one["angle_to_chosen_deg"]
    ]
    return [*axes, *([f"other reliable normals, deg away: {', '.join(others)}"] if others else [])]


def _name(one: Mapping[str, str]) -> str:
    return f"{one['method']}{' of MMS' + one['probe'] if one['probe'] else ''}"


def passage_lines(found: Found) -> list[str]:
    """Write each passage: sense, times, speed, half-widths."""
    if "passes" not in found:
        return []
    errors = {(one["probe"], clock(one["time"])): one["error_s"] for one in found["crossings"]}
    lines = []
    for one in found["passes"]:
        way = "magnetosphere to sheath" if one["outbound"] else "sheath to magnetosphere"
        speed = with_error(one["speed_km_s"], one["speed_error_km_s"], "km/s")
        by = one["speed_method"] or "none"
        lines.append(f"passage {one['number']}, {one['type']} ({way}): V_N = {speed} by {by}")
        for probe, time in one["crossings"].items():
            error = errors.get((int(probe), clock(time)))
            layer = one["thickness"].get(probe) or {}
            width = with_error(layer.get("half_width_km"), layer.get("half_width_error_km"), "km")
            lines.append(f"  MMS{probe}: {clock(time)} +- {number(error, 2)} s, half-width {width}")
    return lines or ["no passage"]


def check_lines(found: Found, folder: Path) -> list[str]:
    """Write shear, deHoffmann-Teller frame, Walen slopes and predictions."""
    passage = {
        (probe, clock(time)): f"passage {one['number']}"
        for one in found.get("passes", [])
        for probe, time in one["crossings"].items()
    }
    lines = [
        f"MMS{one['probe']}, {passage.get((str(one['probe']), clock(one['time'])), clock(one['time']))}: "
        f"magnetic shear {with_error(one['shear_deg'], one['sigma_deg'], 'deg')}"
        for one in found.get("shear", [])
    ]
    for probe, one in found.get("hoffmann_teller", {}).items():
        slope = with_error(one["walen_slope"], one["walen_slope_error"])
        said = "" if one["reliable"] else f", not reliable: {one['reason']}"
        fit = number(one["correlation"])
        lines.append(f"MMS{probe}: deHoffmann-Teller correlation {fit}, Walen slope {slope}{said}")
    metrics = read_object(folder / "metrics.json")
    if metrics.get("predictions"):
        ratio, rms = metrics["prediction_rms_over_expected"], metrics["prediction_rms_error_s"]
        lines.append(
            f"{metrics['predictions']:.0f} crossings predicted from the others: rms error {number(rms)} s, "
            f"{number(ratio)} of what is expected"
        )
    return lines


def doubts(found: Found, folder: Path) -> list[tuple[bool, str]]:
    """List what speaks against the axes, speeds and times of an event."""
    if "lmn" not in found:
        return []
    lmn, passes = found["lmn"], found["passes"]
    bad = sorted({f"MMS{one['probe']}" for one in found["crossings"] if not one["fit"]["good"]})
    ratio = read_object(folder / "metrics.json").get("prediction_rms_over_expected") or 0.0
    far = [
        f"{_name(one)} by {number(one['angle_to_chosen_deg'], 2)} deg"
        for one in rows_if_there(folder / "normals.csv")
        if one["reliable"] == "True" and one["chosen"] != "True" and _differs(one, found)
    ]
    unsure = [
        str(one["number"])
        for one in passes
        if one["speed_km_s"] is None
        or one["speed_error_km_s"] is None
        or one["speed_error_km_s"] > 0.2 * abs(one["speed_km_s"])
    ]
    return [
        (not passes, "no passage was found: no crossing, no speed, no thickness"),
        (not lmn["reliable"], f"the normal, by {lmn['method']}, is not reliable: {lmn['reason']}"),
        (
            bool(far),
            f"other reliable normals differ from the chosen one beyond {FAR:g} sigma: {', '.join(far)}",
        ),
        (bool(unsure), f"no speed, or one with an error above 20 %: passage {', '.join(unsure)}"),
        (bool(bad), f"fits of crossings are not good: {', '.join(bad)}"),
        (ratio > 2, f"crossings predicted from the others miss by {number(ratio)} times what is expected"),
        (
            bool(passes) and found["formation"]["kind"] != "tetrahedral",
            f"the formation is {found['formation']['kind']}: timing alone gives no normal",
        ),
    ]


def _differs(one: Mapping[str, str], found: Found) -> bool:
    """Whether a normal is farther from the chosen one than both errors allow."""
    if not one["angle_to_chosen_deg"] or not one["error_deg"]:
        return False
    error = (float(one["error_deg"]) ** 2 + float(found["boundary_normal_error_deg"] or 0) ** 2) ** 0.5
    angle = float(one["angle_to_chosen_deg"])
    return angle > LEAST_DEG and angle > FAR * error
