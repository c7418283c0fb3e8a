"""What says that code is meant for Pydantic 1: requirements first, then the code around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from gardener.codemod.command import Command
from gardener.codemod.evidence import allowed, declares, is_mentioned
from gardener.codemod.meant import module_of

if TYPE_CHECKING:
    from gardener.codemod.project import Project

_ANY = r"\w+"
_TYPES = r"Constrained\w+|JsonWrapper|SecretField"
_ERRORS = r"(?!Pydantic|ValidationError$)\w+|Pydantic(?:Type|Value)Error"
_GONE = {
    # names of modules of Pydantic 1 that cannot be imported from Pydantic 2
    "pydantic": rf"{_TYPES}|(?!Validation|Pydantic)\w+Error|Pydantic(?:Type|Value)Error|BaseSettings"
    "|NoneBytes|NoneStr|NoneStrBytes|Protocol|Required|StrBytes|compiled|stricturl|validate_model"
    "|create_model_from_(?:namedtuple|typeddict)|parse_(?:file|raw)_as",
    "pydantic.annotated_types": _ANY,
    "pydantic.class_validators": r"(?!(?:root_)?validator$)\w+",
    "pydantic.datetime_parse": _ANY,
    "pydantic.env_settings": _ANY,
    "pydantic.error_wrappers": r"ErrorWrapper|display_errors|error_dict|flatten_errors",
    "pydantic.errors": _ERRORS,
    "pydantic.fields": r"DeferredType|ModelField|Required|SHAPE_\w+|Undefined(?:Type)?",
    "pydantic.main": r"ModelMetaclass|validate_model",
    "pydantic.networks": r"MultiHostDsn|stricturl|\w+_regex",
    "pydantic.parse": _ANY,
    "pydantic.schema": _ANY,
    "pydantic.tools": r"parse_(?:file|raw)_as",
    "pydantic.types": _TYPES,
    "pydantic.typing": _ANY,
    "pydantic.utils": r"ClassAttribute|ValueItems|almost_equal_floats|generate_model_signature|path_type",
    "pydantic.validators": _ANY,
}
_FIRST_WITH_2 = {"fastapi": "0.100", "sqlmodel": "0.0.14", "beanie": "1.21", "odmantic": "1.0"}
"""Libraries on Pydantic, with the first version that takes Pydantic 2."""
_IMPORT = re.compile(rb"(?m)^from[ \t]+(pydantic(?:\.\w+)*)[ \t]+import\b[ \t]*(\([^)]*\)|[^\n]*)")
_REFUSED = re.compile(
    rb"(?m)^[ \t]+(?:@(?:pydantic\.)?root_validator(?:\([ \t]*\))?[ \t]*$|__root__[ \t]*:)"
)
"""What Pydantic 2 refuses when a model is defined."""
_FOR_BOTH = (
    rb"PYDANTIC_?V?[12]\b|PYDANTIC_(?:VER|VERSION|MAJOR\w*)\b|is_pydantic_?v?[12]\b"
    rb"|pydantic\.(?:VERSION|version|__version__)|version\(\s*[\"']pydantic[\"']"
)
_NEW = rb"\b(?:ConfigDict|field_validator|model_validator|pydantic_settings|model_dump)\b"


def pydantic_1(command: Command) -> str:
    """Why the code cannot be meant for Pydantic 2 only; empty when it is."""
    for node in command.index.find(cst.ImportFrom):
        module = module_of(node)
        if module in _GONE and not isinstance(node.names, cst.ImportStar):
            gone = [a.evaluated_name for a in node.names if _is_gone(module, a.evaluated_name)]
            if gone and not _shimmed(command, node):
                return f"the file imports {gone[0]} from {module}, which Pydantic 2 does not have"
    return requirement(command.project, command.file.path)


def _is_gone(module: str, name: str) -> bool:
    return re.fullmatch(_GONE[module], name) is not None


def _shimmed(command: Command, node: cst.CSTNode) -> bool:
    choices = (cst.Try, cst.TryStar, cst.If)
    return any(isinstance(above, choices) for above in command.index.ancestors(node))


def requirement(project: Project, path: str) -> str:
    """Why the project's requirements, or the code beside a file, speak against Pydantic 2."""
    versions = allowed(project, "pydantic", "2", path)
    if versions is not None:
        evidence = versions.why
        if not versions.before:
            return ""
        if evidence.exact:
            return f"{evidence.place} has pydantic {evidence.bounds}"
        if not versions.from_on:
            return f"{evidence.place} asks for pydantic {evidence.bounds}, which is Pydantic 1"
    why = _by_others(project, path)
    if why or project.memo("uses Pydantic 2", lambda: _uses_v2(project)):
        return why
    top = path.partition("/")[0] if "/" in path else ""
    why = project.memo(f"Pydantic 1 in {top}", lambda: _by_code(project, top))
    if why or versions is None:
        return why or _undeclared(project, path)
    evidence = versions.why
    return f"{evidence.place} allows Pydantic 1 as well (pydantic {evidence.bounds})"


def _undeclared(project: Project, path: str) -> str:
    """Why a project that gives no bounds for Pydantic may have the first one: what is asked for
    without bounds is the newest, but what only comes with something else may be any.
    """
    if is_mentioned(project, "pydantic"):
        return ""
    for library, first in _FIRST_WITH_2.items():
        versions = allowed(project, library, first, path)
        if versions is not None and versions.before:
            place, bounds, _ = versions.why
            return f"{place} allows a {library} that takes Pydantic 1 as well ({library} {bounds})"
        if versions is not None or is_mentioned(project, library):
            return ""
    place = declares(project)
    return f"{place} does not say which Pydantic the project has" if place else ""


def _by_others(project: Project, path: str) -> str:
    """A library in a version that takes no Pydantic 2."""
    for library, first in _FIRST_WITH_2.items():
        versions = allowed(project, library, first, path)
        if versions is not None and not versions.from_on:
            place, bounds, exact = versions.why
            asks = "has" if exact else "asks for"
            return f"{place} {asks} {library} {bounds}, which takes Pydantic 1 alone"
    return ""


def _uses_v2(project: Project) -> bool:
    if is_mentioned(project, "pydantic-settings"):
        return True
    for _, data in project.grep("pydantic"):
        if re.search(rb"%b|pydantic\.v1" % _FOR_BOTH, data):
            return False
    return any(re.search(_NEW, data) for _, data in project.grep("pydantic"))


def _by_code(project: Project, top: str) -> str:
    """What code in a folder at the top takes of Pydantic that only Pydantic 1 has."""
    for path, data in project.grep("pydantic"):
        if top and "/" in path and not path.startswith(f"{top}/"):
            continue
        for module, names in _IMPORT.findall(data):
            dotted = module.decode()
            listed = re.sub(rb"#[^\n]*|\bas[ \t]+\w+", b"", names)
            imported = re.findall(rb"\w+", listed)
            removed = [
                n.decode() for n in imported if dotted in _GONE and _is_gone(dotted, n.decode())
            ]
            if removed:
                return f"{path} imports {removed[0]} from {dotted}, which Pydantic 2 does not have"
        if b"pydantic.v1" not in data and (refused := _REFUSED.search(data)):
            line = data.count(b"\n", 0, refused.start()) + 1
            return f"{path}:{line} defines a model that Pydantic 2 refuses"
        if re.search(_FOR_BOTH, data):
            return f"{path} asks for the version of Pydantic"
    return ""
