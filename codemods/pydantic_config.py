"""Turn `class Config:` of Pydantic models into `model_config = ConfigDict(...)`.

Pydantic 2 deprecates the inner class. Renamed keys get their new names (`orm_mode` becomes
`from_attributes`, `allow_mutation` the negated `frozen`, ...), removed keys are told, comments
and order stay. Settings get `SettingsConfigDict`. Only classes that truly are Pydantic 2
models are touched: their bases are followed through the file and the project's modules.

Pydantic 2 ignores a key by its old name, so renaming it makes it work again: that is told.

Left alone and told: a `Config` with methods, conditions, a base class or values computed from
each other, one that is referred to elsewhere, and models whose base is unknown.

See https://docs.pydantic.dev/latest/migration/#changes-to-config
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from gardener.codemod import Example
from gardener.source import Edit, Remark, Source

if TYPE_CHECKING:
    from gardener.classes import Bases, ClassRef
    from gardener.project import Project
    from gardener.scopes import Binding

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

RENAMED = {
    "allow_population_by_field_name": "populate_by_name",
    "anystr_lower": "str_to_lower",
    "anystr_strip_whitespace": "str_strip_whitespace",
    "anystr_upper": "str_to_upper",
    "keep_untouched": "ignored_types",
    "max_anystr_length": "str_max_length",
    "min_anystr_length": "str_min_length",
    "orm_mode": "from_attributes",
    "schema_extra": "json_schema_extra",
    "validate_all": "validate_default",
    "allow_mutation": "frozen",
}
REMOVED = {
    "copy_on_model_validation": "Pydantic 2 never copies",
    "error_msg_templates": "raise PydanticCustomError where the message is made",
    "fields": "write Field(alias=...) at each field",
    "getter_dict": "write a model validator with mode='before'",
    "json_dumps": "write a model serializer",
    "json_loads": "parse before validating",
    "post_init_call": "write a model validator",
    "smart_union": "unions are smart in Pydantic 2",
    "underscore_attrs_are_private": "they are private in Pydantic 2",
}
_V2_KEYS = frozenset(
    [
        "title",
        "model_title_generator",
        "field_title_generator",
        "str_to_lower",
        "str_to_upper",
        "str_strip_whitespace",
        "str_min_length",
        "str_max_length",
        "extra",
        "frozen",
        "populate_by_name",
        "use_enum_values",
        "validate_assignment",
        "arbitrary_types_allowed",
        "from_attributes",
        "loc_by_alias",
        "alias_generator",
        "ignored_types",
        "allow_inf_nan",
        "json_schema_extra",
        "json_encoders",
        "strict",
        "revalidate_instances",
        "ser_json_timedelta",
        "ser_json_temporal",
        "val_temporal_unit",
        "ser_json_bytes",
        "val_json_bytes",
        "ser_json_inf_nan",
        "validate_default",
        "validate_return",
        "protected_namespaces",
        "hide_input_in_errors",
        "defer_build",
        "plugin_settings",
        "schema_generator",
        "json_schema_serialization_defaults_required",
        "json_schema_mode_override",
        "coerce_numbers_to_str",
        "regex_engine",
        "validation_error_cause",
        "use_attribute_docstrings",
        "cache_strings",
        "validate_by_alias",
        "validate_by_name",
        "serialize_by_alias",
        "url_preserve_empty_path",
        "polymorphic_serialization",
    ]
)
_SETTINGS_KEYS = frozenset(
    [
        "case_sensitive",
        "nested_model_default_partial_update",
        "env_prefix",
        "env_prefix_target",
        "env_file",
        "env_file_encoding",
        "env_ignore_empty",
        "env_nested_delimiter",
        "env_nested_max_split",
        "env_parse_none_str",
        "env_parse_enums",
        "cli_prog_name",
        "cli_parse_args",
        "cli_parse_none_str",
        "cli_hide_none_type",
        "cli_avoid_json",
        "cli_enforce_required",
        "cli_use_class_docs_for_groups",
        "cli_exit_on_error",
        "cli_prefix",
        "cli_flag_prefix_char",
        "cli_implicit_flags",
        "cli_ignore_unknown_args",
        "cli_kebab_case",
        "cli_shortcuts",
        "secrets_dir",
        "json_file",
        "json_file_encoding",
        "yaml_file",
        "yaml_file_encoding",
        "yaml_config_section",
        "pyproject_toml_depth",
        "pyproject_toml_table_header",
        "toml_file",
        "toml_table_header",
        "enable_decoding",
    ]
)
_KNOWN = _V2_KEYS | _SETTINGS_KEYS | RENAMED.keys() | REMOVED.keys()

_MODELS = {
    "pydantic.BaseModel",
    "pydantic.main.BaseModel",
    "pydantic.RootModel",
    "pydantic.root_model.RootModel",
    "pydantic.generics.GenericModel",
}
_SETTINGS = {"pydantic_settings.BaseSettings", "pydantic_settings.main.BaseSettings"}
_PLAIN = r"(?:builtins|typing|typing_extensions|abc|enum|collections|dataclasses)\."
_GONE = frozenset(
    [
        "BaseSettings",
        "ConstrainedBytes",
        "ConstrainedDate",
        "ConstrainedDecimal",
        "ConstrainedFloat",
        "ConstrainedFrozenSet",
        "ConstrainedInt",
        "ConstrainedList",
        "ConstrainedSet",
        "ConstrainedStr",
        "JsonWrapper",
        "NoneBytes",
        "NoneStr",
        "NoneStrBytes",
        "Protocol",
        "Required",
        "StrBytes",
        "compiled",
        "create_model_from_namedtuple",
        "create_model_from_typeddict",
        "parse_file_as",
        "parse_raw_as",
        "stricturl",
        "validate_model",
    ]
)
_LOOK = re.compile(rb"\bclass[ \t]+Config\b|\bconfig(?:__)?[ \t]*=[ \t]*[A-Za-z_]")
_VERSION = r"(?i)pydantic|\bversion\b|\b(?:is_?)?v[12]\b"
_OWN_SCOPE = {"locals", "vars", "dir", "super", "__qualname__", "__module__", "__class__"}


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file has a class of that name at all."""
    del path, project
    near = b"pydantic" in data or b"class Config" in data or b"class\tConfig" in data
    return near and any(b"(" not in match[0] for match in _LOOK.finditer(data))


def rewrite(source: Source, project: Project) -> Iterator[Edit | Remark]:
    """Yield the edits that turn each inner `class Config` into `model_config`."""
    from gardener.classes import ClassRef, bases_of

    path = project.full(source.path)
    converted: list[_Conversion] = []
    for model in source.find(ast.ClassDef):
        inner = _configs(model)
        if not inner or source.protected(inner[0]):
            continue
        ref = ClassRef(source, path, model)
        bases = bases_of(project, ref)
        verdict = _verdict(source, model, bases)
        if verdict == "other" or (verdict == "unknown" and not _pydantic_keys(source, inner[0])):
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
        why = why or _pydantic_1(source, project) or _refused(source, project, ref, inner)
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
        why = _pydantic_1(source, project) or _refused_alone(source, project, config)
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
    if config.decorator_list or config.keywords:
        return "it is decorated or has class keywords"
    for base in config.bases:
        plain = isinstance(base, ast.Name) and base.id == "object"
        meaning = source.qualified(base)
        if not plain and meaning not in ("pydantic.BaseConfig", "pydantic.config.BaseConfig"):
            return f"it inherits from {ast.unparse(base)}"
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
    return _refused_body(source, config, config)


# --- which classes -------------------------------------------------------------------------


def _configs(model: ast.ClassDef) -> list[ast.ClassDef]:
    """Classes called Config in a class body, those under a condition included."""
    found: list[ast.ClassDef] = []
    stack: list[ast.AST] = list(reversed(model.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.ClassDef):
            if node.name == "Config":
                found.append(node)
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            stack += [n for n in ast.walk(node) if isinstance(n, ast.ClassDef)]
    return found


def _verdict(source: Source, model: ast.ClassDef, bases: Bases) -> str:
    if any(o.startswith("pydantic.v1.") or o == "pydantic.BaseSettings" for o in bases.outside):
        return "v1"
    if any("pydantic.v1" in text or text.startswith("v1.") for text in bases.unknown):
        return "v1"
    if _SETTINGS & set(bases.outside):
        return "settings"
    if _MODELS & set(bases.outside):
        return "v2"
    for decorator in model.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if source.qualified(function) == "pydantic.dataclasses.dataclass":
            return "dataclass"
    foreign = [o for o in bases.outside if not re.match(_PLAIN, o)]
    return "unknown" if bases.unknown or foreign else "other"


def _pydantic_keys(source: Source, config: ast.ClassDef) -> bool:
    """Whether a Config of an unknown class looks like one of Pydantic."""
    near = b"pydantic" in source.data
    known = _KNOWN if near else _KNOWN - {"title", "extra"}
    names = _assigned(config)
    return any(name in known for name in names) or ("extra" in names and b"Extra." in source.data)


def _assigned(config: ast.ClassDef) -> list[str]:
    names = []
    for item in config.body:
        targets = item.targets if isinstance(item, ast.Assign) else []
        if isinstance(item, ast.AnnAssign):
            targets = [item.target]
        names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names


def _pydantic_1(source: Source, project: Project) -> str:
    """Why the code cannot be meant for Pydantic 2 only; empty when it is."""
    for node in source.find(ast.ImportFrom):
        if node.module == "pydantic" and not node.level:
            gone = [a.name for a in node.names if a.name in _GONE]
            if gone and not _shimmed(source, node):
                return f"the file imports {gone[0]} from pydantic, which Pydantic 2 does not have"
    return project.memo("pydantic-1", lambda: _requirement(project))


def _shimmed(source: Source, node: ast.stmt) -> bool:
    return any(isinstance(a, (ast.Try, ast.If)) for a in source.names.ancestors(node))


_SPEC = (
    r"""(?mi)^[^#\n]*?(?<![\w.-])["']?pydantic(?:\[[\w, -]*\])?["']?\s*(?:=\s*(?:\{[^}\n]*?version\s*=\s*)?["'])?"""
    r"""\s*((?:(?:[~^]|[<>=!~]=?=?)\s*\d[\w.*]*|\d[\w.*]*)(?:\s*,\s*(?:[<>=!~]=?=?)\s*\d[\w.*]*)*)"""
)


def _requirement(project: Project) -> str:
    """Why the project's requirements speak against Pydantic 2."""
    names = ["pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "requirements.txt"]
    names += [str(p.relative_to(project.root)) for p in project.root.glob("requirements*/*.txt")]
    names += [p.name for p in project.root.glob("*requirements*.txt")]
    for name in dict.fromkeys(names):
        text = project.read(name).decode(errors="replace")
        for match in re.finditer(_SPEC, text):
            first, second = _majors(match[1])
            if not second:
                return f"{name} asks for pydantic {match[1].strip()}, which is Pydantic 1"
            if first and not _uses_v2(project):
                return f"{name} allows Pydantic 1 as well (pydantic {match[1].strip()})"
    return ""


def _majors(spec: str) -> tuple[bool, bool]:
    """Whether a version specifier allows a late Pydantic 1, and a late Pydantic 2."""
    allowed = [
        all(_meets(version, clause.strip()) for clause in spec.split(","))
        for version in ((1, 10, 99), (2, 99, 0))
    ]
    exact = re.match(r"\s*(?:==|===)?\s*(\d+)\.", spec)
    if exact and "," not in spec and not spec.strip().startswith(("<", ">", "!", "~", "^")):
        return exact[1] == "1", exact[1] == "2"
    return allowed[0], allowed[1]


def _meets(version: tuple[int, ...], clause: str) -> bool:
    match = re.match(r"([~^]|[<>=!~]=?=?)?\s*([\d.]+)", clause)
    if not match:
        return True
    sign = match[1] or "=="
    wanted = tuple(int(part) for part in match[2].strip(".").split(".") if part)
    if sign in (">=", ">"):
        return version >= wanted
    if sign in ("<", "<="):
        return version < wanted
    if sign in ("^", "~=", "~", "==", "==="):
        return version[0] == wanted[0]
    return True


def _uses_v2(project: Project) -> bool:
    for _, data in project.grep("pydantic"):
        if re.search(rb"PYDANTIC_V[12]|pydantic\.VERSION|pydantic\.version|pydantic\.v1", data):
            return False
    names = rb"\b(?:ConfigDict|field_validator|model_validator|pydantic_settings|model_dump)\b"
    return any(re.search(names, data) for _, data in project.grep("pydantic"))


# --- what is refused -----------------------------------------------------------------------


def _refused(source: Source, project: Project, ref: ClassRef, inner: list[ast.ClassDef]) -> str:
    config = inner[0]
    if source.awaits_warning(config):
        return "a test waits here for the warning that it gives"
    if _for_a_version(source, ref.node):
        return "it stands in a branch for one version of Pydantic"
    if len(inner) > 1 or config not in ref.node.body:
        return "it depends on a condition" if config not in ref.node.body else "there are two"
    if config.decorator_list or config.keywords:
        return "it is decorated or has class keywords"
    for base in config.bases:
        plain = isinstance(base, ast.Name) and base.id == "object"
        meaning = source.qualified(base)
        if not plain and meaning not in ("pydantic.BaseConfig", "pydantic.config.BaseConfig"):
            return f"it inherits from {ast.unparse(base)}"
    return _refused_body(source, ref.node, config) or _referred_to(source, project, ref, config)


def _for_a_version(source: Source, model: ast.ClassDef) -> bool:
    """Whether a branch on a version decides that the model is there at all."""
    return any(
        isinstance(above, ast.If) and re.search(_VERSION, ast.unparse(above.test))
        for above in source.names.ancestors(model)
    )


def _refused_body(source: Source, model: ast.ClassDef, config: ast.ClassDef) -> str:
    own = source.names.scope_at[config]
    outer = source.names.scope_at[model]
    seen: set[str] = set()
    for item in config.body:
        if isinstance(item, ast.Pass) or (
            isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant)
        ):
            continue
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return f"it has a method ({item.name})"
        if not isinstance(item, (ast.Assign, ast.AnnAssign)):
            return f"line {item.lineno} is more than a key and its value"
        target = item.targets[0] if isinstance(item, ast.Assign) else item.target
        chained = isinstance(item, ast.Assign) and len(item.targets) > 1
        if chained or not isinstance(target, ast.Name) or item.value is None:
            return f"line {item.lineno} is more than a key and its value"
        if target.id in seen:
            return f"{target.id} is set twice"
        if target.id.startswith("__"):
            return f"{target.id} has a name that Python treats specially"
        seen.add(target.id)
        for node in ast.walk(item.value):
            if isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)):
                return f"the value of {target.id} is computed in place"
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("classmethod", "property"):
                return f"{target.id} is a {ast.unparse(node.func)}"
            if isinstance(node, ast.Name):
                private = node.id.startswith("__") and not node.id.endswith("__")
                if node.id in _OWN_SCOPE or private:
                    return f"the value of {target.id} depends on the class around it"
                found = source.names.lookup(node)
                if found and found[0] is own:
                    return f"the value of {target.id} is computed from {node.id}"
                if (
                    outer is not own
                    and source.names.scope_of[node] is own
                    and node.id in outer.bindings
                ):
                    return (
                        f"{node.id} in the value of {target.id} means something else in the model"
                    )
    return ""


def _referred_to(source: Source, project: Project, ref: ClassRef, config: ast.ClassDef) -> str:
    """Where else the class Config is used, as the rest of a sentence; '' = nowhere."""
    from gardener.classes import ClassRef, class_of

    outer = source.names.scope_at[ref.node]
    for node in source.find(ast.AST):
        if isinstance(node, ast.Name) and node.id == "Config" and isinstance(node.ctx, ast.Load):
            found = source.names.lookup(node)
            if found and found[0] is outer:
                return f"line {node.lineno} refers to it"
        elif isinstance(node, ast.Attribute) and node.attr == "Config":
            meant = class_of(project, source, ref.path, node.value)
            if isinstance(meant, ClassRef):
                if _gets_config_from(project, meant, ref):
                    return f"line {node.lineno} refers to it"
            elif not meant or not _module_like(project, source, ref.path, node.value):
                return f"line {node.lineno} may refer to it"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in _BY_NAME:
            if any(isinstance(a, ast.Constant) and a.value == "Config" for a in node.args):
                return f"line {node.lineno} looks it up by name"
    if len(outer.bindings.get("Config", ())) > 1:
        return "Config has a second meaning in the model"
    del config
    return _referred_to_elsewhere(source, project, ref)


_BY_NAME = ("getattr", "hasattr", "setattr", "delattr")
_DOTTED = rb"\b(\w+)\.Config\b"
_LOOKED_UP = rb"""\b(?:get|has|set|del)attr\(\s*[\w.\[\]()]+\s*,\s*["']Config["']"""


def _module_like(project: Project, source: Source, path: str, expr: ast.expr) -> bool:
    """Whether `X` in `X.Config` is a module or a class from outside of the repository."""
    meaning = source.qualified(expr)
    return bool(meaning) and meaning.lstrip(".") != "" and bool(project) and bool(path)


def _gets_config_from(project: Project, used: ClassRef, ref: ClassRef) -> bool:
    """Whether `used.Config` is the Config of `ref`."""
    from gardener.classes import bases_of, nested

    for cls in (used, *bases_of(project, used).classes):
        if cls.node.name == ref.node.name and cls.node.lineno == ref.node.lineno:
            return True
        if any(True for _ in nested(cls.node, "Config")):
            return False
    return False


def _referred_to_elsewhere(source: Source, project: Project, ref: ClassRef) -> str:
    """References from other files of the project: `Model.Config` or one of its subclasses."""
    from gardener.classes import ClassRef, class_of

    places = project.memo("Config references", lambda: list(_references(project)))
    for path, line, receiver in places:
        if path == source.path:
            continue
        if receiver == ref.node.name:
            return f"{path}:{line} refers to it"
        if not receiver:
            return f"{path}:{line} looks a Config up by name"
        other = project.modules.source(project.full(path))
        if other is None:
            continue
        for node in other.find(ast.Attribute):
            if node.attr == "Config" and isinstance(node.value, ast.Name):
                if node.value.id == receiver and node.lineno == line:
                    meant = class_of(project, other, project.full(path), node.value)
                    if isinstance(meant, ClassRef) and _gets_config_from(project, meant, ref):
                        return f"{path}:{line} refers to it"
                    if not meant and _may_mean(project, other, path, node, ref):
                        return f"{path}:{line} may refer to it"
    return ""


def _may_mean(
    project: Project, other: Source, path: str, node: ast.Attribute, ref: ClassRef
) -> bool:
    """Whether `x.Config`, x being a parameter or a variable of another file, may be this Config."""
    from gardener.classes import ClassRef, inherits

    if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        for above in other.names.ancestors(node):
            if isinstance(above, ast.ClassDef):
                around = ClassRef(other, project.full(path), above)
                return inherits(project, ref, around) or inherits(project, around, ref)
    if isinstance(node.value, ast.Name) and other.qualified(node.value):
        return False
    asked = other.names.parent_of[node]
    keys = {n for c in _configs(ref.node) for n in _assigned(c)}
    return not isinstance(asked, ast.Attribute) or asked.attr in keys


def _references(project: Project) -> Iterator[tuple[str, int, str]]:
    """Places that say `X.Config`, with X, or look a Config up by name, with ''."""
    said = [path for path, data in project.grep(".Config") if re.search(_DOTTED, data)]
    said += [path for path, data in project.grep("attr(", "Config") if re.search(_LOOKED_UP, data)]
    for path in dict.fromkeys(said):
        source = project.modules.source(project.full(path))
        if source is not None:  # what is only written in a longer string refers to nothing
            yield from ((path, line, receiver) for line, receiver in _references_in(source))
            continue
        data = project.read(path)
        for match in re.finditer(_DOTTED, data):
            yield path, data.count(b"\n", 0, match.start()) + 1, match[1].decode(errors="replace")
        for match in re.finditer(_LOOKED_UP, data):
            yield path, data.count(b"\n", 0, match.start()) + 1, ""


def _references_in(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.find(ast.Attribute):
        if node.attr == "Config" and isinstance(node.value, (ast.Name, ast.Attribute)):
            yield node.lineno, ast.unparse(node.value).rpartition(".")[2]
    for text in source.find(ast.Constant):  # an annotation, or what patch() is given
        if isinstance(text.value, str) and ".Config" in text.value:
            for match in re.finditer(_DOTTED.decode(), text.value):
                if re.fullmatch(r"[\w.\[\], |]+", text.value):
                    yield text.lineno, match[1]
    for call in source.find(ast.Call):
        if ast.unparse(call.func) in _BY_NAME and len(call.args) > 1:
            asked = call.args[1]
            if isinstance(asked, ast.Constant) and asked.value == "Config":
                yield call.lineno, ""


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
        present = set(_assigned(self.config))
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
            elif old not in _KNOWN:
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
    from gardener.importing import free_name, visible

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
    from gardener.importing import exchanged, top_import

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
