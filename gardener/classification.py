"""Gives each failure and warning its category: the built-in table and what the user adds."""

from __future__ import annotations

import re

from gardener.categories import BUILT_IN, OTHER, Category, Match
from gardener.config import Config
from gardener.fingerprint import Evidence
from gardener.model import Failure, Priority, Raised, WarningCount

LONGEST = 20_000
"""Characters of a message that are searched."""


def table(config: Config) -> tuple[Category, ...]:
    """The built-in categories with what `[tool.gardener.categories]` adds and changes.

    A rule of the user's own id comes first, so that it can take failures away from a
    built-in category; one with a built-in id changes only what it names.
    """
    known = {category.id: category for category in BUILT_IN}
    own: list[Category] = []
    for rule in config.categories:
        before = known.get(rule.id)
        plain = before or Category(rule.id, "failing", "P2", rule.id, OTHER.next_step)
        says = rule.types or rule.message
        changed = plain._replace(
            priority=_priority(rule.priority) or plain.priority,
            explanation=rule.explanation or plain.explanation,
            next_step=rule.next_step or plain.next_step,
            codemod=rule.codemod or plain.codemod,
            matches=(Match(types=rule.types, message=rule.message),) if says else plain.matches,
        )
        if before:
            known[rule.id] = changed
        else:
            own.append(changed)
    return (*own, *known.values())


def _priority(text: str) -> Priority | None:
    known: dict[str, Priority] = {"P0": "P0", "P1": "P1", "P2": "P2", "P3": "P3"}
    return known.get(text)


def of_failure(failure: Failure, evidence: Evidence, rows: tuple[Category, ...]) -> Category:
    """The first category of `rows` that recognises a failure; the last row if none does."""
    for category in rows:
        if any(_fits(match, evidence, failure.phase) for match in category.matches):
            return category
    return rows[-1]


def _fits(match: Match, evidence: Evidence, phase: str) -> bool:
    root, reading = evidence.root, evidence.reading
    if match.phases and phase not in match.phases:
        return False
    if match.shapes and reading.shape not in match.shapes:
        return False
    if match.types and not _is(root.type, match.types):
        return False
    if not all(re.search(p, reading.facts.get(name, "")) for name, p in match.facts):
        return False
    if match.deepest and not re.search(match.deepest, _deepest(root)):
        return False
    return _says(match.message, root.message)


def _is(type_: str, types: tuple[str, ...]) -> bool:
    return type_ in types or type_.rpartition(".")[2] in types


def _says(pattern: str, message: str) -> bool:
    return not pattern or re.search(pattern, message[:LONGEST]) is not None


def _deepest(raised: Raised) -> str:
    return f"{raised.frames[-1].file}:{raised.frames[-1].function}" if raised.frames else ""


def of_warning(warning: WarningCount, rows: tuple[Category, ...]) -> Category | None:
    """The category of a warning; None for one that no category names."""
    for category in rows:
        for match in category.warns:
            if match.types and not _is(warning.category, match.types):
                continue
            if _says(match.message, warning.message):
                return category
    return None


def explain(category: Category) -> str:
    """A category in a few lines of plain text."""
    lines = [
        f"{category.id} ({category.kind}, {category.priority} by default)",
        "",
        category.explanation,
        "",
        f"What to do: {_spoken(category.next_step)}",
    ]
    if category.codemod:
        lines.append(f"Codemod: gardener fix --only {category.codemod}")
    if category.local:
        lines.append("It lies in the machine, not in the code: the bot makes no issue of it.")
    if category.example:
        lines += ["", "A test that fails so:", ""]
        lines += [f"    {line}".rstrip() for line in category.example.splitlines()]
    return "\n".join(lines)


def _spoken(text: str) -> str:
    return text.replace("`{symbol}`", "the symbol that the finding names")
