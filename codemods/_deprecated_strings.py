"""Strings that name a deprecated module: rewritten where the same object is surely meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ._deprecated_mentions import Spoken
from ._import_obstacles import is_circle, is_one_class, patched
from ._rules import Rule

if TYPE_CHECKING:
    from ._module_uses import ModuleUses
    from ._rule_command import RuleCommand

_RESOLVE = {
    *("pkgutil.resolve_name", "django.utils.module_loading.import_string"),
    *("werkzeug.utils.import_string", "kombu.utils.imports.symbol_by_name"),
}
_BY_STRING = {"importlib.import_module", *_RESOLVE}
_PATCH = {
    *("unittest.mock.patch", "mock.patch", "mock.mock.patch", "mocker.patch"),
    *("monkeypatch.setattr", "monkeypatch.delattr"),
}
_TAKES_NAME = {
    *("patch", "setattr", "delattr", "import_module", "__import__", "import_string"),
    *("find_spec", "resolve_name", "symbol_by_name", "importorskip", "setitem", "locate"),
    *("object", "multiple"),
}


class Strings:
    """The strings of one file that name modules."""

    def __init__(self, command: RuleCommand, uses: ModuleUses) -> None:
        self.command = command
        self.uses = uses
        self.mentions = command.mentions
        self.modules = command.mentions.modules
        self.path = command.mentions.path
        self.renamed: set[cst.CSTNode] = set()

    def take(self) -> None:
        """Rewrite strings that name a deprecated module where that is proven; tell the others."""
        for spoken in self.mentions.spoken:
            function = self.command.code(spoken.call.func)
            last = function.rpartition(".")[2]
            is_by_name = last in _TAKES_NAME or "patch" in function
            if not is_by_name and self.command.meaning(spoken.call.func) not in _BY_STRING:
                continue
            if self.command.protected(spoken.argument):
                continue
            if not self.mentions.awaited.covers(spoken.call):
                self._take(spoken)

    def _take(self, spoken: Spoken) -> None:
        argument, text, home = spoken.argument, spoken.text, spoken.home
        target = self._target(spoken)
        if target and isinstance(argument, cst.SimpleString):
            quote = argument.value[0]
            if argument.value == f"{quote}{text}{quote}":
                self.renamed.add(argument)
                written = f"{quote}{target}{quote}"
                self.command.change(argument, lambda old: old.with_changes(value=written))
                return
        home_told = f"; it is now {home.module}.{home.name}" if home and home.module else ""
        self.command.note(argument, f'"{text}" names the deprecated {spoken.module}{home_told}')

    def _target(self, spoken: Spoken) -> str:
        """What a string has to say instead so that the same object is meant; '' = not certain."""
        call, rest, home = spoken.call, spoken.rest, spoken.home
        if not call.args or call.args[0].keyword is not None:
            return ""
        if call.args[0].value is not spoken.argument:
            return ""
        function = self.command.meaning(call.func) or self.command.code(call.func)
        if function == "importlib.import_module" and spoken.whole and not rest:
            return self._of_module(call, spoken.module, spoken.whole) if len(call.args) == 1 else ""
        if home is None or not home.module or home.rule is None or home.rule.before:
            return ""
        name, old = f"{home.module}.{home.name}", f"{spoken.module}.{rest[0]}"
        if function in _RESOLVE and len(rest) == 1:
            if patched(self.mentions, old, name) or is_circle(self.command, call, home.module):
                return ""
            return f"{home.module}:{home.name}" if ":" in spoken.text else name
        if function in _PATCH and len(rest) > 1 and is_one_class(self.mentions, old, name):
            return ".".join([name, *rest[1:]])  # an attribute of the class itself
        return ""

    def _of_module(self, call: cst.Call, module: str, module_rules: list[Rule]) -> str:
        names = self._read_from(call)
        target, why = self.uses.target(module, module_rules, (names, ""))
        return target if names and not why and not is_circle(self.command, call, target) else ""

    def _read_from(self, call: cst.Call) -> list[str]:
        """The names read from the module that `import_module` gives; none if more is done with it."""
        uses, index = self.uses, self.command.index
        above = index.parent[call]
        if isinstance(above, cst.Attribute):
            return [above.attr.value] if uses.is_read(above) else []
        if isinstance(above, cst.Arg):
            return self._got(index.parent[above], above)
        if not isinstance(above, cst.Assign) or len(above.targets) != 1:
            return []
        target = above.targets[0].target
        if not isinstance(target, cst.Name) or target.value in self.mentions.identifiers:
            return []
        read, why = uses.attributes(target.value, above)
        return [] if why or uses.taken_by_others(target.value, above) else read

    def _got(self, call: cst.CSTNode, first: cst.Arg) -> list[str]:
        """The name in `getattr(import_module(...), "name")`."""
        if not isinstance(call, cst.Call) or self.command.code(call.func) != "getattr":
            return []
        if len(call.args) != 2 or call.args[0] is not first:
            return []
        name = call.args[1].value
        text = name.evaluated_value if isinstance(name, cst.SimpleString) else ""
        return [text] if isinstance(text, str) and text else []
