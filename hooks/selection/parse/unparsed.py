"""Summarizes a file that does not parse: all its identifiers, and the lines that look like imports."""

from __future__ import annotations

import re

from .strings import IDENTIFIER
from .summary import (
    Attributes,
    Definition,
    DefinitionKind,
    Import,
    ImportedName,
    Strings,
    Summary,
)

_FROM = re.compile(
    r"^[^\S\n]*from\s+(\.*)([\w.]*)\s+import\s+(?:\(([^)]*)\)|([^#\n]*))", re.MULTILINE
)
_IMPORT = re.compile(r"^[^\S\n]*import\s+([\w., ]+)", re.MULTILINE)


def summarize_unparsed(source: bytes, why: str) -> Summary:
    """The summary of a file that does not parse; `why` says so."""
    text = source.decode("utf-8", "replace")
    identifiers = tuple(dict.fromkeys(IDENTIFIER.findall(text)))
    imports: list[Import] = []
    aliases: dict[str, dict[ImportedName, None]] = {}
    for line in _FROM.finditer(text):
        level, module = len(line[1]), line[2]
        items = [item.split() for item in (line[3] or line[4] or "").split(",")]
        named = [words for words in items if words and words[0].isidentifier()]
        imports.append(Import(module, level, tuple(words[0] for words in named)))
        for words in named:
            aliases.setdefault(words[-1], {})[ImportedName(level, module, words[0])] = None
    for line in _IMPORT.finditer(text):
        for words in (item.split() for item in line[1].split(",")):
            if words:
                module = words[0] if len(words) > 1 else words[0].partition(".")[0]
                imports.append(Import(words[0], 0))
                aliases.setdefault(words[-1].partition(".")[0], {})[ImportedName(0, module)] = None
    module_body = Definition(
        "",
        DefinitionKind.MODULE,
        names=identifiers,
        attributes=Attributes(identifiers),
        strings=Strings(identifiers),
    )
    return Summary(
        imports=tuple(imports),
        definitions=(module_body,),
        aliases={name: tuple(origins) for name, origins in aliases.items()},
        broken=why,
    )
