"""What a changed file tells others that were linked with it: the facts that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from gardener.model import Symbol

from ..link.around_tests import serves
from ..link.decorated import KEEPING
from ..link.facts import Aspect, Fact, fixtures_named, members_of, name_in, requested_by
from ..link.fixture_askers import words_of
from ..link.names import Names
from ..link.other_tests import COLLECTS
from ..parse.summary import Definition, Summary


def changed_facts(
    path: str, before: Summary, after: Summary, fixtures: frozenset[str]
) -> Iterable[Fact]:
    """The facts about a file that differ, of those that hold for some names only.

    `fixtures` are the names of fixtures, and the parts of these.
    """
    if _serving(before, fixtures) != _serving(after, fixtures):
        yield Fact(path, Aspect.SERVING)
    if _askers(before, fixtures) != _askers(after, fixtures):
        yield Fact(path, Aspect.ASKING)
    requests = dict(_requests(before, fixtures)), dict(_requests(after, fixtures))
    for name in requests[0].keys() | requests[1].keys():
        if requests[0].get(name) != requests[1].get(name):
            yield requested_by(Symbol(path, name))
    old, new = _surface(before), _surface(after)
    if old != new:
        yield from _whole_file(path)
        names = old.keys() | new.keys()
        yield from _facts_of(path, (n for n in names if old.get(n) != new.get(n)))
        return
    if requests[0] != requests[1]:
        yield Fact(path, Aspect.REQUESTS)
    if _registries(before) != _registries(after):
        yield Fact(path, Aspect.REGISTRIES)


def facts_of_gone(path: str, names: Iterable[str]) -> Iterator[Fact]:
    """All facts about a file that may hold no more where some names are gone, or no fixtures now."""
    yield from _whole_file(path)
    yield from _facts_of(path, names)
    yield from (fixtures_named(name.rpartition(".")[2]) for name in names)
    if any(serves(name, autouse=False) for name in names):
        yield Fact(path, Aspect.SERVING)
    yield Fact(path, Aspect.ASKING)


def _whole_file(path: str) -> Iterable[Fact]:
    """All facts about a file but those about single names."""
    return (Fact(path, a) for a in (Aspect.SURFACE, Aspect.REQUESTS, Aspect.REGISTRIES))


def _facts_of(path: str, names: Iterable[str]) -> Iterable[Fact]:
    """The facts about single names of a file, and about the classes around them."""
    for name in names:
        yield name_in(path, name)
        yield members_of(Symbol(path, name.rpartition(".")[0]))


def _surface(summary: Summary) -> dict[str, object]:
    """What others may conclude from each name in a file."""
    surface: dict[str, object] = {a: (None, means) for a, means in summary.aliases.items()}
    for d in summary.definitions:
        imported = summary.aliases.get(d.name)
        header = d.header
        bases = (header.bases, header.computed_base, header.class_arguments)
        surface[d.name] = (d.kind, bases, d.fixture, d.autouse), imported
    return surface


def of_every_name(summary: Summary) -> object:
    """What others may conclude from a file, whichever name they look for."""
    makes_up_names = any(d.name == "__getattr__" for d in summary.definitions)
    return summary.broken, summary.stars, makes_up_names


def _requests(summary: Summary, fixtures: frozenset[str]) -> list[tuple[str, object]]:
    """What others may conclude from parameters and strings: fixtures that are requested."""
    return [(d.name, _requested(d, fixtures)) for d in summary.definitions]


def _requested(definition: Definition, fixtures: frozenset[str]) -> object:
    """The parameters of a definition, and the strings in it that may be names of fixtures."""
    return definition.header.parameters, _asking(definition.strings.identifiers, fixtures)


def _asking(words: Iterable[str], fixtures: frozenset[str]) -> list[str]:
    """The words that are names of fixtures, or parts of some."""
    return [w for w in words if w in fixtures or "*" in w or w.strip("_") in fixtures]


def _askers(summary: Summary, fixtures: frozenset[str]) -> object:
    """What others may conclude from functions that ask for fixtures in the place of a test."""
    return {name: _asking(words, fixtures) for name, words in words_of(summary.definitions).items()}


def _serving(summary: Summary, fixtures: frozenset[str]) -> object:
    """What others may conclude from what serves tests that do not ask for it."""
    return [
        (
            d.name,
            d.fixture,
            d.autouse,
            _requested(d, fixtures),
            (d.names, d.attributes.names) if d.name == COLLECTS else (),
        )
        for d in summary.definitions
        if serves(d.name, autouse=d.autouse)
    ]


def other_fixtures(
    before: Summary | None, after: Summary | None, imported: Callable[[str], Iterable[str]]
) -> set[str]:
    """The names that tests may ask for which mean another fixture of a file now, or none.

    `imported` gives the names of the fixtures that a name stands for now which an import binds.
    """
    before, after = before or Summary(), after or Summary()
    was, now = ({d.name: d.fixture for d in s.definitions if d.fixture} for s in (before, after))
    names = {fixture for _, fixture in was.items() ^ now.items()}
    for alias in before.aliases.keys() | after.aliases.keys():
        if before.aliases.get(alias) != after.aliases.get(alias):
            names.update((alias, *imported(alias)))
    return names


def imported_fixtures(names: Names, path: str, alias: str) -> Iterator[str]:
    """The names of fixtures for which a name in a file stands that an import binds."""
    for target in names.lookup(path, alias):
        definition = names.definitions.get(*target) if isinstance(target, Symbol) else None
        if definition and definition.fixture:
            yield definition.fixture


def _registries(summary: Summary) -> object:
    """What others may conclude from a decorator's body: where it keeps what it decorates."""
    return [
        (
            d.name,
            d.attributes.stores,
            KEEPING.intersection(d.attributes.names),
            d.names,
            d.passed_to,
            d.header.decorators,
            d.direct.calls,
        )
        for d in summary.definitions
    ]
