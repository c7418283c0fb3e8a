"""The command behind `pydantic-config`."""

from __future__ import annotations

import re
from functools import partial

import libcst as cst
from libcst.codemod import CodemodContext

from gardener.codemod.class_hierarchy import Classes
from gardener.codemod.command import Command
from gardener.codemod.import_changes import ImportChanges, column_of
from gardener.codemod.meaning import Bound
from gardener.codemod.meant import module_of
from gardener.codemod.node_index import NodeIndex

from ._config_layout import (
    Block,
    Key,
    argument,
    blank_end,
    has_comments,
    in_parentheses,
    one_line,
    with_arguments,
    with_entries,
    without_pragmas,
)
from ._config_references import References
from ._config_refusals import (
    configs,
    for_one_version,
    kind_of,
    refused,
    refused_body,
    refused_head,
    says_keys,
    stands_beside,
)
from ._config_values import Values, assigned
from ._pydantic_1 import pydantic_1

_TAKES_CONFIG = {
    "pydantic.dataclasses.dataclass": "config",
    "pydantic.validate_call": "config",
    "pydantic.validate_arguments": "config",
    "pydantic.TypeAdapter": "config",
    "pydantic.create_model": "__config__",
}
_MAKERS = (
    *("pydantic.ConfigDict", "pydantic.config.ConfigDict", "dict"),
    *("pydantic_settings.SettingsConfigDict", "pydantic_settings.main.SettingsConfigDict"),
)


class PydanticConfig(Command):
    """Turn `class Config:` of Pydantic models into `model_config = ConfigDict(...)`."""

    NAME = "pydantic-config"
    DROPS_COMMENTS = True  # behind keys that are gone
    WORDS = re.compile(r"[Cc]onfig|Extra|^pydantic")

    def __init__(self, context: CodemodContext) -> None:
        super().__init__(context)
        self.classes: Classes
        self.imports: ImportChanges
        self.replaced: list[cst.CSTNode] = []

    @classmethod
    def wanted(cls, index: NodeIndex) -> bool:
        """Whether a class is called Config, or a call takes a config by name."""
        return any(node.name.value == "Config" for node in index.find(cst.ClassDef)) or any(
            _config_of(call) is not None for call in index.find(cst.Call)
        )

    def find(self, module: cst.Module) -> None:
        """Find the classes, and leave to a human those that cannot become a dictionary."""
        del module
        self.classes = Classes(self.project, self.file.path, self.names)
        self.imports = ImportChanges(self)
        self.replaced = []
        for model in self.index.find(cst.ClassDef):
            inner = configs(model)
            if inner and not (self.protected(inner[0]) or stands_beside(self, inner[0])):
                self._model(model, inner)
        for config in self._passed_on():
            why = pydantic_1(self) or self._refused_alone(config) or self._convert(config, config)
            if why:
                self.note(config.name, f"class {config.name.value} left alone: {why}")
        self._drop_unused()
        self.imports.make()
        self.classes.modules.save()

    # --- class Config in a model -------------------------------------------------------------

    def _model(self, model: cst.ClassDef, inner: list[cst.ClassDef]) -> None:
        ref = self.classes.at(model)
        bases = self.classes.bases(ref)
        kind = kind_of(self, model, bases)
        if kind == "other" or (kind == "unknown" and not says_keys(self, inner[0])):
            return
        why = ""
        if kind == "unknown":
            names = ", ".join(map(_short, bases.unknown + bases.outside))
            why = f"the base {names} is not known to be a Pydantic 2 model"
        elif kind == "v1":
            why = "this is a model of Pydantic 1, which has no model_config"
        elif kind == "dataclass":
            why = (
                "Pydantic 2 ignores it in a dataclass; pass config=ConfigDict(...) to the decorator"
            )
        if not for_one_version(self, model) and (not why or kind == "unknown"):
            why = pydantic_1(self) or why  # this is so for all of its models
        why = why or refused(self, model, inner)
        if not why:
            keys = {name for config in inner for name in assigned(config)}
            why = References(self, self.classes).to(model, ref, keys)
        why = why or self._convert(model, inner[0], is_settings=kind == "settings")
        if why:
            name = model.name.value
            self.note(
                inner[0].name,
                f"class Config of {name} left alone: {why}",
                f"class Config left alone: {why}",
            )

    def _convert(
        self, model: cst.ClassDef, config: cst.ClassDef, *, is_settings: bool = False
    ) -> str:
        """Make the change; returns why it cannot be made, or ''."""
        notes: list[tuple[cst.CSTNode, str]] = []
        values = Values(self, config, lambda node, text: notes.append((node, text)))
        keys, why = values.keys()
        if why:
            return why
        bindings = self.names.own(self.names.scope(model.body.body[0])).get("model_config", [])
        if bindings and model is not config:
            why = self._merge(bindings, config, keys)
            if why:
                return why
        else:
            self._replace(model, config, keys, is_settings)
        for node, text in notes:
            self.note(node, f"{model.name.value}: {text}", text)
        self.replaced += values.replaced
        self.replaced += [base.value for base in config.bases]
        return ""

    def _replace(
        self, model: cst.ClassDef, config: cst.ClassDef, keys: list[Key], is_settings: bool
    ) -> None:
        """Put `model_config = ConfigDict(...)` in the place of the class."""
        args = [argument(key.new, key.value) for key in keys if key.new]
        if not args and self._is_needless(model, without_pragmas(config, keys)):
            self._remove(config)
            return
        target = config.name.value if model is config else "model_config"
        func = cst.parse_expression(self._function(model, is_settings))
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        args = [*(arg.with_changes(comma=comma) for arg in args[:-1]), *args[-1:]]
        call = cst.Call(func, args)
        code = f"{target} = {self.code(call)}"
        plain = without_pragmas(config, keys)
        fits = column_of(self, config) + len(code) <= self.project.line_limit(self.file.path)
        is_inline = isinstance(config.body, cst.SimpleStatementSuite)
        if "\n" in code or has_comments(plain) or not (fits or is_inline):
            unit = self._unit(config)
            statement = Block(plain, keys, unit).statement(target, func)
        else:
            statement = one_line(target, call, config)
        self.change(config, lambda _: statement)
        self._keep_blank_end(config)

    def _is_needless(self, model: cst.ClassDef, config: cst.ClassDef) -> bool:
        """Whether nothing is left of a class that says something."""
        comments = has_comments(config) or any(line.comment for line in config.leading_lines)
        return model is not config and not comments and not blank_end(config)

    def _remove(self, config: cst.ClassDef) -> None:
        """Take the class away."""
        if len(getattr(self.index.parent[config], "body", ())) > 1:
            self.change(config, lambda _: cst.RemoveFromParent())
        else:
            self.change(config, lambda _: cst.SimpleStatementLine([cst.Pass()]))

    def _keep_blank_end(self, config: cst.ClassDef) -> None:
        """Leave blank lines below the class where they are."""
        blank = blank_end(config)
        if not blank:
            return
        blocks = [b for b in self.index.ancestors(config) if isinstance(b, cst.IndentedBlock)]
        unit = self.module.default_indent
        indents = [unit if b.indent is None else b.indent for b in blocks]
        white = "".join((*indents, self._unit(config)))
        lines = [
            cst.EmptyLine(False, cst.SimpleWhitespace(white + line.whitespace.value))
            if line.indent
            else line
            for line in blank
        ]
        block = self.index.parent[config]
        body = list(getattr(block, "body", ()))
        following = body[body.index(config) + 1 :][:1]
        if following:
            self.change(following[0], partial(_below, lines))
        elif isinstance(block, cst.IndentedBlock):
            self.change(block, lambda old: old.with_changes(footer=[*lines, *old.footer]))

    def _unit(self, config: cst.ClassDef) -> str:
        indent = getattr(config.body, "indent", None)
        return self.module.default_indent if indent is None else indent

    def _function(self, model: cst.ClassDef, is_settings: bool) -> str:
        """How the function is written in the model's place, imported if need be."""
        module = "pydantic_settings" if is_settings else "pydantic"
        name = "SettingsConfigDict" if is_settings else "ConfigDict"
        imports_used: list[Bound] = []
        for base in model.bases:
            root = base.value.value if isinstance(base.value, cst.Subscript) else base.value
            if isinstance(root, cst.Attribute) and self.meaning(root.value) == module:
                return f"{self.code(root.value)}.{name}"
            imports_used += self.names.bound(root)
        return self.imports.written(model.body.body[0], module, name, "Pydantic", imports_used)

    # --- an existing model_config --------------------------------------------------------------

    def _merge(self, bindings: list[Bound], config: cst.ClassDef, keys: list[Key]) -> str:
        """Add the keys to the model_config that is there (with both, Pydantic 2 refuses the class)."""
        value = bindings[0].value
        if len(bindings) != 1 or bindings[0].kind != "assign":
            return "model_config is bound in more than one way"
        new = [key for key in keys if key.new]
        if isinstance(value, cst.Call):
            meaning = self.meaning(value.func) or self.code(value.func)
            keywords = [arg.keyword.value for arg in value.args if arg.keyword is not None]
            if meaning not in _MAKERS or len(keywords) != len(value.args):
                return "model_config is built in an unusual way"
        elif isinstance(value, cst.Dict):
            keywords = [_text(entry) for entry in value.elements]
            if "" in keywords:
                return "model_config is built in an unusual way"
        else:
            return "model_config is built in an unusual way"
        set_twice = sorted({key.new for key in new} & set(keywords))
        if set_twice:
            return f"model_config sets {set_twice[0]} too"
        if has_comments(config) or any(line.comment for line in config.leading_lines):
            return "model_config is there too, and the comments need a place"
        if new:
            self.change(value, partial(self._extended, bindings[0].node, new))
        self.change(config, lambda _: cst.RemoveFromParent())
        return ""

    def _extended(
        self, statement: cst.CSTNode, keys: list[Key], value: cst.Call | cst.Dict
    ) -> cst.BaseExpression:
        if isinstance(value, cst.Dict):
            return with_entries(value, [_entry(key) for key in keys])
        args = [argument(key.new, key.value) for key in keys]
        longer = with_arguments(value, args, in_lines=False)
        limit = self.project.line_limit(self.file.path)
        before = column_of(self, statement) + len(self.code(statement))
        added = len(self.code(longer)) - len(self.code(value))
        if before <= limit < before + added:
            return with_arguments(value, args, in_lines=True)
        return longer

    # --- classes that are passed on: @dataclass(config=Settings) -----------------------------

    def _passed_on(self) -> list[cst.ClassDef]:
        """Classes of this file that are given to Pydantic as a config."""
        classes: dict[cst.ClassDef, None] = {}
        for call in self.index.find(cst.Call):
            argument = _config_of(call)
            if argument is None or argument.keyword is None:
                continue
            if _TAKES_CONFIG.get(self.meaning(call.func)) != argument.keyword.value:
                continue
            bindings = self.names.bound(argument.value)
            node = bindings[0].node if len(bindings) == 1 else None
            if isinstance(node, cst.ClassDef) and not self.protected(node):
                classes[node] = None
        return list(classes)

    def _refused_alone(self, config: cst.ClassDef) -> str:
        """Why a class that is passed on cannot become a dictionary."""
        why = refused_head(self, config)
        if why:
            return why
        for name in self.index.find(cst.Name):
            above = self.index.parent[name]
            if name.value != config.name.value or above is config:
                continue
            if isinstance(above, cst.Attribute) and above.attr is name:
                continue
            call = self.index.parent[above]
            is_given = isinstance(call, cst.Call) and _config_of(call) is above
            takes = _TAKES_CONFIG.get(self.meaning(call.func)) if is_given else None  # type: ignore[attr-defined]
            if takes is None:
                return f"line {self.file.line(name)} uses it in another way"
        if imported_elsewhere(self, config.name.value):
            return "another module may import it"
        return refused_body(self, config, config)

    # --- imports that nobody uses any more ----------------------------------------------------

    def _drop_unused(self) -> None:
        """Take away imports of Extra and BaseConfig that only the converted classes used."""
        if self.file.path.endswith("__init__.py"):
            return
        names = {node.value for node in self.replaced if isinstance(node, cst.Name)}
        for name in sorted(names & {b.name for n in names for b in self.names.bound_anywhere(n)}):
            bindings = self.names.bound_anywhere(name)
            node = bindings[0].node
            if len(bindings) != 1 or not isinstance(node, cst.ImportFrom):
                continue
            if bindings[0].target.rpartition(".")[2] not in ("Extra", "BaseConfig"):
                continue
            if module_of(node).partition(".")[0] != "pydantic" or isinstance(
                node.names, cst.ImportStar
            ):
                continue
            alias = next(a for a in node.names if (a.evaluated_alias or a.evaluated_name) == name)
            exported = alias.evaluated_alias == alias.evaluated_name
            if not (exported or self._is_used(name) or self.protected(node)):
                if not imported_elsewhere(self, name):
                    self.imports.drop(node, alias)

    def _is_used(self, name: str) -> bool:
        word = re.compile(rf"\b{re.escape(name)}\b")
        if any(word.search(text.value) for text in self.index.find(cst.SimpleString)):
            return True
        for node in self.index.find(cst.Name):
            above = self.index.parent[node]
            if isinstance(above, (cst.ImportAlias, cst.AsName)):
                continue
            if isinstance(above, cst.Attribute) and above.attr is node:
                continue
            if node.value == name and not any(node is each for each in self.replaced):
                return True
        return False


def imported_elsewhere(command: Command, name: str) -> bool:
    """Whether another file of the project may import the name from this one."""
    path = command.file.path
    stem = path.rpartition("/")[2].removesuffix(".py")
    return any(other != path for other in command.project.takers(stem, name))


def _below(lines: list[cst.EmptyLine], old: cst.BaseStatement) -> cst.BaseStatement:
    return old.with_changes(leading_lines=[*lines, *old.leading_lines])  # type: ignore[attr-defined]


def _config_of(call: cst.Call) -> cst.Arg | None:
    """The argument of a call that gives it a config."""
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value in ("config", "__config__"):
            return arg
    return None


def _text(entry: cst.BaseDictElement) -> str:
    """The key of an entry, if it is a plain string."""
    key = entry.key if isinstance(entry, cst.DictElement) else None
    return str(key.evaluated_value) if isinstance(key, cst.SimpleString) else ""


def _entry(key: Key) -> cst.DictElement:
    return cst.DictElement(cst.SimpleString(f'"{key.new}"'), in_parentheses(key.value))


def _short(code: str) -> str:
    """Code on one line; of a call what is called."""
    return " ".join(code.partition("(")[0].split()) + ("(...)" if "(" in code else "")
