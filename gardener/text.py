"""Words for people: counts, lists, and text that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gardener.model import Audited, Diagnosis, Failure, Finding, Report
from gardener.nodeid import NodeId, file_of

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, 8 = hyperlinks
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    # Unicode's Cc and Cf (bidirectional overrides, zero width, tags), fillers that are
    # letters but show nothing, and the variation selectors that can carry hidden text.
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")  # XML takes none of them


def count(number: int, noun: str) -> str:
    """`1 cause`, `2 causes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(text: str) -> str:
    """Text whose only control characters are newline and tab.

    Escape sequences and characters that show nothing are taken out, every kind of line
    break becomes a newline, and what no file may hold (lone surrogates, noncharacters)
    becomes U+FFFD.
    """
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = _LINE_BREAK.sub("\n", _ESCAPE_SEQUENCE.sub("", text))
    return _UNWRITABLE.sub("\ufffd", _INVISIBLE.sub("", text))


def clean(text: str, longest: int = 2000) -> str:
    """Plain text (see `plain`) of at most `longest` characters."""
    shown = plain(text[: longest * 4])
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


_NAMES_EXCEPTION = re.compile(r"^(?:[\w.]+\.)?\w*(?:Error|Exception|Warning|Exit|Interrupt)\b")


def last_exception(trouble: str) -> str:
    """The line of a traceback that names what it ends in; of any other text the last line."""
    lines = trouble.strip().splitlines() or [""]
    return next((line for line in reversed(lines) if _NAMES_EXCEPTION.match(line)), lines[-1])


def cut(text: str, longest: int) -> str:
    """Text of at most about `longest` characters: its beginning and, three times as long, its end.

    It is cut between lines where it has any, so that half a secret is not left behind.
    """
    if len(text) <= longest:
        return text
    head, tail = text[: longest // 4], text[len(text) - (longest - longest // 4) :]
    head = head.rpartition("\n")[0] or head
    tail = tail.partition("\n")[2] or tail
    left_out = f"… {len(text) - len(head) - len(tail):,} characters cut …"
    return "\n".join(filter(None, (head, left_out, tail)))


def say_selected(tests: Iterable[str]) -> str:
    """`2 selected tests in 1 file`, `3 selected files`, or both: what is to run."""
    nodeids, wholes = [], 0
    for test in tests:
        if NodeId.parse(test).is_file:
            wholes += 1
        else:
            nodeids.append(test)
    if not nodeids:
        return count(wholes, "selected file")
    single = count(len(nodeids), "selected test")
    if wholes:
        return f"{single} and {count(wholes, 'whole file')}"
    return f"{single} in {count(len(set(map(file_of, nodeids))), 'file')}"


def count_tests(nodeids: Sequence[str]) -> str:
    """`7 tests`, `1 file` of one that was not collected, `7 tests and 1 file`."""
    files = sum(NodeId.parse(nodeid).is_file for nodeid in nodeids)
    tests = len(nodeids) - files
    if not files:
        return count(tests, "test")
    return f"{count(tests, 'test')} and {count(files, 'file')}" if tests else count(files, "file")


def say_tests(finding: Finding) -> str:
    """`7 tests in 2 files.` or, of a report of several cells, `1 test, in linux, windows.`"""
    tests = finding.tests
    files = {file_of(nodeid) for nodeid in tests}
    text = count_tests(tests)
    if len(tests) > 1 and not any(NodeId.parse(nodeid).is_file for nodeid in tests):
        text = f"{text} in {count(len(files), 'file')}"
    return f"{text}, in {shortened(finding.cells)}." if finding.cells else f"{text}."


def share(part: float, total: float) -> str:
    """A part in percent."""
    return f"{100 * part / total:.0f} %" if total else "0 %"


def audit_in_words(audit: Audited) -> str:
    """What shadow mode found of one change."""
    return (
        f"the selection would have run {audit.selected} of {audit.tests} tests, "
        f"saved {share(audit.saved, audit.seconds)} of {audit.seconds:.1f} s, "
        f"and missed {audit.missed} of {audit.failing} failures that block"
    )


def total_in_words(total: Audited) -> str:
    """What shadow mode found of several changes."""
    return (
        f"over {count(total.changes, 'change')} so far "
        f"{share(total.selected, total.tests)} of the tests, "
        f"{share(total.saved, total.seconds)} of the time saved, "
        f"{total.missed} of {total.failing} failures missed"
    )


def shortened(names: Sequence[str], most: int = 5) -> str:
    """Names in a row, of many the first: `a, b and 7 more`."""
    rest = len(names) - most
    shown = ", ".join(clean(name, 200) for name in names[:most])
    return f"{shown} and {rest:,} more" if rest > 0 else shown


def absences(report: Report, diagnosis: Diagnosis) -> list[str]:
    """What is known of shards and tests that did not run, each in one sentence."""
    shards = f"Missing: {shortened(report.missing)}; what was to run there is unknown."
    kinds = (
        (diagnosis.vanished, "of the base did not run and", "is gone", "are gone"),
        (diagnosis.newly_skipped, "that ran on the base", "is skipped now", "are skipped now"),
        (diagnosis.unknown, "of the base", "is not known", "are not known"),
    )
    sentences = [
        f"{count(len(tests), 'test')} {which} {one if len(tests) == 1 else many}: {shortened(tests)}."
        for tests, which, one, many in kinds
        if tests
    ]
    if diagnosis.lost_cells:
        cells = shortened(diagnosis.lost_cells)
        sentences.insert(0, f"The base ran in {cells} too; no report of this run is of there.")
    return [shards, *sentences] if report.missing else sentences


def error_text(failure: Failure, longest: int = 20_000) -> str:
    """The error as pytest would say it: type and message."""
    type_ = failure.type.rpartition(".")[2]
    return clean(": ".join(filter(None, (type_, failure.message))), longest)
