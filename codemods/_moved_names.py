"""The command behind `moved-names`: which names of the table a file uses, and how they change."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.metadata import BuiltinScope, ClassScope, GlobalScope

from gardener.codemod.command import RUN, Command, Run
from gardener.codemod.import_changes import only
from gardener.codemod.imports import with_name
from gardener.codemod.meaning import Bound
from gardener.codemod.project import Project
from gardener.codemod.tree import NodeIndex

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
        for statement in self.index.find(cst.ImportFrom):
            self._import_from(statement)
        names = {row.name for row in self.rows.values()}
        attributes = [n for n in self.index.find(cst.Attribute) if n.attr.value in names]
        self.patched = {self.meaning(node) for node in attributes if self._is_target(node)}
        for node in attributes:
            self._attribute(node)
        for alias, modules in self.wanted_modules.items():
            self._import_modules(alias, modules)

    # --- from m import a --------------------------------------------------------------------

    def _import_from(self, node: cst.ImportFrom) -> None:
        if node.relative or node.module is None or isinstance(node.names, cst.ImportStar):
            return
        module = self.code(node.module)
        moves: list[tuple[cst.ImportAlias, MovedName]] = []
        for alias in node.names:
            row = self.rows.get(f"{module}.{alias.evaluated_name}")
            if row is None or self._is_configured(row) or not self._may_move(node, row):
                continue
            local = alias.evaluated_alias or alias.evaluated_name
            if row.in_annotations and not self._all_in_annotations(local):
                continue
            if self._is_patched(node, row):
                continue
            moves.append((alias, row))
        line = self.index.parent.get(node)
        if moves and isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
            self._move(node, moves)

    def _is_configured(self, row: MovedName) -> bool:
        """Rules of the project: its imports are the other codemod's work."""
        return not row.link

    def _move(self, node: cst.ImportFrom, moves: list[tuple[cst.ImportAlias, MovedName]]) -> None:
        assert not isinstance(node.names, cst.ImportStar)
        new: dict[str, list[tuple[str, str]]] = defaultdict(list)
        in_place: dict[cst.ImportAlias, tuple[str, str]] = {}
        for alias, row in moves:
            written = (row.new_name, self._local(alias, row))
            if row.new_module == row.module:
                in_place[alias] = written
            else:
                new[row.new_module].append(written)
        moved_away = [alias for alias, row in moves if row.new_module != row.module]
        line = self.index.parent[node]
        siblings = {module: self._sibling(node, module) for module in new}
        all_gone = len(moved_away) == len(node.names)
        if all_gone and len(new) == 1:
            ((module, names),) = new.items()
            if siblings[module] is None or self._has_comment(line):
                renamed = dict(zip(moved_away, names, strict=True))
                self.change(node, lambda old: _renamed(node, old, renamed, module))
                return
        if in_place:
            self.change(node, lambda old: _renamed(node, old, in_place, ""))
        if not moved_away:
            return
        rest = {}
        for module, names in new.items():
            sibling = siblings[module]
            if sibling is None:
                rest[module] = names
            else:
                self.change(sibling, partial(_with_names, names=names))
        self.change(line, lambda old: _split(old, node, moved_away, rest, all_gone=all_gone))

    def _has_comment(self, line: cst.CSTNode) -> bool:
        return isinstance(line, cst.SimpleStatementLine) and "#" in self.code(line)

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

    def _sibling(self, node: cst.ImportFrom, module: str) -> cst.ImportFrom | None:
        """An import from a module at the same level, in the same run of imports."""
        line = self.index.parent[node]
        block = self.index.parent[line]
        body = list(getattr(block, "body", []))
        here = body.index(line)
        for number, other in enumerate(body):
            between = body[min(here, number) : max(here, number) + 1]
            if not all(map(_is_import, between)) or other is line:
                continue
            for part in getattr(other, "body", ()):
                if isinstance(part, cst.ImportFrom) and part.module and not part.relative:
                    star = isinstance(part.names, cst.ImportStar)
                    if self.code(part.module) == module and not star and not self.protected(part):
                        return part
        return None

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
        for bound in self.names.visible(node):
            if bound.kind == "import" and bound.target == row.new_module:
                return bound.name
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
        first = scope = self.names.scope(node)
        while not isinstance(scope, (GlobalScope, BuiltinScope)):
            is_seen = scope is first or not isinstance(scope, ClassScope)
            bindings = self.names.own(scope).get(name, ())
            if is_seen and any(bound.node is not statement for bound in bindings):
                return True
            scope = scope.parent
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
        line = self.index.parent[statement]
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
            self.change(line, lambda old: cst.FlattenSentinel([old, *map(_import_line, modules)]))

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


def _is_import(line: cst.CSTNode) -> bool:
    body = getattr(line, "body", ())
    return isinstance(line, cst.SimpleStatementLine) and all(
        isinstance(part, (cst.Import, cst.ImportFrom)) for part in body
    )


def _dotted(name: str) -> cst.Name | cst.Attribute:
    expression = cst.parse_expression(name)
    assert isinstance(expression, (cst.Name, cst.Attribute))
    return expression


def _alias(name: str) -> cst.ImportAlias:
    return cst.ImportAlias(_dotted(name))


def _import_line(module: str) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Import([_alias(module)])])


def _as(alias: cst.ImportAlias, name: str, local: str) -> cst.ImportAlias:
    """An alias that imports another name, known to the file as `local`."""
    if local == name and alias.asname is None:
        return alias.with_changes(name=cst.Name(name))
    asname = alias.asname or cst.AsName(cst.Name(local))
    return alias.with_changes(name=cst.Name(name), asname=asname)


def _renamed(
    original: cst.ImportFrom,
    node: cst.ImportFrom,
    written: dict[cst.ImportAlias, tuple[str, str]],
    module: str,
) -> cst.ImportFrom:
    """The import with other names, from another module if one is given."""
    assert not isinstance(node.names, cst.ImportStar)
    assert not isinstance(original.names, cst.ImportStar)
    names = [
        _as(now, *written[before]) if before in written else now
        for before, now in zip(original.names, node.names, strict=True)
    ]
    node = node.with_changes(names=names)
    return node.with_changes(module=_dotted(module)) if module else node


def _with_names(node: cst.ImportFrom, names: list[tuple[str, str]]) -> cst.ImportFrom:
    assert not isinstance(node.names, cst.ImportStar)
    for name, local in names:
        imported = {(a.evaluated_name, a.evaluated_alias or a.evaluated_name) for a in node.names}
        if (name, local) not in imported:
            node = with_name(node, name, local)
    return node


def _split(
    line: cst.SimpleStatementLine,
    original: cst.ImportFrom,
    moved_away: list[cst.ImportAlias],
    rest: dict[str, list[tuple[str, str]]],
    *,
    all_gone: bool,
) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
    """The line without names that moved, and lines that import them from their new homes."""
    assert not isinstance(original.names, cst.ImportStar)
    added = [_from_line(module, names) for module, names in rest.items()]
    if all_gone and len(line.body) == 1:
        if not added:
            return cst.RemoveFromParent()
        added[0] = added[0].with_changes(
            leading_lines=line.leading_lines, trailing_whitespace=line.trailing_whitespace
        )
        return cst.FlattenSentinel(added)
    body = [part for part in line.body if not (all_gone and isinstance(part, cst.ImportFrom))]
    if not all_gone and moved_away:
        keep = [n for n, alias in enumerate(original.names) if alias not in moved_away]
        body = [only(part, keep) if isinstance(part, cst.ImportFrom) else part for part in body]
    return cst.FlattenSentinel([line.with_changes(body=body), *added])


def _from_line(module: str, names: list[tuple[str, str]]) -> cst.SimpleStatementLine:
    aliases = []
    for name, local in names:
        asname = None if local == name else cst.AsName(cst.Name(local))
        aliases.append(cst.ImportAlias(cst.Name(name), asname))
    return cst.SimpleStatementLine([cst.ImportFrom(_dotted(module), aliases)])
