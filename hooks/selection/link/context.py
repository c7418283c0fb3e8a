"""What linking knows of the project, and the edges of the file that is being linked."""

from __future__ import annotations

from collections.abc import Container, Mapping

from gardener.model import Symbol
from gardener.pytest_config.settings import Layout

from ..parse.summary import DefinitionKind, Summary
from .classes import Classes
from .fixtures import Fixtures
from .imports import Modules
from .names import Names
from .nodes import Node, attribute, self_attribute
from .plugins import Plugins

Edges = dict[Node, dict[Node, None]]
"""From each node to what it may run or read, in the order in which that was found."""


class Context:
    """The project as all parts of the linker see it.

    `tests` are the files with tests, `mentioned` all names that any code mentions. `edges`
    are those of the file that is being linked.
    """

    def __init__(
        self,
        summaries: Mapping[str, Summary],
        modules: Modules,
        layout: Layout,
        tests: Container[str],
        mentioned: Container[str],
        names: Names,
    ) -> None:
        self.summaries = summaries
        self.modules = modules
        self.layout = layout
        self.tests = tests
        self.mentioned = mentioned
        self.names = names
        self.definitions = names.definitions
        self.classes = Classes(names)
        self.plugins = Plugins(summaries, modules, layout)
        self.fixtures = Fixtures(names, self.plugins)
        self.edges: Edges = {}

    def need(self, node: Node, dependency: Node) -> None:
        """Note that `node` may run or read `dependency`."""
        if node != dependency:
            self.edges.setdefault(node, {})[dependency] = None

    def need_module(self, node: Node, file: str) -> None:
        """Note that `node` may import a module, and with it the packages around it."""
        self.need(node, Symbol(file, ""))
        for package in self.modules.ancestors(file):
            self.need(node, Symbol(package, ""))

    def self_attribute(self, path: str, owner: str, name: str) -> list[Node]:
        """What an attribute of `self` may mean in a method of `owner`, which may be no class."""
        klass = Symbol(path, owner)
        if not owner or self.definitions.kind(klass) is not DefinitionKind.CLASS:
            return [attribute(name)]
        nodes: list[Node] = [self_attribute(klass, name)]
        if any(map(self.classes.is_uncertain, self.classes.related(klass))):
            nodes.append(attribute(name))
        return nodes
