"""Helpers and decorators that ask for fixtures in the place of a test: `needs("db")`, `client(request)`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..parse.calls import ASKING_FOR_FIXTURES, FIXTURE_NAMES
from ..parse.summary import Definition, DefinitionKind
from .facts import Aspect
from .names import Names
from .nodes import ImportedModule

_ASKING = frozenset({*ASKING_FOR_FIXTURES, *FIXTURE_NAMES, "usefixtures"})
_MAY_ASK = (DefinitionKind.FUNCTION, DefinitionKind.BINDING)
_Words = Mapping[str, tuple[str, ...]]


def asked_inside(definitions: Mapping[str, Definition]) -> dict[str, tuple[str, ...]]:
    """The functions and variables of a file that ask for fixtures, each with the strings for that.

    Those that lead to one of these by its name, or on `self`, count with what it says.
    """
    words = {n: dict.fromkeys(d.strings.identifiers) for n, d in definitions.items() if _asks(d)}
    worklist = list(words)
    leading: dict[str, list[str]] = {}
    for name, definition in definitions.items() if words else ():
        for used in _named_by(definition):
            leading.setdefault(used, []).append(name)
    while worklist:
        name = worklist.pop()
        for user in leading.get(name, ()):
            is_new = user not in words
            said = words.setdefault(user, dict.fromkeys(definitions[user].strings.identifiers))
            if is_new or not words[name].keys() <= said.keys():
                said.update(words[name])
                worklist.append(user)
    return {name: tuple(said) for name, said in words.items()}


def _asks(definition: Definition) -> bool:
    """Whether a function, or a variable, asks for fixtures that it names, or is a marker that does."""
    if definition.kind not in _MAY_ASK:
        return False
    used = (*definition.attributes.names, *definition.attributes.on_self)
    return not _ASKING.isdisjoint(used) or any(
        chain.rpartition(".")[2] in _ASKING or "fixturenames." in chain
        for chain in definition.names
    )


def _named_by(definition: Definition) -> Iterator[str]:
    """The names in its own file that a definition leads to."""
    if definition.kind not in _MAY_ASK:
        return
    owner = definition.name.rpartition(".")[0]
    yield from {chain.partition(".")[0] for chain in definition.names} - {definition.name}
    for name in definition.attributes.on_self if owner else ():
        yield f"{owner}.{name}"


class FixtureAskers:
    """Finds the names of fixtures that a test asks for by what it calls, or is decorated with."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.definitions = names.definitions
        self._inside: dict[str, _Words] = {}

    def asked_by(self, file: str, definition: Definition) -> Iterator[str]:
        """The strings by which what a definition names may ask for fixtures."""
        inside = self._in(file)
        yield from inside.get(definition.name, ())
        header = definition.header
        for chain in dict.fromkeys((*definition.names, *header.decorators)):
            root, _, rest = chain.partition(".")
            if root in inside:
                yield from inside[root]
            elif root in self.names.summaries[file].aliases:
                yield from self._asked_elsewhere(file, root, rest.partition(".")[0])

    def of_class(self, file: str, klass: str) -> Iterator[str]:
        """The strings by which the methods of a class may ask for fixtures."""
        for name, words in self._in(file).items():
            if name.startswith(f"{klass}."):
                yield from words

    def _asked_elsewhere(self, file: str, root: str, attribute: str) -> Iterator[str]:
        """The same for an imported name, or what is used of an imported module."""
        for target in self.names.lookup(file, root):
            if isinstance(target, ImportedModule):
                folder = file.rpartition("/")[0]
                for module in self.names.modules.resolve(target.name, folder) if attribute else ():
                    yield from self._in(module).get(attribute, ())
            elif target.file != file:
                yield from self._in(target.file).get(target.qualname, ())

    def _in(self, file: str) -> _Words:
        if file not in self.names.summaries:
            return {}
        self.definitions.note(file, Aspect.ASKING)
        if file not in self._inside:
            definitions, _ = self.names.apart(lambda: self.definitions.of(file))
            self._inside[file] = asked_inside(definitions)
        return self._inside[file]


def words_of(definitions: Iterable[Definition]) -> _Words:
    """What `asked_inside` finds in the definitions of a summary."""
    return asked_inside({d.name: d for d in definitions})
