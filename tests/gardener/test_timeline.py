"""The command `history` on real repositories."""

import subprocess

import pytest

from gardener.cli import main
from gardener.reports.history import History, Row, RunState

NOW = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def store(tmp_path, monkeypatch):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    return History(tmp_path / ".git" / "gardener")


def test_the_newest_run_comes_first_with_all_that_is_known(store, capsys):
    where = RunState("tree", "", "py", "abcdef1234567", "topic")
    store.add(where, "run", NOW, [Row("t.py::a", ("passed",), 0.5)], complete=True)
    row = Row("t.py::a", ("failed", "passed"), 1.25, ("1:f00",))
    store.add(where, "base", NOW, [row], complete=True)
    assert main(["history", "t.py::a"]) == 0
    new, old = capsys.readouterr().out.splitlines()
    # `*`: the commit is not in this repository, so its files are not known to be the same.
    assert new.split() == [
        *("2026-01-02", "03:04:05", "abcdef1234*", "base", "failed,", "passed", "1.25", "s"),
        *("1:f00", "(topic)"),
    ]
    assert "passed" in old and "failed" not in old
    assert main(["history", "t.py::a", "-n", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("t.py", "did you mean 't.py::abc'"),
        ("t.py::abd", "did you mean 't.py::abc'"),
        ("z", "no run"),
    ],
)
def test_a_test_that_was_never_seen_is_one_sentence(store, capsys, asked, said):
    store.add(RunState("tree"), "run", NOW, [Row("t.py::abc", ("passed",))], complete=True)
    assert main(["history", asked]) == 2
    assert said in capsys.readouterr().err


def test_no_history_and_a_spoiled_one(store, capsys):
    assert main(["history", "x"]) == 2
    assert "no history yet" in capsys.readouterr().err
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"junk" * 1000)
    assert main(["history", "x"]) == 2
    assert "was damaged; it is made anew" in capsys.readouterr().err
