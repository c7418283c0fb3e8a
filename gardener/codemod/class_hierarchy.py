"""What class an expression means, and its bases, across files; libraries are not looked into."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst

from gardener.codemod.class_facts import ClassFacts, class_facts
from gardener.codemod.kept import Kept
from gardener.codemod.meant import Meaning, key_of, meant
from gardener.codemod.module_facts import ModuleFacts, facts_of

if TYPE_CHECKING:
    from gardener.codemod.meaning import Names
    from gardener.codemod.project import Project

_MAX_REEXPORTS = 12
"""How many modules one name is followed through."""
_STORE = "fix-modules-3"


class ClassRef(NamedTuple):
    """A class of the repository: its file (absolute), its key there, and what it says of itself."""

    path: str
    key: str
    facts: ClassFacts

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.key.partition("#")[0]


class BaseClasses(NamedTuple):
    """What a class comes from.

    `classes` are all classes of the repository that it inherits from, nearest first;
    `outside` the dotted names of what lies outside of it; `unknown` the bases, as they
    are written, that nothing is known about.
    """

    classes: tuple[ClassRef, ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Modules:
    """The facts of the project's modules, and what dotted names mean by them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.known: dict[str, ModuleFacts] = {}
        self._kept = Kept(project.root, _STORE)

    def facts(self, path: str) -> ModuleFacts:
        """The facts of a file of the project; none if it cannot be read."""
        if path not in self.known:
            self.known[path] = self._read(path)
        return self.known[path]

    def _read(self, path: str) -> ModuleFacts:
        from gardener.codemod.file_text import Unparsable

        raw = self.project.read(path)
        try:
            values = self._kept.of(raw, lambda: facts_of(raw, path).plain())
        except (Unparsable, RecursionError):
            return ModuleFacts({})
        return ModuleFacts.of_plain(values)

    def save(self) -> None:
        """Keep what was read."""
        self._kept.save()

    def called(self, dotted: str, path: str, depth: int = 0) -> str:
        """What is called to make the object that a name means which the file at `path` imports."""
        modules = self.project.modules
        module, _, name = modules.absolute(dotted, path).rpartition(".")
        file = modules.locate(module, path) if module else ""
        if not file or not modules.in_project(file) or depth > _MAX_REEXPORTS:
            return ""
        meaning = self.facts(file).names.get(name, Meaning("unknown", ""))
        if meaning.kind == "name":
            return self.called(meaning.text, file, depth + 1)
        if meaning.kind != "call":
            return ""
        maker = self.class_of(Meaning("name", meaning.text), file) if meaning.text else ""
        return maker if isinstance(maker, str) else ""

    def class_of(self, meaning: Meaning, path: str, depth: int = 0) -> ClassRef | str:
        """The class that something means in the file at `path`: a dotted name outside, '' unknown."""
        if depth > _MAX_REEXPORTS:
            return ""
        if meaning.kind == "class":
            return self._class_at(meaning.text, path)
        if meaning.kind == "name":
            return self._named(self.project.modules.absolute(meaning.text, path), path, depth)
        return self._starred(meaning.text, path, depth) if meaning.kind == "starred" else ""

    def _class_at(self, key: str, path: str) -> ClassRef | str:
        """The class of a file with a key, or one in it: `Outer#3.Inner`."""
        key, _, inner = key.partition(".")
        facts = self.facts(path).classes.get(key)
        if facts is None:
            return ""
        if not inner:
            return ClassRef(path, key, facts)
        name, _, rest = inner.partition(".")
        member = facts.member(name)
        if member is None or member.kind != "class":
            return ""
        return self._class_at(f"{member.text}.{rest}" if rest else member.text, path)

    def _named(self, dotted: str, path: str, depth: int) -> ClassRef | str:
        modules = self.project.modules
        top = dotted.partition(".")[0]
        if modules.location(top, path).is_ambiguous:
            return ""
        parts = dotted.split(".")
        for count in range(len(parts), 0, -1):
            file = modules.locate(".".join(parts[:count]), path)
            if file:
                break
        else:
            return dotted
        if not modules.in_project(file):
            return dotted
        # A name of the repository that leads nowhere is unknown, one from outside is itself.
        rest = parts[count:]
        return self._in_module(file, rest, depth) if rest else ""

    def _in_module(self, file: str, names: list[str], depth: int) -> ClassRef | str:
        """What a name at the top of a file means, or an attribute of it."""
        name, *rest = names
        facts = self.facts(file)
        meaning = facts.names.get(name)
        if meaning is None:
            meaning = Meaning("starred", name)
        if rest:
            meaning = meaning._replace(text=".".join([meaning.text, *rest]))
        return self.class_of(meaning, file, depth + 1)

    def _starred(self, name: str, path: str, depth: int) -> ClassRef | str:
        """What star imports of a file bring under a name; the last one wins, as in Python."""
        first = name.partition(".")[0]
        for star in reversed(self.facts(path).stars):
            origin = self.project.modules.absolute(star, path)
            file = self.project.modules.locate(origin, path)
            if not file or not self.project.modules.in_project(file):
                continue  # what a library exports is not known
            exported = self.facts(file).exported
            if first in exported if exported is not None else not first.startswith("_"):
                brought = self._in_module(file, name.split("."), depth + 1)
                if brought:
                    return brought
        return ""


class Classes:
    """The classes as they are seen from one parsed file."""

    def __init__(self, project: Project, path: str, names: Names) -> None:
        self.path = project.full(path)
        self.names = names
        self.modules = project.memo("modules by libcst", partial(Modules, project))
        self._bases: dict[tuple[str, str], BaseClasses] = {}

    def of(self, node: cst.BaseExpression) -> ClassRef | str:
        """The class that an expression means: one of the repository, or a dotted name, or ''."""
        return self.meant(meant(self.names, node))

    def meant(self, meaning: Meaning, path: str = "") -> ClassRef | str:
        """The class that something means in a file, in this one if none is named."""
        ref = self._here(meaning) if path in ("", self.path) else None
        return ref or self.modules.class_of(meaning, path or self.path)

    def _here(self, meaning: Meaning) -> ClassRef | None:
        """A class of this very tree, in a function too."""
        node = self._definitions.get(meaning.text) if meaning.kind == "class" else None
        return self.at(node) if node is not None else None

    @cached_property
    def _definitions(self) -> dict[str, cst.ClassDef]:
        index = self.names.index
        return {key_of(index, node): node for node in index.find(cst.ClassDef)}

    def definition(self, ref: ClassRef) -> cst.ClassDef | None:
        """Where a class is defined in this file; None if it is in another one."""
        return self._definitions.get(ref.key) if ref.path == self.path else None

    def at(self, node: cst.ClassDef) -> ClassRef:
        """The class of a definition in this file."""
        return ClassRef(self.path, key_of(self.names.index, node), class_facts(self.names, node))

    def bases(self, ref: ClassRef, below: frozenset[tuple[str, str]] = frozenset()) -> BaseClasses:
        """All that a class inherits from, through whatever files of the repository.

        `below` are the classes on the way to it: one that inherits from itself has no more bases.
        """
        place = (ref.path, ref.key)
        if place in below:
            return BaseClasses()
        if place in self._bases:
            return self._bases[place]
        classes: list[ClassRef] = []
        outside: list[str] = []
        unknown: list[str] = []
        for base in ref.facts.bases:
            parent = self.meant(base, ref.path)
            if isinstance(parent, ClassRef):
                above = self.bases(parent, below | {place})
                classes += [parent, *above.classes]
                outside += above.outside
                unknown += above.unknown
            elif parent:
                outside.append(parent)
            else:
                unknown.append(base.text.partition("#")[0])
        answer = BaseClasses(
            tuple(dict.fromkeys(classes)),
            tuple(dict.fromkeys(outside)),
            tuple(dict.fromkeys(unknown)),
        )
        if not below:
            self._bases[place] = answer
        return answer

    def line(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """A class and all that it inherits from in the repository."""
        return (ref, *self.bases(ref).classes)

    def inherits(self, ref: ClassRef, ancestor: ClassRef) -> bool:
        """Whether a class is, or comes from, another one."""
        return any((c.path, c.key) == (ancestor.path, ancestor.key) for c in self.line(ref))
