"""The error that a test's output tells of, where the test itself sees only that something failed.

A test that runs a program, a command or a server compares an exit status or an HTTP status: why
it is another one stands in what was captured.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from gardener.diagnosis.background import is_silence
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name, saying
from gardener.diagnosis.services import REFUSED
from gardener.diagnosis.templates import holds_words, template
from gardener.model import Failure, RaisedException
from gardener.text import clean

_STATUS = re.compile(
    r"(?i)exit_?code|return_?code|\.ret\b|<Result |<RunResult |CompletedProcess\(|status_code|exit status"
    r"|<Response \[5\d\d|\b50[0-4] (?:==|!=)|(?:==|!=) 50[0-4]\b"
)
_DID_NOT_FAIL = re.compile(
    r"(?i)where (?:0|<ExitCode\.OK: 0>) = [^\n]*\.(?:exit_?code|return_?code|ret)\b"
    r"|where [1-3]\d\d = [^\n]*\.status(?:_code)?\b|where 50[0-4] = len\("
    r"|\A(?:AssertionError: )?(?:assert [1-3]\d\d ==|[1-3]\d\d !=) [45]\d\d\b"
)
"""What the test got is no failure, or no status: an error in the output says nothing of it."""
_ERROR = r"(?:\w+\.)*\w*(?:Error|Exception|Warning|Interrupt)\b"
_RESULT = re.compile(rf"<Result ({_ERROR}\(.{{0,300}}?\))>")  # click's; `SystemExit` tells nothing
_OF_PYTEST = re.compile(rf"(?m)^E {{2,}}({_ERROR}: .+)$")
_INTERNAL = re.compile(rf"(?m)^INTERNALERROR> ({_ERROR}: .+)$")
_OF_TRACEBACK = re.compile(rf"(?m)^({_ERROR}: .+)$")
_PARTS = re.compile(rf"(?s)(?P<type>{_ERROR})(?:: (?P<said>.*)|\((?P<shown>.*)\))\Z")
_MOST_TEXT = 50_000
_TRACEBACK = "Traceback (most recent call last):"
_FURTHER = re.compile(
    r"(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):"
)
_ENDED = re.compile(
    r"\AException in thread \S.*:\Z|\AProcess \S+:\Z|\b(?:Task|Future) exception was never retrieved\Z"
)
"""How Python heads the traceback of what an error ended: a thread, a process, a task."""
_GAVE_UP = re.compile(
    r"(?i)\bstart-?up failed\b|\bfailed to (?:start|boot)\b|\b(?:could|can) ?not start\b|\bexiting\.?\Z"
)
"""How a server says that the error before it was its end."""
_CLOSED = frozenset({"ConnectionClosed", "ConnectionClosedError", "WebSocketDisconnect"})
_BY_ERROR = re.compile(r"\b1011\b|\b1006\b|no close frame")
"""How a WebSocket ends whose handler failed."""
_HANDLER = re.compile(
    r"(?i)\bERROR\b.*(?:handler|exception|handling|unhandled)|\bException in ASGI\b"
)
"""How a server logs the error of one handler, which it outlives."""
_LINES_AFTER = 7
_LOGGED = re.compile(r"\b(?:DEBUG|WARN|WARNING|ERROR|CRITICAL|FATAL)\b")
"""The level of a message that was logged with a traceback: the error was handled."""


class Reported(NamedTuple):
    """An error as a line of the output has it, and its type and message; empty: none."""

    line: str = ""
    type: str = ""
    message: str = ""


def last_words(failure: Failure) -> str:
    """The last line that a test, or what it ran, wrote to stderr; empty: none."""
    texts = (
        output.text[-_MOST_TEXT:].strip() for output in failure.output if "stderr" in output.title
    )
    return next(filter(None, texts), "").rpartition("\n")[2].strip()


def told_by(reported: Reported) -> str:
    """The error that an output tells of, as errors that tests end in are compared with it; empty: none."""
    text = template(reported.message)
    is_telling = reported.type not in ("AssertionError", "SystemExit") and holds_words(text)
    return f"{reported.type}: {text}" if is_telling else ""


def reported_error(failure: Failure, root: RaisedException) -> Reported:
    """The error that the output tells of; empty where the failure is of another kind."""
    error = _line_of(failure, root)
    match = _PARTS.match(error)
    if not match:
        return Reported()
    return Reported(clean(error, 200), bare_name(match["type"]), _message(match))


def _message(match: re.Match[str]) -> str:
    """What an error says, whether it was shown by `str` or by `repr`."""
    if match["said"] is not None:
        return match["said"]
    try:
        text = ast.literal_eval(match["shown"])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return match["shown"]
    return text if isinstance(text, str) else match["shown"]


def _line_of(failure: Failure, root: RaisedException) -> str:
    if _is_about_output(root):
        inner = next(_of_inner_pytest(failure), "")
        if inner:
            return inner
    if _is_refusal(root):
        errors = (line for line in _that_ended(failure) if not is_silence(line.partition(":")[0]))
        return next(errors, "")
    if bare_name(root.type) in _CLOSED and _BY_ERROR.search(saying(root)):
        return next(_of_handlers(failure), "")
    if bare_name(root.type) not in ("AssertionError", "CalledProcessError"):
        return ""
    message = root.message[:LONGEST]
    statement = root.crash_frame.source if root.crash_frame else ""
    if not _STATUS.search(message) and not _STATUS.search(statement):
        return ""
    if _DID_NOT_FAIL.search(message):
        return ""
    result = _RESULT.search(message)
    return result[1] if result else next(_in_output(failure), "")


def _is_about_output(root: RaisedException) -> bool:
    """Whether a test is not content with what came of a pytest that it ran."""
    is_verdict = bare_name(root.type) in ("AssertionError", "Failed")
    return is_verdict or bool(root.frames and "/_pytest/pytester" in root.frames[-1].file)


def _of_inner_pytest(failure: Failure) -> Iterator[str]:
    """What a pytest that the test ran died of itself, which is no failure of a test in it."""
    for output in failure.output:
        errors = _INTERNAL.findall(output.text[-_MOST_TEXT:])
        if errors:
            yield errors[-1]


def _is_refusal(root: RaisedException) -> bool:
    """Whether a connection was refused, in the words of Python or of a client."""
    if bare_name(root.type) == "ConnectionRefusedError":
        return True
    return is_silence(root.type) and re.search(REFUSED, root.message[:LONGEST]) is not None


def _in_output(failure: Failure) -> Iterator[str]:
    """Errors that were printed or logged: pytest's own first, then the last of a traceback."""
    texts = [output.text[-_MOST_TEXT:] for output in failure.output]
    for pattern, at in ((_OF_PYTEST, 0), (_OF_TRACEBACK, -1)):
        for text in texts:
            errors = pattern.findall(text)
            if errors:
                yield errors[at]


def _of_handlers(failure: Failure) -> Iterator[str]:
    """Errors of handlers that a server logged, the last one first: they closed the connection."""
    for output in failure.output:
        lines = [line for line in output.text[-_MOST_TEXT:].splitlines() if line.strip()]
        for start, end in reversed(list(_tracebacks(lines))):
            if any(
                _HANDLER.search(line) for line in (*lines[max(0, start - 1) : start], lines[start])
            ):
                yield lines[end]


def _that_ended(failure: Failure) -> Iterator[str]:
    """Errors of the output that ended a program, a thread or a task: any other may have been handled."""
    for output in failure.output:
        lines = [line for line in output.text[-_MOST_TEXT:].splitlines() if line.strip()]
        for start, end in _tracebacks(lines):
            heading, after = lines[max(0, start - 2) : start], lines[end + 1 :]
            has_ended = any(_ENDED.search(line) for line in heading) or _gave_up(after)
            is_last = not any(re.search(r"\w", line) for line in after)
            is_of_program = is_last and not output.title.startswith("log ")
            was_logged = any(_LOGGED.search(line) for line in (*heading[-1:], lines[start]))
            if has_ended or (is_of_program and not was_logged):
                yield lines[end]


def _gave_up(after: Sequence[str]) -> bool:
    """Whether the lines after a traceback, until the next one, say that the program ended by it."""
    lines = takewhile(lambda line: not line.endswith(_TRACEBACK), after[:_LINES_AFTER])
    return any(_GAVE_UP.search(line) for line in lines)


def _tracebacks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first line of each traceback and that of its error, with those it was raised from as one.

    A server that puts a traceback into the words of its own error is told by the error inside.
    """
    start = -1
    for number, line in enumerate(lines):
        if line.endswith(_TRACEBACK):
            start = number if start < 0 else start
        elif start >= 0 and not line[0].isspace() and not _FURTHER.match(line):
            is_further = number + 1 < len(lines) and _FURTHER.match(lines[number + 1])
            if is_further:
                continue
            if _OF_TRACEBACK.match(line):
                yield start, number
            start = -1
