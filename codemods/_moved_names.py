"""The command behind `moved-names`: which names of the table a file uses, and how they change."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import libcst as cst
from libcst.codemod import CodemodContext

from gardener.codemod.command import RUN, Command, Run
from gardener.codemod.meaning import Bound
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.project import Project

from ._import_edits import ImportEdits
from ._import_shapes import Move, dotted
from ._moved_table import MovedName, holding
from ._patches import patched_in

_WAITS = re.compile(
    r"\bwarns\(|deprecated_call\(|assertWarns\w*\(|\brecwarn\b|catch_warnings\(\s*record"
    r"|[rR]aises\w*\(\s*\(?[^()]*Warning|filterwarnings\(\s*[\"']error|\w*[wW]arning\w*\([\"']"
)
_BRANCHES = (cst.Try, cst.TryStar, cst.If, cst.IfExp)


class MovedNames(Command):
    """Use names of Python and of libraries where they are now."""

    NAME = "moved-names"
    CODES = ("UP035", "G010", "LOG009")

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        self.rows: dict[str, MovedName] = {}
        given = context.scratch.get(RUN)
        if isinstance(given, Run):
            self.rows = holding(given.project, given.file.path, given.file.data)
            self.WORDS = _words(self.rows.values())
        self.taken: set[cst.CSTNode] = set()
        self.patched: set[str] = set()
        self.edits: ImportEdits
        self.wanted_modules: dict[cst.ImportAlias, list[str]] = defaultdict(list)

    @classmethod
    def keeps(cls, source: bytes, path: str, project: Project) -> re.Pattern[bytes] | None:
        """The old and the new names, and the new modules."""
        rows = holding(project, path, source).values()
        texts = {text for row in rows for text in (row.name, row.new_name, row.new_module)}
        shapes = "|".join(re.escape(text) for text in sorted(texts))
        return re.compile(rf"\b(?:{shapes})\b".encode()) if texts else None

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether there is any import to begin with."""
        return any(index.find(cst.Import, cst.ImportFrom))

    def find(self, module: cst.Module) -> None:
        """Find the imports and the attributes that name something that moved."""
        del module
        self.taken.clear()
        self.wanted_modules.clear()
        self.rows = self.rows or holding(self.project, self.file.path, self.file.data)
        if not self.rows:
            return
        self.edits = ImportEdits(self)
        for statement in self.index.find(cst.ImportFrom):
            self._import_from(statement)
        names = {row.name for row in self.rows.values()}
        attributes = [n for n in self.index.find(cst.Attribute) if n.attr.value in names]
        self.patched = {self.meaning(node) for node in attributes if self._is_target(node)}
        for node in attributes:
            self._attribute(node)
        for alias, modules in self.wanted_modules.items():
            self._import_modules(alias, modules)
        self.edits.finish()

    # --- from m import a --------------------------------------------------------------------

    def _import_from(self, node: cst.ImportFrom) -> None:
        if node.relative or node.module is None or isinstance(node.names, cst.ImportStar):
            return
        module = self.code(node.module)
        moves: list[Move] = []
        for alias in node.names:
            row = self.rows.get(f"{module}.{alias.evaluated_name}")
            if row is None or self._is_configured(row) or not self._may_move(node, row):
                continue
            local = alias.evaluated_alias or alias.evaluated_name
            if row.in_annotations and not self._all_in_annotations(local):
                continue
            if self._is_patched(node, row):
                continue
            local = self._local(alias, row)
            asname = local if alias.asname or local != row.new_name else ""
            moves.append(Move(alias, row.new_module, row.new_name, asname))
        if moves and self.edits.line_of(node) is not None:
            self.edits.move(node, moves)

    def _is_configured(self, row: MovedName) -> bool:
        """Rules of the project: its imports are the other codemod's work."""
        return not row.link

    def _local(self, alias: cst.ImportAlias, row: MovedName) -> str:
        """The name that the file calls it by after the change; uses are renamed where they can be."""
        if alias.evaluated_alias:
            return alias.evaluated_alias
        old, new = row.name, row.new_name
        if old == new:
            return new
        bound = self.names.bound_anywhere(old)
        in_strings = any(old in text.value for text in self.index.find(cst.SimpleString))
        if (
            len(bound) != 1
            or self.names.bound_anywhere(new)
            or in_strings
            or self.is_given_away(old)
        ):
            return old
        for name in self.index.find(cst.Name):
            above = self.index.parent[name]
            if name.value == old and not isinstance(above, (cst.ImportAlias, cst.Arg)):
                if not (isinstance(above, cst.Attribute) and above.attr is name):
                    self.change(name, lambda use: use.with_changes(value=new))
            elif name.value == old and isinstance(above, cst.Arg) and above.keyword is not name:
                self.change(name, lambda use: use.with_changes(value=new))
        return new

    # --- m.a ------------------------------------------------------------------------------------

    def _attribute(self, node: cst.Attribute) -> None:
        row = self.rows.get(self.meaning(node))
        if row is None or self.meaning(node.value) != row.module:
            return
        if not self._may_move(node, row):
            return
        if row.old in self.patched:  # who reads the new name would not see the other value
            if self._is_target(node):
                self.note(node, f"{row.old} is now {row.new}: its uses stay, as it is patched here")
            return
        if row.in_annotations and not self._module_in_annotations(row):
            return
        if self._is_patched(node, row):
            return
        if row.new_module == row.module:
            renamed = cst.Name(row.new_name)
            self.change(node, lambda old: old.with_changes(attr=renamed))
            return
        text = self._reached(node, row)
        if text:
            expression = cst.parse_expression(f"{text}.{row.new_name}")
            self.taken.add(node)
            self.change(node, lambda old: expression.with_changes(lpar=old.lpar, rpar=old.rpar))
        else:
            self.note(node, f"{row.old} is now {row.new}")

    def _is_target(self, node: cst.CSTNode) -> bool:
        """Whether a statement gives what a node names another value, or deletes it."""
        inner = node
        for above in self.index.ancestors(node):
            if not isinstance(above, (cst.BaseElement, cst.Tuple, cst.List)):
                return inner in (getattr(above, "target", None), getattr(above, "name", None))
            inner = above
        return False

    def _reached(self, node: cst.Attribute, row: MovedName) -> str:
        """How the new module is written at a place; '' = it cannot be reached there."""
        for target, name in self.names.seen(node, (row.new_module,)):
            if target == row.new_module:
                return name
        root = _root(node)
        alias = self._alias_of(root)
        if alias is None:
            return ""
        new_root = row.new_module.partition(".")[0]
        rivals = [b for b in self.names.bound_anywhere(new_root) if b.target != new_root]
        if rivals or self._is_hidden(node, new_root, alias):
            return ""
        if row.new_module not in self.wanted_modules[alias]:
            self.wanted_modules[alias].append(row.new_module)
        return row.new_module

    def _is_hidden(self, node: cst.Attribute, name: str, alias: cst.ImportAlias) -> bool:
        """Whether a name that is imported beside an alias may have no value yet where it is used."""
        statement = self.index.parent[alias]
        bindings = self.names.lookup(name, self.names.scope(node))
        inner = (bound for bound in bindings if bound.scope and self.names.holder(bound.scope))
        if any(bound.node is not statement for bound in inner):
            return True
        home = self.names.holder(self.names.scope(statement))
        return home is not None and any(  # what means another scope's until now
            use.value == name
            and self.index.order[use] < self.index.order[statement]
            and home in self.index.ancestors(use)
            for use in self.index.find(cst.Name)
        )

    def _alias_of(self, root: cst.Name) -> cst.ImportAlias | None:
        """The one top-level `import m` that binds a name."""
        bindings: list[Bound] = self.names.bound(root)
        if len(bindings) != 1 or not isinstance(bindings[0].node, cst.Import):
            return None
        statement = bindings[0].node
        if self.names.scope(statement) is not bindings[0].scope:  # `global m; import m`
            return None
        line = self.index.parent[statement]
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return None
        for alias in statement.names:
            local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
            if local == root.value:
                return alias
        return None

    def _import_modules(self, alias: cst.ImportAlias, modules: list[str]) -> None:
        """Import new modules beside an old one, or in its place if it is needed no more."""
        statement = self.index.parent[alias]
        present = set(self._imported_before(min(map(self.index.order.__getitem__, self.taken))))
        modules = [module for module in modules if module not in present]
        needed = self._needed(alias)
        assert isinstance(statement, cst.Import)
        alone = len(statement.names) == 1
        if not needed and alone and modules:
            first, *rest = modules
            self.change(statement, lambda old: old.with_changes(names=[_alias(first)]))
            modules = rest
        if modules:
            self.edits.append(statement, list(map(_import_line, modules)))

    def _imported_before(self, place: int) -> Iterator[str]:
        """Modules that `import m` surely gives the file before a place: not in a function or an `if`."""
        for statement in self.index.find(cst.Import):
            is_top = self.index.parent.get(self.index.parent[statement]) is self.index.module
            if is_top and self.index.order[statement] < place:
                yield from (a.evaluated_name for a in statement.names if a.asname is None)

    def _needed(self, alias: cst.ImportAlias) -> bool:
        """Whether the file, or another one, uses the name of an import for more than moved names."""
        local = alias.evaluated_alias or alias.evaluated_name.partition(".")[0]
        if "." in alias.evaluated_name or self.is_given_away(local):
            return True
        if any(local in text.value for text in self.index.find(cst.SimpleString)):
            return True
        if self.file.left_out(local):
            return True
        for name in self.index.find(cst.Name):
            if name.value != local:
                continue
            above = self.index.parent[name]
            if isinstance(above, (cst.ImportAlias, cst.AsName)):
                if above is not alias and self.index.parent[above] is not alias:
                    return True
                continue
            if isinstance(above, cst.ImportFrom):
                continue
            if isinstance(above, cst.Attribute) and above.attr is name:
                continue
            if not any(around in self.taken for around in self.index.ancestors(name)):
                return True
        return False

    # --- what keeps away ----------------------------------------------------------------------------

    def _may_move(self, node: cst.CSTNode, row: MovedName) -> bool:
        """Whether nothing around a place speaks against the change."""
        if self.protected(node):
            return False
        for above in self.index.ancestors(node):
            if isinstance(above, cst.With):
                if any(_WAITS.search(self.code(item.item)) for item in above.items):
                    return False
            elif isinstance(above, cst.FunctionDef):
                if _WAITS.search(self.code(above)):
                    return False
            elif isinstance(above, _BRANCHES) and self._is_choice(above, row):
                return False
        return True

    def _is_patched(self, node: cst.CSTNode, row: MovedName) -> bool:
        """Whether a file puts something else in the place of the old name, which is noted."""
        key = f"who patches {row.old}"
        where = self.project.memo(key, lambda: patched_in(self.project, row.module, row.name))
        if where and where != self.file.path:
            self.note(node, f"{row.old} is now {row.new}: it stays, as {where} patches it")
        elif where:
            self.note(node, f"{row.old} is now {row.new}: it stays, as this file patches it")
        return bool(where)

    def _is_choice(self, branch: cst.CSTNode, row: MovedName) -> bool:
        """Whether a branch knows the new name too, or asks for a version."""
        code = self.code(branch)
        if row.new_name != row.name:
            return bool(re.search(rf"\b{row.new_name}\b", code))
        return row.new_module in code or f'"{row.name}"' in code or f"'{row.name}'" in code

    def _all_in_annotations(self, local: str) -> bool:
        """Whether a name of the file is used in annotations alone."""
        self.sees(local)
        uses = [n for n in self.index.find(cst.Name) if n.value == local]
        return all(
            isinstance(self.index.parent[use], (cst.ImportAlias, cst.AsName))
            or any(isinstance(a, cst.Annotation) for a in self.index.ancestors(use))
            for use in uses
        )

    def _module_in_annotations(self, row: MovedName) -> bool:
        """Whether a name is read from its module in annotations alone."""
        uses = (a for a in self.index.find(cst.Attribute) if a.attr.value == row.name)
        return all(
            any(isinstance(a, cst.Annotation) for a in self.index.ancestors(u)) for u in uses
        )


def _words(rows: Iterable[MovedName]) -> re.Pattern[str]:
    """The names in question: old and new ones, and the parts of their modules."""
    names = {part for row in rows for dotted in (row.old, row.new) for part in dotted.split(".")}
    return re.compile(rf"^(?:{'|'.join(sorted(names))})$")


def _root(node: cst.Attribute) -> cst.Name:
    """The name that an expression with dots begins with."""
    value: cst.BaseExpression = node
    while isinstance(value, cst.Attribute):
        value = value.value
    assert isinstance(value, cst.Name)
    return value


def _alias(name: str) -> cst.ImportAlias:
    return cst.ImportAlias(dotted(name))


def _import_line(module: str) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Import([_alias(module)])])
