"""Each status on a real git repository, found out by running the failing tests on the base."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

APP = "def total(values):\n    return sum(values)\n\ndef name():\n    return 'app'\n"
HARMLESS_APP = APP.replace("return sum(values)", "found = sum(values)\n    return found")
OLD = "from app import total\n\ndef test_old():\n    assert total([1]) == 2\n"
GOOD = "from app import total\n\ndef test_good():\n    assert total([1, 2]) == 3\n"
BROKEN_APP = APP.replace("sum(values)", "sum(values) + 1 if values[1:] else sum(values)")

T_OLD, T_GOOD = "tests/test_old.py::test_old", "tests/test_good.py::test_good"


@pytest.fixture
def project(repository):
    """main holds one test that fails and one that passes."""
    repository.commit(
        {
            "app.py": APP,
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "tests/test_old.py": OLD,
            "tests/test_good.py": GOOD,
            ".gitignore": "__pycache__\n.pytest_cache\n",
        }
    )
    return repository


def test_staged_change_breaks_one_and_leaves_the_other(project):
    project.stage({"app.py": BROKEN_APP})
    ran = project.run("--staged", "--verify-base")
    assert ran.status == {T_GOOD: "regression", T_OLD: "pre-existing"}
    assert ran.code == 1
    assert ran.report.compared == project.git("rev-parse", "HEAD")
    assert len(project.worktrees()) == 1


def test_harmless_change_passes_and_says_what_was_there_before(project, capsys):
    project.stage({"app.py": HARMLESS_APP})
    ran = project.run("--staged", "--verify-base")
    assert (ran.code, ran.status) == (0, {T_OLD: "pre-existing"})
    assert "1 failure in 1 cause was there before" in capsys.readouterr().out


def test_nothing_of_the_user_is_touched(project):
    project.stage({"app.py": BROKEN_APP})
    project.write({"app.py": BROKEN_APP + "# not staged\n", "notes.txt": "mine"})
    before = (
        project.git("status", "--porcelain"),
        project.git("diff"),
        project.git("diff", "--cached"),
    )
    index = (project.root / ".git/index").read_bytes()
    project.run("--staged", "--verify-base")
    assert before == (
        project.git("status", "--porcelain"),
        project.git("diff"),
        project.git("diff", "--cached"),
    )
    assert project.git("write-tree")
    assert project.git("ls-files", "-s") and index


def test_branch_with_a_new_test_and_a_changed_one(project):
    project.git("checkout", "-qb", "topic")
    project.commit(
        {
            "tests/test_added.py": "def test_added():\n    assert 'a' == 'b'\n",
            "tests/test_good.py": GOOD + "\ndef test_more():\n    assert [1] == [2]\n",
        }
    )
    ran = project.run("--since", "main", "--verify-base")
    assert ran.status["tests/test_added.py::test_added"] == "new"
    assert ran.status["tests/test_good.py::test_more"] == "new"
    project.commit({"tests/test_good.py": GOOD.replace("== 3", "== 4")})
    ran = project.run("--since", "main", "--verify-base")
    assert ran.status[T_GOOD] == "active-dev"


def test_after_a_real_rebase_the_base_is_where_the_branch_now_starts(project):
    project.git("checkout", "-qb", "topic")
    project.commit({"app.py": HARMLESS_APP})
    project.git("checkout", "-q", "main")
    project.commit({"tests/test_good.py": GOOD.replace("== 3", "== 30")})
    project.git("checkout", "-q", "topic")
    project.git("rebase", "-q", "main")
    ran = project.run("--since", "main", "--verify-base")
    assert ran.status == {T_OLD: "pre-existing", T_GOOD: "pre-existing"}
    assert ran.code == 0


def test_without_a_rebase_what_happened_on_main_since_is_not_the_base(project):
    project.git("checkout", "-qb", "topic")
    project.commit({"app.py": BROKEN_APP, "notes.txt": "x"})
    project.git("checkout", "-q", "main")
    project.commit({"app.py": BROKEN_APP + "\n\nMAIN = 1\n"})
    project.git("checkout", "-q", "topic")
    ran = project.run("--since", "main", "--verify-base")
    assert ran.status == {T_OLD: "pre-existing", T_GOOD: "regression"}
    project.git("rebase", "-q", "-X", "ours", "main")
    ran = project.run("--all", "--verify-base")
    assert ran.status == {T_OLD: "pre-existing", T_GOOD: "pre-existing"}


def test_a_test_that_failed_before_for_another_cause_is_not_pre_existing(project):
    other = "return sum(values) if values[1:] else {}[values[0]]"
    project.stage({"app.py": APP.replace("return sum(values)", other)})
    ran = project.run("--staged", "--verify-base")
    assert (ran.code, ran.status) == (1, {T_OLD: "unknown"})
    assert "but for another cause" in ran.why[T_OLD]


def test_detached_head(project):
    project.commit({"app.py": BROKEN_APP})
    project.git("checkout", "-q", "--detach")
    ran = project.run("--since", "HEAD~1", "--verify-base")
    assert ran.status == {T_GOOD: "regression", T_OLD: "pre-existing"}


def test_on_main_without_changes_the_base_is_the_commit_before(project):
    project.commit({"app.py": BROKEN_APP})
    ran = project.run("--verify-base")
    assert ran.status == {T_GOOD: "regression", T_OLD: "pre-existing"}


def test_before_the_first_commit_every_test_is_new(repository):
    repository.stage({"test_a.py": "def test_a():\n    assert 1 == 2\n"})
    ran = repository.run("--staged", "--verify-base")
    assert ran.status == {"test_a.py::test_a": "new"}


def test_shallow_clone_is_unknown_with_the_reason(project, tmp_path, monkeypatch):
    project.commit({"app.py": BROKEN_APP})
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{project.root}", str(clone)], check=True
    )
    project.root = clone
    monkeypatch.chdir(clone)
    ran = project.run("--all", "--verify-base")
    assert set(ran.status.values()) == {"unknown"}
    assert "shallow clone" in ran.why[T_OLD]
    assert ran.code == 1


def test_a_base_that_cannot_be_run_is_unknown_with_the_reason(project):
    project.commit({"pytest.ini": "[pytest]\naddopts = --no-such-option\n"})
    project.stage({"pytest.ini": "[pytest]\npythonpath = .\n", "app.py": BROKEN_APP})
    ran = project.run("--staged", "--verify-base")
    assert set(ran.status.values()) == {"unknown"}
    assert "could not run there" in ran.why[T_OLD] and "no-such-option" in ran.why[T_OLD]


def test_file_that_could_be_collected_before(project):
    project.stage({"tests/test_good.py": "import nothing_like_this\n" + GOOD})
    project.stage({"app.py": APP.replace("def total", "def totals")})
    ran = project.run("--staged", "--verify-base")
    assert ran.status["tests/test_old.py"] == "regression"


def test_file_that_is_skipped_on_the_base_proves_nothing(project):
    skip = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    project.commit({"tests/test_good.py": skip + GOOD})
    project.stage({"tests/test_good.py": GOOD.replace("== 3", "== 5")})
    ran = project.run("--staged", "--verify-base")
    # The file itself is changed: that is known whatever the base says.
    assert ran.status == {T_GOOD: "active-dev"}


@pytest.mark.slow
def test_user_hooks_and_odd_settings_do_not_reach_the_base(project, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    hook = project.root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch ../ran-the-hook\n")
    hook.chmod(0o755)
    project.commit({"pytest.ini": "[pytest]\npythonpath = .\naddopts = -x -n 2 --maxfail=1\n"})
    project.stage({"app.py": BROKEN_APP.replace("values[1:]", "True")})
    ran = project.run("--all", "--verify-base", "--", "--maxfail=9")
    assert ran.status[T_GOOD] == "regression"
    assert not (project.root.parent / "ran-the-hook").exists()


def test_a_budget_that_is_spent_leaves_the_base_alone(project):
    project.stage({"app.py": BROKEN_APP})
    ran = project.run("--all", "--verify-base", "--budget", "1ms")
    assert ran.report.before is None


INSERTS = """
import sys
sys.path.insert(0, {folder!r})
"""
LOADS = """
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("app", {folder!r} + "/app.py")
sys.modules["app"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["app"])
"""


@pytest.mark.parametrize(
    "conftest, status",
    [(INSERTS, {T_GOOD: "regression", T_OLD: "pre-existing"}), (LOADS, None)],
    ids=["inserts", "loads"],
)
def test_a_conftest_that_names_the_work_tree(project, conftest, status):
    text = conftest.format(folder=str(project.root / "lib"))
    moved = {"pytest.ini": "[pytest]\n", "app.py": None, "lib/app.py": APP}
    project.commit({**moved, "tests/conftest.py": text})
    project.stage({"lib/app.py": BROKEN_APP})
    ran = project.run("--staged", "--verify-base")
    assert ran.status == (status or {T_GOOD: "unknown", T_OLD: "unknown"})
    if status is None:
        assert "not imported from that commit: app (" in ran.why[T_GOOD]


CHILD = """
import subprocess
import sys

import pytest

from pkg import f

def said(folder):
    code = "from pkg import f; print(f())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
    return done.stdout.strip(), done.stderr

@pytest.fixture
def started():
    return said("/")

def test_here():
    assert f() == 1

def test_in_a_child():
    assert said("/")[0] == "1"

def test_of_a_program_of_its_own(tmp_path):
    (tmp_path / "pkg.py").write_text("def f(): return 7")
    assert (said(tmp_path)[0], f()) == ("7", 1)
"""
FIXTURE = (
    CHILD
    + """
def test_what_a_fixture_started(started):
    assert started[0] == "1"
"""
)
NOT_THERE = "A process that it starts does not import from that commit: pkg ("


@pytest.mark.parametrize(
    "tests, here", [(CHILD, "regression"), (FIXTURE, "unknown")], ids=["test", "fixture"]
)
def test_a_child_that_imports_an_installed_copy(repository, tmp_path, tests, here):
    """Of the base nothing is known that a process says which imports what is installed."""
    files = {"pkg/__init__.py": "def f():\n    return 1\n", "tests/test_f.py": tests}
    repository.commit({**files, "pytest.ini": "[pytest]\npythonpath = .\n"})
    repository.stage({"pkg/__init__.py": "def f():\n    return 2\n"})
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    [site] = (tmp_path / "venv").glob("lib/python*/site-packages")
    own = os.path.dirname(os.path.dirname(pytest.__file__))
    (site / "own.pth").write_text(own + "\n")
    shutil.copytree(repository.root / "pkg", site / "pkg")
    ran = repository.run("--all", "--verify-base", python=str(tmp_path / "venv/bin/python"))
    assert ran.status.pop("tests/test_f.py::test_in_a_child") == "unknown"
    assert ran.why["tests/test_f.py::test_in_a_child"].startswith(NOT_THERE)
    ran.status.pop("tests/test_f.py::test_what_a_fixture_started", None)
    assert set(ran.status.values()) == {here} and len(ran.status) == 2


def test_ignored_generated_modules_come_along(project):
    project.commit({".gitignore": "__pycache__\n_version.py\n", "tests/test_good.py": GOOD})
    project.write({"_version.py": "v = 1\n"})
    project.commit({"app.py": "import _version\n" + APP})
    project.stage({"app.py": "import _version\n" + BROKEN_APP})
    assert project.run("--staged", "--verify-base").status[T_GOOD] == "regression"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_leaves_no_worktree(project, tmp_path, number):
    began = tmp_path / "began"
    slow = f"""
import app, pathlib, time

def test_old():
    if pathlib.Path.cwd() != pathlib.Path({str(project.root)!r}):
        pathlib.Path({str(began)!r}).touch()
        time.sleep(60)
    assert 0
"""
    project.commit({"tests/test_old.py": slow})
    project.stage({"app.py": HARMLESS_APP})
    child = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gardener",
            "run",
            "--all",
            "--verify-base",
            "--python",
            sys.executable,
        ],
        cwd=project.root,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 40
        while not began.exists():
            assert time.monotonic() < end and child.poll() is None
            time.sleep(0.05)
        assert len(project.worktrees()) == 2
        os.kill(child.pid, number)
        assert child.wait(30) == 130
    finally:
        if child.poll() is None:
            child.kill()
    assert len(project.worktrees()) == 1
    assert not list((project.root / ".git/worktrees").glob("*"))


def test_what_a_killed_gardener_left_is_removed_the_next_time(project, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = tmp_path / f"gardener-base-{dead.pid}-x"
    alive = tmp_path / f"gardener-base-{os.getppid()}-x"
    for folder in (left, alive):
        project.git("worktree", "add", "-q", "--detach", str(folder / "repo"), "HEAD")
    project.stage({"app.py": BROKEN_APP})
    project.run("--staged", "--verify-base")
    assert not left.exists()
    assert alive.exists() and len(project.worktrees()) == 2


def test_two_rootdirs_in_one_repository(repository):
    files = {}
    for name in ("one", "two"):
        files[f"{name}/pytest.ini"] = "[pytest]\npythonpath = .\n"
        files[f"{name}/{name}app.py"] = APP
        files[f"{name}/tests/test_{name}.py"] = (
            f"import pytest\nfrom {name}app import total\n\n"
            "@pytest.mark.parametrize('n', ['a::b', 'ü', '[x]'])\n"
            "def test_old(n):\n    assert total([1]) == 2\n\n"
            "def test_good():\n    assert total([1, 2]) == 3\n"
        )
    repository.commit(files)
    repository.stage({f"{name}/{name}app.py": BROKEN_APP for name in ("one", "two")})
    ran = repository.run("--staged", "--verify-base")
    assert sorted(ran.status.values()) == ["pre-existing"] * 6 + ["regression"] * 2
    assert ran.status["two/tests/test_two.py::test_good"] == "regression"


def test_a_spoiled_history_is_one_line_and_the_run_goes_on(project, capsys):
    store = project.root / ".git/gardener"
    store.mkdir(parents=True)
    (store / "history.sqlite").write_bytes(b"junk" * 1000)
    project.stage({"app.py": BROKEN_APP})
    ran = project.run("--staged", "--verify-base")
    assert ran.status == {T_GOOD: "regression", T_OLD: "pre-existing"}
    said = [line for line in capsys.readouterr().err.splitlines() if "history" in line]
    assert len(said) == 1 and said[0].endswith("was damaged; it is made anew.")


def test_what_is_proved_in_one_work_tree_is_known_in_another(
    project, tmp_path, monkeypatch, capsys
):
    project.stage({"app.py": HARMLESS_APP})
    project.run("--staged", "--verify-base")
    other = tmp_path / "other"
    project.git("worktree", "add", "-q", "--detach", str(other), "HEAD")
    project.root = other
    monkeypatch.chdir(other)
    project.stage({"app.py": HARMLESS_APP})
    capsys.readouterr()
    ran = project.run("--staged", "--verify-base")
    assert ran.status == {T_OLD: "pre-existing"}
    assert "on the base" not in capsys.readouterr().err
