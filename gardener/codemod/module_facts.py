"""What a module binds at its top level, and its classes: what other files have to know of it.

It is read from libcst's scopes, without the bodies of functions, and kept by the module's content.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import libcst as cst

from gardener.codemod.class_facts import ClassFacts, class_facts, class_of_plain
from gardener.codemod.meaning import Bound, Names, Scope, scopes_of
from gardener.codemod.meant import Meaning, key_of, meant_by, module_of
from gardener.codemod.node_index import NodeIndex
from gardener.codemod.pruned import Pruned
from gardener.codemod.tree import ParsedFile

_NOTHING = re.compile(r"(?!)")


class ModuleFacts(NamedTuple):
    """A module: what its names mean, the modules of its star imports, `__all__`, its classes."""

    names: dict[str, Meaning]
    stars: tuple[str, ...] = ()
    exported: tuple[str, ...] | None = None
    classes: Mapping[str, ClassFacts] = MappingProxyType({})

    def plain(self) -> Any:
        """The same of plain values, which can be kept."""
        return _plain(tuple(self))

    @classmethod
    def of_plain(cls, values: Any) -> ModuleFacts:
        """The facts that were kept."""
        names, stars, exported, classes = values
        return cls(
            {name: Meaning(*meaning) for name, meaning in names.items()},
            stars,
            exported,
            {key: class_of_plain(facts) for key, facts in classes.items()},
        )


def _plain(values: Any) -> Any:
    if isinstance(values, (dict, MappingProxyType)):
        return {key: _plain(each) for key, each in values.items()}
    return tuple(map(_plain, values)) if isinstance(values, tuple) else values


# --- reading a module -----------------------------------------------------------------------


def facts_of(raw: bytes, path: str) -> ModuleFacts:
    """The facts of a module's text.

    Raises:
        gardener.codemod.file_text.Unparsable: nobody can tell what it says.
    """
    file = ParsedFile(raw, path)
    pruned = Pruned(file.index, _NOTHING)
    names = Names(scopes_of(pruned.wrapper), file.index, pruned)
    top = names.scope(file.module)
    stars = tuple(map(module_of, names.stars))
    classes: dict[str, ClassFacts] = {}
    facts = ModuleFacts({}, stars, _exported(names, top), classes)
    if b"sys.modules[__name__]" in raw:
        return facts  # another object takes its place
    for name in names.own(top):
        running = [b for b in names.lookup(name, top) if not _for_types(file.index, b)]
        if running and "." not in name:
            facts.names[name] = meant_by(names, running)
    for node in file.index.find(cst.ClassDef):
        if not any(isinstance(a, cst.FunctionDef) for a in file.index.ancestors(node)):
            classes[key_of(file.index, node)] = class_facts(names, node)
    return facts


def _exported(names: Names, top: Scope) -> tuple[str, ...] | None:
    bindings = names.own(top).get("__all__", [])
    listed = bindings[0].value if len(bindings) == 1 else None
    if not isinstance(listed, (cst.List, cst.Tuple)):
        return None
    texts = [e.value for e in listed.elements if isinstance(e.value, cst.SimpleString)]
    return tuple(str(text.evaluated_value) for text in texts)


def _for_types(index: NodeIndex, bound: Bound) -> bool:
    """Whether a binding is only there for type checkers."""
    inner = bound.node
    for above in index.ancestors(bound.node):
        if isinstance(above, cst.If) and inner is above.body:
            test = above.test
            name = test.attr if isinstance(test, cst.Attribute) else test
            if isinstance(name, cst.Name) and name.value == "TYPE_CHECKING":
                return True
        inner = above
    return False
