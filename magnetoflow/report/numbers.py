"""Numbers of finished results for captions, read when a caption asks for them and never in a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from magnetoflow.config import Config
from magnetoflow.config.common import STUDIES
from magnetoflow.report.escape import Words, escaped
from magnetoflow.report.methods import METHODS
from magnetoflow.report.recorded import files_of, record_of, section_of, settings_of
from magnetoflow.report.repeat import FOLDERS, of_run
from magnetoflow.report.start import ARCHIVE, start_page
from magnetoflow.report.study import study_numbers


def _listed(config: Config) -> tuple[str, ...]:
    """Studies of the start page: what a call without targets makes, and what else has results."""
    made, results = {*config.made_by_default()}, Path(config.results)
    return tuple(one for one in STUDIES if one in made or (results / one / "overview.csv").is_file())


class Numbers(Mapping[str, Any]):
    """``config["numbers"]`` of the workflow: captions find the numbers of a study by its name.

    Parameters
    ----------
    config : Config
        The checked configuration, whose sections captions find as ``config``.
    about : mapping
        What was run, for the start page: ``configfiles``, ``version``.
    waiting : callable
        Gives the names of the rules, or studies, of jobs that would run, one per job.

    Notes
    -----
    Nothing is read before a caption asks. A job gets an empty dict instead, as Snakemake pickles its
    configuration for each script.
    """

    def __init__(
        self,
        config: Config,
        about: Mapping[str, Any],
        waiting: Callable[[], Iterable[str]],
    ) -> None:
        self._config, self._folder, self._studies = config, Path(config.results), _listed(config)
        self._about, self._waiting = about, waiting
        self._found: dict[str, Words] = {}

    def __getitem__(self, study: str) -> Words:
        if study not in STUDIES:
            raise KeyError(study)
        if study not in self._found:
            settings = settings_of(record_of(self._folder / study))
            section = section_of(study, self._config, settings)
            numbers = {**self._numbers(study), "config": section, "method": METHODS[study](section)}
            self._found[study] = escaped({name: one for name, one in numbers.items() if name != "rows"})
        return self._found[study]

    def __iter__(self) -> Iterator[str]:
        return iter(self._studies)

    def __len__(self) -> int:
        return len(self._studies)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[()]]:
        return dict, ()

    def of(self, rule: str) -> Words:
        """Numbers of the study to which a rule belongs."""
        return self[next(study for study in STUDIES if rule.startswith(study))]

    def _numbers(self, study: str) -> dict[str, Any]:
        record = record_of(self._folder / study)
        used = files_of(record) if record and study != "aurora" else None  # images are not shared
        archive = settings_of(record).get("archive", self._config.archive)
        return {**study_numbers(study, self._folder / study, used), "archive": archive}

    @cached_property
    def start_page(self) -> str:
        """Start page of the report as HTML on one line."""
        waiting = Counter(
            next((study for study in STUDIES if name.startswith(study)), ARCHIVE) for name in self._waiting()
        )
        folders = {name: getattr(self._config, name) for name in FOLDERS}
        options = of_run(self._about["configfiles"], folders)
        about = {**folders, "options": options, "version": self._about["version"]}
        made = [(study, self._numbers(study)) for study in self._studies]
        return start_page(self._folder, made, about, waiting)
