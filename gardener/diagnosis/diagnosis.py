"""From a report to findings: failures grouped by root cause, named, judged and ordered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from gardener.config import Config
from gardener.diagnosis import classification, slugs, status
from gardener.diagnosis.categories import Category
from gardener.diagnosis.fingerprint import template
from gardener.diagnosis.grouping import Group, group
from gardener.diagnosis.order_dependence import Order, aftermath, order_of
from gardener.diagnosis.priority import Subject, impact, priority, subject
from gardener.diagnosis.sentences import say
from gardener.model import Diagnosis, Failure, Finding, Kind, Report, WarningCount

_NAMED_BY = 40
"""Tests of a finding whose names are read for what they are about."""
_STATUS_ORDER = ("regression", "new", "active-dev", "unknown", "pre-existing", "flaky")


def diagnose(report: Report, config: Config, base: Report | None = None) -> Diagnosis:
    """Say what a report means; without `base`, no finding is called a regression or old.

    Pure: reads no file, starts nothing.
    """
    rows = classification.table(config)
    judge = status.Judge(report, base, config.fail_on)
    groups = group(_standing(report, judge.flaky), judge.was_red)
    order = order_of(report)
    claimed = Counter(print_ for one in groups for print_ in one.fingerprints)
    findings = [
        _finding(one, config=config, rows=rows, judge=judge, order=order, claimed=claimed)
        for one in groups
    ]
    found, other = _deprecations(report.warnings, config, rows)
    return Diagnosis(tuple(_named_apart(_ordered(findings))), tuple(found), tuple(other))


def blocking(diagnosis: Diagnosis, config: Config) -> tuple[Finding, ...]:
    """The findings that `fail-on` says must stop a commit or a merge."""
    return tuple(one for one in diagnosis.findings if one.status in config.fail_on)


def _standing(report: Report, flaky: Mapping[str, str]) -> list[Failure]:
    """The failures that count: of each test's last attempt, or of a flaky test any."""
    last: dict[str, int] = {}
    for result in report.results:
        last[result.nodeid] = max(last.get(result.nodeid, 1), result.attempt)
    return [
        failure
        for failure in report.failures
        if failure.nodeid in flaky or failure.attempt >= last.get(failure.nodeid, 1)
    ]


def _finding(
    one: Group,
    *,
    config: Config,
    rows: tuple[Category, ...],
    judge: status.Judge,
    order: Order,
    claimed: Mapping[str, int],
) -> Finding:
    """The finding of a group; a fingerprint that several groups claim leads to none of them."""
    others = one.fingerprints - {one.evidence.fingerprint}
    began = aftermath(one, order, judge.flaky)
    if began:  # the one where it began is the one to look at
        ranked = sorted(one.failures, key=lambda failure: failure.nodeid != began.first)
        one = one._replace(failures=tuple(ranked), reason=f"{one.reason} {began.sentence}")
    first, evidence = one.failures[0], one.evidence
    category = classification.of_failure(first, evidence, rows)
    verdict = judge(one.failures, one.fingerprints)
    type_ = evidence.root.type.rpartition(".")[2] or "failure"
    said = say(category, evidence, first)
    symbol = evidence.symbol
    subject_words = slugs.subject_words(f.nodeid for f in one.failures[:_NAMED_BY])
    values = {
        "symbol": slugs.symbol_words(symbol) or subject_words,
        "subject": subject_words,
        "type": slugs.words(type_),
    }
    about = subject(category.id, one.failures)
    kind = category.kind if category.kind is not Kind.DEPRECATED else Kind.FAILING
    if any(failure.phase == "collect" for failure in one.failures):
        kind = Kind.UNCOLLECTABLE
    elif kind is Kind.UNCOLLECTABLE:
        kind = Kind.FAILING
    return Finding(
        fingerprint=evidence.fingerprint,
        kind=kind,
        category=category.id,
        slug=slugs.fill(category.slug, values) if category.slug else category.id,
        title=said.title,
        status=verdict.status,
        status_reason=verdict.reason,
        priority=priority(category.priority, about, config),
        failures=one.failures,
        aliases=tuple(sorted(print_ for print_ in others if claimed[print_] == 1)),
        reason=one.reason,
        cause=said.cause,
        symbol=symbol,
        after=began.after if began else "",
        codemod=category.codemod,
        next_step=(began and began.next_step) or said.next_step,
        impact=impact(about, config),
    )


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(
        findings,
        key=lambda f: (
            _STATUS_ORDER.index(f.status),
            f.priority,
            -len(f.tests),
            f.slug,
            f.fingerprint,
        ),
    )


def _named_apart(findings: list[Finding]) -> list[Finding]:
    """Give findings that would share a slug more words, then the start of their hash."""
    from msgspec import structs

    taken: set[str] = set()
    named = []
    for one in findings:
        choice = one.slug
        if choice in taken:
            kept = choice.split("-")[: slugs.MOST_WORDS - 2]
            extra = [w for w in slugs.symbol_words(one.symbol) if w not in kept]
            choice = slugs.slug([*kept, *extra[-2:]])
        if choice in taken:
            kept = choice.split("-")[: slugs.MOST_WORDS - 1]
            choice = "-".join([*kept, one.fingerprint.partition(":")[2][:6]])
        taken.add(choice)
        named.append(one if choice == one.slug else structs.replace(one, slug=choice))
    return named


_DEPRECATED = re.compile(r"`([\w.]+)`|'([\w.]+)'|\b([\w.]+)\(\)")


def _told(warning: WarningCount) -> list[str]:
    """A few words for a warning: the name that it puts in quotes, else how it begins."""
    named = _DEPRECATED.search(warning.message)
    name = next(filter(None, named.groups()), "") if named else ""
    return slugs.symbol_words(name) or slugs.words(warning.message)[:3]


def _deprecations(
    warnings: tuple[WarningCount, ...], config: Config, rows: tuple[Category, ...]
) -> tuple[list[Finding], list[WarningCount]]:
    """Deprecations by cause: one per codemod, else one per text; and all other warnings."""
    import hashlib

    found: dict[tuple[str, str], list[WarningCount]] = {}
    known = {row.id: row for row in rows}
    other = []
    for warning in warnings:
        category = classification.of_warning(warning, rows)
        if category is None:
            other.append(warning)
            continue
        text = "" if category.codemod else f"{warning.category}: {template(warning.message)}"
        found.setdefault((category.id, text), []).append(warning)
    findings = []
    for (id_, text), members in found.items():
        category = known[id_]
        about = Subject(id_, tuple(dict.fromkeys(warning.file for warning in members)))
        digest = hashlib.sha256(f"deprecated\0{id_}\0{text}".encode("utf-8", "replace"))
        findings.append(
            Finding(
                fingerprint=f"1:{digest.hexdigest()[:12]}",
                kind=Kind.DEPRECATED,
                category=id_,
                slug=id_ if category.codemod else slugs.slug([id_, *_told(members[0])]),
                title=template(members[0].message)[:200],
                priority=priority(category.priority, about, config),
                warnings=tuple(members),
                reason="One codemod mends them all."
                if category.codemod
                else "They have the same text.",
                cause=category.cause or category.explanation,
                codemod=category.codemod,
                next_step=category.next_step,
                impact=impact(about, config),
            )
        )
    findings.sort(key=lambda f: (f.priority, -sum(w.count for w in f.warnings), f.slug))
    return _named_apart(findings), other
