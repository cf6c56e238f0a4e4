"""The errors of magnetoflow: one root class, each message says what, where, why and what to do."""

from __future__ import annotations

from os import PathLike


class MagnetoflowError(Exception):
    """Root of every error that magnetoflow raises on purpose.

    Parameters
    ----------
    what : str
        What went wrong, one sentence.
    where : str or PathLike, optional
        File, line, variable, event or time.
    why : str, optional
        What was found, and what was expected.
    todo : str, optional
        What the user can do now.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | PathLike[str] | None = None,
        why: str | None = None,
        todo: str | None = None,
    ) -> None:
        self.what, self.where, self.why, self.todo = what, where, why, todo
        parts = [("where", where), ("why", why), ("do", todo)]
        super().__init__("\n".join([what, *(f"  {name}: {part}" for name, part in parts if part)]))


class ConfigError(MagnetoflowError):
    """The configuration or an event list is wrong; found before any job starts."""


class DataError(MagnetoflowError):
    """An event fails for its data; with ``skip_failed`` such an event is reported and left out."""


class CorruptFile(DataError):  # noqa: N818 (the contract's own name)
    """A file failed the integrity gate and is never decoded."""

    TODO = "replace the file by a good copy, or set on_damaged: gap to leave its time missing"

    def __init__(self, path: str | PathLike[str], reason: str, todo: str = TODO) -> None:
        self.path, self.reason = path, reason
        super().__init__("damaged file refused", where=path, why=reason, todo=todo)

    def __reduce__(self) -> tuple[type[CorruptFile], tuple[str | PathLike[str], str, str]]:
        """Rebuild from its parts, so that the error crosses process borders."""
        return type(self), (self.path, self.reason, str(self.todo))


class MissingData(DataError):  # noqa: N818
    """A product that the study cannot do without is not in the archive."""


class VariableError(DataError):
    """A variable is missing, or its unit, frame or shape is not what the reader expects."""


class InsufficientData(DataError):  # noqa: N818
    """The files are good, but hold too few usable records."""


class ModelError(MagnetoflowError):
    """A model is damaged, foreign, or does not fit the data it is asked to label."""


class ArchiveError(MagnetoflowError):
    """The archive itself cannot be used: unknown source, unreadable folder, full disk."""


class DownloadError(ArchiveError):
    """A file or listing could not be brought; what was there before is still there."""

    def __init__(self, what: str, *, url: str, why: str, todo: str | None = None) -> None:
        self.url, self.reason = url, why
        super().__init__(what, where=url, why=why, todo=todo or "run again later: what was brought is kept")


class NotInArchive(DownloadError):  # noqa: N818
    """The server has no such file or folder (404, 410)."""


class NotReleased(DownloadError):  # noqa: N818
    """The server has it, and does not give it to the public (401, 403)."""


class NoNetwork(DownloadError):  # noqa: N818
    """No connection to the server could be made."""
