"""A definition in the making: what its code mentions, while it is read."""

from __future__ import annotations

from collections.abc import Iterable

from .summary import Attributes, Definition, DefinitionKind, Direct, Header, Strings


class Body:
    """Collects what one definition mentions, in the order of mention.

    The dictionaries are ordered sets; they hold what the fields of these names in `Definition`,
    `Attributes`, `Strings`, `Direct` and `Header` do.
    """

    def __init__(self, name: str, kind: DefinitionKind) -> None:
        self.name = name
        self.kind = kind
        self.names: dict[str, None] = {}
        self.compared: dict[str, None] = {}
        self.passed_to: dict[str, None] = {}
        self.handed: dict[str, None] = {}
        self.inspected: dict[str, None] = {}
        self.called: dict[str, None] = {}
        self.attributes: dict[str, None] = {}
        self.attributes_on_self: dict[str, None] = {}
        self.assigned: dict[str, None] = {}
        self.stores = False
        self.identifiers: dict[str, None] = {}
        self.dotted: dict[str, None] = {}
        self.commands: dict[str, None] = {}
        self.texts: dict[str, None] = {}
        self.calls: dict[str, None] = {}
        self.direct_attributes: dict[str, None] = {}
        self.direct_on_self: dict[str, None] = {}
        self.direct_imported: dict[str, None] = {}
        self.parameters: tuple[str, ...] = ()
        self.bases: tuple[str, ...] = ()
        self.computed_base = False
        self.class_arguments = False
        self.decorators: dict[str, None] = {}
        self.computed_decorator = False
        self.annotations: dict[str, None] = {}
        self.dynamic_imports: dict[str, None] = {}
        self.spec_lookups: dict[str, None] = {}
        self.local_imports: dict[int, None] = {}
        self.fixture = ""
        self.autouse = False
        self.uses_globals = False
        self.is_coroutine = False
        self.asks_for_fixtures = 0
        """How often `getfixturevalue` is mentioned and not called: it is passed on."""
        self.deferred = 0
        """How many functions that do not run now are around what is being read."""

    def use(self, methods: Iterable[str]) -> None:
        """Note methods that run through an operator, a statement or a call that names none."""
        used = dict.fromkeys(methods)
        self.attributes.update(used)
        if not self.deferred:
            self.direct_attributes.update(used)

    def definition(self) -> Definition:
        """What was collected, in the form that is stored."""
        if self.asks_for_fixtures > 0:
            self.identifiers["*"] = None
        return Definition(
            name=self.name,
            kind=self.kind,
            names=tuple(self.names),
            compared=tuple(self.compared),
            passed_to=tuple(self.passed_to),
            handed=tuple(self.handed),
            inspected=self._inspected(),
            attributes=Attributes(
                tuple(self.attributes),
                tuple(self.attributes_on_self),
                tuple(self.assigned),
                self.stores,
            ),
            strings=Strings(
                tuple(self.identifiers),
                tuple(self.dotted),
                tuple(self.commands),
                tuple(self.texts),
            ),
            direct=Direct(
                tuple(self.calls),
                tuple(self.direct_attributes),
                tuple(self.direct_on_self),
                tuple(self.direct_imported),
            ),
            header=self._header(),
            dynamic_imports=tuple(self.dynamic_imports),
            spec_lookups=tuple(self.spec_lookups),
            local_imports=tuple(self.local_imports),
            fixture=self.fixture,
            autouse=self.autouse,
            uses_globals=self.uses_globals,
            is_coroutine=self.is_coroutine,
        )

    def _inspected(self) -> tuple[str, ...]:
        """What the source of is asked for; `*` stands for all that is named and not only called."""
        if "*" not in self.inspected:
            return tuple(self.inspected)
        beside = (name for name in self.names if name not in self.called)
        return tuple(dict.fromkeys((*self.inspected, *beside)))

    def _header(self) -> Header:
        return Header(
            self.parameters,
            self.bases,
            self.computed_base,
            self.class_arguments,
            tuple(self.decorators),
            self.computed_decorator,
            tuple(self.annotations),
        )
