"""How files are fetched: servers, limits, manners. No numpy, no network here."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields

from magnetoflow.errors import ArchiveError

VARIABLE = "MAGNETOFLOW_REMOTE"
"""Environment variable that hands the settings from the Snakefile to its jobs.

They are no parameter of a rule: how a file is fetched is not what it is, and another mirror reruns nothing.
"""


@dataclass(frozen=True)
class Settings:
    """Section ``remote`` of the configuration, and the folder of the cache.

    Attributes
    ----------
    mms : str
        ``sdc`` or ``spdf``: where files of MMS come from; DEFEPH comes from the SDC always.
    images : str
        ``listing`` or ``api``: how images of THEMIS are found.
    sdc, spdf, calgary, calgary_api, pfrr : str
        Roots.
    hosts : tuple of str
        Hosts beside those of the roots to which a server may redirect.
    proxy : str or None
        Default: as the environment says (``https_proxy``).
    user_agent : str
    connect_s, read_s, total_s : float [s]
        Limits of a connection, of a pause within an answer, and of one file with all its attempts.
    attempts : int
        Times that a file is asked for.
    backoff_s : float [s]
        First pause before another attempt; each next one is twice as long.
    max_wait_s : float [s]
        Longest pause that a server may ask for by ``Retry-After``.
    max_download_gb : float [GB]
        A run that would bring more stops before it begins.
    keep_damaged : bool
        A CDF file that the server itself holds damaged is listed so in the manifest, and ``on_damaged`` of
        the study decides; else its job fails. Images are always listed.
    """

    mms: str = "sdc"
    images: str = "listing"
    sdc: str = "https://lasp.colorado.edu/mms/sdc/public/files/api/v1"
    spdf: str = "https://spdf.gsfc.nasa.gov/pub/data"
    calgary: str = "https://data.phys.ucalgary.ca/sort_by_project/THEMIS/asi"
    calgary_api: str = "https://api.phys.ucalgary.ca/api/v1/data_distribution/urls"
    pfrr: str = "https://optics.gi.alaska.edu/amisr_archive/PKR/DASC/RAW"
    hosts: tuple[str, ...] = ()
    proxy: str | None = None
    user_agent: str = "magnetoflow"
    connect_s: float = 8.0
    read_s: float = 60.0
    total_s: float = 1800.0
    attempts: int = 4
    backoff_s: float = 2.0
    max_wait_s: float = 300.0
    max_download_gb: float = 100.0
    keep_damaged: bool = False


def to_environment(settings: Settings) -> None:
    """Hand the settings to the processes that this one starts."""
    os.environ[VARIABLE] = json.dumps(asdict(settings), sort_keys=True)


def from_environment() -> Settings:
    """Read the settings that the Snakefile handed on.

    Raises
    ------
    ArchiveError
        There are none, or they are not ours.
    """
    try:
        values = json.loads(os.environ[VARIABLE])
        known = {field.name for field in fields(Settings)}
        if values.keys() != known:
            raise ValueError(f"keys {sorted(known ^ values.keys())}")
        return Settings(**{**values, "hosts": tuple(values["hosts"])})
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ArchiveError(
            "settings of archive: remote are not there",
            where=f"environment variable {VARIABLE}",
            why=str(error),
            todo="run the workflow by its Snakefile, which sets it",
        ) from error
