"""Edges of classes: to their bases, and to members that run without being named."""

from __future__ import annotations

from typing import NamedTuple

from gardener.model import Symbol
from gardener.pytest_config.settings import name_fits

from ..parse.operators import OPERATORS
from ..parse.summary import Definition, DefinitionKind
from .classes import is_quiet
from .context import Context

_FILE = {"read", "read1", "readline", "readlines", "readinto", "readinto1", "readall", "peek", "write",
         "writelines", "close", "aclose", "flush", "seek", "tell", "fileno", "isatty", "readable", "writable",
         "seekable", "truncate", "detach", "closed", "name", "mode", "encoding", "errors", "newlines", "buffer",
         "getvalue"}  # fmt: skip
_MAPPING = {"keys", "items", "values", "get"}
_SEQUENCE = {"index", "count"}
_SOCKET = {"recv", "recv_into", "send", "sendall", "sendto", "recvfrom", "close", "shutdown", "fileno", "makefile",
           "settimeout", "gettimeout", "setblocking", "getsockname", "getpeername", "setsockopt"}  # fmt: skip
_QUEUE = {"put", "get", "put_nowait", "get_nowait", "empty", "full", "qsize", "task_done", "join"}
_GENERATOR = {"send", "throw", "close", "asend", "athrow", "aclose"}
_LOCK = {"acquire", "release"}


class Protocol(NamedTuple):
    """Methods that other libraries call on whatever looks like an object of this kind.

    A class with one of the methods in `signs` looks like it; they then may call `methods`.
    """

    signs: set[str]
    methods: set[str]


_PROTOCOLS = (
    Protocol({"read", "read1", "readline", "readinto", "write", "fileno", "readable", "writable"}, _FILE),
    Protocol({"keys", "__getitem__"}, _MAPPING),
    Protocol({"__getitem__"}, _SEQUENCE),
    Protocol({"recv", "sendall", "makefile"}, _SOCKET),
    Protocol({"put_nowait", "get_nowait", "task_done"}, _QUEUE),
    Protocol({"__next__", "__anext__", "__await__", "__iter__", "__aiter__"}, _GENERATOR),
    Protocol({"acquire"}, _LOCK),
)  # fmt: skip
_PLAIN_BASES = {"object", "Generic", "Protocol", "ABC"}


class _Traits(NamedTuple):
    """What of a class decides which of its members run without being named.

    `framework` is a base outside the project that may call any of them. A `plain` class has
    no base with operators of its own. `in_test` says that it lies in a file of tests.
    """

    framework: str
    plain: bool
    in_test: bool
    protocol_methods: set[str]


class ClassMembers:
    """Adds the edges of classes."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.classes = context.classes
        self.definitions = context.definitions

    def link(self, klass: Symbol) -> None:
        """Let a class depend on its bases and members, and bases on subclasses that they keep."""
        traits = self._traits(klass)
        bases = self.classes.direct_bases(klass)
        for base in bases:
            self.context.need(klass, base)
        registers = self._link_init_subclass(klass)
        kept = registers or self.classes.may_be_kept(klass)
        if kept or "__subclasses__" in self.context.mentioned:
            for base in bases:
                self.context.need(base, klass)
        definitions = self.definitions[klass.file]
        for name, qualname in self.classes.member_names(klass).items():
            if self._runs_unnamed(klass, name, definitions[qualname], traits):
                self.context.need(klass, Symbol(klass.file, qualname))

    def _link_init_subclass(self, klass: Symbol) -> bool:
        """Whether the class statement runs `__init_subclass__`, which may keep the new class."""
        module = Symbol(klass.file, "")
        runs = False
        for ancestor in self.classes.ancestry(klass):
            if "__init_subclass__" in self.classes.member_names(ancestor):
                hook = Symbol(ancestor.file, f"{ancestor.qualname}.__init_subclass__")
                self.context.need(module, hook)
                self.context.need(module, ancestor)
                runs = True
        return runs

    def _traits(self, klass: Symbol) -> _Traits:
        in_test = klass.file in self.context.tests
        plain = not in_test and all(
            base.rpartition(".")[2] in _PLAIN_BASES and is_quiet(base)
            for base in self.classes.outside(klass)
        )
        methods = {
            name
            for related in self.classes.related(klass)
            for name in self.classes.member_names(related)
        }
        protocols = (p.methods for p in _PROTOCOLS if not p.signs.isdisjoint(methods))
        framework = self.classes.framework_calls(klass)
        return _Traits(framework, plain, in_test, set().union(*protocols))

    def _runs_unnamed(self, klass: Symbol, name: str, member: Definition, traits: _Traits) -> bool:
        """Whether a member may run, wherever its class is used, though no code names it."""
        if traits.plain and name in OPERATORS and member.kind is DefinitionKind.FUNCTION:
            return False  # the operator names it
        if member.kind in (DefinitionKind.BINDING, DefinitionKind.CLASS):
            return True
        if name.startswith("_") and name.endswith("_"):
            return True
        if traits.in_test:
            settings = self.context.layout.of_folder(klass.file.rpartition("/")[0])
            if name_fits(name, settings.python_functions):
                return False  # it is a test itself
        return (
            bool(traits.framework)
            or "." in klass.qualname  # an adapter made for something else
            or name in traits.protocol_methods
            or name not in self.context.mentioned
            or _delegates(name, member)
        )


def _delegates(name: str, method: Definition) -> bool:
    """Whether a method only calls that of the same name of what its object holds.

    Then something outside the project knows that name: `def handle(self, *args): return
    self.inner.handle(*args)`.
    """
    used = method.attributes
    stores = used.stores or used.assigned
    return (
        {*used.names} - {"__await__"} == {name}
        and len(used.on_self) == 1
        and not (stores or method.names or method.strings.identifiers)
    )
