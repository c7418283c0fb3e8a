"""The JUnit XML that gardener writes: valid, well-formed, and read back as what it was."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from msgspec.structs import replace

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.outcomes import final_results
from gardener.model import Failure, Outcome, Output, Phase, Report, Result
from gardener.render import junit
from gardener.reports.merging import merge
from gardener.reports.store import load, parse

# What pytest's own schema of JUnit XML ("xunit2") allows: the attributes of each element, those
# that it must have (`!`), and the elements in it. Its text for `time` is TIME.
SCHEMA = {
    "testsuites": ("name time tests failures errors", "testsuite"),
    "testsuite": (
        "name! tests! failures! errors! group time skipped timestamp hostname id package file log url version",
        "testsuite properties testcase system-out system-err",
    ),
    "testcase": ("name! time classname group", "skipped error failure system-out system-err"),
    "failure": ("type message", ""),
    "error": ("type message", ""),
    "skipped": ("type message", ""),
    "system-out": ("", ""),
    "system-err": ("", ""),
}
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")


def assert_valid(element):
    attributes, children = SCHEMA[element.tag]
    allowed = {name.rstrip("!") for name in attributes.split()}
    required = {name.rstrip("!") for name in attributes.split() if name.endswith("!")}
    assert required <= set(element.keys()) <= allowed
    assert TIME.fullmatch(element.get("time", ""))
    for child in element:
        assert child.tag in children.split()
        assert_valid(child)


def written(report):
    return junit.render(report, diagnose(report, Config(Path())))


OUTCOMES: tuple[Outcome, ...] = (
    "passed",
    "failed",
    "error",
    "skipped",
    "xfailed",
    "xpassed",
    "unfinished",
)


def report_of(text="x"):
    nodeids = [f"tests/test_{n}.py::Test{text}::test_{text}[{text}]" for n in range(len(OUTCOMES))]
    return Report(
        created=text,
        cell=text,
        results=tuple(
            Result(n, outcome, 1234.5) for n, outcome in zip(nodeids, OUTCOMES, strict=True)
        ),
        failures=tuple(
            Failure(
                nodeid=n,
                phase=Phase.CALL,
                type=text,
                message=text,
                output=tuple(Output(f"{kind} call", text) for kind in ("stdout", "stderr", "log")),
            )
            for n, outcome in zip(nodeids, OUTCOMES, strict=True)
            if outcome in ("failed", "error")
        ),
    )


def test_it_is_valid():
    assert_valid(fromstring(written(report_of())))
    assert_valid(fromstring(written(Report(created=""))))


@pytest.mark.parametrize("start", range(0, 0x11000, 0x1000))
def test_it_is_well_formed_for_any_text(start):
    text = "".join(map(chr, range(start, start + 0x1000)))
    for part in (text, "]]>", "\x1b]8;;x\x07", "\ud800", "\U0001fffe", "&#0;"):
        xml = written(report_of(part))
        top = fromstring(xml.encode("utf-8"))
        assert_valid(top)
        assert len(list(top.iter("testcase"))) == len(OUTCOMES)


def test_cells_come_back_as_cells():
    red = Report(
        created="",
        cell="b",
        results=(Result("tests/t.py::test_it", "failed"),),
        failures=(Failure(nodeid="tests/t.py::test_it", phase=Phase.CALL, type="E", message="m"),),
    )
    green = Report(created="", cell="a", results=(Result("tests/t.py::test_it", "passed"),))
    merged = merge([green, red])
    assert final_results(parse(written(merged).encode(), "x.xml")) == final_results(merged)


@pytest.mark.parametrize(
    "nodeid", ["tests/lower.py::klass::test_x", "a/Upper/t.py::test_x[a.b::c]"]
)
def test_the_file_of_a_test_is_kept(nodeid):
    report = Report(created="", results=(Result(nodeid, "passed"),))
    [result] = parse(written(report).encode(), "x.xml").results
    assert result.nodeid == nodeid


@pytest.mark.slow
def test_pytests_own_xml_is_allowed_by_the_table(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_a(): assert 0\n\ndef test_b(): pytest.skip('no')\n\ndef test_c(x): ...\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--junitxml=x.xml"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert_valid(fromstring((tmp_path / "x.xml").read_text()))
    assert len(load(tmp_path / "x.xml").results) == 3


def test_a_negative_or_endless_duration_is_valid():
    for seconds in (-1.0, float("nan"), float("inf")):
        report = report_of()
        results = tuple(replace(result, duration=seconds) for result in report.results)
        assert_valid(fromstring(written(replace(report, results=results))))


def test_what_was_captured_is_written_and_read_back():
    report = report_of()
    noisy = replace(report.failures[0], output=(
        Output("stdout call", "out\n"), Output("stderr call", "err " * 20_000), Output("log call", "log"),
    ))  # fmt: skip
    xml = written(replace(report, failures=(noisy,)))
    (case,) = [c for c in fromstring(xml).iter("testcase") if c.find("system-out") is not None]
    assert [child.tag for child in case] == ["failure", "system-out", "system-err"]
    out = case.findtext("system-out") or ""
    assert out.split("\n") == [
        "--- Captured stdout call ---",
        "out",
        "",
        "--- Captured log call ---",
        "log",
    ]
    assert len(case.findtext("system-err") or "") < junit.MOST_OUTPUT + 200
    (again,) = [f for f in parse(xml.encode(), "x.xml").failures if f.output]
    assert "out" in again.output[0].text
