"""Who refers to the `Config` of a model: the file itself, and the other files of the project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from gardener.codemod.class_hierarchy import Classes, ClassRef
from gardener.codemod.file_text import Unparsable
from gardener.codemod.kept import Kept
from gardener.codemod.meaning import Names, scopes_of
from gardener.codemod.meant import Meaning, code_of, key_of, meant
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.pruned import Pruned
from gardener.codemod.tree import ParsedFile

if TYPE_CHECKING:
    from gardener.codemod.command import Command
    from gardener.codemod.project import Project

_BY_NAME = ("getattr", "hasattr", "setattr", "delattr")
_DOTTED = re.compile(rb"\b(\w+)\.Config\b")
_LOOKED_UP = re.compile(rb"""\b(?:get|has|set|del)attr\(\s*[\w.\[\]()]+\s*,\s*["']Config["']""")
_WORDS = re.compile(r"^Config$|^(?:get|has|set|del)attr$")


class Reference(NamedTuple):
    """`X.Config` in a file: which node it is, X's last name ('' = looked up by name), what X means.

    `around` is the class that X is `self` or `cls` of; `further` the attribute of the Config.
    Where nobody can read the file, `order` is the line, counted from -1 downwards.
    """

    order: int
    receiver: str
    meaning: Meaning = Meaning("unknown", "")
    is_name: bool = False
    around: str = ""
    further: str = ""


class References:
    """Answers where a Config is referred to, as the rest of a sentence."""

    def __init__(self, command: Command, classes: Classes) -> None:
        self.command = command
        self.classes = classes
        self.project = command.project

    def to(self, model: cst.ClassDef, ref: ClassRef, keys: set[str]) -> str:
        """Where else the Config of a model is used; '' = nowhere."""
        return self._here(model, ref) or self._elsewhere(ref, keys)

    # --- the file itself --------------------------------------------------------------------

    def _here(self, model: cst.ClassDef, ref: ClassRef) -> str:
        command = self.command
        for node in command.index.find(cst.Name):
            if node.value == "Config" and self._is_use(node):
                if any(self._is_of(b.node, model) for b in command.names.bound(node)):
                    return f"line {command.file.line(node)} refers to it"
        for attribute in command.index.find(cst.Attribute):
            if attribute.attr.value == "Config" and not _is_imported(command.index, attribute):
                used = self.classes.of(attribute.value)
                if isinstance(used, ClassRef):
                    if self._takes_from(used, ref):
                        return f"line {command.file.line(attribute)} refers to it"
                elif not used or not command.meaning(attribute.value):
                    return f"line {command.file.line(attribute)} may refer to it"
        for call in command.index.find(cst.Call):
            if _looks_up(call):
                return f"line {command.file.line(call)} looks it up by name"
        scope = command.names.scope(model.body.body[0])
        if len(command.names.own(scope).get("Config", ())) > 1:
            return "Config has a second meaning in the model"
        return ""

    def _is_use(self, node: cst.Name) -> bool:
        above = self.command.index.parent[node]
        if isinstance(above, cst.Attribute):
            return above.value is node
        if isinstance(above, (cst.Arg, cst.Param)):
            return (
                getattr(above, "keyword", None) is not node
                and getattr(above, "name", None) is not node
            )
        names = (cst.ClassDef, cst.FunctionDef, cst.ImportAlias, cst.AssignTarget, cst.AsName)
        return not isinstance(above, names)

    def _is_of(self, config: cst.CSTNode, model: cst.ClassDef) -> bool:
        around = (a for a in self.command.index.ancestors(config) if isinstance(a, cst.ClassDef))
        return isinstance(config, cst.ClassDef) and next(around, None) is model

    def _takes_from(self, used: ClassRef, ref: ClassRef) -> bool:
        """Whether `used.Config` is the Config of a model."""
        for cls in self.classes.line(used):
            if (cls.path, cls.key) == (ref.path, ref.key):
                return True
            if cls.facts.member("Config") is not None:
                return False
        return False

    # --- other files --------------------------------------------------------------------------

    def _elsewhere(self, ref: ClassRef, keys: set[str]) -> str:
        for path, reference in references(self.project):
            if path == self.command.file.path:
                continue
            place = partial(_place, self.project, path, reference)
            if not reference.receiver:
                return f"{place()} looks a Config up by name"
            importer = self.project.full(path)
            used = self.classes.meant(reference.meaning, importer)
            if isinstance(used, ClassRef):
                if self._takes_from(used, ref):
                    return f"{place()} refers to it"
            elif reference.receiver == ref.name:
                return f"{place()} refers to it"
            elif reference.is_name and not used:
                if self._may_mean(reference, importer, ref, keys):
                    return f"{place()} may refer to it"
        return ""

    def _may_mean(self, reference: Reference, path: str, ref: ClassRef, keys: set[str]) -> bool:
        """Whether `x.Config`, x being a parameter or a variable of another file, may be this Config."""
        if reference.around:
            around = self.classes.meant(Meaning("class", reference.around), path)
            if isinstance(around, ClassRef):
                return self.classes.inherits(ref, around) or self.classes.inherits(around, ref)
        if reference.meaning.kind == "name":
            return False
        return not reference.further or reference.further in keys


def references(project: Project) -> list[tuple[str, Reference]]:
    """Places of the project that say `X.Config`, or look a Config up by name."""
    return project.memo("Config references", lambda: list(_references(project)))


def _place(project: Project, path: str, reference: Reference) -> str:
    """File and line of a reference: the lines of a file are only found out where they are told."""
    if reference.order < 0:
        return f"{path}:{-reference.order}"
    file = ParsedFile(project.read(path), path)
    node = next(n for n, order in file.index.order.items() if order == reference.order)
    return f"{path}:{file.line(node)}"


_CHAIN = re.compile(rb"\b(?<!from )(\w+)(?:\.\w+)*\.Config\b")
_BROUGHT = rb"(?m)^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[^#\n]*\b%b\b|import[ \t]+(%b)\b)"


def _is_dotted(project: Project, path: str, data: bytes) -> bool:
    """Whether a file says `X.Config` where X does not surely come from another distribution."""
    return any(
        not _is_foreign(project, path, data, root)
        for root in dict.fromkeys(match[1] for match in _CHAIN.finditer(data))
    )


def _is_foreign(project: Project, path: str, data: bytes, root: bytes) -> bool:
    modules, importer = project.modules, project.full(path)
    tops = [match[1] or match[2] for match in re.finditer(_BROUGHT % (root, root), data)]
    names = {top.decode().partition(".")[0] for top in tops}
    if not names or "" in names:
        return False
    located = [(modules.locate(name, importer), modules.location(name, importer)) for name in names]
    return not any(
        location.is_ambiguous or (file and modules.in_project(file)) for file, location in located
    )


def _references(project: Project) -> Iterator[tuple[str, Reference]]:
    paths = [path for path, data in project.grep(".Config") if _is_dotted(project, path, data)]
    paths += [path for path, data in project.grep("attr(", "Config") if _LOOKED_UP.search(data)]
    answers = Kept(project.root, "fix-configs")
    for path in dict.fromkeys(paths):
        raw = project.read(path)
        for order, receiver, meaning, *rest in answers.of(raw, partial(_plain, raw, path)):
            yield path, Reference(order, receiver, Meaning(*meaning), *rest)
    answers.save()


def _plain(raw: bytes, path: str) -> list[tuple[object, ...]]:
    return [tuple(tuple(v) if isinstance(v, tuple) else v for v in r) for r in _in_file(raw, path)]


def _in_file(raw: bytes, path: str) -> Iterator[Reference]:
    try:
        file = ParsedFile(raw, path)
        tree = file.index
        pruned = Pruned(tree, _WORDS)
        names = Names(scopes_of(pruned.wrapper), tree, pruned)
    except (Unparsable, RecursionError):
        yield from _in_bytes(raw)
        return
    for node in tree.find(cst.Attribute):
        is_plain = isinstance(node.value, (cst.Name, cst.Attribute))
        if node.attr.value == "Config" and is_plain and not _is_imported(tree, node):
            yield _reference(names, node)
    for text in tree.find(cst.SimpleString):  # an annotation, or what patch() is given
        content = text.evaluated_value
        if isinstance(content, str) and re.fullmatch(r"[\w.\[\], |]+", content):
            for match in re.finditer(_DOTTED.pattern.decode(), content):
                yield Reference(tree.order[text], match[1])
    for call in tree.find(cst.Call):
        if _looks_up(call):
            yield Reference(tree.order[call], "")


def _is_imported(index: NodeIndex, node: cst.Attribute) -> bool:
    """Whether dotted names are a module of an import statement."""
    above = index.parent[node]
    while isinstance(above, cst.Attribute):
        above = index.parent[above]
    return isinstance(above, (cst.ImportFrom, cst.ImportAlias))


def _reference(names: Names, node: cst.Attribute) -> Reference:
    above = names.index.parent[node]
    further = above.attr.value if isinstance(above, cst.Attribute) else ""
    owner = node.value
    around = ""
    if isinstance(owner, cst.Name) and owner.value in ("self", "cls"):
        around = _class_around(names.index, node)
    return Reference(
        names.index.order[node],
        code_of(owner).rpartition(".")[2],
        meant(names, owner),
        isinstance(owner, cst.Name),
        around,
        further,
    )


def _class_around(index: NodeIndex, node: cst.CSTNode) -> str:
    classes = (a for a in index.ancestors(node) if isinstance(a, cst.ClassDef))
    nearest = next(classes, None)
    return key_of(index, nearest) if nearest is not None else ""


def _in_bytes(raw: bytes) -> Iterator[Reference]:
    """What a file that nobody can read seems to say."""
    for match in _DOTTED.finditer(raw):
        yield Reference(_line(raw, match.start()), match[1].decode(errors="replace"))
    for match in _LOOKED_UP.finditer(raw):
        yield Reference(_line(raw, match.start()), "")


def _line(raw: bytes, offset: int) -> int:
    return -raw.count(b"\n", 0, offset) - 1


def _looks_up(call: cst.Call) -> bool:
    if not isinstance(call.func, cst.Name) or call.func.value not in _BY_NAME or len(call.args) < 2:
        return False
    name = call.args[1].value
    return isinstance(name, cst.SimpleString) and name.evaluated_value == "Config"
