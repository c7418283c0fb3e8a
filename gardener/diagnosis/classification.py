"""Gives each failure and warning its category: the built-in table and what the user adds."""

from __future__ import annotations

import re

from gardener.config import Config
from gardener.diagnosis.categories import BUILT_IN, OTHER, Category, Match
from gardener.diagnosis.fingerprint import Evidence
from gardener.model import Failure, Frame, Kind, Priority, RaisedException, WarningCount

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
        plain = before or Category(rule.id, Kind.FAILING, Priority.P2, rule.id, OTHER.next_step)
        says = rule.types or rule.message
        changed = plain._replace(
            priority=rule.priority or plain.priority,
            explanation=rule.explanation or plain.explanation,
            next_step=rule.next_step or plain.next_step,
            next_step_at="" if rule.next_step else plain.next_step_at,
            codemod=rule.codemod or plain.codemod,
            matches=(Match(types=rule.types, message=rule.message),) if says else plain.matches,
        )
        if before:
            known[rule.id] = changed
        else:
            own.append(changed)
    return (*own, *known.values())


def of_failure(failure: Failure, evidence: Evidence, rows: tuple[Category, ...]) -> Category:
    """The first category of `rows` that recognises a failure; the last row if none does."""
    for category in rows:
        if any(_fits(match, evidence, failure) for match in category.matches):
            return category
    return rows[-1]


def _fits(match: Match, evidence: Evidence, failure: Failure) -> bool:
    root, reading = evidence.root, evidence.reading
    if match.phases and failure.phase not in match.phases:
        return False
    if match.shapes and reading.shape not in match.shapes:
        return False
    if not all(re.search(p, reading.facts.get(name, "")) for name, p in match.facts):
        return False
    if match.deepest and not re.search(match.deepest, _place(root.frames[-1:])):
        return False
    if match.through and not re.search(match.through, _place(_below(root))):
        return False
    if match.about and not re.search(match.about, f"{root.message[:LONGEST]}\n{_statement(root)}"):
        return False
    around = (root, failure, *failure.causes) if match.chained else (root,)
    return any(_names(match, one) for one in around)


def _names(match: Match, raised: RaisedException) -> bool:
    """Whether an exception has the type and the text that a match asks for."""
    if match.unless and _is(raised.type, match.unless):
        return False
    if match.types and not _is(raised.type, match.types):
        return False
    return _says(match.message, raised.message)


def _is(type_: str, types: tuple[str, ...]) -> bool:
    return type_ in types or type_.rpartition(".")[2] in types


def _says(pattern: str, message: str) -> bool:
    return not pattern or re.search(pattern, message[:LONGEST]) is not None


def _below(raised: RaisedException) -> tuple[Frame, ...]:
    """The frames of libraries that the last one of the repository called."""
    own = [n for n, frame in enumerate(raised.frames) if frame.origin != "library"]
    return raised.frames[own[-1] + 1 :] if own else raised.frames


def _place(frames: tuple[Frame, ...]) -> str:
    return "\n".join(f"{frame.file}:{frame.function}" for frame in frames)


def _statement(raised: RaisedException) -> str:
    return raised.crash_frame.source if raised.crash_frame else ""


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
