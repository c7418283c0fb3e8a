"""What a class says of itself: its bases, members, annotated fields, and settings of Pydantic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import libcst as cst

from gardener.codemod.meaning import Names
from gardener.codemod.meant import Meaning, code_of, meant, meant_by

Form = Literal["one", "many", "values"]
"""How an annotation takes a class: as it is, many of it (`list[A]`), as values (`dict[str, A]`)."""


class ClassFacts(NamedTuple):
    """A class as it is written. `members` are the names that its body binds.

    `fields` are the annotated ones whose annotation names one class, each with the form in which
    there is of it; `annotated` are the names of all; `mentioned` is all that annotations name, however deep. `settings` are the keys and the values
    of a Pydantic configuration; a key `*` stands for one that is not written out.
    """

    bases: tuple[Meaning, ...] = ()
    members: tuple[tuple[str, Meaning], ...] = ()
    fields: tuple[tuple[str, Meaning, Form], ...] = ()
    mentioned: tuple[Meaning, ...] = ()
    annotated: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    def field(self, name: str) -> Named | None:
        """The class that a field's annotation names."""
        types = (Named(meaning, form) for n, meaning, form in self.fields if n == name)
        return next(types, None)

    def member(self, name: str) -> Meaning | None:
        """What a name of the body means; None if the body does not bind it."""
        return dict(self.members).get(name)


def class_of_plain(values: Any) -> ClassFacts:
    """The facts that were kept as plain values."""
    bases, members, fields, mentioned, *rest = values
    return ClassFacts(
        tuple(Meaning(*base) for base in bases),
        tuple((name, Meaning(*meaning)) for name, meaning in members),
        tuple((name, Meaning(*meaning), form) for name, meaning, form in fields),
        tuple(Meaning(*meaning) for meaning in mentioned),
        *rest,
    )


# --- annotations --------------------------------------------------------------------------------


class Named(NamedTuple):
    """The one class that an annotation names, and the form in which there is of it."""

    meaning: Meaning
    form: Form = "one"


_OPTIONAL = ("typing.Optional", "typing.Annotated", "typing_extensions.Annotated", "typing.Final")
_UNIONS = ("typing.Union", "types.UnionType")
_MANY = frozenset(
    f"{module}.{name}"
    for module in ("typing", "builtins", "collections.abc")
    for name in (
        *("List", "list", "Sequence", "Iterable", "Iterator", "Collection", "MutableSequence"),
        *("Set", "set", "FrozenSet", "frozenset", "Tuple", "tuple"),
    )
)


_MAPPINGS = frozenset(
    [
        *("builtins.dict", "collections.defaultdict", "collections.OrderedDict"),
        *("collections.abc.Mapping", "collections.abc.MutableMapping"),
        *(
            f"typing.{n}"
            for n in ("Dict", "Mapping", "MutableMapping", "DefaultDict", "OrderedDict")
        ),
    ]
)


def named(names: Names, node: cst.BaseExpression) -> Named | None:
    """What an annotation names, as far as it is one class, many of one, or that and None."""
    if isinstance(node, (cst.Name, cst.Attribute)):
        return Named(meant(names, node))
    if isinstance(node, cst.SimpleString):
        meaning = _quoted(names, node)
        return Named(meaning) if meaning else None
    if isinstance(node, cst.BinaryOperation):
        sides = [side for side in (node.left, node.right) if not _is_none(side)]
        return (
            named(names, sides[0])
            if len(sides) == 1 and isinstance(node.operator, cst.BitOr)
            else None
        )
    return _subscripted(names, node) if isinstance(node, cst.Subscript) else None


def _subscripted(names: Names, node: cst.Subscript) -> Named | None:
    """What `list[A]`, `dict[str, A]`, `Optional[A]` and the like name."""
    outer = meant(names, node.value)
    indexes = [e.slice.value for e in node.slice if isinstance(e.slice, cst.Index)]
    if outer.kind != "name" or not indexes:
        return None
    if outer.text in _UNIONS:
        indexes = [index for index in indexes if not _is_none(index)]
        return named(names, indexes[0]) if len(indexes) == 1 else None
    if outer.text in _MAPPINGS:
        inner = named(names, indexes[1]) if len(indexes) == 2 else None
        return Named(inner.meaning, "values") if inner is not None and inner.form == "one" else None
    inner = named(names, indexes[0])
    if inner is None or outer.text in _OPTIONAL:
        return inner
    is_row = outer.text not in ("builtins.tuple", "typing.Tuple") or isinstance(
        indexes[-1], cst.Ellipsis
    )
    is_many = outer.text in _MANY and is_row and inner.form == "one"
    return Named(inner.meaning, "many") if is_many else None


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"


def _quoted(names: Names, node: cst.SimpleString) -> Meaning | None:
    """What a name in quotes means: it is looked up when the module is whole."""
    text = node.evaluated_value
    if not isinstance(text, str) or not text.isidentifier():
        return None
    scope = names.scope(node)
    bindings = names.lookup(text, scope)
    real = bool(bindings) and bindings[0].scope is not None
    return meant_by(names, bindings) if real else Meaning("starred", text)


def _mentioned(names: Names, annotation: cst.BaseExpression) -> Iterator[Meaning]:
    """All names in an annotation; a union of several types is a mention of its own."""
    stack: list[cst.CSTNode] = [annotation]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.SimpleString):
            yield _quoted(names, node) or Meaning("unknown", node.value)
        elif isinstance(node, (cst.Name, cst.Attribute)):
            yield meant(names, node)
        elif isinstance(node, cst.Arg):
            stack.append(node.value)
        else:
            if isinstance(node, cst.BinaryOperation) and not (
                _is_none(node.left) or _is_none(node.right)
            ):
                yield Meaning("name", _UNIONS[0])
            stack += node.children


# --- classes ------------------------------------------------------------------------------------


def class_facts(names: Names, node: cst.ClassDef) -> ClassFacts:
    """What a class says of itself."""
    annotated = [s for s in _parts(node) if isinstance(s, cst.AnnAssign)]
    fields = [
        (s.target.value, s.annotation.annotation)
        for s in annotated
        if isinstance(s.target, cst.Name)
    ]
    types = [(name, named(names, annotation)) for name, annotation in fields]
    return ClassFacts(
        tuple(meant(names, base.value) for base in node.bases if not base.star),
        tuple(_members(names, node)),
        tuple((name, *type_) for name, type_ in types if type_ is not None),
        tuple(dict.fromkeys(m for _, a in fields for m in _mentioned(names, a))),
        tuple(name for name, _ in fields),
        tuple(_settings(node)),
    )


def _parts(node: cst.ClassDef) -> Iterator[cst.CSTNode]:
    """The small statements directly in a body."""
    for statement in node.body.body:
        yield from statement.body if isinstance(statement, cst.SimpleStatementLine) else ()


def _members(names: Names, node: cst.ClassDef) -> Iterator[tuple[str, Meaning]]:
    if not node.body.body:
        return
    scope = names.scope(node.body.body[0])
    if names.holder(scope) is not node:
        return
    for name, bindings in names.own(scope).items():
        yield name, meant_by(names, bindings)


def _settings(node: cst.ClassDef) -> Iterator[tuple[str, str]]:
    """Keys and values of Pydantic's configuration, as far as they are written out in a class."""
    yield from ((k.keyword.value, code_of(k.value)) for k in node.keywords if k.keyword)
    for statement in node.body.body:
        if isinstance(statement, cst.ClassDef) and statement.name.value == "Config":
            if statement.bases:
                yield "*", code_of(statement.bases[0].value)
            yield from (pair for part in _parts(statement) for pair in _assigned(part))
    for part in _parts(node):
        for name, _ in _assigned(part):
            if name == "model_config":
                yield from _entries(getattr(part, "value", None))


def _assigned(part: cst.CSTNode) -> Iterator[tuple[str, str]]:
    target: cst.CSTNode | None = None
    if isinstance(part, cst.Assign) and len(part.targets) == 1:
        target = part.targets[0].target
    elif isinstance(part, cst.AnnAssign) and part.value is not None:
        target = part.target
    if isinstance(target, cst.Name):
        yield target.value, code_of(part.value)  # type: ignore[attr-defined]


def _entries(node: cst.CSTNode | None) -> Iterator[tuple[str, str]]:
    """The keys and values of `ConfigDict(...)` or of a dictionary."""
    if isinstance(node, cst.Call) and not any(a.keyword is None for a in node.args):
        yield from ((a.keyword.value, code_of(a.value)) for a in node.args if a.keyword)
    elif isinstance(node, cst.Dict):
        for entry in node.elements:
            if isinstance(entry, cst.DictElement) and isinstance(entry.key, cst.SimpleString):
                yield str(entry.key.evaluated_value), code_of(entry.value)
            else:
                yield "*", code_of(entry.value)
    elif node is not None:
        yield "*", code_of(node)
