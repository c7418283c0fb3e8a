"""Which functions run while test files are imported, before any test."""

from __future__ import annotations

from collections import defaultdict

from ..link.nodes import ATTRIBUTE, Node, owner
from ..parse.operators import NAMED_LATER, OPERATORS
from .graph import CLASS, COROUTINE, FUNCTION, MODULE, Net

_NOT_AT_IMPORT = {"__call__", "__repr__", "__str__", "__await__", "__aenter__", "__aexit__", "__del__",
                  "__aiter__", "__anext__", "__exit__", *OPERATORS, *NAMED_LATER}  # fmt: skip


class ImportTime:
    """Functions that probably run while the test files are imported.

    An error in one of these stops pytest before any test runs. Only what is called
    there and then counts, not what is merely passed on, so this is a narrower view than
    the graph: it decides about the tests that do not depend on such a function.
    """

    def __init__(self, net: Net, *, anew: bool = False) -> None:
        """Take over what `net` knows of it, or (where it does not, or if `anew`) find it."""
        self._net = net
        early = None if anew else net.early
        self._found: set[int] = set(early or ())
        self._made: set[int] = set()
        self._touched: set[int] = set()
        self._own: dict[int, set[int]] = defaultdict(
            set
        )  # by name: the classes that use it on self
        self._waiting: dict[int, set[int]] = defaultdict(set)
        if early is None:
            self._walk(self._modules())

    def found(self) -> list[int]:
        """All of them, as nodes of the net."""
        return sorted(self._found)

    def runs(self, node: Node) -> bool:
        """Whether a function (or a module) runs then."""
        return self._net.id(node) in self._found

    def _modules(self) -> set[int]:
        net = self._net
        found: set[int] = set()
        todo = list(net.roots)
        while todo:
            module = todo.pop()
            if module not in found:
                found.add(module)
                todo += [n for n in net.out(module) if n not in found and net.about(n)[0] == MODULE]
        return found

    def _walk(self, modules: set[int]) -> None:
        net = self._net
        queue = list(modules)
        while queue:
            node = queue.pop()
            if node in self._found or net.about(node)[0] not in (MODULE, FUNCTION):
                continue
            self._found.add(node)
            for other in net.calls(node):
                if net.about(other)[0] == CLASS:
                    queue += self._construct(other)
                else:
                    queue.append(other)
            for name in net.touches(node):
                if name not in self._touched:
                    self._touched.add(name)
                    queue += self._touch(name)

    def _touch(self, attribute: int) -> list[int]:
        """The methods of instances that this attribute may mean, an attribute of `self` or not."""
        net = self._net
        mark = net.node(attribute)
        if mark[0] == ATTRIBUTE:
            return list(self._waiting.get(attribute, ()))
        name, klass = net.id((ATTRIBUTE, mark[1])), net.id(owner(mark))
        self._own[name].add(klass)
        related = net.related(klass)
        return [n for n in self._waiting.get(name, ()) if net.about(n)[2] in related]

    def _construct(self, klass: int) -> list[int]:
        """What runs when a class is instantiated; notes its methods under the names that run them."""
        if klass in self._made:
            return []
        self._made.add(klass)
        net = self._net
        found = []
        for one in net.ancestry(klass):
            for name, node in net.members(one):
                kind, last, _ = net.about(node)
                if kind not in (FUNCTION, COROUTINE):
                    continue
                if (
                    name.startswith("__") and name not in _NOT_AT_IMPORT
                ):  # its constructor, and more
                    found.append(node)
                else:
                    self._waiting[last].add(node)
                    if last in self._touched or any(
                        one in net.related(user) for user in self._own.get(last, ())
                    ):
                        found.append(node)
        return found
