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
"""A place as pytest prints it (`path.py:12: in f`), or as Python does (the second names)."""
_DEF = re.compile(r"^>?\s*(?:async )?def (\w+)", re.MULTILINE)
_FAILING_LINE = re.compile(r"^>(?P<source>.+)$", re.MULTILINE)
_CAPTURED = re.compile(r"^(?:Stdout|Stderr|Captured [^\n]*):?$", re.MULTILINE)
_ERROR_LINE = re.compile(r"E( |$)")


def split_message(text: str) -> tuple[str, str]:
    """Split `ValueError: no` into type and message; an untyped text keeps an empty type."""
    typed = _TYPED.match(text)
    if typed:
        return typed["type"], typed["message"] or ""
    if text.partition("\n")[0].startswith("assert "):
        return "AssertionError", text
    return "", text


def origin_of(path: str) -> Origin:
    """Where a frame's file lies, by its path alone."""
    posix = path.replace("\\", "/")
    if _LIBRARY.search(posix) or posix.startswith("/"):
        return "library"
    name = PurePosixPath(posix).name
    if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
        return "test"
    return "test" if _TEST_FOLDER.search(posix) else "project"


def relative(path: str, root: str) -> str:
    """A path below `root` relative to it; any other as it is."""
    posix, top = path.replace("\\", "/"), root.replace("\\", "/").rstrip("/")
    return posix[len(top) + 1 :] if top and posix.startswith(top + "/") else posix


def error_lines(text: str) -> str:
    """The exception's text out of pytest's own traceback: its lines marked `E`."""
    marked = [line[1:].strip() for line in text.splitlines() if _ERROR_LINE.match(line)]
    return "\n".join(marked) if marked else text.strip()


def chain_of(text: str, test_file: str = "") -> list[Cause]:
    """The exceptions of a traceback, the last one that came up first; empty if it holds none.

    Where `test_file` (relative) is the end of an absolute path, what stands before it
    is taken for the repository, and other paths are made relative to it.
    """
    root = _root(text, test_file)
    chain: list[Cause] = []
    start = 0
    for separator in [*_CHAINED.finditer(text), None]:
        part = text[start : separator.start() if separator else len(text)]
        start = separator.end() if separator else start
        type_, message = _raised(part)
        if type_:
            # What stands between two of them says how the first led to the second.
            is_context = separator is not None and not separator["cause"]
            link: Literal["cause", "context"] = "context" if is_context else "cause"
            frames = frames_of(part, root=root)
            chain.append(Cause(type=type_, message=message, frames=frames, link=link))
    return chain[::-1]


def _raised(part: str) -> tuple[str, str]:
    """Type and message of one traceback; both empty if it shows none."""
    marked = error_lines(part)
    if marked != part.strip():
        return split_message(marked)
    _, header, after = part.rpartition("Traceback (most recent call last):\n")
    if not header:
        return "", ""
    lines = _CAPTURED.split(after)[0].splitlines()
    for number, line in enumerate(lines):
        if line and not line[0].isspace():
            return split_message("\n".join(lines[number:]).strip())
    return "", ""


def frames_of(text: str, test_file: str = "", *, root: str = "") -> tuple[Frame, ...]:
    """Frames out of a traceback's text, as pytest (`path.py:12: in f`) or Python prints it.

    Paths are made relative to `root`, which `test_file` tells as for `chain_of`.
    """
    root = root or _root(text, test_file)
    frames = []
    end_of_previous = 0
    for place in _LOCATION.finditer(text):
        path = relative(place["file"] or place["file2"], root)
        line = int((place["line"] or place["line2"])[:9])
        if place["file"]:
            function, source = _shown_above(text[end_of_previous : place.start()])
            if place["function"]:
                function = place["function"]
                source = source or _line_after(text[place.end() : place.end() + 500], indent="    ")
        else:
            function = place["function2"] or ""
            source = _line_after(text[place.end() : place.end() + 500])
        frames.append(Frame(path, line, function, origin_of(path), source))
        end_of_previous = place.end()
    return tuple(frames)


def _shown_above(code: str) -> tuple[str, str]:
    """The function and the failing line in the code that pytest shows above a place."""
    function, failing_lines = _DEF.search(code), _FAILING_LINE.findall(code)
    return function[1] if function else "", failing_lines[-1].strip() if failing_lines else ""


def _line_after(text: str, indent: str = "") -> str:
    """The statement that Python prints below a place, and pytest where its tracebacks are short."""
    line = text.partition("\n")[2].partition("\n")[0]
    return line.strip() if line.startswith(indent) else ""


def _root(text: str, test_file: str) -> str:
    """The folder in front of `test_file` in an absolute path; empty where none ends in it."""
    end = "/" + test_file
    for place in _LOCATION.finditer(text) if test_file else ():
        path = place["file"] or place["file2"]
        if path.endswith(end):
            return path.removesuffix(end)
    return ""
