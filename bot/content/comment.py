"""The pull request's one comment, rendered: verdict first, causes in a table, details folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gardener.config import templates
from gardener.model import FAILING_OUTCOMES, Diagnosis, Finding, Report, Status
from gardener.text import (
    absences,
    audit_in_words,
    count,
    count_tests,
    shortened,
    total_in_words,
)

from . import marker, text
from .cause import error, evidence, facts, first_line, fix_command, reproduce
from .compared import Compared, commit, from_reports, sentence, short

UNRELATED: frozenset[Status] = frozenset({Status.PRE_EXISTING, Status.FLAKY})
"""Statuses that the pull request did not cause."""

FOLDED: frozenset[Status] = UNRELATED | {Status.UNKNOWN}
"""Statuses whose causes are folded away, as nobody can say that the pull request caused them."""

_WORDS: dict[Status, tuple[str, str]] = {
    Status.REGRESSION: ("regression", "regressions"),
    Status.NEW: ("new failure", "new failures"),
    Status.ACTIVE_DEV: ("failure in tests changed here", "failures in tests changed here"),
    Status.UNKNOWN: ("cause of unknown origin", "causes of unknown origin"),
}
SIGNS: dict[Status, str] = {
    Status.REGRESSION: "🔴",
    Status.NEW: "🔴",
    Status.ACTIVE_DEV: "🟠",
    Status.UNKNOWN: "⚪",
    Status.PRE_EXISTING: "⚫",
    Status.FLAKY: "🟡",
}
_TESTS_SHOWN = 20
_OUTPUT_SHOWN = 600
"""Characters of each thing that a test printed."""
_AREAS = 10
_OPEN_OWN, _OPEN_OTHERS = 20, 10
"""Causes that stand open: of those that the pull request brought, and where it brought none."""

_SHAPE = re.compile(r"### [^\n]+\n\nHead |\*\*gardener:\*\* all green")
"""How a comment goes on after its marker that remembers no hash of itself."""


class Facts(Struct, frozen=True, omit_defaults=True):
    """What a posted comment remembers.

    The head commit and the attempt that it speaks of, whether it is red, a hash of its text
    before issues were linked, which tells without another request that nothing changed, how
    many causes that may have an issue were not linked, and a hash of the text as posted.
    """

    head: str = ""
    attempt: int = 1
    red: bool = True
    plain: str = ""
    unlinked: int = 0
    body: str = ""

    def says_as(self, other: Facts) -> bool:
        """Whether two comments say the same, but for issues that are linked."""
        return replace(self, unlinked=0, body="") == replace(other, unlinked=0, body="")


class Setting(Struct, frozen=True, kw_only=True):
    """What the surroundings know better than a report: never taken from an artifact.

    `head` is a commit id, `compared` what the run was compared with (None: what the report
    itself says), `issues` the issue of a fingerprint, `run_url` where the whole report is,
    `failed` whether the run ended red by the site's own word, `attempt` which try of the
    run it was, `missing` why there is no report, `template` the team's own form.
    """

    head: str = ""
    compared: Compared | None = None
    missing: str = ""
    run_url: str = ""
    failed: bool | None = None
    attempt: int = 0
    issues: dict[str, int] = {}
    template: str = ""


def is_green(report: Report, diagnosis: Diagnosis, setting: Setting) -> bool:
    """Whether nothing is red: an unfinished run, or one the site calls failed, is not green."""
    return (
        not diagnosis.findings
        and not setting.missing
        and report.complete
        and not report.internal_error
        and report.exit_status in {0, 5, None}
        and not any(result.outcome in FAILING_OUTCOMES for result in report.results)
        and setting.failed is not True
    )


def render(
    report: Report,
    diagnosis: Diagnosis,
    setting: Setting | None = None,
    *,
    limit: int = text.LIMIT,
) -> str:
    """The comment as GitHub-flavoured Markdown of at most `limit` characters.

    Whatever does not fit is left out whole, row by row and section by section, least
    urgent first, and counted.
    """
    setting = setting or Setting()
    visible = _visible(report, diagnosis, setting, limit)
    bare = (
        _visible(report, diagnosis, replace(setting, issues={}), limit)
        if setting.issues
        else visible
    )
    facts = Facts(
        head=commit(setting.head) or commit(report.commit),
        attempt=setting.attempt or report.attempt,
        red=not is_green(report, diagnosis, setting),
        plain=marker.digest(bare),
        unlinked=sum(not _issue(f, setting) for f in diagnosis.findings if f.status in FOLDED),
        body=marker.digest(visible),
    )
    return f"{marker.write('comment', facts)}\n{visible}"


def recognize(body: str) -> Facts | None:
    """What a comment remembers, where its whole text is one that the bot wrote."""
    facts = marker.read("comment", body, Facts)
    visible = body.replace("\r\n", "\n").partition("\n")[2]
    if facts is None or (not facts.body and not _SHAPE.match(visible)):
        return None
    return facts if facts.body in ("", marker.digest(visible)) else None


def _visible(report: Report, diagnosis: Diagnosis, setting: Setting, limit: int) -> str:
    """What a reader sees: one line where all passed, why there is no report, or the causes."""
    head = commit(setting.head) or commit(report.commit)
    if is_green(report, diagnosis, setting):
        return _all_passed(report, head)
    if setting.missing:
        at = f"Head {short(head)}" if head else "Head commit unknown"
        where = f"[Look at the run]({setting.run_url})." if setting.run_url else "Look at the run."
        return f"### {verdict(report, diagnosis, setting)}\n\n{at}. {where}\n"
    parts = {
        "verdict": f"### {verdict(report, diagnosis, setting)}",
        "compared": sentence(head, setting.compared or from_reports(report)),
        "tally": "\n\n".join([_tally(report, diagnosis.findings), *_notices(report, diagnosis)]),
    }
    top = "\n\n".join(parts.values()) + "\n"
    # 700: the marker and the note of what is left out
    page = _Page(limit - 700 - 2 * text.size(setting.template), top)
    causes = _with_causes(page, report, diagnosis, setting)
    if not setting.template:
        return f"{top}\n{causes}"
    parts |= {"causes": causes, "comment": f"{top}\n{causes}"}
    return templates.fill(setting.template, parts).strip("\n") + "\n"


def _all_passed(report: Report, head: str) -> str:
    passed = sum(result.outcome == "passed" for result in report.results)
    outcome = f"{count(passed, 'test')} passed" if passed else "no test had to run"
    at = f" at `{head[:10]}`" if head else ""
    shadow = "".join(f"\n{words}\n" for words in _shadow(report))
    return f"**gardener:** all green{at}, {outcome}.\n{shadow}"


def _with_causes(page: _Page, report: Report, diagnosis: Diagnosis, setting: Setting) -> str:
    """The page with its causes: what this pull request brought, then the others, folded."""
    groups = _groups(diagnosis.findings)
    shares = (0.4, 0.45, 0.5, 0.6)  # rows come before details, and leave room for some
    tables = [
        page.rows(findings, setting, share)
        for (_, findings), share in zip(groups, shares, strict=True)
    ]
    details = [page.details(findings, report) for _, findings in groups]
    for (title, findings), table, folds in zip(groups, tables, details, strict=True):
        if findings and not title:
            page.parts += ["\n".join([*_HEADER, *table, ""]), *folds]
        elif findings:
            page.parts += [f"<details><summary>{title}</summary>\n", *_HEADER, *table]
            page.parts += ["", *folds, "</details>\n"]
    page.deprecations(diagnosis.deprecations)
    every = len(diagnosis.findings)
    rows, folds_shown = sum(map(len, tables)), sum(map(len, details))
    return page.finish(every - rows, every - folds_shown, setting.run_url)


def _groups(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """The causes that stand open, then those that are folded under a title."""
    ranked = sorted(findings, key=lambda finding: finding.status.rank)
    own = [f for f in ranked if f.status not in FOLDED]
    unknown = _by_effect(f for f in ranked if f.status is Status.UNKNOWN)
    unrelated = _by_effect(f for f in ranked if f.status in UNRELATED)
    # With nothing else to read there is no reason to hide what is most worth mending.
    shown = own[:_OPEN_OWN] if own else unknown[:_OPEN_OTHERS]
    unknown, more = (unknown, "") if own else (unknown[_OPEN_OTHERS:], "more ")
    own = own[_OPEN_OWN:]
    return [
        ("", shown),
        (f"{count(len(own), 'more cause')} brought by this pull request", own),
        (f"{count(len(unknown), f'{more}cause')} of unknown origin", unknown),
        (f"{count(len(unrelated), 'cause')} not brought by this pull request", unrelated),
    ]


def _by_effect(findings: Iterable[Finding]) -> list[Finding]:
    """What mends the most tests first."""
    return sorted(findings, key=lambda finding: (-len(finding.tests), finding.priority.rank))


def verdict(report: Report, diagnosis: Diagnosis, setting: Setting | None = None) -> str:
    """One line: `2 regressions · 3 unrelated`."""
    if is_green(report, diagnosis, setting or Setting()):
        return "all green"
    counts = Counter(finding.status for finding in diagnosis.findings)
    parts = [
        f"{counts[status]:,} {words[counts[status] != 1]}"
        for status, words in _WORDS.items()
        if counts[status]
    ]
    if unrelated := sum(counts[s] for s in UNRELATED):
        parts.append(f"{unrelated:,} unrelated")
    if setting and setting.missing:
        parts.append(setting.missing)
    elif report.internal_error:
        parts.append("pytest crashed (INTERNALERROR)")
    elif report.missing:
        parts.append(f"missing: {text.line(shortened(report.missing), 200)}")
    elif not report.complete:
        parts.append("the run did not finish")
    if not parts:
        parts.append("the run failed, but its report names no failing test")
    return " · ".join(parts)


class _Page:
    """Markdown with a bound: what would not fit is refused whole."""

    def __init__(self, limit: int, top: str) -> None:
        self.limit = limit
        self.parts: list[str] = []
        self.left = limit - text.size(top) - 600  # 600: headers and folds

    def take(self, pieces: Iterable[str], room: float) -> list[str]:
        """The first pieces, as many as fit in `room` and in what is left."""
        fitting: list[str] = []
        for piece in pieces:
            cost = text.size(piece) + 1
            if cost > min(room, self.left):
                break
            room -= cost
            self.left -= cost
            fitting.append(piece)
        return fitting

    def rows(self, findings: Sequence[Finding], setting: Setting, share: float) -> list[str]:
        """Rows of the table, until this share of the page is used."""
        room = self.left - self.limit * (1 - share)
        return self.take((_row(f, setting) for f in findings), room)

    def details(self, findings: Sequence[Finding], report: Report) -> list[str]:
        """One fold a cause while they fit."""
        return self.take((_details(f, report) for f in findings), self.left - 500)

    def deprecations(self, findings: Sequence[Finding]) -> None:
        """One line with the codemods that would mend what is deprecated."""
        if not findings:
            return
        warned = sum(w.count for f in findings for w in f.warnings)
        named = sorted({f.codemod for f in findings if f.codemod})
        command = text.code(fix_command(named))
        hint = f"; fix them with {command}, where it applies" if named else ""
        many = f"{count(warned, 'deprecation warning')} of {count(len(findings), 'kind')}"
        self.parts += self.take([f"{many}{hint}.\n"], self.left)

    def finish(self, rows: int, sections: int, url: str) -> str:
        """The whole text, with a count of what did not fit and where to read it."""
        where = f" [The full report]({url}) has them." if url else " The full report has them."
        if rows:
            self.parts.append(f"_{count(rows, 'more cause')} left out here._{where}\n")
        elif sections:
            self.parts.append(f"_Details of {count(sections, 'cause')} left out here._{where}\n")
        elif url:
            self.parts.append(f"[Full report]({url})\n")
        return "\n".join(self.parts)


_HEADER = ["| | Cause | Error | Tests | Issue |", "|---|---|---|---:|---|"]


def _row(finding: Finding, setting: Setting) -> str:
    number = finding.issue or _issue(finding, setting)
    cells = (
        f"{SIGNS[finding.status]}\N{NO-BREAK SPACE}{finding.status}",
        text.code(finding.name, 120),
        text.code(first_line(error(finding)), 140),
        f"{len(finding.tests):,}",
        f"#{number}" if number else "",
    )
    return f"| {' | '.join(cells)} |"


def _details(finding: Finding, report: Report) -> str:
    tests = finding.tests
    many = count_tests(tests)
    title = f"{SIGNS[finding.status]} {text.summary(finding.name, 120)} · {many}"
    out = [f"<details><summary>{title}</summary>", "", *facts(finding), ""]
    if finding.failures:
        out += [text.block(error(finding), 3_000, prefix="E   "), ""]
        out += evidence(finding, report, _OUTPUT_SHOWN)
    if len(tests) > 1:  # a single one stands in the command below
        out += [f"{many}:", "", *(f"- {text.code(t, 300)}" for t in tests[:_TESTS_SHOWN])]
        if len(tests) > _TESTS_SHOWN:
            out.append(f"- and {len(tests) - _TESTS_SHOWN:,} more")
        out.append("")
    out += ["Reproduce:", "", text.command(reproduce(finding)), ""]
    if finding.codemod:
        files = sorted({f.file for f in finding.failures if f.file})
        out += ["Fix, if it applies:", "", text.command(fix_command([finding.codemod], files)), ""]
    elif finding.next_step:
        out += [f"**Next:** {text.prose(finding.next_step)}", ""]
    return "\n".join([*out, "</details>", ""])


def _issue(finding: Finding, setting: Setting) -> int:
    keys = (finding.fingerprint, *finding.aliases)
    return next((setting.issues[key] for key in keys if key in setting.issues), 0)


def _tally(report: Report, findings: Sequence[Finding]) -> str:
    red = {f.nodeid for finding in findings for f in finding.failures}
    red |= {result.nodeid for result in report.results if result.outcome in FAILING_OUTCOMES}
    ran = len({result.nodeid for result in report.results} | red)
    many = f"{count(len(red), 'failing test')} → {count(len(findings), 'cause')}"
    return f"{many} (of {count(ran, 'test')} that ran)."


def _notices(report: Report, diagnosis: Diagnosis) -> list[str]:
    """What to know before the causes are read: a crash, what is missing, the areas."""
    notices = []
    findings = diagnosis.findings
    if report.internal_error:
        notices.append(f"pytest crashed, and said {text.code(report.internal_error)}")
    changed = Counter(f.environment for f in findings if f.environment)
    for difference, many in changed.most_common(3):
        notices.append(
            f"{text.code(difference)} since the run of the base ({count(many, 'cause')})"
        )
    told = [f"⚠️ {'; '.join(notices)}."] if notices else []
    told += [text.prose(absent) for absent in absences(report, diagnosis)]
    states = " · ".join(text.prose(str(area), 120) for area in diagnosis.areas[:_AREAS])
    return [*told, *([states] if states else []), *_shadow(report)]


def _shadow(report: Report) -> list[str]:
    """What shadow mode found of this change and of all so far, as the run says."""
    if report.shadow is None:
        return []
    words = f"{audit_in_words(report.shadow.change)}; {total_in_words(report.shadow.total)}"
    return [f"Shadow mode, everything ran: {text.prose(words, 600)}."]
