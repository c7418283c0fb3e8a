"""What an expression means in its module, in words that other files can follow."""

from __future__ import annotations

import builtins
from typing import NamedTuple

import libcst as cst

from gardener.codemod.meaning import Bound, Names
from gardener.codemod.node_index import NodeIndex

_BUILTINS = frozenset(dir(builtins))
_DEEPEST = 8
"""How many names in a row are followed to what they stand for."""


class Meaning(NamedTuple):
    """What an expression means in its module.

    `kind` is name (`text` is the dotted name by the imports, with its leading dots), class (the
    key of a class of the module), call (what is called), starred (a name that star imports may
    bring), or unknown (the code).
    """

    kind: str
    text: str


def key_of(index: NodeIndex, node: cst.ClassDef) -> str:
    """The name of a class, and which of the module's nodes it is."""
    return f"{node.name.value}#{index.order[node]}"


def module_of(node: cst.ImportFrom) -> str:
    """The module that a `from` import names, with its leading dots."""
    module = cst.Module([]).code_for_node(node.module) if node.module else ""
    return "." * len(node.relative) + module


def meant(names: Names, node: cst.BaseExpression, depth: int = 0) -> Meaning:
    """What an expression means where it stands; `Generic[T]` means what Generic does."""
    while isinstance(node, cst.Subscript):
        node = node.value
    if isinstance(node, cst.Name):
        bindings = names.bound(node)
        if bindings and bindings[0].scope is not None:
            return meant_by(names, bindings, depth)
        if names.stars and node.value not in _BUILTINS:
            return Meaning("starred", node.value)
        is_builtin = node.value in _BUILTINS
        return (
            Meaning("name", f"builtins.{node.value}")
            if is_builtin
            else Meaning("unknown", node.value)
        )
    meaning = names.meaning(node)
    if meaning:
        return Meaning("name", meaning)
    if isinstance(node, cst.Attribute) and depth < _DEEPEST:
        owner = meant(names, node.value, depth + 1)
        if owner.kind == "class":
            return Meaning("class", f"{owner.text}.{node.attr.value}")
    return Meaning("unknown", code_of(node))


def meant_by(names: Names, bindings: list[Bound], depth: int = 0) -> Meaning:
    """What a name means that is bound in these ways."""
    only = bindings[0] if len(bindings) == 1 else None
    if only is not None and isinstance(only.node, cst.ClassDef):
        return Meaning("class", key_of(names.index, only.node))
    if only is not None and only.kind == "assign" and only.value is not None:
        aliased = only.value
        while isinstance(aliased, cst.Subscript):
            aliased = aliased.value
        if isinstance(aliased, cst.Call) and aliased is only.value:
            return Meaning("call", names.meaning(aliased.func))
        if isinstance(aliased, (cst.Name, cst.Attribute)) and depth < _DEEPEST:
            return meant(names, aliased, depth + 1)
    targets = {bound.target for bound in bindings}
    if len(targets) == 1 and all(bound.kind == "import" for bound in bindings):
        return Meaning("name", targets.pop())
    return Meaning("unknown", bindings[0].name)


def code_of(node: cst.CSTNode) -> str:
    """A node as it is written, without what surrounds it."""
    return cst.Module([]).code_for_node(node).strip()
