"""Each part of a monorepo runs with the Python of its own environment: real environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.record import content

from gardener.cli import main
from gardener.reports.store import load

OURS = Path(pytest.__file__).parents[1]
PART = {
    "pytest.ini": "[pytest]\n",
    "test_it.py": "import own\n\n\ndef test_own():\n    assert own.NAME == 'PART'\n",
}


def environment(home: Path, modules: dict[str, str] | None = None, *, has_pytest=True) -> Path:
    """A virtual environment with pytest and some modules of its own."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    if has_pytest:
        (site / "borrowed.pth").write_text(f"import site; site.addsitedir({str(OURS)!r})\n")
    for name, text in (modules or {}).items():
        (site / f"{name}.py").write_text(text)
    return home / "bin/python"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository with two packages, each with settings and an environment of its own."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    top = tmp_path / "repository"
    for part in ("one", "two"):
        folder = top / "packages" / part
        folder.mkdir(parents=True)
        for name, text in PART.items():
            (folder / name).write_text(text.replace("PART", part))
        environment(folder / ".venv", {"own": f"NAME = {part!r}\n"})
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    (top / ".gitignore").write_text(".venv\n")
    monkeypatch.chdir(top)
    return top


def test_what_is_installed_for_any_part_is_part_of_what_a_test_ran_on(tmp_path):
    deep = tmp_path / "a/b/c"
    deep.mkdir(parents=True)
    (deep / "pytest.ini").write_text(PART["pytest.ini"])
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    subprocess.run(["git", "-C", str(tmp_path), "add", "-A"], check=True)
    before = content.environment(tmp_path, sys.executable)
    python = environment(deep / "venv", has_pytest=False)
    after = content.environment(tmp_path, sys.executable)
    (site,) = (deep / "venv").glob("lib/python*/site-packages")
    (site / "new-1.0.dist-info").mkdir()
    os.utime(site, (1, 1))
    assert python.exists()
    assert len({before, after, content.environment(tmp_path, sys.executable)}) == 3


def lines(capfd):
    return [line for line in capfd.readouterr().err.splitlines() if "gardener: " in line]


@pytest.mark.slow
def test_each_part_has_its_own_python_and_says_so(root, capfd):
    assert main(["run", "--all"]) == 0
    said = lines(capfd)
    for part in ("one", "two"):
        (line,) = [text for text in said if f"packages/{part}: " in text]
        assert f"packages/{part}/.venv/bin/python (packages/{part}/.venv of this part)" in line


@pytest.mark.slow
def test_tests_without_an_environment_are_not_given_that_of_another_package(root, capfd):
    (root / "test_top.py").write_text("def test_top():\n    pass\n")
    assert main(["run", "--all"]) == 2
    (error,) = [line for line in capfd.readouterr().err.splitlines() if "no Python" in line]
    assert "name a Python with --python" in error


@pytest.mark.slow
def test_the_python_at_the_top_is_for_all_other_parts(root, capfd):
    environment(root / ".venv", {"own": "NAME = 'two'\n"})
    environment(root / "packages/two/.venv", has_pytest=False)
    (site,) = (root / "packages/two/.venv").glob("lib/python*/site-packages")
    (site / "borrowed.pth").unlink()
    (root / "test_top.py").write_text("def test_top():\n    pass\n")
    assert main(["run", "--all"]) == 0
    said = lines(capfd)
    assert any(": .venv/bin/python (.venv of the repository)" in line for line in said)
    assert any("packages/one/.venv of this part" in line for line in said)
    (other,) = [line for line in said if "packages/two runs with the project's Python" in line]
    assert "packages/two/.venv cannot import pytest" in other


@pytest.mark.slow
def test_one_that_is_named_or_activated_elsewhere_is_for_all(root, tmp_path, monkeypatch, capfd):
    outside = environment(tmp_path / "work", {"own": "NAME = 'one'\n"})
    assert main(["run", "packages/one", "--python", str(outside)]) == 0
    assert main(["run", "packages/two", "--python", str(outside)]) == 1
    monkeypatch.setenv("VIRTUAL_ENV", str(outside.parents[1]))
    assert main(["run", "packages/two"]) == 1
    assert not any("of this part" in line for line in lines(capfd))
    # One part's own, activated, is no wish for the others.
    monkeypatch.setenv("VIRTUAL_ENV", os.fspath(root / "packages/one/.venv"))
    assert main(["run", "--all"]) == 0


@pytest.mark.slow
def test_a_base_that_no_python_can_run_takes_no_finding_away(root, capsys):
    """There the settings lay in a folder that has no environment."""
    ini, test = root / "packages/one/pytest.ini", root / "packages/one/test_it.py"
    ini.rename(root / "packages/pytest.ini")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "base"], check=True)
    (root / "packages/pytest.ini").rename(ini)
    test.write_text(test.read_text() + "    assert 1 == 2\n")
    assert main(["run", "--all", "--verify-base", "--report", "../report.json"]) == 1
    assert "assert 1 == 2" in capsys.readouterr().out
    [before] = load(root.parent / "report.json").before or ()
    assert "The base cannot be run: packages has no Python of its own." in before.reason


@pytest.mark.slow
def test_a_commit_that_no_python_can_run_is_skipped_by_bisect_and_said(root, capsys):
    part, git = root / "packages/one", ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    commits: list[str] = []
    for settings, test in (
        ("packages/one/pytest.ini", PART["test_it.py"].replace("PART", "one")),
        ("packages/pytest.ini", PART["test_it.py"].replace("PART", "one") + "# more\n"),
        ("packages/one/pytest.ini", PART["test_it.py"].replace("PART", "other")),
    ):
        for ini in root.glob("packages/**/pytest.ini"):
            ini.unlink()
        (root / settings).write_text(PART["pytest.ini"])
        (part / "test_it.py").write_text(test)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", f"change {len(commits)}"], check=True)
        head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True)
        commits.append(head.stdout.decode()[:7])
    assert main(["bisect", "packages/one/test_it.py::test_own"]) == 1
    seen = capsys.readouterr()
    last = seen.out.splitlines()[-1]
    assert last.startswith("the first bad commit is one of: ")
    assert [sha in last for sha in commits] == [False, True, True]
    skipped = {line for line in seen.err.splitlines() if ": skip (" in line}
    assert len(skipped) == 1
    assert commits[1] in min(skipped) and "packages has no Python of its own" in min(skipped)


@pytest.mark.slow
def test_why_the_python_of_a_part_cannot_be_used_is_told(root, capsys):
    part = root / "packages/three"
    part.mkdir()
    for name, text in PART.items():
        (part / name).write_text(text)
    environment(part / ".venv", has_pytest=False)
    assert main(["run", "--all"]) == 2
    told = capsys.readouterr().err
    assert "packages/three/.venv cannot import pytest" in told
    assert "has no Python of its own" not in told
