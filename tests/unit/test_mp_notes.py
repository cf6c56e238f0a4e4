"""What the analysis says beside its numbers: doubts, published values, events without a crossing."""

from dataclasses import replace

import numpy as np
import pytest

from magnetoflow.mms_mp.analysis import analyse
from magnetoflow.mms_mp.normal_choice import doubted
from magnetoflow.mms_mp.normals import Normal, angle_deg
from magnetoflow.mms_mp.notes import doubts
from magnetoflow.mms_mp.overlay import Overlay, Published, with_published
from magnetoflow.mms_mp.passages import Pass
from magnetoflow.sample.magnetopause import CASE_A
from tests.unit.mp_events import event as made_event
from tests.unit.mp_figure_data import fake_analysis

N = CASE_A.axes[2]


def normal(method, n, error_deg, *, reliable=True):
    n = np.asarray(n) / np.linalg.norm(n)
    return Normal(
        method, None, n, (np.eye(3) - np.outer(n, n)) * np.deg2rad(error_deg) ** 2, reliable=reliable
    )


def test_normals_that_are_hardly_known_or_far_from_the_model_are_not_reliable():
    away = np.cross(N, (0, 0, 1))
    normals = [
        normal("shue1998", N, 15),
        normal("mva", N, 33),
        normal("mass_flux", away, 7),
        normal("timing", N + 0.1 * away, 3),
        normal("given", away, 50),
    ]
    judged = {one.method: one for one in doubted(normals)}
    assert {name for name, one in judged.items() if one.reliable} == {"shue1998", "timing", "given"}
    assert "33 deg" in judged["mva"].reason
    assert "from the model" in judged["mass_flux"].reason


def passage(speed, error, *, outbound) -> Pass:
    main = fake_analysis().main_pass
    return replace(
        main, outbound=outbound, speed_km_s=speed, speed_error_km_s=error, speed_method="timing along N"
    )


@pytest.mark.parametrize(
    ("speed", "error", "outbound", "said"),
    [
        (-60, 5, True, False),
        (60, 5, True, True),
        (60, 5, False, False),
        (-60, 71, False, False),
        (-60, 9, False, True),
    ],
)
def test_a_speed_against_the_direction_of_the_passage_is_named(speed, error, outbound, said):
    one = passage(speed, error, outbound=outbound)
    notes = doubts(fake_analysis().orientation.lmn, [one], one, "auto")
    assert any("other sign" in note for note in notes) == said


def test_axes_that_are_not_those_asked_for_or_not_reliable_are_named_and_a_speed_that_is_missing():
    lmn = replace(
        fake_analysis().orientation.lmn, method="shue1998", reliable=False, reason="no reliable normal"
    )
    one = passage(np.nan, np.nan, outbound=True)
    (asked, speed) = doubts(lmn, [one], one, "mdd")
    assert "mdd were asked for" in asked
    assert "no speed" in speed
    assert "not reliable: no reliable normal" in doubts(lmn, [], None, "auto")[0]


def test_published_normals_stand_beside_ours_with_their_signs():
    overlay = Overlay({1: Published(N, -60.0), 2: Published(-N, 60.0)}, "paper.json")
    found = with_published(fake_analysis(), overlay).orientation.normals[-2:]
    assert [one.method for one in found] == ["published", "published"]
    assert [one.probe for one in found] == [1, 2]
    assert angle_deg(found[0].n, N) == pytest.approx(0, abs=1e-6)
    assert angle_deg(found[1].n, N) == pytest.approx(180, abs=1e-6)
    assert [one.speed_km_s for one in found] == [-60.0, 60.0]


def test_an_event_without_a_crossing_has_the_axes_of_the_model_and_no_normal_field():
    quiet = {"b_l_nt": (40.0, 40.0), "b_m_nt": (5.0, 5.0), "bump_m_nt": 0.0, "n_cm3": (1.0, 1.0)}
    nothing = replace(CASE_A, **quiet, heplus_cm3=(0.4, 0.4))
    result = analyse(made_event(nothing, probes=(1, 2, 3, 4), noise=1, seed=1))
    assert result.status == "no crossing"
    assert result.orientation.lmn.method == "shue1998"
    assert np.isnan(result.orientation.lmn.b_n_nt)
    assert result.passes == ()
    known = {one.method for one in result.orientation.normals if np.isfinite(one.n).all()}
    assert known == {"shue1997", "shue1998"}
