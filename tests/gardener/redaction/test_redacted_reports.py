"""A report without its secrets: nothing of them in any format, and every cause still known."""

import json

import msgspec
import pytest
from click.testing import CliRunner

from gardener.commands.report import FORMATS, merge, report
from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.diagnosis.fingerprint import evidence_of
from gardener.model import Cause, Failure, Frame, Phase, PriorResult, Report, Result
from gardener.nodeid import NodeId
from gardener.reports import store
from gardener.reports.redacting import redacted

SECRET = "hunter2" + "hunter2"
MESSAGE = f"cannot connect to 'postgresql://app:{SECRET}@db/x'"


def failing(message: str = MESSAGE, nodeid: str = "tests/test_a.py::test_b") -> Failure:
    frame = Frame("tests/test_a.py", 3, "test_b", "test", f"connect(password='{SECRET}')")
    cause = Cause(type="OSError", message=message, frames=(frame,), link="cause")
    facts = {"name": message}
    return Failure(
        nodeid=nodeid,
        phase=Phase.CALL,
        type="AssertionError",
        message=message,
        frames=(frame,),
        causes=(cause,),
        facts=facts,
    )


def a_report(*failures: Failure, **fields) -> Report:
    results = tuple(Result(f.nodeid, "failed") for f in failures)
    return Report(
        created="2026-01-01", results=results, failures=failures, commit="a" * 40, **fields
    )


def raw_file(path, run: Report):
    """A report as the version before wrote it: with its secrets, and without `known_as`."""
    document = json.loads(store.encode(run))
    for failure in document["failures"]:
        del failure["known_as"]
    path.write_text(json.dumps(document))
    return path


def test_no_field_of_a_report_keeps_a_secret(tmp_path):
    run = a_report(
        failing(),
        internal_error=MESSAGE,
        command=("pytest", f"--password={SECRET}"),
        branch=MESSAGE,
    )
    store.save(run, tmp_path / "report.json")
    assert SECRET not in (tmp_path / "report.json").read_text()
    assert SECRET not in str(store.load(raw_file(tmp_path / "old.json", run)))


@pytest.mark.parametrize("shape", FORMATS)
def test_no_format_shows_a_secret(shape, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = raw_file(tmp_path / "old.json", a_report(failing()))
    shown = CliRunner().invoke(report, [str(file), "--format", shape], standalone_mode=False)
    assert shown.exception is None
    assert "redacted" in shown.output
    assert SECRET not in shown.output


def test_foreign_reports_and_merged_ones_show_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "junit.xml").write_text(
        '<testsuites><testsuite name="pytest" tests="1" failures="1"><testcase classname="tests.test_a"'
        f' name="test_b"><failure message="{MESSAGE}">E   OSError: {MESSAGE}</failure>'
        "</testcase></testsuite></testsuites>"
    )
    done = CliRunner().invoke(merge, ["junit.xml", "-o", "all.json"], standalone_mode=False)
    assert done.exception is None
    assert "[redacted]" in (tmp_path / "all.json").read_text()
    assert SECRET not in (tmp_path / "all.json").read_text()


def test_a_cause_is_known_by_the_fingerprint_of_before(tmp_path):
    before = failing()
    former = evidence_of(before).fingerprint
    loaded = store.load(raw_file(tmp_path / "old.json", a_report(before)))
    (finding,) = diagnose(loaded, Config(root=tmp_path)).findings
    assert finding.fingerprint != former
    assert former in finding.aliases
    store.save(loaded, tmp_path / "new.json")
    (again,) = diagnose(store.load(tmp_path / "new.json"), Config(root=tmp_path)).findings
    assert (again.fingerprint, again.aliases) == (finding.fingerprint, finding.aliases)


def test_what_an_earlier_version_proved_on_the_base_still_counts(tmp_path):
    before = failing()
    former = evidence_of(before).fingerprint
    prior = PriorResult(before.nodeid, ("failed",), (former,))
    run = redacted(a_report(before, base="b" * 40, compared="b" * 40, before=(prior,)))
    (finding,) = diagnose(run, Config(root=tmp_path)).findings
    assert finding.status == "pre-existing"


def test_a_report_without_a_secret_is_the_very_same():
    run = a_report(failing("assert 1 == 2"))
    plain = a_report(Failure(nodeid="t.py::t", phase=Phase.CALL, type="E", message="assert 1 == 2"))
    assert redacted(plain) is plain
    assert redacted(run).failures[0].nodeid == run.failures[0].nodeid


def test_tests_that_differ_in_a_secret_only_stay_several():
    """Else a suite seems not to have run whole, and one of them that fails hides that another passed."""
    tokens = [f"postgresql://app:{SECRET}{letter}@db/x" for letter in "abc"]
    nodeids = [f"tests/test_a.py::test_b[{token}]" for token in tokens]
    run = a_report(failing("bad", nodeids[1]), collected=3)
    results = [Result(nodeid, "passed" if n != 1 else "failed") for n, nodeid in enumerate(nodeids)]
    masked = redacted(msgspec.structs.replace(run, results=tuple(results)))
    names = [result.nodeid for result in masked.results]
    assert len(set(names)) == 3 and SECRET not in str(masked)
    assert [failure.nodeid for failure in masked.failures] == [names[1]]
    assert {NodeId.parse(name).without_parameters for name in names} == {
        NodeId.parse("tests/test_a.py::test_b")
    }
    assert redacted(masked) is masked


@pytest.mark.parametrize(
    ("at", "source"),
    [
        ("['db']['password']", "assert settings == loaded"),
        (".api_token", "assert client == other"),
        ("", "assert user.password == stored"),
        ("", 'self.assertEqual(config["api_token"], other())'),
        ("", "assert stored == get_secret('name')"),
        ("['users'][0].secret.text", "assert a == b"),
    ],
)
def test_a_value_that_differs_is_masked_by_the_names_that_lead_to_it(at, source):
    facts = {"differs_at": at, "differs_left": f"'{SECRET}'", "differs_right": "'9f8e7d6c5b4a3210'"}
    frame = Frame("tests/test_a.py", 3, "test_b", "test", source)
    message = f"assert '{SECRET}' == '9f8e7d6c5b4a3210'"
    failure = msgspec.structs.replace(failing(message), frames=(frame,), facts=facts)
    masked = redacted(a_report(failure)).failures[0]
    assert masked.message == "assert '[redacted]' == '[redacted]'"
    both = {"differs_left": "'[redacted]'", "differs_right": "'[redacted]'"}
    assert masked.facts == {**facts, **both}


@pytest.mark.parametrize(
    ("at", "source"),
    [
        ("['users'][0].name", "assert user.password == stored"),
        ("", "assert login(password='x') == stored[0]"),
        ("", "assert user.password =="),
    ],
)
def test_a_value_that_differs_stays_where_no_name_tells_a_secret(at, source):
    facts = {"differs_at": at, "differs_left": "'hunter'", "differs_right": "'h'"}
    frame = Frame("tests/test_a.py", 3, "test_b", "test", source)
    failure = msgspec.structs.replace(failing("assert False"), frames=(frame,), facts=facts)
    assert redacted(a_report(failure)).failures[0].facts == facts


def test_a_failure_whose_message_is_masked_by_a_name_is_known_as_before():
    frame = Frame("tests/test_a.py", 3, "test_b", "test", "assert user.password == stored")
    facts = {"differs_left": "'correct-horse-9'", "differs_right": "'Tr0ub4dor and three'"}
    message = "assert 'correct-horse-9' == 'Tr0ub4dor and three'"
    failure = msgspec.structs.replace(failing(message), frames=(frame,), facts=facts, causes=())
    masked = redacted(a_report(failure)).failures[0]
    assert "horse" not in masked.message
    of_both = {*evidence_of(masked).fingerprints, *masked.known_as}
    assert {*evidence_of(failure).fingerprints} <= of_both
