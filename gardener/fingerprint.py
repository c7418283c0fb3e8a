"""The identity of a root cause: which failures have the same one, and why we think so."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from gardener import shapes
from gardener.model import Failure, Frame, Raised

VERSION = 1

_BUILTINS = frozenset(
    [
        "NoneType",
        "str",
        "bytes",
        "int",
        "float",
        "bool",
        "list",
        "dict",
        "tuple",
        "set",
        "frozenset",
        "function",
        "method",
        "type",
        "object",
        "generator",
        "coroutine",
        "builtin_function_or_method",
        "property",
        "module",
        "range",
        "slice",
    ]
)
_MASKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<uuid>"),
    (
        re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"),
        "<time>",
    ),
    (re.compile(r"(?<![\w.])(?:/[\w.@+-]+){2,}/?"), "<path>"),
    (re.compile(r"\b[0-9a-f]{12,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"), "<n>"),
)


def template(message: str) -> str:
    """The first line of a message without what differs by chance; quoted text is kept."""
    first = next((line for line in message.splitlines() if line.strip()), "")[:500]
    for pattern, mask in _MASKS:
        first = pattern.sub(mask, first)
    return re.sub(r"\s+", " ", first).strip()


class Evidence(NamedTuple):
    """Why a failure has the identity it has.

    `rule` names the kind of evidence, `key` what must be equal, `symbol` the likely
    place to mend, `root` the exception that it was read from.
    """

    rule: str
    key: tuple[str, ...]
    symbol: str
    root: Raised
    reading: shapes.Reading

    @property
    def fingerprint(self) -> str:
        """`version:hash` of the key."""
        text = "\0".join((self.rule, *self.key)).encode("utf-8", "surrogatepass")
        return f"{VERSION}:{hashlib.sha256(text).hexdigest()[:12]}"


def root_of(failure: Failure) -> Raised:
    """The exception that a failure really is about.

    An explicit cause (`raise ... from`) and a group's member stand for what they
    caused. An implicit context does so only when the outer exception is a test's own
    verdict (`pytest.fail`, a failed assertion) or repeats the inner message.
    """
    current: Raised = failure
    for cause in failure.causes:
        if cause.link == "context":
            verdict = _last(current.type) in ("Failed", "AssertionError") and bool(cause.message)
            if not verdict and not _repeats(current.message, cause.message):
                break
        if cause.link == "cause" and _last(cause.type) in ("CancelledError", "StopIteration"):
            break
        current = cause
    return current


def _repeats(outer: str, inner: str) -> bool:
    first = inner.strip().partition("\n")[0]
    return len(first) >= 8 and first in outer


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def evidence_of(failure: Failure) -> Evidence:
    """The identity of one failure, from the first kind of evidence that it has."""
    root = root_of(failure)
    reading = shapes.read(root)
    for rule in (_uncollectable, _named_symbol, _project_frame, _assertion):
        found = rule(failure, root, reading)
        if found:
            name, key, symbol = found
            return Evidence(name, key, symbol, root, reading)
    key = (_last(root.type), template(root.message))
    return Evidence("message", key, "", root, reading)


_Found = tuple[str, tuple[str, ...], str] | None


def _uncollectable(failure: Failure, root: Raised, reading: shapes.Reading) -> _Found:
    facts = reading.facts
    if reading.shape == "import-module" or (
        failure.phase == "collect" and _last(root.type) == "ModuleNotFoundError"
    ):
        module = facts.get("module") or facts.get("name", "")
        return ("import", ("module", module), module) if module else None
    if reading.shape in ("import-name", "import-cycle"):
        symbol = ":".join(filter(None, (facts.get("module", ""), facts.get("name", ""))))
        return ("import", ("name", symbol), symbol) if symbol else None
    if _last(root.type) in ("SyntaxError", "IndentationError", "TabError"):
        file = facts.get("file", "") or _syntax_file(root) or failure.file
        return ("syntax", (file, template(root.message).partition(" (")[0]), file)
    return None


def _syntax_file(root: Raised) -> str:
    found = re.search(r"\(([^()\s]+\.py), line \d+\)", root.message)
    return found[1] if found else ""


def _qualified(name: str) -> str:
    return name.replace(".<locals>", "")


def _named_symbol(failure: Failure, root: Raised, reading: shapes.Reading) -> _Found:
    facts, shape = reading.facts, reading.shape
    if shape in ("missing-arguments", "unexpected-argument", "too-many-arguments"):
        called = _qualified(facts.get("callable", ""))
        if "." in called or (called and not called.startswith("__")):
            symbol = called
            return "signature", (called,), symbol
    if shape == "mock-attribute" and facts.get("name"):
        spec = facts.get("owner") or ("" if "Mock" in facts.get("spec", "Mock") else facts["spec"])
        symbol = ".".join(filter(None, (spec, facts["name"])))
        return "mock", (facts["name"],), symbol
    if shape in ("patch-target", "module-attribute") and facts.get("name"):
        symbol = ".".join(filter(None, (facts.get("module", ""), facts["name"])))
        return "attribute", (symbol,), symbol
    if shape == "attribute" and facts.get("owner") and _last(facts["owner"]) not in _BUILTINS:
        symbol = f"{_last(facts['owner'])}.{facts['name']}"
        return "attribute", (symbol,), symbol
    if shape in ("fixture", "fixture-scope") and facts.get("name"):
        return "fixture", (shape, facts["name"]), facts["name"]
    if shape == "name" and facts.get("name"):
        frame = root.crash_frame
        return "name", (facts["name"], frame.file if frame else failure.file), facts["name"]
    if shape == "enum-text":
        return "enum", (facts["owner"],), facts["owner"]
    return None


def place(frame: Frame) -> str:
    """A frame as `path/to/file.py:Qualified.name`."""
    return f"{frame.file}:{_qualified(frame.function)}" if frame.function else frame.file


def _project_frame(failure: Failure, root: Raised, _: shapes.Reading) -> _Found:
    for raised in (root, failure):
        deepest = next((f for f in reversed(raised.frames) if f.origin == "project"), None)
        if deepest:
            return "frame", (_last(root.type), place(deepest)), place(deepest)
    return None


def _assertion(failure: Failure, _: Raised, __: shapes.Reading) -> _Found:
    if failure.statement_symbols:
        symbols = tuple(sorted(failure.statement_symbols))
        return "statement", symbols, failure.statement_symbols[-1]
    if failure.body_symbols:
        return "body", (failure.body_symbols[0],), failure.body_symbols[0]
    return None
