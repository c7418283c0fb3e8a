"""The HTML page of a finished run: one file, no scripts, nothing fetched."""

from __future__ import annotations

from html import escape

from gardener.diagnosis.root_cause import frame_of
from gardener.model import Diagnosis, Finding, Report
from gardener.render.terminal import next_step, verdict
from gardener.text import absences, clean, error_text, say_tests

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:0;display:inline;overflow-wrap:anywhere}
pre{background:#f4f4f0;padding:.7rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere}
details{border-left:4px solid #bbb;padding:.3rem .8rem;margin:1rem 0}
details.regression,details.new,details.unknown{border-color:#b3261e}
details.active-dev{border-color:#b36b00}
table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
li,td{overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{background:#1b1b1b;color:#ddd}pre{background:#2a2a2a}}
"""


def render(report: Report, diagnosis: Diagnosis) -> str:
    """The page."""
    facts = [
        ("Date", report.created),
        ("Commit", report.commit),
        ("Base", report.base),
        ("Focus", report.selection.focus),
        ("Python", report.environment.python),
    ]
    rows = "".join(
        f"<tr><th>{name}</th><td>{_text(value)}</td></tr>" for name, value in facts if value
    )
    said = _text(verdict(report, diagnosis))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{said}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{said}</h1>\n<table>{rows}</table>\n"
        + "".join(f"<p>{_text(said)}</p>\n" for said in absences(report, diagnosis))
        + "\n".join(_finding(finding) for finding in diagnosis.findings)
        + _deprecations(diagnosis)
        + f"\n<p><strong>Next:</strong> {_text(next_step(report, diagnosis))}</p>\n</body></html>\n"
    )


def _text(text: str, longest: int = 2000) -> str:
    return escape(clean(text, longest))


def _finding(finding: Finding) -> str:
    first = finding.failures[0]
    frame = frame_of(first)
    place = f"{frame.file}:{frame.line}" if frame else first.file
    tests = "".join(f"<li><code>{_text(nodeid)}</code></li>" for nodeid in finding.tests)
    mend = f"gardener fix --only {finding.codemod}" if finding.codemod else finding.next_step
    impact = f"<p>Impact: {_text(finding.impact)}</p>" if finding.impact else ""
    return (
        f'<details class="{finding.status}"{" open" if finding.status != "pre-existing" else ""}>'
        f"<summary><h2>{_text(finding.name)}</h2></summary>\n"
        f"<pre>{_text(error_text(first), 4000)}</pre>\n"
        f"<p>{_text(finding.cause)} <code>{_text(place)}</code></p>{impact}\n"
        f"<p>{_text(finding.status_reason)} {_text(finding.reason)}</p>\n"
        f"<details><summary>{say_tests(finding)}</summary><ul>{tests}</ul></details>\n"
        f"<p><strong>Next step:</strong> {_text(mend)}</p></details>"
    )


def _deprecations(diagnosis: Diagnosis) -> str:
    if not diagnosis.deprecations:
        return ""
    rows = "".join(
        f"<tr><td>{_text(f.slug)}</td><td>{sum(w.count for w in f.warnings):,}</td>"
        f"<td>{_text(f.title)}</td><td>{_text(f.next_step)}</td></tr>"
        for f in diagnosis.deprecations
    )
    head = "<tr><th>deprecated</th><th>times</th><th>text</th><th>next step</th></tr>"
    return f"\n<h2>Deprecation warnings</h2>\n<table>{head}{rows}</table>"
