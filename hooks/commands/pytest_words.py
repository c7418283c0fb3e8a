"""pytest's own words as options of `gardener run`: passed on as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])
_PREFIX = "pytest_"


class _Word(NamedTuple):
    """An option that is pytest's: its spellings there, whether it takes a value, and what it does."""

    spellings: tuple[str, ...]
    help: str
    value: str = ""

    @property
    def key(self) -> str:
        """The name under which click hands it over; no other option is called so."""
        return _PREFIX + max(self.spellings, key=len).strip("-").replace("-", "_")


_WORDS = (
    _Word(("-k",), "Only tests whose names match this expression.", "EXPRESSION"),
    _Word(("-m",), "Only tests whose markers match this expression.", "EXPRESSION"),
    _Word(("-x", "--exitfirst"), "Stop at the first failure."),
    _Word(("--maxfail",), "Stop after so many failures.", "N"),
    _Word(("--lf", "--last-failed"), "Only what failed last time; all if nothing did."),
    _Word(("--ff", "--failed-first"), "What failed last time first."),
    _Word(("-n", "--numprocesses"), "Run in so many processes (pytest-xdist).", "N"),
    _Word(("--pdb",), "Open the debugger at a failure; the terminal is pytest's."),
    _Word(("-s",), "Show what tests print while they run."),
    _Word(("--durations",), "Show the N slowest tests (0 = all).", "N"),
)


def pytest_options(command: _Command) -> _Command:
    """Add pytest's own words to a command; see `passed_on`."""
    for word in reversed(_WORDS):
        command = click.option(
            *word.spellings,
            word.key,
            metavar=word.value or None,
            is_flag=not word.value,
            help=word.help,
        )(command)
    return command


def write_options(command: click.Command, context: click.Context, to: click.HelpFormatter) -> None:
    """Write the options of a command into its help, pytest's own in a section of theirs."""
    rows: dict[bool, list[tuple[str, str]]] = {False: [], True: []}
    for parameter in command.get_params(context):
        row = parameter.get_help_record(context)
        if row is not None:
            rows[(parameter.name or "").startswith(_PREFIX)].append(row)
    for title, of_pytest in (("Options", False), ("Options of pytest, passed on", True)):
        with to.section(title):
            to.write_dl(rows[of_pytest])


def passed_on(options: dict[str, Any]) -> tuple[str, ...]:
    """Take pytest's own words out of the options: the arguments that pytest gets.

    Raises:
        click.UsageError: a word that needs a number has none.
    """
    arguments: list[str] = []
    for word in _WORDS:
        typed = options.pop(word.key)
        if not word.value and typed:
            arguments.append(word.spellings[0])
        elif word.value and typed is not None:
            arguments.append(_with_value(word, typed))
    return tuple(arguments)


def _with_value(word: _Word, typed: str) -> str:
    """A word with its value as one argument, so that a value may begin with a dash."""
    numbers = word.value == "N" and word.spellings[0] != "-n"  # that one takes `auto` too
    if numbers and not typed.isdigit():
        raise click.UsageError(f"{word.spellings[0]} takes a number, not {typed!r}.")
    first = word.spellings[0]
    return f"{first}={typed}" if first.startswith("--") else f"{first}{typed}"
