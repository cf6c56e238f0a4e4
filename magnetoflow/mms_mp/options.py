"""Options of the analysis from the sections of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from magnetoflow.mms_mp.analysis import Options
from magnetoflow.mms_mp.detection import DetectionOptions
from magnetoflow.mms_mp.formation import FormationOptions
from magnetoflow.mms_mp.gradients import GradientOptions
from magnetoflow.mms_mp.hoffmann_teller import HoffmannTellerOptions
from magnetoflow.mms_mp.motion import MotionOptions
from magnetoflow.mms_mp.orientation import OrientationOptions
from magnetoflow.mms_mp.passes import PassOptions
from magnetoflow.mms_mp.slowness import TimingOptions


def options_of(config: Mapping[str, Any]) -> Options:
    """Turn sections of the configuration into options.

    Parameters
    ----------
    config : mapping
        ``lmn``, ``detection``, ``timing``, ``motion``, ``hoffmann_teller``, ``formation``, ``gradients``.

    Returns
    -------
    Options
    """
    lmn, timing, motion = dict(config["lmn"]), dict(config["timing"]), dict(config["motion"])
    given, nested = lmn.pop("n"), tuple(lmn.pop("nested"))
    limits = {one.name: timing.pop(one.name) for one in fields(TimingOptions)}
    return Options(
        window_s=lmn.pop("window_s"),
        cadence_s=motion.pop("cadence_s"),
        lmn=OrientationOptions(n=None if given is None else tuple(given), nested=nested, **lmn),
        detection=DetectionOptions(**config["detection"]),
        timing=PassOptions(timing=TimingOptions(**limits), **timing),
        motion=MotionOptions(**motion),
        hoffmann_teller=HoffmannTellerOptions(**config["hoffmann_teller"]),
        formation=FormationOptions(**config["formation"]),
        gradients=GradientOptions(**config["gradients"]),
    )
