"""From a report to findings: failures grouped by root cause, named, judged and ordered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import NamedTuple

from gardener.config import Config
from gardener.diagnosis import classification, slugs
from gardener.diagnosis.absences import absences
from gardener.diagnosis.areas import areas, areas_of
from gardener.diagnosis.categories import Category
from gardener.diagnosis.deprecations import deprecations
from gardener.diagnosis.fingerprint import Evidence
from gardener.diagnosis.grouping import Group, group
from gardener.diagnosis.order_dependence import (
    OrderDependence,
    RunOrder,
    order_dependence,
    order_of,
)
from gardener.diagnosis.priority import default_priority, impact, priority, subject
from gardener.diagnosis.root_cause import bare_name
from gardener.diagnosis.rules import SYMPTOM_RULES, Rule
from gardener.diagnosis.sentences import gives_value, named_by, sentences
from gardener.diagnosis.status import Judge
from gardener.model import Diagnosis, Failure, Finding, Identity, Kind, Phase, Report

_NAMED_BY = 40
"""Tests of a finding whose names are read for what they are about."""


class _Context(NamedTuple):
    """What every finding of a report is made with.

    `claims` counts the groups that claim a fingerprint. `has_cells` says that the report is of
    several cells.
    """

    config: Config
    categories: tuple[Category, ...]
    judge: Judge
    order: RunOrder
    claims: Mapping[str, int]
    has_cells: bool


def diagnose(report: Report, config: Config, base: Report | None = None) -> Diagnosis:
    """Say what a report means; without `base`, no finding is called a regression or old.

    Pure: reads no file, starts nothing.
    """
    categories = classification.table(config)
    judge = Judge(report, base, config.fail_on)
    groups = group(_final_failures(report, judge.flaky_results), judge.failed_on_base)
    claims = Counter(print_ for group_ in groups for print_ in group_.fingerprints)
    context = _Context(config, categories, judge, order_of(report), claims, len(report.cells) > 1)
    findings = sorted((_finding(group_, context) for group_ in groups), key=_rank)
    deprecated, other_warnings = deprecations(report.warnings, config, categories)
    absent = absences(report, base)
    return Diagnosis(
        tuple(slugs.told_apart(findings)),
        tuple(slugs.told_apart(deprecated)),
        tuple(other_warnings),
        *absent,
        areas(report, config),
    )


def blocking(diagnosis: Diagnosis, config: Config) -> tuple[Finding, ...]:
    """The findings that `fail-on` says must stop a commit or a merge."""
    return tuple(finding for finding in diagnosis.findings if finding.blocks(config.fail_on))


def _final_failures(report: Report, flaky: Container[Identity]) -> list[Failure]:
    """The failures that count: of each test's last attempt, or of a flaky test any."""
    last_attempt: dict[Identity, int] = {}
    for result in report.results:
        previous = last_attempt.get(result.identity, 1)
        last_attempt[result.identity] = max(previous, result.attempt)
    return [
        failure
        for failure in report.failures
        if failure.identity in flaky or failure.attempt >= last_attempt.get(failure.identity, 1)
    ]


def _rank(finding: Finding) -> tuple[int, int, int, str, str]:
    """A sort key: what mends the most comes first, then what is the most urgent."""
    return (
        finding.status.rank,
        -len(finding.tests),
        finding.priority.rank,
        finding.slug,
        finding.fingerprint,
    )


def _finding(group_: Group, context: _Context) -> Finding:
    """The finding of a group."""
    dependence = order_dependence(group_, context.order, context.judge.flaky)
    if dependence:
        group_ = _from_first(group_, dependence)
    failures, evidence = group_.failures, group_.evidence
    category = classification.of_failure(failures[0], evidence, context.categories)
    verdict = context.judge.verdict(failures, group_.fingerprints)
    title, cause, next_step = sentences(category, evidence, failures[0])
    about = subject(category.id, failures)
    return Finding(
        fingerprint=evidence.fingerprint,
        kind=_kind(failures),
        category=category.id,
        slug=_slug(category, evidence, failures),
        title=title,
        status=verdict.status,
        status_reason=verdict.reason,
        priority=priority(default_priority(category, failures), about, context.config),
        failures=failures,
        aliases=_aliases(group_, context.claims),
        reason=group_.reason,
        cause=cause,
        symbol=evidence.symbol,
        after=dependence.polluter if dependence else "",
        codemod=category.codemod,
        next_step=(dependence.next_step if dependence else "") or next_step,
        impact=impact(about, context.config),
        environment=verdict.environment,
        cells=tuple(dict.fromkeys(f.cell for f in failures)) if context.has_cells else (),
        areas=areas_of(failures, context.config),
    )


def _from_first(group_: Group, dependence: OrderDependence) -> Group:
    """The group with the failure where it began in front: that is the one to look at."""
    ranked = sorted(group_.failures, key=lambda failure: failure.nodeid != dependence.first)
    reason = f"{group_.reason} {dependence.sentence}"
    return group_._replace(failures=tuple(ranked), reason=reason)


def _aliases(group_: Group, claims: Mapping[str, int]) -> tuple[str, ...]:
    """Further fingerprints of a group; one that several groups claim leads to none of them."""
    further = group_.fingerprints - {group_.evidence.fingerprint}
    return tuple(sorted(print_ for print_ in further if claims[print_] == 1))


def _kind(failures: Iterable[Failure]) -> Kind:
    """What is wrong with the tests, by the phase that failed."""
    if any(failure.phase == Phase.COLLECT for failure in failures):
        return Kind.UNCOLLECTABLE
    return Kind.FAILING


def _slug(category: Category, evidence: Evidence, failures: tuple[Failure, ...]) -> str:
    """The slug that the category asks for, filled with the words of these failures."""
    if not category.slug:
        return category.id
    about = slugs.subject_words(failure.nodeid for failure in failures[:_NAMED_BY])
    named = slugs.symbol_words(named_by(category, evidence, failures[0]))
    is_suspect = evidence.rule in SYMPTOM_RULES and not gives_value(evidence, failures[0])
    symbol = "" if is_suspect or evidence.rule is Rule.RAISED else evidence.symbol
    replacements = {
        "symbol": _lacking(evidence) or slugs.symbol_words(symbol) or named or about,
        "subject": named or about,
        "type": slugs.words(bare_name(evidence.root.type) or "failure"),
    }
    return slugs.fill(category.slug, replacements)


_PARAMETER = re.compile(r"parameter `(?P<name>\w+)` in `(?P<function>[\w.]+)`")


def _lacking(evidence: Evidence) -> list[str]:
    """The words of a parameter that a library took away: of what the project calls, and its own."""
    facts = evidence.root.facts
    parameter = _PARAMETER.match(facts.get("lacks", "")) if "library" in facts else None
    if not parameter:
        return []
    return [*slugs.symbol_words(parameter["function"]), *slugs.words(parameter["name"])]
