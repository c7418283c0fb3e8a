"""Which tests a focus and a level take, decided from paths, names, markers and imports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from gardener.config import Focus
from gardener.pytest_config.settings import PytestSettings, name_fits

from .parse.summary import Definition, Outline, Summary


class Match(NamedTuple):
    """What of a test file is taken: the whole file, or the nodeids in `tests`.

    `reason` says why, also for a file of which nothing is taken.
    """

    whole: bool
    tests: tuple[str, ...] = ()
    reason: str = ""


def tests_in(summary: Summary, settings: PytestSettings) -> list[Outline]:
    """What pytest would collect by its name: functions, classes, and methods of these."""
    taken: set[str] = set()
    found = []
    for item in summary.outline:
        above, _, name = item.name.rpartition("::")
        if above and above not in taken:
            continue
        if item.is_class:
            # A class with bases may be a TestCase, whatever its name is.
            if not (item.has_bases or name_fits(name, settings.python_classes)):
                continue
            taken.add(item.name)
        elif not name_fits(
            name, (*settings.python_functions, *(() if above else settings.python_classes))
        ):
            continue
        found.append(item)
    return found


Fixtures = Mapping[str, list[tuple[Summary, Definition]]]
"""Fixtures by name, each with the summary of its file; with those that it overrides and uses."""
_SETUPS = ("setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class")


def match_focus(
    path: str,
    summary: Summary,
    focus: Focus,
    reached: str,
    settings: PytestSettings,
    fixtures: Fixtures,
) -> Match:
    """What of the test file at `path` belongs to `focus`.

    `reached` is the import of the focus that its own imports reach; empty if none is.
    `fixtures` are those that its tests may ask for.
    """
    if any(_glob(path, pattern) for pattern in focus.paths):
        return Match(True, reason=f"focus {focus.name}: its path")
    patterns = [re.compile(p) for p in focus.names]
    if any(p.search(path) for p in patterns):
        return Match(True, reason=f"focus {focus.name}: its path")
    if set(focus.markers) & set(summary.markers):
        return Match(True, reason=f"focus {focus.name}: its pytestmark")
    if reached:
        return Match(True, reason=f"focus {focus.name}: its imports reach {reached}")
    symbols = {symbol.name: symbol for symbol in summary.definitions}
    taken: dict[str, None] = {}
    for item in tests_in(summary, settings):
        above, _, name = item.name.rpartition("::")
        if above in taken:
            continue
        if (
            any(p.search(name) for p in patterns)
            or set(item.markers) & set(focus.markers)
            or any(
                _uses(symbol, summary, focus, patterns, fixtures)
                for own in _own_symbols(item)
                if (symbol := symbols.get(own))
            )
        ):
            taken[item.name] = None
    tests = tuple(f"{path}::{t}" for t in taken)
    why = f"focus {focus.name}: its name, its marker or what it uses" if tests else ""
    return Match(False, tests, why)


def _own_symbols(item: Outline) -> list[str]:
    """A test function, or a class with what runs before each of its tests."""
    name = item.name.replace("::", ".")
    return [name, *(f"{name}.{setup}" for setup in _SETUPS)] if item.is_class else [name]


def _uses(
    symbol: Definition,
    summary: Summary,
    focus: Focus,
    patterns: list[re.Pattern[str]],
    fixtures: Fixtures,
) -> bool:
    """Whether a test says a name of the focus itself, or through the fixtures it asks for."""
    asked = {*symbol.header.parameters, *_use_fixtures(symbol)}
    seen: set[str] = set()
    todo = [(summary, symbol)]
    for source, one in todo:
        chains = [
            *one.names,
            *one.attributes.names,
            *one.attributes.assigned,
            *one.header.parameters,
        ]
        if any(p.search(word) for chain in chains for p in patterns for word in chain.split(".")):
            return True
        if any(_means(chain, source, focus) for chain in one.names):
            return True
        wanted = asked if one is symbol else set(one.header.parameters)
        todo += [each for name in sorted(wanted - seen) for each in fixtures.get(name, ())]
        seen |= wanted
    return False


def _use_fixtures(symbol: Definition) -> tuple[str, ...]:
    """Fixtures that a marker asks for: any string of a test so marked may be one."""
    asks = any(d.endswith("usefixtures") for d in symbol.header.decorators)
    return symbol.strings.identifiers if asks else ()


def _means(chain: str, summary: Summary, focus: Focus) -> bool:
    """Whether a chain of names begins at an import of the focus."""
    root, _, rest = chain.partition(".")
    for origin in summary.aliases.get(root, ()):
        full = f"{origin.module}:{origin.name or rest.partition('.')[0]}".rstrip(":")
        if not origin.level and any(_names_import(full, wanted) for wanted in focus.imports):
            return True
    return False


def wanted_import(summary: Summary, focus: Focus) -> str:
    """The import of the focus that a file has itself; empty if it has none."""
    roots = _roots(focus)
    own = {
        name
        for one in summary.imports
        if not one.level and one.module.partition(".")[0] in roots
        for name in (one.module, *(f"{one.module}:{n}" for n in one.names))
    }
    return next((w for w in focus.imports if any(_names_import(name, w) for name in own)), "")


@cache
def _roots(focus: Focus) -> frozenset[str]:
    return frozenset(re.split("[.:]", wanted)[0] for wanted in focus.imports)


def _names_import(reached: str, wanted: str) -> bool:
    """Whether a reached name is `wanted`: that module, one below it, or a name in it."""
    module, _, name = wanted.partition(":")
    if name:
        return reached in (wanted, f"{module}.{name}")
    return reached == module or reached.startswith((module + ".", module + ":"))


@cache
def _words(part: str) -> frozenset[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", part).lower()
    return frozenset(re.split(r"[^a-z0-9]+", spaced))


def not_unit_path(path: str, words: tuple[str, ...]) -> str:
    """The word that takes a file out of level `unit`: a folder's name, or in the file's name."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".py")
    for word in words:
        low = word.lower()
        if any(low == f.lower().replace("-", "_") for f in folders):
            return word
        # A word of several parts (`end_to_end`) must appear as a whole.
        if low in _words(stem) or f"_{low}_" in f"_{stem.lower()}_":
            return word
    return ""


def match_level(
    path: str, summary: Summary, level: str, words: tuple[str, ...], settings: PytestSettings
) -> Match:
    """What of a test file belongs to `level`; everything does to `any`."""
    if level == "any":
        return Match(True)
    word = not_unit_path(path, words)
    if word:
        return Match(False, reason=f"level {level}: {word!r} in its path")
    marks = {w.lower() for w in words}

    def out(markers: tuple[str, ...]) -> bool:
        return any(m.lower() in marks for m in markers)

    if out(summary.markers):
        return Match(False, reason=f"level {level}: its pytestmark")
    if not any(out(o.markers) for o in summary.outline):
        return Match(True)
    left: dict[str, None] = {}
    for item in tests_in(summary, settings):
        above = item.name.rpartition("::")[0]
        if above in left or out(item.markers):
            continue
        inner = [o for o in summary.outline if o.name.startswith(item.name + "::")]
        # Inherited tests have no name here, so a class with bases goes as a whole.
        if not item.is_class or item.has_bases or not any(out(o.markers) for o in inner):
            left[item.name] = None
    marked_classes = {o.name for o in summary.outline if o.is_class and out(o.markers)}
    kept = [t for t in left if not any(t.startswith(c + "::") for c in marked_classes)]
    return Match(False, tuple(f"{path}::{t}" for t in kept), f"level {level}: a marker")


def _glob(path: str, pattern: str) -> bool:
    pattern = pattern.removeprefix("./")
    if pattern.endswith("/"):
        pattern += "**"
    if "**" in pattern:
        flat = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*")
        return re.fullmatch(flat.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), path) is not None
    if "/" not in pattern:
        return any(fnmatchcase(part, pattern) for part in path.split("/"))
    return fnmatchcase(path, pattern) or path.startswith(pattern.rstrip("/") + "/")
