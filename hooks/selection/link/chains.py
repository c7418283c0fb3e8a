"""Edges for the names that code uses: chains of attributes, comparisons with classes."""

from __future__ import annotations

from gardener.model import Symbol

from ..parse.summary import Definition, DefinitionKind
from .classes import Resolution
from .context import Context
from .mentions import assignment
from .nodes import ImportedModule, Node, attribute, module_value, type_check

_DECIDES_INSTANCES = {"__subclasshook__", "__instancecheck__", "__subclasscheck__", "__class__"}


class Chains:
    """Follows chains of names, and adds edges to all that they may mean."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.definitions = context.definitions
        self.classes = context.classes
        self._resolved: dict[tuple[str, str], Resolution] = {}

    def start_file(self) -> None:
        """Forget the chains of the file that was linked before: their facts are not this one's."""
        self._resolved.clear()

    def resolve(self, path: str, chain: str) -> Resolution:
        """What a chain means in a file; each is followed once for all that is asked of it."""
        key = (path, chain)
        resolution = self._resolved.get(key)
        if resolution is None:
            resolution = self._resolved[key] = self.classes.resolve(path, chain)
        return resolution

    def link(self, node: Node, path: str, chain: str) -> None:
        """Let a node depend on what a chain may mean in a file."""
        need = self.context.need
        symbols, unresolved, targets = self.resolve(path, chain)
        runs_at_import = bool(symbols) and self._runs_at_import(node)
        for symbol in symbols:
            need(node, symbol)
            if runs_at_import and self.definitions.kind(symbol) is DefinitionKind.REMOVED:
                need(Symbol(node.file, ""), symbol)
        for name in (*unresolved, *self._behind_replaced(chain)):
            need(node, attribute(name))
        if not symbols and not targets and "." in chain:
            # Outside the project, or a name that only run time can tell.
            root, *attributes = chain.split(".")
            if root not in self.context.summaries[path].aliases:
                for name in attributes:
                    need(node, attribute(name))
        folder = path.rpartition("/")[0]
        for target in targets:
            if isinstance(target, ImportedModule):
                for file in self.context.modules.resolve(target.name, folder):
                    need(node, module_value(file))

    def _behind_replaced(self, chain: str) -> list[str]:
        """Attributes in a chain behind a name in whose place some code stores something else."""
        parts = chain.split(".")
        for depth, part in enumerate(parts[:-1]):
            if assignment(part) in self.context.mentioned:
                return parts[depth + 1 :]
        return []

    def _runs_at_import(self, node: Node) -> bool:
        """Whether the names in a symbol, not the module itself, are looked up when it is imported."""
        if not isinstance(node, Symbol) or not node.qualname:
            return False
        return self.definitions.kind(node) in _EVALUATED

    def link_type_check(self, node: Node, path: str, chain: str) -> None:
        """Let a node depend on a class that it compares a value with.

        That makes no instance of the class, so the chain itself is only followed where it may
        mean something else, or where the class runs code to tell what is an instance of it.
        """
        for target in self.resolve(path, chain).targets:
            if (
                not isinstance(target, Symbol)
                or self.definitions.kind(target) is not DefinitionKind.CLASS
                or self._decides_instances(target)
            ):
                self.link(node, path, chain)
                return
            self.context.need(node, type_check(target))

    def _decides_instances(self, klass: Symbol) -> bool:
        """Whether a class may run code to tell what is an instance of it."""
        return any(
            base.startswith("?") or base.rpartition(".")[2] in ("Protocol", "ABCMeta")
            for base in self.classes.outside(klass)
        ) or any(
            not _DECIDES_INSTANCES.isdisjoint(self.classes.member_names(ancestor))
            for ancestor in self.classes.ancestry(klass)
        )

    def link_handed(self, symbol: Symbol, definition: Definition) -> None:
        """Let a symbol depend on all methods of the objects that it hands to a library."""
        for chain in definition.handed:
            for target in self.resolve(symbol.file, chain).targets:
                if isinstance(target, Symbol) and (
                    self.definitions.kind(target) is DefinitionKind.CLASS
                ):
                    self._link_methods(symbol, target)

    def _link_methods(self, symbol: Symbol, klass: Symbol) -> None:
        for ancestor in self.classes.ancestry(klass):
            for name, qualname in self.classes.member_names(ancestor).items():
                method = Symbol(ancestor.file, qualname)
                if name[:1] != "_" and self.definitions.kind(method) is DefinitionKind.FUNCTION:
                    self.context.need(symbol, method)

    def link_gone(self, path: str, definition: Definition) -> None:
        """Let the module depend on what is gone and is read while it runs: it stops the import."""
        chains = (*definition.header.decorators, *definition.header.annotations)
        if definition.kind is not DefinitionKind.FUNCTION:
            chains += (*definition.names, *definition.header.bases)
        # Followed also where nothing is gone, so that it is known which files this one looks at.
        for chain in chains:
            for symbol in self.resolve(path, chain).symbols:
                if symbol in self.context.names.gone:
                    self.context.need(Symbol(path, ""), symbol)

    def called(self, path: str, definition: Definition) -> tuple[Symbol, ...]:
        """The functions and classes of the project that a body calls itself."""
        callees: dict[Symbol, None] = {}
        for chain in definition.direct.calls:
            for target in self.resolve(path, chain).targets:
                if isinstance(target, Symbol) and self.definitions.kind(target) in _CALLABLE:
                    callees[target] = None
        return tuple(callees)

    def touched(self, path: str, definition: Definition) -> tuple[Node, ...]:
        """Attributes of the project's objects that a body uses itself."""
        names, direct = self.context.names, definition.direct
        nodes: dict[Node, None] = dict.fromkeys(map(attribute, direct.attributes))
        owner = definition.name.rpartition(".")[0]
        for name in direct.on_self:
            nodes.update(dict.fromkeys(self.context.self_attribute(path, owner, name)))
        for chain in direct.imported:
            root, *attributes = chain.split(".")
            if any(map(names.in_project, names.lookup(path, root))):
                nodes.update(dict.fromkeys(map(attribute, attributes)))
        return tuple(nodes)


_CALLABLE = (DefinitionKind.FUNCTION, DefinitionKind.CLASS)
_EVALUATED = (DefinitionKind.BINDING, DefinitionKind.CLASS)
