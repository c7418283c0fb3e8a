"""Whether a name in its new home is the same object as the old one, or surely stands for it."""

from __future__ import annotations

import ast
import copy
import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gardener.codemod.name_resolver import ResolvedName
    from gardener.codemod.project import Project


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
    near: str,
    home: tuple[str, str],
    found: ResolvedName,
) -> str:
    """Why the name at its new home may be another object than the old one; '' = it is the same.

    An equal name is no equal object. Two objects may still stand for each other where the
    warning itself names this very pair, and nothing speaks against it.
    """
    module, name = old_name
    new = ".".join(home)
    names_pair = rule.name == name == home[1] and new in rule.targets
    old = project.modules.define(f"{module}.{name}", near)
    if old is None or old.binding is None or found.binding is None:
        if home[1] != name:
            return f"{name} may differ from {new}"
        missing = not _may_have(project, module, name, near)
        return "" if missing or names_pair else f"{new} may be another object"
    if (old.path, old.binding.node) == (found.path, found.binding.node):
        return ""
    if home[1] != name:
        return f"{new} has another name, its use may differ"
    one, other = old.binding.node, found.binding.node
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    doubt = ""
    if isinstance(one, functions) and isinstance(other, functions):
        same = type(one) is type(other) and _accepts(one.args, other.args)
        doubt = "" if same else f"{new} takes other arguments"
        if not doubt and _wrapped(one) != _wrapped(other):
            doubt = f"{new} is decorated otherwise"
        if not doubt and _yields(one) != _yields(other):
            doubt = f"only one of {module}.{name} and {new} is a generator"
        if not doubt and not _returns_same(project, old, found):
            doubt = f"{new} returns another type"
    elif isinstance(one, ast.ClassDef) and isinstance(other, ast.ClassDef):
        doubt = _class_differs(one, other, new)
    elif type(one) is not type(other):
        doubt = f"{new} is of another kind than {module}.{name}"
    elif names_pair:
        doubt = f"{new} is another object than {module}.{name}"
    return doubt if doubt or names_pair else f"{new} is another object than {module}.{name}"


def _wrapped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """The decorators of a function, but for those that only give the warning."""
    texts = (ast.unparse(decorator) for decorator in function.decorator_list)
    return [text for text in texts if not re.match(r"(?:\w+\.)*deprecated\b", text)]


def _yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is a generator."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            stack += ast.iter_child_nodes(node)
    return False


def _returns_same(project: Project, one: ResolvedName, other: ResolvedName) -> bool:
    """Whether the annotations of what two functions return may mean the same."""
    types: list[tuple[str, object]] = []
    for function in (one, other):
        assert function.binding is not None
        returns = getattr(function.binding.node, "returns", None)
        if returns is None:
            return True
        text = ast.unparse(returns).strip("'\"")
        found = project.modules.define(f"{function.module}.{text}", function.path)
        if found is not None and found.binding is not None:
            types.append((found.path, found.binding.node))
        else:
            types.append((text, None))
    return types[0] == types[1]


def _may_have(project: Project, module: str, name: str, near: str) -> bool:
    """Whether a module may have a name, however it gets it; not if it can be read and lacks it."""
    path = project.modules.locate(module, near)
    source = project.modules.source(path) if path else None
    if source is None:
        return (
            False  # the module is gone, or not there: nothing else than its new home has the name
        )
    return bool(name in source.bindings or "__getattr__" in source.bindings or source.stars)


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
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    before = {m.name: m for m in old.body if isinstance(m, functions)}
    after = {m.name: m for m in new.body if isinstance(m, functions)}
    if [ast.unparse(b).rpartition(".")[2] for b in old.bases] == [new.name]:
        return ""  # the old class only inherits from the new one
    missing = sorted(n for n in before if n not in after and not n.startswith("_"))
    if missing:
        return f"{home} has no {missing[0]}()"
    values, others = _values(old), _values(new)
    for name, value in values.items():
        if others.get(name, value if new.bases else "") != value:
            return f"{home}.{name} has another value"
    for name, method in before.items():
        if name in after and not _accepts(method.args, after[name].args):
            return f"{home}.{name}() takes other arguments"
    return ""


def _values(body: ast.ClassDef) -> dict[str, str]:
    """What a class assigns to its public attributes, as written."""
    found: dict[str, str] = {}
    for item in body.body:
        targets = item.targets if isinstance(item, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("_"):
                found[target.id] = ast.unparse(item.value)  # type: ignore[attr-defined]
    return found
