"""Import names from their new homes.

Rules come from `[[tool.gardener.codemods.deprecated-import]]`, from the deprecation warnings
of a recorded run (`--from-report`), and from the project's own modules: what they say with
`warnings.warn` and `@deprecated`, and where their `__getattr__` shims and re-exports lead.
`gardener fix --list-rules` shows them all.

A name is moved only if its new home truly defines it, and only if it is the same object there,
or the project's own warning names this very pair. A warning about one name of a module is no
rule for the others. Its local name stays, so that `__all__`, re-exports and
`patch("this.module.Name")` stay true. Comments, parentheses and the place in the file stay too.
An import in `try` is mended in place, and left alone where the fallback is the new one; so is
whatever waits for the warning (`pytest.warns`, `recwarn`, a helper of your own). Strings that name the old
module are rewritten where the same object is surely meant (`import_module("old").name`, a patch
of an attribute of a class that moved), and named in a note otherwise.

See https://docs.python.org/3/library/warnings.html and https://peps.python.org/pep-0702/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gardener.codemod.engine import Example
from gardener.codemod.source import Edit, Remark, Source

if TYPE_CHECKING:
    from gardener.codemod.project import Project
    from gardener.codemod.scopes import Binding, NameScope

    from ._rules import Home, Rule

TRACES = (b"eprecat",)
CODES = ("UP035",)
_OLD = (
    'import warnings\n\nfrom new import get_logger\n\nwarnings.warn(\n    "old is deprecated. '
    "Use 'from new import get_logger' instead.\",\n    DeprecationWarning,\n    stacklevel=2,\n)\n"
)
_FILES = {"new.py": "def get_logger(name):\n    return name\n", "old.py": _OLD}
EXAMPLES = (
    Example(
        "a name moves, its local name stays",
        "from old import get_logger  # one a module\n\nlog = get_logger(__name__)\n",
        "from new import get_logger  # one a module\n\nlog = get_logger(__name__)\n",
        files=_FILES,
    ),
    Example(
        "only the names that move, move",
        "from old import (\n    get_logger,\n    helper,\n)\n",
        "from old import (\n    helper,\n)\nfrom new import get_logger\n",
        files={"new.py": _FILES["new.py"], "old.py": _OLD + "\n\ndef helper(): ...\n"},
        note="helper",
    ),
    Example(
        "a fallback is left alone",
        "try:\n    from new import get_logger\nexcept ImportError:\n    from old import get_logger\n",
        files=_FILES,
    ),
    Example(
        "a string that names the old module is reported",
        'from unittest.mock import patch\n\nwith patch("old.get_logger"):\n    pass\n',
        files=_FILES,
        note="names the deprecated",
    ),
)


def NEEDLES(project: Project) -> tuple[bytes, ...]:  # noqa: N802 - the name that the machine asks for
    """Last parts of the names of deprecated modules; any import where they are not known yet."""
    from gardener.codemod.prefilter import deprecating_lasts, many

    if project.reports or not many(project):
        return (b"import",)
    lasts = deprecating_lasts(project, lambda file: _names_in(project, file))
    return tuple(sorted({*lasts, *_configured(project)}))


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file may import, or name in a string, something that a rule speaks of."""
    from gardener.codemod.prefilter import deprecating

    if project.reports or any(last in data for last in _configured(project)):
        return True
    return deprecating(data, path, project, lambda file: _names_in(project, file))


def _names_in(project: Project, file: str) -> frozenset[str]:
    """The names that a module deprecates, '' for the module itself."""
    from ._deprecations import deprecations

    return frozenset("" if d.name == "*" else d.name for d in deprecations(project, file))


def _configured(project: Project) -> set[bytes]:
    """Last parts of the names of modules that the configuration has rules for."""
    rules = project.config.codemods.deprecated_import
    modules = {rule.source.partition(":")[0].removesuffix(".*") for rule in rules}
    return {name.rpartition(".")[2].encode() for name in modules}


def rewrite(source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that import moved names from where they are now."""
    run = _Run(source, project)
    run.take_strings()
    for node in source.find(ast.stmt):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            run.take(node)
    yield from run.edits
    yield from run.remarks
    yield from run.told


class _Move(NamedTuple):
    """One name of a `from` import and its new home."""

    alias: ast.alias
    home: Home

    @property
    def written(self) -> str:
        """The name as it is written behind the new `import`."""
        local = self.alias.asname or self.alias.name
        if self.home.rule is not None and self.home.rule.before:
            return self.home.name  # every use is rewritten as well
        if self.alias.asname is None and self.home.name == local:
            return local
        return f"{self.home.name} as {local}"


class _Run:
    """The imports of one file."""

    def __init__(self, source: Source, project: Project) -> None:
        self.source = source
        self.project = project
        self.modules = project.modules
        self.path = project.full(source.path)
        self.own = project.modules.name(self.path)
        self.edits: list[Edit] = []
        self.remarks: list[Remark] = []
        self.told: list[Remark] = []
        self.renamed: set[ast.Constant] = set()
        self.merged: dict[ast.ImportFrom, list[str]] = {}

    def tell(self, node: ast.AST, message: str) -> None:
        line = getattr(node, "lineno", 1)
        self.remarks.append(Remark(line, message))

    def take(self, node: ast.Import | ast.ImportFrom) -> None:
        from ._awaited import awaited

        if self.source.protected(node) or awaited(self.source, node):
            return  # kept by a comment, or a test of the deprecation itself
        if isinstance(node, ast.ImportFrom):
            self._from(node)
        else:
            self._import(node)

    def _alternatives(self, node: ast.stmt) -> list[ast.AST]:
        """Other branches of what an import is a choice of: of `try`, or of `if` with an `else`."""
        inside: ast.AST = node
        found: list[ast.AST] = []
        for above in self.source.names.ancestors(node):
            if isinstance(above, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                break
            if isinstance(above, ast.Try) and any(_import_error(h) for h in above.handlers):
                if inside not in above.finalbody:
                    found += [*above.body, *above.handlers, *above.orelse]
            elif isinstance(above, ast.If) and above.orelse and not _for_types(above):
                found += [*above.body, *above.orelse]
            inside = above
        return [branch for branch in found if node not in ast.walk(branch)]

    def _chosen_elsewhere(self, node: ast.stmt, home: Home) -> bool:
        """Whether another branch imports the name from its new home."""
        for branch in self._alternatives(node):
            for other in ast.walk(branch):
                if isinstance(other, ast.ImportFrom):
                    base = self.modules.absolute(
                        "." * other.level + (other.module or ""), self.path
                    )
                    whole = {f"{base}.{alias.name}" for alias in other.names} | {f"{base}.*"}
                    if {f"{home.module}.{home.name}", f"{home.module}.*"} & whole:
                        return True
                    if home.module in whole:  # from pkg import new
                        return True
                elif isinstance(other, ast.Import):
                    if any(f"{a.name}.".startswith(f"{home.module}.") for a in other.names):
                        return True
        return False

    # --- from m import a, b ---------------------------------------------------------------

    def _from(self, node: ast.ImportFrom) -> None:
        from ._awaited import used_where_awaited

        module = self.modules.absolute("." * node.level + (node.module or ""), self.path)
        if not module:
            return
        if b"sys.modules" in self.source.data and any(
            text.value == module for text in self.source.find(ast.Constant)
        ):
            if self._whole(module):
                self.tell(
                    node, f"{module} is deprecated, left as it is: sys.modules is asked for it"
                )
            return
        moves: list[_Move] = []
        is_choice = bool(self._alternatives(node))
        for alias in node.names:
            if module == self.own and not self.modules.locate(f"{module}.{alias.name}", self.path):
                continue
            home = self._home(node, module, alias)
            if home is None or used_where_awaited(self.source, alias.asname or alias.name):
                continue
            if is_choice and (home.why or self._chosen_elsewhere(node, home)):
                continue
            if home.rule is not None and home.rule.before:
                home = self._used_otherwise(node, alias, home)
            if home.why:
                self.tell(
                    alias,
                    f"{module}.{alias.name} is deprecated{_by(home.rule)}, left as it is: {home.why}",
                )
            else:
                moves.append(_Move(alias, home))
        if moves:
            self._move(node, moves)

    def _home(self, node: ast.ImportFrom, module: str, alias: ast.alias) -> Home | None:
        from ._rules import Home, home_of, rules_for

        if alias.name == "*":
            rules = [r for r in rules_for(self.project, module, self.path) if r.name in ("", "*")]
            return (
                Home(why="a star import has to be written out first", rule=rules[0])
                if rules
                else None
            )
        submodule = f"{module}.{alias.name}"
        found = self.modules.define(submodule, self.path)
        is_module = found.binding is None if found else self._configured(submodule)
        if is_module:
            whole = self._whole(submodule)
            if whole is not None:
                return self._module_home(alias, submodule, whole)
        home = home_of(self.project, module, alias.name, self.path)
        if home is None or home.why:
            return home
        return self._acceptable(node, module, home)

    def _configured(self, module: str) -> bool:
        from ._rules import configured

        return any(r.module == module and not r.name for r in configured(self.project))

    def _whole(self, module: str) -> list[Rule] | None:
        from ._rules import rules_for

        rules = [r for r in rules_for(self.project, module, self.path) if not r.name]
        return rules or None

    def _module_home(self, alias: ast.alias, module: str, rules: list[Rule]) -> Home:
        """The new home of a module that is imported as a name."""
        local = alias.asname or alias.name
        target, why = self._target_of_module(module, rules, self._attributes_of(local, alias))
        if why:
            from ._rules import Home

            return Home(why=why, rule=rules[0])
        from ._rules import Home

        parent, _, last = target.rpartition(".")
        if not parent:
            return Home(why=f"{target} is no part of a package", rule=rules[0])
        return Home(parent, last, rule=rules[0])

    def _acceptable(self, node: ast.ImportFrom, module: str, home: Home) -> Home:
        """The home, unless importing from it here would break something."""
        from ._rules import Home

        if home.module == self.own:
            return Home(why=f"its new home {home.module} is this file", rule=home.rule)
        path = self.modules.locate(home.module, self.path)
        scope = self.source.names.scope_of[node]
        if scope.parent is None and self._imports(path, self.own):
            old = self.modules.locate(module, self.path)
            if not (old and self._imports(old, home.module)):
                return Home(
                    why=f"{home.module} imports this module, so it would be a circle",
                    rule=home.rule,
                )
        if scope.parent is not None:
            for alias in node.names:
                new = f"{home.module}.{home.name}"
                where = self._patched(f"{module}.{alias.name}", new)
                if where:
                    return Home(why=f"{where} patches {module}.{alias.name}", rule=home.rule)
        return home

    def _imports(self, path: str, module: str) -> bool:
        """Whether a file of the project imports a module when it is itself imported."""
        source = (
            self.modules.source(path) if path and module and self.modules.in_project(path) else None
        )
        if source is None:
            return False
        for node in source.tree.body:
            if isinstance(node, ast.Import) and any(a.name == module for a in node.names):
                return True
            if isinstance(node, ast.ImportFrom):
                base = self.modules.absolute("." * node.level + (node.module or ""), path)
                if module in (base, *(f"{base}.{a.name}" for a in node.names)):
                    return True
        return False

    def _move(self, node: ast.ImportFrom, moves: list[_Move]) -> None:
        groups: dict[str, list[_Move]] = {}
        module = self.modules.absolute("." * node.level + (node.module or ""), self.path)
        staying = [a for a in node.names if a not in [m.alias for m in moves]]
        for move in moves:
            if move.home.module == module:  # only its name there is another one
                self.edits.append(self.source.replace(move.alias, move.written))
                staying.append(move.alias)
            else:
                groups.setdefault(move.home.module, []).append(move)
        if not groups:
            return
        commented = self._comments_in(node)
        if not staying and len(groups) == 1:
            ((module, group),) = groups.items()
            sibling = self._sibling(node, module)
            exported = any(m.alias.asname == m.alias.name for m in group)  # `X as X`
            alone = not (commented or exported or self._trailing(node))
            if sibling is not None and alone:
                self._merge(sibling, group)
                from gardener.codemod.importing import statement_gone

                self.edits += statement_gone(self.source, node)
                return
            self._in_place(node, module, group)
            return
        from gardener.codemod.importing import without

        kept_group: list[_Move] = []
        if not staying:
            first = next(iter(groups))
            kept_group = groups.pop(first)
            self._in_place(node, first, kept_group)
        gone = [m.alias for group in groups.values() for m in group]
        self.edits += without(self.source, node, gone)
        lines = []
        for module, group in groups.items():
            sibling = self._sibling(node, module)
            comments = [c for m in group for c in self._own_comment(node, m.alias)]
            if sibling is not None and not comments:
                self._merge(sibling, group)
                continue
            text = (
                f"from {self._spelled(node, module)} import {', '.join(m.written for m in group)}"
            )
            lines.append(text + (f"  {' '.join(comments)}" if comments else ""))
        self._append(node, lines)

    def _append(self, node: ast.ImportFrom, lines: list[str]) -> None:
        """New statements behind one, in the same block."""
        if not lines:
            return
        source = self.source
        end = source.raw_span(node)[1]
        line_end = source.line_end(end)
        if (
            source.code[end:line_end].strip()
            or source.code[
                source.line_start(source.raw_span(node)[0]) : source.raw_span(node)[0]
            ].strip()
        ):
            text = "".join(f"; {line}" for line in lines)
            self.edits.append(Edit(end, end, text))
            return
        indent = source.indent_of(node)
        text = "".join(f"{source.newline}{indent}{line}" for line in lines)
        self.edits.append(Edit(line_end, line_end, text))

    def _in_place(self, node: ast.ImportFrom, module: str, group: list[_Move]) -> None:
        """Change the module, and the names that are called otherwise there."""
        start, stop = self._module_span(node)
        self.edits.append(Edit(start, stop, self._spelled(node, module)))
        for move in group:
            if move.home.name != move.alias.name:
                self.edits.append(self.source.replace(move.alias, move.written))

    def _module_span(self, node: ast.ImportFrom) -> tuple[int, int]:
        start = self.source.raw_span(node)[0]
        match = re.compile(
            rb"from(?:[ \t]|\\\r?\n)*([.\w \t]*?)(?:[ \t]|\\\r?\n)*\bimport\b"
        ).match(self.source.code, start)
        if match is None:
            raise ValueError("an import is written in an unusual way")
        return match.span(1)

    def _spelled(self, node: ast.ImportFrom, module: str) -> str:
        """The module as this file writes modules: relative where the import was relative."""
        if not node.level or not self.own:
            return module
        package = self.own.split(".")
        if not self.source.path.endswith("__init__.py"):
            package = package[:-1]
        parts = module.split(".")
        shared = 0
        while shared < min(len(package), len(parts)) and package[shared] == parts[shared]:
            shared += 1
        if not shared:
            return module
        return "." * (len(package) - shared + 1) + ".".join(parts[shared:])

    # --- merging with an import that is there ---------------------------------------------

    def _sibling(self, node: ast.ImportFrom, module: str) -> ast.ImportFrom | None:
        """An import from `module` in the same block, with nothing but imports in between."""
        parent = self.source.names.parent_of[node]
        block = next(
            (v for _, v in ast.iter_fields(parent) if isinstance(v, list) and node in v), []
        )
        here = block.index(node) if node in block else 0
        for number, other in enumerate(block):
            if other is node or not isinstance(other, ast.ImportFrom):
                continue
            base = self.modules.absolute("." * other.level + (other.module or ""), self.path)
            between = block[min(here, number) : max(here, number) + 1]
            only_imports = all(isinstance(s, (ast.Import, ast.ImportFrom)) for s in between)
            star = any(a.name == "*" for a in other.names)
            if base == module and only_imports and not star and not self.source.protected(other):
                return other
        return None

    def _merge(self, sibling: ast.ImportFrom, group: list[_Move]) -> None:
        from gardener.codemod.importing import extended

        there = {(a.name, a.asname or a.name) for a in sibling.names}
        new = [
            m.written for m in group if (m.home.name, m.alias.asname or m.alias.name) not in there
        ]
        done = self.merged.setdefault(sibling, [])
        new = [text for text in new if text not in done]
        done += new
        if new:
            self.edits += extended(self.source, sibling, ", ".join(new))

    def _comments_in(self, node: ast.stmt) -> bool:
        start, end = self.source.raw_span(node)
        return any(start <= c.start < end for c in self.source.comments)

    def _trailing(self, node: ast.stmt) -> bool:
        end = self.source.raw_span(node)[1]
        return bool(self.source.data[end : self.source.line_end(end)].strip())

    def _own_comment(self, node: ast.ImportFrom, alias: ast.alias) -> list[str]:
        """The comment behind a name that has a line of its own."""
        start, end = self.source.raw_span(alias)
        line, stop = self.source.line_start(start), self.source.line_end(end)
        alone = not self.source.data[line:start].strip() and line > self.source.raw_span(node)[0]
        return [c.text for c in self.source.comments if alone and end <= c.start < stop]

    # --- import m -------------------------------------------------------------------------

    def _import(self, node: ast.Import) -> None:
        from ._awaited import used_where_awaited
        from ._rules import ambiguous

        if self._alternatives(node):
            return  # which module it is, is decided when it runs
        for alias in node.names:
            if alias.name == self.own:
                continue
            if used_where_awaited(self.source, (alias.asname or alias.name).partition(".")[0]):
                continue
            rules = self._whole(alias.name)
            if rules is None:
                self._attributes_only(node, alias)
                home = ambiguous(self.project, alias.name, "", self.path)
                if home is not None:
                    self.tell(
                        node,
                        f"{alias.name} is deprecated{_by(home.rule)}, left as it is: {home.why}",
                    )
                continue
            local = alias.asname
            if local:
                used = self._attributes_of(local, alias)
                target, why = self._target_of_module(alias.name, rules, used)
                if not why:
                    text = target if target == local else f"{target} as {local}"
                    self.edits.append(self.source.replace(alias, text))
            else:
                why = self._dotted(node, alias, rules)
            if why:
                self.tell(node, f"{alias.name} is deprecated{_by(rules[0])}, left as it is: {why}")

    def _attributes_only(self, node: ast.Import, alias: ast.alias) -> None:
        """`import m` where only some names of m are deprecated: told, not changed."""
        from ._rules import home_of, rules_for

        if not rules_for(self.project, alias.name, self.path):
            return
        for name, use in self._uses(alias):
            home = home_of(self.project, alias.name, name, self.path)
            if home is not None and home.module and home.rule and home.rule.name == name:
                if home.rule.origin == "pyproject.toml" and not home.rule.before:
                    continue  # moved-names changes the use
            if home is not None:
                where = f"use {home.module}.{home.name}" if home.module else home.why
                self.tell(
                    use,
                    f"{alias.name}.{name} is deprecated{_by(home.rule)}, left as it is: {where}",
                )

    def _uses(self, alias: ast.alias) -> Iterator[tuple[str, ast.Attribute]]:
        """Attributes that are read from a module imported with `import`."""
        wanted = alias.asname or alias.name
        for node in self.source.find(ast.Attribute):
            if (
                ast.unparse(node.value) == wanted
                and self.source.qualified(node.value) == alias.name
            ):
                yield node.attr, node

    def _attributes_of(self, local: str, alias: ast.alias) -> tuple[list[str], str]:
        """The attributes read from a module under its local name; or why they cannot be told."""
        bindings = self.source.names.bound_anywhere(local)
        if any(b.alias is not alias for b in bindings):
            return [], f"{local} has another meaning too"
        names: list[str] = []
        for node in self.source.find(ast.Name):
            if node.id != local or not isinstance(node.ctx, ast.Load):
                continue
            above = self.source.names.parent_of[node]
            if not isinstance(above, ast.Attribute) or not isinstance(above.ctx, ast.Load):
                return [], f"line {node.lineno} uses the module itself"
            names.append(above.attr)
        return names, ""

    def _target_of_module(
        self, module: str, rules: list[Rule], used: tuple[list[str], str]
    ) -> tuple[str, str]:
        """The one module that has all the names that are used; or why there is none."""
        from ._rules import home_of

        names, why = used
        if why:
            return "", why
        homes: set[str] = set()
        for name in names:
            home = home_of(self.project, module, name, self.path)
            if home is None or home.why or home.name != name:
                return "", (
                    home.why if home is not None and home.why else f"{name} has no new home"
                )
            where = self._patched(f"{module}.{name}", f"{home.module}.{name}")
            if where:
                return "", f"{where} patches {module}.{name}"
            homes.add(home.module)
        if not names:
            suffix = module[len(rules[0].module) :]
            found = [
                t + suffix for t in rules[0].targets if self.modules.locate(t + suffix, self.path)
            ]
            homes = set(found[:1])
        if len(homes) != 1:
            return (
                "",
                "its names have more than one new home" if homes else "its new home is not known",
            )
        target = homes.pop()
        if target == self.own:
            return "", "its new home is this file"
        return target, ""

    def _dotted(self, node: ast.Import, alias: ast.alias, rules: list[Rule]) -> str:
        """`import a.b` with uses `a.b.c`: change both, or say why not."""
        source, names = self.source, self.source.names
        root = alias.name.partition(".")[0]
        scope = names.scope_of[node]
        if root in scope.declared_global or root in scope.declared_nonlocal:
            return f"{root} is bound for another scope"
        bindings = scope.bindings.get(root, [])
        if any(b.kind != "import" or b.target != root for b in bindings):
            return f"{root} has another meaning too"
        used: list[str] = []
        places: list[ast.expr] = []
        others: list[str] = []
        for name in source.find(ast.Name):
            if name.id != root or not isinstance(name.ctx, ast.Load):
                continue
            found = names.lookup(name)
            if found is None or found[0] is not scope:
                continue
            chain: list[ast.expr] = [name]
            while isinstance(above := names.parent_of[chain[-1]], ast.Attribute):
                chain.append(above)
            texts = [ast.unparse(part) for part in chain]
            if alias.name not in texts:
                others.append(texts[-1])
                continue
            place = chain[texts.index(alias.name)]
            after = names.parent_of[place]
            if not isinstance(after, ast.Attribute) or not isinstance(after.ctx, ast.Load):
                return f"line {name.lineno} uses the module itself"
            used.append(after.attr)
            places.append(place)
        target, why = self._target_of_module(alias.name, rules, (used, ""))
        why = why or self._needed_besides(alias, bindings, target, others)
        if why:
            return why
        reached = self._reached(alias.name, scope)
        new_root = target.partition(".")[0]
        if new_root != root and any(self._taken(p, scope, new_root) for p in (node, *places)):
            reached = reached or f"{new_root} has another meaning in this file"
        if reached and "." in alias.name:
            return reached
        if reached:  # `import old` binds just one name: it can stay
            self.edits.append(source.replace(alias, f"{target} as {root}"))
            return ""
        self.edits.append(source.replace(alias, target))
        self.edits += [source.replace(place, target) for place in places]
        return ""

    def _needed_besides(
        self, alias: ast.alias, bindings: list[Binding], target: str, others: list[str]
    ) -> str:
        """Why the file needs the import for more than the module's own names; '' = it does not."""
        root = alias.name.partition(".")[0]
        if target.partition(".")[0] != root:
            if others and len(bindings) < 2:
                return f"other uses of {root} need this import"
        there = [b.alias.name for b in bindings if b.alias is not None and b.alias is not alias]
        for text in others:
            parts = text.split(".")
            for count in range(2, len(parts) + 1):
                module = ".".join(parts[:count])
                if not self.modules.locate(module, self.path):
                    break
                if not any(f"{t}.".startswith(f"{module}.") for t in (target, *there)):
                    return f"{module} may be loaded by this import only"
        return ""

    def _reached(self, module: str, scope: NameScope) -> str:
        """Who else reaches the module by the name that the import binds; '' = nobody."""
        root = module.partition(".")[0]
        if scope.is_class:
            return f"{root} is an attribute of a class"
        for text in self.source.find(ast.Constant):
            if text in self.renamed:
                continue
            if isinstance(text.value, str) and root in text.value and _says(text.value, module):
                return f"line {text.lineno} names {module} in a string"
        own = self.own.rpartition(".")[2]
        if scope.parent is None and own:
            for path in self.project.containing(f"{own}.{root}"):
                return f"{path} may reach it as {own}.{root}"
        return ""

    def _taken(self, place: ast.AST, scope: NameScope, name: str) -> bool:
        """Whether a name means something else at a place, or is needed for something else."""
        here: NameScope | None = self.source.names.scope_of[place]
        while here is not None:
            if any(b.target != name for b in here.bindings.get(name, ())):
                return True
            here = here.parent
        return any(b.target != name for b in scope.module.bindings.get(name, ()))

    # --- uses that differ ----------------------------------------------------------------

    def _used_otherwise(self, node: ast.ImportFrom, alias: ast.alias, home: Home) -> Home:
        """Rewrite the uses of a name as its rule says; or say why not."""
        from ._rules import Home

        rule = home.rule
        assert rule is not None
        local = alias.asname or alias.name
        bindings = self.source.names.bound_anywhere(local)
        if len(bindings) != 1:
            return Home(why=f"{local} has another meaning too", rule=rule)
        if alias.asname:
            return Home(why="it is imported under another name", rule=rule)
        taken = [
            b
            for b in self.source.names.bound_anywhere(home.name)
            if b.target.rpartition(".")[2] != home.name
        ]
        if home.name != local and taken:
            return Home(why=f"{home.name} has another meaning in this file", rule=rule)
        edits: list[Edit] = []
        for use in self.source.find(ast.Name):
            if use.id != local:
                continue
            edit = _by_pattern(self.source, use, rule.before, rule.after)
            if edit is None:
                return Home(
                    why=f"line {use.lineno} uses it in a way that the rule does not cover",
                    rule=rule,
                )
            edits.append(edit)
        if local in _said(self.source):
            return Home(why=f"a string names {local}", rule=rule)
        self.edits += edits
        del node
        return home

    # --- strings -------------------------------------------------------------------------

    def take_strings(self) -> None:
        """Rewrite strings that name a deprecated module where that is proven; tell the others."""
        from ._awaited import awaited

        for node in self.source.find(ast.Call):
            for argument in [*node.args, *(k.value for k in node.keywords)]:
                if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                    continue
                if not re.fullmatch(r"[A-Za-z_]\w*(?:[.:]\w+)*", argument.value):
                    continue
                named = _takes_name(node) or self.source.qualified(node.func) in _BY_STRING
                if named and not self.source.protected(argument) and not awaited(self.source, node):
                    self._string(node, argument, argument.value)

    def _string(self, call: ast.Call, argument: ast.Constant, said: str) -> None:
        from ._rules import home_of

        parts = re.split(r"[.:]", said)
        for count in range(len(parts), 0, -1):
            module, rest = ".".join(parts[:count]), parts[count:]
            if not self.modules.locate(module, self.path):
                continue
            whole = self._whole(module)
            home = home_of(self.project, module, rest[0], self.path) if rest else None
            if not whole and not home:
                return
            target = self._retargeted(call, argument, module, rest, whole, home)
            written = self.source.text(argument)
            if target and written in (f"'{said}'", f'"{said}"'):
                self.renamed.add(argument)
                new = f"{written[0]}{target}{written[0]}"
                self.edits.append(self.source.replace(argument, new))
                return
            there = f"; it is now {home.module}.{home.name}" if home and home.module else ""
            message = f'"{said}" names the deprecated {module}{there}'
            self.told.append(Remark(argument.lineno, message))
            return

    def _retargeted(
        self,
        call: ast.Call,
        argument: ast.Constant,
        module: str,
        rest: list[str],
        whole: list[Rule] | None,
        home: Home | None,
    ) -> str:
        """What a string has to say instead so that the same object is meant; '' = not certain."""
        if not call.args or call.args[0] is not argument:
            return ""
        function = self.source.qualified(call.func) or ast.unparse(call.func)
        if function == "importlib.import_module" and whole and not rest and len(call.args) == 1:
            names = self._read_from(call)
            target, why = self._target_of_module(module, whole, (names, ""))
            return target if names and not why and not self._circle(call, target) else ""
        if home is None or not home.module or home.rule is None or home.rule.before:
            return ""
        name = f"{home.module}.{home.name}"
        if function in _RESOLVE and len(rest) == 1:
            if self._patched(f"{module}.{rest[0]}", name) or self._circle(call, home.module):
                return ""
            colon = ":" in str(argument.value)
            return f"{home.module}:{home.name}" if colon else name
        if function in _PATCH and len(rest) > 1 and self._one_class(f"{module}.{rest[0]}", name):
            return ".".join([name, *rest[1:]])  # an attribute of the class itself
        return ""

    def _read_from(self, call: ast.Call) -> list[str]:
        """The names read from the module that `import_module` gives; none if more is done with it."""
        names = self.source.names
        above = names.parent_of[call]
        if isinstance(above, ast.Attribute) and isinstance(above.ctx, ast.Load):
            return [above.attr]
        if isinstance(above, ast.Call) and ast.unparse(above.func) == "getattr":
            name = above.args[1] if len(above.args) == 2 and above.args[0] is call else None
            plain = isinstance(name, ast.Constant) and isinstance(name.value, str)
            return [str(name.value)] if plain and isinstance(name, ast.Constant) else []
        if not isinstance(above, ast.Assign) or len(above.targets) != 1:
            return []
        target = above.targets[0]
        if not isinstance(target, ast.Name) or names.scope_of[target].is_class:
            return []
        if len(names.bound_anywhere(target.id)) != 1 or target.id in _said(self.source):
            return []
        found: list[str] = []
        for use in self.source.find(ast.Name):
            if use.id != target.id or use is target:
                continue
            read = names.parent_of[use]
            if not isinstance(read, ast.Attribute) or not isinstance(read.ctx, ast.Load):
                return []
            found.append(read.attr)
        return found

    def _circle(self, node: ast.AST, module: str) -> bool:
        """Whether a module imports this one, so that it is not complete yet where `node` is run."""
        if self.source.names.scope_of[node].parent is not None:
            return False
        return module == self.own or self._imports(self.modules.locate(module, self.path), self.own)

    def _one_class(self, old: str, new: str) -> bool:
        """Whether two dotted names surely mean one and the same class."""
        one, other = self.modules.define(old, self.path), self.modules.define(new, self.path)
        if one is None or other is None or one.binding is None or other.binding is None:
            return False
        same = one.path == other.path and one.binding.node is other.binding.node
        return same and isinstance(one.binding.node, ast.ClassDef)

    def _patched(self, dotted: str, home: str = "") -> str:
        """Where a test of the project patches a dotted name; '' = nowhere.

        To patch an attribute of a class does the same wherever the class is imported from.
        """
        from gardener.codemod.prefilter import patched_names

        for text, place in patched_names(self.project):
            if text == dotted:
                return place
            if text.startswith(f"{dotted}.") and not (home and self._one_class(dotted, home)):
                return place
        return ""


def _for_types(branch: ast.If) -> bool:
    return ast.unparse(branch.test).rpartition(".")[2] == "TYPE_CHECKING"


def _says(text: str, module: str) -> bool:
    """Whether a string is the module's name, or an expression that reads from it."""
    if text == module:
        return True
    if not re.search(rf"\b{re.escape(module)}\.\w", text) or len(text) > 500:
        return False
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return any(
        isinstance(n, ast.Attribute) and ast.unparse(n.value) == module for n in ast.walk(tree)
    )


_RESOLVE = {
    *("pkgutil.resolve_name", "django.utils.module_loading.import_string"),
    *("werkzeug.utils.import_string", "kombu.utils.imports.symbol_by_name"),
}
_BY_STRING = {"importlib.import_module", *_RESOLVE}
_PATCH = {
    *("unittest.mock.patch", "mock.patch", "mock.mock.patch", "mocker.patch"),
    *("monkeypatch.setattr", "monkeypatch.delattr"),
}


def _takes_name(call: ast.Call) -> bool:
    last = ast.unparse(call.func).rpartition(".")[2]
    known = {"patch", "setattr", "delattr", "import_module", "__import__", "import_string"}
    known |= {
        "find_spec",
        "resolve_name",
        "symbol_by_name",
        "importorskip",
        "setitem",
        "locate",
        "object",
        "multiple",
    }
    return last in known or "patch" in ast.unparse(call.func)


def _said(source: Source) -> set[str]:
    texts = (n.value for n in source.find(ast.Constant) if isinstance(n.value, str))
    return {text for text in texts if text.isidentifier()}


def _import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    known = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError"}
    return any(ast.unparse(n).rpartition(".")[2] in known for n in names)


def _by(rule: Rule | None) -> str:
    return f" ({rule.origin})" if rule is not None else ""


_HOLE = r"\$(\w+)"


def _by_pattern(source: Source, use: ast.Name, before: str, after: str) -> Edit | None:
    """The edit of the expression around `use` that looks like `before`; None = it does not."""
    pattern = ast.parse(re.sub(_HOLE, r"__hole_\1", before), mode="eval").body
    current: ast.AST = use
    while isinstance(current, ast.expr):
        holes: dict[str, ast.expr] = {}
        if _matches(pattern, current, holes):
            if set(re.findall(_HOLE, after)) - holes.keys():
                return None
            return source.replace(current, _holes_filled(source, after, holes))
        current = source.names.parent_of[current]
    return None


def _holes_filled(source: Source, after: str, holes: dict[str, ast.expr]) -> str:
    """`after` with the texts of its holes, in parentheses where they are needed."""
    plain = re.sub(_HOLE, lambda hole: source.text(holes[hole[1]]), after)
    safe = re.sub(_HOLE, lambda hole: f"({source.text(holes[hole[1]])})", after)
    try:
        same = ast.dump(ast.parse(plain)) == ast.dump(ast.parse(safe))
    except SyntaxError:
        same = False
    return plain if same else safe


def _matches(pattern: ast.AST, node: ast.AST, holes: dict[str, ast.expr]) -> bool:
    if isinstance(pattern, ast.Name) and pattern.id.startswith("__hole_"):
        name = pattern.id.removeprefix("__hole_")
        if not isinstance(node, ast.expr) or isinstance(node, ast.Starred):
            return False
        if name in holes:
            return ast.dump(holes[name]) == ast.dump(node)
        holes[name] = node
        return True
    if type(pattern) is not type(node):
        return False
    for (field, one), (_, other) in zip(
        ast.iter_fields(pattern), ast.iter_fields(node), strict=True
    ):
        if field == "ctx":
            continue
        if isinstance(one, list):
            if len(one) != len(other) or not all(
                _matches(a, b, holes) for a, b in zip(one, other, strict=True)
            ):
                return False
        elif isinstance(one, ast.AST):
            if not isinstance(other, ast.AST) or not _matches(one, other, holes):
                return False
        elif one != other:
            return False
    return True


def rules(project: Project) -> Iterator[str]:
    """One line for each rule of the repository: what, where to, how sure, and who told."""
    from gardener.codemod.prefilter import deprecating_modules

    from ._rules import configured, reported, told_by

    near = project.full("_.py")
    for rule in (*configured(project), *reported(project)):
        yield _line(project, rule, near)
    for module, path in deprecating_modules(project):
        for rule in told_by(project, module, path):
            yield _line(project, rule, path)


def _line(project: Project, rule: Rule, near: str) -> str:
    from ._rules import home_of

    name = f"{rule.module}:{rule.name}" if rule.name else rule.module
    target = rule.targets[0] if rule.targets else "where the module itself takes each name from"
    certain = "sure"
    if rule.name not in ("", "*"):
        home = home_of(project, rule.module, rule.name, near)
        if home is not None and home.module:
            target = f"{home.module}.{home.name}"
        elif home is not None:
            certain = f"doubtful, not applied: {home.why}"
        else:
            certain = "doubtful, not applied: it does not say what to use"
    elif rule.targets and not any(project.modules.define(t, near) for t in rule.targets):
        certain = f"doubtful: {target} is not found"
    else:
        certain = "sure for each name that is there"
    return f"{name} -> {target}  [{certain}]  {rule.origin}"
