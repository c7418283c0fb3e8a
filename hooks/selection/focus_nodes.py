"""What each symbol calls and what of the focus it uses: worked out once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from typing import NamedTuple

from gardener.model import Symbol

from .focus_api import Api, own_part
from .link.classes import Classes
from .link.names import Names
from .link.nodes import ImportedModule
from .parse.summary import Definition, DefinitionKind

_RUN_WITH_CLASS = ("__init__", "__new__", "__post_init__")


class Node:
    """A symbol, told apart by identity; `cost` is what a step to it counts on a walk."""

    __slots__ = ("calls", "cost", "is_class", "members", "named", "symbol", "use")

    def __init__(self, symbol: Symbol, *, is_class: bool, cost: int) -> None:
        self.symbol = symbol
        self.is_class = is_class
        self.cost = cost
        self.calls: Calls | None = None
        self.members: dict[str, Node] | None = None
        self.use: str | None = None
        self.named: str | None = None


class Calls(NamedTuple):
    """What a symbol calls: symbols, methods of its own object, attributes of other objects."""

    called: tuple[Node, ...] = ()
    own: tuple[Node, ...] = ()
    attributes: frozenset[str] = frozenset()


class Nodes:
    """The symbols of a project, as walks from tests need them."""

    def __init__(
        self, api: Api, names: Names, classes: Classes, is_test_code: Callable[[str], bool]
    ) -> None:
        self._api = api
        self._definitions = names.definitions
        self._classes = classes
        self._is_test_code = cache(is_test_code)
        self._nodes: dict[Symbol, Node] = {}

    def __getitem__(self, symbol: Symbol) -> Node:
        node = self._nodes.get(symbol)
        if node is None:
            kind = self._definitions.kind(symbol)
            is_foreign_call = kind is DefinitionKind.FUNCTION and not self._is_test_code(
                symbol.file
            )
            node = self._nodes[symbol] = Node(
                symbol, is_class=kind is DefinitionKind.CLASS, cost=int(is_foreign_call)
            )
        return node

    def of(self, symbols: Iterable[Symbol]) -> list[Node]:
        """The nodes of some symbols."""
        return [self[symbol] for symbol in symbols]

    # --- what it is of the focus ---

    def named_in(self, node: Node) -> str:
        """What of the focus a test, or a fixture, names or uses; empty if nothing."""
        if node.named is None:
            node.named = self._find_named(node)
        return node.named

    def _find_named(self, node: Node) -> str:
        definition = self._definitions.get(*node.symbol)
        word = ""
        if definition:
            word = self._api.word_in(definition) or self._api.module_in(
                node.symbol.file, definition
            )
        return word or self.use(node) or self.held_in(node)

    def held_in(self, node: Node) -> str:
        """What of the focus an object holds that a function makes, if its class is generated.

        No record shows that such an object was made: a dataclass.
        """
        made = (self._held_by(n.symbol) for n in self.calls(node).called if n.is_class)
        return next(filter(None, made), "")

    def use(self, node: Node) -> str:
        """What of the focus a function uses, or is; empty if it is none of it."""
        if node.use is None:
            node.use = self._find_use(node.symbol)
        return node.use

    def _find_use(self, symbol: Symbol) -> str:
        definition = self._definitions.get(*symbol)
        if definition is None:
            return ""
        if definition.kind is DefinitionKind.BINDING and self._is_test_code(symbol.file):
            return self._decorated_with(symbol)
        if definition.kind is not DefinitionKind.FUNCTION:
            return ""
        if self._api.is_own(symbol):
            return "a part of the API"
        if self._is_test_code(symbol.file):
            return self._api.called_in(definition) or self._api.named_by(symbol.file, definition)
        return self._api.used_by(symbol.file, definition)

    def said_in_fixture(self, node: Node, recorded: AbstractSet[str]) -> str:
        """What of the focus a fixture says that was executed, or an object holds that it makes."""
        definition = self._definitions.get(*node.symbol)
        word = self._api.word_in(own_part(definition), recorded) if definition else ""
        return word or self.held_in(node)

    def use_executed(self, executed: Symbol, recorded: AbstractSet[str]) -> str:
        """What of the focus a function uses that was executed; it may be one within another.

        `recorded` are the names of the project's functions that were executed: what a fixture does
        with one of these, such as a method `websocket` of a framework, shows in what that executed.
        """
        outer, is_nested, _ = executed.qualname.partition(".<locals>")
        symbol = Symbol(executed.file, outer)
        definition = self._definitions.get(*symbol)
        is_function = definition and definition.kind is DefinitionKind.FUNCTION
        if not definition or not is_function or not self._is_test_code(symbol.file):
            return self.use(self[symbol])
        part = definition if is_nested else own_part(definition)
        return self._api.called_in(part, recorded) or self._api.named_by(symbol.file, part)

    def _decorated_with(self, symbol: Symbol) -> str:
        """The decorator of the focus that an object of a test file gives: `@app.websocket(...)`."""
        definitions = self._definitions.of(symbol.file).values()
        decorators = {chain for d in definitions for chain in d.header.decorators}
        begin = f"{symbol.qualname}."
        of_object = (c for c in sorted(decorators) if c.startswith(begin))
        words = (c for c in of_object if self._api.is_named(c.removeprefix(begin)))
        return next((f"@{word}" for word in words), "")

    def _held_by(self, klass: Symbol) -> str:
        """What of the focus the fields of a class hold: a dataclass takes it when it is made."""
        if self._is_test_code(klass.file):
            return ""
        members = self._classes.member_names(klass).values()
        fields = (self._definitions.get(klass.file, member) for member in members)
        uses = (
            self._api.held_by(klass.file, field)
            for field in fields
            if field and field.kind is DefinitionKind.BINDING
        )
        return next(filter(None, uses), "")

    # --- what it calls ---

    def calls(self, node: Node) -> Calls:
        """What may run when a symbol does."""
        if node.calls is None:
            definition = self._definitions.get(*node.symbol)
            node.calls = self._find_calls(node, definition) if definition else Calls()
        return node.calls

    def _find_calls(self, node: Node, definition: Definition) -> Calls:
        if node.is_class:
            return Calls()
        # What a module or a binding does was done by its import, not by a test; but the
        # classes that it makes something of are those of its value.
        runs = definition.kind is DefinitionKind.FUNCTION
        called: dict[Node, None] = {}
        attributes = set(definition.attributes.names if runs else ())
        for chain in definition.names if runs else definition.direct.calls:
            found = self._classes.resolve(node.symbol.file, chain)
            attributes.update(found.unresolved if runs else ())
            symbols = self._without_shims(node.symbol.file, chain, found.symbols)
            targets = map(self.__getitem__, sorted(symbols))
            called.update(dict.fromkeys(t for t in targets if runs or t.is_class))
        if not runs:
            called.update(dict.fromkeys(self._given(node.symbol, definition)))
        own = self._own(node.symbol, definition.attributes.on_self)
        return Calls(tuple(called), tuple(own), frozenset(attributes))

    def _without_shims(self, file: str, chain: str, symbols: set[Symbol]) -> set[Symbol]:
        """The symbols of a chain: in place of a module's `__getattr__` what that hands out.

        It stays where that cannot be told.
        """
        shims = {symbol for symbol in symbols if symbol.qualname == "__getattr__"}
        if not shims:
            return symbols
        root, _, rest = chain.partition(".")
        names = self._classes.names
        aliases = names.summaries[file].aliases.get(root, ())
        wanted = {origin.name for origin in aliases if origin.name} or {rest.partition(".")[0]}
        moved = {
            target
            for shim in sorted(shims)
            for home in self._homes(shim)
            for name in sorted(wanted)
            for target in names.lookup(home, name)
            if isinstance(target, Symbol)
        }
        return (symbols - shims) | moved if moved else symbols

    def _homes(self, shim: Symbol) -> Iterator[str]:
        """The files of the modules that a module's `__getattr__` may look into."""
        definition = self._definitions.get(*shim)
        if definition is None:
            return
        folder = shim.file.rpartition("/")[0]
        package = folder.replace("/", ".")
        modules: dict[str, None] = {}
        roots = dict.fromkeys(chain.partition(".")[0] for chain in definition.names)
        tables = (self._definitions.get(shim.file, root) for root in roots)
        for part in (definition, *filter(None, tables)):
            modules.update(dict.fromkeys((*part.strings.dotted, *part.dynamic_imports)))
            inner = (*part.strings.identifiers, *part.strings.dotted)
            modules.update(dict.fromkeys(f"{package}.{name.strip('.')}" for name in inner))
        for chain in definition.names:
            targets = self._classes.resolve(shim.file, chain).targets
            modules.update(dict.fromkeys(t.name for t in targets if isinstance(t, ImportedModule)))
        for module in modules:
            yield from self._classes.names.modules.resolve(module.partition(":")[0], folder)

    def _given(self, symbol: Symbol, binding: Definition) -> Iterator[Node]:
        """The objects of test code of which another is made: `client = TestClient(app)`."""
        for chain in binding.names if self._is_test_code(symbol.file) else ():
            for target in sorted(self._classes.resolve(symbol.file, chain).symbols):
                is_object = self._definitions.kind(target) is DefinitionKind.BINDING
                if is_object and self._is_test_code(target.file):
                    yield self[target]

    def _own(self, symbol: Symbol, names: Iterable[str]) -> Iterator[Node]:
        """The methods of these names that the object has whose method this is."""
        owner = self[Symbol(symbol.file, symbol.qualname.rpartition(".")[0])]
        members = self.members(owner) if owner.is_class else {}
        return (members[name] for name in names if name in members)

    def run_with(self, klass: Node) -> Iterator[Node]:
        """The methods that run when an object of a class is made."""
        members = self.members(klass)
        return (members[name] for name in _RUN_WITH_CLASS if name in members)

    def members(self, klass: Node) -> dict[str, Node]:
        """The methods and attributes of a class by name, as the nearest ancestor defines each."""
        if klass.members is None:
            klass.members = {}
            for ancestor in self._classes.ancestry(klass.symbol):
                for name, qualname in self._classes.member_names(ancestor).items():
                    if name not in klass.members:
                        klass.members[name] = self[Symbol(ancestor.file, qualname)]
        return klass.members
