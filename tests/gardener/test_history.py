"""The history: written by several at once, refused when it cannot be trusted, never in the way."""

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

from gardener.reports import history
from gardener.reports.history import History, Row, RunState

NOW = "2026-01-02T03:04:05+00:00"
HERE = RunState("tree1", "", "py", "commit1", "main")


def add(store, *rows, where=HERE, purpose="run"):
    store.add(where, purpose, NOW, rows, complete=True)
    assert not store.trouble


def test_what_was_written_is_found_by_content(tmp_path):
    store = History(tmp_path)
    add(store, Row("t.py::a", ("failed",), 0.5, ("1:abc",)), Row("t.py::b", ("passed",)))
    add(store, Row("t.py::a", ("failed", "passed")))
    found = History(tmp_path).on_tree(HERE, ["t.py::a", "t.py::b", "t.py::c"])
    assert found == {
        "t.py::a": (
            Row("t.py::a", ("failed", "passed")),
            Row("t.py::a", ("failed",), 0.5, ("1:abc",)),
        ),
        "t.py::b": (Row("t.py::b", ("passed",)),),
    }


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        (HERE, True),
        (HERE._replace(untracked="now some"), True),  # a clean run holds beside any files
        (HERE._replace(tree="tree2"), False),
        (HERE._replace(tree=""), False),
        (HERE._replace(environment="other"), False),
    ],
)
def test_a_verdict_holds_for_its_content_and_interpreter_only(tmp_path, asked, known):
    store = History(tmp_path)
    add(store, Row("t.py::a", ("failed",)))
    assert bool(store.on_tree(asked, ["t.py::a"])) is known


def test_a_run_beside_untracked_files_holds_only_beside_the_same(tmp_path):
    store = History(tmp_path)
    add(store, Row("t.py::a", ("failed",)), where=HERE._replace(untracked="one"))
    assert store.on_tree(HERE._replace(untracked="one"), ["t.py::a"])
    assert not store.on_tree(HERE._replace(untracked="two"), ["t.py::a"])
    assert not store.on_tree(HERE, ["t.py::a"])


def test_other_trees_come_newest_first(tmp_path):
    store = History(tmp_path)
    for tree in ("old", "mid", "new", "old"):
        add(store, Row("t.py::a", ("failed",)), where=HERE._replace(tree=tree))
    assert store.trees(HERE, ["t.py::a"], 2) == ["old", "new"]
    assert store.trees(HERE, ["t.py::z"], 2) == []


def test_one_test_over_its_runs(tmp_path):
    store = History(tmp_path)
    add(store, Row("t.py::a", ("passed",)))
    add(store, Row("t.py::a", ("failed",), 1.0, ("1:f",)), where=HERE._replace(branch="topic"))
    add(store, Row("t.py::a", ("failed",)), purpose="carried")
    assert [(p.row.outcomes, p.state.branch) for p in store.of_test("t.py::a")] == [
        (("failed",), "topic"),
        (("passed",), "main"),
    ]
    assert store.nodeids() == ["t.py::a"]


def test_nothing_is_made_by_reading(tmp_path):
    store = History(tmp_path / "gardener")
    assert store.of_test("x") == [] and store.on_tree(HERE, ["x"]) == {} and not store.trouble
    assert not (tmp_path / "gardener").exists()


def test_hostile_nodeids_and_many_rows(tmp_path):
    store = History(tmp_path)
    odd = "t.py::a[\udc80 ' , \x00 é]"
    add(store, Row(odd, ("failed",), 0.0, ("1:a", "1:b")))
    add(store, *(Row(f"t.py::t{n}", ("passed",)) for n in range(40_000)))
    (row,) = store.on_tree(HERE, [odd]).popitem()[1]
    assert row.outcomes == ("failed",) and row.fingerprints == ("1:a", "1:b")
    assert len(store.on_tree(HERE, [f"t.py::t{n}" for n in range(40_000)])) == 40_000


def test_old_runs_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "RUNS_KEPT", 3)
    store = History(tmp_path)
    for n in range(8):
        add(store, Row("t.py::a", ("passed",)), where=HERE._replace(commit=str(n)))
    assert [p.state.commit for p in store.of_test("t.py::a")] == ["7", "6", "5"]


def _corrupt(path):
    path.write_bytes(b"this is no database" * 100)


def _newer(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("pragma user_version = 99")


def _cut(path):
    History(path.parent).add(
        HERE, "run", NOW, [Row(f"t{n}", ("passed",)) for n in range(5000)], complete=True
    )
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize("spoil", [_corrupt, _cut])
def test_a_damaged_store_is_made_anew_with_one_line(tmp_path, spoil):
    path = tmp_path / "history.sqlite"
    spoil(path)
    store = History(tmp_path)
    store.add(HERE, "run", NOW, [Row("t.py::a", ("passed",))], complete=True)
    assert store.trouble == f"The history {path} was damaged; it is made anew."
    again = History(tmp_path)
    assert list(again.on_tree(HERE, ["t.py::a"])) == ["t.py::a"]
    assert again.trouble == ""
    # Also where it is only read.
    spoil(path)
    reading = History(tmp_path)
    assert reading.on_tree(HERE, ["t.py::a"]) == {}
    assert "was damaged" in reading.trouble
    assert not path.exists()


@pytest.mark.parametrize("spoil", [_newer])
def test_a_store_of_a_newer_gardener_is_one_line_and_stays_as_it_is(tmp_path, spoil):
    path = tmp_path / "history.sqlite"
    spoil(path)
    before = path.read_bytes()
    store = History(tmp_path)
    store.add(HERE, "run", NOW, [Row("t.py::a", ("passed",))], complete=True)
    assert store.trouble.startswith(f"The history {path} is not used: ")
    assert "\n" not in store.trouble
    assert store.on_tree(HERE, ["t.py::a"]) == {}
    assert path.read_bytes() == before


def test_a_folder_in_its_place_is_one_line(tmp_path):
    (tmp_path / "history.sqlite").mkdir()
    store = History(tmp_path)
    store.add(HERE, "run", NOW, [Row("t.py::a", ("passed",))], complete=True)
    assert "is not used" in store.trouble


def test_a_locked_store_is_given_up_after_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "WAIT", 0.2)
    add(History(tmp_path), Row("t.py::a", ("passed",)))
    other = sqlite3.connect(tmp_path / "history.sqlite", isolation_level=None)
    other.execute("begin exclusive")
    store = History(tmp_path)
    store.add(HERE, "run", NOW, [Row("t.py::a", ("failed",))], complete=True)
    assert "another process" in store.trouble
    other.close()
    assert len(History(tmp_path).of_test("t.py::a")) == 1


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from gardener.reports.history import History, Row, RunState
    for n in range(8):
        store = History(Path(sys.argv[1]))
        rows = [Row(f"t.py::{i}", ("passed",)) for i in range(50)]
        store.add(RunState("tree"), "run", f"{sys.argv[2]}-{n}", rows, complete=True)
        assert not store.trouble, store.trouble
    """
)


def test_several_processes_write_at_once(tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name]) for name in "abcd"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    found = History(tmp_path).of_test("t.py::7", limit=1000)
    assert sorted(p.created for p in found) == sorted(f"{w}-{n}" for w in "abcd" for n in range(8))
