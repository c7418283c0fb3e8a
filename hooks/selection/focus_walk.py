"""Follows what a test calls, symbol by symbol, to the functions that use the API of a focus.

This is the graph of symbols, but only as much of it as a test leads to, and only the ways on
which something runs: an object that owns a handler is not followed to the handler, for that runs
when a client connects, and the client is what the test calls. The walk ends after a few calls
within the code that is tested, for behind them everything is connected with everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from gardener.model import Symbol

from .focus_api import Api
from .link.classes import Classes
from .link.names import Names
from .parse.summary import Definition, DefinitionKind

MOST_HOPS = 2
"""How many calls into and within the code that is tested are followed."""
_RUN_WITH_CLASS = ("__init__", "__new__", "__post_init__")


class Step(NamedTuple):
    """A symbol on the walk, and how it got there; `hops` counts those outside of test code."""

    symbol: Symbol
    hops: int
    before: Step | None = None

    @property
    def way(self) -> str:
        """The symbols from the test's own on, for the user."""
        names: list[str] = []
        step: Step | None = self
        while step:
            names.append(step.symbol.qualname)
            step = step.before
        return " > ".join(names[::-1])


class Found(NamedTuple):
    """A symbol that a test leads to, and why it is one of the focus."""

    step: Step
    use: str


class _Facts(NamedTuple):
    """What a definition calls: symbols, attributes of other objects, attributes of `self`."""

    called: tuple[Symbol, ...] = ()
    attributes: tuple[str, ...] = ()
    on_self: tuple[str, ...] = ()


class Walk:
    """Walks from tests; what one file says is worked out once for all of them."""

    def __init__(
        self, api: Api, names: Names, classes: Classes, is_test_code: Callable[[str], bool]
    ) -> None:
        self._api = api
        self._definitions = names.definitions
        self._classes = classes
        self._is_test_code = cache(is_test_code)
        self._facts: dict[Symbol, _Facts] = {}
        self._uses: dict[Symbol, str] = {}

    def find(self, starts: Iterable[Symbol]) -> Found | None:
        """The first function of the focus that these symbols of tests lead to, if there is one."""
        way = _Way(self._classes)
        queue = deque(Step(symbol, 0) for symbol in starts)
        while queue:
            step = queue.popleft()
            if step.symbol in way.visited:
                continue
            way.visited.add(step.symbol)
            use = self.use(step.symbol) if step.before else self.named_in(step.symbol)
            if use:
                return Found(step, use)
            for symbol in way.after(step.symbol, self._facts_of(step.symbol)):
                in_test = self._is_test_code(symbol.file)
                hops = step.hops + (not in_test and self._is_function(symbol))
                if symbol not in way.visited and hops <= MOST_HOPS:
                    (queue.appendleft if hops == step.hops else queue.append)(
                        Step(symbol, hops, step)
                    )
        return None

    def named_in(self, symbol: Symbol) -> str:
        """What of the focus a test, or a fixture, names or uses; empty if nothing."""
        definition = self._definitions.get(*symbol)
        word = self._api.word_in(definition) if definition else ""
        # No record shows that an object was made whose class is generated: a dataclass.
        called = self._facts_of(symbol).called
        made = (
            self._held_by(s) for s in called if self._definitions.kind(s) is DefinitionKind.CLASS
        )
        return word or self.use(symbol) or next(filter(None, made), "")

    def use(self, symbol: Symbol) -> str:
        """What of the focus a function uses, or is; empty if it is none of it."""
        use = self._uses.get(symbol)
        if use is None:
            use = self._uses[symbol] = self._find_use(symbol)
        return use

    def _find_use(self, symbol: Symbol) -> str:
        definition = self._definitions.get(*symbol)
        if definition is None or definition.kind is not DefinitionKind.FUNCTION:
            return ""
        if self._api.is_own(symbol):
            return "a part of the API"
        if self._is_test_code(symbol.file):
            return self._api.called_in(definition) or self._api.named_by(symbol.file, definition)
        return self._api.used_by(symbol.file, definition)

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

    def _is_function(self, symbol: Symbol) -> bool:
        return self._definitions.kind(symbol) is DefinitionKind.FUNCTION

    def _facts_of(self, symbol: Symbol) -> _Facts:
        facts = self._facts.get(symbol)
        if facts is None:
            definition = self._definitions.get(*symbol)
            facts = self._facts[symbol] = (
                self._find_facts(symbol, definition) if definition else _Facts()
            )
        return facts

    def _find_facts(self, symbol: Symbol, definition: Definition) -> _Facts:
        if definition.kind is DefinitionKind.CLASS:
            return _Facts()
        # What a module or a binding does was done by its import, not by a test; but the
        # classes that it makes something of are those of its value.
        runs = definition.kind is DefinitionKind.FUNCTION
        chains = definition.names if runs else definition.direct.calls
        called: dict[Symbol, None] = {}
        attributes = dict.fromkeys(definition.attributes.names if runs else ())
        for chain in chains:
            found = self._classes.resolve(symbol.file, chain)
            attributes.update(dict.fromkeys(found.unresolved if runs else ()))
            for target in sorted(found.symbols):
                if runs or self._definitions.kind(target) is DefinitionKind.CLASS:
                    called[target] = None
        return _Facts(tuple(called), tuple(attributes), definition.attributes.on_self)


class _Way:
    """What one walk has met: a method is called by who has its class and says its name."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self.visited: set[Symbol] = set()
        self._met: dict[Symbol, None] = {}
        self._named: set[str] = set()

    def after(self, symbol: Symbol, facts: _Facts) -> Iterator[Symbol]:
        """What may run when a symbol does, as far as it was not met before."""
        yield from facts.called
        owner = Symbol(symbol.file, symbol.qualname.rpartition(".")[0])
        if owner.qualname:
            yield from self._members(owner, facts.on_self)
        new = [name for name in facts.attributes if name not in self._named]
        self._named.update(new)
        for klass in self._met if new else ():
            yield from self._members(klass, new)
        if self._is_class(symbol) and symbol not in self._met:
            self._met[symbol] = None
            yield from self._members(symbol, (*_RUN_WITH_CLASS, *self._named))

    def _is_class(self, symbol: Symbol) -> bool:
        return self._classes.definitions.kind(symbol) is DefinitionKind.CLASS

    def _members(self, klass: Symbol, names: Iterable[str]) -> Iterator[Symbol]:
        """The methods of these names that a class has, each as the nearest ancestor defines it."""
        if not self._is_class(klass):
            return
        ancestry = self._classes.ancestry(klass)
        for name in names:
            for ancestor in ancestry:
                member = self._classes.member_names(ancestor).get(name)
                if member:
                    yield Symbol(ancestor.file, member)
                    break
