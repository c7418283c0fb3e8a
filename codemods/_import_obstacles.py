"""What keeps a place from importing a name from where it is now: circles, and tests that patch it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gardener.codemod.prefilter import patched_names

if TYPE_CHECKING:
    import libcst as cst

    from ._deprecated_mentions import Mentions
    from ._rule_command import RuleCommand
    from ._rules import Home


def obstacle(command: RuleCommand, node: cst.CSTNode, old: str, home: Home) -> str:
    """Why a place cannot import from a home; '' = it can."""
    mentions = command.mentions
    modules, path = mentions.modules, mentions.path
    if home.module == mentions.own:
        return f"its new home {home.module} is this file"
    if command.is_top(node):
        module = old.rpartition(".")[0]
        new_file = modules.locate(home.module, path)
        if modules.imports(new_file, mentions.own):
            old_file = modules.locate(module, path)
            if not modules.imports(old_file, home.module):
                return f"{home.module} imports this module, so it would be a circle"
        return ""
    where = patched(mentions, old, f"{home.module}.{home.name}")
    return f"{where} patches {old}" if where else ""


def is_circle(command: RuleCommand, node: cst.CSTNode, module: str) -> bool:
    """Whether a module imports this one, so that it is not complete yet where `node` is run."""
    if not command.is_top(node):
        return False
    mentions = command.mentions
    file = mentions.modules.locate(module, mentions.path)
    return module == mentions.own or mentions.modules.imports(file, mentions.own)


def is_one_class(mentions: Mentions, old: str, new: str) -> bool:
    """Whether two dotted names surely mean one and the same class."""
    define = mentions.modules.define
    before, after = define(old, mentions.path), define(new, mentions.path)
    if before is None or after is None or before.binding is None or after.binding is None:
        return False
    is_same = before.path == after.path and before.binding.node is after.binding.node
    return is_same and isinstance(before.binding.node, ast.ClassDef)


def patched(mentions: Mentions, dotted: str, home: str = "") -> str:
    """Where a test of the project patches a dotted name; '' = nowhere.

    To patch an attribute of a class does the same wherever the class is imported from.
    """
    for text, place in patched_names(mentions.project, dotted):
        if text == dotted:
            return place
        if text.startswith(f"{dotted}.") and not (home and is_one_class(mentions, dotted, home)):
            return place
    return ""
