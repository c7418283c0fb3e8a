"""Which classes called Config are one of a Pydantic 2 model, and which have to stay as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst
from libcst.metadata import Scope

from gardener.codemod.class_hierarchy import BaseClasses
from gardener.codemod.command import Command

from ._config_keys import KNOWN
from ._config_layout import is_text
from ._config_values import assigned
from ._library_models import bases_in_libraries

MODELS = frozenset(
    [
        "pydantic.BaseModel",
        "pydantic.main.BaseModel",
        "pydantic.RootModel",
        "pydantic.root_model.RootModel",
        "pydantic.generics.GenericModel",
        "sqlmodel.SQLModel",
        "sqlmodel.main.SQLModel",
    ]
)
SETTINGS = frozenset(["pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings"])
_PLAIN = re.compile(r"(?:builtins|typing|typing_extensions|abc|enum|collections|dataclasses)\.")
_VERSION = re.compile(r"(?i)pydantic|\bversion\b|\b(?:is_?)?v[12]\b")
_CHOOSES = re.compile(rf"{_VERSION.pattern}|hasattr\(|AttributeError")
_OWN_SCOPE = {"locals", "vars", "dir", "super", "__qualname__", "__module__", "__class__"}
_WAITS = re.compile(
    r"\b(?:warns|deprecated_call|assertWarns\w*)\(|catch_warnings\([^)]*record\s*=\s*True"
    r"|[rR]aises\w*\(\s*\(?[^()]*Warning"
)
_DEFINED = (cst.If, cst.Try, cst.TryStar, cst.With, cst.For, cst.While)


def configs(model: cst.ClassDef) -> list[cst.ClassDef]:
    """Classes called Config in a class body, those under a condition included."""
    classes: list[cst.ClassDef] = []
    stack: list[tuple[cst.CSTNode, bool]] = [(node, False) for node in reversed(model.body.body)]
    while stack:
        node, inside = stack.pop()
        if isinstance(node, cst.ClassDef):
            if node.name.value == "Config":
                classes.append(node)
        elif isinstance(node, _DEFINED) or (inside and not isinstance(node, cst.FunctionDef)):
            stack += [(child, True) for child in reversed(node.children)]
    return classes


def kind_of(command: Command, model: cst.ClassDef, bases: BaseClasses) -> str:
    """What a class is: v1, v2, settings, dataclass, other, or unknown."""
    if any(o.startswith("pydantic.v1.") or o == "pydantic.BaseSettings" for o in bases.outside):
        return "v1"
    if any("pydantic.v1" in text or text.startswith("v1.") for text in bases.unknown):
        return "v1"
    if SETTINGS & set(bases.outside):
        return "settings"
    if MODELS & set(bases.outside):
        return "v2"
    for decorator in model.decorators:
        function = decorator.decorator
        function = function.func if isinstance(function, cst.Call) else function
        if command.meaning(function) == "pydantic.dataclasses.dataclass":
            return "dataclass"
    foreign = [name for name in bases.outside if not _PLAIN.match(name)]
    if bases.unknown or not foreign:
        return "unknown" if bases.unknown else "other"
    return _kind_of_library(command, foreign)


def _kind_of_library(command: Command, names: list[str]) -> str:
    """What classes of installed libraries are."""
    path = command.project.full(command.file.path)
    ends: set[str] = set()
    for name in names:
        above = bases_in_libraries(command.project, name, path, MODELS | SETTINGS)
        if above is None:
            return "unknown"
        ends |= above
    if any(end.startswith("pydantic.v1.") for end in ends):
        return "v1"
    return "settings" if SETTINGS & ends else "v2" if ends else "other"


def says_keys(command: Command, config: cst.ClassDef) -> bool:
    """Whether a Config of an unknown class looks like one of Pydantic."""
    data = command.file.data
    names = KNOWN if b"pydantic" in data else KNOWN - {"title", "extra"}
    keys = assigned(config)
    return any(key in names for key in keys) or ("extra" in keys and b"Extra." in data)


# --- what is refused -----------------------------------------------------------------------


def refused(command: Command, model: cst.ClassDef, inner: list[cst.ClassDef]) -> str:
    """Why a Config stays, as far as its own file tells; '' = nothing speaks against it."""
    config = inner[0]
    if awaits_warning(command, config):
        return "a test waits here for the warning that it gives"
    if for_one_version(command, model):
        return "it stands in a branch for one version of Pydantic"
    if config not in model.body.body:
        return "it depends on a condition"
    if len(inner) > 1:
        return "there are two"
    return refused_head(command, config) or refused_body(command, model, config)


def awaits_warning(command: Command, node: cst.CSTNode) -> bool:
    """Whether a node stands in a `with` or a function that waits for a warning."""
    for above in command.index.ancestors(node):
        if isinstance(above, cst.With):
            if any(_WAITS.search(command.code(item.item)) for item in above.items):
                return True
        elif isinstance(above, cst.FunctionDef) and _WAITS.search(command.code(above)):
            return True
    return False


def refused_head(command: Command, config: cst.ClassDef) -> str:
    """Why the head of the class speaks against it: decorators, keywords, bases."""
    if config.decorators or config.keywords:
        return "it is decorated or has class keywords"
    for base in config.bases:
        plain = isinstance(base.value, cst.Name) and base.value.value == "object"
        meaning = command.meaning(base.value)
        if not plain and meaning not in ("pydantic.BaseConfig", "pydantic.config.BaseConfig"):
            return f"it inherits from {command.code(base.value)}"
    return ""


def for_one_version(command: Command, model: cst.ClassDef) -> bool:
    """Whether a branch on a version decides that the model is there at all."""
    return any(
        isinstance(above, cst.If) and _VERSION.search(command.code(above.test))
        for above in command.index.ancestors(model)
    )


def stands_beside(command: Command, config: cst.ClassDef) -> bool:
    """Whether a branch on a version has a `model_config` for the other one: nothing is left to do."""
    return any(
        isinstance(above, cst.If)
        and _VERSION.search(command.code(above.test))
        and re.search(r"\bmodel_config\b", command.code(above))
        for above in command.index.ancestors(config)
    )


def is_choice(command: Command, node: cst.CSTNode, new: str) -> bool:
    """Whether the code around a place knows the new name too, and chooses between both."""
    word = re.compile(rf"\b{new}\b")
    for above in command.index.ancestors(node):
        if isinstance(above, (cst.If, cst.IfExp)):
            test = command.code(above.test)
            if _VERSION.search(test) or word.search(test):
                return True
        elif isinstance(above, (cst.Try, cst.TryStar)):
            if word.search(command.code(above)):
                return True
        elif isinstance(above, cst.FunctionDef):
            code = command.code(above)
            if word.search(code) and _CHOOSES.search(code):
                return True
    return False


def refused_body(command: Command, model: cst.ClassDef, config: cst.ClassDef) -> str:
    """Why a statement of the body speaks against it."""
    inside = command.names.scope(config.body.body[0])
    around = command.names.scope(model.body.body[0])
    keys: set[str] = set()
    for part in _all_parts(config):
        if isinstance(part, cst.FunctionDef):
            return f"it has a method ({part.name.value})"
        if isinstance(part, cst.Pass) or is_text(part) or _is_constant(part):
            continue
        key, value = _assignment(part)
        if value is None:
            return f"line {command.file.line(part)} is more than a key and its value"
        if key in keys:
            return f"{key} is set twice"
        if key.startswith("__"):
            return f"{key} has a name that Python treats specially"
        keys.add(key)
        why = _refused_value(command, key, value, inside, around)
        if why:
            return why
    return ""


def _all_parts(config: cst.ClassDef) -> Iterator[cst.CSTNode]:
    for statement in config.body.body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from statement.body
        else:
            yield statement


def _is_constant(part: cst.CSTNode) -> bool:
    constants = (cst.Ellipsis, cst.BaseNumber)
    return isinstance(part, cst.Expr) and isinstance(part.value, constants)


def _assignment(part: cst.CSTNode) -> tuple[str, cst.BaseExpression | None]:
    target: cst.BaseExpression | None = None
    if isinstance(part, cst.Assign) and len(part.targets) == 1:
        target = part.targets[0].target
    elif isinstance(part, cst.AnnAssign):
        target = part.target
    if not isinstance(target, cst.Name):
        return "", None
    return target.value, part.value  # type: ignore[attr-defined]


def _refused_value(
    command: Command, key: str, value: cst.BaseExpression, inside: Scope, around: Scope
) -> str:
    """Why a value means something else outside of the class Config."""
    computed = (cst.NamedExpr, cst.Await, cst.Yield)
    stack: list[cst.CSTNode] = [value]
    while stack:
        node = stack.pop()
        stack += _expressions(node)
        if isinstance(node, computed):
            return f"the value of {key} is computed in place"
        if isinstance(node, cst.Call) and command.code(node.func) in ("classmethod", "property"):
            return f"{key} is a {command.code(node.func)}"
        if isinstance(node, cst.Name):
            why = _refused_name(command, key, node, inside, around)
            if why:
                return why
    return ""


def _expressions(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What a node holds that is evaluated: no names of attributes, keywords or parameters."""
    if isinstance(node, cst.Attribute):
        return [node.value]
    if isinstance(node, cst.Arg):
        return [node.value]
    if isinstance(node, cst.Param):
        return [node.default] if node.default is not None else []
    return list(node.children)


def _refused_name(command: Command, key: str, node: cst.Name, inside: Scope, around: Scope) -> str:
    name = node.value
    private = name.startswith("__") and not name.endswith("__")
    if name in _OWN_SCOPE or private:
        return f"the value of {key} depends on the class around it"
    here = command.names.scope(node)
    owners = {id(bound.scope) for bound in command.names.lookup(name, here)}
    if id(inside) in owners:
        return f"the value of {key} is computed from {name}"
    if around is not inside and here is inside and name in command.names.own(around):
        return f"{name} in the value of {key} means something else in the model"
    return ""
