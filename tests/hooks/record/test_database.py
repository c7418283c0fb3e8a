"""The record on disk: what one version writes the next one reads."""

import json
import sqlite3
import sys
import sysconfig
import zlib
from array import array

import pytest
from gardener.hooks.pytest_run.traces import Collected, Executed
from gardener.hooks.record.database import (
    NewerError,
    connect,
    forget_runs,
    read,
    write,
)
from gardener.hooks.record.environment import Environment
from gardener.hooks.record.recording import FinishedRun, FinishedTest

SITE = sysconfig.get_path("purelib")
HERE = Environment(sys.executable, (SITE,), ("pytest-9.0",), {"pytest.ini": "[]"})
F, INNER = ("m.py", "f"), ("m.py", "f.<locals>.g")


def finished(nodeid="t.py::test_f[a::b]", passed=True, environment=HERE):
    return FinishedRun(
        snapshot={"m.py": "sha1", "data.txt": "sha2", "t.py": ""},
        modules={"m.py": frozenset({F})},
        collected=Collected(frozenset({"t.py"}), frozenset({F}), frozenset({"data.txt"})),
        environment=environment,
        tests={
            nodeid: FinishedTest(Executed(frozenset({F, INNER}), frozenset({"data.txt"})), passed)
        },
    )


def add(base, run):
    write(base, run, lambda _: [("sha1", b"source")])


def test_what_is_written_is_read_again(tmp_path):
    with connect(tmp_path / "deep" / "record.sqlite", create=True) as base:
        add(base, finished())
        recording = read(base, tmp_path)
    [run] = recording.runs.values()
    assert run.snapshot == {"m.py": "sha1", "t.py": ""}
    assert run.modules == {"m.py": {F}}
    assert run.environment == HERE
    assert run.data == {"data.txt": "sha2"}
    assert run.collected == Collected(frozenset({"t.py"}), frozenset({F}), frozenset({"data.txt"}))
    test = recording.tests["t.py::test_f[a::b]"]
    assert test.passed
    assert test.files == {"data.txt": "sha2"}
    assert {recording.symbols[F], recording.symbols[INNER]} == set(test.symbols)


def test_beside_the_newest_record_of_a_test_stays_the_last_with_which_it_passed(tmp_path):
    with connect(tmp_path / "record.sqlite", create=True) as base:
        for passed in (True, True, False, False):
            add(base, finished(passed=passed))
        recording = read(base, tmp_path)
        assert recording.runs.keys() == {2, 4}
        [(nodeid, test)] = recording.tests.items()
        assert (test.run, test.passed) == (4, False)
        assert (recording.last_passed[nodeid].run, recording.last_passed[nodeid].passed) == (
            2,
            True,
        )
        forget_runs(base, lambda environment: environment == HERE)
        assert read(base, tmp_path).tests == {}


def test_a_run_whose_interpreter_is_gone_is_left_out(tmp_path):
    with connect(tmp_path / "record.sqlite", create=True) as base:
        add(base, finished(environment=HERE._replace(python="/gone/python")))
        assert read(base, tmp_path).runs == {}


def test_the_record_as_it_is_laid_out(tmp_path):
    """Written here by hand, statement by statement."""

    def packed(jsonable):
        return zlib.compress(json.dumps(jsonable).encode(), 1)

    path = tmp_path / "record.sqlite"
    base = sqlite3.connect(path)
    base.executescript(
        "create table run (id integer primary key, snapshot blob, modules blob, collected blob,"
        " environment text, name text unique, created text, tip text);"
        "create table symbol (id integer primary key, file text, name text, unique (file, name));"
        "create table test (nodeid text, run integer, green integer, symbols blob, shared blob,"
        " files text, opaque text, seconds real, primary key (nodeid, run));"
        "create table content (sha text primary key, data blob);"
        "pragma user_version = 9;"
    )
    environment = json.dumps([sys.executable, [SITE], ["pytest-9.0"], {"pytest.ini": "[]"}, "", ""])
    collected = packed(
        [
            ["t.py"],
            [["m.py", "f"]],
            {"data.txt": "sha2"},
            [],
            {"m.py": {"t.csv": "sha3"}},
            True,
            ["c.xml"],
        ]
    )
    run = (1, packed({"m.py": "sha1"}), packed({"m.py": [["m.py", "f"]]}), collected, environment)
    base.execute("insert into run values (?, ?, ?, ?, ?, 'a1', '2026-11-29T12:00:00', 'c1')", run)
    base.execute("insert into symbol values (7, 'm.py', 'f'), (8, 'm.py', 'g')")
    symbols, shared = (zlib.compress(array("I", n).tobytes(), 1) for n in ([7, 8], [8]))
    row = ("t.py::test_f", 1, 1, symbols, shared, '{"data.txt": "sha2"}', "", 0.5)
    base.execute("insert into test values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    base.commit()
    base.close()
    with connect(path) as base:
        recording = read(base, tmp_path)
    assert recording.runs[1].environment == HERE
    assert recording.runs[1].collected.always == {F}
    assert recording.runs[1].read == {"m.py": {"t.csv": "sha3"}}
    assert recording.symbols == {F: 7, ("m.py", "g"): 8}
    assert recording.runs[1].collected.acquits("data.txt")
    assert not recording.runs[1].collected.acquits("c.xml")
    [test] = recording.tests.values()
    assert test[:5] == (1, True, array("I", [7, 8]), {"data.txt": "sha2"}, "")
    assert test.shared == array("I", [8])


def test_a_newer_record_is_refused_and_an_older_one_made_anew(tmp_path):
    path = tmp_path / "record.sqlite"
    for version in (8, 10):
        base = sqlite3.connect(path)
        base.execute(f"pragma user_version = {version}")
        base.commit()
        base.close()
        if version == 10:
            with pytest.raises(NewerError), connect(path, create=True):
                pass
        else:
            with connect(path) as base:
                assert read(base, tmp_path).tests == {}
            with connect(path, create=True) as base:
                add(base, finished())
                assert read(base, tmp_path).tests


def test_nothing_of_a_run_is_written_where_a_part_of_it_cannot_be(tmp_path):
    def fail(_):
        raise OSError("no more room")

    with connect(tmp_path / "record.sqlite", create=True) as base:
        with pytest.raises(OSError, match="no more room"):
            write(base, finished(), fail)
        assert read(base, tmp_path).runs == {}
