"""The command `gardener`: its table of commands and the one place that maps errors to exit codes."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from gardener import __version__
from gardener.errors import BUG, INTERRUPTED, USAGE, GardenerError

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (where its click command lives, one line of help). Named as strings and
    # imported late, so that the core imports neither hooks nor bot and `--help` is quick.
    "run": (
        "gardener.hooks.commands.run:run",
        "Run the tests a change can affect and explain what fails.",
    ),
    "impacted": (
        "gardener.hooks.commands.impacted:impacted",
        "List the tests a change can affect.",
    ),
    "plan": (
        "gardener.hooks.commands.plan:plan",
        "Divide the tests a change can affect into shards.",
    ),
    "why-not": (
        "gardener.hooks.commands.why_not:why_not",
        "Say why a change does not select a test.",
    ),
    "focus": ("gardener.hooks.commands.focus:focus", "List the tests of a focus."),
    "fix": ("gardener.hooks.commands.fix:fix", "Repair what is mechanical: codemods over files."),
    "report": ("gardener.commands.report:report", "Show a finished run: worklog, Markdown, JSON."),
    "merge": (
        "gardener.commands.report:merge",
        "Join the reports of shards, attempts and cells into one.",
    ),
    "comment": ("gardener.bot.commands:comment", "Write the one comment on a pull request."),
    "issues": ("gardener.bot.commands:issues", "Keep one issue per root cause."),
    "bisect": (
        "gardener.hooks.commands.bisect:bisect",
        "Find the commit that introduced a finding.",
    ),
    "record": (
        "gardener.hooks.commands.record:record",
        "Share what tests executed: push, pull and merge records.",
    ),
    "history": ("gardener.commands.history:history", "Show what one test did in earlier runs."),
    "config": (
        "gardener.commands.config:config",
        "Show the settings in force, or their JSON Schema.",
    ),
    "doctor": (
        "gardener.hooks.commands.doctor:doctor",
        "Say what is set up here, and what to do.",
    ),
    "init": ("gardener.setup.init:init", "Set gardener up in this repository."),
    "codemods": ("gardener.commands.codemods:codemods", "List and explain the codemods."),
    "categories": (
        "gardener.commands.report:categories",
        "List and explain the categories of failures.",
    ),
}


class _Table(click.Group):
    """A click group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            ctx.fail(_unknown_command(args[0]))
        return super().resolve_command(ctx, args)


def _unknown_command(name: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, list(COMMANDS), n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(COMMANDS)}."
    return f"There is no command {name!r}; {hint}"


@click.group(
    cls=_Table,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 found or changed something, 2 wrong usage, 3 gardener's own bug, 130 interrupted.",
)
@click.version_option(__version__, prog_name="gardener")
def gardener() -> None:
    """Tend a failing pytest suite."""


def main(argv: list[str] | None = None) -> int:
    """Run a command and return its exit code; errors become one sentence on stderr."""
    if sys.stderr is None:  # closed: then nothing can be said, and all else can be done
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - till the end
    if sys.stdout is None:
        click.echo(
            "gardener: standard output is closed, so nothing was done; try >/dev/null.", err=True
        )
        return USAGE
    return _flushed(_exit_code(argv))


def _flushed(code: int) -> int:
    """The exit code of a command of which all that it printed is written; nothing written is never 0."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
    except OSError as error:
        sys.stdout = None  # else Python would complain again at exit
        _say(f"standard output cannot be written: {error.strerror}.")
        return USAGE
    return code


_OF_THE_MACHINE = frozenset(
    getattr(errno, name, -1)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO", "EMFILE", "ENFILE", "ENOMEM")
)
"""What is full, broken or used up is no bug of gardener's."""


def _say(sentence: str) -> None:
    """Say a sentence on stderr, which may be what cannot be written."""
    with contextlib.suppress(OSError):
        click.echo(f"gardener: {sentence}", err=True)


def _exit_code(argv: list[str] | None) -> int:
    """The exit code of a command, whatever becomes of it."""
    try:
        done: Any = gardener.main(args=argv, prog_name="gardener", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as wrong:
        with contextlib.suppress(OSError):
            wrong.show()
        return USAGE
    except GardenerError as wrong:
        from gardener.disarm import in_a_line
        from gardener.redaction import redact

        click.echo(f"gardener: {in_a_line(redact(str(wrong)))}", err=True)
        return USAGE
    except (KeyboardInterrupt, click.Abort) as stop:
        if isinstance(
            stop.__cause__, EOFError
        ):  # click takes any for the end of somebody's answers
            return _bug(sys.argv[1:] if argv is None else argv)
        click.echo("gardener: interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a pager) went away: not an error of ours. Python would
        # complain again when it flushes stdout at exit.
        sys.stdout = None
        return 0
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            return _bug(sys.argv[1:] if argv is None else argv)
        place = (
            f"{error.filename} cannot be used" if error.filename else "something cannot be written"
        )
        _say(f"{place}: {error.strerror}.")
        if not error.filename:
            sys.stdout = None  # it may be what is full, and would be told again when it is flushed
        return USAGE
    except MemoryError:
        _say("there is not enough memory.")
        return USAGE
    except Exception:  # the one broad catch: anything else is our own bug
        return _bug(sys.argv[1:] if argv is None else argv)
    return done if isinstance(done, int) else 0


def _bug(argv: list[str]) -> int:
    """Write a log that is ready to paste into a bug report and say where it is."""
    import platform
    import shlex
    import tempfile
    import traceback

    from gardener.redaction import redact

    text = redact(
        f"gardener {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: gardener {shlex.join(argv)}\n\n{traceback.format_exc()}"
    )
    with tempfile.NamedTemporaryFile(
        "w", prefix="gardener-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(text)
    last = text.strip().splitlines()[-1]
    click.echo(
        f"gardener: a bug of gardener itself: {last}\n"
        f"gardener: the log for a bug report is {Path(log.name)}",
        err=True,
    )
    return BUG
