"""The identity of a root cause: which failures have the same one, and why we think so."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from gardener.diagnosis import messages
from gardener.model import Failure, Frame, RaisedException

VERSION = 1

WEAK = frozenset({"assertion", "helper", "message"})
"""Rules that tell where a failure was noticed, not where it was made."""

_BUILTINS = frozenset({
    "NoneType", "str", "bytes", "bytearray", "int", "float", "bool", "list", "dict", "tuple",
    "set", "frozenset", "function", "method", "type", "object", "generator", "coroutine",
    "async_generator", "builtin_function_or_method", "property", "module", "range", "slice",
    "mappingproxy", "member_descriptor", "cell", "code", "ellipsis", "memoryview",
})  # fmt: skip
_MASK = re.compile(
    r"(?=[0-9a-fA-F/+-])(?:(?P<address>\b0x[0-9a-fA-F]+\b)"
    r"|(?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<path>(?<![\w.])(?:/[\w.@+-]+){2,}/?)"
    r"|(?P<id>\b(?=[a-fA-F]*\d)[0-9a-fA-F]{12,}\b)"
    r"|(?P<n>(?<![A-Za-z_])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?))"
)
_MAY_MASK = re.compile(r"\d|/")


@lru_cache(maxsize=256)
def template(message: str) -> str:
    """The first line of a message without what differs by chance; quoted text is kept."""
    first = next((line for line in message[:5000].splitlines() if line.strip()), "")[:500]
    if _MAY_MASK.search(first):
        first = _MASK.sub(lambda found: f"<{found.lastgroup}>", first)
    return " ".join(first.split())


class Clue(NamedTuple):
    """One piece of evidence: its kind, what must be equal, and the symbol to mend.

    `weak` is what is left of `key` where the file of a symbol is not known; a failure
    that has only that belongs to the one cause that has it too.
    """

    rule: str
    key: tuple[str, ...]
    symbol: str = ""
    weak: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """Why a failure has the identity it has; `root` is the exception it was read from.

    `fingerprint` is `version:hash` of the clue, `text` the template of its message. `untraced`
    is the fingerprint where no trace tells of a swallowed exception; empty: the same. `shown` is
    the exception that an assertion shows, with its text.
    """

    clue: Clue
    root: RaisedException
    reading: messages.Reading
    fingerprint: str
    text: str
    untraced: str = ""
    shown: str = ""

    @property
    def prints(self) -> tuple[str, ...]:
        """All fingerprints that the failure may be known by, its own first."""
        return (self.fingerprint, self.untraced) if self.untraced else (self.fingerprint,)

    @property
    def rule(self) -> str:
        """The kind of evidence."""
        return self.clue.rule

    @property
    def symbol(self) -> str:
        """The likely place to mend, or an empty string."""
        return self.clue.symbol


@lru_cache(maxsize=8192)
def fingerprint(rule: str, key: tuple[str, ...]) -> str:
    """`version:hash`, the same on every machine."""
    text = "\0".join((rule, *key)).encode("utf-8", "surrogatepass")
    return f"{VERSION}:{hashlib.sha256(text).hexdigest()[:12]}"


def root_of(failure: Failure) -> RaisedException:
    """The exception that a failure really is about.

    An explicit cause (`raise ... from`) and a group's member stand for what they
    caused. An implicit context does so only when the outer exception is a test's own
    verdict (`pytest.fail`, a failed assertion) or repeats the inner message.
    """
    current: RaisedException = failure
    for cause in failure.causes:
        if cause.link == "context":
            verdict = last(current.type) in ("Failed", "AssertionError") and bool(cause.message)
            if not verdict and not _repeats(current.message, cause.message):
                break
        if cause.link == "cause" and last(cause.type) in ("CancelledError", "StopIteration"):
            break
        if last(current.type) == "FixtureLookupError":  # pytest 7.0 chains its own look-up
            break
        current = cause
    return current


def frame_of(failure: Failure) -> Frame | None:
    """Where to look at a failure: where the exception that it is about was raised."""
    return root_of(failure).crash_frame or failure.crash_frame


def _repeats(outer: str, inner: str) -> bool:
    first = inner.strip().partition("\n")[0]
    return len(first) >= 8 and first in outer


def last(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]


def evidence_of(failure: Failure) -> Evidence:
    """The identity of one failure, from the first kind of evidence that it has."""
    root = root_of(failure)
    reading = messages.read(root)
    clue = next(
        filter(None, (rule(failure, root, reading) for rule in _RULES)),
        Clue("message", (last(root.type), template(root.message))),
    )
    untraced = ""
    if failure.suspect_raised and clue.rule in WEAK:
        untraced = fingerprint(clue.rule, clue.key)
        clue = Clue("raised", (failure.suspect_raised, failure.suspect), failure.suspect)
    print_, text = fingerprint(clue.rule, clue.key), template(root.message)
    return Evidence(clue, root, reading, print_, text, untraced, shown_by(root))


def _uncollectable(
    failure: Failure, root: RaisedException, reading: messages.Reading
) -> Clue | None:
    facts = reading.facts
    if reading.shape == "import-module" or (
        failure.phase == "collect" and last(root.type) == "ModuleNotFoundError"
    ):
        module = facts.get("module") or facts.get("name", "")
        return Clue("import", ("module", module), module) if module else None
    if reading.shape in ("import-name", "import-cycle"):
        circle = _circle(root, facts) if reading.shape == "import-cycle" else ()
        symbol = ":".join(filter(None, (facts.get("module", ""), facts.get("name", ""))))
        if circle:
            return Clue("cycle", circle, symbol)
        return Clue("import", ("name", symbol), symbol) if symbol else None
    if last(root.type) in ("SyntaxError", "IndentationError", "TabError"):
        file = facts.get("file", "") or _syntax_file(root) or failure.file
        return Clue("syntax", (file, template(root.message).partition(" (")[0]), file)
    return None


def _circle(root: RaisedException, facts: Mapping[str, str]) -> tuple[str, ...]:
    """The files that import each other, sorted: the same wherever a test enters the circle."""
    running = [frame.file for frame in root.frames if frame.function == "<module>"]
    module, name = facts.get("module", ""), facts.get("name", "")
    for dotted in (f"{module}.{name}", module):
        path = dotted.replace(".", "/")
        begins = [n for n, file in enumerate(running) if _is_file_of(file, path)]
        if begins and len(set(running[begins[-1] :])) > 1:
            return tuple(sorted(set(running[begins[-1] :])))
    return ()


def _is_file_of(file: str, path: str) -> bool:
    return f"/{file}".endswith((f"/{path}.py", f"/{path}/__init__.py"))


def _syntax_file(root: RaisedException) -> str:
    found = re.search(r"\(([^()\s]+\.py), line \d+\)", root.message)
    return found[1] if found else ""


def _qualified(name: str) -> str:
    return name.replace(".<locals>", "") if "<" in name else name


def _named_symbol(
    failure: Failure, root: RaisedException, reading: messages.Reading
) -> Clue | None:
    facts, shape = reading.facts, reading.shape
    if shape in ("missing-arguments", "unexpected-argument", "too-many-arguments"):
        return _signature(facts.get("callable", ""), facts.get("label", ""))
    if shape == "mock-attribute" and facts.get("name"):
        spec = facts.get("spec", "").rpartition(":")[2]
        spec = "" if spec.endswith("Mock") else spec
        name = facts["name"]
        key = (spec, name) if spec else (name,)
        return Clue("mock", key, ".".join(filter(None, (spec, name))), (name,))
    if shape in ("patch-target", "module-attribute") and facts.get("name"):
        symbol = ".".join(filter(None, (facts.get("module", ""), facts["name"])))
        return Clue("attribute", (symbol,), symbol)
    if shape == "attribute" and facts.get("owner") and last(facts["owner"]) not in _BUILTINS:
        owner, name = facts["owner"], facts["name"]
        short = f"{last(owner)}.{name}"
        return Clue("attribute", (f"{owner}.{name}",), short, (short,))
    if shape == "setup-not-run":
        return Clue("setup", (facts["label"],), facts["label"])
    if shape in ("fixture", "fixture-scope") and facts.get("name"):
        return Clue("fixture", (shape, facts["name"]), facts["name"])
    if shape == "name" and facts.get("name"):
        frame = root.crash_frame
        return Clue("name", (facts["name"], frame.file if frame else failure.file), facts["name"])
    if shape == "enum-text":
        return Clue("enum", (facts["owner"],), facts["owner"])
    return None


def _signature(called: str, label: str) -> Clue | None:
    """A call that does not fit a signature; a bare `__init__` names nothing."""
    called = _qualified(called)
    if label:
        return Clue("signature", (_qualified(label),), _qualified(label), (called,))
    if "." in called or (called and not called.startswith("__")):
        return Clue("signature", (called,), called, (called,))
    return None


def place(frame: Frame) -> str:
    """A frame as `path/to/file.py:Qualified.name`."""
    return f"{frame.file}:{_qualified(frame.function)}" if frame.function else frame.file


_DEPRECATED = re.compile(r"Deprecat|^FutureWarning$|^(?:RemovedIn|MovedIn)\w*Warning$")
_DEPRECATED_NAME = re.compile(
    r"^`?(?P<name>[^\W\d][\w.]*)(?:\(\))?`? (?:is|was|has been) deprecated"
)


def _deprecation(_: Failure, root: RaisedException, __: messages.Reading) -> Clue | None:
    """A warning that is an error: one deprecated thing is one cause, wherever it is used."""
    if not _DEPRECATED.search(last(root.type)):
        return None
    said = template(root.message)
    named = _DEPRECATED_NAME.match(said)
    frame = root.crash_frame
    symbol = named["name"] if named else place(frame) if frame else ""
    return Clue("deprecated", (last(root.type), said), symbol) if said else None


def _project_frame(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    for raised in (root, failure):
        deepest = next((f for f in reversed(raised.frames) if f.origin == "project"), None)
        if deepest:
            where = place(deepest)
            # A `raise` is reached for many reasons, and the form of its text tells which.
            said = (_form(root.message),) if deepest.source.startswith("raise") else ()
            return Clue("frame", (last(root.type), where, *said), where)
    return None


def _fixture_frame(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    """What breaks in a fixture, or in a function of the tests that tests share."""
    frame = root.crash_frame or failure.crash_frame
    if frame is None or frame.origin != "test" or not frame.function:
        return None
    if failure.phase == "call" and in_test_function(failure, frame):
        return None
    if failure.phase == "call" and last(root.type) == "AssertionError":
        return None
    return Clue("helper", (last(root.type), place(frame)), place(frame))


def test_function(failure: Failure) -> str:
    """The nodeid without its parameters."""
    return failure.nodeid.partition("[")[0]


def in_test_function(failure: Failure, frame: Frame) -> bool:
    """Whether a frame lies in the test itself, not in a function that it calls."""
    own = last(test_function(failure).replace("::", "."))
    return own in _qualified(frame.function).split(".")


_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|<n>|\.\.\.")


def _form(message: str) -> str:
    """The template of a message without quoted values and numbers."""
    return _VALUE.sub("_", template(message))[:200]


def shown_by(root: RaisedException) -> str:
    """The exception that an assertion shows, as `KeyError: x`; empty: none."""
    error = messages.shown_error(root)
    return f"{error.type}: {template(error.message)}" if error else ""


def _assertion(failure: Failure, root: RaisedException, _: messages.Reading) -> Clue | None:
    symbols = failure.statement_symbols or failure.body_symbols[:1]
    if failure.phase == "collect" or not (
        symbols or last(root.type) in ("AssertionError", "Failed")
    ):
        return None
    key = (test_function(failure), last(root.type), _form(root.message))
    shown = shown_by(root)
    return Clue("assertion", (*key, shown) if shown else key, symbols[-1] if symbols else "")


_RULES = (
    _uncollectable, _named_symbol, _deprecation, _project_frame, _fixture_frame, _assertion,
)  # fmt: skip


def symbols_of(failure: Failure, root: RaisedException, most: int = 12) -> list[str]:
    """Project callables that a failure has to do with: in its traceback, statement, test."""
    both: tuple[RaisedException, ...] = (failure,) if root is failure else (root, failure)
    found = [place(f) for raised in both for f in raised.frames if f.origin == "project"]
    found.reverse()
    found += [*failure.statement_symbols, *failure.body_symbols]
    return list(dict.fromkeys(found))[:most]
