"""Exceptions out of the text of a traceback, as pytest or Python prints it, with their chain."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Literal

from gardener.model import Cause, Frame, Origin

_LIBRARY = re.compile(r"(?:^|/)(?:site-packages|dist-packages|lib/python3[.\d]*|Lib)/|^<")
_TEST_FOLDER = re.compile(r"(?:^|/)(?:tests?|testing)/")
_TYPED = re.compile(r"^(?P<type>(?:[^\W\d]\w*\.)*_?[A-Z]\w*)(?:: (?P<message>.*)|\s*)$", re.DOTALL)
_CHAINED = re.compile(
    r"^(?:(?P<cause>The above exception was the direct cause of the following exception:)"
    r"|During handling of the above exception, another exception occurred:)$",
    re.MULTILINE,
)
_LOCATION = re.compile(
    r"^(?P<file>[^\s:][^:\n]*\.py):(?P<line>\d+): (?:in (?P<function>\S+)|[A-Z]\w*)?"
    r"|^ *File \"(?P<file2>[^\"\n]+)\", line (?P<line2>\d+)(?:, in (?P<function2>\S+))?",
    re.MULTILINE,
)
_DEF = re.compile(r"^>?\s*(?:async )?def (\w+)", re.MULTILINE)
_FAILING = re.compile(r"^>(?P<source>.+)$", re.MULTILINE)
_CAPTURED = re.compile(r"^(?:Stdout|Stderr|Captured [^\n]*):?$", re.MULTILINE)


def split_message(text: str) -> tuple[str, str]:
    """Split `ValueError: no` into type and message; an untyped text keeps an empty type."""
    first, _, _ = text.partition("\n")
    found = _TYPED.match(text)
    if found:
        return found["type"], found["message"] or ""
    if first.startswith("assert "):
        return "AssertionError", text
    return "", text


def origin_of(path: str) -> Origin:
    """Where a frame's file lies, by its path alone."""
    plain = path.replace("\\", "/")
    if _LIBRARY.search(plain) or plain.startswith("/"):
        return "library"
    name = PurePosixPath(plain).name
    if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
        return "test"
    return "test" if _TEST_FOLDER.search(plain) else "project"


def relative(path: str, root: str) -> str:
    """A path below `root` relative to it; any other as it is."""
    plain, top = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/")
    return plain[len(top) + 1 :] if top and plain.startswith(top + "/") else plain


def error_lines(text: str) -> str:
    """The exception's text out of pytest's own traceback: its lines marked `E`."""
    marked = [line[1:].strip() for line in text.splitlines() if re.match(r"E( |$)", line)]
    return "\n".join(marked) if marked else text.strip()


def chain_of(text: str, test_file: str = "") -> list[Cause]:
    """The exceptions of a traceback, the last one that came up first; empty if it holds none.

    Where `test_file` (relative) is the end of an absolute path, what stands before it
    is taken for the repository, and other paths are made relative to it.
    """
    root = _root(text, test_file)
    found: list[Cause] = []
    start = 0
    for mark in [*_CHAINED.finditer(text), None]:
        part = text[start : mark.start() if mark else len(text)]
        # What stands between two of them says how the first led to the second.
        link: Literal["cause", "context"] = "context" if mark and not mark["cause"] else "cause"
        type_, message = _raised(part)
        if type_:
            frames = frames_of(part, root=root)
            found.append(Cause(type=type_, message=message, frames=frames, link=link))
        start = mark.end() if mark else start
    return found[::-1]


def _raised(part: str) -> tuple[str, str]:
    """Type and message of one traceback; both empty if it shows none."""
    marked = error_lines(part)
    if marked != part.strip():
        return split_message(marked)
    _, mark, after = part.rpartition("Traceback (most recent call last):\n")
    if not mark:
        return "", ""
    lines = _CAPTURED.split(after)[0].splitlines()
    begin = next((n for n, line in enumerate(lines) if line and not line[0].isspace()), None)
    return ("", "") if begin is None else split_message("\n".join(lines[begin:]).strip())


def frames_of(text: str, test_file: str = "", *, root: str = "") -> tuple[Frame, ...]:
    """Frames out of a traceback's text, as pytest (`path.py:12: in f`) or Python prints it.

    Paths are made relative to `root`, which `test_file` tells as for `chain_of`.
    """
    root = root or _root(text, test_file)
    found, before = [], 0
    for m in _LOCATION.finditer(text):
        path = relative(m["file"] or m["file2"], root)
        above = text[before : m.start()]
        function, source = m["function"] or m["function2"] or "", ""
        if m["file"]:  # pytest shows the function above the place
            head, failing = _DEF.search(above), _FAILING.findall(above)
            function = function or (head[1] if head else "")
            source = failing[-1].strip() if failing else ""
        else:
            source = text[m.end() : m.end() + 500].partition("\n")[2].partition("\n")[0].strip()
        line = int((m["line"] or m["line2"])[:9])
        found.append(Frame(path, line, function, origin_of(path), source))
        before = m.end()
    return tuple(found)


def _root(text: str, test_file: str) -> str:
    end = "/" + test_file
    paths = (m["file"] or m["file2"] for m in _LOCATION.finditer(text))
    return next((path.removesuffix(end) for path in paths if test_file and path.endswith(end)), "")
