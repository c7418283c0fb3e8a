"""Every format of `gardener report` on the recorded run, and on hostile text."""

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from gardener.cli import main
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ReportError
from gardener.model import Failure, Output, Phase, Report, Result, WarningCount
from gardener.render import worklog
from gardener.render.formats import RENDERERS
from gardener.reports.issue_ledger import IssueLedger, KeptIssue, save
from gardener.reports.issue_ledger import load as load_ledger
from gardener.reports.store import load

RUN = Path(__file__).parent / "data" / "websocket_run.json"

HOSTILE = (
    "|a|b|\x00\x1b[31mred\x1b]8;;http://x\x07link\ud800\u202e</pre><script>alert(1)</script>"
    "```\n```` `x` <!-- --> ]]> &amp; @org/team [x](javascript:1) " + "y" * 5000
)


def rendered(shape, report):
    return RENDERERS[shape](report, diagnose(report, Config(Path())))


def hostile_report():
    return Report(
        created="2026-01-01",
        results=(Result("t.py::" + HOSTILE, "failed"),),
        failures=(Failure(nodeid="t.py::" + HOSTILE, phase=Phase.CALL, type="E", message=HOSTILE),),
        warnings=(WarningCount("DeprecationWarning", HOSTILE + " deprecated", HOSTILE, 3),),
    )


def test_a_green_run_with_warnings_that_no_codemod_mends_says_so(capsys, tmp_path, monkeypatch):
    from gardener.reports.store import save

    (tmp_path / "app.py").write_text("import lib\n\nlib.old()\n")
    for words in (["init", "-q"], ["add", "app.py"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    warnings = (WarningCount("DeprecationWarning", "lib.old is deprecated", "app.py", 3),)
    results = (Result("t.py::a", "passed"),)
    save(Report(created="2026-01-01", results=results, warnings=warnings), tmp_path / "r")
    assert main(["report", str(tmp_path / "r")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Next: nothing fails; mend by hand what is deprecated, before it is removed."
    )


@pytest.mark.parametrize("shape", RENDERERS)
def test_each_format_can_be_written_to_a_file(tmp_path, capsys, shape):
    out = tmp_path / "deep" / "out"
    assert main(["report", str(RUN), "--format", shape, "-o", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert "connection-info-constructor" in out.read_text()


@pytest.mark.parametrize("shape", RENDERERS)
def test_hostile_text_can_be_encoded_and_carries_no_escapes(shape):
    text = rendered(shape, hostile_report())
    text.encode("utf-8")
    if shape != "json":
        assert not re.search("[\x00\x1b\u202e\ud800]", text)


def test_the_page_has_no_element_of_the_report():
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append(tag)

    Reader().feed(rendered("html", hostile_report()))
    # The page's own script, which its policy names by hash, and two blocks of data.
    assert seen.count("script") == 3
    assert set(seen) <= {
        "html", "head", "meta", "title", "style", "script", "body", "header", "nav", "main",
        "section", "article", "h1", "h2", "h3", "h4", "table", "caption", "thead", "tbody", "tr",
        "th", "td", "details", "summary", "pre", "p", "code", "ul", "ol", "li", "strong", "small",
        "b", "span", "div", "dl", "dt", "dd", "a", "label", "input", "select", "option", "button",
        "svg", "rect",
    }  # fmt: skip


def test_the_junit_xml_counts_what_is_in_it():
    top = fromstring(rendered("junit", load(RUN)))
    counts = {n: sum(int(s.attrib[n]) for s in top) for n in ("tests", "failures", "errors")}
    assert counts == {"tests": 24, "failures": 5, "errors": 6}
    for suite in top:
        assert suite.get("tests") == str(len(list(suite.iter("testcase"))))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert suite.get("errors") == str(len(list(suite.iter("error"))))
    assert fromstring(rendered("junit", hostile_report())).tag == "testsuites"


def test_the_sarif_refers_to_rules_that_it_has():
    (run,) = json.loads(rendered("sarif", load(RUN)))["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} == rules
    assert all(place["physicalLocation"]["region"]["startLine"] >= 1
               for result in run["results"] for place in result["locations"])  # fmt: skip


def test_the_worklog_adds_up():
    text = rendered("worklog", load(RUN))
    stats = dict(re.findall(r"^\| ([\w ]+) \| ([\d,]+) \|$", text, re.MULTILINE))
    number = {name: int(value.replace(",", "")) for name, value in stats.items()}
    assert number["Tests"] == number["Passed"] + number["Failed"] + number["Error"] == 24
    assert number["Failing tests"] == number["Failed"] + number["Error"] == 11
    sections = re.findall(r"^- Tests: `(\d+)`$", text, re.MULTILINE)
    assert len(sections) == number["Root causes"] == 4
    assert sum(map(int, sections)) == number["Failing tests"]
    assert number["All warnings"] == number["Deprecation warnings"] + number["Other warnings"] == 65
    by_priority = [
        number[f"Causes of priority P{n}"] for n in range(4) if f"Causes of priority P{n}" in number
    ]
    assert sum(by_priority) == number["Root causes"]


def test_the_worklog_names_the_command_that_fixes(capsys):
    text = rendered("worklog", load(RUN))
    for name in ("utcnow", "pydantic-config", "deprecated-import"):
        assert f"gardener fix --only {name}" in text
    assert text.rstrip().splitlines()[-1][0].isdigit(), "it ends with a next step"


def test_a_green_run_says_so(capsys, tmp_path):
    from gardener.reports.store import save

    save(Report(created="2026-01-01", results=(Result("t.py::a", "passed"),)), tmp_path / "r")
    assert main(["report", str(tmp_path / "r")]) == 0
    assert capsys.readouterr().out == "1 passed.\nNext: nothing to fix.\n"


@pytest.mark.parametrize("shape", RENDERERS)
def test_an_empty_run_is_told_truly(shape):
    report = Report(created="", complete=False, internal_error="INTERNALERROR> boom")
    text = rendered(shape, report)
    assert text.endswith("\n")
    if shape in ("worklog", "markdown", "html"):
        assert "boom" in text


def test_the_worklog_has_what_a_written_one_has(tmp_path):
    report = Report(
        created="2026-01-01",
        results=(Result("t/a.py::x", "failed"), Result("t/a.py::y", "passed"), Result("t/b.py::z", "error")),
        failures=(
            Failure(nodeid="t/a.py::x", phase=Phase.CALL, type="ValueError", message="no room"),
            Failure(nodeid="t/b.py::z", phase=Phase.SETUP, type="KeyError", message="'z'",
                    output=(Output("log setup", "WARNING slow\n"),)),
        ),
        warnings=(
            WarningCount("DeprecationWarning", "datetime.datetime.utcnow() is deprecated", "app/a.py", 3, 5),
            WarningCount("DeprecationWarning", "datetime.datetime.utcnow() is deprecated", "app/b.py", 9, 2),
            WarningCount("UserWarning", "careful", "app/c.py", 4, 3),
        ),
    )  # fmt: skip
    diagnosis = diagnose(report, Config(Path()))
    first, second = diagnosis.findings
    (deprecation,) = diagnosis.deprecations
    ledger = IssueLedger(
        issues=(
            KeptIssue(
                number=7, fingerprints=(first.fingerprint,), url="https://x/7", done="created"
            ),
            KeptIssue(number=4, fingerprints=(second.fingerprint,), done="updated"),
            KeptIssue(number=2, fingerprints=("1:0",), done=""),
            KeptIssue(number=5, fingerprints=(deprecation.fingerprint,), done="updated"),
        )
    )
    text = worklog.render(report, diagnosis, ledger)
    for part in (
        "- Outcome: `FAILED`", "- Outcome: `ERROR`", "- FAILED `t/a.py::x`", "- ERROR `t/b.py::z`",
        "| `t/a.py` | 1 of 2 failing |", "- 1 of 1 failing in `t/b.py`",
        "### deprecated-test-unknown-P3-utcnow", "- `app/a.py`: 5 times", "- `app/b.py`: 2 times",
        "## Other warnings", "| UserWarning | 3 | careful | `app/c.py:4` |",
        "- 1 issue created: [#7](<https://x/7>)", "- 2 issues updated: #4, #5", "- Issue: #4",
        "utcnow() is deprecated\n\n- Issue: #5\n",
        "Captured log setup", "WARNING slow",
    ):  # fmt: skip
        assert part in text, part
    assert "#2" not in text


def test_a_ledger_of_issues_is_read_and_refused(tmp_path):
    path = tmp_path / "issues.json"
    save(IssueLedger(issues=(KeptIssue(number=7, fingerprints=("1:a",)),)), path)
    assert load_ledger(path).issues[0].number == 7
    for content, reason in (("[]", "no ledger"), ('{"schema": 9}', "upgrade"), ("{", "no ledger")):
        path.write_text(content)
        with pytest.raises(ReportError, match=reason):
            load_ledger(path)


def test_code_quality_has_one_entry_for_each_file_of_a_finding():
    entries = json.loads(rendered("gitlab-codequality", load(RUN)))
    keys = {"description", "check_name", "fingerprint", "severity", "location"}
    assert all(set(entry) == keys for entry in entries)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) > 5
    assert all(entry["location"]["lines"]["begin"] >= 1 for entry in entries)
    outside = [e for e in entries if e["location"]["path"].startswith(("/", ".."))]
    assert outside == []
    assert all(
        "\n" not in e["description"]
        for e in json.loads(rendered("gitlab-codequality", hostile_report()))
    )
