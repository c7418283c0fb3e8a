"""Gives each failure and warning its category: the built-in table and what the user adds."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from gardener.config import CategoryRule, Config
from gardener.diagnosis.categories import BUILT_IN, OTHER, Category, Match
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.messages import LONGEST
from gardener.diagnosis.root_cause import bare_name
from gardener.model import Failure, Frame, Kind, Priority, RaisedException, WarningCount


def table(config: Config) -> tuple[Category, ...]:
    """The built-in categories with what `[tool.gardener.categories]` adds and changes.

    A rule of the user's own id comes first, so that it can take failures away from a
    built-in category; one with a built-in id changes only what it names.
    """
    built_in = {category.id: category for category in BUILT_IN}
    added: list[Category] = []
    for rule in config.categories:
        if rule.id in built_in:
            built_in[rule.id] = _changed(built_in[rule.id], rule)
        else:
            plain = Category(rule.id, Kind.FAILING, Priority.P2, rule.id, OTHER.next_step)
            added.append(_changed(plain, rule))
    return (*added, *built_in.values())


def _changed(category: Category, rule: CategoryRule) -> Category:
    """A category with what a rule of the user says about it."""
    recognises = rule.types or rule.message
    return category._replace(
        priority=rule.priority or category.priority,
        explanation=rule.explanation or category.explanation,
        next_step=rule.next_step or category.next_step,
        next_step_at="" if rule.next_step else category.next_step_at,
        codemod=rule.codemod or category.codemod,
        matches=(Match(types=rule.types, message=rule.message),)
        if recognises
        else category.matches,
    )


def of_failure(failure: Failure, evidence: Evidence, rows: tuple[Category, ...]) -> Category:
    """The first category of `rows` that recognises a failure; the last row if none does."""
    for category in rows:
        if any(_fits(match, evidence, failure) for match in category.matches):
            return category
    return rows[-1]


def _fits(match: Match, evidence: Evidence, failure: Failure) -> bool:
    """Whether a failure has all that a match asks for."""
    return (
        _fits_facts(match, evidence, failure)
        and _fits_frames(match, evidence.root)
        and _fits_exception(match, evidence.root, failure)
    )


def _fits_facts(match: Match, evidence: Evidence, failure: Failure) -> bool:
    if match.phases and failure.phase not in match.phases:
        return False
    if match.shapes and evidence.reading.shape not in match.shapes:
        return False
    facts = evidence.reading.facts
    return all(re.search(pattern, facts.get(name, "")) for name, pattern in match.facts)


def _fits_frames(match: Match, root: RaisedException) -> bool:
    if match.deepest and not re.search(match.deepest, _places(root.frames[-1:])):
        return False
    if match.through and not re.search(match.through, _places(_library_frames(root))):
        return False
    if not match.about:
        return True
    statement = root.crash_frame.source if root.crash_frame else ""
    return re.search(match.about, f"{root.message[:LONGEST]}\n{statement}") is not None


def _fits_exception(match: Match, root: RaisedException, failure: Failure) -> bool:
    if match.chained:
        return any(_names(match, raised) for raised in (root, failure, *failure.causes))
    return _names(match, root)


def _names(match: Match, raised: RaisedException) -> bool:
    """Whether an exception has the type and the text that a match asks for."""
    if match.unless and _is_of_type(raised.type, match.unless):
        return False
    if match.types and not _is_of_type(raised.type, match.types):
        return False
    return _says(match.message, raised.message)


def _is_of_type(type_: str, types: tuple[str, ...]) -> bool:
    name = bare_name(type_)
    if type_ in types or name in types:
        return True
    return any("*" in pattern and fnmatchcase(name, pattern) for pattern in types)


def _says(pattern: str, message: str) -> bool:
    return not pattern or re.search(pattern, message[:LONGEST]) is not None


def _library_frames(raised: RaisedException) -> tuple[Frame, ...]:
    """The frames of libraries that the last one of the repository called."""
    frames = raised.frames
    repository = [n for n, frame in enumerate(frames) if frame.origin != "library"]
    return frames[repository[-1] + 1 :] if repository else frames


def _places(frames: tuple[Frame, ...]) -> str:
    return "\n".join(f"{frame.file}:{frame.function}" for frame in frames)


def of_warning(warning: WarningCount, rows: tuple[Category, ...]) -> Category | None:
    """The category of a warning; None for one that no category names."""
    for category in rows:
        for match in category.warns:
            if match.types and not _is_of_type(warning.category, match.types):
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
        f"What to do: {_without_placeholder(category.next_step)}",
    ]
    if category.codemod:
        lines.append(f"Codemod: gardener fix --only {category.codemod}")
    if category.local:
        lines.append("The cause is the machine, not the code: the bot opens no issue.")
    if category.example:
        lines += ["", "A test that fails so:", ""]
        lines += [f"    {line}".rstrip() for line in category.example.splitlines()]
    return "\n".join(lines)


def _without_placeholder(text: str) -> str:
    return text.replace("`{symbol}`", "the symbol that the finding names")
