"""Failures and repositories as bad as they come: a true answer or one sentence, never a traceback."""

import json
import re
import subprocess
import sys

import pytest

from gardener.cli import main
from gardener.reports.store import load

HOSTILE = r"""
import pytest

def test_million(): raise ValueError("x" * 1_000_000)
def test_million_lines(): raise ValueError("line\n" * 200_000)
def test_million_compared(): assert "a" * 1_000_000 == "b" * 1_000_000
def test_nul(): raise ValueError("a\0b")
def test_surrogate(): raise ValueError("a\ud800b\udc80")
def test_surrogate_compared(): assert "\ud800" == "b"
def test_ansi(): raise ValueError("\x1b[31mred\x1b]8;;http://x\x07link\x9b31m \u202e <b>|`")
def test_ends_of_lines(): raise ValueError("one\rtwo\r\nthree\u2028four\u0085five")

def test_cyclic_cause():
    a, b = ValueError("a"), KeyError("b")
    a.__cause__, b.__cause__ = b, a
    raise a

def test_own_cause():
    a = ValueError("own")
    a.__cause__ = a
    raise a

def test_cyclic_context():
    a, b = OSError("c"), KeyError("d")
    a.__context__, b.__context__ = b, a
    raise a

def test_long_chain():
    end = ValueError("0")
    for n in range(900):
        outer = ValueError(str(n))
        outer.__cause__ = end
        end = outer
    raise end

class Evil(Exception):
    def __str__(self): raise RuntimeError("no str")
    __repr__ = __str__

class Leaving(Exception):
    def __str__(self): raise SystemExit(3)

class NoText(Exception):
    def __str__(self): return 3

class Named(Exception): pass
Named.__name__, Named.__module__ = "Bad\x1b[31mName", 3

@pytest.mark.parametrize("type_", [Evil, Leaving, NoText, Named])
def test_odd_type(type_): raise type_("x")

class Silent:
    def __repr__(self): raise ValueError("no repr")
    def __eq__(self, other): return False

def test_no_repr(): assert Silent() == Silent()

@pytest.mark.parametrize("n", range(400))
def test_many(n): assert n == -1

@pytest.mark.parametrize("s", ["\0", "\ud800", "\x1b[31m", "a" * 5000, "a::b", "x]y", "\n", " ", "|`<b>"])
def test_named(s): assert s == 3
"""
GROUPS = r"""
def test_deep_group():
    group = ValueError("0")
    for n in range(100):
        group = ExceptionGroup("g" * 100, [group, KeyError("k")])
    raise group

def test_wide_group():
    raise ExceptionGroup("g", [ValueError(str(n)) for n in range(5000)])
"""
FILES = {
    "tests/test_hostile.py": HOSTILE + (GROUPS if sys.version_info >= (3, 11) else ""),
    "pytest.ini": "[pytest]\n",
    ".gitignore": "__pycache__\n.pytest_cache\n",
}
TESTS = 426 + 2 * (sys.version_info >= (3, 11))


@pytest.fixture
def hostile(repository):
    repository.commit(FILES)
    repository.stage({"notes.py": "x = 1\n"})
    return repository


@pytest.mark.slow
def test_every_command_on_hostile_failures(hostile, tmp_path, monkeypatch, capsys):
    report = str(tmp_path / "report.json")
    ran = hostile.run("--all", "--verify-base", "--worklog")
    assert ran.code == 0, "all of it is on the base too"
    assert (set(ran.status.values()), len(ran.status)) == ({"pre-existing"}, TESTS)
    capsys.readouterr()
    monkeypatch.setenv("GITHUB_REPOSITORY", "o/r")
    commands = [["report", report, "--format", name] for name in FORMATS]
    commands += [[name, report, "--dry-run"] for name in ("comment", "issues")]
    commands += [["history", "tests/test_hostile.py::test_ansi"], ["categories", "timeout"]]
    commands += [["merge", report, report, "-o", str(tmp_path / "merged.json")]]
    commands += [["bisect", test, report] for test in ran.status if "Evil" in test]
    for command in commands:
        assert main(command) == 0, (command, capsys.readouterr().err)
        out, err = capsys.readouterr()
        assert "json" in command or not re.search("[\x00\x1b\x9b\u202e\ud800]", out + err)
        assert "Traceback" not in err
        out.encode()
    again = load(tmp_path / "merged.json")
    assert len({one.nodeid for one in again.failures}) == TESTS
    (log,) = (hostile.root / "FAILING-TEST/gardener").iterdir()
    assert f"| Failing tests | {TESTS} |" in log.read_text()


FORMATS = ("text", "worklog", "markdown", "html", "json", "junit", "sarif", "gitlab-codequality")


def test_what_is_one_is_one(hostile, capsys):
    """400 variants of one test are one finding, and each message is cut where it is shown."""
    hostile.run("--all")
    capsys.readouterr()
    assert main(["report", str(hostile.root.parent / "report.json"), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    by_size = sorted((len(one["tests"]) for one in found), reverse=True)
    assert by_size[:2] == [400, 9]
    assert max(len(one["title"]) for one in found) <= 200
    (evil,) = (one for one in found if any("Evil" in test for test in one["tests"]))
    assert "str() of Evil raised RuntimeError" in evil["error"]


BARE = (["run", "--all"], ["impacted", "--staged"], ["bisect", "a.py::b"], ["history", "a.py::b"])


@pytest.mark.parametrize("args", BARE, ids=" ".join)
def test_a_bare_repository(hostile, tmp_path, monkeypatch, capsys, args):
    subprocess.run(["git", "clone", "-q", "--bare", hostile.root, tmp_path / "bare"], check=True)
    monkeypatch.chdir(tmp_path / "bare")
    assert main(args) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("is a bare repository: it has no files; use a clone of it.")


@pytest.fixture
def broken(repository):
    """Three commits; the last breaks a test that the others pass."""
    test = "from app import f\n\ndef test_f():\n    assert f() == 1\n"
    repository.commit({"test_app.py": test, "app.py": "def f():\n    return 1\n"})
    repository.commit({"notes.txt": "1"})
    repository.commit({"app.py": "def f():\n    return 2\n"})
    return repository


def test_a_shallow_clone(broken, tmp_path, monkeypatch, capsys):
    url = f"file://{broken.root}"
    subprocess.run(["git", "clone", "-q", "--depth", "1", url, tmp_path / "clone"], check=True)
    broken.root = tmp_path / "clone"
    monkeypatch.chdir(broken.root)
    ran = broken.run("--since", "HEAD~1", "--verify-base")
    assert (ran.code, ran.status) == (1, {"test_app.py::test_f": "unknown"})
    assert "in this shallow clone" in ran.why["test_app.py::test_f"]
    capsys.readouterr()
    assert main(["bisect", "test_app.py::test_f", "--python", sys.executable]) == 1
    assert "this shallow clone ends there; fetch more of its history" in capsys.readouterr().out


@pytest.mark.parametrize("graph", [False, True])
def test_a_commit_that_is_missing(broken, capsys, graph):
    lost = broken.git("rev-parse", "HEAD~1")
    if graph:  # git lists the commits that this knows without reading them
        broken.git("commit-graph", "write", "--reachable")
    (broken.root / ".git/objects" / lost[:2] / lost[2:]).unlink()
    ran = broken.run("--all", "--verify-base")
    assert (ran.code, ran.status) == (1, {"test_app.py::test_f": "unknown"})
    assert ran.why["test_app.py::test_f"] == f"The commit {lost[:12]} is missing."
    capsys.readouterr()
    assert main(["bisect", "test_app.py::test_f", "--python", sys.executable, "-q"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("is missing in this repository; fetch its history.")


def test_another_root(broken):
    """A branch that shares no commit with this one is no base."""
    broken.git("checkout", "-q", "--orphan", "other")
    broken.commit({"app.py": "def f():\n    return 1\n"})
    broken.git("checkout", "-q", "main")
    ran = broken.run("--since", "other", "--verify-base")
    assert (ran.code, ran.status) == (1, {"test_app.py::test_f": "unknown"})
    assert "no common ancestor" in ran.why["test_app.py::test_f"]
