"""The events of recorded streams, and the facts that are read off them."""

import json

import pytest
from gardener.hooks.pytest_run.events import read
from gardener.hooks.pytest_run.tail import Tail

from gardener.errors import ReportError

SESSION = {"k": "session", "v": 1, "python": "3.12.1", "pytest": "8.4.0", "platform": "linux"}
FAILURE = {"type": "ValueError", "message": "no", "frames": [["app.py", 3, "f", "project", "x()"]]}
DIED = {"type": "KeyboardInterrupt", "message": "", "frames": []}


def lines(*events) -> bytes:
    return b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)


def phase(test, when, outcome="passed", **more):
    return {"k": "phase", "id": test, "when": when, "outcome": outcome, "d": 0.5, **more}


def start(test):
    return {"k": "start", "id": test}


@pytest.fixture
def facts(tmp_path):
    def read_streams(*events, **streams):
        for name, told in {"main-1": events, **streams}.items():
            (tmp_path / f"{name.replace('_', '-')}.jsonl").write_bytes(lines(*told))
        return read(tmp_path)

    return read_streams


@pytest.mark.parametrize(
    ("phases", "outcome"),
    [
        (["setup", "call", "teardown"], "passed"),
        (["setup", ("call", "failed"), "teardown"], "failed"),
        ([("setup", "failed"), "teardown"], "error"),
        (["setup", "call", ("teardown", "failed")], "error"),
        ([("setup", "skipped"), "teardown"], "skipped"),
        (["setup", ("call", "skipped", {"xfail": True}), "teardown"], "xfailed"),
        (["setup", ("call", "passed", {"xfail": True}), "teardown"], "xpassed"),
        (["setup", ("call", "failed", {"sub": True}), "call", "teardown"], "failed"),
        (["setup", ("call", "passed", {"sub": True}), "call", "teardown"], "passed"),
        (["setup", "call"], "unfinished"),
        ([], "unfinished"),
    ],
    ids=str,
)
def test_the_phases_of_a_test_are_one_outcome(facts, phases, outcome):
    events = []
    for one in phases:
        when, came, more = (*((one,) if isinstance(one, str) else one), "passed", {})[:3]
        more = more if isinstance(more, dict) else {}
        events.append(phase("t.py::test", when, came, **more))
    [result] = facts(SESSION, start("t.py::test"), *events).results
    assert (result.nodeid, result.outcome, result.attempt) == ("t.py::test", outcome, 1)
    if outcome == "passed" and len(phases) == 3:
        assert result.duration == 1.5


def test_the_teardown_between_two_attempts_is_no_attempt(facts):
    """Newer versions of pytest-rerunfailures tell of it: a test that always fails is not flaky."""
    again = (
        phase("t", "call", "rerun", failure=FAILURE),
        phase("t", "teardown", between=True),
    )
    run = facts(
        *(SESSION, start("t"), *again, *again),
        *(phase("t", "call", "failed", failure=FAILURE), phase("t", "teardown")),
    )
    assert [(r.outcome, r.attempt) for r in run.results] == [("failed", n) for n in (1, 2, 3)]


def test_a_rerun_is_another_attempt(facts):
    told = facts(
        start("t"),
        phase("t", "setup"),
        phase("t", "call", "rerun", failure=FAILURE),
        start("t"),
        {"k": "passed", "id": "t", "d": 0.25},
    )
    assert [(r.outcome, r.attempt) for r in told.results] == [("failed", 1), ("passed", 2)]
    [failure] = told.failures
    assert (failure.attempt, failure.phase, failure.duration) == (1, "call", 0.5)
    assert (failure.frames[0].file, failure.frames[0].line) == ("app.py", 3)


def test_a_test_that_starts_twice_without_an_end_has_two_attempts(facts):
    told = facts(start("t"), phase("t", "setup"), start("t"), {"k": "passed", "id": "t", "d": 0})
    assert [(r.outcome, r.attempt) for r in told.results] == [("unfinished", 1), ("passed", 2)]


def test_the_count_of_failed_subtests_is_no_failure_of_its_own(facts):
    count = {**FAILURE, "message": "contains 1 failed subtest"}
    told = facts(
        start("t"),
        phase("t", "call", "failed", sub=True, failure=FAILURE),
        phase("t", "call", "failed", failure=count),
        phase("t", "teardown"),
    )
    assert [failure.message for failure in told.failures] == ["no"]


def test_a_file_that_each_worker_cannot_collect_fails_once(facts):
    collect = {"k": "collect", "id": "test_a.py", "failure": FAILURE}
    told = facts(gw0_1=[collect], gw1_2=[collect])
    assert [(f.nodeid, f.phase) for f in told.failures] == [("test_a.py", "collect")]


def test_warnings_of_collection_are_not_counted_once_a_worker(facts):
    def warning(when, count):
        return {
            "k": "warning",
            "category": "W",
            "message": "m",
            "file": "a.py",
            "line": 1,
            "when": when,
            "n": count,
        }

    told = facts(
        gw0_1=[warning("collect", 2), warning("runtest", 2), warning("runtest", 1)],
        gw1_2=[warning("collect", 3), warning("runtest", 4)],
    )
    assert {w.when: w.count for w in told.warnings} == {"collect": 3, "runtest": 7}


def test_counts_and_the_exit_status_come_from_the_main_process(facts):
    told = facts(
        SESSION,
        {"k": "collected", "n": 7},
        {"k": "deselected", "n": 2},
        {"k": "deselected", "n": 1},
        {"k": "finish", "status": 1},
        gw0_1=[
            {"k": "collected", "n": 7},
            {"k": "deselected", "n": 3},
            {"k": "finish", "status": 5},
        ],
    )
    assert (told.collected, told.deselected, told.status, told.began) == (7, 3, 1, True)
    assert (told.environment.python, told.environment.pytest) == ("3.12.1", "8.4.0")


@pytest.mark.parametrize(
    ("end", "type_", "message"),
    [
        ([], "", ""),
        ([{"k": "crash", "id": "t", "text": "worker 'gw0' crashed"}], "", "worker 'gw0' crashed"),
        ([{"k": "interrupted", "failure": DIED}], "KeyboardInterrupt", ""),
        ([{"k": "internal", "text": "INTERNALERROR", "failure": FAILURE}], "ValueError", "no"),
    ],
)
def test_a_test_that_did_not_end_knows_what_stopped_it(facts, end, type_, message):
    told = facts(SESSION, start("done"), {"k": "passed", "id": "done", "d": 0}, start("t"), *end)
    [failure] = told.unfinished
    assert (failure.nodeid, failure.type, failure.message) == ("t", type_, message)
    assert not told.complete


@pytest.mark.parametrize(
    ("events", "complete"),
    [
        ([{"k": "collected", "n": 1}, {"k": "passed", "id": "t", "d": 0}], True),
        ([{"k": "collected", "n": 2}, {"k": "passed", "id": "t", "d": 0}], False),
        ([{"k": "collected", "n": 1}, start("t")], False),
    ],
)
def test_a_run_is_complete_when_all_collected_tests_ended(facts, events, complete):
    assert facts(SESSION, *events, {"k": "finish", "status": 0}).complete is complete
    assert not facts(SESSION, *events).complete, "it has no end"


def test_a_line_that_a_kill_cut_off_is_left_out(tmp_path):
    (tmp_path / "main-1.jsonl").write_bytes(lines(SESSION, start("t")) + b'{"k":"pas')
    assert [result.nodeid for result in read(tmp_path).results] == ["t"]


def test_a_damaged_line_is_named(tmp_path):
    (tmp_path / "main-1.jsonl").write_bytes(b'{"k":"pas\n' + lines(start("t")))
    with pytest.raises(ReportError, match=r"main-1\.jsonl, line 1, are damaged"):
        read(tmp_path)


def test_events_of_another_version_are_refused(facts):
    with pytest.raises(ReportError, match="of another version"):
        facts({**SESSION, "v": 2})


def test_an_event_of_a_kind_that_is_not_known_is_passed_over(facts):
    assert facts({"k": "something-new", "id": "t"}).results == ()


def test_a_tail_follows_a_stream_as_it_grows(tmp_path):
    (tmp_path / "stream-0").mkdir()
    stream = tmp_path / "stream-0/main-1.jsonl"
    tail = Tail(tmp_path)
    stream.write_bytes(lines(SESSION, {"k": "collected", "n": 3}, start("t1"))[:-1])
    tail.poll()
    assert (tail.total, tail.current) == (3, ""), "the last line is not whole yet"
    with stream.open("ab") as more:
        more.write(b"\n" + lines({"k": "passed", "id": "t1", "d": 0}, start("t2")))
        more.write(lines(phase("t2", "call", "failed"), phase("t2", "teardown")))
    tail.poll()
    assert (tail.done, tail.failed, tail.current) == (2, 1, "t2")
    tail.poll()
    assert (tail.done, tail.failed) == (2, 1)
