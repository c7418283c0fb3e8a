"""Words for people: counts, lists, and text that is safe to show."""

from __future__ import annotations

import re
import unicodedata

from gardener.model import Failure, Finding

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


def count(number: int, noun: str) -> str:
    """`1 cause`, `2 causes`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _unsafe(char: str) -> bool:
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return hidden or char in "\ufffe\uffff"  # the last two are no XML


def clean(text: str, longest: int = 2000) -> str:
    """Text without control characters, escapes and lone surrogates, cut to `longest`."""
    text = _ANSI.sub("", text[: longest * 4])
    kept = "".join(
        char if char in "\n\t" or not _unsafe(char) else "�" for char in text.replace("\r\n", "\n")
    )
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def say_tests(finding: Finding) -> str:
    """`7 tests in 2 files.`"""
    tests = finding.tests
    files = {nodeid.partition("::")[0] for nodeid in tests}
    if len(tests) == 1:
        return "1 test."
    return f"{count(len(tests), 'test')} in {count(len(files), 'file')}."


def error_text(failure: Failure, longest: int = 20_000) -> str:
    """The error as pytest would say it: type and message."""
    type_ = failure.type.rpartition(".")[2]
    return clean(": ".join(filter(None, (type_, failure.message))), longest)
