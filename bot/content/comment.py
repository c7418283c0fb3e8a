"""The pull request's one comment, rendered: verdict first, causes in a table, details folded."""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gardener.diagnosis.root_cause import frame_of
from gardener.model import FAILING_OUTCOMES, Diagnosis, Finding, Report, Status
from gardener.text import count

from . import marker, text
from .compared import Compared, commit, own, say, short

UNRELATED: frozenset[Status] = frozenset({Status.PRE_EXISTING, Status.FLAKY})
"""Statuses that the pull request did not cause."""

FOLDED: frozenset[Status] = UNRELATED | {Status.UNKNOWN}
"""Statuses whose causes are folded away, as nobody can say that the pull request caused them."""

_ORDER: tuple[Status, ...] = (
    Status.REGRESSION,
    Status.NEW,
    Status.ACTIVE_DEV,
    Status.UNKNOWN,
    Status.PRE_EXISTING,
    Status.FLAKY,
)
_WORDS: dict[Status, tuple[str, str]] = {
    Status.REGRESSION: (Status.REGRESSION, "regressions"),
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


class Facts(Struct, frozen=True, omit_defaults=True):
    """What a posted comment remembers.

    The head commit and the attempt that it speaks of, whether it is red, and a hash of
    its text before issues were linked, which tells without another request that nothing
    changed.
    """

    head: str = ""
    attempt: int = 1
    red: bool = True
    plain: str = ""


class Setting(Struct, frozen=True, kw_only=True):
    """What the surroundings know better than a report: never taken from an artifact.

    `head` is a commit id, `compared` what the run was compared with (None: what the report
    itself says), `issues` the issue of a fingerprint, `run_url` where the whole report is,
    `failed` whether the run ended red by the site's own word, `attempt` which try of the
    run it was, `missing` why there is no report.
    """

    head: str = ""
    compared: Compared | None = None
    missing: str = ""
    run_url: str = ""
    failed: bool | None = None
    attempt: int = 0
    issues: dict[str, int] = {}


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
    seen = _visible(report, diagnosis, setting, limit)
    bare = (
        _visible(report, diagnosis, replace(setting, issues={}), limit) if setting.issues else seen
    )
    facts = Facts(
        head=commit(setting.head) or commit(report.commit),
        attempt=setting.attempt or report.attempt,
        red=not is_green(report, diagnosis, setting),
        plain=hashlib.sha256(bare.encode(errors="replace")).hexdigest()[:16],
    )
    return f"{marker.write('comment', facts)}\n{seen}"


def _visible(report: Report, diagnosis: Diagnosis, setting: Setting, limit: int) -> str:
    head = commit(setting.head) or commit(report.commit)
    if is_green(report, diagnosis, setting):
        passed = sum(result.outcome == "passed" for result in report.results)
        told = f"{count(passed, 'test')} passed" if passed else "no test had to run"
        at = f" at `{head[:10]}`" if head else ""
        return f"**gardener:** all green{at}, {told}.\n"
    findings = _sorted(diagnosis.findings)
    if setting.missing:
        at = f"Head {short(head)}" if head else "Head commit unknown"
        where = f"[Look at the run]({setting.run_url})." if setting.run_url else "Look at the run."
        return f"### {verdict(report, diagnosis, setting)}\n\n{at}. {where}\n"
    compared = say(head, setting.compared or own(report))
    top = [f"### {verdict(report, diagnosis, setting)}", "", compared, ""]
    top += [_tally(report, findings), ""]
    page = _Page(limit - 700, "\n".join(top))  # 700: the marker and the note of what is left out
    main = [f for f in findings if f.status not in FOLDED]
    unknown = [f for f in findings if f.status == "unknown"]
    unrelated = [f for f in findings if f.status in UNRELATED]
    if not main:
        main, unknown = unknown, []  # with nothing else to read there is no reason to hide it
    groups = (main, unknown, unrelated)
    shares = (0.4, 0.5, 0.6)  # rows come before details, and leave room for some
    tables = [page.rows(g, setting, share) for g, share in zip(groups, shares, strict=True)]
    details = [page.details(g) for g in groups]
    if main:
        page.parts += ["\n".join([*_HEADER, *tables[0], ""]), *details[0]]
    titles = ("of unknown origin", "not brought by this pull request")
    for n, title in enumerate(titles, 1):
        if groups[n]:
            words = f"{count(len(groups[n]), 'cause')} {title}"
            page.parts += [f"<details><summary>{words}</summary>\n", *_HEADER, *tables[n]]
            page.parts += ["", *details[n], "</details>\n"]
    page.deprecations(diagnosis.deprecations)
    left = len(findings) - sum(map(len, tables))
    return page.finish(left, len(findings) - sum(map(len, details)), setting.run_url)


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
    elif not report.complete:
        parts.append("the run did not finish")
    if not parts:
        parts.append("the run failed, but its report names no failing test")
    return " · ".join(parts)


class _Page:
    """Markdown with a bound: what would not fit is refused whole."""

    def __init__(self, limit: int, top: str) -> None:
        self.limit = limit
        self.parts = [top]
        self.left = limit - text.size(top) - 600  # 600: headers and folds

    def take(self, pieces: Iterable[str], room: float) -> list[str]:
        """The first pieces, as many as fit in `room` and in what is left."""
        taken: list[str] = []
        for piece in pieces:
            cost = text.size(piece) + 1
            if cost > min(room, self.left):
                break
            room -= cost
            self.left -= cost
            taken.append(piece)
        return taken

    def rows(self, findings: Sequence[Finding], setting: Setting, share: float) -> list[str]:
        """Rows of the table, until this share of the page is used."""
        room = self.left - self.limit * (1 - share)
        return self.take((_row(f, setting) for f in findings), room)

    def details(self, findings: Sequence[Finding]) -> list[str]:
        """One fold a cause while they fit."""
        return self.take((_details(f) for f in findings), self.left - 500)

    def deprecations(self, findings: Sequence[Finding]) -> None:
        """One line with the codemods that would mend what is deprecated."""
        if not findings:
            return
        seen = sum(w.count for f in findings for w in f.warnings)
        named = sorted({f.codemod for f in findings if f.codemod})
        mend = "; mend them with " + text.code(fix_command(named)) if named else ""
        many = f"{count(seen, 'deprecation warning')} of {count(len(findings), 'kind')}"
        self.parts += self.take([f"{many}{mend}.\n"], self.left)

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


def _details(finding: Finding) -> str:
    tests = finding.tests
    many = count(len(tests), "test")
    title = f"{SIGNS[finding.status]} {text.summary(finding.name, 120)} · {many}"
    out = [f"<details><summary>{title}</summary>", "", *facts(finding), ""]
    if finding.failures:
        out += [text.block(error(finding), 3_000, prefix="E   "), ""]
    if len(tests) > 1:  # a single one stands in the command below
        out += [f"{many}:", "", *(f"- {text.code(t, 300)}" for t in tests[:_TESTS_SHOWN])]
        if len(tests) > _TESTS_SHOWN:
            out.append(f"- and {len(tests) - _TESTS_SHOWN:,} more")
        out.append("")
    out += ["Reproduce:", "", text.command(reproduce(finding)), ""]
    if finding.codemod:
        files = sorted({f.file for f in finding.failures if f.file})
        out += ["Mend:", "", text.command(fix_command([finding.codemod], files)), ""]
    elif finding.next_step:
        out += [f"**Next:** {text.prose(finding.next_step)}", ""]
    return "\n".join([*out, "</details>", ""])


def facts(finding: Finding, *, brief: bool = False) -> list[str]:
    """What is known of a cause, as bullets; `brief` leaves out why it has its status, and where.

    What the error itself says, or what goes without saying, is left out.
    """
    frame = frame_of(finding.failures[0]) if finding.failures else None
    alone = len(finding.tests) < 2
    said = text.line(finding.title, 400) == text.line(first_line(error(finding)), 400)
    told = (
        ("What is wrong", "" if said else text.prose(finding.title)),
        ("Root cause", text.prose(finding.cause)),
        ("Where", text.code(f"{frame.file}:{frame.line}") if frame and not brief else ""),
        ("Symbol", text.code(finding.symbol)),
        (f"Why {finding.status}", "" if brief else text.prose(finding.status_reason)),
        ("Why one cause", "" if brief or alone else text.prose(finding.reason)),
        ("Impact", text.prose(finding.impact)),
    )
    return [f"- **{name}:** {words}" for name, words in told if words]


def reproduce(finding: Finding) -> str:
    """A shell command that runs some of its tests; their files where a nodeid cannot be typed."""
    shown = [t if text.line(t, 400) == t else t.partition("::")[0] for t in finding.tests[:3]]
    typed = [t for t in dict.fromkeys(shown) if t and text.line(t, 400) == t]
    return " ".join(["python -m pytest", *(shlex.quote(t) for t in typed)])


def fix_command(codemods: Sequence[str], files: Sequence[str] = ()) -> str:
    """The shell command that applies codemods; without files where there are too many."""
    typed = [shlex.quote(f) for f in files[:10] if text.line(f, 400) == f]
    only = " ".join(f"--only {shlex.quote(text.line(c, 60))}" for c in codemods)
    return " ".join(["gardener fix", only, *(typed if len(files) <= 10 else [])])


def error(finding: Finding) -> str:
    """The first failure's error in one line."""
    if not finding.failures:
        return finding.title
    failure = finding.failures[0]
    return f"{failure.type}: {failure.message}" if failure.message else failure.type


def first_line(words: str) -> str:
    """The first line that says something."""
    return next((line for line in text.clean(words[:10_000]).split("\n") if line.strip()), "")


def _issue(finding: Finding, setting: Setting) -> int:
    keys = (finding.fingerprint, *finding.aliases)
    return next((setting.issues[key] for key in keys if key in setting.issues), 0)


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """By status, worst first; the diagnosis' own order within a status."""
    return sorted(findings, key=lambda finding: _ORDER.index(finding.status))


def _tally(report: Report, findings: Sequence[Finding]) -> str:
    red = {f.nodeid for finding in findings for f in finding.failures}
    red |= {result.nodeid for result in report.results if result.outcome in FAILING_OUTCOMES}
    ran = len({result.nodeid for result in report.results} | red)
    many = f"{count(len(red), 'failing test')} → {count(len(findings), 'cause')}"
    out = f"{many} (of {count(ran, 'test')} that ran)."
    if report.internal_error:
        out += f" pytest said {text.code(report.internal_error)}."
    return out
