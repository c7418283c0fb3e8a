"""The error that a test's output tells of, where the test itself sees only that something failed.

A test that runs a program, a command or a server compares an exit status or an HTTP status: why
it is another one stands in what was captured.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name
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
_OF_TRACEBACK = re.compile(rf"(?m)^({_ERROR}: .+)$")
_MOST_TEXT = 50_000


def reported_error(failure: Failure, root: RaisedException) -> str:
    """The error in one line, as the output has it; empty where the failure is no such one."""
    if bare_name(root.type) not in ("AssertionError", "CalledProcessError"):
        return ""
    message = root.message[:LONGEST]
    statement = root.crash_frame.source if root.crash_frame else ""
    if not _STATUS.search(message) and not _STATUS.search(statement):
        return ""
    if _DID_NOT_FAIL.search(message):
        return ""
    result = _RESULT.search(message)
    error = result[1] if result else next(_in_output(failure), "")
    return clean(error, 200)


def _in_output(failure: Failure) -> Iterator[str]:
    """Errors that were printed or logged: pytest's own first, then the last of a traceback."""
    texts = [output.text[-_MOST_TEXT:] for output in failure.output]
    for pattern, at in ((_OF_PYTEST, 0), (_OF_TRACEBACK, -1)):
        for text in texts:
            errors = pattern.findall(text)
            if errors:
                yield errors[at]
