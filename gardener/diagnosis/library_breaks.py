"""What a finding says where a library broke that the project does not own.

Nothing of it asks to restore code that is not the project's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import NamedTuple

from gardener.diagnosis.categories import ASKS_TO_INSTALL, Category
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.named_symbols import is_old_name_of_testcase
from gardener.diagnosis.packages import package_of
from gardener.diagnosis.root_cause import bare_name, symbol_at
from gardener.diagnosis.rules import Rule
from gardener.model import RaisedException

_OF_MODULE = (Shape.IMPORT_NAME, Shape.MODULE_ATTRIBUTE, Shape.ATTRIBUTE)
_ABSTRACT_CLASS = re.compile(r"abstract class '?(\w+)")
_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")
_BY_CODEMOD = "Run `gardener fix"
_NO_NAMES = frozenset({
    "it", "this", "that", "which", "these", "they", "one", "package", "packages", "module",
    "modules", "library", "libraries", "dependency", "dependencies", "extra", "extras", "plugin",
    "plugins", "driver", "backend", "client", "requirements",
})  # fmt: skip
"""What stands before `is not installed` and names no package."""


class LibraryBreak(NamedTuple):
    """The root cause and the next step, each in a sentence or two."""

    cause: str
    next_step: str


def library_break(category: Category, evidence: Evidence) -> LibraryBreak | None:
    """Which library lacks what, who asks for it and what takes its place; None: no library does.

    It rests on what was recorded, or on a module that is known to be one of Python's own.
    """
    root = evidence.root
    facts = root.facts
    package = _asked_to_install(root) if category.id == "import-error" else ""
    if package:
        return _absent({**facts, "absent": package})
    if "left_out" in facts:
        return _left_out(facts)
    if "abstract" in facts or "demands" in facts:
        return _abstract(root)
    if "library" in facts:
        return _recorded(category, evidence)
    if "absent" in facts:
        return _absent(facts)
    if not facts and evidence.reading.shape in _OF_MODULE:
        return _of_testcase(evidence) or _of_python(evidence)
    return None


def _of_testcase(evidence: Evidence) -> LibraryBreak | None:
    """The same for an old name of `TestCase`, which Python's own words tell."""
    name = evidence.reading.facts.get("name", "")
    if not is_old_name_of_testcase(evidence.root, name):
        return None
    return LibraryBreak(
        f"Python's `unittest.TestCase` has no `{name}`: its old names are gone since Python 3.12.",
        f"Adapt {_place(evidence.root) or 'the tests'} to it: use what Python names in its place.",
    )


def _recorded(category: Category, evidence: Evidence) -> LibraryBreak:
    root = evidence.root
    facts, place = root.facts, _place(root)
    library, lacks, asking = facts["library"], facts.get("lacks", ""), facts.get("asked_by", "")
    request = _OF_REQUEST.match(lacks) if library.startswith("pytest ") else None
    if request:
        return _of_request(request["name"], place)
    user = asking or place or "a test"
    through = f" It is used at {place}." if asking and place else ""
    if lacks:
        cause = f"{library} has no {lacks}; {user} asks for it."
        if is_old_name_of_testcase(root, facts.get("name", "")):
            cause += " Python 3.12 took the old names from `unittest.TestCase`, all at once."
    elif bare_name(root.type).endswith("Warning"):
        name = evidence.symbol if evidence.rule is Rule.DEPRECATED else ""
        deprecated = (
            f"`{name}`, which {user} uses" if name and ":" not in name else f"what {user} uses"
        )
        verb = "deprecates" if evidence.rule is Rule.DEPRECATED else "warns of"
        cause = f"{library} {verb} {deprecated}, and warnings are errors."
    elif facts.get("instead"):
        cause = f"{library} no longer has what {user} asks for."
    else:
        cause = f"{library} refuses what {user} passes to it."
    return LibraryBreak(cause + through, _next_step(category, facts, place, is_lack=bool(lacks)))


_OF_REQUEST = re.compile(r"`\w*Request\.(?P<name>\w+)`")


def _of_request(name: str, place: str) -> LibraryBreak:
    """A function that takes something else for `request` than pytest, which collects it as a test."""
    user = place or "a test"
    return LibraryBreak(
        f"pytest gives {user} its own fixture `request`, which has no `{name}`.",
        f"If {user} is no test, give it a name that pytest does not collect; else let it ask for another fixture.",
    )


def _next_step(category: Category, facts: Mapping[str, str], place: str, *, is_lack: bool) -> str:
    library, asking = facts["library"], facts.get("asked_by", "")
    instead = facts.get("instead", "")
    name = library.rpartition(" ")[0]
    if category.next_step.startswith(_BY_CODEMOD):
        return f"{category.next_step} {instead}".strip()
    if asking:
        asking_name = asking.rpartition(" ")[0]
        step = f"Install a version of {asking_name} that works with {library}, or an older {name}."
        return f"{step} {instead}".strip()
    adapt = f"Adapt {place or 'the tests'} to {library}"
    if instead:
        return f"{adapt}. {instead}"
    if is_lack:
        return f"{adapt}: see in its release notes what it has now; or use a version that still has it."
    return f"{adapt}: see what it says, and its release notes."


def called_by_library(evidence: Evidence) -> LibraryBreak | None:
    """A library calls a function of the project as that does not take it; None: the project does."""
    facts, symbol = evidence.root.facts, evidence.symbol
    asked = _asked_by_library(evidence)
    if asked:
        return asked
    is_own_function = evidence.rule is Rule.SIGNATURE and ":" in symbol
    if not is_own_function or "raised_by" not in facts or "library" in facts:
        return None
    library = facts["raised_by"]
    keyword = _KEYWORD.search(evidence.root.message)
    cause = (
        f"{library} passes `{keyword[1]}` to `{symbol}`, which does not take it."
        if keyword
        else f"{library} calls `{symbol}` with other arguments than it takes."
    )
    return LibraryBreak(
        cause,
        f"Let `{symbol}` take what it is given. If {library.rpartition(' ')[0]} was updated lately, its release"
        " notes tell what it passes now.",
    )


def _asked_by_library(evidence: Evidence) -> LibraryBreak | None:
    """A library asks an object of the project for what it does not have; None: it does not."""
    facts, symbol = evidence.root.facts, evidence.symbol
    owner, _, name = symbol.rpartition(".")
    is_attribute = evidence.rule is Rule.ATTRIBUTE and evidence.reading.shape is Shape.ATTRIBUTE
    if not is_attribute or not owner or "raised_by" not in facts or "library" in facts:
        return None
    library = facts["raised_by"]
    return LibraryBreak(
        f"{library} asks `{owner}` for `{name}`, which it does not have.",
        f"Give `{owner}` a `{name}`, or pass what has one. If {library.rpartition(' ')[0]} was updated lately, its"
        " release notes tell what it asks for now.",
    )


def passed_keyword(evidence: Evidence) -> tuple[str, str]:
    """A library, without its version, and the keyword that it passes to what does not take it."""
    if evidence.rule is not Rule.SIGNATURE or called_by_library(evidence) is None:
        return "", ""
    keyword = _KEYWORD.search(evidence.root.message)
    library = evidence.root.facts["raised_by"].rpartition(" ")[0]
    return (library, keyword[1]) if keyword else ("", "")


def _abstract(root: RaisedException) -> LibraryBreak:
    """A class without instances, where a library made it so."""
    facts, library = root.facts, root.facts["library"]
    user = _place(root) or "a test"
    if "abstract" in facts:
        adapt = f"Adapt {user} to {library}: use a class that is not abstract."
        return LibraryBreak(
            f"`{facts['abstract']}` is abstract in {library}; {user} makes an instance of it.",
            f"{adapt} {facts.get('instead', '')}".strip(),
        )
    named = _ABSTRACT_CLASS.search(root.message)
    heir = f"`{named[1]}`" if named else "the class"
    return LibraryBreak(
        f"{library} demands {facts['demands']}, which {heir} does not have.",
        f"Implement it in {heir}, as the release notes of {library} tell; or use a version that does without.",
    )


def _asked_to_install(root: RaisedException) -> str:
    """The package that a library says is missing; empty: it says so of none."""
    match = re.search(ASKS_TO_INSTALL, root.message[:LONGEST])
    package = next(filter(None, match.groups()), "") if match else ""
    is_name = not package.startswith("-") and package.lower() not in _NO_NAMES
    return package.rstrip(".") if is_name else ""


def _absent(facts: Mapping[str, str]) -> LibraryBreak:
    module, asking = facts["absent"], facts.get("asked_by", "")
    asks = f"; {asking} asks for it" if asking else ""
    return LibraryBreak(
        f"`{module}` is not installed{asks}.",
        f"Install {_bringing(module)}, and declare it; or correct the import.",
    )


def _bringing(module: str) -> str:
    package = package_of(module)
    return (
        f"{package}, which brings `{module}`" if package else f"the package that brings `{module}`"
    )


def _left_out(facts: Mapping[str, str]) -> LibraryBreak:
    """A name that a module defines only where a package is installed."""
    absent, name, module = facts["absent"], facts["left_out"], facts.get("owner", "")
    return LibraryBreak(
        f"`{absent}` is not installed, so `{module}` leaves out `{name}`: it catches the error.",
        f"Install {_bringing(absent)}, and declare it; or skip these tests where it is not.",
    )


def _of_python(evidence: Evidence) -> LibraryBreak | None:
    """The same for a report without facts, where a module of Python itself is named."""
    facts = evidence.reading.facts
    module, name = facts.get("module", ""), facts.get("name", "")
    if evidence.root.message.startswith("module '"):
        module = module or facts.get("owner", "")
    top = module.partition(".")[0]
    if top not in sys.stdlib_module_names or not name:
        return None
    files = {part for frame in evidence.root.frames for part in frame.file.split("/")}
    if any(frame.origin != "library" for frame in evidence.root.frames) and not (
        files.isdisjoint({top, f"{top}.py"})
    ):
        return None  # the project may have a module of that name
    place = _place(evidence.root) or "the tests"
    return LibraryBreak(
        f"Python's module `{module}` has no `{name}`.",
        f"Adapt {place} to the Python that runs the tests: see its documents for what takes the place of"
        f" `{module}.{name}`.",
    )


def _place(root: RaisedException) -> str:
    """Where the repository uses what a library lacks: the deepest place of its own."""
    frame = root.crash_frame
    if frame is None:
        return ""
    in_function = frame.function and frame.function != "<module>"
    return f"`{symbol_at(frame)}`" if in_function else f"`{frame.file}`"
