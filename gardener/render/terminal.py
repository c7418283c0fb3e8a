"""The findings of a run as text: readable without colour, next step last."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from textwrap import wrap
from typing import IO, TYPE_CHECKING, cast

from gardener.diagnosis.outcomes import final_results
from gardener.diagnosis.root_cause import frame_of
from gardener.diagnosis.status import NO_BASE
from gardener.disarm import disarmed
from gardener.model import FAILING_OUTCOMES, Diagnosis, Failure, Finding, Phase, Report, Status
from gardener.render.terminal_evidence import lines_of_evidence, rerun_command
from gardener.text import absences, clean, count, last_exception, say_tests

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_TESTS = 3
MOST_CAUSES = 50
"""Up to so many findings are all told in full; of more the first ones are."""
FIRST_CAUSES, FURTHER_CAUSES = 10, 30
"""Of more findings: how many are told in full, and how many behind them in a line each."""
_REFUSED, _NONE_LEFT = 4, 5
"""Exit statuses of pytest: wrong usage or a conftest that fails, and no test collected."""
ENDLESS = 1_000_000
"""The width of what is no terminal: a log, a pipe or a file is searched and copied from."""

_STYLES = {
    Status.REGRESSION: "bold red",
    Status.NEW: "red",
    Status.ACTIVE_DEV: "yellow",
    Status.UNKNOWN: "red",
}


class _Log:
    """Stdout for text that a CI runner reads too, which must find no command in it."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Write a text that begins a line."""
        return self._out.write(disarmed(text))

    def __getattr__(self, name: str) -> object:
        return getattr(self._out, name)


def render(
    report: Report,
    diagnosis: Diagnosis,
    *,
    blocking: tuple[Finding, ...] = (),
    color: bool | None = None,
    quiet: bool = False,
    verbose: bool = False,
    report_path: str = "",
) -> None:
    """Print findings to stdout.

    `blocking` are the findings that stop a commit; the rest is printed in fewer lines
    unless `verbose`. `color` None means: as the terminal and NO_COLOR say.
    """
    last = verdict(report, diagnosis), f"Next: {next_step(report, diagnosis, report_path)}"
    absent = absences(report, diagnosis)
    if not color and not diagnosis.findings and not diagnosis.deprecations and not _may_be_styled():
        # Two lines need no library whose import costs more than all else that is done here.
        for text in (*absent, *last):
            for line in _folded(text, _width() or ENDLESS):
                sys.stdout.write(disarmed(line) + "\n")
        return
    from rich.console import Console

    console = Console(
        file=cast("IO[str]", _Log(sys.stdout)),
        width=_width(),
        force_terminal=color,
        no_color=True if color is False else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )
    in_full = blocking or tuple(_by_the_change(diagnosis))
    fingerprints = {finding.fingerprint for finding in in_full}
    rest = [f for f in diagnosis.findings if f.fingerprint not in fingerprints]
    if quiet:
        for finding in in_full:
            _in_a_line(console, finding)
    else:
        _findings(console, report, in_full, verbose=verbose, report_path=report_path)
        _not_blocking(console, report, rest, verbose=verbose)
        _deprecations(console, diagnosis)
    for sentence in absent:
        _wrapped(console, sentence)
    _wrapped(console, last[0], style="bold")
    _wrapped(console, last[1])


def _width() -> int | None:
    """The columns to fold prose to; None = those of the terminal."""
    if sys.stdout.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")  # who sets it for a pipe means it
    return int(columns) if columns.isdigit() and int(columns) else ENDLESS


def _may_be_styled() -> bool:
    """Whether the output may show colours: else it is a file, a pipe, or the log of a hook."""
    return sys.stdout.isatty() or "FORCE_COLOR" in os.environ or "TTY_COMPATIBLE" in os.environ


def verdict(report: Report, diagnosis: Diagnosis) -> str:
    """One sentence: how many tests failed and passed, and out of how many causes."""
    numbers = ", ".join(_numbers(report)) or "No test ran"
    causes = len(diagnosis.findings)
    text = f"{numbers}: {count(causes, 'cause')}." if causes else f"{numbers}."
    if report.internal_error:
        last = last_exception(report.internal_error)
        return f"pytest itself died ({clean(last, 120)}). {text}"
    is_cut = not report.complete and not (report.exit_status == _REFUSED and not report.results)
    return f"The run did not finish. {text}" if is_cut and not report.only_unfinished else text


def _numbers(report: Report) -> list[str]:
    """How many tests there are of each outcome, what failed first."""
    outcomes = Counter(final_results(report).values())
    failing = sum(outcomes[outcome] for outcome in FAILING_OUTCOMES)
    collect = {f.nodeid for f in report.failures if f.phase == Phase.COLLECT}
    parts = [f"{count(len(collect), 'file')} not collected"] if collect else []
    if failing:
        parts.append(f"{failing} failing")
    rest = ("passed", "skipped", "xfailed", "xpassed")
    return parts + [f"{outcomes[name]} {name}" for name in rest if outcomes[name]]


def next_step(report: Report, diagnosis: Diagnosis, report_path: str = "") -> str:
    """What to do first, in the imperative."""
    by_the_change = _by_the_change(diagnosis)
    for finding in by_the_change:
        if finding.codemod:
            return finding.fix_in_words
    if by_the_change:
        return clean(by_the_change[0].next_step, 400)
    if report.exit_status == _REFUSED and not report.results:
        return "see what pytest refused: it ran nothing, so no test is known to pass."
    if not report.complete and not report.only_unfinished:
        return "find out why the run ended early; what did not run is not known to pass."
    if report.exit_status == _NONE_LEFT and not report.failures:
        return "choose other tests or options: none was left to run."
    deprecated = [finding for finding in diagnosis.deprecations if finding.codemod]
    if deprecated:
        return _one_command(deprecated)
    if diagnosis.findings:
        shows = f"see {report_path} for" if report_path else "-v shows"
        return f"nothing here is from your change; {shows} what failed before."
    if diagnosis.deprecations:
        return "nothing fails; mend by hand what is deprecated, before it is removed."
    return "nothing to fix."


def _one_command(findings: list[Finding]) -> str:
    """The command for several findings: for those that it surely mends, if there are any."""
    proven = [finding for finding in findings if finding.fix]
    prefix = "gardener fix "
    options = [f.fix_command.removeprefix(prefix) for f in proven or findings]
    command = prefix + " ".join(dict.fromkeys(options))
    return command if proven else f"{command}, if it applies"


def _by_the_change(diagnosis: Diagnosis) -> list[Finding]:
    """The findings that the change may have caused: neither pre-existing nor flaky."""
    innocent = (Status.PRE_EXISTING, Status.FLAKY)
    return [finding for finding in diagnosis.findings if finding.status not in innocent]


def _place(failure: Failure) -> str:
    frame = frame_of(failure)
    return f"{frame.file}:{frame.line}" if frame else failure.file


def _findings(
    console: Console,
    report: Report,
    findings: tuple[Finding, ...],
    *,
    verbose: bool,
    report_path: str,
) -> None:
    """The findings in full; of very many the first ones, which break the most, and how many follow."""
    shown = findings if verbose or len(findings) <= MOST_CAUSES else findings[:FIRST_CAUSES]
    for finding in shown:
        _finding(console, report, finding, verbose=verbose)
    further = findings[len(shown) :]
    for finding in further[:FURTHER_CAUSES]:
        _in_a_line(console, finding)
    uncounted = further[FURTHER_CAUSES:]
    if uncounted:
        tests = len({nodeid for finding in uncounted for nodeid in finding.tests})
        where = f"{report_path} holds them" if report_path else "-q lists them"
        text = f"… and {count(len(uncounted), 'more cause')} of {count(tests, 'failure')}; {where}, -v shows all."
        _wrapped(console, text)
    if further:
        console.print()


def _in_a_line(console: Console, finding: Finding) -> None:
    """A finding for who wants no more than that: its name, how much it breaks, and where."""
    from rich.text import Text

    place = clean(_place(finding.failures[0]), 300)
    text = f"{finding.name}: {say_tests(finding)[:-1]}, at {place}"
    console.print(Text(text, style=_STYLES.get(finding.status, "")), soft_wrap=True)


def _finding(console: Console, report: Report, finding: Finding, *, verbose: bool) -> None:
    from rich.text import Text

    def line(text: str, indent: int = 2, style: str = "") -> None:
        _wrapped(console, text, indent=indent, style=style)

    line(finding.name, 0, _STYLES.get(finding.status, ""))
    line(clean(finding.title, 300))
    place = clean(_place(finding.failures[0]), 300)
    console.print(Text(f"  at {place}", style="dim"), soft_wrap=True)
    if finding.cause:
        line(clean(finding.cause, 300))
    for row in lines_of_evidence(report, finding, verbose=verbose):
        console.print(Text(f"    {row}", style="dim"), soft_wrap=True)
    tests = finding.tests
    line(f"{say_tests(finding)} {clean(finding.reason, 900)}")
    for nodeid in tests if verbose else tests[:SHOWN_TESTS]:
        # Never folded: it is there to be copied.
        console.print(Text(f"    {clean(nodeid, 300)}"), soft_wrap=True)
    if not verbose and len(tests) > SHOWN_TESTS:
        line(f"… and {len(tests) - SHOWN_TESTS} more", 4)
    if finding.status_reason not in ("", NO_BASE):
        line(f"Why {finding.status}: {clean(finding.status_reason, 300)}")
    if finding.impact:
        line(f"Impact: {clean(finding.impact, 300)}")
    line(f"-> {finding.fix_in_words or clean(finding.next_step, 300)}")
    console.print(Text(f"  $ {rerun_command(finding)}"), soft_wrap=True)
    console.print()


def _wrapped(console: Console, text: str, *, indent: int = 0, style: str = "") -> None:
    """Print prose folded to the width; a word longer than a line stays whole."""
    from rich.text import Text

    for part in _folded(text, max(console.width - indent, 20)):
        console.print(Text(" " * indent + part, style=style), soft_wrap=True)


def _folded(text: str, width: int) -> Iterator[str]:
    """The lines of a text that is folded to a width."""
    for line in text.split("\n"):
        yield from wrap(line, width, break_long_words=False, break_on_hyphens=False)


_NOT_BLOCKING = {
    Status.PRE_EXISTING: ("was there before", "were there before"),
    Status.FLAKY: ("is flaky", "are flaky"),
}
"""What is said of one failure and of several that do not block a commit."""


def _not_blocking(console: Console, report: Report, rest: list[Finding], *, verbose: bool) -> None:
    """Findings that do not block a commit: in full if `verbose`, else counted by status."""
    if not rest:
        return
    if verbose:
        for finding in rest:
            _finding(console, report, finding, verbose=True)
        return
    for status, (singular, plural) in _NOT_BLOCKING.items():
        findings = [finding for finding in rest if finding.status == status]
        if findings:
            tests = len({nodeid for finding in findings for nodeid in finding.tests})
            words = singular if tests == 1 else plural
            console.print(f"{count(tests, 'failure')} in {count(len(findings), 'cause')} {words}.")
    for finding in rest:
        if finding.status not in _NOT_BLOCKING:
            console.print(f"{finding.name} ({say_tests(finding)[:-1]}) does not block.")
    console.print()


def _deprecations(console: Console, diagnosis: Diagnosis) -> None:
    for finding in diagnosis.deprecations:
        times = sum(warning.count for warning in finding.warnings)
        remedy = finding.fix_in_words or clean(finding.title, 60)
        _wrapped(console, f"deprecated: {finding.slug}, {count(times, 'time')} ({remedy})")
    if diagnosis.deprecations:
        console.print()
