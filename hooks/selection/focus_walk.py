"""Follows what a test calls, symbol by symbol, to the functions that use the API of a focus.

This is the graph of symbols, but only as much of it as a test leads to, and only the ways on
which something runs: an object that owns a handler is not followed to the handler, for that runs
when a client connects, and the client is what the test calls. The walk ends after a few calls
within the code that is tested, for behind them everything is connected with everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gardener.model import Symbol

from .focus_nodes import Node, Nodes

MOST_HOPS = 2
"""How many calls into and within the code that is tested are followed."""


class Step(NamedTuple):
    """A symbol on the walk, and how it got there; `hops` counts those outside of test code."""

    node: Node
    hops: int
    before: Step | None = None

    @property
    def way(self) -> str:
        """The symbols from the test's own on, for the user."""
        names: list[str] = []
        step: Step | None = self
        while step:
            names.append(step.node.symbol.qualname)
            step = step.before
        return " > ".join(names[::-1])


class Found(NamedTuple):
    """A symbol that a test leads to, and why it is one of the focus."""

    step: Step
    use: str


class Walk:
    """Walks from tests, over nodes that all tests share."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    def find(self, starts: Iterable[Symbol]) -> Found | None:
        """The first function of the focus that these symbols of tests lead to, if there is one."""
        way = _Way(self._nodes)
        queue = deque(Step(self._nodes[symbol], 0) for symbol in starts)
        while queue:
            step = queue.popleft()
            node = step.node
            if node in way.visited:
                continue
            way.visited.add(node)
            use = self._nodes.use(node) if step.before else self._nodes.named_in(node)
            if use:
                return Found(step, use)
            for following in way.after(node):
                hops = step.hops + following.cost
                if hops <= MOST_HOPS and following not in way.visited:
                    (queue.append if following.cost else queue.appendleft)(
                        Step(following, hops, step)
                    )
        return None


class _Way:
    """What one walk has met: a method is called by who has its class and says its name."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self.visited: set[Node] = set()
        self._met: dict[Node, None] = {}
        self._named: set[str] = set()

    def after(self, node: Node) -> Iterator[Node]:
        """What may run when a symbol does, as far as it was not met before."""
        calls = self._nodes.calls(node)
        yield from calls.called
        yield from calls.own
        new = calls.attributes - self._named
        if new:
            self._named |= new
            for klass in self._met:
                yield from self._members(klass, new)
        if node.is_class and node not in self._met:
            self._met[node] = None
            yield from self._nodes.run_with(node)
            yield from self._members(node, self._named)

    def _members(self, klass: Node, names: AbstractSet[str]) -> list[Node]:
        """The methods of these names that a class has; in an order that is always the same."""
        members = self._nodes.members(klass)
        return [members[name] for name in sorted(names & members.keys())]
