"""The top of the page: how many causes and whose they are, and what to do next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from gardener.model import Diagnosis, Finding, Report, Status
from gardener.render.html.elements import Markup, command, joined, prose, tag, text
from gardener.render.html.facts import MINE
from gardener.render.terminal import next_step, verdict
from gardener.text import absences, clean, count, count_tests, shortened

STEPS_SHOWN = 7


def head_line(report: Report, diagnosis: Diagnosis) -> str:
    """The verdict in one line."""
    return clean(verdict(report, diagnosis), 300)


def summary(report: Report, diagnosis: Diagnosis) -> Markup:
    """The verdict, whose causes there are, and what was run."""
    return joined(
        (
            tag("h1", head_line(report, diagnosis)),
            tag("ul", *_tiles(diagnosis.findings), class_="tiles") if diagnosis.findings else "",
            *(tag("p", sentence, class_="absent") for sentence in absences(report, diagnosis)),
            tag("ul", *(tag("li", str(area)) for area in diagnosis.areas), class_="areas")
            if diagnosis.areas
            else "",
            _facts(report),
        )
    )


def _tiles(findings: tuple[Finding, ...]) -> Iterator[Markup]:
    """How many causes there are, and whose."""
    groups = (
        ("all", "causes", "cause", [*findings]),
        ("mine", "from this change", "", [f for f in findings if f.status in MINE]),
        ("unknown", "of unknown origin", "", _of(findings, Status.UNKNOWN)),
        ("before", "there before", "", _of(findings, Status.PRE_EXISTING)),
        ("flaky", "flaky", "", _of(findings, Status.FLAKY)),
    )
    for class_, words, singular, group in groups:
        if not group and class_ != "mine":
            continue
        tests = len({nodeid for finding in group for nodeid in finding.tests})
        label = singular if singular and len(group) == 1 else words
        yield tag(
            "li",
            tag("strong", f"{len(group):,}"),
            " ",
            tag("span", label),
            tag("small", count(tests, "test") if group else "none"),
            class_=f"tile {class_}",
        )


def _of(findings: tuple[Finding, ...], status: Status) -> list[Finding]:
    return [finding for finding in findings if finding.status is status]


def _facts(report: Report) -> Markup:
    """When, on what, and how the tests ran."""
    environment = report.environment
    rows = (
        ("Date", report.created),
        ("Commit", report.commit[:12]),
        ("Base", report.base[:12]),
        ("Branch", report.branch),
        ("Focus", report.selection.focus),
        ("Cell", report.cell or shortened([cell.name for cell in report.cells], 20)),
        ("Shard", report.shard),
        ("Python", environment.python),
        ("pytest", environment.pytest),
        ("Platform", environment.platform),
    )
    items = [tag("div", tag("dt", name), tag("dd", text(word, 300))) for name, word in rows if word]
    if report.command:
        items.append(
            tag("div", tag("dt", "Command"), tag("dd", command(shlex.join(report.command))))
        )
    folded = tag("details", tag("summary", "About this run"), tag("dl", *items, class_="facts"))
    trouble = report.internal_error.strip()
    died = tag("pre", text(trouble[-4000:], 4000), class_="error") if trouble else ""
    return joined((died, folded)) if items else joined((died,))


def next_steps(report: Report, diagnosis: Diagnosis) -> Markup:
    """What to do, in the order of the causes, each a link to its cause or a command to copy."""
    steps = list(islice(_steps(report, diagnosis), STEPS_SHOWN))
    if not steps:
        words = next_step(report, diagnosis)
        steps = [tag("li", prose(words[:1].upper() + words[1:]))]
    return tag(
        "section",
        tag("h2", "What to do next"),
        tag("ol", *steps, class_="steps"),
        id="next",
    )


def _steps(report: Report, diagnosis: Diagnosis) -> Iterator[Markup]:
    if not report.complete:
        yield tag("li", "Find out why the run ended early; what did not run is not known to pass.")
    candidates = [
        (number, finding)
        for number, finding in enumerate(diagnosis.findings, 1)
        if finding.status in MINE or finding.status is Status.UNKNOWN
    ]
    fixes: dict[tuple[str, bool], list[int]] = {}
    for number, finding in candidates:
        if finding.codemod:
            fixes.setdefault((finding.fix_command, bool(finding.fix)), []).append(number)
    for (fix, proven), numbers in fixes.items():
        links = (tag("a", f"cause {number}", href=f"#cause-{number}") for number in numbers[:5])
        named = joined(x for link in links for x in (" ", link))
        verb = "fixes" if proven else "may fix"
        words = f"One command {verb} {count(len(numbers), 'cause')}:"
        yield tag("li", words, named, command(fix))
    for number, finding in candidates:
        if not finding.codemod:
            link = tag("a", text(finding.title, 160), href=f"#cause-{number}")
            tests = count_tests(finding.tests)
            yield tag("li", link, f" ({tests})", tag("p", prose(finding.next_step, 400)))
    yield from _deprecation_steps(diagnosis)


def _deprecation_steps(diagnosis: Diagnosis) -> Iterator[Markup]:
    times: Counter[tuple[str, bool]] = Counter()
    for finding in diagnosis.deprecations:
        if finding.codemod:
            total = sum(warning.count for warning in finding.warnings)
            times[finding.fix_command, bool(finding.fix)] += total
    for (fix, proven), total in times.items():
        verb = "mends" if proven else "may mend"
        words = f"One command {verb} what gives {count(total, 'deprecation warning')}:"
        yield tag("li", words, command(fix))
