"""Findings out of warnings: deprecations by cause."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gardener.config import Config
from gardener.diagnosis import classification, slugs
from gardener.diagnosis.categories import Category
from gardener.diagnosis.priority import Subject, impact, priority
from gardener.diagnosis.templates import former_template, template
from gardener.model import Finding, Kind, WarningCount


class _Cause(NamedTuple):
    """What the warnings of one finding share: their category and, without a codemod, a text."""

    category: str
    text: str


def deprecations(
    warnings: Iterable[WarningCount], config: Config, categories: tuple[Category, ...]
) -> tuple[list[Finding], list[WarningCount]]:
    """Deprecations, the most urgent and most frequent first; and all other warnings.

    Warnings have one cause if one codemod fixes them, else if they have the same text.
    """
    by_cause: dict[_Cause, list[WarningCount]] = {}
    other_warnings: list[WarningCount] = []
    for warning in warnings:
        category = classification.of_warning(warning, categories)
        if category is None:
            other_warnings.append(warning)
            continue
        text = "" if category.codemod else f"{warning.category}: {_template(warning.message)}"
        by_cause.setdefault(_Cause(category.id, text), []).append(warning)
    by_id = {category.id: category for category in categories}
    findings = [
        _finding(by_id[cause.category], cause, same_cause, config)
        for cause, same_cause in by_cause.items()
    ]
    return sorted(findings, key=_rank), other_warnings


_BOUND_METHOD = re.compile(r"<bound method [^\n]{1,200}? of <[^\n]{1,300}?>>")


def _template(message: str) -> str:
    """The template of a message, whichever object it is about: unittest names the test itself."""
    return template(_BOUND_METHOD.sub("<bound method>", message[:2000]))


def _rank(finding: Finding) -> tuple[int, int, str]:
    """A sort key: the most urgent first, then the most frequent."""
    count = sum(warning.count for warning in finding.warnings)
    return finding.priority.rank, -count, finding.slug


def _finding(
    category: Category, cause: _Cause, warnings: Sequence[WarningCount], config: Config
) -> Finding:
    about = Subject(category.id, tuple(dict.fromkeys(warning.file for warning in warnings)))
    print_, former = (
        _fingerprint(cause),
        {_fingerprint(_former(cause, warning)) for warning in warnings},
    )
    first = warnings[0]
    slug, reason = slugs.slug([category.id, *_words(first)]), "They have the same text."
    if category.codemod:
        slug, reason = category.id, "One codemod fixes them all."
    return Finding(
        fingerprint=print_,
        aliases=tuple(sorted(former - {print_})),
        kind=Kind.DEPRECATED,
        category=category.id,
        slug=slug,
        title=_title(first.message),
        priority=priority(category.priority, about, config),
        warnings=tuple(warnings),
        reason=reason,
        cause=category.cause or category.explanation,
        codemod=category.codemod,
        next_step=category.next_step,
        impact=impact(about, config),
    )


def _title(message: str) -> str:
    """The first line of a message as it stands: masks are for comparing, not for reading."""
    first_line = next((line for line in message[:5000].splitlines() if line.strip()), "")
    return " ".join(first_line.split())[:200]


def _fingerprint(cause: _Cause) -> str:
    digest = hashlib.sha256("\0".join(("deprecated", *cause)).encode("utf-8", "replace"))
    return f"1:{digest.hexdigest()[:12]}"


def _former(cause: _Cause, warning: WarningCount) -> _Cause:
    """The cause of a warning as earlier versions told it: stored fingerprints are of that."""
    text = f"{warning.category}: {former_template(warning.message)}"
    return cause._replace(text=text) if cause.text else cause


_DEPRECATED_NAME = re.compile(r"`([\w.]+)`|'([\w.]+)'|\b([\w.]+)\(\)")


def _words(warning: WarningCount) -> list[str]:
    """A few words for a warning: the name that it puts in quotes, else how it begins."""
    match = _DEPRECATED_NAME.search(warning.message)
    name = next(filter(None, match.groups()), "") if match else ""
    return slugs.symbol_words(name) or slugs.words(warning.message)[:3]
