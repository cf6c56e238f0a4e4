"""The command that says why something would be made again."""

from magnetoflow.cli import main


def test_a_target_that_nothing_makes_is_named_in_two_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["why", "mms_gmm/featurs.csv", "--set", "mms_gmm.on_damaged=gap"]) == 2
    said = capsys.readouterr().err
    assert "nothing makes results/mms_gmm/featurs.csv" in said
    assert "magnetoflow <study> --set mms_gmm.on_damaged=gap --dry-run lists" in said
    assert len(said.splitlines()) == 2


def test_a_target_that_is_not_made_yet_is_explained_also_by_its_absolute_path(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["why", str(tmp_path / "results/mms_gmm/model/model.json")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("results/mms_gmm/model/model.json: 1 job would run.")
    assert "because not made yet" in said
    assert not (tmp_path / "results").exists()
