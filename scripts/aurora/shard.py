"""Classify the images of one camera during some hours of one UTC date; each file is read once."""

import json
from pathlib import Path

import numpy as np

from magnetoflow.archive.images import absent_minutes, compatible_skymap, files_within
from magnetoflow.archive.manifests import read_manifest
from magnetoflow.aurora.examples import Examples
from magnetoflow.aurora.keogram import cuts
from magnetoflow.aurora.mask import compatible_mask, elevation_mask
from magnetoflow.aurora.preprocessing import Preprocess
from magnetoflow.aurora.pulsation import PulsationOptions
from magnetoflow.aurora.shard import ShardOptions, judge_shard
from magnetoflow.aurora.tables import HEIGHT_KM, frame_table, located_patches, located_pulses
from magnetoflow.errors import CorruptFile, DataError, MissingData
from magnetoflow.io import aurora_shards as parts
from magnetoflow.io.asi import FrameReader
from magnetoflow.io.atomic import write_json
from magnetoflow.io.aurora_models import read_network
from magnetoflow.io.aurora_shards import refused_table, write_shard_series
from magnetoflow.io.classifications import write_classifications
from magnetoflow.io.skymap import read_skymap
from magnetoflow.io.tables import write_csv
from magnetoflow.times import parse_utc
from magnetoflow.workflow.failures import status
from magnetoflow.workflow.jobs import LOG, run_job


def skymap_of(manifest, root):
    """Skymap of the camera and night; None where the manifest has none."""
    entry = manifest["skymap"]
    if entry is None:
        return None
    path = root / entry["path"]
    if not path.is_file() or path.stat().st_size != entry["size"]:
        raise CorruptFile(path, "not the skymap that the manifest names")
    return read_skymap(path)


def mask_of(config, manifest, skymap, root):
    """Pixels that see the sky; None for all."""
    kind = config["preprocess"]["mask"]
    if kind == "none":
        return None
    if kind == "compatible":
        path = compatible_skymap(root)
        if path is None:
            raise MissingData(
                "no map for aurora.preprocess.mask: compatible",
                where=root,
                why="the skymap of gako of 2011-03-05 is not in the archive",
                todo="add it, or set aurora.preprocess.mask: skymap or none",
            )
        return compatible_mask(read_skymap(path).elevation_deg)
    if skymap is None:
        raise MissingData(
            "no skymap for aurora.preprocess.mask: skymap",
            where=f"{config['site']}, {config['day']}",
            why=manifest["skymap_reason"],
            todo="add a skymap to the archive, or set aurora.preprocess.mask: none (or compatible)",
        )
    return elevation_mask(skymap.elevation_deg, config["preprocess"]["min_elevation_deg"])


def ground_of(skymap):
    """Latitude and longitude of pixel corners at the height of the patches."""
    if skymap is None or HEIGHT_KM not in skymap.altitude_km:
        return None
    level = list(skymap.altitude_km).index(HEIGHT_KM)
    return skymap.latitude_deg[level], skymap.longitude_deg[level]


def spans_of(config):
    """The shard's part of the events."""
    return [(parse_utc(start), parse_utc(stop)) for start, stop in config["intervals"]]


def inside(times, spans):
    """Times that lie in spans."""
    return [time for time in times if any(start <= time < stop for start, stop in spans)]


def about_images(manifest, spans):
    """How many files the date has, None where a part of it was asked for, and how many lie in the events."""
    files = manifest["files"]
    of_date = None if "span" in manifest else len(files)
    return {"of_date": of_date, "asked": len(files_within(files, spans, whole=True))}


def options_of(config):
    given = config["preprocess"]
    chosen = {name: given[name] for name in ("chain", "clip", "tiles", "size", "variant")}
    return ShardOptions(Preprocess(**chosen), PulsationOptions(**config["pulsation"]), **config["flags"])


def progress(minutes=30):
    """Log the time that was reached, now and then."""
    last = [np.datetime64("NaT")]

    def say(time):
        if not time - last[0] < np.timedelta64(minutes, "m"):
            LOG.info("reached %s", np.datetime_as_string(time, unit="s"))
            last[0] = time

    return say


def no_images(config, why):
    return MissingData(
        "no images of a camera-day",
        where=f"{config['site']}, {config['day']}",
        why=why,
        todo="correct aurora.events, or set required: false of the event, or aurora.skip_failed: true",
    )


def judged(config, manifest, network):
    """Result of the shard, None without a usable frame; mask, reader with what was refused, ground."""
    root = Path(config["root"])
    if not manifest["files"]:
        raise no_images(config, manifest["missing"])
    skymap = skymap_of(manifest, root)
    mask = mask_of(config, manifest, skymap, root)
    how = {"intervals": spans_of(config), "on_damaged": config["on_damaged"], "sky": mask}
    reader = FrameReader(manifest["files"], root, config["site"], **how)
    lines = cuts() if skymap is None else cuts(skymap.elevation_deg, skymap.azimuth_deg)
    result = judge_shard(reader, mask, lines, network, options_of(config), progress())
    for one in reader.refused:
        LOG.warning("refused: %s: %s", one.path, one.reason)
    LOG.info("frames: %s", reader.counts)
    return result, mask, reader, ground_of(skymap)


def without_frames(config, reader):
    first = f"; {reader.refused[0].path}: {reader.refused[0].reason}" if reader.refused else ""
    return no_images(config, f"no usable frame in the event; {len(reader.refused)} files refused{first}")


def write_result(folder, config, manifest, label, found, name):
    """Tables and series of the shard; gives its status."""
    result, mask, reader, ground = found
    site, scores, source = config["site"], result.scores, {"source": config["source"]}
    files = files_within(manifest["files"], spans_of(config), whole=False)
    names = [Path(entry["path"]).name for entry in files]
    table = frame_table(site, scores.time, scores.probabilities, scores.flags, **label)
    write_csv(folder / parts.FRAMES, table)
    write_classifications(folder / parts.PUBLISHED, scores.time, table["prediction"], table["confidence"])
    write_shard_series(folder / parts.SERIES, site, result.keogram, result.examples, mask, names)
    write_csv(folder / parts.PATCHES, located_patches(site, result.windows, ground, **source))
    write_csv(folder / parts.PULSES, located_pulses(site, result.windows, **source))
    write_csv(folder / parts.REFUSED, refused_table(site, reader.refused, **source))
    judged_windows = sum(one.judged for one in result.windows)
    counts = {**reader.counts, "wide_ignored": manifest["wide_ignored"], "windows_judged": judged_windows}
    counts["superseded"] = len(manifest["superseded"])
    # between the first and the last file of the date
    counts["absent_minutes"] = len(inside(absent_minutes(manifest["files"]), spans_of(config)))
    return {**status(name), "counts": counts}


def write_nothing(folder, config, label, outcome, reader):
    """Tables without rows, but that of refused files; gives the status, with the reason."""
    none = np.empty(0, "datetime64[ns]"), np.empty((0, 4), np.float32), np.empty(0, np.uint16)
    site, source = config["site"], {"source": config["source"]}
    write_csv(folder / parts.FRAMES, frame_table(site, *none, **label))
    write_classifications(folder / parts.PUBLISHED, none[0], [], [])
    write_shard_series(folder / parts.SERIES, site, None, Examples(), None)
    write_csv(folder / parts.PATCHES, located_patches(site, [], None, **source))
    write_csv(folder / parts.PULSES, located_pulses(site, [], **source))
    refused = [] if reader is None else reader.refused
    write_csv(folder / parts.REFUSED, refused_table(site, refused, **source))
    return {**outcome, "counts": {} if reader is None else dict(reader.counts)}


def main(job):
    config = json.loads(job.params.config)
    name = f"{config['site']}_{config['day']}_{job.wildcards.hour}"
    folder = Path(job.output.status).parent
    network = read_network(Path(job.input.model).parent)
    manifest = read_manifest(job.input.manifest)
    label = {"source": config["source"], "model": f"{network.id}, trained on {network.trained_on}"}
    reader = None
    try:
        found = result, _, reader, _ = judged(config, manifest, network)
        if result is None:
            raise without_frames(config, reader)
    except DataError as error:
        if config["required"] and not config["skip_failed"]:
            raise
        LOG.error("camera-day left out: %s", error)
        outcome = write_nothing(folder, config, label, status(name, error), reader)
    else:
        outcome = write_result(folder, config, manifest, label, found, name)
    images = about_images(manifest, spans_of(config))
    about = {"images": images, "manifest": job.input.manifest, "files": parts.hashes_of(folder)}
    write_json(job.output.status, {**outcome, **about})


run_job(main, snakemake)
