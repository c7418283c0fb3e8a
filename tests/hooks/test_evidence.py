"""What a run keeps of its failing tests besides their errors, by real runs of pytest."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from gardener.cli import main
from gardener.config.tables import Evidence
from gardener.model import Failure, Frame, Output, Phase, Report
from gardener.render.evidence import excerpt_of, numbered, outputs_of, traceback_of
from gardener.reports.merging import merge
from gardener.reports.store import load
from gardener.text import cut

from gardener.hooks.plugin.captured import captured  # isort: skip
from gardener.hooks.pytest_run.evidence import with_evidence  # isort: skip

TOKEN = "ghp_" + "a1B2c3D4" * 4 + "e5F6"
FILES = {
    "app.py": """import logging
log = logging.getLogger("app")


def total(prices):
    log.warning("totalling %s", prices)
    return sum(
        price
        for price in prices
        if price.amount
    )
""",
    "tests/test_app.py": f"""import sys
import pytest
from app import total


@pytest.fixture
def prices():
    print("in the fixture")
    return [3]


def test_total(prices):
    print("on stdout", "{TOKEN}")
    print("on stderr", file=sys.stderr)
    assert total(prices) == 3


def test_passes():
    print("never kept")


@pytest.fixture
def breaks():
    yield
    print("closing")
    raise OSError("not closed")


def test_teardown(breaks):
    pass
""",
    "tests/test_import.py": "print('imported')\nimport no_such_module\n",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "repo"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return root


def run(*args) -> Report:
    main(["run", "--all", "--python", sys.executable, "--report", "../report.json", *args])
    return load(Path("../report.json"))


def of_test(report: Report, end: str) -> Failure:
    (failure,) = [failure for failure in report.failures if failure.nodeid.endswith(end)]
    return failure


@pytest.mark.parametrize("workers", [(), ("--", "-n", "1", "-p", "xdist")])
def test_output_and_log_records_of_failing_tests_are_kept(project, workers):
    report = run(*workers)
    failure = of_test(report, "test_total")
    sections = {section.title: section.text for section in failure.output}
    assert sections["stdout setup"] == "in the fixture\n"
    assert "on stdout" in sections["stdout call"]
    assert sections["stderr call"] == "on stderr\n"
    assert "WARNING" in sections["log call"] and "totalling [3]" in sections["log call"]
    assert "closing" in of_test(report, "test_teardown").output[-1].text
    assert of_test(report, "test_import.py").output == (Output("stdout", "imported\n"),)
    text = Path("../report.json").read_text()
    assert "never kept" not in text
    assert TOKEN not in text


def test_the_failing_statement_is_shown_whole_with_its_neighbours(project):
    report = run()
    excerpt = excerpt_of(report, of_test(report, "test_total"))
    assert excerpt is not None
    assert (excerpt.file, excerpt.begin, excerpt.end) == ("app.py", 7, 11)
    shown = numbered(excerpt).split("\n")
    assert shown[0] == "   4" and shown[3] == ">  7      return sum("
    assert shown[7] == "> 11      )"
    tests = {(e.file, e.line) for e in report.excerpts}
    assert ("tests/test_app.py", 26) in tests, "the place in the fixture's end"


def test_the_traceback_stays_inside_the_repository(project):
    report = run()
    lines = traceback_of(of_test(report, "test_total")).split("\n")
    assert lines[0] == "tests/test_app.py:15 in test_total"
    assert lines[1] == "    assert total(prices) == 3"
    assert lines[-1] == "AttributeError: 'int' object has no attribute 'amount'"
    assert not any("site-packages" in line for line in lines)


def test_settings_bound_what_is_kept(project):
    (project / "pyproject.toml").write_text("[tool.gardener.evidence]\nlines = 0\noutput = 40\n")
    report = run()
    assert report.excerpts == ()
    assert all(len(s.text) < 100 for f in report.failures for s in f.output)
    (project / "pyproject.toml").write_text("[tool.gardener.evidence]\noutput = 0\n")
    assert all(failure.output == () for failure in run().failures)


def test_output_is_cut_between_lines_so_that_no_half_of_a_secret_stays():
    lines = [f"{n:04} {TOKEN}" for n in range(2000)]
    kept = cut("\n".join(lines), 4000)
    assert len(kept) < 4100
    head, _, tail = kept.partition("\n… ")
    assert set(head.split("\n")) <= set(lines)
    assert set(tail.split("\n")[1:]) <= set(lines) and tail.endswith(lines[-1])
    (section,) = captured(SimpleNamespace(sections=[("Captured log call", "\n".join(lines))]))
    assert section[0] == "log call" and len(section[1]) < 20_000
    whole = [line for line in section[1].split("\n") if "characters cut" not in line]
    assert set(whole) <= set(lines) and whole[-1] == lines[-1]


def test_each_place_has_its_turn_before_the_total_is_used_up(tmp_path):
    def failure(number: int, line: int) -> Failure:
        return Failure(
            nodeid=f"t.py::test_{number}",
            phase=Phase.CALL,
            type="E",
            message="",
            frames=(Frame("t.py", line, "f", "test"),),
            output=(Output("stdout call", "x" * 3000),),
        )

    failures = (*(failure(n, 1) for n in range(50)), failure(50, 2))
    report = with_evidence(Report(created="", failures=failures), tmp_path, Evidence(total=9000))
    lengths = [len(f.output[0].text) for f in report.failures]
    assert lengths[0] == 3000 and lengths[50] == 3000, "the first of both places"
    assert lengths[49] < 300
    assert sum(lengths) < 25_000


def test_reports_of_before_are_read_and_newer_fields_are_merged(tmp_path, project):
    report = run()
    document = json.loads(Path("../report.json").read_text())
    del document["excerpts"]
    for failure in document["failures"]:
        del failure["output"]
    old = tmp_path / "old.json"
    old.write_text(json.dumps(document))
    before = load(old)
    assert before.excerpts == () and before.failures[0].output == ()
    assert excerpt_of(before, before.failures[0]) is None
    merged = merge([before, report])
    assert merged.excerpts == report.excerpts


def test_other_tools_output_is_read(project, tmp_path):
    for option, name in (
        ("--report-log", "log.jsonl"),
        ("--json-report-file", "report.json"),
        ("--junit-xml", "junit.xml"),
    ):
        out = tmp_path / name
        options = ["--continue-on-collection-errors", "-o", "junit_logging=all", option, str(out)]
        extra = ["--json-report"] if name == "report.json" else []
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *extra, *options], stdout=subprocess.PIPE
        )
        failure = of_test(load(out), "test_total")
        shown = "\n".join(section.text for section in outputs_of(failure))
        assert "on stdout" in shown and "on stderr" in shown, name
        assert TOKEN not in shown, name


def test_old_logs_of_pytest_are_deleted(project):
    logs = project / ".git/gardener/logs"
    logs.mkdir(parents=True)
    old, young = logs / "pytest-20200101.log", logs / "pytest-20200102.log"
    old.write_text("old")
    young.write_text("young")
    month = time.time() - 30 * 86_400
    os.utime(old, (month, month))
    run()
    assert not old.exists() and young.exists()
