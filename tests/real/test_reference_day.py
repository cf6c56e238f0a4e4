"""Real files through the library: golden numbers, equality with SciPy row by row, every file there is."""

import os
from datetime import UTC, datetime
from pathlib import Path

import cdflib
import numpy as np
import pytest
from scipy.signal import find_peaks

from magnetoflow.archive.layout import PRODUCTS
from magnetoflow.archive.manifests import build_manifest
from magnetoflow.errors import CorruptFile
from magnetoflow.io.integrity import check_file
from magnetoflow.io.mms import read_dis_spectra, read_fgm, read_position
from magnetoflow.mms_gmm.features import feature_table
from magnetoflow.mms_gmm.minutes import minute_table
from magnetoflow.mms_gmm.quality import Quality
from tests.runs import ROOT
from tests.unit.test_reference import definition

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT / "../shared/real")).resolve()
FAST = REAL / "mms/mms1/fpi/fast/l2/dis-moms/2015/10"
BURST = REAL / "mms/mms1/fpi/brst/l2/dis-moms/2015/10/16"
FIELD = REAL / "mms/mms1/fgm/brst/l2/2015/10/16"
pytestmark = pytest.mark.skipif(not FAST.is_dir(), reason="no real files beside the checkout")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DAY = {"start": utc("2015-10-17T04:55"), "stop": utc("2015-10-17T16:42")}
SPAN = {"start": utc("2015-10-16T13:05"), "stop": utc("2015-10-16T13:08")}


def day(spectrum):
    paths = sorted(FAST.glob("*20151017*.cdf"))
    ions = read_dis_spectra(paths, probe=1, rate="fast", spectrum=spectrum, flag_bits=[0, 1, 11], **DAY)
    return ions, minute_table(ions, None, None, **DAY)


@pytest.mark.parametrize(
    ("spectrum", "no_peak", "slope", "width", "widest", "ratio"),
    [("px", 9, 9, 0.5901, 0.837, 0.9211), ("omni", 10, 3, 0.4663, 0.694, 0.8596)],
)
def test_golden_numbers(spectrum, no_peak, slope, width, widest, ratio):
    _, minutes = day(spectrum)
    features = feature_table(minutes).reference
    have = minutes.n_samples > 0
    assert (len(have), have.sum()) == (707, 699)
    zeroed = features.zeroed == 1
    peaked = [
        len(find_peaks(np.log10(flux + 1e-6), height=1, prominence=0.2, width=1)[0])
        for flux in minutes.flux[have]
    ]
    rows = [definition(flux, energy) for flux, energy in zip(minutes.flux, minutes.energy_ev, strict=True)]
    assert zeroed.sum() == no_peak + slope
    assert (zeroed[have] & (np.array(peaked) == 0)).sum() == no_peak
    assert np.mean(features.ratio_max_width[have]) == pytest.approx(width, abs=5e-5)
    assert np.max(features.ratio_max_width[have]) == pytest.approx(widest, abs=5e-4)
    assert np.mean(features.ratio_high_low[have]) == pytest.approx(ratio, abs=5e-5)
    want = np.array(rows)[have]
    columns = (features.ratio_max_width, features.ratio_high_low, features.pseudofeature, features.zeroed)
    for column, expected in zip(columns, want.T, strict=True):
        np.testing.assert_allclose(column[have], expected, rtol=1e-12, atol=1e-12)


def test_records_of_the_day():
    ions, minutes = day("omni")
    assert len(ions.time) == 9299
    assert [str(ions.time[k])[11:23] for k in (0, -1)] == ["04:55:31.246", "16:41:08.388"]
    assert np.isfinite(ions.flux).all()
    assert (ions.flux == 0).sum() == 510
    assert {ions.counts[name] for name in ("duplicates", "out_of_order", "fill", "out_of_range")} == {0}
    counted = np.bincount(minutes.n_samples)
    assert {samples: counted[samples] for samples in (0, 13, 14)} == {0: 8, 13: 463, 14: 232}


def test_the_burst_pair():
    paths = sorted(BURST.glob("*.cdf"))
    ions = read_dis_spectra(paths, probe=1, rate="brst", flag_bits=[0, 1, 11], **SPAN)
    b = read_fgm(sorted(FIELD.glob("*.cdf")), probe=1, rate="brst", **SPAN)
    place = read_position(sorted(FIELD.glob("*.cdf")), probe=1, rate="brst", **SPAN)
    assert len(ions.time) == 932
    assert len(np.unique(ions.energy_ev[:, 0])) == 2, "two tables, by record"
    assert np.nanmin(b.values) == pytest.approx(1.4, abs=0.05)
    assert np.nanmax(b.values) == pytest.approx(40, abs=0.5)
    minutes = minute_table(ions, b, place, **SPAN)
    assert (minutes.n_samples > 0).all()
    assert ((minutes.quality & Quality.MIXED_TABLES) > 0).all()
    features = feature_table(minutes)
    assert np.isfinite(features.norm_bt).all()
    assert np.isfinite(features.robust.log_core).all()


def files():
    """Every file of a product that we know, with its product."""
    for product in PRODUCTS.values():
        for probe in ("mms1", "mms2", "mms3", "mms4"):
            folder = REAL / product.folder.split("%")[0].replace("{probe}", probe)
            for path in sorted(folder.rglob("*.cdf")):
                if product.parse(path.name, probe):
                    yield pytest.param(product, probe, path, id=path.stem)


@pytest.mark.parametrize(("product", "probe", "path"), list(files()))
def test_every_file_is_judged_right_and_read_with_its_units(product, probe, path):
    cut = path.stat().st_size % 16384 == 0  # interrupted downloads ended on a block
    slot, _ = product.parse(path.name, probe)
    entries = build_manifest("folder-00000000", REAL, product.name, probe, slot.date())["files"]
    entry = next(one for one in entries if Path(one["path"]).name == path.name)
    assert (entry["status"] == "damaged") == cut, entry["reason"]
    if cut:
        with pytest.raises(CorruptFile, match="MD5"):
            check_file(path, expect_md5=True)
        return
    span = {"start": utc("2015-01-01"), "stop": utc("2030-01-01"), "probe": int(probe[3])}
    rate = next(word for word in ("brst", "fast", "srvy") if word in product.name)
    plain = cdflib.CDF(path)
    if "des-moms" in product.name:  # read in test_mms_burst
        return
    if "fpi" in product.name:
        ions = read_dis_spectra([path], rate=rate, flag_bits=[], **span)
        raw = plain.varget(f"{probe}_dis_energyspectr_omni_{rate}")
        np.testing.assert_array_equal(np.sort(ions.flux, axis=1), np.sort(raw.astype(float), axis=1))
        assert (np.diff(ions.energy_ev, axis=1) > 0).all()
    else:
        b = read_fgm([path], rate=rate, **span)
        raw = plain.varget(f"{probe}_fgm_b_gse_{rate}_l2")[:, 3].astype(float)
        good = np.isfinite(b.values)
        np.testing.assert_array_equal(b.values[good], raw[good])
        assert good.mean() > 0.9
