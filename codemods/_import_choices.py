"""Imports that are one of several: in the branches of `try` and `if`."""

from __future__ import annotations

import libcst as cst
from libcst.helpers import get_full_name_for_node

from gardener.codemod.node_index import NodeIndex

from ._deprecated_mentions import Mentions

_CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError"}


def alternatives(index: NodeIndex, node: cst.CSTNode) -> list[cst.CSTNode]:
    """Other branches of what an import is a choice of: of `try`, or of `if` with an `else`."""
    around = {node}
    branches: list[cst.CSTNode | None] = []
    inside: cst.CSTNode = node
    for above in index.ancestors(node):
        if isinstance(above, (cst.FunctionDef, cst.ClassDef)):
            break
        if isinstance(above, (cst.Try, cst.TryStar)):
            if any(map(_catches, above.handlers)) and inside is not above.finalbody:
                branches += [above.body, *above.handlers, above.orelse]
        elif isinstance(above, cst.If) and above.orelse is not None and not _for_types(above):
            branches += [above.body, above.orelse]
        around.add(above)
        inside = above
    return [branch for branch in branches if branch is not None and branch not in around]


def is_chosen_in(mentions: Mentions, branches: list[cst.CSTNode], module: str, name: str) -> bool:
    """Whether a branch imports a name, or the module that has it."""
    for statement in mentions.imports:
        if not any(above in branches for above in mentions.index.ancestors(statement)):
            continue
        if isinstance(statement, cst.Import):
            if any(f"{a.evaluated_name}.".startswith(f"{module}.") for a in statement.names):
                return True
            continue
        base = mentions.module_of(statement)
        names = statement.names
        if isinstance(names, cst.ImportStar):
            imported = {f"{base}.*"}
        else:
            imported = {f"{base}.{alias.evaluated_name}" for alias in names}
        if {f"{module}.{name}", f"{module}.*", module} & imported:
            return True
    return False


def _catches(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes over when an import fails."""
    kind = handler.type
    if kind is None:
        return True
    kinds = [e.value for e in kind.elements] if isinstance(kind, cst.Tuple) else [kind]
    return any((get_full_name_for_node(k) or "").rpartition(".")[2] in _CAUGHT for k in kinds)


def _for_types(branch: cst.If) -> bool:
    name = get_full_name_for_node(branch.test) or ""
    return name.rpartition(".")[2] == "TYPE_CHECKING"
