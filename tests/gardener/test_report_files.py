"""Reports on disk: good ones survive a round trip, bad ones get one sentence."""

import json
import os
import stat

import msgspec
import pytest

from gardener.cli import main
from gardener.errors import ReportError
from gardener.model import Failure, Phase, Report, Result, WarningCount
from gardener.reports.merging import merge
from gardener.reports.store import load, parse, save

GOOD = Report(created="2026-01-02T03:04:05+00:00", results=(Result("t.py::a", "passed"),))


def encoded(**changes):
    return {**json.loads(msgspec.json.encode(GOOD)), **changes}


BAD = [
    (b"", "is empty"),
    (b"  \n\t", "is empty"),
    (msgspec.json.encode(GOOD)[:-20], "cut off"),
    (b"hello", "not JSON"),
    (b"\x00\x01\x02\xff", "not JSON"),
    (bytes(range(256)) * 10, "not JSON"),
    (b"\x1f\x8b\x08\x00abc", "compressed"),
    (b"[]", "not an object"),
    (b"17", "not an object"),
    (b"NaN", "not JSON"),
    (b'{"schema": NaN}', "not JSON"),
    (b'{"a": 1}', "not a report that gardener knows"),
    (b'{"schema": "1", "created": ""}', "not a report that gardener knows"),
    (b'{"schema": true, "created": ""}', "not a report that gardener knows"),
    (json.dumps(encoded(schema=99)).encode(), "upgrade gardener"),
    (json.dumps(encoded(schema=0)).encode(), "schema 0"),
    (json.dumps(encoded(results=3)).encode(), "not a valid report"),
    (json.dumps(encoded(results=[{"nodeid": "a", "outcome": "great"}])).encode(), "not a valid"),
    (b'{"schema": 1, "schema": 2, "created": ""}', "upgrade gardener"),
    (b"[" * 100_000, "not JSON"),
    (b'{"schema":' * 100_000, "not JSON"),
    (b'{"summary": {}, "tests": [{"nodeid": "a"}]}', "no outcome"),
    (b'{"summary": {}, "tests": [{"nodeid": "a", "outcome": "odd"}]}', "no outcome 'odd'"),
    (b"<testsuite>", "cut off"),
    (b"<html></html>", "no JUnit report"),
    (b"<html></html>", "it is an HTML page; gardener reads"),
    (b"<coverage version='7'/>", "it is a coverage report (Cobertura)"),
    (b"<ns:robot xmlns:ns='x'/>", "it is Robot Framework's output.xml"),
    (b"<plan/>", "XML of a kind that gardener does not know, which starts with <plan>"),
    (b'{"Action":"run","Package":"a"}\n{"Action":"fail","Package":"a"}\n', "`go test -json`"),
    (b'{"a":1}\n{"b":2}\n', "JSON lines, but not those of pytest-reportlog: they are of a kind"),
    (b'{"numFailedTests":1,"testResults":[]}', "it is Jest's JSON"),
    (b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite>&a;</testsuite>', "DTD"),
    (b'<?xml version="1.0" encoding="nonsense"?><testsuite/>', "XML"),
]


@pytest.mark.parametrize(
    ("data", "said"), BAD, ids=[said + str(n) for n, (_, said) in enumerate(BAD)]
)
def test_a_bad_report_is_one_sentence_and_exit_2(tmp_path, capsys, data, said):
    path = tmp_path / "r.json"
    path.write_bytes(data)
    assert main(["report", str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert len(err) < 400


@pytest.mark.parametrize("where", ["missing.json", "."])
def test_a_path_that_is_no_file_is_one_sentence(tmp_path, capsys, where):
    assert main(["report", str(tmp_path / where)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_report_survives_the_disk(tmp_path):
    report = Report(
        created="2026-01-02T03:04:05+00:00",
        results=(Result("t.py::a", "failed", 0.5),),
        failures=(Failure(nodeid="t.py::a", phase=Phase.CALL, type="E", message="é\u2028\x00"),),
        changed_files=("a.py",),
    )
    path = tmp_path / "deep" / "er" / "r.json"
    save(report, path)
    assert load(path) == report
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert os.listdir(path.parent) == ["r.json"]


def test_a_report_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        save(GOOD, tmp_path / "file" / "r.json")


@pytest.mark.parametrize(
    ("escape", "read"),
    [
        (r"\ud800", "�"),
        (r"\udc00", "�"),
        (r"\ud83d\ude00", "😀"),
        (r"\\ud800", r"\ud800"),
        (r"\ud800\ud83d\ude00", "�😀"),
        (r"\ud83d\ude00\ude00", "😀�"),
    ],
)
def test_lone_surrogates_are_read_and_written(tmp_path, escape, read):
    text = json.dumps(encoded(branch="BRANCH")).replace("BRANCH", escape)
    assert parse(text.encode(), "r").branch == read
    save(msgspec.structs.replace(GOOD, branch="a\ud800b"), tmp_path / "r")
    assert load(tmp_path / "r").branch == "a?b"


def one(nodeid, outcome, *, shard="", attempt=1, commit="c", failures=()):
    return Report(
        created=f"2026-01-0{attempt}",
        commit=commit,
        shard=shard,
        attempt=attempt,
        exit_status=0 if outcome == "passed" else 1,
        results=(Result(nodeid, outcome, 1.0),),
        failures=failures,
        warnings=(WarningCount("W", "m", "f.py", 1, 2),),
    )


def test_shards_are_joined():
    merged = merge([one("a", "passed", shard="1"), one("b", "failed", shard="2")])
    assert [(r.nodeid, r.outcome) for r in merged.results] == [("a", "passed"), ("b", "failed")]
    assert merged.exit_status == 1
    assert merged.warnings == (WarningCount("W", "m", "f.py", 1, 4),)


def test_a_later_attempt_wins_and_the_earlier_one_is_remembered(tmp_path, capsys):
    wrong = Failure(nodeid="a", phase=Phase.CALL, type="ValueError", message="no")
    paths = []
    for n, report in enumerate(
        [one("a", "passed", attempt=2), one("a", "failed", attempt=1, failures=(wrong,))]
    ):
        paths.append(str(tmp_path / f"{n}.json"))
        save(report, tmp_path / f"{n}.json")
    out = tmp_path / "merged.json"
    assert main(["merge", *paths, "-o", str(out)]) == 0
    merged = load(out)
    assert merged.exit_status == 0
    assert [(r.outcome, r.attempt) for r in merged.results] == [("failed", 1), ("passed", 2)]
    capsys.readouterr()
    assert main(["report", str(out), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"]["outcomes"] == {"passed": 1}
    assert [f["status"] for f in document["findings"]] == ["flaky"]


def test_merging_twice_changes_nothing():
    reports = [one("a", "failed", attempt=1), one("a", "passed", attempt=2)]
    merged = merge(reports)
    again = merge([merged])
    assert again == merged
    assert merge([*reports[:1], *reports[1:]]) == merged


def test_runs_of_different_commits_are_not_merged():
    with pytest.raises(ReportError, match="different commits"):
        merge([one("a", "passed", commit="1"), one("a", "passed", commit="2")])
