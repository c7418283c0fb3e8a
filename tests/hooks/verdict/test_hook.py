"""The hook on a suite with hundreds of old failures: only what the change causes blocks."""

import subprocess
import sys

import pytest

CAUSES = 31
APP = "".join(f"def f{n}(value):\n    raise ValueError('cause')\n\n" for n in range(CAUSES))
APP += "def good(value):\n    return value\n"
TESTS = "import pytest, app\n\n" + "".join(
    f"@pytest.mark.parametrize('n', range({17 if n < 4 else 16}))\n"
    f"def test_f{n}(n):\n    app.f{n}(n)\n\n"
    for n in range(CAUSES)
)


def harmless(n):
    """Every function changes, and none does anything else."""
    return APP.replace("    raise", f"    step = {n}\n    raise")


SETTINGS = """
[tool.pytest.ini_options]
pythonpath = ["."]
[tool.gardener.hook]
focus = ""
level = "any"
"""


def begin(repository, tests):
    repository.commit(
        {
            "app.py": APP,
            "tests/test_old.py": tests,
            "tests/test_good.py": "import app\n\ndef test_good():\n    assert app.good(1) == 1\n",
            "pyproject.toml": SETTINGS,
            ".gitignore": "__pycache__\n.pytest_cache\n",
        }
    )
    return repository


@pytest.fixture
def old(repository, monkeypatch):
    """500 tests fail for 31 causes."""
    monkeypatch.delenv("PRE_COMMIT_FROM_REF", raising=False)
    return begin(repository, TESTS)


@pytest.fixture
def few(repository, monkeypatch):
    """31 tests fail for 31 causes."""
    monkeypatch.delenv("PRE_COMMIT_FROM_REF", raising=False)
    return begin(
        repository, TESTS.replace("range(17)", "range(1)").replace("range(16)", "range(1)")
    )


@pytest.mark.slow
def test_a_harmless_commit_passes_and_the_base_is_asked_once(old, capfd):
    old.stage({"app.py": harmless(1)})
    ran = old.run("--hook")
    seen = capfd.readouterr()
    assert ran.code == 0 and "on the base" in seen.err
    assert "500 failures in 31 causes were there before" in seen.out
    assert set(ran.status.values()) == {"pre-existing"} and len(ran.status) == 500

    old.git("commit", "-qm", "one")
    old.write({"notes.txt": "never added", "app.py": harmless(2)})
    old.git("add", "app.py")
    ran = old.run("--hook")
    seen = capfd.readouterr()
    assert ran.code == 0 and "on the base" not in seen.err
    assert "500 failures in 31 causes were there before" in seen.out

    # A commit that no hook saw, of a file that these tests cannot reach: still known.
    old.git("commit", "-qm", "two")
    old.write({"tool.py": "x = 1\n"})
    old.git("add", "tool.py")
    old.git("commit", "-qm", "three", "--no-verify")
    old.write({"app.py": harmless(3).replace("return value", "return value + 1")})
    old.git("add", "app.py")
    ran = old.run("--hook")
    seen = capfd.readouterr()
    assert ran.code == 1
    assert {t for t, s in ran.status.items() if s != "pre-existing"} == {
        "tests/test_good.py::test_good"
    }
    assert ran.status["tests/test_good.py::test_good"] == "regression"
    # The only one that no run has seen before, as no change could affect it.
    assert "Running 1 failing test on the base" in seen.err


@pytest.mark.untraced  # a start under coverage.py is not interrupted by the first signal
def test_what_could_not_be_verified_in_time_blocks_and_says_so(few, capfd):
    few.write({"pyproject.toml": SETTINGS + "verify-seconds = 0.01\n"})
    few.commit()
    few.stage({"app.py": harmless(1)})
    ran = few.run("--hook")
    assert ran.code == 1 and set(ran.status.values()) == {"unknown"}
    assert "no time left" in capfd.readouterr().out


def test_more_than_the_bound_is_finished_by_the_next_run(few):
    few.write({"pyproject.toml": SETTINGS + "verify-tests = 20\n"})
    few.commit()
    few.stage({"app.py": harmless(1)})
    ran = few.run("--hook")
    assert ran.code == 1
    assert list(ran.status.values()).count("pre-existing") == 20
    ran = few.run("--hook")
    assert (ran.code, set(ran.status.values())) == (0, {"pre-existing"})


def test_through_a_real_git_hook_with_a_partial_commit(few):
    """`git commit FILE` gives the hook an index of its own; the user's must survive."""
    hook = few.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f"#!/bin/sh\nexec {sys.executable} -m gardener run --hook --python {sys.executable}\n"
    )
    hook.chmod(0o755)
    few.write({"app.py": harmless(1), "other.py": "x = 1\n"})
    few.git("add", "other.py")
    done = subprocess.run(
        ["git", "commit", "-m", "part", "app.py"], cwd=few.root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "were there before" in done.stdout + done.stderr
    assert few.git("status", "--porcelain") == "A  other.py"
    assert few.git("show", "--stat", "--format=", "HEAD").count("|") == 1
    assert len(few.worktrees()) == 1


def test_a_conftest_that_was_broken_before_does_not_block(few):
    few.commit(
        {"old/conftest.py": "import no_such_module\n", "old/test_old.py": "def test_old(): pass\n"}
    )
    few.stage({"app.py": harmless(1), "old/test_old.py": "def test_old(): assert True\n"})
    ran = few.run("--hook")
    assert ran.code == 0 and set(ran.status.values()) == {"pre-existing"}
