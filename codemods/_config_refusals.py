"""Which classes called Config are one of a Pydantic 2 model, and which have to stay as they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ._config_keys import KNOWN

if TYPE_CHECKING:
    from gardener.codemod.classes import BaseClasses, ClassRef
    from gardener.codemod.project import Project
    from gardener.codemod.source import Source

_MODELS = {
    "pydantic.BaseModel",
    "pydantic.main.BaseModel",
    "pydantic.RootModel",
    "pydantic.root_model.RootModel",
    "pydantic.generics.GenericModel",
}
_SETTINGS = {"pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings"}
_PLAIN = r"(?:builtins|typing|typing_extensions|abc|enum|collections|dataclasses)\."
_GONE = frozenset(
    [
        "BaseSettings",
        "ConstrainedBytes",
        "ConstrainedDate",
        "ConstrainedDecimal",
        "ConstrainedFloat",
        "ConstrainedFrozenSet",
        "ConstrainedInt",
        "ConstrainedList",
        "ConstrainedSet",
        "ConstrainedStr",
        "JsonWrapper",
        "NoneBytes",
        "NoneStr",
        "NoneStrBytes",
        "Protocol",
        "Required",
        "StrBytes",
        "compiled",
        "create_model_from_namedtuple",
        "create_model_from_typeddict",
        "parse_file_as",
        "parse_raw_as",
        "stricturl",
        "validate_model",
    ]
)
_VERSION = r"(?i)pydantic|\bversion\b|\b(?:is_?)?v[12]\b"
_OWN_SCOPE = {"locals", "vars", "dir", "super", "__qualname__", "__module__", "__class__"}


def configs(model: ast.ClassDef) -> list[ast.ClassDef]:
    """Classes called Config in a class body, those under a condition included."""
    found: list[ast.ClassDef] = []
    stack: list[ast.AST] = list(reversed(model.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.ClassDef):
            if node.name == "Config":
                found.append(node)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            stack += [n for n in ast.walk(node) if isinstance(n, ast.ClassDef)]
    return found


def kind_of(source: Source, model: ast.ClassDef, bases: BaseClasses) -> str:
    if any(o.startswith("pydantic.v1.") or o == "pydantic.BaseSettings" for o in bases.outside):
        return "v1"
    if any("pydantic.v1" in text or text.startswith("v1.") for text in bases.unknown):
        return "v1"
    if _SETTINGS & set(bases.outside):
        return "settings"
    if _MODELS & set(bases.outside):
        return "v2"
    for decorator in model.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if source.qualified(function) == "pydantic.dataclasses.dataclass":
            return "dataclass"
    foreign = [o for o in bases.outside if not re.match(_PLAIN, o)]
    return "unknown" if bases.unknown or foreign else "other"


def says_keys(source: Source, config: ast.ClassDef) -> bool:
    """Whether a Config of an unknown class looks like one of Pydantic."""
    near = b"pydantic" in source.data
    known = KNOWN if near else KNOWN - {"title", "extra"}
    names = assigned(config)
    return any(name in known for name in names) or ("extra" in names and b"Extra." in source.data)


def assigned(config: ast.ClassDef) -> list[str]:
    names = []
    for item in config.body:
        targets = item.targets if isinstance(item, ast.Assign) else []
        if isinstance(item, ast.AnnAssign):
            targets = [item.target]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def pydantic_1(source: Source, project: Project) -> str:
    """Why the code cannot be meant for Pydantic 2 only; empty when it is."""
    for node in source.find(ast.ImportFrom):
        if node.module == "pydantic" and not node.level:
            gone = [a.name for a in node.names if a.name in _GONE]
            if gone and not _shimmed(source, node):
                return f"the file imports {gone[0]} from pydantic, which Pydantic 2 does not have"
    return _requirement(project, source.path)


def _shimmed(source: Source, node: ast.stmt) -> bool:
    return any(isinstance(a, (ast.Try, ast.If)) for a in source.names.ancestors(node))


def _requirement(project: Project, path: str) -> str:
    """Why the project's requirements speak against Pydantic 2 in a file."""
    from gardener.codemod.evidence import allowed

    found = allowed(project, "pydantic", "2", path)
    if found is None or not found.before:
        return ""
    evidence = found.why
    if evidence.exact:
        return f"{evidence.place} has pydantic {evidence.bounds}"
    if not found.from_on:
        return f"{evidence.place} asks for pydantic {evidence.bounds}, which is Pydantic 1"
    if _uses_v2(project):
        return ""
    return f"{evidence.place} allows Pydantic 1 as well (pydantic {evidence.bounds})"


def _uses_v2(project: Project) -> bool:
    for _, data in project.grep("pydantic"):
        if re.search(rb"PYDANTIC_V[12]|pydantic\.VERSION|pydantic\.version|pydantic\.v1", data):
            return False
    names = rb"\b(?:ConfigDict|field_validator|model_validator|pydantic_settings|model_dump)\b"
    return any(re.search(names, data) for _, data in project.grep("pydantic"))


# --- what is refused -----------------------------------------------------------------------


def refused(source: Source, project: Project, ref: ClassRef, inner: list[ast.ClassDef]) -> str:
    config = inner[0]
    if source.awaits_warning(config):
        return "a test waits here for the warning that it gives"
    if _for_a_version(source, ref.node):
        return "it stands in a branch for one version of Pydantic"
    if len(inner) > 1 or config not in ref.node.body:
        return "it depends on a condition" if config not in ref.node.body else "there are two"
    return (
        refused_head(source, config)
        or refused_body(source, ref.node, config)
        or _referred_to(source, project, ref, config)
    )


def refused_head(source: Source, config: ast.ClassDef) -> str:
    """Why the head of the class speaks against it: decorators, keywords, bases."""
    if config.decorator_list or config.keywords:
        return "it is decorated or has class keywords"
    for base in config.bases:
        plain = isinstance(base, ast.Name) and base.id == "object"
        meaning = source.qualified(base)
        if not plain and meaning not in ("pydantic.BaseConfig", "pydantic.config.BaseConfig"):
            return f"it inherits from {ast.unparse(base)}"
    return ""


def _for_a_version(source: Source, model: ast.ClassDef) -> bool:
    """Whether a branch on a version decides that the model is there at all."""
    return any(
        isinstance(above, ast.If) and re.search(_VERSION, ast.unparse(above.test))
        for above in source.names.ancestors(model)
    )


def refused_body(source: Source, model: ast.ClassDef, config: ast.ClassDef) -> str:
    own = source.names.scope_at[config]
    outer = source.names.scope_at[model]
    seen: set[str] = set()
    for item in config.body:
        if isinstance(item, ast.Pass) or (
            isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
        ):
            continue
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return f"it has a method ({item.name})"
        if not isinstance(item, (ast.Assign, ast.AnnAssign)):
            return f"line {item.lineno} is more than a key and its value"
        target = item.targets[0] if isinstance(item, ast.Assign) else item.target
        chained = isinstance(item, ast.Assign) and len(item.targets) > 1
        if chained or not isinstance(target, ast.Name) or item.value is None:
            return f"line {item.lineno} is more than a key and its value"
        if target.id in seen:
            return f"{target.id} is set twice"
        if target.id.startswith("__"):
            return f"{target.id} has a name that Python treats specially"
        seen.add(target.id)
        for node in ast.walk(item.value):
            if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
                return f"the value of {target.id} is computed in place"
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("classmethod", "property"):
                return f"{target.id} is a {ast.unparse(node.func)}"
            if isinstance(node, ast.Name):
                private = node.id.startswith("__") and not node.id.endswith("__")
                if node.id in _OWN_SCOPE or private:
                    return f"the value of {target.id} depends on the class around it"
                found = source.names.lookup(node)
                if found and found[0] is own:
                    return f"the value of {target.id} is computed from {node.id}"
                if (
                    outer is not own
                    and source.names.scope_of[node] is own
                    and node.id in outer.bindings
                ):
                    return (
                        f"{node.id} in the value of {target.id} means something else in the model"
                    )
    return ""


def _referred_to(source: Source, project: Project, ref: ClassRef, config: ast.ClassDef) -> str:
    """Where else the class Config is used, as the rest of a sentence; '' = nowhere."""
    from gardener.codemod.classes import ClassRef, class_of

    outer = source.names.scope_at[ref.node]
    for node in source.find(ast.AST):
        if isinstance(node, ast.Name) and node.id == "Config" and isinstance(node.ctx, ast.Load):
            found = source.names.lookup(node)
            if found and found[0] is outer:
                return f"line {node.lineno} refers to it"
        elif isinstance(node, ast.Attribute) and node.attr == "Config":
            meant = class_of(project, source, ref.path, node.value)
            if isinstance(meant, ClassRef):
                if _gets_config_from(project, meant, ref):
                    return f"line {node.lineno} refers to it"
            elif not meant or not _module_like(project, source, ref.path, node.value):
                return f"line {node.lineno} may refer to it"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in _BY_NAME:
            if any(isinstance(a, ast.Constant) and a.value == "Config" for a in node.args):
                return f"line {node.lineno} looks it up by name"
    if len(outer.bindings.get("Config", ())) > 1:
        return "Config has a second meaning in the model"
    del config
    return _referred_to_elsewhere(source, project, ref)


_BY_NAME = ("getattr", "hasattr", "setattr", "delattr")
_DOTTED = rb"\b(\w+)\.Config\b"
_LOOKED_UP = rb"""\b(?:get|has|set|del)attr\(\s*[\w.\[\]()]+\s*,\s*["']Config["']"""


def _module_like(project: Project, source: Source, path: str, expr: ast.expr) -> bool:
    """Whether `X` in `X.Config` is a module or a class from outside of the repository."""
    meaning = source.qualified(expr)
    return bool(meaning) and meaning.lstrip(".") != "" and bool(project) and bool(path)


def _gets_config_from(project: Project, used: ClassRef, ref: ClassRef) -> bool:
    """Whether `used.Config` is the Config of `ref`."""
    from gardener.codemod.classes import bases_of, nested

    for cls in (used, *bases_of(project, used).classes):
        if cls.node.name == ref.node.name and cls.node.lineno == ref.node.lineno:
            return True
        if any(True for _ in nested(cls.node, "Config")):
            return False
    return False


def _referred_to_elsewhere(source: Source, project: Project, ref: ClassRef) -> str:
    """References from other files of the project: `Model.Config` or one of its subclasses."""
    from gardener.codemod.classes import ClassRef, class_of

    places = project.memo("Config references", lambda: list(_references(project)))
    for path, line, receiver in places:
        if path == source.path:
            continue
        if receiver == ref.node.name:
            return f"{path}:{line} refers to it"
        if not receiver:
            return f"{path}:{line} looks a Config up by name"
        other = project.modules.source(project.full(path))
        if other is None:
            continue
        for node in other.find(ast.Attribute):
            if node.attr == "Config" and isinstance(node.value, ast.Name):
                if node.value.id == receiver and node.lineno == line:
                    meant = class_of(project, other, project.full(path), node.value)
                    if isinstance(meant, ClassRef) and _gets_config_from(project, meant, ref):
                        return f"{path}:{line} refers to it"
                    if not meant and _may_mean(project, other, path, node, ref):
                        return f"{path}:{line} may refer to it"
    return ""


def _may_mean(
    project: Project, other: Source, path: str, node: ast.Attribute, ref: ClassRef
) -> bool:
    """Whether `x.Config`, x being a parameter or a variable of another file, may be this Config."""
    from gardener.codemod.classes import ClassRef, inherits

    if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        for above in other.names.ancestors(node):
            if isinstance(above, ast.ClassDef):
                around = ClassRef(other, project.full(path), above)
                return inherits(project, ref, around) or inherits(project, around, ref)
    if isinstance(node.value, ast.Name) and other.qualified(node.value):
        return False
    asked = other.names.parent_of[node]
    keys = {n for c in configs(ref.node) for n in assigned(c)}
    return not isinstance(asked, ast.Attribute) or asked.attr in keys


def _references(project: Project) -> Iterator[tuple[str, int, str]]:
    """Places that say `X.Config`, with X, or look a Config up by name, with ''."""
    said = [path for path, data in project.grep(".Config") if re.search(_DOTTED, data)]
    said += [path for path, data in project.grep("attr(", "Config") if re.search(_LOOKED_UP, data)]
    for path in dict.fromkeys(said):
        source = project.modules.source(project.full(path))
        if source is not None:  # what is only written in a longer string refers to nothing
            yield from ((path, line, receiver) for line, receiver in _references_in(source))
            continue
        data = project.read(path)
        for match in re.finditer(_DOTTED, data):
            yield path, data.count(b"\n", 0, match.start()) + 1, match[1].decode(errors="replace")
        for match in re.finditer(_LOOKED_UP, data):
            yield path, data.count(b"\n", 0, match.start()) + 1, ""


def _references_in(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.find(ast.Attribute):
        if node.attr == "Config" and isinstance(node.value, (ast.Name, ast.Attribute)):
            yield node.lineno, ast.unparse(node.value).rpartition(".")[2]
    for text in source.find(ast.Constant):  # an annotation, or what patch() is given
        if isinstance(text.value, str) and ".Config" in text.value:
            for match in re.finditer(_DOTTED.decode(), text.value):
                if re.fullmatch(r"[\w.\[\], |]+", text.value):
                    yield text.lineno, match[1]
    for call in source.find(ast.Call):
        if ast.unparse(call.func) in _BY_NAME and len(call.args) > 1:
            asked = call.args[1]
            if isinstance(asked, ast.Constant) and asked.value == "Config":
                yield call.lineno, ""
