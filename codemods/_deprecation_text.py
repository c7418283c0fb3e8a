"""Reads what deprecation texts say: of what they speak, and what to use instead."""

from __future__ import annotations

import re
from typing import NamedTuple

_DOTTED = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+"
_FROM = re.compile(rf"\bfrom\s+({_DOTTED}|[A-Za-z_]\w*)\s+import\b\s*(\w+(?:\s*,\s*\w+)*)?")
_USE = re.compile(
    r"(?:\buse\b|\bimport(?: it)? from\b|\bimport\b|\bmoved (?:from [`'\"]*[\w.]+[`'\"]* )?(?:in)?to\b|\bfavou?r of\b|\breplaced (?:by|with)\b"
    r"|\brenamed (?:to|as)\b|\bsee\b|\bavailable (?:in|from|at|as)\b|\bhandled by\b|\bswitch to\b|\bmigrate to\b"
    r"|\bprefer\b|\blives? in\b|->|=>)"
    rf"[\s:]*(?:the |canonical path |module |class |function )*[`'\"]*({_DOTTED}|[A-Za-z_]\w*)(\(\))?",
    re.IGNORECASE,
)
_IMPORTING = re.compile(
    rf"\b[Ii]mport(?:ing)?\s+[`'\"]?(\w+)[`'\"]?\s+(?:\w+\s+)?from\s+[`'\"]?({_DOTTED}|\w+)[`'\"]?"
)
_SUBJECT = re.compile(
    rf"^[\s`'\"]*(?:the |module |class |function )*[`'\"]*({_DOTTED}|[A-Za-z_]\w*)(?:\(\))?[`'\"]*"
    r"(?:\s+(?:is|are|has been|was|module is|class is|function is)\b)?[^.]*?\b(?:deprecat|moved|renamed)",
    re.IGNORECASE,
)


class Deprecation(NamedTuple):
    """A deprecated module (`name` is '') or name, as the module itself says.

    `targets` are dotted names where it may be found, best first; `sure` tells whether
    the code itself (a shim) leads there. `line` is where it is said.
    """

    module: str
    name: str
    line: int
    text: str
    targets: tuple[str, ...] = ()
    sure: bool = False


class Told(NamedTuple):
    """What a deprecation text says: its targets as `module` or `module.name`, best first."""

    text: str
    targets: tuple[str, ...] = ()
    explicit: bool = False


def read_text(text: str) -> Told:
    """Find the targets that a deprecation text names."""
    flat = " ".join(text.replace("\\n", "\n").split())
    targets: list[str] = []
    explicit = False
    for match in _FROM.finditer(flat):
        if _is_subject(flat, match.start()):
            continue
        explicit = True
        names = [n.strip() for n in (match[2] or "").split(",") if n.strip()]
        if names and names[0] not in ("instead", "directly"):
            targets += [f"{match[1]}.{name}" for name in names]
        else:
            targets.append(match[1])
    for match in _USE.finditer(flat):
        word = match[1].rstrip(".")
        if word.lower() not in _NOISE and not match[2] and _is_code(flat, match):
            targets.append(word)
    return Told(flat, tuple(dict.fromkeys(targets)), explicit)


_NOISE = frozenset(
    (
        *("instead", "directly", "the", "a", "an", "it", "this", "that", "from", "import", "of"),
        *("canonical", "path", "please", "for", "and", "or", "module", "class", "function"),
        *("timezone", "aware", "with", "in", "to"),
    )
)


_OPTION = re.compile(
    r"[`'\"]*\s+(?:[\w-]+\s+)?(?:parameter|argument|arg|kwarg|option|keyword|flag|setting|header|field)s?\b"
)
_CLAUSE_ENDS = re.compile(r"[`'\"]*\s*(?:$|[.,;:!)]|instead\b|directly\b|from\b|for\b|rather\b)")


def _is_code(text: str, match: re.Match[str]) -> bool:
    """Whether what a text says to use is a name of code: no URL, no option, no English word."""
    rest = text[match.end(1) :]
    if rest.startswith("://") or _OPTION.match(rest):
        return False
    word = match[1]
    quoted = text[match.start(1) - 1 : match.start(1)] in ("`", "'", '"')
    if "." in word or "_" in word.strip("_") or quoted or word[1:] != word[1:].lower():
        return True
    return bool(_CLAUSE_ENDS.match(rest))


def _is_subject(text: str, at: int) -> bool:
    """Whether a `from x import y` at that place is what is deprecated, not what to use."""
    before = text[:at].lower()
    return bool(re.search(r"\bimport(?:ing)?\s+[`'\"\w]+\s+$", before)) or (
        "deprecat" not in before and "use" not in before and "moved" not in before
    )


def subject(text: str) -> tuple[str, str]:
    """The module and name that a deprecation text speaks of; empty where it does not say."""
    flat = " ".join(text.split())
    match = _IMPORTING.search(flat)
    if match:
        return match[2].rstrip("."), match[1]
    match = _SUBJECT.match(flat)
    if match:
        return "", match[1]
    return "", ""
