"""Folders and parameters that hold brackets and `::` keep failures apart, and are read right."""

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.model import Failure, Frame, Phase, Report, Result
from gardener.reports.store import load, parse

FOLDER = "pages/[id]"


def failed(name, type_, message, statement, file=f"{FOLDER}/test_page.py"):
    return Failure(
        nodeid=f"{file}::{name}",
        phase=Phase.CALL,
        type=type_,
        message=message,
        frames=(Frame(file, 3, name.partition("[")[0], "test", statement),),
    )


def groups_of(tmp_path, *failures):
    report = Report(
        created="",
        results=tuple(Result(failure.nodeid, "failed") for failure in failures),
        failures=failures,
    )
    findings = diagnose(report, Config(tmp_path)).findings
    return sorted(sorted(test.rpartition("/")[2] for test in finding.tests) for finding in findings)


def test_three_unrelated_failures_below_such_a_folder_are_three_findings(tmp_path):
    assert groups_of(
        tmp_path,
        failed("test_title", "KeyError", "'title'", "page['title']"),
        failed("test_author", "AssertionError", "assert 'x' == 'y'", "assert author == 'y'"),
        failed("test_links", "AssertionError", "assert 3 == 4", "assert len(links) == 4"),
    ) == [["test_page.py::test_author"], ["test_page.py::test_links"], ["test_page.py::test_title"]]


def test_the_same_error_at_one_statement_of_two_tests_is_two_variants_only_of_one_test(tmp_path):
    statement = "assert render(page) == expected"
    of_two_tests = groups_of(
        tmp_path,
        failed("test_one", "AssertionError", "assert 1 == 2", statement),
        failed("test_two", "AssertionError", "assert 3 == 4", statement),
    )
    assert len(of_two_tests) == 2
    of_one_test = groups_of(
        tmp_path,
        failed("test_one[a::b]", "AssertionError", "assert 1 == 2", statement),
        failed("test_one[[x]]", "AssertionError", "assert 3 == 4", statement),
    )
    assert of_one_test == [["test_page.py::test_one[[x]]", "test_page.py::test_one[a::b]"]]


def test_the_name_of_a_finding_tells_what_its_tests_are_about(tmp_path):
    failure = failed("test_order_total[[1]-a::b]", "TimeoutError", "", "wait()")
    (finding,) = diagnose(Report(created="", failures=(failure,)), Config(tmp_path)).findings
    assert finding.slug == "order-total-timeout"
    assert failure.file == f"{FOLDER}/test_page.py"


OLD_PYTEST_XML = """<testsuites><testsuite name="pytest">
<testcase classname="" name="pages.[id]/test_page.py::TestPage::test_path[a::b]"/>
<testcase classname="" name="pages.[id]/test_page.py::test_title" file="pages/[id]/test_page.py"/>
<testcase classname="" name="pages.[id]/test_lost.py"><error message="collection failure"/></testcase>
</testsuite></testsuites>"""


def test_folders_as_pytest_up_to_8_mangles_them():
    report = parse(OLD_PYTEST_XML.encode(), "old.xml")
    assert [result.nodeid for result in report.results] == [
        f"{FOLDER}/test_page.py::TestPage::test_path[a::b]",
        f"{FOLDER}/test_page.py::test_title",
    ]
    assert [failure.nodeid for failure in report.failures] == [f"{FOLDER}/test_lost.py"]


SUITE = """
    import pytest

    class TestPage:
        @pytest.mark.parametrize("path", ["a::b", "[x]", "x]::[y"])
        def test_path(self, path):
            assert not path

    def test_title():
        raise KeyError("title")

    def test_passes():
        pass
"""
NAMES = (
    "TestPage::test_path[a::b]",
    "TestPage::test_path[[x]]",
    "TestPage::test_path[x]::[y]",
    "test_title",
    "test_passes",
)
FORMATS = {
    "pytest-json-report": ["--json-report", "--json-report-file=OUT"],
    "pytest-reportlog": ["--report-log=OUT"],
    "junit": ["--junit-xml=OUT"],
    "junit1": ["--junit-xml=OUT", "-o", "junit_family=xunit1"],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Reports of a suite below such a folder, written by pytest and its plugins."""
    top = tmp_path_factory.mktemp("brackets")
    (top / FOLDER).mkdir(parents=True)
    (top / FOLDER / "test_page.py").write_text(dedent(SUITE))
    for name, options in FORMATS.items():
        arguments = [option.replace("OUT", str(top / name)) for option in options]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, cwd=top, capture_output=True, text=True)
        assert done.returncode == 1, done.stdout + done.stderr
    return top


@pytest.mark.parametrize("name", FORMATS)
def test_reports_of_other_tools_keep_such_nodeids(written, name):
    report = load(written / name)
    file = f"{FOLDER}/test_page.py"
    assert [result.nodeid for result in report.results] == [f"{file}::{test}" for test in NAMES]
    assert {failure.file for failure in report.failures} == {file}
    findings = diagnose(report, Config(written)).findings
    assert sorted(len(finding.tests) for finding in findings) == [1, 3]


@pytest.mark.parametrize("name", FORMATS)
def test_what_gardener_writes_as_junit_reads_back(written, name, capsys):
    from gardener.cli import main

    assert main(["report", str(written / name), "--format", "json"]) == 0
    tests = {t for f in json.loads(capsys.readouterr().out)["findings"] for t in f["tests"]}
    own = written / f"own-{name}.xml"
    assert main(["report", str(written / name), "--format", "junit", "-o", str(own)]) == 0
    assert {failure.nodeid for failure in load(own).failures} == tests
