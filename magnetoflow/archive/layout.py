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
ORBIT_OVERLAP = timedelta(minutes=20)
"""An orbit file begins about 6 minutes after midnight, and ends about 14 minutes after the next."""


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
    text : bool
        The file is an orbit as text (DEFEPH): ``MMS1_DEFEPH_2019027_2019028.V01``, first and last day.
    times_of : str
        Variable whose DEPEND_0 names the times instead of `epoch`, where that name is not certain.
    any_case : bool
        Names of files are in capital or small letters, by archive.
    """

    name: str
    folder: str
    stem: str
    slot_format: str
    reach: timedelta
    margin: timedelta
    expect_md5: bool = True
    epoch: str = "Epoch"
    text: bool = False
    times_of: str = ""
    any_case: bool = False

    def folder_of(self, probe: str, day: date) -> str:
        """Folder of one probe and day, relative to the archive's root."""
        return day.strftime(self.folder.replace("{probe}", probe))

    def epoch_of(self, probe: str) -> str:
        """Variable that holds the times of one probe's records."""
        return self.epoch.replace("{probe}", probe)

    def parse(self, name: str, probe: str) -> tuple[datetime, tuple[int, ...]] | None:
        """Slot time (UTC) and version of a file name; None for another kind of file."""
        start = self.stem.replace("{probe}", probe.upper() if self.text else probe)
        end = r"_\d{7}\.V(\d+)" if self.text else r"_v(\d+(?:\.\d+)*)\.cdf"
        match = re.fullmatch(re.escape(start) + r"(\d+)" + end, name, re.I if self.any_case else 0)
        if match is None:
            return None
        try:
            slot = datetime.strptime(match[1], self.slot_format).replace(tzinfo=UTC)
        except ValueError:
            return None
        return slot, tuple(int(number) for number in match[2].split("."))


_SECONDS, _DAY = "%Y%m%d%H%M%S", "%Y%m%d"


def _fpi(rate: str, instrument: str) -> Product:
    fast = rate == "fast"
    return Product(
        f"mms_fpi_{rate}_{instrument}-moms",
        f"mms/{{probe}}/fpi/{rate}/l2/{instrument}-moms/%Y/%m" + ("" if fast else "/%d"),
        f"{{probe}}_fpi_{rate}_l2_{instrument}-moms_",
        _SECONDS,
        reach=timedelta(hours=2) if fast else BURST_REACH,
        margin=timedelta(0) if fast else BURST_REACH,
    )


def _edp(rate: str, level: str, name: str) -> Product:
    """Electric field (``dce``) or potential (``scpot``); no file is at hand to see whether it has an MD5."""
    fast = rate == "fast"
    return Product(
        name,
        f"mms/{{probe}}/edp/{rate}/l2/{level}/%Y/%m" + ("" if fast else "/%d"),
        f"{{probe}}_edp_{rate}_l2_{level}_",
        _SECONDS,
        reach=timedelta(days=1) if fast else BURST_REACH,
        margin=timedelta(0) if fast else BURST_REACH,
        expect_md5=False,
        epoch=f"{{probe}}_edp_epoch_{rate}_l2",
    )


def _fgm(rate: str) -> Product:
    survey = rate == "srvy"
    return Product(
        f"mms_fgm_{rate}",
        f"mms/{{probe}}/fgm/{rate}/l2/%Y/%m" + ("" if survey else "/%d"),
        f"{{probe}}_fgm_{rate}_l2_",
        _DAY if survey else _SECONDS,
        reach=timedelta(days=1) if survey else BURST_REACH,
        margin=timedelta(0) if survey else BURST_REACH,
    )


def _hpca(rate: str) -> Product:
    """Moments; whether every file has an MD5 is not known."""
    survey = rate == "srvy"
    return Product(
        f"mms_hpca_{rate}",
        f"mms/{{probe}}/hpca/{rate}/l2/moments/%Y/%m" + ("" if survey else "/%d"),
        f"{{probe}}_hpca_{rate}_l2_moments_",
        _SECONDS,
        reach=timedelta(days=1) if survey else BURST_REACH,
        margin=timedelta(0) if survey else BURST_REACH,
        expect_md5=False,
    )


_MEC = Product(
    "mms_mec_srvy",
    "mms/{probe}/mec/srvy/l2/epht89d/%Y/%m",
    "{probe}_mec_srvy_l2_epht89d_",
    _DAY,
    reach=timedelta(days=1),
    margin=timedelta(0),
    expect_md5=False,
)
_DEFEPH = Product(
    "mms_defeph",
    "mms/ancillary/{probe}/defeph",
    "{probe}_DEFEPH_",
    "%Y%j",
    reach=timedelta(days=1) + ORBIT_OVERLAP,
    margin=ORBIT_OVERLAP,
    expect_md5=False,
    text=True,
)
_REPT = Product(
    "rbsp_rept_l3",
    "rbsp/{probe}/l3/ect/rept/sectors/rel03/%Y",
    "{probe}_rel03_ect-rept-sci-l3_",
    _DAY,
    reach=timedelta(days=1),
    margin=timedelta(0),
    expect_md5=False,
    times_of="FEDU",
    any_case=True,
)

PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        product.name: product
        for product in (
            _fpi("fast", "dis"),
            _fpi("brst", "dis"),
            _fpi("fast", "des"),
            _fpi("brst", "des"),
            _edp("brst", "dce", "mms_edp_brst"),
            _edp("fast", "dce", "mms_edp_fast"),
            _edp("brst", "scpot", "mms_edp_scpot_brst"),
            _edp("fast", "scpot", "mms_edp_scpot_fast"),
            _fgm("srvy"),
            _fgm("brst"),
            _hpca("srvy"),
            _hpca("brst"),
            _MEC,
            _DEFEPH,
            _REPT,
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
