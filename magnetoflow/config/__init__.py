"""The checked configuration: typed models, one per study, and errors that name file, line and key.

Light on purpose, as the Snakefile imports it for every job: no numpy.
"""

from __future__ import annotations

from magnetoflow.config.aurora import Aurora
from magnetoflow.config.aurora import Event as CameraEvent
from magnetoflow.config.common import Config
from magnetoflow.config.load import check_config, merge_files
from magnetoflow.config.mms_gmm import Event, MmsGmm
from magnetoflow.config.mms_mp import Event as MagnetopauseEvent
from magnetoflow.config.mms_mp import MmsMp
from magnetoflow.config.mms_rnn import Event as TailEvent
from magnetoflow.config.mms_rnn import MmsRnn
from magnetoflow.config.rept_pad import Event as ElectronEvent
from magnetoflow.config.rept_pad import ReptPad

__all__ = [
    "Aurora",
    "CameraEvent",
    "Config",
    "ElectronEvent",
    "Event",
    "MagnetopauseEvent",
    "MmsGmm",
    "MmsMp",
    "MmsRnn",
    "ReptPad",
    "TailEvent",
    "check_config",
    "merge_files",
]
