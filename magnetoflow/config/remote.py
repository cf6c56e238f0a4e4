"""Section ``remote``: where and how ``archive: remote`` fetches files."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from magnetoflow.archive.remote.settings import Settings
from magnetoflow.config.base import Float, Int, Section, Text, null_or_text


def _root(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://spdf.gsfc.nasa.gov/pub/data")
    if parts.username or parts.password:
        raise ValueError("no user name or password: the configuration is written into the results")
    return value.rstrip("/")


def _host(value: str) -> str:
    if not value or "/" in value or ":" in value:
        raise ValueError("expected the name of a host, such as spdf.gsfc.nasa.gov")
    return value.lower()


Root = Annotated[Text, AfterValidator(_root)]
Host = Annotated[Text, AfterValidator(_host)]
Seconds = Annotated[Float, Field(gt=0, le=86400)]


class Remote(Section):
    """Servers, limits and manners of downloads; the keys are those of `Settings`, and ``keep_raw``."""

    mms: Literal["sdc", "spdf"] = "sdc"
    images: Literal["listing", "api"] = "listing"
    sdc: Root = Settings.sdc
    spdf: Root = Settings.spdf
    calgary: Root = Settings.calgary
    calgary_api: Root = Settings.calgary_api
    pfrr: Root = Settings.pfrr
    hosts: tuple[Host, ...] = ()
    proxy: Annotated[Root | None, BeforeValidator(null_or_text)] = None
    user_agent: Annotated[Text, Field(pattern=r"^[ -~]{1,200}$")] = Settings.user_agent
    connect_s: Seconds = Settings.connect_s
    read_s: Seconds = Settings.read_s
    total_s: Seconds = Settings.total_s
    attempts: Annotated[Int, Field(ge=1, le=20)] = Settings.attempts
    backoff_s: Annotated[Float, Field(ge=0, le=3600)] = Settings.backoff_s
    max_wait_s: Annotated[Float, Field(ge=0, le=86400)] = Settings.max_wait_s
    max_download_gb: Annotated[Float, Field(gt=0)] = Settings.max_download_gb
    keep_damaged: bool = Settings.keep_damaged
    keep_raw: bool = True

    def settings(self) -> Settings:
        """Give what the jobs need."""
        return Settings(**{field.name: getattr(self, field.name) for field in fields(Settings)})
