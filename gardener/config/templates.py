"""Templates of the team's own: what may stand in them, checked when the settings are loaded."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

TITLE = ("name", "title", "kind", "status", "priority", "category", "slug")
"""Words that a title may ask for."""

_SECTIONS = ("headline", "known", "error", "warnings", "expected", "reproduce", "tests")
ISSUE = (*TITLE, "facts", *_SECTIONS, "changes", "next")
"""Words and sections that the text of an issue may ask for; `facts` are all sections."""

COMMENT = ("comment", "verdict", "compared", "tally", "causes")
"""Sections that a comment may ask for; `comment` is the whole of it."""

_FIELD = re.compile(r"\{([^{}\n]*)\}")


class BadTemplateError(ValueError):
    """A template that cannot be filled; `key` is where, below its table."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def check(key: str, template: str, known: Collection[str], needed: Collection[str]) -> None:
    """Refuse a template that names something unknown, or nothing that tells texts apart.

    Raises:
        BadTemplateError: with the key of the setting and what is wrong.
    """
    asked = _FIELD.findall(template)
    listed = ", ".join(f"{{{name}}}" for name in known)
    for name in asked:
        if name not in known:
            raise BadTemplateError(key, f"names {{{name}}}; it may name {listed}")
    if not set(asked) & set(needed):
        one_of = " or ".join(f"{{{name}}}" for name in needed)
        raise BadTemplateError(key, f"must hold {one_of}")


def fill(template: str, parts: Mapping[str, str]) -> str:
    """The template with its parts, each taken as it is; a line of nothing but an empty one goes."""
    lines: list[str] = []
    for line in template.split("\n"):
        alone = _FIELD.fullmatch(line.strip())
        if not alone or parts.get(alone[1], "-"):
            lines.append(_FIELD.sub(lambda match: parts.get(match[1], match[0]), line))
        elif lines and not lines[-1]:
            lines.pop()
    return "\n".join(lines)
