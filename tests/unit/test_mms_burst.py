"""Burst products: times of the centres, flags, and all measurements at the times of the electrons."""

from datetime import timedelta

import numpy as np
import pytest

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.io.burst_files import read_burst, read_file_names, write_burst
from magnetoflow.io.mms_burst import read_electric, read_electrons, read_field, read_ions, read_position
from magnetoflow.mms_rnn.align import burst_table, field_table
from magnetoflow.mms_rnn.burst import UNITS
from magnetoflow.mms_rnn.quality import FLAGS
from magnetoflow.series import Series
from tests.unit.burst_cdf import BEGIN, START, at, des_file, dis_file, edp_file, fgm_file, seconds_of

SECONDS = 6
SPAN = {"probe": 1, "start": START, "stop": START + timedelta(seconds=SECONDS)}
DIS = 0.15 * np.arange(-10, 51)
DES = 0.03 * np.arange(-60, 261)
FGM = np.arange(-1.5, SECONDS + 1.5, 1 / 128) + 1e-3
EDP = np.arange(-1.2, SECONDS + 1.2, 1 / 2048)
SURVEY = np.arange(-1.5, SECONDS + 1.5, 1 / 32)
INPUTS = ("ions", "electrons", "field", "electric", "electric_fast", "position")


def ramp(seconds, slopes, offset=0.0):
    return offset + np.asarray(seconds)[:, None] * np.array(slopes)


def series(folder, **given):
    """All products of six seconds, each a straight line in time as its instrument sees it."""
    ions = {"numberdensity": 0.3 + 0.01 * (DIS + 0.075), "bulkv_gse": ramp(DIS + 0.075, [50, -20, 10])}
    electrons = {
        "numberdensity": 0.3 + 0.01 * (DES + 0.015),
        "bulkv_gse": ramp(DES + 0.015, [500, 200, -100]),
    }
    return {
        "ions": read_ions(
            [dis_file(folder, DIS, **{"numberdensity_bg": 0.0, "pres_bg": 0.0, **ions})], **SPAN
        ),
        "electrons": read_electrons([des_file(folder, DES, **electrons)], **SPAN),
        "field": read_field([fgm_file(folder, FGM, ramp(FGM, [3, -2, 1, 0]))], **SPAN),
        "electric": read_electric([edp_file(folder, EDP, ramp(EDP, [2, 1, -1]))], rate="brst", **SPAN),
        "electric_fast": read_electric(
            [edp_file(folder, SURVEY, ramp(SURVEY, [2, 1, -1]), rate="fast", name="fast")],
            rate="fast",
            **SPAN,
        ),
        "position": None,
    } | given


def table(products, **options):
    asked = {"start": SPAN["start"], "stop": SPAN["stop"], **options}
    return burst_table(*(products[name] for name in INPUTS), **asked)


@pytest.fixture(scope="module")
def products(tmp_path_factory):
    return series(tmp_path_factory.mktemp("burst"))


def flagged(burst, name):
    return (burst.flags & FLAGS[name]) != 0


def test_defect_2_times_are_the_centres_75_and_15_ms_after_the_stated_begin(tmp_path):
    ions = read_ions([dis_file(tmp_path, DIS)], **SPAN)
    electrons = read_electrons([des_file(tmp_path, DES)], **SPAN)
    wanted = at(np.round(DIS, 2)) + np.timedelta64(75, "ms")
    assert (ions.time == wanted[(wanted >= at(-0.5)) & (wanted < at(SECONDS + 0.5))]).all()
    wanted = at(np.round(DES, 2)) + np.timedelta64(15, "ms")
    assert (electrons.time == wanted[(wanted >= at(0)) & (wanted < at(SECONDS))]).all()
    assert (ions.cadence_s, electrons.cadence_s) == (0.15, 0.03)


def test_a_record_belongs_to_the_event_by_its_centre(tmp_path):
    begins = [-0.02, -0.015, 0.015, SECONDS - 0.02, SECONDS - 0.015]
    electrons = read_electrons([des_file(tmp_path, begins)], **SPAN)
    np.testing.assert_allclose(seconds_of(electrons.time), [0.0, 0.03, SECONDS - 0.005])


def test_a_measurement_that_reaches_to_both_sides_is_centred_by_what_the_file_says(tmp_path):
    path = des_file(tmp_path, [1.0, 1.03], plus=0.02, minus=0.01)
    electrons = read_electrons([path], **SPAN)
    assert (electrons.time == at([1.005, 1.035])).all()
    assert electrons.cadence_s == 0.03


@pytest.mark.parametrize("averaging", ["mean", "point"])
def test_straight_lines_meet_at_the_times_of_the_electrons(products, averaging):
    burst = table(products, averaging=averaging)
    seconds = seconds_of(burst.time)
    assert len(seconds) == 200
    assert (np.diff(burst.time) == np.timedelta64(30, "ms")).all()
    exact = {"rtol": 0, "atol": 2e-4}  # single precision in the files
    np.testing.assert_allclose(burst.v_i_gse_km_s, ramp(seconds, [50, -20, 10]), **exact)
    np.testing.assert_allclose(burst.v_e_gse_km_s, ramp(seconds, [500, 200, -100]), rtol=1e-6)
    np.testing.assert_allclose(burst.n_i_cm3, 0.3 + 0.01 * seconds, rtol=0, atol=1e-7)
    np.testing.assert_allclose(burst.n_e_cm3, 0.3 + 0.01 * seconds, rtol=0, atol=1e-7)
    np.testing.assert_allclose(burst.e_fast_gse_mv_m, ramp(seconds, [2, 1, -1]), rtol=0, atol=1e-6)
    # a mean of whole samples may be half a sample off the middle
    near = 1e-6 if averaging == "point" else 3 * 0.5 / 128
    np.testing.assert_allclose(burst.b_gse_nt, ramp(seconds, [3, -2, 1]), rtol=0, atol=near)
    near = 1e-6 if averaging == "point" else 2 * 0.5 / 2048
    np.testing.assert_allclose(burst.e_gse_mv_m, ramp(seconds, [2, 1, -1]), rtol=0, atol=near)
    assert not burst.flags.any()
    assert not burst.segment.any()


def test_defect_3_waves_between_the_samples_stay_out_of_the_averaged_field(tmp_path, products):
    wave = 15 * np.sin(2 * np.pi * 333.7 * EDP)
    path = edp_file(tmp_path, EDP, np.column_stack([wave, wave, wave]))
    noisy = products | {"electric": read_electric([path], rate="brst", **SPAN)}
    assert np.abs(table(noisy).e_gse_mv_m).max() < 0.5
    assert np.std(table(noisy, averaging="point").e_gse_mv_m) > 5


@pytest.mark.parametrize(
    ("product", "begins", "flag"),
    [
        ("ions", ("n_i_", "v_i_", "p_i_", "t_i_"), "IONS_MISSING"),
        ("field", ("b_", "t_i_"), "B_MISSING"),
        ("electric", ("e_gse",), "E_MISSING"),
        ("electric_fast", ("e_fast",), "FAST_E_MISSING"),
    ],
)
def test_a_product_without_files_is_missing_and_flagged(products, product, begins, flag):
    burst = table(products | {product: None})
    assert (burst.flags == FLAGS[flag]).all()
    for name in UNITS:
        missing = np.isnan(getattr(burst, name).astype(float))
        assert missing.all() if name.startswith((*begins, "position")) else not missing.any(), name


def test_defect_6_nothing_is_filled_in_where_a_product_has_a_gap(products):
    hole = {}
    for name in ("ions", "field", "electric", "electric_fast"):
        one = products[name]
        keep = (one.time < at(2)) | (one.time >= at(3))
        parts = {key: value[keep] for key, value in vars(one).items() if isinstance(value, np.ndarray)}
        hole[name] = type(one)(**(vars(one) | parts))
    burst = table(products | hole)
    seconds = seconds_of(burst.time)
    within = (seconds > 2.08) & (seconds < 2.92)
    for name in ("n_i_cm3", "t_i_perp_ev", "b_gse_nt", "e_gse_mv_m", "e_fast_gse_mv_m"):
        assert np.isnan(getattr(burst, name)[within]).all(), name
        assert np.isfinite(getattr(burst, name)[(seconds < 1.9) | (seconds > 3.1)]).all(), name
    for flag in ("IONS_MISSING", "B_MISSING", "E_MISSING", "FAST_E_MISSING"):
        assert flagged(burst, flag)[within].all()
    assert not flagged(burst, "ELECTRONS_MISSING").any()


def test_segments_end_where_electrons_have_a_gap(tmp_path, products):
    begins = np.delete(DES, slice(100, 105))  # one step of 180 ms
    begins[150:] += 0.014  # one step of 44 ms: no gap
    begins[180:] += 0.016  # one step of 46 ms
    electrons = read_electrons([des_file(tmp_path, begins)], **SPAN)
    burst = table(products | {"electrons": electrons})
    jumps = np.flatnonzero(np.diff(burst.segment)) + 1
    assert burst.segment.tolist() == np.repeat([0, 1, 2], np.diff([0, *jumps, len(burst.time)])).tolist()
    steps = np.diff(burst.time).astype("i8")[jumps - 1]
    assert steps.tolist() == [180_000_000, 46_000_000]
    assert np.flatnonzero(flagged(burst, "GAP_BEFORE")).tolist() == jumps.tolist()


def test_masked_electrons_stay_as_rows_without_values(tmp_path, products):
    flags = np.zeros(len(DES), dtype=int)
    flags[70:80] = 1 << 1
    flags[80:90] = (1 << 9) | (1 << 7) | (1 << 4)
    density = np.full(len(DES), 0.04)
    density[100] = 0.0
    hot = np.full(len(DES), 800.0)
    hot[110], hot[111] = -800.0, 40000.0
    velocity = np.tile([900.0, 0, 0], (len(DES), 1))
    velocity[120, 1] = 4.6e6
    given = {"errorflags": flags, "numberdensity": density, "tempperp": hot, "bulkv_gse": velocity}
    electrons = read_electrons([des_file(tmp_path, DES, **given)], **SPAN)
    burst = table(products | {"electrons": electrons})
    masked = np.round((DES[[*range(70, 80), 100, 110, 111, 120]] + 0.015), 3)
    missing = flagged(burst, "ELECTRONS_MISSING")
    np.testing.assert_allclose(seconds_of(burst.time[missing]), masked)
    assert not burst.segment.any()
    for name in ("n_e_cm3", "v_e_gse_km_s", "p_e_gse_npa", "t_e_para_ev", "t_e_perp_ev"):
        assert (np.isnan(getattr(burst, name)).reshape(200, -1).all(axis=1) == missing).all()
    found = {key: burst.counts[f"electrons_{key}"] for key in ("flagged", "unusable", "temperature")}
    assert found == {"flagged": 10, "unusable": 2, "temperature": 2}
    assert burst.counts["electrons_out_of_range"] == 2
    chosen = read_electrons([des_file(tmp_path, DES, **given)], flag_bits=[7], **SPAN)
    assert chosen.counts["flagged"] == 10


def test_radiation_of_more_than_half_the_density_is_flagged_and_all_of_it_is_missing(tmp_path, products):
    radiation = np.where(DIS < 2, 0.0, np.where(DIS < 4, 0.12, 0.25))
    path = dis_file(tmp_path, DIS, numberdensity=0.2, numberdensity_bg=radiation, pres_bg=0.0)
    burst = table(products | {"ions": read_ions([path], **SPAN)})
    seconds = seconds_of(burst.time)
    assert (flagged(burst, "ION_BACKGROUND") == (seconds > 2.025)).all()
    assert not flagged(burst, "IONS_MISSING")[seconds < 4].any()
    assert flagged(burst, "IONS_MISSING")[seconds > 4.2].all()
    np.testing.assert_allclose(burst.n_i_cm3[(seconds > 2.2) & (seconds < 3.9)], 0.08, atol=1e-7)
    np.testing.assert_allclose(burst.n_i_raw_cm3, 0.2, atol=1e-7)
    np.testing.assert_allclose(burst.v_i_gse_km_s[(seconds > 2.2) & (seconds < 3.9), 0], 750, atol=1e-3)
    np.testing.assert_allclose(burst.v_i_raw_gse_km_s[:, 0], 300, atol=1e-3)


def test_ion_temperatures_follow_the_field_at_the_times_of_the_ions(tmp_path, products):
    path = fgm_file(tmp_path, FGM, [0.0, 7.0, 0.0, 7.0])
    ions = read_ions([dis_file(tmp_path, DIS, numberdensity=0.25, numberdensity_bg=0.05, pres_bg=0.0,
                               bulkv_gse=[0.0, 0.0, 0.0])], **SPAN)  # fmt: skip
    burst = table(products | {"field": read_field([path], **SPAN), "ions": ions})
    ev = 1e-9 / (0.2e6 * 1.3807e-23) / 11604
    np.testing.assert_allclose(burst.t_i_para_ev, 0.1 * ev, rtol=1e-6)
    np.testing.assert_allclose(burst.t_i_perp_ev, 0.1 * ev, rtol=1e-6)
    path = fgm_file(tmp_path, FGM, [7.0, 0.0, 0.0, 7.0])
    burst = table(products | {"field": read_field([path], **SPAN), "ions": ions})
    np.testing.assert_allclose(burst.t_i_para_ev, 0.12 * ev, rtol=1e-6)
    np.testing.assert_allclose(burst.t_i_perp_ev, 0.09 * ev, rtol=1e-6)


def test_time_of_a_refused_file_is_flagged(products):
    damaged = [(START + timedelta(seconds=1), START + timedelta(seconds=2))]
    burst = table(products, damaged=damaged)
    seconds = seconds_of(burst.time)
    assert (flagged(burst, "DAMAGED_FILE") == ((seconds >= 1) & (seconds < 2))).all()


def test_position_between_its_half_minutes(products):
    def place(time):
        return np.outer(seconds_of(time), [1.0, -2.0, 0.5]) + np.array([-150000.0, 30000.0, 8000.0])

    time = BEGIN + np.arange(-2, 4) * np.timedelta64(30, "s")
    burst = table(products | {"position": Series("r", time, place(time), "km", "GSE")})
    np.testing.assert_allclose(burst.position_gse_km, place(burst.time), rtol=0, atol=1e-6)


def test_field_and_position_alone_stand_for_a_spacecraft_without_moments(products):
    """What the curlometer and the local axes need, on the same grid as electrons would have."""
    place = np.outer(np.arange(-2, 4) * 30.0, [1.0, -2.0, 0.5])
    time = BEGIN + np.arange(-2, 4) * np.timedelta64(30, "s")
    asked = {"start": SPAN["start"], "stop": SPAN["stop"]}
    burst = field_table(products["field"], Series("r", time, place, "km", "GSE"), **asked)
    seconds = seconds_of(burst.time)
    np.testing.assert_allclose(seconds, 0.015 + 0.03 * np.arange(200), rtol=0, atol=1e-9)
    slopes = np.array([3.0, -2.0, 1.0])
    assert np.abs(burst.b_gse_nt - np.outer(seconds, slopes)).max() < 3 * 0.004
    np.testing.assert_allclose(burst.position_gse_km, np.outer(seconds, [1.0, -2.0, 0.5]), rtol=0, atol=1e-6)
    assert np.isnan(burst.n_e_cm3).all()
    assert np.isnan(burst.v_i_gse_km_s).all()


def test_field_files_without_positions_give_none(tmp_path):
    assert read_position([fgm_file(tmp_path, FGM)], **SPAN) is None


def test_bad_samples_of_the_fields_are_masked_by_their_own_flags(tmp_path):
    flag = np.where(FGM > 5, 1 << 4, 0)
    field = read_field([fgm_file(tmp_path, FGM, flag=flag)], **SPAN)
    assert (np.isnan(field.values).all(axis=1) == (seconds_of(field.time) > 5)).all()
    assert field.values.shape[1] == 3
    quality = np.where(EDP > 5, 0, np.where(EDP > 4, 1, 3))
    path = edp_file(tmp_path, EDP, quality=quality)
    for least, begin in ((1, 5), (2, 4)):
        electric = read_electric([path], rate="brst", min_quality=least, **SPAN)
        assert (np.isnan(electric.values).all(axis=1) == (seconds_of(electric.time) > begin)).all()
    assert electric.counts["flagged"] == np.isnan(electric.values[:, 0]).sum()
    of_each = np.column_stack([np.full(len(EDP), 3), quality, np.full(len(EDP), 3)])
    path = edp_file(tmp_path, EDP, quality=of_each, name="three")
    assert read_electric([path], rate="brst", min_quality=2, **SPAN).counts == electric.counts
    path = edp_file(tmp_path, EDP, quality=None, name="none")
    electric = read_electric([path], rate="brst", **SPAN)
    assert electric.counts["no_quality"] == len(electric.time)
    assert np.isfinite(electric.values).all()


def test_no_electrons_in_the_event_and_another_averaging_are_refused(products):
    later = SPAN["stop"] + timedelta(seconds=60)
    with pytest.raises(InsufficientData, match="no electron record in the event"):
        table(products, start=SPAN["stop"], stop=later)
    with pytest.raises(ConfigError, match="choose mean or point"):
        table(products, averaging="median")


def test_a_burst_comes_back_from_its_file(tmp_path, products):
    burst = table(products, damaged=[(START, START + timedelta(seconds=1))])
    for name in ("a.nc", "b.nc"):
        write_burst(tmp_path / name, burst, {"files": "one.cdf two.cdf", "source": "test"})
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    found = read_burst(tmp_path / "a.nc")
    assert (found.time == burst.time).all()
    for name in UNITS:
        one, other = getattr(found, name), getattr(burst, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert found.counts == burst.counts
    assert read_file_names(tmp_path / "a.nc") == ["one.cdf", "two.cdf"]
