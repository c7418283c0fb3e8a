"""Cheap facts about a project, read from bytes: who deprecates something, what tests patch."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from gardener.codemod.definitions import Definitions
    from gardener.codemod.project import Project

# Each begins with a text that can be sought quickly, and then looks at what stands before it.
_FROM_IMPORTS = re.compile(
    rb"from(?<!\w....)(?:[ \t]|\\\r?\n)+([.\w]+)(?:[ \t]|\\\r?\n)+import\b[ \t]*"
    rb"(\([^)]*\)|[^\n#;]*(?:\\\r?\n[^\n#;]*)*)"
)
_PLAIN_IMPORTS = re.compile(rb"import[ \t]+([^\n#;]+)")
_STRINGS = re.compile(rb"""["']([A-Za-z_]\w*(?:\.\w+)+)["':]""")
_LOADED = re.compile(rb"""import_module\(\s*["'](\w+)["']""")
_TARGET = rb"\s+[`'\"]*(?:from\s+\w|\w+(?:\.\w+)+)"
_CODE = [
    # One each, and each with a beginning that can be sought quickly: joined they cost thrice.
    re.compile(shape)
    for shape in (
        *(rb"\n(?:_?warnings\.)?_?warn\w*\(", rb"\nif[^\n]*\n[ \t]+(?:_?warnings\.)?_?warn\w*\("),
        *(rb"\ndef __getattr__\(", rb"\n@[\w.]*deprecated\("),
        # zope.deprecation and zope.deferredimport
        rb"\n(?:zope\.)?(?:\w+\.)?(?:deprecated(?:From)?|moved)\(",
    )
]
_WARNS = re.compile(rb"\n[ \t]+(?:\w+\.)*_?(?:warn\w*|deprecation_warning)\(")
"""A statement that warns, in a function or class: prose alone deprecates nothing."""
_PROSE = re.compile(rb"(?:[Uu]se|[Mm]oved to|[Ff]avou?r of)" + _TARGET)
_NEAR = 1500
"""Bytes around the word: a warning and what it says to use stand together."""
_PATCHES = rb"""(?:patch|setattr|delattr)\w*(?:\.\w+)?\(\s*["']([A-Za-z_][\w.]*)["']"""
_OBJECTS = rb"""(?:patch\.object|setattr|delattr)\(\s*([A-Za-z_][\w.]*)\s*,\s*["'](\w+)["']"""
_NAMED = rb"""\bpatch(?:\.multiple)?\(\s*(?:target\s*=|[A-Za-z_]\w*\s*[,)])"""
_MAY_PATCH = (
    re.compile(
        rb"""patch(?:\w*(?:\.\w+)?\(\s*["'][A-Za-z_]|\.object\(\s*[A-Za-z_][\w.]*\s*,\s*["']"""
        rb"""|(?<!\wpatch)(?:\.multiple)?\(\s*(?:target\s*=|[A-Za-z_]\w*\s*[,)]))"""
    ),
    re.compile(
        rb"""attr(?<=[tl]attr)(?:\w*(?:\.\w+)?\(\s*["'][A-Za-z_]|\(\s*[A-Za-z_][\w.]*\s*,\s*["']\w)"""
    ),
)
_OBJECT = re.compile(
    rb"(?:setattr|delattr)\w*(?:\s*\.\s*\w+)?\s*\(|patch\w*\s*\.\s*\w+\s*\(|patch\w*\s*\(\s*[^\"'\s]|\b(?:target|in_dict)\s*="
)
"""What may patch an object, not a name in a string."""
_GAP = rb"[\s\\]*(?:\#[^\n]*\n[\s\\]*)*[A-Za-z]{0,2}[\"']\w"
_IN_PARTS = (
    # Each begins with a text that can be sought quickly.
    *(re.compile(quote + rb"(?<=\w.)" + _GAP) for quote in (b'"', b"'")),
    re.compile(rb"""\\(?:x[3-9a-fA-F]|u0[0-9]|U|N\{|[01][0-7]{2}|\r?\n\w)"""),
)
"""Strings side by side, or an escape: they may hide a part of a name from whoever seeks it."""
_DOTTED = re.compile(r"[A-Za-z_][\w.]*")
_MANY = 60


def says_so(data: bytes) -> bool:
    """Whether a module's bytes look as if it deprecated something that others import."""
    at = data.find(b"eprecat")
    if at < 0:
        return False
    if any(shape.search(b"\n" + data) for shape in _CODE):
        return True
    if not _WARNS.search(data):
        return False
    while at >= 0:
        end = at + _NEAR
        if _PROSE.search(data, max(at - _NEAR, 0), end):
            return True
        at = data.find(b"eprecat", end - _NEAR // 2)
    return False


Deprecated = Callable[[str], Collection[str]]
"""The names that the module in a file (absolute path) deprecates; '' is the module itself."""


def deprecating(data: bytes, path: str, project: Project, names_in: Deprecated) -> bool:
    """Whether a file may import, from a module of the project, what that deprecates."""
    if not many(project):
        names = set(imported(data))
        return any(_one_deprecates(project, data, n, path, names_in, names) for n in names)
    lasts = deprecating_lasts(project, names_in)
    if not lasts or not any(last in data for last in lasts):
        return False
    names = set(imported(data))
    return any(
        name.rpartition(".")[2].encode() in lasts
        and _one_deprecates(project, data, name, path, names_in, names)
        for name in names
    )


def many(project: Project) -> bool:
    """Whether so many files are treated that all modules that deprecate something are sought."""
    return project.treated >= _MANY


def deprecating_lasts(project: Project, names_in: Deprecated) -> set[bytes]:
    """Last parts of the names of modules that deprecate something."""
    return project.memo("deprecating lasts", lambda: _lasts(project, names_in))


def _lasts(project: Project, names_in: Deprecated) -> set[bytes]:
    modules = (module for module, file in deprecating_modules(project) if names_in(file))
    return {module.rpartition(".")[2].encode() for module in modules} - {b""}


def imported(data: bytes) -> Iterator[str]:
    """Dotted names that a file's bytes seem to import, or to name in strings; '.' for relative."""
    for match in _PLAIN_IMPORTS.finditer(data):
        at = match.start()
        while data[at - 1 : at] in (b" ", b"\t"):
            at -= 1
        if data[at - 1 : at] in (b"", b"\n", b";", b":"):
            for part in match[1].split(b","):
                yield part.split(b" as ")[0].strip().decode(errors="replace")
    for match in _FROM_IMPORTS.finditer(data):
        base = match[1].decode(errors="replace")
        yield base
        for word in re.findall(rb"(?<!as )\b[A-Za-z_]\w*", match[2] or b""):
            yield f"{base}{'' if base.endswith('.') else '.'}{word.decode(errors='replace')}"
    for match in _LOADED.finditer(data):
        yield match[1].decode(errors="replace")
    for match in _STRINGS.finditer(data):
        text = match[1].decode(errors="replace")
        while "." in text:  # "package.module.Class.method" names a module somewhere
            yield text
            text = text.rpartition(".")[0]
        yield text


def _one_deprecates(
    project: Project,
    data: bytes,
    name: str,
    path: str,
    names_in: Deprecated,
    imported_names: Collection[str],
) -> bool:
    """Whether the module that a file imports by this name deprecates what the file takes from it."""
    if not name.strip("."):
        return False
    importing_file = project.full(path)
    file = project.modules.locate_near(name, importing_file)
    if not file or file == importing_file:
        return False
    if not project.memo(f"deprecates {file}", lambda: says_so(project.read(file))):
        return False
    deprecated = names_in(file)
    if "" in deprecated:
        return True
    dot = "" if name.endswith(".") else "."
    if any(f"{name}{dot}{each}" in imported_names for each in deprecated):
        return True
    return bool(deprecated) and _reads_one(data, name, deprecated)


def _reads_one(data: bytes, module: str, names: Collection[str]) -> bool:
    """Whether a file may read a name as an attribute of a module, or take all that it has."""
    if b"import *" in data or b"import_module" in data or b"getattr(" in data:
        return any(name.encode() in data for name in names)
    objects = {module.rpartition(".")[2].encode(), *re.findall(rb"\bas\s+(\w+)", data)} - {b""}
    wanted = b"|".join(re.escape(name.encode()) for name in names)
    receivers = b"|".join(sorted(objects))
    return bool(re.search(rb"\b(?:%b)\s*\.\s*(?:%b)\b" % (receivers, wanted), data))


def deprecating_modules(project: Project) -> list[tuple[str, str]]:
    """Modules of the project that deprecate something: dotted name and absolute path."""
    return project.memo("deprecating modules", lambda: list(_deprecating_modules(project)))


def _deprecating_modules(project: Project) -> Iterator[tuple[str, str]]:
    for path in project.containing("eprecat"):
        if says_so(project.read(path)):
            file = project.full(path)
            yield project.modules.name(file), file


def patched_names(project: Project, dotted: str) -> list[tuple[str, str]]:
    """Names that tests patch by a string, with `file:line`: all that may begin with a dotted name."""
    return project.memo(f"patched names {dotted}", lambda: list(_patched_names(project, dotted)))


def _patched_names(project: Project, dotted: str) -> Iterator[tuple[str, str]]:
    # The last part is the rarest.
    parts = [part.encode() for part in reversed(dotted.split("."))]
    imports = _imports_towards(dotted)
    for path, data in project.memo("patching", lambda: list(_patching(project))):
        missing = len(list(islice((part for part in parts if part not in data), 2)))
        if missing > 1:
            continue
        if (missing or dotted.encode() not in data) and not _is_in_parts(project, path, data):
            # Then an object is patched that is reached by the name of an import.
            if missing or not (_OBJECT.search(data) and imports.search(data)):
                continue
        patched = project.memo(f"patched in {path}", partial(patched_in, project, path, data))
        for name, line in patched:
            yield name, f"{path}:{line}"


def _imports_towards(dotted: str) -> re.Pattern[bytes]:
    """What a file must hold that reaches a dotted name by an import, but does not write it out."""
    parts = [re.escape(part.encode()) for part in dotted.split(".")]
    shapes = [rb"from[\s\\]*\.+[\s\\]*import\b"]
    for count in range(1, len(parts)):
        module = rb"\.".join(parts[:count])
        shapes.append(rb"from[\s\\]+\.*%b[\s\\]+import\b" % module)
        shapes.append(rb"import[\s\\]+(?:[\w.]+(?:\s+as\s+\w+)?\s*,[\s\\]*)*%b\b" % module)
    return re.compile(rb"\b(?:%b)" % b"|".join(shapes))


def _is_in_parts(project: Project, path: str, data: bytes) -> bool:
    """Whether a name may hide in parts of strings in a file; asked late, as it takes long."""
    key = f"strings in parts in {path}"
    return project.memo(key, lambda: any(shape.search(data) for shape in _IN_PARTS))


def _patching(project: Project) -> Iterator[tuple[str, bytes]]:
    """Files that patch something, with their bytes."""
    for path in dict.fromkeys((*project.containing("patch"), *project.containing("attr("))):
        data = project.read(path)
        if _may_patch(data):
            yield path, data


def _may_patch(data: bytes) -> bool:
    """Whether one of the shapes is there: each with a beginning that can be sought quickly."""
    return any(shape.search(data) for shape in _MAY_PATCH)


def patched_in(project: Project, path: str, data: bytes) -> list[tuple[str, int]]:
    """Dotted names that a file patches by a string, with their lines."""
    if not _may_patch(data):
        return []
    from gardener.codemod.definitions import Definitions
    from gardener.codemod.file_text import Unparsable

    source: Definitions | None
    try:
        source = Definitions(data, project.full(path))  # asked once: its tree is not kept
    except Unparsable:
        source = None
    # What is only written in a string patches nothing, but bytes are all there is of a file
    # that does not parse.
    return list(_patched_in(source) if source is not None else _patched_by_bytes(data))


def _patched_by_bytes(data: bytes) -> Iterator[tuple[str, int]]:
    """Names that a file seems to patch, with their lines."""
    for match in re.finditer(_OBJECTS, data):
        line = data.count(b"\n", 0, match.start()) + 1
        yield f"{match[1].decode()}.{match[2].decode()}", line
    for match in re.finditer(_PATCHES, data):
        line = data.count(b"\n", 0, match.start(1)) + 1
        yield match[1].decode(errors="replace"), line


def _patched_in(source: Definitions) -> Iterator[tuple[str, int]]:
    """Names that the calls of a file patch, with their lines."""
    import ast

    for call in source.find(ast.Call):
        if not _may_name_patch(call.func):
            continue
        function = ast.unparse(call.func)
        if not re.search(r"(?:patch|setattr|delattr)\w*(?:\.\w+)?$", function):
            continue
        target = next((k.value for k in call.keywords if k.arg in ("target", "in_dict")), None)
        arguments = [*call.args, *([target] if target is not None else [])]
        if arguments:
            is_multiple = function.endswith("multiple")  # patch.multiple("module", name=...)
            names = [k.arg for k in call.keywords if k.arg] if is_multiple else []
            yield from _patched_by(source, call, arguments, names)


def _may_name_patch(function: ast.expr) -> bool:
    """Whether the last two names of a function may say that it patches: writing it out takes long."""
    value = getattr(function, "value", None)
    names = (getattr(node, "attr", getattr(node, "id", "")) for node in (function, value))
    return any("patch" in name or "attr" in name for name in names)


def _patched_by(
    source: Definitions, call: ast.Call, arguments: list[ast.expr], keywords: list[str]
) -> Iterator[tuple[str, int]]:
    """Names that a call patches, with their lines: by a string, or an attribute of an object."""
    import ast

    owner = arguments[0]
    first = [text for text in source.texts(owner) if _DOTTED.fullmatch(text)]
    for text in first:
        yield from ((name, owner.lineno) for name in (text, *(f"{text}.{k}" for k in keywords)))
    if first or len(arguments) < 2 or not isinstance(owner, (ast.Name, ast.Attribute)):
        return
    spellings = {ast.unparse(owner), *(name.lstrip(".") for name in source.meanings(owner))}
    for attribute in source.texts(arguments[1]):
        if attribute.isidentifier():
            yield from ((f"{name}.{attribute}", call.lineno) for name in sorted(spellings - {""}))
