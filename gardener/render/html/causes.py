"""The causes: what to search and filter them by, and each with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gardener.model import Diagnosis, Finding, Priority, Report, Status
from gardener.render.evidence import rerun_of
from gardener.render.file_counts import FileCounts, file_counts
from gardener.render.html.elements import Markup, code, command, joined, prose, tag, text
from gardener.render.html.evidence import evidence, patch_preview, tests_of
from gardener.render.html.facts import MINE, Extras, folder_of, took
from gardener.reports.history import PastRun, State
from gardener.reports.issue_ledger import KeptIssue
from gardener.text import say_tests, shortened

OPEN_AT_FIRST = 2
"""Causes that the change may have brought and that are shown opened."""
SHOWN_WHOLE = 200
"""Causes whose evidence is shown in full; of the others less, so that the page stays light."""
FULL, BRIEF = 20_000, 1_000
"""Characters of one piece of evidence."""

ORDERS = (
    ("order", "by status, then tests"),
    ("tests", "most tests first"),
    ("seconds", "slowest first"),
    ("title", "by title"),
    ("folder", "by folder"),
)


_NO_HISTORY = (
    "No earlier run of these causes is known here: what they did is kept beside the repository's"
    " .git. In CI cache `.git/gardener`, or name the base (--base-report) or the issues (--issues)."
)


def causes(report: Report, diagnosis: Diagnosis, extras: Extras) -> Markup:
    """All causes with their toolbar."""
    findings = diagnosis.findings
    if not findings:
        return tag("section", tag("h2", "Causes"), tag("p", "No test fails."), id="causes")
    counts = file_counts(report)
    articles = [
        _cause(number, finding, report, counts, extras)
        for number, finding in enumerate(findings, 1)
    ]
    return tag(
        "section",
        tag("h2", "Causes"),
        "" if any(extras.history.values()) else tag("p", _NO_HISTORY, class_="absent"),
        _toolbar(findings),
        tag("div", *articles, id="list"),
        id="causes",
    )


def _toolbar(findings: Sequence[Finding]) -> Markup:
    search = tag(
        "label",
        "Search ",
        tag("input", type="search", id="search", placeholder="text of a cause or a test"),
    )
    statuses = Counter(str(finding.status) for finding in findings)
    priorities = Counter(str(finding.priority) for finding in findings)
    areas = Counter(area for finding in findings for area in finding.areas)
    folders = Counter(map(folder_of, findings))
    cells = Counter(cell for finding in findings for cell in finding.cells)
    choices = (
        ("status", "Status", [(s, statuses[s]) for s in map(str, Status) if statuses[s]]),
        ("priority", "Priority", [(p, priorities[p]) for p in map(str, Priority) if priorities[p]]),
        ("areas", "Area", sorted(areas.items())),
        ("folder", "Folder", sorted(folders.items())),
        ("cells", "Cell", sorted(cells.items())),
    )
    filters = [_choice(id_, label, options) for id_, label, options in choices if len(options) > 1]
    orders = [tag("option", words, value=key) for key, words in ORDERS]
    sort = tag("label", "Sort ", tag("select", *orders, id="sort"))
    buttons = [
        tag("button", "Open all", type="button", id="open-all"),
        tag("button", "Close all", type="button", id="close-all"),
        tag("button", "Clear", type="button", id="clear"),
    ]
    total = tag("p", f"{len(findings):,} of {len(findings):,}", id="shown", role="status")
    return tag(
        "div", search, *filters, sort, *buttons, total,
        id="toolbar", role="search", aria_label="Causes",
    )  # fmt: skip


def _choice(id_: str, label: str, options: Iterable[tuple[str, int]]) -> Markup:
    every = tag("option", "any", value="")
    choices = [
        tag("option", text(f"{word} ({number:,})", 200), value=word) for word, number in options
    ]
    return tag("label", f"{label} ", tag("select", every, *choices, id=id_, class_="filter"))


def _cause(
    number: int, finding: Finding, report: Report, counts: FileCounts, extras: Extras
) -> Markup:
    longest = FULL if number <= SHOWN_WHOLE else BRIEF
    is_open = number <= OPEN_AT_FIRST and finding.status in (*MINE, Status.UNKNOWN)
    duration = sum(took(failure.duration) for failure in finding.failures)
    details = tag(
        "details",
        _head(number, finding, extras.history.get(finding.fingerprint, ())),
        tag(
            "div",
            _sentences(finding, extras.ledger.of(finding)),
            evidence(finding, report, longest),
            tests_of(finding, counts),
            _actions(finding, extras),
            class_="body",
        ),
        open=is_open,
    )
    return tag(
        "article", details, id=f"cause-{number}", class_=f"cause {finding.status}",
        data_order=number, data_status=finding.status, data_priority=finding.priority,
        data_folder=folder_of(finding), data_cells="\n".join(finding.cells) or None,
        data_areas="\n".join(finding.areas) or None, data_tests=len(finding.tests), data_seconds=f"{duration:.3f}",
        data_title=finding.title[:200],
    )  # fmt: skip


def _head(number: int, finding: Finding, runs: tuple[PastRun, ...]) -> Markup:
    issue = f"#{finding.issue}" if finding.issue else ""
    meta = (say_tests(finding).rstrip("."), finding.category, issue)
    return tag(
        "summary",
        tag("span", f"{number}", class_="number"),
        tag("span", finding.status, class_=f"badge {finding.status}"),
        " ",
        tag("span", finding.priority, class_="badge priority"),
        " ",
        tag("h3", text(finding.title, 300)),
        tag("span", " · ".join(filter(None, meta)), class_="meta"),
        _strip(runs),
    )


_SQUARES: dict[State, str] = {"failing": "f", "passing": "p", "not run": "n"}


def _strip(runs: tuple[PastRun, ...]) -> Markup:
    """What the cause did in the last runs, a square each, the newest last."""
    if not runs:
        return Markup("")
    states = Counter(run.state for run in runs)
    words = ", ".join(f"{state} in {states[state]}" for state in _SQUARES if states[state])
    squares = [
        tag(
            "i",
            class_=_SQUARES[run.state],
            title=f"{run.created[:16].replace('T', ' ')} {run.commit[:8]}: {run.state}",
        )
        for run in runs
    ]
    label = f"The last {len(runs)} runs, newest last: {words}"
    return tag("span", *squares, class_="strip", role="img", aria_label=label)


def _sentences(finding: Finding, issue: KeptIssue | None) -> Markup:
    """What is known of the cause, as a list of terms."""
    alone = len(finding.tests) < 2
    rows = (
        ("Root cause", prose(finding.cause) if finding.cause else ""),
        ("Impact", text(finding.impact) if finding.impact else ""),
        (f"Why {finding.status}", prose(finding.status_reason) if finding.status_reason else ""),
        ("Why one cause", prose(finding.reason) if finding.reason and not alone else ""),
        ("Areas", text(", ".join(finding.areas)) if finding.areas else ""),
        ("Fails in", text(shortened(finding.cells, 20)) if finding.cells else ""),
        ("Issue", _issue(issue) if issue else ""),
        ("Likely place", code(finding.symbol, 500) if finding.symbol else ""),
        ("Name", code(finding.name, 300)),
        ("Fingerprint", code(finding.fingerprint, 100)),
    )
    pairs = [tag("div", tag("dt", name), tag("dd", words)) for name, words in rows if words]
    return tag("dl", *pairs, class_="facts")


def _issue(issue: KeptIssue) -> Markup:
    """The issue with its number, a link where its address is one of the web."""
    label = f"#{issue.number} {issue.title}".strip()
    if not issue.url.startswith("https://"):
        return text(label, 300)
    return tag("a", text(label, 300), href=issue.url, rel="noreferrer")


def _actions(finding: Finding, extras: Extras) -> Markup:
    """How to see it again, and how to mend it."""
    parts = [tag("h4", "Run it again"), command(rerun_of(finding))]
    if finding.codemod:
        heading = "Fix it" if finding.fix else "Fix it, if it applies"
        parts += [tag("h4", heading), command(finding.fix_command)]
    patch = extras.patches.get(finding.fingerprint)
    if patch:
        parts.append(patch_preview(patch))
    if finding.next_step:
        parts += [tag("h4", "Next step"), tag("p", prose(finding.next_step))]
    return joined(parts)
