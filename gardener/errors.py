"""Errors that the user can fix, and the exit codes of every command."""

CLEAN = 0
FOUND = 1
USAGE = 2
BUG = 3
INTERRUPTED = 130


class GardenerError(Exception):
    """Something the user can fix; its text is one clear sentence (exit code 2)."""


class ConfigError(GardenerError):
    """`[tool.gardener]` holds something that gardener does not understand."""


class GitError(GardenerError):
    """git is missing, there is no repository, or a git command failed."""


class ReportError(GardenerError):
    """A report cannot be read: truncated, of another version, or not a report at all."""


class InterpreterError(GardenerError):
    """No Python interpreter of the project can import pytest."""


class SelectionError(GardenerError):
    """What was asked to run is not there."""


class MissingExtraError(GardenerError):
    """A package of an extra (`bot`, `docs`, ...) is not installed."""

    def __init__(self, package: str, extra: str, asked: str) -> None:
        """`asked` is what needs the package, with its verb: "`comment` and `issues` need"."""
        super().__init__(
            f"{package} is not installed, and {asked} it: pip install 'test-gardener[{extra}]'."
        )


class RecordError(GardenerError):
    """A record, or the place where it is shared, cannot be used."""
