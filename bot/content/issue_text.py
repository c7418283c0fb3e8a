"""The words of an issue: key fact first, then bullets and the exact error, the next step last."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gardener.config import templates
from gardener.diagnosis import messages
from gardener.diagnosis.root_cause import frame_of
from gardener.model import AreaState, Report
from gardener.text import count, count_tests

from . import cause, marker, text
from .memory import Member, Memory, Seen
from .subject import Subject

TITLE_LIMIT = 256
"""Characters that GitHub takes in the title of an issue."""

_BEGIN, _END = "<!-- gardener:begin -->", "<!-- gardener:end -->"
_OURS = re.compile(
    rf"^<!-- gardener:issue [^\n]*\n{_BEGIN}\n(.*?)^{_END}", re.MULTILINE | re.DOTALL
)
_MARKER_LINE = re.compile(r"^<!-- gardener:issue [^\n]*$", re.MULTILINE)
_TASKS = re.compile(r"(### Affected tests\n\n).*?(?=\n### |\Z)", re.DOTALL)
_ASSERTED = re.compile(
    r"^(assert [^\n]{1,400}? (?:==|!=|<|>|<=|>=|in|is|not in|is not) [^\n]{1,400})$", re.MULTILINE
)
_KEPT_CHANGES = 10
_OUTPUT_SHOWN = 1_500
"""Characters of each thing that a test printed."""
# Places to fill in later: NUL never survives `text.clean`, so no report can forge one.
_KNOWN, _LIST, _HISTORY = "\0known\0", "\0tasks\0", "\0history\0"


def entitle(memory: Memory, subject: Subject, template: str) -> Memory:
    """Give the issue its title."""
    title = templates.fill(template, _words(memory, subject))
    return replace(memory, title=text.line(title, TITLE_LIMIT))


def _words(memory: Memory, subject: Subject) -> dict[str, str]:
    """What a template may say of an issue; its status stays what it was when it was opened."""
    return {
        "name": f"{subject.kind}-test-{memory.status}-{memory.priority}-{subject.slug}",
        "title": subject.title.rstrip("."),
        "kind": subject.kind,
        "status": memory.status,
        "priority": memory.priority,
        "category": subject.findings[0].category,
        "slug": subject.slug,
    }


def describe(
    subject: Subject,
    memory: Memory,
    report: Report,
    areas: Sequence[AreaState] = (),
    template: str = "",
) -> str:
    """The facts, without those that only the memory knows (see `write`)."""
    sections = _sections(subject, memory, report, areas)
    *others, last = (part for name, part in sections.items() if name != "changes" and part)
    facts = "\n\n".join([*others, _HISTORY + last])
    if template:
        words = {name: text.prose(word) for name, word in _words(memory, subject).items()}
        facts = templates.fill(template, {**words, **sections, "facts": facts}).strip("\n")
    return f"{facts}\n"


def _sections(
    subject: Subject, memory: Memory, report: Report, areas: Sequence[AreaState]
) -> dict[str, str]:
    """The facts by the names that a template has for them, in their order."""
    finding = subject.findings[0]
    expected = "\n".join(_expected(subject, memory))
    bullets = [*cause.facts(finding, brief=True), *_areas(subject, areas)]
    sections = {
        "headline": _headline(subject),
        "known": "\n".join([_KNOWN, *bullets]),
        "error": "",
        "warnings": _warnings(subject, memory),
        "expected": f"### Expected behaviour\n\n{expected}" if expected else "",
        "reproduce": "",
        "tests": f"### Affected tests\n\n{_LIST}" if subject.tests else "",
        "changes": _HISTORY,
        "next": f"### Next step\n\n- {_next_step(subject)}",
    }
    if subject.tests:
        error = text.block(cause.error(finding), 6_000, "E   ")
        evidence = "\n".join(cause.evidence(finding, report, _OUTPUT_SHOWN)).strip("\n")
        sections["error"] = "\n\n".join(filter(None, ["### Current behaviour", error, evidence]))
        sections["reproduce"] = f"### Reproduce\n\n{text.command(cause.reproduce(finding))}"
    return sections


def _headline(subject: Subject) -> str:
    finding = subject.findings[0]
    if not subject.tests:
        warned = count(sum(w.count for w in subject.warnings), "warning")
        return f"**{warned}: {text.prose(subject.title.rstrip('.'), 200)}.**"
    frame = frame_of(finding.failures[0])
    where = f" at {text.code(f'{frame.file}:{frame.line}')}" if frame else ""
    error = text.code(cause.first_line(cause.error(finding)), 160)
    return f"**{count_tests(subject.tests)} failed with {error}{where}.**"


def _warnings(subject: Subject, memory: Memory) -> str:
    if not subject.warnings:
        return ""
    rows = [f"| {text.code(at)} | {n:,} |" for at, n in memory.counts.items()]
    return "\n".join(["### Where it warns", "", "| folder | warnings |", "|---|---:|", *rows])


def _areas(subject: Subject, areas: Sequence[AreaState]) -> list[str]:
    """The areas that its tests are in, each with its state."""
    own = {name for finding in subject.findings for name in finding.areas}
    return [f"- **Area:** {text.prose(str(area))}" for area in areas if area.name in own]


def _expected(subject: Subject, memory: Memory) -> list[str]:
    """What should be, where the failure itself says it; nothing is made up."""
    if not subject.tests:
        return []
    failure = subject.findings[0].failures[0]
    facts = messages.read(failure).facts
    bullets: list[str] = []
    if facts.get("expected") and facts.get("actual"):
        expected, actual = text.code(facts["expected"], 80), text.code(facts["actual"], 80)
        bullets.append(f"- {expected} where there is {actual} now.")
    elif statement := _ASSERTED.search(text.clean(failure.message[:20_000])):
        bullets.append(f"- {text.code(statement[1], 300)} holds.")
    if memory.status == "regression":
        bullets.append("- The tests pass, as they did on the base.")
    return bullets


def _next_step(subject: Subject) -> str:
    finding = subject.findings[0]
    if subject.codemod:
        command = text.code(cause.fix_command([subject.codemod]))
        return f"Run {command}, if it applies, and commit the result."
    if finding.next_step:
        return text.prose(finding.next_step)
    return "Run the command above and fix the root cause."


def write(memory: Memory, facts: str) -> str:
    """The whole body of a new issue."""
    return _fitting(memory, lambda memory: _fill(facts, memory)) + "\n"


def recognize(body: str) -> Memory | None:
    """What an issue remembers, where its marker stands before facts that the bot wrote.

    People may write around them, so unlike that of a comment it may be on any line.
    """
    body = body.replace("\r\n", "\n")
    return marker.read_line("issue", body, Memory) if _OURS.search(body) else None


def rewrite(body: str, old: Memory, new: Memory, facts: str | None) -> str:
    """The body with new facts; whatever a person wrote, around them or in them, stays.

    `facts=None` keeps the facts and refreshes only the ticks of the tests.
    """
    body = body.replace("\r\n", "\n")
    ours = _OURS.search(body)
    if ours is None or _digest(ours[1]) != old.text:
        line = marker.write("issue", replace(new, text=old.text).named(0))
        return _MARKER_LINE.sub(lambda _: line, body, count=1)
    before, facts_there, after = body[: ours.start()], ours[1], body[ours.end() :]

    def fill(memory: Memory) -> str:
        if facts is not None:
            return _fill(facts, memory)
        return _TASKS.sub(
            lambda m: m[1] + _tasks(memory.members, memory.unlisted) + "\n", facts_there
        )

    return before + _fitting(new, fill, text.size(before + after)) + after


def _fitting(memory: Memory, fill: Callable[[Memory], str], foreign_size: int = 0) -> str:
    """Our part of a body, with as many names of tests as fit beside what people wrote."""
    for most in (60, 20, 5, 0):
        less = memory.named(most)
        filled = fill(less)
        less = replace(less, text=_digest(filled))
        part = f"{marker.write('issue', less)}\n{_BEGIN}\n{filled}{_END}"
        if text.size(part) + foreign_size + 1 <= text.LIMIT:
            break
    return part


def add_change(memory: Memory, event: str, now: Seen) -> tuple[str, ...]:
    """The history of an issue with one more line; the oldest of too many go."""
    return (*memory.changes, f"{_when(now)}: {event}")[-_KEPT_CHANGES:]


def tell(subject: Subject, memory: Memory, events: Sequence[str], now: Seen) -> str:
    """A comment on an issue that failed again or grew."""
    finding = subject.findings[0]
    first = "; ".join(events)
    out = [f"**{first[0].upper()}{first[1:]}.**", "", f"- Seen at {_when(now)}"]
    if memory.suspects:
        out.append(f"- Suspect range: {text.code(memory.suspects)}")
    if finding.failures:
        out += ["", text.block(cause.error(finding), 2_000, "E   "), ""]
    if memory.reopened > 1:
        out.append("- It came back more than once, so it no longer closes by itself.")
    return "\n".join([*out, f"- Next: {_next_step(subject)}", ""])


def tell_fixed(event: str, closes: bool, now: Seen) -> str:
    """A comment on an issue whose tests pass."""
    return "\n".join(
        [
            f"**{event[0].upper()}{event[1:]}.**",
            "",
            f"- Seen at {_when(now)}",
            "- Next: nothing; it is opened again if it comes back."
            if closes
            else "- Next: close this issue when you are sure that it is fixed.",
            "",
        ]
    )


def _fill(facts: str, memory: Memory) -> str:
    dates = [f"- **First seen:** {_when(memory.first)}", f"- **Last seen:** {_when(memory.last)}"]
    if memory.suspects:
        dates.append(f"- **Suspect range:** {text.code(memory.suspects)}")
    if memory.related:
        dates.append("- **Related:** " + ", ".join(f"#{number}" for number in memory.related))
    changes = [f"- {change}" for change in memory.changes]
    history = "\n".join(["### Changes", "", *changes, "", ""]) if changes else ""
    parts = {
        _KNOWN: "\n".join(dates),
        _LIST: _tasks(memory.members, memory.unlisted),
        _HISTORY: history,
    }
    for slot, words in parts.items():
        facts = facts.replace(slot, words, 1)
    return facts


def _tasks(members: Sequence[Member], unlisted: int) -> str:
    named = [m for m in members if m.name]
    out = [f"- [{'x' if m.passed else ' '}] {text.code(m.name, 200)}" for m in named]
    if unnamed := len(members) - len(named) + unlisted:
        out.append(f"- and {unnamed:,} more")
    return "\n".join(out)


def _when(run: Seen) -> str:
    day = run.created[:10] if re.match(r"\d{4}-\d\d-\d\d", run.created, re.ASCII) else ""
    if not run.commit:
        return day or "an unknown commit"
    return f"`{run.commit[:10]}` ({day})" if day else f"`{run.commit[:10]}`"


def _digest(facts: str) -> str:
    """A hash that does not see ticks and spaces at line ends."""
    plain = re.sub(r"^- \[[ xX]\]", "- [ ]", facts.replace("\r\n", "\n"), flags=re.MULTILINE)
    lines = "\n".join(line.rstrip() for line in plain.strip().split("\n"))
    return hashlib.sha256(lines.encode(errors="replace")).hexdigest()[:12]
