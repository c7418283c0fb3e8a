"""What the keys of a `class Config` are called in Pydantic 2, and what becomes of their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from gardener.codemod.command import Command

from ._config_keys import KNOWN, REMOVED, RENAMED
from ._config_layout import Key, parts

Tell = Callable[[cst.CSTNode, str], None]

_EXTRA = ("pydantic.Extra", "pydantic.config.Extra")
_CHOICES = ("allow", "ignore", "forbid")
_SIMPLE = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)


def assignments(
    config: cst.ClassDef,
) -> Iterator[tuple[cst.BaseSmallStatement, str, cst.BaseExpression]]:
    """The plain assignments of a body to one name each."""
    for part in parts(config):
        target: cst.BaseExpression | None = None
        if isinstance(part, cst.Assign) and len(part.targets) == 1:
            target = part.targets[0].target
        elif isinstance(part, cst.AnnAssign):
            target = part.target
        value = getattr(part, "value", None)
        if isinstance(target, cst.Name) and isinstance(value, cst.BaseExpression):
            yield part, target.value, value


def assigned(config: cst.ClassDef) -> list[str]:
    """The names that a body assigns."""
    return [name for _, name, _ in assignments(config)]


class Values:
    """The keys of one class; `replaced` are the nodes that their new values no longer have."""

    def __init__(self, command: Command, config: cst.ClassDef, tell: Tell) -> None:
        self.command = command
        self.config = config
        self.tell = tell
        self.replaced: list[cst.CSTNode] = []

    def keys(self) -> tuple[list[Key], str]:
        """The keys by their new names, or why there are none."""
        present = set(assigned(self.config))
        keys: list[Key] = []
        for part, old, value in assignments(self.config):
            text, why = self._value(value)
            if why:
                return [], why
            new = RENAMED.get(old, old)
            if old in REMOVED:
                new = ""
                self.tell(part, f"`{old}` has no effect in Pydantic 2 and is gone: {REMOVED[old]}")
            elif new != old and new in present:
                self.tell(part, f"`{old}` had no effect beside `{new}` and is gone")
                new = ""
            elif new != old:
                text = _negated(text) if old == "allow_mutation" else text
                self._activated(part, old, new, text)
            elif old not in KNOWN:
                self.tell(part, f"`{old}` is no key that Pydantic knows; it is kept")
            keys.append(Key(part, old, new, text))
        names = [key.new for key in keys if key.new]
        return ([], "two keys become the same one") if len(names) != len(set(names)) else (keys, "")

    def _activated(self, part: cst.CSTNode, old: str, new: str, value: cst.BaseExpression) -> None:
        code = self.command.code(value)
        text = f"{new}={code}" if len(code) < 40 and "\n" not in code else new
        self.tell(
            part,
            f"`{old}` was ignored by Pydantic 2 under its old name; as `{text}` it takes effect",
        )

    def _value(self, value: cst.BaseExpression) -> tuple[cst.BaseExpression, str]:
        """The value with `Extra.forbid` as a string and without `staticmethod`; or why not."""
        if isinstance(value, cst.Call) and self.command.code(value.func) == "staticmethod":
            if len(value.args) != 1 or value.args[0].keyword or value.args[0].star:
                return value, "a staticmethod is built in an unusual way"
            value = value.args[0].value
        choices = dict(self._choices(value))
        for node in choices:
            self.replaced += [n for n in _all_of(node) if isinstance(n, cst.Name)]
        changed = value.visit(_Exchanged(choices)) if choices else value
        assert isinstance(changed, cst.BaseExpression)
        return changed, ""

    def _choices(self, value: cst.BaseExpression) -> Iterator[tuple[cst.CSTNode, str]]:
        """Members of pydantic.Extra in a value, with their texts; `Extra.forbid.value` as a whole."""
        for node in _all_of(value):
            if isinstance(node, cst.Attribute) and node.attr.value in _CHOICES:
                if self.command.meaning(node.value) in _EXTRA:
                    above = self.command.index.parent[node]
                    inner = isinstance(above, cst.Attribute) and above.attr.value == "value"
                    yield (above if inner else node), node.attr.value


class _Exchanged(cst.CSTTransformer):
    """Puts strings in the place of some nodes."""

    def __init__(self, texts: dict[cst.CSTNode, str]) -> None:
        super().__init__()
        self.texts = texts

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """The string for a node, in its parentheses."""
        text = self.texts.get(original_node)
        if text is None:
            return updated_node
        assert isinstance(updated_node, cst.Attribute)
        return cst.SimpleString(f'"{text}"', updated_node.lpar, updated_node.rpar)


def _all_of(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all that is in it."""
    yield node
    for child in node.children:
        yield from _all_of(child)


def _negated(value: cst.BaseExpression) -> cst.BaseExpression:
    if isinstance(value, cst.Name) and value.value in ("True", "False"):
        return cst.Name("False" if value.value == "True" else "True")
    if not isinstance(value, _SIMPLE) and not value.lpar:
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.UnaryOperation(cst.Not(), value)
