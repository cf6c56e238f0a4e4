"""Where the public archives keep each product: folders, file names, versions. No numpy here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

from magnetoflow.errors import ArchiveError
from magnetoflow.times import days_between

BURST_REACH = timedelta(minutes=10)
"""A burst file holds at most about this much, and may start before midnight."""


@dataclass(frozen=True)
class Product:
    """One kind of file.

    Attributes
    ----------
    name : str
        As in the path of its manifests.
    folder : str
        Pattern of the folder, with ``{probe}`` (mms1) and strftime codes.
    stem : str
        File name up to the slot time, with ``{probe}``.
    slot_format : str
        strftime format of the slot time.
    reach : timedelta
        Longest time that a file covers from its slot time on.
    margin : timedelta
        How long before an interval a file may start and still hold some of it, across midnight.
    expect_md5 : bool
        Every file of the product ends with its MD5.
    epoch : str
        Variable that holds the times of the records, with ``{probe}``.
    """

    name: str
    folder: str
    stem: str
    slot_format: str
    reach: timedelta
    margin: timedelta
    expect_md5: bool = True
    epoch: str = "Epoch"

    def folder_of(self, probe: str, day: date) -> str:
        """Folder of one probe and day, relative to the archive's root."""
        return day.strftime(self.folder.replace("{probe}", probe))

    def epoch_of(self, probe: str) -> str:
        """Variable that holds the times of one probe's records."""
        return self.epoch.replace("{probe}", probe)

    def parse(self, name: str, probe: str) -> tuple[datetime, tuple[int, ...]] | None:
        """Slot time (UTC) and version of a file name; None for another kind of file."""
        match = re.fullmatch(
            re.escape(self.stem.replace("{probe}", probe)) + r"(\d+)_v(\d+(?:\.\d+)*)\.cdf", name
        )
        if match is None:
            return None
        try:
            slot = datetime.strptime(match[1], self.slot_format).replace(tzinfo=UTC)
        except ValueError:
            return None
        return slot, tuple(int(number) for number in match[2].split("."))


_SECONDS, _DAY = "%Y%m%d%H%M%S", "%Y%m%d"

PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        product.name: product
        for product in (
            Product(
                "mms_fpi_fast_dis-moms",
                "mms/{probe}/fpi/fast/l2/dis-moms/%Y/%m",
                "{probe}_fpi_fast_l2_dis-moms_",
                _SECONDS,
                reach=timedelta(hours=2),
                margin=timedelta(0),
            ),
            Product(
                "mms_fpi_brst_dis-moms",
                "mms/{probe}/fpi/brst/l2/dis-moms/%Y/%m/%d",
                "{probe}_fpi_brst_l2_dis-moms_",
                _SECONDS,
                reach=BURST_REACH,
                margin=BURST_REACH,
            ),
            Product(
                "mms_fpi_brst_des-moms",
                "mms/{probe}/fpi/brst/l2/des-moms/%Y/%m/%d",
                "{probe}_fpi_brst_l2_des-moms_",
                _SECONDS,
                reach=BURST_REACH,
                margin=BURST_REACH,
            ),
            Product(
                "mms_edp_brst",
                "mms/{probe}/edp/brst/l2/dce/%Y/%m/%d",
                "{probe}_edp_brst_l2_dce_",
                _SECONDS,
                reach=BURST_REACH,
                margin=BURST_REACH,
                expect_md5=False,  # none is at hand to see whether it always has one
                epoch="{probe}_edp_epoch_brst_l2",
            ),
            Product(
                "mms_edp_fast",
                "mms/{probe}/edp/fast/l2/dce/%Y/%m",
                "{probe}_edp_fast_l2_dce_",
                _SECONDS,
                reach=timedelta(days=1),
                margin=timedelta(0),
                expect_md5=False,
                epoch="{probe}_edp_epoch_fast_l2",
            ),
            Product(
                "mms_fgm_srvy",
                "mms/{probe}/fgm/srvy/l2/%Y/%m",
                "{probe}_fgm_srvy_l2_",
                _DAY,
                reach=timedelta(days=1),
                margin=timedelta(0),
            ),
            Product(
                "mms_fgm_brst",
                "mms/{probe}/fgm/brst/l2/%Y/%m/%d",
                "{probe}_fgm_brst_l2_",
                _SECONDS,
                reach=BURST_REACH,
                margin=BURST_REACH,
            ),
        )
    }
)


def product_of(name: str) -> Product:
    """Product by name.

    Raises
    ------
    ArchiveError
        There is none of that name.
    """
    if name not in PRODUCTS:
        raise ArchiveError(f"unknown product {name!r}", why=f"known are {', '.join(PRODUCTS)}")
    return PRODUCTS[name]


def days_of(product: str, start: datetime, stop: datetime) -> list[date]:
    """UTC dates whose files may hold some of [start, stop)."""
    return days_between(start - product_of(product).margin, stop)
