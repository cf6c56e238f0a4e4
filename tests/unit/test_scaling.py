"""Scaling: the published events in the digits of their table, errors, and B0 and n0 from simulated bursts."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from magnetoflow.errors import ConfigError, InsufficientData
from magnetoflow.mms_rnn.lmn import Lmn
from magnetoflow.mms_rnn.scaling import DeriveOptions, Scaling, derive_b0, derive_n0
from magnetoflow.mms_rnn.stretches import clustered_mean, medians
from tests.unit.rnn_bursts import burst, crossing, tilted, times

# event, B0 [nT], n0 [cm^-3], then as the list of events has them: v_A [km/s], E0 [mV/m], d_i [km];
# but for H, whose v_A is 1185.487 by its own B0 and n0, where the list has 1186
EVENTS = """
A 21.27865148 0.13838144 1248 26.5 612
B 26.53054016 1.0288908 571 15.1 224
C 16.14916568 0.4389502 532 8.59 344
D 19.05825971 0.19944784 931 17.7 510
E 7.805345825 0.19892825 382 2.98 511
F 16.38363369 0.17318012 859 14.1 547
G 17.54366084 0.20273407 850 14.9 506
H 22.2842775 0.16811092 1185 26.4 555
I 15.41015406 0.11836687 977 15.1 662
J 14.32471067 0.38465217 504 7.22 367
L 17.15643793 1.3245863 325 5.58 198
O 15.75670785 0.21070065 749 11.8 496
P 16.11432974 0.15921502 881 14.2 571
Q 29.09204865 2.759707 382 11.1 137
R 26.14315926 0.41606516 884 23.1 353
S 10.23943403 0.20430537 494 5.06 504
T 32.36794703 0.71044284 838 27.1 270
U 13.37737541 0.12632449 821 11.0 641
V 14.44350423 0.2835195 592 8.55 428
W 13.92892911 0.2835195 571 7.95 428
X 20.14111812 0.18773806 1014 20.4 526
Y 9.251656107 0.12356131 574 5.31 648
Z 18.31873051 0.28314748 751 13.8 428
"""
ROWS = [line.split() for line in EVENTS.strip().splitlines()]
EXACT_ERRORS = DeriveOptions(balance_error=0.0, centre_share_error=0.0)


@pytest.mark.parametrize(("event", "b0", "n0", "speed", "field", "length"), ROWS)
def test_the_published_events(event, b0, n0, speed, field, length):
    scaling = Scaling(float(b0), float(n0))
    assert f"{scaling.v_a_km_s:.0f}" == speed
    assert f"{scaling.e0_mv_m:.{len(field.partition('.')[2])}f}" == field
    assert f"{scaling.d_i_km:.0f}" == length


def test_event_a_to_ten_digits():
    scaling = Scaling(21.27865148, 0.13838144)
    assert scaling.v_a_km_s == pytest.approx(1247.674667001803900962, rel=1e-10)
    assert scaling.e0_mv_m == pytest.approx(26.54883439955644173988, rel=1e-10)
    assert scaling.d_i_km == pytest.approx(612.1024359372581542875, rel=1e-10)
    assert scaling.ve_a_km_s == pytest.approx(1247.674667001803900962 * math.sqrt(1836), rel=1e-10)
    assert scaling.ve_a_km_s / scaling.v_a_km_s == pytest.approx(42.85, abs=0.002)


def test_heavier_ions_are_slower_and_longer_and_electrons_keep_their_scale():
    protons, oxygen = Scaling(20.0, 0.25), Scaling(20.0, 0.25, ion_mass=16.0)
    assert oxygen.v_a_km_s == pytest.approx(872.4813853301444069230 / 4, rel=1e-10)
    assert oxygen.d_i_km == pytest.approx(455.4 * 4, rel=1e-10)
    assert oxygen.ve_a_km_s == pytest.approx(protons.ve_a_km_s, rel=1e-12)


def test_errors_by_hand_and_by_drawing():
    # relative 5 % and 20 %: v_A sqrt(0.05^2 + 0.1^2), E0 sqrt(0.1^2 + 0.1^2), d_i 0.1
    scaling = Scaling(20.0, 0.25, b0_error_nt=1.0, n0_error_cm3=0.05)
    assert scaling.v_a_error_km_s == pytest.approx(872.4813853301444 * 0.11180339887498949, rel=1e-10)
    assert scaling.e0_error_mv_m == pytest.approx(17.449627706602888 * 0.14142135623730951, rel=1e-10)
    assert scaling.d_i_error_km == pytest.approx(45.54, rel=1e-10)
    rng = np.random.default_rng(2)
    drawn = [Scaling(20 * b, 0.25 * n) for b, n in 1 + rng.normal(0, 0.01, (4000, 2)) * [1, 4]]
    small = Scaling(20.0, 0.25, b0_error_nt=0.2, n0_error_cm3=0.01)
    for name in ("v_a_km_s", "e0_mv_m", "d_i_km"):
        error = getattr(
            small,
            name.replace("_km_s", "_error_km_s").replace("_mv", "_error_mv").replace("i_km", "i_error_km"),
        )
        assert np.std([getattr(one, name) for one in drawn]) == pytest.approx(error, rel=0.05)


def test_an_unknown_error_stays_unknown():
    assert math.isnan(Scaling(20.0, 0.25, n0_error_cm3=0.05).v_a_error_km_s)


@pytest.mark.parametrize("name", ["b0_nt", "n0_cm3", "ion_mass", "mass_ratio"])
@pytest.mark.parametrize("value", [0.0, -0.2, math.nan, math.inf])
def test_what_is_not_positive_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=rf"(?s){name} must be above zero.*found {value}"):
        Scaling(**{"b0_nt": 20.0, "n0_cm3": 0.2, name: value})


def test_a_negative_error_is_refused():
    with pytest.raises(ConfigError, match="n0_error_cm3 must not be negative"):
        Scaling(20.0, 0.2, n0_error_cm3=-0.1)


def test_b0_and_n0_of_the_analytic_site():
    scaling = Scaling(15.0, 0.25)
    four = {probe: crossing(scaling, probe)[0] for probe in (1, 2, 3, 4)}
    b0 = derive_b0(four)
    assert b0.value == pytest.approx(15.0, rel=1e-3)
    assert b0.error == pytest.approx(0.05 * 15, rel=0.01)  # what is assumed for the balance
    assert "mms1, mms2, mms3, mms4" in b0.method
    n0 = derive_n0(four, b0.value)
    assert n0.value == pytest.approx(0.25, rel=0.02)  # |B_L| below 0.2 B0 is not the very centre
    assert n0.error == pytest.approx(0.25 * n0.value, rel=0.05)


def test_n0_at_the_centre_by_hand():
    # half of the samples in the centre with 0.09, half outside with 0.3: n0 = 0.09/0.45 = 0.2
    b = np.zeros((80, 3))
    b[::2, 0], b[1::2, 0], b[:, 2] = 1.0, 15.0, 10.0
    density = np.where(np.arange(80) % 2 == 0, 0.09, 0.3)
    found = derive_n0({2: burst(80, b_gse_nt=b, n_e_cm3=density)}, 20.0)
    assert found.value == pytest.approx(0.2, rel=1e-10)
    assert found.error == pytest.approx(0.05, rel=1e-10)
    other = derive_n0({2: burst(80, b_gse_nt=b, n_e_cm3=density)}, 20.0, DeriveOptions(centre_share=0.9))
    assert other.value == pytest.approx(0.1, rel=1e-10)


def test_b0_by_hand():
    # B = 12 nT, P_i + P_e = trace/3 = (0.03 + 0.06 + 0.03)/3 nPa = 0.04 nPa -> 100.53096491487338 nT^2
    b, p = np.tile([0.0, 0.0, 12.0], (40, 1)), np.tile(np.diag([0.03, 0.06, 0.03]), (40, 1, 1))
    found = derive_b0({1: burst(40, b_gse_nt=b, p_i_gse_npa=p * 0.75, p_e_gse_npa=p * 0.25)})
    assert found.value == pytest.approx(math.sqrt(144 + 100.53096491487338), rel=1e-10)


def test_a_tilted_sheet_has_its_centre_along_l():
    scaling, axes = Scaling(15.0, 0.25), tilted(0.0, 50.0)
    four = {probe: crossing(scaling, probe, axes=axes)[0] for probe in (1, 2, 3, 4)}
    along_l = derive_n0(four, 15.0, frame=Lmn(axes, True, "gradient"))
    straight = derive_n0({probe: crossing(scaling, probe)[0] for probe in (1, 2, 3, 4)}, 15.0)
    assert along_l.value == pytest.approx(straight.value, rel=1e-6)
    assert derive_n0(four, 15.0).value != pytest.approx(straight.value, rel=1e-3)


def test_too_few_samples_say_what_to_do():
    with pytest.raises(InsufficientData, match=r"(?s)B0 cannot be derived.*0 samples.*b0_nt"):
        derive_b0({1: burst(40)})
    lobe = np.tile([20.0, 0.0, 0.0], (400, 1))
    with pytest.raises(InsufficientData, match=r"(?s)n0 cannot be derived.*0 samples.*n0_cm3"):
        derive_n0({1: burst(400, b_gse_nt=lobe, n_e_cm3=np.full(400, 0.1))}, 20.0)
    with pytest.raises(InsufficientData, match="B0 cannot"):
        derive_b0({})


def test_a_density_of_zero_is_not_a_density():
    b = np.zeros((60, 3))
    density = np.where(np.arange(60) < 30, 0.0, 0.09)
    assert derive_n0({1: burst(60, b_gse_nt=b, n_e_cm3=density)}, 20.0).value == pytest.approx(0.2)


def test_a_spacecraft_that_is_wrong_for_a_while_is_left_out():
    rng = np.random.default_rng(8)
    field = 20 + rng.normal(0, 0.2, (4, 800))
    field[2, 200:290] = 45.0
    columns = [(times(800), row) for row in field]
    assert clustered_mean(medians(columns, 16))[0] == pytest.approx(20.0, abs=0.05)


def test_stretches_hold_equal_numbers_and_keep_order():
    # values equal to their number; medians of 4 stretches of 25: 12, 37, 62, 87
    table = medians([(times(100), np.arange(100.0))], 4)
    np.testing.assert_allclose(table[0], [12, 37, 62, 87], atol=1)


def test_tables_without_a_spread():
    mean, error = clustered_mean(np.array([[np.nan, 3.0], [np.nan, np.nan]]))
    assert mean == 3.0
    assert math.isnan(error)
    assert clustered_mean(np.full((4, 16), 7.0)) == (7.0, 0.0)


def test_gaps_in_a_table_keep_the_error_of_the_rest():
    rng = np.random.default_rng(9)
    table = rng.normal(size=(4, 1)) + rng.normal(size=(4, 16))
    holes = table.copy()
    holes[1, 3:6], holes[:, 9] = np.nan, np.nan
    mean, error = clustered_mean(holes)
    assert mean == pytest.approx(np.nanmean(holes))
    assert error == pytest.approx(clustered_mean(table)[1], rel=0.3)


@pytest.mark.parametrize(
    ("spacecraft", "own", "common", "cell"),
    [(4, 0.5, 1.0, 1.0), (4, 1.0, 0.0, 0.3), (1, 0.0, 1.0, 0.0), (2, 0.5, 1.0, 0.5)],
)
def test_the_error_of_a_table_holds_the_truth_in_about_68_percent(spacecraft, own, common, cell):
    rng, shape = np.random.default_rng(11), (spacecraft, 16)
    hits = 0
    for _ in range(600):
        table = (
            own * rng.normal(size=(spacecraft, 1))
            + common * rng.normal(size=16)
            + cell * rng.normal(size=shape)
        )
        mean, error = clustered_mean(table)
        hits += abs(mean) < error
    assert 0.63 < hits / 600 < 0.80


def correlated(rng, tau_s, samples):
    step = math.exp(-0.03 / tau_s)
    white = math.sqrt(1 - step**2) * rng.normal(size=samples + 400)
    return lfilter([1.0], [1.0, -step], white)[400:]


def simulated(rng, samples=1000, tau_s=0.7):
    """Four spacecraft in a sheet of B0 = 20 nT, n0 = 0.25 cm^-3 that breathes, each with its offsets."""
    common, four = correlated(rng, tau_s, samples), {}
    for probe in (1, 2, 3, 4):
        gain = 1 + rng.normal(0, [0.01, 0.03])
        lobe = (
            20 * (1 + 0.05 * common) * gain[0]
            + 0.5 * correlated(rng, tau_s, samples)
            + rng.normal(0, 0.5, samples)
        )
        b_x = lobe * np.tanh(np.linspace(-2, 2, samples) + 0.3 * correlated(rng, 1.0, samples))
        pressure = (lobe**2 - b_x**2) / 2513.2741228718346
        density = 0.45 * 0.25 * (1 + 0.1 * common) * gain[1] * (1 + 0.1 * correlated(rng, tau_s, samples))
        four[probe] = burst(
            samples,
            b_gse_nt=np.column_stack([b_x, 0 * b_x, 0 * b_x]),
            p_i_gse_npa=0.8 * pressure[:, None, None] * np.eye(3),
            p_e_gse_npa=0.2 * pressure[:, None, None] * np.eye(3),
            n_e_cm3=density,
        )
    return four


def test_errors_of_derived_numbers_hold_the_truth_in_about_68_percent():
    hits = np.zeros(2)
    for seed in range(100):
        four = simulated(np.random.default_rng(seed))
        b0, n0 = derive_b0(four, EXACT_ERRORS), derive_n0(four, 20.0, EXACT_ERRORS)
        hits += [abs(b0.value - 20) < b0.error, abs(n0.value - 0.25) < n0.error]
    assert (hits >= 55).all(), hits
    assert (hits <= 83).all(), hits


def test_the_error_of_n0_holds_the_spread_of_sites():
    hits, rng = 0, np.random.default_rng(12)
    for _ in range(200):
        share = 0.45 * (1 + rng.normal(0, 0.25))
        density = share * 0.25 * (1 + 0.05 * correlated(rng, 0.5, 300))
        found = derive_n0({1: burst(300, b_gse_nt=np.zeros((300, 3)), n_e_cm3=density)}, 20.0)
        hits += abs(found.value - 0.25) < found.error
    assert 0.60 < hits / 200 < 0.78
