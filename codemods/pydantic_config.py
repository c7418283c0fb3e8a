"""Turn `class Config:` of Pydantic models into `model_config = ConfigDict(...)`.

Pydantic 2 deprecates the inner class. Renamed keys get their new names (`orm_mode` becomes
`from_attributes`, `allow_mutation` the negated `frozen`, ...), removed keys get a note, comments
and order stay. Settings get `SettingsConfigDict`. Only classes that truly are Pydantic 2
models are touched: their bases are followed through the file and the project's modules.

Pydantic 2 ignores a key by its old name, so renaming it makes it work again: a note says so.

Left alone with a note: a `Config` with methods, conditions, a base class or values computed from
each other, one that is referred to elsewhere, and models whose base is unknown.

See https://docs.pydantic.dev/latest/migration/#changes-to-config
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
    from gardener.codemod.scopes import Binding

NEEDLES = (b"Config", b"config")
EXAMPLES = (
    Example(
        "keys keep their order, renamed ones get their new names",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    id: int\n\n"
        "    class Config:\n        orm_mode = True\n        validate_assignment = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n    id: int\n\n"
        "    model_config = ConfigDict(from_attributes=True, validate_assignment=True)\n",
        note="`orm_mode`",
    ),
    Example(
        "comments stay where they are",
        "from pydantic import BaseModel, Extra\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        # strangers are refused\n        extra = Extra.forbid  # since 2.0\n"
        "        frozen = True\n",
        "from pydantic import BaseModel, ConfigDict\n\n\nclass User(BaseModel):\n"
        "    model_config = ConfigDict(\n        # strangers are refused\n"
        '        extra="forbid",  # since 2.0\n        frozen=True,\n    )\n',
    ),
    Example(
        "settings",
        "from pydantic_settings import BaseSettings\n\n\nclass Settings(BaseSettings):\n"
        '    class Config:\n        env_prefix = "APP_"\n',
        "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\n"
        'class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="APP_")\n',
    ),
    Example(
        "a Config with methods needs a human",
        "from pydantic import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        @staticmethod\n        def schema_extra(schema, model):\n            schema.clear()\n",
        note="has a method",
    ),
    Example(
        "Pydantic 1 is left alone",
        "from pydantic.v1 import BaseModel\n\n\nclass User(BaseModel):\n    class Config:\n"
        "        orm_mode = True\n",
        note="Pydantic 1",
    ),
)

_LOOK = re.compile(rb"\bclass[ \t]+Config\b|\bconfig(?:__)?[ \t]*=[ \t]*[A-Za-z_]")


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file has a class of that name at all."""
    del path, project
    near = b"pydantic" in data or b"class Config" in data or b"class\tConfig" in data
    return near and any(b"(" not in match[0] for match in _LOOK.finditer(data))


def rewrite(source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that turn each inner `class Config` into `model_config`."""
    from gardener.codemod.classes import ClassRef, bases_of

    from ._config_refusals import configs, kind_of, pydantic_1, refused, says_keys

    path = project.full(source.path)
    converted: list[_Conversion] = []
    for model in source.find(ast.ClassDef):
        inner = configs(model)
        if not inner or source.protected(inner[0]):
            continue
        ref = ClassRef(source, path, model)
        bases = bases_of(project, ref)
        verdict = kind_of(source, model, bases)
        if verdict == "other" or (verdict == "unknown" and not says_keys(source, inner[0])):
            continue
        why = ""
        if verdict == "unknown":
            why = f"the base {', '.join(bases.unknown + bases.outside)} is not known to be a Pydantic 2 model"
        elif verdict == "v1":
            why = "this is a model of Pydantic 1, which has no model_config"
        elif verdict == "dataclass":
            why = (
                "Pydantic 2 ignores it in a dataclass; pass config=ConfigDict(...) to the decorator"
            )
        why = why or pydantic_1(source, project) or refused(source, project, ref, inner)
        if why:
            yield Remark(inner[0].lineno, f"class Config of {model.name} left alone: {why}")
            continue
        conversion = _Conversion(source, project, ref, inner[0], verdict == "settings")
        reason = conversion.plan()
        if reason:
            yield Remark(inner[0].lineno, f"class Config of {model.name} left alone: {reason}")
            continue
        converted.append(conversion)
    for config in _passed_on(source):
        conversion = _Conversion(source, project, ClassRef(source, path, config), config, False)
        why = pydantic_1(source, project) or _refused_alone(source, project, config)
        why = why or conversion.plan()
        if why:
            yield Remark(config.lineno, f"class {config.name} left alone: {why}")
        else:
            converted.append(conversion)
    for conversion in converted:
        yield from conversion.edits
        yield from conversion.remarks
    yield from _imports(source, project, converted)


# --- classes that are passed on: @dataclass(config=Settings) ------------------------------


_TAKES_CONFIG = {
    "pydantic.dataclasses.dataclass": "config",
    "pydantic.validate_call": "config",
    "pydantic.validate_arguments": "config",
    "pydantic.TypeAdapter": "config",
    "pydantic.create_model": "__config__",
}


def _passed_on(source: Source) -> list[ast.ClassDef]:
    """Classes of this file that are given to Pydantic as a config."""
    found: list[ast.ClassDef] = []
    for call in source.find(ast.Call):
        wanted = _TAKES_CONFIG.get(source.qualified(call.func))
        for keyword in call.keywords:
            if wanted and keyword.arg == wanted and isinstance(keyword.value, ast.Name):
                bound = source.names.lookup(keyword.value)
                node = bound[1][0].node if bound and len(bound[1]) == 1 else None
                if isinstance(node, ast.ClassDef) and not source.protected(node):
                    found.append(node)
    return list(dict.fromkeys(found))


def _refused_alone(source: Source, project: Project, config: ast.ClassDef) -> str:
    """Why a class that is passed on cannot become a dictionary."""
    from ._config_refusals import refused_body, refused_head

    why = refused_head(source, config)
    if why:
        return why
    for name in source.find(ast.Name):
        if name.id != config.name:
            continue
        above = source.names.parent_of[name]
        call = source.names.parent_of[above]
        wanted = (
            _TAKES_CONFIG.get(source.qualified(call.func)) if isinstance(call, ast.Call) else ""
        )
        if not isinstance(above, ast.keyword) or above.arg != wanted:
            return f"line {name.lineno} uses it in another way"
    if _imported_elsewhere(source, project, config.name):
        return "another module may import it"
    return refused_body(source, config, config)


# --- the conversion -------------------------------------------------------------------------


class _Key(NamedTuple):
    """One key of Config: its statement, its new name ('' = it goes) and its value's text."""

    statement: ast.Assign | ast.AnnAssign
    old: str
    new: str
    text: str


class _Conversion:
    """Plans the edits of one class Config."""

    def __init__(
        self, source: Source, project: Project, ref: ClassRef, config: ast.ClassDef, settings: bool
    ) -> None:
        self.source = source
        self.project = project
        self.model = ref.node
        self.path = ref.path
        self.config = config
        self.settings = settings
        self.edits: list[Edit] = []
        self.remarks: list[Remark] = []
        self.replaced: list[ast.AST] = list(config.bases)
        self.function = ""
        self.name = "model_config"
        self.import_edits: list[Edit] = []
        self.wanted: tuple[str, list[Binding]] = ("", [])

    def plan(self) -> str:
        """Make the edits; returns why it cannot be done, or ''."""
        name = "SettingsConfigDict" if self.settings else "ConfigDict"
        self.function = _called(self, name)
        self.name = "model_config" if self.model is not self.config else self.config.name
        keys, why = self._keys()
        if why:
            return why
        existing = [b for b in self._bindings("model_config") if b.kind == "assign"]
        if self._bindings("model_config"):
            if len(existing) != 1 or len(self._bindings("model_config")) != 1:
                return "model_config is bound in more than one way"
            self.wanted = ("", [])
            return self._merge(existing[0], keys)
        one_line = self._one_line(keys)
        start, end = self.source.raw_span(self.config)
        if one_line:
            self.edits.append(Edit(start, end, one_line))
        else:
            self._block(keys, start)
        return ""

    def _bindings(self, name: str) -> list[Binding]:
        return self.source.names.scope_at[self.model].bindings.get(name, [])

    # --- keys ---------------------------------------------------------------------------

    def _keys(self) -> tuple[list[_Key], str]:
        from ._config_keys import KNOWN, REMOVED, RENAMED
        from ._config_refusals import assigned

        present = set(assigned(self.config))
        keys: list[_Key] = []
        for item in self.config.body:
            if not isinstance(item, (ast.Assign, ast.AnnAssign)):
                continue
            target = item.targets[0] if isinstance(item, ast.Assign) else item.target
            assert isinstance(target, ast.Name)
            assert item.value is not None
            old, value = target.id, item.value
            text, why = self._value(item, value)
            if why:
                return [], why
            new = RENAMED.get(old, old)
            if old in REMOVED:
                new = ""
                self._tell(item, f"`{old}` has no effect in Pydantic 2 and is gone: {REMOVED[old]}")
            elif new != old and new in present:
                self._tell(item, f"`{old}` had no effect beside `{new}` and is gone")
                new = ""
            elif old == "allow_mutation":
                text = _negated(value, text)
                self._activated(item, old, new, text)
            elif new != old:
                self._activated(item, old, new, text)
            elif old not in KNOWN:
                self._tell(item, f"`{old}` is no key that Pydantic knows; it is kept")
            keys.append(_Key(item, old, new, text))
        names = [key.new for key in keys if key.new]
        if len(names) != len(set(names)):
            return [], "two keys become the same one"
        return keys, ""

    def _activated(self, item: ast.stmt, old: str, new: str, text: str) -> None:
        shown = f"{new}={text}" if len(text) < 40 and "\n" not in text else new
        self._tell(
            item,
            f"`{old}` was ignored by Pydantic 2 under its old name; as `{shown}` it takes effect",
        )

    def _tell(self, item: ast.stmt, message: str) -> None:
        self.remarks.append(Remark(item.lineno, f"{self.model.name}: {message}"))

    def _value(self, item: ast.Assign | ast.AnnAssign, value: ast.expr) -> tuple[str, str]:
        """The value as it is written, with `Extra.forbid` as a string; or why it cannot be."""
        source = self.source
        start, end = self._value_span(item, value)
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "staticmethod":
            if len(value.args) != 1 or value.keywords:
                return "", "a staticmethod is built in an unusual way"
            value = value.args[0]
            start, end = source.span(value)
        edits: list[Edit] = []
        for node in ast.walk(value):
            if not isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
                continue
            choice = self._extra(node)
            if choice:
                edits.append(source.replace(node, f'"{choice}"'))
                self.replaced += [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        parts, at = [], start
        for edit in sorted(edits):
            parts += [source.data[at : edit.start].decode(), edit.text]
            at = edit.end
        text = "".join(parts) + source.data[at:end].decode()
        if not _stands_alone(text):
            text = f"({text})"
        return text, "" if _stands_alone(text) else "a value is written in an unusual way"

    def _value_span(self, item: ast.Assign | ast.AnnAssign, value: ast.expr) -> tuple[int, int]:
        """From behind the `=` to the end of the statement: parentheses included."""
        source = self.source
        before = item.annotation if isinstance(item, ast.AnnAssign) else item.targets[0]
        stop = source.span(before)[1]
        equals = source.code.index(b"=", stop)
        space = re.compile(rb"(?:[ \t\f]|\\\r?\n)*").match(source.data, equals + 1)
        del value
        return space.end() if space else equals + 1, source.raw_span(item)[1]

    def _extra(self, node: ast.expr) -> str:
        """`allow`, `ignore` or `forbid` if the node is that member of pydantic.Extra."""
        if isinstance(node, ast.Attribute) and node.attr in ("allow", "ignore", "forbid"):
            if self.source.qualified(node.value) in ("pydantic.Extra", "pydantic.config.Extra"):
                return node.attr
        return ""

    # --- layouts ------------------------------------------------------------------------

    def _has_comment(self, start: int, end: int) -> bool:
        return any(start <= c.start < end for c in self.source.comments)

    def _one_line(self, keys: list[_Key]) -> str:
        """The call on one line, if nothing is lost by it."""
        source = self.source
        start = source.raw_span(self.config)[0]
        end = self._last_comment_end()
        texts = any(isinstance(i, ast.Expr) and not _dots(i) for i in self.config.body)
        inline = source.line_of(start) == source.line_of(source.raw_span(self.config)[1])
        if texts or any("\n" in key.text or "\r" in key.text for key in keys):
            return ""
        if not inline and self._has_comment(start, end):
            return ""
        arguments = ", ".join(f"{key.new}={key.text}" for key in keys if key.new)
        line = f"{self.name} = {self.function}({arguments})"
        fits = len(source.indent_of(self.config)) + len(line) <= self.project.line_length
        return line if fits or inline else ""

    def _last_comment_end(self) -> int:
        """Offset behind the last line that belongs to the body of Config."""
        source = self.source
        start, end = source.raw_span(self.config)
        column = start - source.line_start(start)
        at = source.line_end(end)
        last = at
        while at < len(source.data):
            line_start = source.next_line(at)
            line_end = source.line_end(line_start)
            if line_start >= len(source.data):
                break
            line = source.data[line_start:line_end]
            text = line.lstrip(b" \t\f")
            if text.startswith(b"#"):
                if len(line) - len(text) <= column:
                    break
                last = line_end
            elif text.strip():
                break
            at = line_end
        return last

    def _block(self, keys: list[_Key], start: int) -> None:
        source = self.source
        first = source.raw_span(self.config.body[0])[0]
        colon = source.code.rindex(b":", start, first)
        self.edits.append(Edit(start, colon + 1, f"{self.name} = {self.function}("))
        self._body(keys)
        end = self._last_comment_end()
        indent = source.indent_of(self.config)
        self.edits.append(Edit(end, end, f"{source.newline}{indent})"))

    def _body(self, keys: list[_Key]) -> None:
        """Edits that make arguments of the statements, each on its own lines."""
        source = self.source
        by_statement = {key.statement: key for key in keys}
        for item in self.config.body:
            start, end = source.raw_span(item)
            semicolon = re.compile(rb"[ \t]*;").match(source.code, end)
            stop = semicolon.end() if semicolon else end
            key = by_statement.get(item)  # type: ignore[call-overload]
            if key is not None and key.new:
                self.edits.append(Edit(start, stop, f"{key.new}={key.text},"))
            elif isinstance(item, ast.Expr) and not _dots(item):
                assert isinstance(item.value, ast.Constant)
                self.edits.append(Edit(start, stop, self._as_comment(item, str(item.value.value))))
            else:
                self._gone(start, stop)

    def _as_comment(self, item: ast.Expr, text: str) -> str:
        indent = self.source.indent_of(item)
        import inspect  # late: it costs more than a run with nothing to do

        lines = [f"# {line}".rstrip() for line in inspect.cleandoc(text).splitlines()]
        return f"{self.source.newline}{indent}".join(lines or ["#"])

    def _gone(self, start: int, stop: int) -> None:
        source = self.source
        line = source.line_start(start)
        if (
            not source.data[line:start].strip()
            and not source.data[stop : source.line_end(stop)].strip()
        ):
            self.edits.append(Edit(line, source.next_line(stop), ""))
        else:
            space = re.compile(rb"[ \t]*").match(source.data, stop)
            self.edits.append(Edit(start, space.end() if space else stop, ""))

    # --- an existing model_config --------------------------------------------------------

    def _merge(self, binding: Binding, keys: list[_Key]) -> str:
        """Add the keys to the model_config that is there (with both, Pydantic 2 refuses the class)."""
        source = self.source
        value = binding.value
        if isinstance(value, ast.Call):
            named = (
                source.qualified(value.func)
                in (
                    *("pydantic.ConfigDict", "pydantic.config.ConfigDict"),
                    *(
                        "pydantic_settings.SettingsConfigDict",
                        "pydantic_settings.main.SettingsConfigDict",
                    ),
                    "builtins.dict",
                )
                or ast.unparse(value.func) == "dict"
            )
            if not named or value.args or any(k.arg is None for k in value.keywords):
                return "model_config is built in an unusual way"
            there = [str(k.arg) for k in value.keywords]
            written = [f"{key.new}={key.text}" for key in keys if key.new]
        elif isinstance(value, ast.Dict):
            literals = [k.value for k in value.keys if isinstance(k, ast.Constant)]
            there = [str(text) for text in literals]
            if len(literals) != len(value.keys):
                return "model_config is built in an unusual way"
            written = [f'"{key.new}": {key.text}' for key in keys if key.new]
        else:
            return "model_config is built in an unusual way"
        both = sorted({key.new for key in keys if key.new} & set(there))
        if both:
            return f"model_config sets {both[0]} too"
        start, end = source.raw_span(self.config)
        if self._has_comment(start, self._last_comment_end()) or any(
            isinstance(i, ast.Expr) and not _dots(i) for i in self.config.body
        ):
            return "model_config is there too, and the comments need a place"
        closing = source.raw_span(value)[1] - 1
        first = source.raw_span(value)[0]
        inside = source.data[first:closing]
        for comment in source.comments:
            if first <= comment.start < closing:
                gap = b" " * (comment.end - comment.start)
                inside = inside[: comment.start - first] + gap + inside[comment.end - first :]
        inside = inside.rstrip()
        at = first + len(inside)
        lines = source.data[source.raw_span(value)[0] : closing].count(b"\n")
        empty = inside.endswith((b"(", b"{"))
        comma = inside.endswith(b",")
        if written and lines:
            indent = source.indent_of(binding.node)
            newline = f"{source.newline}{indent}    "
            lead = "" if comma or empty else ","
            at_line = source.line_end(at)
            text = "".join(f"{newline}{one}," for one in written)
            if lead:
                self.edits.append(Edit(at, at, lead))
            if at_line < closing:
                self.edits.append(Edit(at_line, at_line, text))
            else:
                self.edits.append(Edit(at, at, text))
        elif written:
            lead = "" if empty else (" " if comma else ", ")
            self.edits.append(Edit(at, at, lead + ", ".join(written)))
        self._remove(start, end)
        return ""

    def _remove(self, start: int, end: int) -> None:
        source = self.source
        line = source.line_start(start)
        stop = source.next_line(end)
        before = re.compile(rb"(?<=\n)(?:[ \t\f]*\r?\n)+$").search(source.data[:line])
        if before:
            line = before.start()
        self.edits.append(Edit(line, stop, ""))


def _dots(item: ast.Expr) -> bool:
    return isinstance(item.value, ast.Constant) and not isinstance(item.value.value, str)


def _stands_alone(text: str) -> bool:
    """Whether the text is one argument of a call (a bare tuple is two)."""
    try:
        call = ast.parse(f"f(x={text})", mode="eval").body
    except SyntaxError:
        return False
    return isinstance(call, ast.Call) and len(call.keywords) == 1 and not call.args


def _negated(value: ast.expr, text: str) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return str(not value.value)
    simple = isinstance(value, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    return f"not {text}" if simple else f"not ({text})"


# --- imports ---------------------------------------------------------------------------------


def _called(conversion: _Conversion, name: str) -> str:
    """How the function is written in the model's place; notes what must be imported for it."""
    from gardener.codemod.importing import free_name, visible

    source, model = conversion.source, conversion.model
    module = "pydantic_settings" if conversion.settings else "pydantic"
    target = f"{module}.{name}"
    own = source.names.scope_at[model].bindings
    reliable = [b for b in visible(source, model) if b.name not in own]
    for binding in reliable:
        if binding.target in (target, f"{module}.config.{name}", f"{module}.main.{name}"):
            return binding.name
    for base in model.bases:
        root = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(root, ast.Attribute) and source.qualified(root.value) == module:
            return f"{source.text(root.value)}.{name}"
    local = free_name(source, name, target, "Pydantic")
    bindings = [
        b for b in reliable if isinstance(b.node, ast.ImportFrom) and b.node.module == module
    ]
    bindings = [b for b in bindings if not b.node.level][:1]  # type: ignore[attr-defined]
    if not bindings:
        for base in model.bases:
            root = base.value if isinstance(base, ast.Subscript) else base
            found = source.names.lookup(root) if isinstance(root, ast.Name) else None
            bindings += [
                b
                for b in (found[1] if found else [])
                if isinstance(b.node, ast.ImportFrom) and b.node.module == module
            ]
    if not bindings:
        for binding in reliable:
            if binding.target == module and isinstance(binding.node, ast.Import):
                return f"{binding.name}.{name}"
    conversion.wanted = (f"{name} as {local}" if local != name else name, bindings)
    return local


def _imports(source: Source, project: Project, converted: list[_Conversion]) -> Iterator[Edit]:
    """Add what the conversions need, take away what they alone used."""
    from gardener.codemod.importing import exchanged, top_import

    unused = _unused(source, project, converted)
    wanted: dict[ast.ImportFrom, list[str]] = {}
    for conversion in converted:
        text, bindings = conversion.wanted
        if not text:
            continue
        for binding in bindings:
            assert isinstance(binding.node, ast.ImportFrom)
            wanted.setdefault(binding.node, []).append(text)
        if not bindings:
            module = "pydantic_settings" if conversion.settings else "pydantic"

            def is_local(node: ast.stmt) -> bool:
                return _is_local(source, project, node)

            yield top_import(source, f"from {module} import {text}", is_local)
    for node in dict.fromkeys((*wanted, *unused)):
        texts = list(dict.fromkeys(wanted.get(node, [])))
        yield from exchanged(source, node, unused.get(node, []), ", ".join(texts))


def _is_local(source: Source, project: Project, node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return True
        name = (node.module or "").partition(".")[0]
    else:
        assert isinstance(node, ast.Import)
        name = node.names[0].name.partition(".")[0]
    path = project.modules.locate(name, project.full(source.path))
    inside = bool(path) and project.modules.in_project(path)
    return inside or (project.root / name).is_dir()


def _unused(
    source: Source, project: Project, converted: list[_Conversion]
) -> dict[ast.ImportFrom, list[ast.alias]]:
    """Imports of Extra and BaseConfig that only the converted classes used."""
    replaced = [node for conversion in converted for node in conversion.replaced]
    names = {node.id for node in replaced if isinstance(node, ast.Name)}
    found: dict[ast.ImportFrom, list[ast.alias]] = {}
    if source.path.endswith("__init__.py"):
        return found
    for name in sorted(names):
        bindings = source.names.bound_anywhere(name)
        if len(bindings) != 1 or not isinstance(bindings[0].node, ast.ImportFrom):
            continue
        alias, node = bindings[0].alias, bindings[0].node
        if alias is None or bindings[0].target.rpartition(".")[2] not in ("Extra", "BaseConfig"):
            continue
        used = [n for n in source.find(ast.Name) if n.id == name and n not in replaced]
        strings = [n for n in source.find(ast.Constant) if isinstance(n.value, str)]
        said = any(re.search(rf"\b{re.escape(name)}\b", str(n.value)) for n in strings)
        if used or said or alias.asname == alias.name or _imported_elsewhere(source, project, name):
            continue
        if source.protected(node):
            continue
        found.setdefault(node, []).append(alias)
    return found


def _imported_elsewhere(source: Source, project: Project, name: str) -> bool:
    """Whether another file of the project may import the name from this one."""
    stem = source.path.rpartition("/")[2].removesuffix(".py").encode()
    pattern = re.compile(
        rb"from[ \t]+[.\w]*\b"
        + re.escape(stem)
        + rb"[ \t]+import[^#]*?\b(?:"
        + name.encode()
        + rb"\b|\*)"
    )
    stars = project.containing("import *")
    return any(
        pattern.search(project.read(path))
        for path in dict.fromkeys((*project.containing(name), *stars))
        if path != source.path
    )
