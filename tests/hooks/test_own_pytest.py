"""`pytest --gardener`: real pytest processes that load gardener as a plugin of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gardener.cli import main
from gardener.reports.store import load

TOP = Path(__file__).parents[2]
PLUGIN = ("-p", "gardener.hooks.pytest_entry")
FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-p no:cacheprovider'\n",
    "app.py": "def half(n):\n    return n / 2\n\n\ndef double(n):\n    return n * 2\n",
    "tests/test_half.py": "import pytest\n\nimport app\n\n\n"
    "@pytest.mark.parametrize('n', [2, 4])\ndef test_half(n):\n    assert app.half(n) * 2 == n\n\n\n"
    "def test_nothing():\n    pass\n",
    "tests/test_double.py": "import app\n\n\nclass TestDouble:\n"
    "    def test_double(self):\n        assert app.double(2) == 4\n",
}


class Project:
    """A repository in which its user starts pytest."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {
            **{
                k: v
                for k, v in os.environ.items()
                if not k.startswith(("PYTEST", "GARDENER", "COLUMNS"))
            },
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(root),
            "TMPDIR": str(root.parent / "tmp"),
        }
        (root.parent / "tmp").mkdir()
        root.mkdir()
        self.write(FILES)
        self.git("init", "-q", "-b", "main")
        self.commit()

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.root, check=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")

    def change(self, old: str, new: str) -> None:
        self.write({"app.py": (self.root / "app.py").read_text().replace(old, new)})

    def pytest(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *PLUGIN, *words],
            cwd=self.root,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
        )
        assert list((self.root.parent / "tmp").glob("gardener-*")) == []
        return done


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "repo")


def test_without_the_option_nothing_happens(project):
    names = ["gardener", "gardener.hooks", "gardener.hooks.pytest_entry"]
    loaded = "sorted(name for name in sys.modules if name.startswith('gardener'))"
    project.write(
        {
            "tests/test_loaded.py": f"import sys\n\ndef test_loaded():\n    assert {loaded} == {names}\n"
        }
    )
    done = project.pytest("-q")
    assert done.returncode == 0 and "5 passed" in done.stdout, done.stdout
    assert "gardener" not in done.stdout
    assert not (project.root / ".git/gardener").exists()


def test_what_a_change_can_affect_runs_and_its_failure_is_explained(project):
    project.change("n / 2", "n / 3")
    done = project.pytest("--gardener", "-v")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_half[2] FAILED" in done.stdout and "test_half[4] FAILED" in done.stdout
    assert "test_double" not in done.stdout and "2 failed" in done.stdout
    summary = done.stdout.partition("= gardener =")[2]
    assert "failing-test-" in summary and "$ gardener run " in summary
    assert "2 failing: 1 cause." in summary
    (step,) = [line for line in summary.splitlines() if line.startswith("  -> ")]
    assert len(step) > 80  # not folded, unless somebody wants it
    assert step not in project.pytest("--gardener", COLUMNS="80").stdout

    # What was recorded there is what the next selection goes by.
    project.change("n / 3", "n / 2")
    assert project.pytest("--gardener-all", "-q").returncode == 0
    project.change("n * 2", "2 * n")
    done = project.pytest("--gardener", "-v")
    assert "1 passed" in done.stdout and "test_double PASSED" in done.stdout
    assert done.returncode == 0


def test_no_affected_test_is_no_failure(project):
    project.write({"notes.md": "# Notes"})
    done = project.pytest("--gardener", "-q")
    assert done.returncode == 0, done.stdout
    assert "No tests to run: " in done.stdout


@pytest.mark.slow
def test_against_another_commit_and_among_what_is_named(project):
    project.git("checkout", "-qb", "topic")
    project.change("n / 2", "n / 3")
    project.commit()
    assert project.pytest("--gardener", "-q").returncode == 0
    done = project.pytest("--gardener-since", "main", "-q")
    assert done.returncode == 1 and "2 failed" in done.stdout
    done = project.pytest("--gardener-since", "main", "-q", "tests/test_double.py")
    assert done.returncode == 0 and "1 deselected" in done.stdout, done.stdout
    done = project.pytest("--gardener-since", "nowhere")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "gardener: " in done.stderr and "nowhere" in done.stderr


def test_outside_of_a_repository_it_says_so(tmp_path):
    project = Project(tmp_path / "repo")
    subprocess.run(["rm", "-r", str(project.root / ".git")], check=True)
    done = project.pytest("--gardener", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "is not inside a git repository" in done.stderr


@pytest.mark.slow
def test_workers_of_xdist_select_and_record_the_same(project):
    project.change("n / 2", "n / 3")
    done = project.pytest("-p", "xdist", "-n2", "--gardener")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed" in done.stdout
    assert done.stdout.count("2 failing: 1 cause.") == 1
    project.change("n / 3", "n / 2")
    assert project.pytest("-p", "xdist", "-n2", "--gardener-all").returncode == 0
    project.change("n * 2", "2 * n")
    assert "1 passed" in project.pytest("--gardener").stdout


@pytest.mark.slow
def test_beside_the_injected_plugin_and_below_a_test_it_does_nothing(project, monkeypatch):
    nested = (
        "import subprocess, sys\n\n\ndef test_nested():\n"
        "    words = [sys.executable, '-m', 'pytest', 'tests/test_double.py']\n"
        "    done = subprocess.run(words, capture_output=True, text=True)\n"
        "    assert '1 passed' in done.stdout and 'gardener' not in done.stdout, done.stdout\n"
    )
    project.write(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\n"
            f"addopts = '{' '.join(PLUGIN)} --gardener'\n",
            "tests/test_nested.py": nested,
        }
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest"],
        cwd=project.root,
        env=project.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "= gardener =" in done.stdout, done.stdout + done.stderr
    project.commit()
    monkeypatch.chdir(project.root)
    for name, text in project.environment.items():
        monkeypatch.setenv(name, text)
    report = project.root.parent / "r.json"
    assert main(["run", "--python", sys.executable, "--report", str(report)]) == 0
    results = load(report).results
    assert len(results) == len({result.nodeid for result in results}) == 5


@pytest.mark.slow
def test_installed_it_is_found_by_pytest(project):
    """A real distribution in a folder of its own: pytest reads its entry points."""
    target, source = project.root.parent / "site", project.root.parent / "source"
    for name in ("gardener", "hooks", "bot", "codemods"):
        shutil.copytree(TOP / name, source / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, source)
    install = ["install", "-q", "--no-deps", "--target", str(target), str(source)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    environment = {k: v for k, v in project.environment.items() if "AUTOLOAD" not in k}
    paths = os.pathsep.join([str(target), str(project.root)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--gardener-all"],
        cwd=project.root,
        env={**environment, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "4 passed: " not in done.stderr, done.stdout + done.stderr
    assert "= gardener =" in done.stdout and "4 passed." in done.stdout
