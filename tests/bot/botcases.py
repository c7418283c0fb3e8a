"""Findings and reports by hand, and GitHub's own Markdown parser to read what the bot writes."""

from __future__ import annotations

from hashlib import sha256
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from msgspec.structs import replace

from gardener.model import (
    Diagnosis,
    Failure,
    Finding,
    Frame,
    Kind,
    Phase,
    Priority,
    Report,
    Result,
    Status,
)

_ENUMS = {"kind": Kind, "status": Status, "priority": Priority}


def make_finding(  # one finding in which every word can be chosen
    slug: str = "event-serialization-format",
    tests: tuple[str, ...] = ("tests/unit/test_ws.py::test_a", "tests/unit/test_ws.py::test_b"),
    **changes: object,
) -> Finding:
    message = str(changes.pop("message", "'AGENT' != 'agent'"))
    frame = Frame("app/ws.py", 12, "Bridge.send", "project", "raise ValueError")
    finding = Finding(
        fingerprint="1:" + sha256(slug.encode(errors="replace")).hexdigest()[:16],
        kind=Kind.FAILING,
        category="event-serialization-format",
        slug=slug,
        title="Enum members are sent as their names",
        status=Status.REGRESSION,
        status_reason="the tests passed on the base",
        priority=Priority.P1,
        failures=tuple(
            Failure(
                nodeid=t, phase=Phase.CALL, type="AssertionError", message=message, frames=(frame,)
            )
            for t in tests
        ),
        reason="same statement",
        cause="`Event.type` is formatted with str()",
        symbol="app/ws.py:Bridge.send",
        next_step="Send `type.value`.",
    )
    typed = {name: _ENUMS.get(name, lambda x: x)(value) for name, value in changes.items()}
    return replace(finding, **typed)


def make_report(*findings: Finding, passed: tuple[str, ...] = (), **changes: object) -> Report:
    red = dict.fromkeys(t for f in findings for t in f.tests)
    report = Report(
        created="2026-11-22T10:00:00Z",
        commit="a" * 40,
        base="b" * 40,
        branch="main",
        exit_status=1 if red else 0,
        results=(
            *(Result(t, "failed", 0.1) for t in red),
            *(Result(t, "passed", 0.1) for t in passed),
        ),
        failures=tuple(x for f in findings for x in f.failures),
    )
    return replace(report, **changes)


def make_diagnosis(*findings: Finding) -> Diagnosis:
    return Diagnosis(
        tuple(f for f in findings if f.kind != "deprecated"),
        tuple(f for f in findings if f.kind == "deprecated"),
    )


class Page(HTMLParser):
    """HTML as a reader sees it: the tags in order, and the text outside of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.loose = ""
        self.text = ""
        self._code = 0
        html = cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._code += tag in {"code", "pre"}

    def handle_endtag(self, tag):
        self._code -= tag in {"code", "pre"}

    def handle_comment(self, data):
        self.comments.append(data)

    def handle_data(self, data):
        self.text += data
        self.loose += " " if self._code else data

    def names(self) -> list[str]:
        return [name for name, _ in self.tags]
