"""The names and parts of module names that the code of a file mentions."""

from __future__ import annotations

from ..parse.summary import Definition, Summary

LOADS_FILES = frozenset({"spec_from_file_location", "run_path", "SourceFileLoader"})
"""What makes a module of a file that is named by its path."""


def module_words(summary: Summary) -> set[str]:
    """Parts of all module names that linking a file may look for; `*` if some are not known."""
    words: set[str] = set()
    for statement in summary.imports:
        words.update(statement.module.split("."), statement.names)
    for definition in summary.definitions:
        header = definition.header
        if definition.name == "INSTALLED_APPS":  # Django lists what is in packages of these
            words.add("*")
        for chain in (*definition.names, *definition.compared, *header.annotations, *header.decorators,
                      *header.bases, *definition.direct.calls, *definition.passed_to):  # fmt: skip
            if "." in chain:
                words.update(chain.split("."))
        modules = (*definition.dynamic_imports, *definition.spec_lookups)
        for text in (*definition.strings.dotted, *modules):
            words.update(text.replace(":", ".").split("."))
            if "*" in text:
                words.add("*")
        for text in definition.strings.texts:
            if text.endswith(".py"):
                words.update(text.removesuffix(".py").split("/")[-2:])
    if not words.isdisjoint(LOADS_FILES):
        words.add("*")
    return words


def mentions(summary: Summary) -> set[str]:
    """All names that the code of a file mentions."""
    names = {n for statement in summary.imports for n in statement.names if n in LOADS_FILES}
    return names.union(*map(mentioned_by, summary.definitions))


def mentioned_by(definition: Definition) -> set[str]:
    """The names that one definition mentions."""
    used = definition.attributes
    names = {*used.names, *used.on_self, *definition.strings.identifiers}
    names.update(map(assignment, used.assigned))
    for chain in (*definition.names, *definition.compared):
        names.update(chain.split("."))
    return names


def loads_files(summary: Summary) -> list[str]:
    """The definitions of a file that may load others by their paths.

    All of them where an import binds such a function: it may go by another name.
    """
    imported = any(not LOADS_FILES.isdisjoint(statement.names) for statement in summary.imports)
    return [d.name for d in summary.definitions if imported or _loads_files(d)]


def _loads_files(definition: Definition) -> bool:
    used, chains = definition.attributes, " ".join((*definition.names, *definition.compared))
    return not LOADS_FILES.isdisjoint(
        (*used.names, *used.on_self, *definition.strings.identifiers)
    ) or any(name in chains for name in LOADS_FILES)


_ASSIGNMENT = "="


def assignment(name: str) -> str:
    """What is mentioned where an attribute of this name is set or deleted."""
    return f"{_ASSIGNMENT}{name}"


def assigned_name(mention: str) -> str:
    """The attribute that is set where this is mentioned; empty for the mention of a name."""
    return mention.removeprefix(_ASSIGNMENT) if mention.startswith(_ASSIGNMENT) else ""
