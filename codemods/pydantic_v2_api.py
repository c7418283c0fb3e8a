"""Call the methods of Pydantic 2 models by their new names (runs only when it is named).

`.dict()` becomes `.model_dump()`, `.json()` `.model_dump_json()`, `parse_obj` `model_validate`,
`@validator` `@field_validator`, and so on, but only where the receiver is known to be a
Pydantic 2 model: a class of the project, `self` and `cls` in it, what a call of the class
gives, a parameter or a variable that is annotated with it. Arguments that the new method does
not take, validators that look at other values, and methods that a class overrides are left.

See https://docs.pydantic.dev/latest/migration/#changes-to-pydanticbasemodel
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gardener.codemod.engine import Example
from gardener.codemod.source import Edit, Remark, Source

if TYPE_CHECKING:
    from gardener.codemod.classes import ClassRef
    from gardener.codemod.project import Project

DEFAULT = False
_DUMP = frozenset(
    ["include", "exclude", "by_alias", "exclude_unset", "exclude_defaults", "exclude_none"]
)


class _Method(NamedTuple):
    """The new name, the keywords that both take, how many positional arguments both take."""

    name: str
    keywords: frozenset[str] = frozenset()
    positional: int = 0


_METHODS = {
    "dict": _Method("model_dump", _DUMP),
    "json": _Method("model_dump_json", _DUMP),
    "copy": _Method("model_copy", frozenset(("update", "deep"))),
    "parse_obj": _Method("model_validate", frozenset(), 1),
    "parse_raw": _Method("model_validate_json", frozenset(), 1),
    "construct": _Method("model_construct", frozenset(("*",))),
    "schema": _Method("model_json_schema", frozenset(("by_alias", "ref_template"))),
    "update_forward_refs": _Method("model_rebuild"),
}
_OF_CLASS = {"parse_obj", "parse_raw", "construct", "schema", "update_forward_refs"}
_MAKES = {"parse_obj", "parse_raw", "construct", "from_orm"}
_MAKES |= {"model_validate", "model_validate_json", "model_construct", "copy", "model_copy"}
NEEDLES = (
    *(f".{name}(".encode() for name in _METHODS),
    b"@validator",
    b"@root_validator",
    b".validator(",
    b".root_validator(",
)
EXAMPLES = (
    Example(
        "methods of a known model",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "def show(user: User) -> str:\n    return user.json(exclude_none=True)\n\n\n"
        'User.parse_obj({"id": 1}).dict()\n',
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n\n"
        "def show(user: User) -> str:\n    return user.model_dump_json(exclude_none=True)\n\n\n"
        'User.model_validate({"id": 1}).model_dump()\n',
    ),
    Example(
        "a validator of one value",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    id: int\n\n"
        '    @validator("id", pre=True)\n    def positive(cls, value):\n        return abs(value)\n',
        "from pydantic import BaseModel, field_validator\n\n\nclass User(BaseModel):\n    id: int\n\n"
        '    @field_validator("id", mode="before")\n    @classmethod\n'
        "    def positive(cls, value):\n        return abs(value)\n",
    ),
    Example(
        "a validator that looks at other values needs a human",
        "from pydantic import BaseModel, validator\n\n\nclass User(BaseModel):\n    a: int\n    b: int\n\n"
        '    @validator("b")\n    def larger(cls, value, values):\n'
        '        assert value > values["a"]\n        return value\n',
        note="takes `values`",
    ),
    Example(
        "what is not known to be a model stays",
        "from pydantic import BaseModel\n\n\ndef show(thing):\n    return thing.dict()\n",
    ),
)


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether a method is called or a decorator used at all."""
    del path, project
    return bool(
        re.search(
            rb"\.(?:dict|json|copy|parse_obj|parse_raw|construct|schema|update_forward_refs)\(|validator\b",
            data,
        )
    )


def rewrite(source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that use the new names where the receiver is surely a model."""
    for attribute in source.find(ast.Attribute):
        call = source.names.parent_of[attribute]
        if (
            attribute.attr not in _METHODS
            or not isinstance(call, ast.Call)
            or call.func is not attribute
        ):
            continue
        if source.protected(call):
            continue
        model = _receiver(source, project, attribute)
        if model is None:
            continue
        method = _METHODS[attribute.attr]
        why = _arguments(call, method) or _overridden(project, model, attribute.attr)
        if why:
            yield Remark(
                attribute.end_lineno or call.lineno,
                f"{attribute.attr}() of {model.node.name} left alone: {why}",
            )
            continue
        try:
            end = source.span(attribute)[1]
        except ValueError:
            continue
        yield Edit(end - len(attribute.attr), end, method.name)
    yield from _validators(source, project)


# --- receivers -------------------------------------------------------------------------------


def _receiver(source: Source, project: Project, attribute: ast.Attribute) -> ClassRef | None:
    """The model whose method is called, if that is certain."""
    if attribute.attr in _OF_CLASS:
        model = _class(source, project, attribute.value)
        if model is not None:
            return model
        return None
    return _instance(source, project, attribute.value)


def _class(source: Source, project: Project, expr: ast.expr) -> ClassRef | None:
    """The model class that an expression is."""
    from gardener.codemod.classes import ClassRef, class_of

    path = project.full(source.path)
    while isinstance(expr, ast.Subscript):
        expr = expr.value
    if isinstance(expr, ast.Name) and expr.id in ("cls", "self"):
        return (
            _around(source, project, expr, classmethod_=expr.id == "cls")
            if expr.id == "cls"
            else None
        )
    if not isinstance(expr, (ast.Name, ast.Attribute)):
        return None
    found = class_of(project, source, path, expr)
    return found if isinstance(found, ClassRef) and _is_model(project, found) else None


def _is_model(project: Project, ref: ClassRef) -> bool:
    from gardener.codemod.classes import bases_of

    outside = bases_of(project, ref).outside
    models = {"pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic_settings.BaseSettings"}
    return bool(models & set(outside)) and not any(o.startswith("pydantic.v1") for o in outside)


def _around(
    source: Source, project: Project, name: ast.Name, *, classmethod_: bool
) -> ClassRef | None:
    """The model whose method has this `self` or `cls`."""
    from gardener.codemod.classes import ClassRef

    found = source.names.lookup(name)
    if found is None or len(found[1]) != 1 or found[1][0].kind != "parameter":
        return None
    function = found[0].node
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    first = [*function.args.posonlyargs, *function.args.args][:1]
    holder = source.names.parent_of[function]
    if not first or first[0].arg != name.id or not isinstance(holder, ast.ClassDef):
        return None
    decorators = {
        ast.unparse(d).partition("(")[0].rpartition(".")[2] for d in function.decorator_list
    }
    is_class = bool(decorators & {"classmethod", "validator", "root_validator"})
    if "staticmethod" in decorators or is_class is not classmethod_:
        return None
    ref = ClassRef(source, project.full(source.path), holder)
    return ref if _is_model(project, ref) else None


def _instance(source: Source, project: Project, expr: ast.expr, depth: int = 0) -> ClassRef | None:
    """The model that an expression is an instance of."""
    if depth > 4:
        return None
    if isinstance(expr, ast.Call):
        model = _class(source, project, expr.func)
        if model is not None:
            return model
        if isinstance(expr.func, ast.Attribute) and expr.func.attr in _MAKES:
            owner = expr.func.value
            if expr.func.attr in ("copy", "model_copy"):
                return _instance(source, project, owner, depth + 1)
            return _class(source, project, owner)
        return None
    if isinstance(expr, ast.Await) or not isinstance(expr, ast.Name):
        return None
    if expr.id == "self":
        return _around(source, project, expr, classmethod_=False)
    found = source.names.lookup(expr)
    if found is None or len(found[1]) != 1:
        return None
    binding = found[1][0]
    if isinstance(binding.node, ast.arg):
        return _annotated(source, project, binding.node.annotation)
    if isinstance(binding.node, ast.AnnAssign):
        return _annotated(source, project, binding.node.annotation)
    if binding.kind == "assign" and isinstance(binding.value, ast.Call):
        return _instance(source, project, binding.value, depth + 1)
    return None


def _annotated(source: Source, project: Project, annotation: ast.expr | None) -> ClassRef | None:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        if not annotation.value.isidentifier():
            return None
        bindings = source.names.module.bindings.get(annotation.value, [])
        node = bindings[0].node if len(bindings) == 1 else None
        if isinstance(node, ast.ClassDef):
            from gardener.codemod.classes import ClassRef

            ref = ClassRef(source, project.full(source.path), node)
            return ref if _is_model(project, ref) else None
        return None
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = [annotation.left, annotation.right]
        real = [s for s in sides if not (isinstance(s, ast.Constant) and s.value is None)]
        return _annotated(source, project, real[0]) if len(real) == 1 else None
    if isinstance(annotation, ast.Subscript):
        if source.qualified(annotation.value) in ("typing.Optional", "typing.Annotated"):
            inner = annotation.slice
            inner = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
            return _annotated(source, project, inner)
        return None  # list[User] is no User
    if isinstance(annotation, (ast.Name, ast.Attribute)):
        return _class(source, project, annotation)
    return None


def _arguments(call: ast.Call, method: _Method) -> str:
    if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > method.positional:
        return "its positional arguments mean something else in the new method"
    if len(call.args) < method.positional:
        return "its argument is given by name"
    for keyword in call.keywords:
        if "*" not in method.keywords and keyword.arg not in method.keywords:
            return f"the new method does not take {keyword.arg or '**'}"
    return ""


def _overridden(project: Project, model: ClassRef, name: str) -> str:
    """Where a class of the project has a method or a field of the old name of its own."""
    from gardener.codemod.classes import bases_of

    for ref in (model, *bases_of(project, model).classes):
        if name in ref.source.names.scope_at[ref.node].bindings:
            return f"{ref.node.name} has its own {name}"
    pattern = re.compile(rf"\bdef {name}\(self|\bdef {name}\(cls".encode())
    for path, data in project.memo(
        "pydantic files", lambda: list(project.grep("BaseModel", "def "))
    ):
        if pattern.search(data):
            return f"a model in {path} may override it"
    return ""


# --- validators --------------------------------------------------------------------------------


def _validators(source: Source, project: Project) -> Iterator[Edit | Remark]:
    from gardener.codemod.classes import ClassRef

    edits: list[Edit] = []
    used: dict[str, int] = {}
    kept: set[str] = set()
    for function in source.find(ast.FunctionDef):
        holder = source.names.parent_of[function]
        for decorator in function.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            meaning = source.qualified(target)
            if meaning not in ("pydantic.validator", "pydantic.root_validator"):
                continue
            old = meaning.rpartition(".")[2]
            model = isinstance(holder, ast.ClassDef) and _is_model(
                project, ClassRef(source, project.full(source.path), holder)
            )
            why = "" if model else "it is not in a known model"
            why = why or _not_convertible(source, function, decorator, old)
            if why or source.protected(decorator):
                kept.add(old)
                if why:
                    yield Remark(decorator.lineno, f"@{old} of {function.name} left alone: {why}")
                continue
            used[old] = used.get(old, 0) + 1
            assert isinstance(decorator, ast.Call)
            edits += _decorator_edits(source, function, decorator, old)
    yield from edits
    yield from _validator_imports(source, used, kept)


def _not_convertible(
    source: Source, function: ast.FunctionDef, decorator: ast.expr, old: str
) -> str:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or len(names) != 2:
        extra = names[2] if len(names) > 2 else "**"
        return f"it takes `{extra}`"
    if not isinstance(decorator, ast.Call):
        return "it is used without a call"
    keywords = {k.arg: k.value for k in decorator.keywords}
    for name, value in keywords.items():
        if not isinstance(value, ast.Constant):
            return f"{name} is computed"
        if name not in ("pre", "allow_reuse", "check_fields"):
            return f"`{name}` works in another way in Pydantic 2"
    if old == "root_validator":
        pre = keywords.get("pre")
        if not isinstance(pre, ast.Constant) or pre.value is not True:
            return "after validation a model validator gets the model, not its values"
    direct = isinstance(decorator.func, (ast.Name, ast.Attribute))
    if not direct or any(isinstance(a, ast.Starred) for a in decorator.args):
        return "its fields are computed"
    if isinstance(decorator.func, ast.Name) and decorator.func.id != old:
        return "it is imported under another name"
    if any(source.data[slice(*source.raw_span(decorator))].find(b"#") >= 0 for _ in "x"):
        return "a comment stands in it"
    return ""


def _decorator_edits(
    source: Source, function: ast.FunctionDef, decorator: ast.Call, old: str
) -> list[Edit]:
    new = "field_validator" if old == "validator" else "model_validator"
    prefix = ""
    if isinstance(decorator.func, ast.Attribute):
        prefix = source.text(decorator.func.value) + "."
    parts = [source.text(argument) for argument in decorator.args]
    for keyword in decorator.keywords:
        assert isinstance(keyword.value, ast.Constant)
        if keyword.arg == "pre" and keyword.value.value is True:
            parts.append('mode="before"')
        elif keyword.arg == "check_fields":
            parts.append(source.text(keyword))
    edits = [source.replace(decorator, f"{prefix}{new}({', '.join(parts)})")]
    texts = [ast.unparse(d) for d in function.decorator_list]
    if "classmethod" not in texts:
        last = function.decorator_list[-1]
        end = source.line_end(source.raw_span(last)[1])
        indent = source.indent_of(function)
        edits.append(Edit(end, end, f"{source.newline}{indent}@classmethod"))
    return edits


def _validator_imports(source: Source, used: dict[str, int], kept: set[str]) -> Iterator[Edit]:
    from gardener.codemod.importing import exchanged

    wanted: dict[ast.ImportFrom, tuple[list[ast.alias], list[str]]] = {}
    for old, count in used.items():
        new = "field_validator" if old == "validator" else "model_validator"
        bindings = source.names.module.bindings.get(old, [])
        for binding in bindings[:1]:
            if not isinstance(binding.node, ast.ImportFrom) or binding.alias is None:
                continue
            loads = [n for n in source.find(ast.Name) if n.id == old]
            gone, texts = wanted.setdefault(binding.node, ([], []))
            if len(loads) == count and old not in kept:
                gone.append(binding.alias)
            if not source.names.module.bindings.get(new):
                texts.append(new)
    for node, (gone, texts) in wanted.items():
        yield from exchanged(source, node, gone, ", ".join(texts))
