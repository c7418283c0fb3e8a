"""Areas of the settings: how many of their tests fail, and templates that are checked when loaded."""

from pathlib import Path

import pytest

from gardener.config import parse
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ConfigError
from gardener.model import Failure, Phase, Report, Result
from gardener.render import worklog

AREAS = """
[tool.gardener.area."Golden Path"]
paths = ["tests/golden/**"]
[tool.gardener.area.Paying]
focus = "paying"
[tool.gardener.area.Critical]
markers = ["critical"]
[tool.gardener.area.Nothing]
paths = ["tests/none/**"]
[tool.gardener.focus.paying]
names = ["pay"]
"""


def run(*nodeids, red=()):
    failures = tuple(
        Failure(nodeid=t, phase=Phase.CALL, type="ValueError", message="no", markers=("critical",))
        for t in red
    )
    results = tuple(Result(t, "failed" if t in red else "passed") for t in nodeids)
    return Report(created="2026-11-29", results=results, failures=failures, exit_status=1)


def test_the_state_of_each_area_is_told():
    golden = [f"tests/golden/test_a.py::test_{n}" for n in range(8)]
    pay = ["tests/test_shop.py::test_pay", "tests/test_shop.py::test_look"]
    config = parse(AREAS.encode(), Path())
    report = run(*golden, *pay, red=golden[:1])
    diagnosis = diagnose(report, config)
    assert [str(area) for area in diagnosis.areas] == [
        "Golden Path: 1 of 8 failing",
        "Paying: all 1 pass",
        "Critical: 1 failing",
        "Nothing: did not run",
    ]
    (finding,) = diagnosis.findings
    assert finding.areas == ("Golden Path", "Critical")
    page = worklog.render(report, diagnosis)
    assert "- Area Golden Path: 1 of 8 failing\n" in page
    assert "**Areas:** Golden Path, Critical\n" in page


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            'issue-title = "{titel}"',
            "`tool.gardener.github.issue-title` names {titel}; it may name",
        ),
        ('issue-title = ""', "must hold {title} or {name} or {slug}"),
        ('issue-title = "[BUG]"', "must hold {title} or {name} or {slug}"),
        ('issue-body = "{title.__class__} {facts}"', "names {title.__class__}"),
        ('issue-body = "Owner: me"', "must hold {facts} or {tests} or {error}"),
        ('comment-body = "{verdict}"', "must hold {comment} or {causes}"),
        ("adopt = {utcnow = 0}", "tool.gardener.github.adopt.utcnow"),
        ('labels = [{focus = "x", labels = []}]', "tool.gardener.github.labels[0].labels"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(setting, said):
    with pytest.raises(ConfigError, match=r"pyproject\.toml") as wrong:
        parse(f"[tool.gardener.github]\n{setting}\n".encode(), Path())
    assert said in str(wrong.value)
