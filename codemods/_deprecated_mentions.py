"""What a file imports, or names in strings, of which a rule may speak: found without scopes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import libcst as cst

from gardener.codemod.command import Run
from gardener.codemod.texts import text_of

from ._awaited import Awaited
from ._own_module import OwnModule
from ._rules import Home, Rule, configured, named_in, rules_for, whole_rules

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:[.:]\w+)*")


class Spoken(NamedTuple):
    """A string that names a deprecated module, and what follows the module in it."""

    call: cst.Call
    argument: cst.BaseExpression
    text: str
    module: str
    rest: tuple[str, ...]
    whole: list[Rule] | None
    home: Home | None


class Mentions:
    """The imports of one file as the rules see them, and the module that the file itself is."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.file = run.file
        self.index = run.file.index
        self.project = run.project
        self.modules = run.project.modules
        self.path = run.project.full(run.file.path)
        self._own = OwnModule(run)
        self.awaited = Awaited(run.file)

    @property
    def own(self) -> str:
        """The dotted name of the module that the file is."""
        return self._own.name

    def module_of(self, node: cst.ImportFrom) -> str:
        """The absolute dotted name of what a `from` import imports from; '' = it is not known."""
        return self._own.module_of(node)

    def whole(self, module: str) -> list[Rule] | None:
        """The rules that speak of all of a module."""
        return whole_rules(self.project, module, self.path)

    def is_configured(self, module: str) -> bool:
        """Whether the project's settings name a module."""
        return any(r.module == module and not r.name for r in configured(self.project))

    def is_asked_for(self, module: str) -> bool:
        """Whether the file asks `sys.modules` for a module."""
        if b"sys.modules" not in self.file.data:
            return False
        return any(text == module for _, text in self.strings)

    @cached_property
    def imports(self) -> list[cst.Import | cst.ImportFrom]:
        """The imports of the file in order."""
        imports: list[cst.Import | cst.ImportFrom] = [*self.index.find(cst.Import)]
        imports += self.index.find(cst.ImportFrom)
        return sorted(imports, key=self.index.order.__getitem__)

    @cached_property
    def strings(self) -> list[tuple[cst.SimpleString, str]]:
        """All plain strings of the file."""
        pairs = ((node, text_of(node)) for node in self.index.find(cst.SimpleString))
        return [(node, text) for node, text in pairs if isinstance(text, str)]

    @cached_property
    def identifiers(self) -> set[str]:
        """Strings that are names."""
        return {text for _, text in self.strings if text.isidentifier()}

    # --- strings that name modules ---------------------------------------------------------

    @cached_property
    def spoken(self) -> list[Spoken]:
        """Arguments of calls that name something deprecated."""
        return list(self._spoken())

    def _spoken(self) -> Iterator[Spoken]:
        for call in self.index.find(cst.Call):
            for arg in call.args:
                if not isinstance(arg.value, (cst.SimpleString, cst.ConcatenatedString)):
                    continue
                text = text_of(arg.value)
                if isinstance(text, str) and _DOTTED.fullmatch(text):
                    spoken = self._named(call, arg.value, text)
                    if spoken is not None:
                        yield spoken

    def _named(self, call: cst.Call, argument: cst.BaseExpression, text: str) -> Spoken | None:
        module, rest, whole, home = named_in(self.project, text, self.path)
        return Spoken(call, argument, text, module, rest, whole, home) if whole or home else None

    # --- the names in question ----------------------------------------------------------------

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Names whose bindings may be asked for; all other functions need no scopes."""
        names = {name for name in self._names() if name}
        return re.compile(rf"^(?:{'|'.join(map(re.escape, sorted(names)))})$" if names else "(?!)")

    def _names(self) -> Iterator[str]:
        for statement in self.index.find(cst.Import):
            for alias in statement.names:
                rules = rules_for(self.project, alias.evaluated_name, self.path)
                if rules:
                    yield alias.evaluated_name.partition(".")[0]
                    yield alias.evaluated_alias or ""
                    yield from _parts(rules)
        for origin in self.index.find(cst.ImportFrom):
            if isinstance(origin.names, cst.ImportStar):
                continue
            module = self.module_of(origin)
            for alias in origin.names:
                rules = rules_for(self.project, f"{module}.{alias.evaluated_name}", self.path)
                rules += [r for r in rules_for(self.project, module, self.path) if r.before]
                if rules:
                    yield alias.evaluated_alias or alias.evaluated_name
                    yield from _parts(rules)
        for spoken in self.spoken:
            function: cst.BaseExpression = spoken.call.func
            while isinstance(function, cst.Attribute):
                function = function.value
            if isinstance(function, cst.Name):
                yield function.value
            above = self.index.parent[spoken.call]
            for target in above.targets if isinstance(above, cst.Assign) else ():
                yield target.target.value if isinstance(target.target, cst.Name) else ""


def _parts(rules: list[Rule]) -> Iterator[str]:
    """Every part of the names that rules lead to: what a use may be rewritten to."""
    for rule in rules:
        for target in rule.targets:
            yield from target.split(".")
