"""Whether a name in its new home is the same object as the old one, or surely stands for it."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import ResolvedName
    from gardener.codemod.project import Project


_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Naming(Protocol):
    """What is asked of a rule: the name that it speaks of, and where it says that it went."""

    @property
    def name(self) -> str:
        """The name; '' = all of a module."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The dotted names that it leads to."""


def difference(
    project: Project,
    rule: Naming,
    old_name: tuple[str, str],
    importer: str,
    home: tuple[str, str],
    new_home: ResolvedName,
) -> str:
    """Why the name at its new home may be another object than the old one; '' = it is the same.

    An equal name is no equal object. Two objects may still stand for each other where the
    warning itself names this very pair, and nothing speaks against it.
    """
    module, name = old_name
    new = ".".join(home)
    names_pair = rule.name == name == home[1] and new in rule.targets
    old = project.modules.define(f"{module}.{name}", importer)
    if old is None or old.binding is None or new_home.binding is None:
        if home[1] != name:
            return f"{name} may differ from {new}"
        missing = not _may_have(project, module, name, importer)
        return "" if missing or names_pair else f"{new} may be another object"
    if (old.path, old.binding.node) == (new_home.path, new_home.binding.node):
        return ""
    if home[1] != name:
        return f"{new} has another name, its use may differ"
    doubt = unlike(project, old, new_home, f"{module}.{name}", new)
    return doubt if doubt or names_pair else f"{new} is another object than {module}.{name}"


def unlike(
    project: Project, old: ResolvedName, new: ResolvedName, old_name: str, new_name: str
) -> str:
    """Why a definition cannot stand for another one, as far as its head and methods tell; '' = it may."""
    old_node = old.binding.node if old.binding is not None else None
    new_node = new.binding.node if new.binding is not None else None
    if isinstance(old_node, _FUNCTIONS) and isinstance(new_node, _FUNCTIONS):
        doubt = _function_differs(old_node, new_node, old_name, new_name)
        if not doubt and not _returns_same(project, old, new):
            doubt = f"{new_name} returns another type"
        return doubt
    if isinstance(old_node, ast.ClassDef) and isinstance(new_node, ast.ClassDef):
        return _class_differs(old_node, new_node, new_name)
    if type(old_node) is not type(new_node):
        return f"{new_name} is of another kind than {old_name}"
    return f"{new_name} is another object than {old_name}"


def _function_differs(old: _Function, new: _Function, name: str, home: str) -> str:
    if type(old) is not type(new) or not _accepts(old.args, new.args):
        return f"{home} takes other arguments"
    if _wrapped(old) != _wrapped(new):
        return f"{home} is decorated otherwise"
    if _yields(old) != _yields(new):
        return f"only one of {name} and {home} is a generator"
    return ""


def _wrapped(function: _Function) -> list[str]:
    """The decorators of a function, but for those that only give the warning."""
    texts = (ast.unparse(decorator) for decorator in function.decorator_list)
    return [text for text in texts if not re.match(r"(?:\w+\.)*deprecated\b", text)]


def _yields(function: _Function) -> bool:
    """Whether a function is a generator."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack += ast.iter_child_nodes(node)
    return False


def _returns_same(project: Project, first: ResolvedName, second: ResolvedName) -> bool:
    """Whether the annotations of what two functions return may mean the same."""
    types: list[tuple[str, object]] = []
    for function in (first, second):
        assert function.binding is not None
        returns = getattr(function.binding.node, "returns", None)
        if returns is None:
            return True
        text = ast.unparse(returns).strip("'\"")
        definition = project.modules.define(f"{function.module}.{text}", function.path)
        if definition is not None and definition.binding is not None:
            types.append((definition.path, definition.binding.node))
        else:
            types.append((text, None))
    return types[0] == types[1]


def _may_have(project: Project, module: str, name: str, importer: str) -> bool:
    """Whether a module may have a name, however it gets it; not if it can be read and lacks it."""
    path = project.modules.locate(module, importer)
    source = project.modules.source(path) if path else None
    if source is None:
        return (
            False  # the module is gone, or not there: nothing else than its new home has the name
        )
    return bool(source.bound(name) or source.bound("__getattr__") or source.stars)


def _accepts(old: ast.arguments, new: ast.arguments) -> bool:
    """Whether every call that fits the old arguments fits the new ones."""
    if ast.dump(_bare(old)) == ast.dump(_bare(new)):
        return True
    before = [a.arg for a in (*old.posonlyargs, *old.args)]
    after = [a.arg for a in (*new.posonlyargs, *new.args)]
    if after[: len(before)] != before or bool(old.vararg) > bool(new.vararg):
        return False
    if len(after) - len(new.defaults) > len(before) - len(old.defaults):
        return False
    required = {a.arg for a, d in zip(new.kwonlyargs, new.kw_defaults, strict=True) if d is None}
    keywords = {a.arg for a in old.kwonlyargs}
    return required <= keywords and (bool(new.kwarg) or keywords <= {a.arg for a in new.kwonlyargs})


def _bare(arguments: ast.arguments) -> ast.arguments:
    """Arguments without their annotations."""
    bare = copy.deepcopy(arguments)
    for node in ast.walk(bare):
        if isinstance(node, ast.arg):
            node.annotation = None
    return bare


def _class_differs(old: ast.ClassDef, new: ast.ClassDef, home: str) -> str:
    before = {m.name: m for m in old.body if isinstance(m, _FUNCTIONS)}
    after = {m.name: m for m in new.body if isinstance(m, _FUNCTIONS)}
    if [ast.unparse(b).rpartition(".")[2] for b in old.bases] == [new.name]:
        return ""  # the old class only inherits from the new one
    missing = sorted(n for n in before if n not in after and not n.startswith("_"))
    if missing:
        return f"{home} has no {missing[0]}()"
    values, new_values = _values(old), _values(new)
    for name, value in values.items():
        if new_values.get(name, value if new.bases else "") != value:
            return f"{home}.{name} has another value"
    for name, method in before.items():
        if name in after and not _accepts(method.args, after[name].args):
            return f"{home}.{name}() takes other arguments"
    return ""


def _values(body: ast.ClassDef) -> dict[str, str]:
    """What a class assigns to its public attributes, as written."""
    assigned: dict[str, str] = {}
    for item in body.body:
        targets = item.targets if isinstance(item, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("_"):
                assigned[target.id] = ast.unparse(item.value)  # type: ignore[attr-defined]
    return assigned
