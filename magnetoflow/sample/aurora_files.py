"""Write a sample camera-day as minute files in the archive's layout, its skymaps, and its truth."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from magnetoflow.aurora.classes import CLASSES
from magnetoflow.errors import ArchiveError
from magnetoflow.io.atomic import atomic_path, write_json, write_text
from magnetoflow.sample import aurora_minute
from magnetoflow.sample.aurora_night import (
    REPEATED_ROW,
    FrameTruth,
    day_truth,
    minute_images,
    night_scenes,
    scene_begins,
)
from magnetoflow.sample.aurora_plan import CAMERA_DAYS, IMAGERS, PRODUCT, CameraDay, camera_day, code_of
from magnetoflow.sample.aurora_scenes import patch_labels, truth_of
from magnetoflow.sample.aurora_skymap import camera_of, write_skymaps

SYNTHETIC = "synthetic sample data"
FIRST_SEQUENCE = 999_990


def write_camera_day(root: Path, site: str, day: date) -> None:
    """Write the files and the truth of one camera-day; the truth's JSON file is the last.

    Parameters
    ----------
    root : Path
        Root of the sample archive.
    site : str
        Four letters.
    day : date
        UTC.

    Raises
    ------
    ArchiveError
        The sample has no such camera-day, or a file cannot be written.
    """
    plan = camera_day(site, day)
    if plan is None:
        known = ", ".join(f"{one.site} {one.day}" for one in CAMERA_DAYS)
        raise ArchiveError(f"the sample has no images of {site} on {day}", todo=f"choose one of {known}")
    write_planned(root, plan)


def write_planned(root: Path, plan: CameraDay) -> None:
    """Write a camera-day as it is planned; as :func:`write_camera_day`."""
    truth = day_truth(plan)
    files = [*write_skymaps(root, plan.site), *write_minutes(root, plan, truth)]
    write_truth(root, plan, truth, files)


def minute_path(plan: CameraDay, minute: int, suffix: str = "_full.pgm.gz") -> Path:
    """Path of a minute file below the archive's root."""
    begin = plan.start + timedelta(minutes=minute)
    unit = f"{plan.site}_{IMAGERS[plan.site]}"
    folder = f"themis/asi/stream0/{begin:%Y/%m/%d}/{unit}/ut{begin:%H}"
    return Path(folder) / f"{begin:%Y%m%d_%H%M}_{unit}{suffix}"


def truth_stem(root: Path, site: str, day: date) -> Path:
    """Path of the truth files without their suffix."""
    return root / "truth" / "aurora" / f"{site}_{day:%Y%m%d}"


def write_minutes(root: Path, plan: CameraDay, truth: FrameTruth) -> list[Path]:
    """Write the minute files with their planted faults; return their paths below the root."""
    written: list[Path] = []
    for minute in range(int(truth.minute.max()) + 1):
        rows = np.flatnonzero(truth.minute == minute)
        kinds = set(truth.fault[rows])
        if "missing_minutes" in kinds:
            continue
        images = minute_images(plan, truth, minute)
        kept = rows[truth.fault[rows] != "missing_frame"]
        order = np.repeat(kept, np.where((truth.fault[kept] == "repeated"), 2, 1))
        frames, times = images[order - rows[0]], truth.time[order]
        content = _content(plan, minute, times, frames, kinds)
        packed = aurora_minute.gzipped(content)
        for kind in kinds & {"truncated", "crc"}:
            packed = aurora_minute.damaged(packed, kind)
        written.append(_write(root, minute_path(plan, minute), packed))
        if "twin" in kinds:
            written.append(_write(root, minute_path(plan, minute, "_full.pgm"), content))
        if "wide" in kinds:
            other = aurora_minute.gzipped(_content(plan, minute, times, frames[:, ::-1], kinds))
            written.append(_write(root, minute_path(plan, minute, "_wide_full.pgm.gz"), other))
    return written


def _content(
    plan: CameraDay, minute: int, times: NDArray[np.datetime64], images: NDArray[np.uint16], kinds: set[str]
) -> bytes:
    """Return a minute file before compression."""
    if "size" in kinds:
        images = images[:, ::2, ::2]
    untimed = REPEATED_ROW if "no_time" in kinds else -1
    return aurora_minute.minute_bytes(
        plan.site, list(times), list(images), FIRST_SEQUENCE + 20 * minute, untimed
    )


def _write(root: Path, path: Path, content: bytes) -> Path:
    """Write a file below the root; return its path below the root."""
    with atomic_path(root / path) as part:
        part.write_bytes(content)
    return path


def write_truth(root: Path, plan: CameraDay, truth: FrameTruth, files: Iterable[Path]) -> None:
    """Write the truth of a camera-day: frames (CSV), patches (npz), scenes, faults and files (JSON, last)."""
    stem = truth_stem(root, plan.site, plan.day)
    write_text(stem.with_suffix(".csv"), frame_table(plan, truth))
    arrays = patch_arrays(plan, truth)
    with atomic_path(stem.with_suffix(".npz")) as part, part.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    listed = [
        {"path": one.as_posix(), "sha256": hashlib.sha256((root / one).read_bytes()).hexdigest()}
        for one in sorted(files)
    ]
    begins = scene_begins(plan.night)
    scenes = [
        {
            "number": number, "class": one.kind, "variant": one.variant, "code": code_of(one),
            "start": (plan.night.start + timedelta(seconds=begins[number])).isoformat(),
            "stop": (plan.night.start + timedelta(seconds=begins[number + 1])).isoformat(),
        }
        for number, one in enumerate(plan.night.scenes)
    ]  # fmt: skip
    faults = [
        {"kind": one.kind, "start": one.start.isoformat(), "minutes": one.minutes} for one in plan.faults
    ]
    camera = camera_of(plan.site)
    write_json(
        stem.with_suffix(".json"),
        {
            "source": SYNTHETIC, "product": PRODUCT, "site": plan.site, "day": plan.day.isoformat(),
            "start": plan.start.isoformat(), "stop": plan.stop.isoformat(), "scenes": scenes,
            "faults": faults,
            "zenith": {"row": camera.row, "column": camera.column, "rotation_deg": camera.rotation_deg},
            "expected_frames": int(truth.expected.sum()), "files": listed,
        },
    )  # fmt: skip


def frame_numbers(truth: FrameTruth) -> NDArray[np.int64]:
    """Count the expected frames in time order over the UTC date, from 0; others get -1."""
    number = np.full(len(truth), -1)
    rows = np.flatnonzero(truth.expected)
    number[rows[np.argsort(truth.time[rows], kind="stable")]] = np.arange(len(rows))
    return number


def frame_table(plan: CameraDay, truth: FrameTruth) -> str:
    """Table of the scheduled frames in time order, CSV text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["time", "site", "frame", "label", "label_str", "scene", "variant", "transition", "arc_elevation_deg",
         "patches_on", "expected", "flags", "fault", "file", "source"]
    )  # fmt: skip
    number = frame_numbers(truth)
    for row in np.argsort(truth.time, kind="stable"):
        arc, on = truth.arc_elevation_deg[row], truth.patches_on[row]
        writer.writerow(
            [f"{truth.time[row]}Z", plan.site, number[row] if number[row] >= 0 else "", truth.label[row],
             CLASSES[truth.label[row]], truth.scene[row], plan.night.scenes[truth.scene[row]].variant,
             int(truth.transition[row]), "" if np.isnan(arc) else f"{arc:.3f}", on if on >= 0 else "",
             int(truth.expected[row]), truth.flags[row], truth.fault[row],
             minute_path(plan, int(truth.minute[row])).name, SYNTHETIC]
        )  # fmt: skip
    return text.getvalue()


def patch_arrays(plan: CameraDay, truth: FrameTruth) -> dict[str, NDArray[Any]]:
    """Arrays of each scene with patches, under ``scene<number>_<name>``.

    Returns
    -------
    dict of str to ndarray
        ``time`` (frame,) datetime64[us] of expected frames wholly in the scene; ``masks`` (frame, 256, 256)
        uint8, number of the patch from 1, 0 for none; ``period_s`` and ``peak`` (patch,); ``velocity_px_s``
        (patch, 2), row and column; ``row``, ``column``, ``brightness``, ``on`` (frame, patch).
    """
    arrays: dict[str, NDArray[Any]] = {}
    for number, (scene, begin) in enumerate(
        zip(night_scenes(plan.night), scene_begins(plan.night), strict=False)
    ):
        chosen = (truth.scene == number) & ~truth.transition & truth.expected
        if scene.patches is None or not chosen.any() or plan.night.scenes[number].kind == "bad_viewing":
            continue
        seconds = truth.second[chosen] - begin
        found = truth_of(scene, seconds)
        arrays[f"scene{number}_time"] = truth.time[chosen]
        arrays[f"scene{number}_masks"] = patch_labels(scene, seconds)
        for name in ("period_s", "peak", "velocity_px_s", "row", "column", "brightness", "on"):
            arrays[f"scene{number}_{name}"] = getattr(found, name)
    return arrays
