"""Which places of a file wait for a deprecation warning, in whatever way: tests of it stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import libcst as cst

from gardener.codemod.carved import LeftOut
from gardener.codemod.tree import ParsedFile

from ._warning_words import IN_BYTES, SAYS_WARNING, is_fixture

_AWAITS = re.compile(
    r"(?:raises|Raises\w*|expect\w*)\(\s*\(?[^()]*Warning\b"  # pytest.raises(DeprecationWarning)
    r"|(?:warns|deprecated_call|assertWarns\w*)\("
    r"|catch_warnings\(.*record\s*=\s*True"
)
_TURNED = re.compile(r"(?:\w+\.)?(?:simplefilter|filterwarnings)\(\s*[\"'](?:error|always)")
_FILTERED = re.compile(r"filterwarnings\(\s*[rb]?[\"']error")
_IGNORES = re.compile(r"(?i)catch_warnings|ignor|suppress|silence|without|hide|allow")
_CALLED = ("raises", "warn", "deprecated_call", "filter", "expect", "Raises")


class Awaited:
    """The places of one file in which a warning is waited for."""

    def __init__(self, file: ParsedFile) -> None:
        self.file = file
        self.index = file.index

    def covers(self, node: cst.CSTNode) -> bool:
        """Whether a warning is waited for where a node is evaluated, or in the function around it."""
        waiting = self._waiting
        return bool(waiting) and any(above in waiting for above in self.index.ancestors(node))

    def uses(self, local: str) -> bool:
        """Whether a name of the file is used at a place that waits for a warning.

        Raises:
            LeftOut: it occurs where the tree does not reach.
        """
        if not IN_BYTES.search(self.file.data):
            return False
        if self.file.left_out(local):
            raise LeftOut(local)
        return any(self.covers(name) for name in self.index.find(cst.Name) if name.value == local)

    @cached_property
    def _waiting(self) -> set[cst.CSTNode]:
        """The statements in which a warning is waited for: `with`, functions, classes."""
        if not IN_BYTES.search(self.file.data):
            return set()
        waiting: set[cst.CSTNode] = set()
        for node in self.index.find(cst.With):
            if any(self._waits(item.item) for item in node.items):
                waiting.update((node, *self._functions_around(node)))
        definitions: list[cst.FunctionDef | cst.ClassDef] = [*self.index.find(cst.FunctionDef)]
        for definition in (*definitions, *self.index.find(cst.ClassDef)):
            if self._declares(definition):
                waiting.add(definition)
        for call in self.index.find(cst.Call):
            name = _last(call.func)
            if any(part in name for part in _CALLED):
                text = self._text(call)
                if _AWAITS.search(text) or _TURNED.match(text):
                    waiting.update(self._functions_around(call))
        return waiting

    def _functions_around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        yield from (a for a in self.index.ancestors(node) if isinstance(a, cst.FunctionDef))

    def _text(self, node: cst.CSTNode) -> str:
        """A node as it is written, on one line."""
        return " ".join(self.file.module.code_for_node(node).split())

    def _waits(self, expr: cst.BaseExpression, depth: int = 0) -> bool:
        """Whether the expression of a `with` waits for a warning."""
        if isinstance(expr, cst.Name):  # expect = pytest.warns(DeprecationWarning)
            return bool(SAYS_WARNING.search(expr.value)) or (
                depth < 3 and any(self._waits(v, depth + 1) for v in self._assigned(expr.value))
            )
        if not isinstance(expr, cst.Call):
            return False
        if _AWAITS.search(self._text(expr)):
            return True
        # A helper: self.assertDeprecationWarning("..."), saves_warning().
        name = _last(expr.func)
        return bool(SAYS_WARNING.search(name)) and not _IGNORES.search(name)

    def _assigned(self, name: str) -> Iterator[cst.BaseExpression]:
        """The calls whose results are given a name, wherever in the file."""
        for target in self.index.find(cst.AssignTarget):
            statement = self.index.parent[target]
            if isinstance(target.target, cst.Name) and target.target.value == name:
                if isinstance(statement, cst.Assign) and isinstance(statement.value, cst.Call):
                    yield statement.value

    def _declares(self, node: cst.FunctionDef | cst.ClassDef) -> bool:
        """Whether a function or class says that it is about warnings: a fixture, or a decorator."""
        if isinstance(node, cst.FunctionDef):
            params = node.params
            names = (*params.posonly_params, *params.params, *params.kwonly_params)
            if any(is_fixture(param.name.value) for param in names):
                return True
        texts = [self._text(decorator.decorator) for decorator in node.decorators]
        return any(_FILTERED.search(text) or _AWAITS.search(text) for text in texts)


def _last(function: cst.BaseExpression) -> str:
    if isinstance(function, cst.Attribute):
        return function.attr.value
    return function.value if isinstance(function, cst.Name) else ""
