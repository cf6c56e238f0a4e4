"""Method of each study in three sentences, with the settings in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Section = Mapping[str, Any]


def mms_gmm(study: Section) -> tuple[str, str, str]:
    """Minutes, mixture, cleaning."""
    labels, cleaning, crossings = study["labels"], study["cleaning"], study["crossings"]
    return (
        "Ion energy spectra and field strength are averaged over UTC minutes, and each minute is described "
        f"by {study['model']['features']} features of its spectrum.",
        f"A mixture of Gaussians (model: {study['model']['source']}) gives each minute the calibrated "
        f"probability of each region; below {labels['min_probability']:g} the minute is unknown.",
        f"Isolated visits of up to {cleaning['flip_minutes']} min are removed ({cleaning['method']}), "
        "and a crossing is a change of region between neighbouring minutes, clean if both sides are "
        f"stable for {crossings['stable_minutes']} min.",
    )


def mms_mp(study: Section) -> tuple[str, str, str]:
    """Crossings, axes, motion."""
    lmn, motion, detection = study["lmn"], study["motion"], study["detection"]
    chosen = "the reliable one with the smallest error" if lmn["method"] == "auto" else lmn["method"]
    return (
        f"Crossings are found in {detection['detector']} (levels: {detection['levels']}) and timed by a fit "
        "of a tanh profile to B_L of each spacecraft.",
        f"The normal is found by several methods with their errors ({lmn['resamples']} resamples of blocks); "
        f"taken (method: {lmn['method']}): {chosen}.",
        "The speed along N comes from crossing times where the array allows it, else from the plasma "
        f"({motion['blend']}), and the thickness from speed and duration, each with its 1-sigma error.",
    )


def mms_rnn(study: Section) -> tuple[str, str, str]:
    """Scaling, network, statistics."""
    labels, statistics = study["labels"], study["statistics"]
    return (
        "Burst moments and fields of each spacecraft are put on electron times (30 ms), scaled by the field "
        f"of the lobe and the density of the sheet, and turned to {study['frame'].upper()}.",
        f"A recurrent network (model: {study['model']['source']}) gives each sample the probability of each "
        f"region; below {labels['min_probability']:g} it is unknown; labels are smoothed "
        f"by {labels['smoothing']} over {labels['smoothing_s']:g} s.",
        f"The work J.E' (electric field: {study['work_field']}) is averaged by region, with errors from "
        f"{statistics['resamples']} resamples of blocks of {statistics['block_s']:g} s.",
    )


def rept_pad(study: Section) -> tuple[str, str, str]:
    """Say counts, classes, names."""
    reduce, cluster, prepare = study["reduce"], study["cluster"], study["prepare"]
    return (
        "Fluxes over energy and pitch angle are turned into counts with Poisson errors, and an energy is "
        f"used where it exceeds the background by {prepare['signal_sigma']:g} errors.",
        f"Distributions are reduced ({reduce['method']}, components: {reduce['components']}) and clustered "
        f"({cluster['method']}, classes: {cluster['classes']}; model: {study['model']['source']}), the "
        "number of classes by what resampling reproduces.",
        "Every record gets the probability of each class; classes are named by the shape of their mean at "
        f"each energy with at least {study['naming']['min_counts']:g} counts per bin.",
    )


def aurora(study: Section) -> tuple[str, str, str]:
    """Network, smoothing, intervals."""
    intervals, chain = study["intervals"], study["preprocess"]
    network = study["model"]["source"] if study["predictions"] is None else "published text files"
    return (
        f"Images are masked ({chain['mask']}, elevation from {chain['min_elevation_deg']:g} degrees) and a "
        f"network ({network}) gives each frame the probability of each class from the minute around it.",
        f"Probabilities are smoothed in time (smoothing: {study['smoothing']['source']}).",
        f"An interval of pulsating aurora has a probability of at least {intervals['min_probability']:g} for "
        f"{intervals['min_length_s']:g} s, with breaks of up to {intervals['merge_break_s']:g} s bridged; "
        f"its periods come from patches found in windows of {study['pulsation']['window_s']:g} s.",
    )


METHODS: dict[str, Callable[[Section], tuple[str, str, str]]] = {
    "mms_gmm": mms_gmm,
    "mms_mp": mms_mp,
    "mms_rnn": mms_rnn,
    "rept_pad": rept_pad,
    "aurora": aurora,
}
