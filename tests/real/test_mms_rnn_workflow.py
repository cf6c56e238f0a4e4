"""Tail reconnection on real files: what is there of the published event I, whose ion files are damaged."""

import os
from pathlib import Path

import pytest

from magnetoflow.config.events import read_events
from magnetoflow.workflow.code_hash import ROOT
from tests.runs import Run

REAL = Path(os.environ.get("MAGNETOFLOW_REAL", ROOT.parent / "shared" / "real")).resolve()
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="no real data at hand")


def test_the_damaged_ions_of_a_published_event_are_refused_by_name(rnn_checkout, tmp_path):
    table = read_events(
        ROOT / "config/events/mms_rnn.csv", ("id", "start", "stop"), ("probes", "b0_nt", "n0_cm3")
    )
    (event,) = (row for row in table.rows if row["id"] == "tail_I")
    run = Run(tmp_path, rnn_checkout, "mms_rnn")
    words = run.overlay(events=[{**event, "probes": [2]}])
    burst = "results/mms_rnn/work/tail_I_mms2/burst.nc"
    said = run.refuse("--config", f"archive={REAL}", *words, "--", burst)
    assert "damaged file refused" in said
    assert "mms2_fpi_brst_l2_dis-moms_20170726072613_v3.3.0.cdf" in said
    assert not (run.folder / burst).exists()
    skipping = run.overlay("skip.yaml", skip_failed=True, on_damaged="gap")
    status = "results/mms_rnn/work/tail_I_mms2/status.json"
    run.make("--config", f"archive={REAL}", *words, *skipping[1:], "--", status)
    assert "electron moments" in (run.folder / status).read_text()
