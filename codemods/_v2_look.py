"""What the bytes of a file tell of whether it calls methods of models: most `.json()` are no model's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gardener.codemod.project import Project

_SHARED = rb"(?:dict|json|copy|schema|construct|validate)"
"""Methods that much else has too."""
_CERTAIN = re.compile(
    rb"\.(?:parse_obj|parse_raw|from_orm|update_forward_refs)\(|\.__fields(?:_set)?__\b"
    rb"|@[\w.]*validator\b|\bconst[ \t]*=[ \t]*True\b"
)
_CLASS = re.compile(rb"\bclass[ \t]+(\w+)")
_CALL = re.compile(rb"(?<![\w.])([A-Za-z_]\w*)((?:\.\w+)*)\." + _SHARED + rb"\(")
_CHAINED = re.compile(rb"[)\]](?:\.\w+)*\s*\." + _SHARED + rb"\(")
_ELEMENT = re.compile(rb"(?:\]|\.(?:get|pop)\([^\n]*\))(?:\.\w+)*\s*\." + _SHARED + rb"\(")
_MADE = rb"\b%b[ \t]*(?::[^=\n]+)?=[ \t]*(?:await[ \t]+)?([A-Za-z_][\w.]*)[\[(\n]"
_TYPED = rb"\b%b[ \t]*:([^=\n]+)"
_LOOP = rb"\bfor[ \t]+(?:\w+,[ \t]*)?%b[ \t]+in[ \t]+(?:enumerate\()?([A-Za-z_]\w*)"
_MANY = re.compile(rb"[\[,][ \t\n\"']*(\w+)")
_ANNOTATED = re.compile(rb"(?::|->)[ \t]*([\w.\[\]|\"', \t]+)")
_RETURNS = re.compile(rb"\bdef[ \t]+(\w+)\((?:[^()]|\([^()]*\))*\)[ \t]*->")
_MAKING = re.compile(rb"(?:parse_\w+|construct|from_orm|copy|validate|model_\w+)\Z")
_NEAR = 300
"""Bytes before `).json(` that are looked at for what was called."""

_HEAD = re.compile(r"\bclass +(\w+) *(?:\[[^]]*\])? *\(([^)#]*)")
_ALIAS = re.compile(r"\b(?:BaseModel|BaseSettings|RootModel|GenericModel|SQLModel) +as +(\w+)")
_FIRST = frozenset(["BaseModel", "BaseSettings", "RootModel", "GenericModel", "SQLModel"])


def may_call(data: bytes, project: Project) -> bool:
    """Whether a file seems to call a method of a model, or to define validators of one."""
    names = model_names(project)
    if names.isdisjoint(re.findall(rb"[A-Za-z_]\w*", data)):
        return False
    if _CERTAIN.search(data):
        return True
    functions = {match[1] for match in _RETURNS.finditer(data)} if b"->" in data else set()
    makers = names | functions
    roots = {match[1] for match in _CALL.finditer(data)}
    defined = {match[1] for match in _CLASS.finditer(data)}
    through_self = b"in self." in data or not roots.isdisjoint((b"self", b"cls"))
    if through_self and (not defined.isdisjoint(names) or _annotates(data, names)):
        return True
    if any(_may_be_model(root, data, names, makers) for root in roots):
        return True
    if _ELEMENT.search(data) and _annotates(data, names):
        return True
    return any(
        not makers.isdisjoint(words) or any(map(_MAKING.match, words))
        for words in _words_before(data)
    )


def _annotates(data: bytes, names: frozenset[bytes]) -> bool:
    """Whether some annotation names a model."""
    written = {match[1] for match in _ANNOTATED.finditer(data)}
    return any(not names.isdisjoint(re.findall(rb"\w+", each)) for each in written)


def _words_before(data: bytes) -> Iterator[list[bytes]]:
    for match in _CHAINED.finditer(data):
        yield re.findall(rb"[A-Za-z_]\w*", data[max(0, match.start() - _NEAR) : match.start()])


def _may_be_model(
    root: bytes, data: bytes, names: frozenset[bytes], makers: frozenset[bytes]
) -> bool:
    """Whether a name is a class, or bound to what may be a model."""
    if _is_bound_to_model(root, data, names, makers):
        return True
    loops = re.finditer(_LOOP % re.escape(root), data)
    through = {match[1] for match in loops}
    if not through:
        return False
    return any(match[1] in names for match in _MANY.finditer(data)) or any(
        _is_bound_to_model(each, data, names, makers) for each in through
    )


def _is_bound_to_model(
    root: bytes, data: bytes, names: frozenset[bytes], makers: frozenset[bytes]
) -> bool:
    if root in makers:
        return True
    if _is_typed(root, data, names):
        return True
    for made in re.finditer(_MADE % re.escape(root), data):
        parts = made[1].split(b".")
        if not makers.isdisjoint(parts) or _MAKING.match(parts[-1]):
            return True
        if _is_typed(parts[0], data, names) or (parts[0] == b"self" and _annotates(data, names)):
            return True
    return False


def _is_typed(name: bytes, data: bytes, names: frozenset[bytes]) -> bool:
    """Whether an annotation of a name names a model."""
    typed = re.finditer(_TYPED % re.escape(name), data)
    return any(not names.isdisjoint(re.findall(rb"\w+", each[1])) for each in typed)


def model_names(project: Project) -> frozenset[bytes]:
    """Names of classes that come from Pydantic's, by the heads of all classes of the project."""
    return project.memo("names of models", lambda: _model_names(project))


def _model_names(project: Project) -> frozenset[bytes]:
    subclasses: dict[str, list[str]] = {}
    names = set(_FIRST)
    for line in _heads(project):
        names.update(_ALIAS.findall(line))
        for name, bases in _HEAD.findall(line):
            # A head that goes on in the next line may name any base.
            for base in re.findall(r"\w+", bases) or ["BaseModel"]:
                subclasses.setdefault(base, []).append(name)
    waiting = list(names)
    while waiting:
        for name in subclasses.get(waiting.pop(), ()):
            if name not in names:
                names.add(name)
                waiting.append(name)
    return frozenset(name.encode() for name in names)


def _heads(project: Project) -> Iterator[str]:
    """Lines that begin a class with bases, or that give one of Pydantic's another name."""
    from gardener.errors import GitError
    from gardener.git import git

    shapes = (
        r"class +[A-Za-z_0-9]+ *(\[.*\])? *\(",
        r"(BaseModel|BaseSettings|RootModel|GenericModel|SQLModel) +as ",
    )
    sought = [part for shape in shapes for part in ("-e", shape)]
    try:
        found = git("grep", "-hE", "--untracked", *sought, "--", "*.py", root=project.root)
        yield from found.decode(errors="replace").splitlines()
    except GitError as wrong:
        if "no message" in str(wrong):  # nothing is found
            return
        for path in project.files:
            yield from project.read(path).decode(errors="replace").splitlines()
