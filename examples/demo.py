"""The whole loop on the example backend: hook, codemods, findings, worklog, comment.

    make demo

Works in a temporary git repository and leaves nothing behind. Ends with an error when
anything is not as `expected.json` says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
BIN = Path(sys.executable).parent

# The entries that `gardener init` writes install gardener into an environment of the hook
# manager's own; the demo takes the gardener that is installed already, so it needs no network.
HOOKS = """\
repos:
- repo: local
  hooks:
  - id: gardener-fix
    name: gardener fix
    entry: gardener fix
    language: system
    types: [python]
  - id: gardener-run
    name: gardener run
    entry: gardener run --hook
    language: system
    pass_filenames: false
    always_run: true
    require_serial: true
"""
CHANGE = '''

def age(moment: datetime) -> timedelta:
    """How long ago a moment was."""
    return datetime.utcnow() - moment
'''


class Demo:
    """A developer with a terminal in a repository."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root = root
        self.environment = environment

    def title(self, text: str) -> None:
        print(f"\n\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)

    def type(self, *command: str, code: int = 0, show: int | None = None) -> str:
        """Run a command, show its output (`show`: so many lines of it) and hold its exit code."""
        print("$", " ".join(command), flush=True)
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = done.stdout.splitlines()
        for line in lines[:show]:
            print(line.rstrip())
        if show and len(lines) > show:
            print(f"   ... and {len(lines) - show} more lines", flush=True)
        expect(done.returncode == code, f"{command[:3]} ended with {done.returncode}, not {code}")
        return done.stdout


def expect(true: bool, otherwise: str) -> None:
    if not true:
        sys.exit(f"demo: not as expected: {otherwise}")


def play(demo: Demo) -> None:
    root = demo.root
    demo.title("A chat backend whose suite has rotted, and a git hook")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "The chat backend"]):
        demo.type("git", *command)
    (root / ".pre-commit-config.yaml").write_text(HOOKS)
    demo.type("prek", "install", "-q")

    demo.title("A commit with an old idiom: the hook gardener-fix repairs it")
    clock = root / "chat/clock.py"
    clock.write_text(clock.read_text() + CHANGE)
    demo.type("git", "add", "-A")
    demo.type("git", "commit", "-qm", "Tell the age of a moment", code=1, show=12)
    expect("utcnow()" not in clock.read_text(), "utcnow is still in chat/clock.py")
    demo.type("git", "diff", "-U0", "--", "chat/clock.py")

    demo.title("The same commit again: what failed before does not block it")
    demo.type("git", "add", "-A")
    demo.type("git", "commit", "-qm", "Tell the age of a moment")

    demo.title("A commit that breaks something: the hook gardener-run names the regression")
    connections = root / "chat/connections.py"
    text = connections.read_text()
    connections.write_text(text.replace("self._limit - len(self._open)", "self._limit"))
    demo.type("git", "add", "-A")
    said = demo.type("git", "commit", "-qm", "Simplify health", code=1)
    expect("failing-test-regression-" in said, "the hook names no regression")
    expect("test_connections.py::test_health" in said, "the hook does not name test_health")
    demo.type("git", "reset", "-q", "--hard")

    demo.title("Fix what is mechanical, everywhere")
    demo.type("gardener", "fix", "chat", "tests", code=1)
    demo.type("git", "commit", "-qam", "Fix what is mechanical", "--no-verify")
    demo.type("gardener", "fix", "--check", "chat", "tests")

    demo.title("Thirteen failing tests, four causes")
    demo.type("gardener", "run", "--all", "--report", "../run.json")
    demo.type("gardener", "report", "../run.json", "-v")
    found = json.loads(demo.type("gardener", "report", "../run.json", "--format", "json", show=0))
    causes = {f["category"]: sorted(f["tests"]) for f in found["findings"]}
    for cause in EXPECTED["causes"]:
        expect(
            causes.pop(cause["category"], None) == sorted(cause["tests"]),
            f"the tests of {cause['category']}",
        )
    expect(not causes, f"more causes than there are: {', '.join(causes)}")
    expect(not found["warnings"], "there are deprecation warnings left")

    demo.title("The worklog")
    demo.type("gardener", "report", "../run.json", "--format", "worklog", show=45)

    demo.title("The comment on the pull request")
    comment = demo.type("gardener", "comment", "../run.json", "--dry-run", show=45)
    expect("4 causes" in comment, "the comment does not tell of 4 causes")

    demo.title("The issues")
    issues = demo.type("gardener", "issues", "../run.json", "--dry-run")
    expect(issues.count("create") == 4, "there are not 4 issues to create")


def main() -> None:
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gardener-demo-") as name:
        place = Path(name)
        ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
        shutil.copytree(HERE / "chat", place / "chat", ignore=ignored)
        # The example needs nothing that gardener's development environment lacks.
        (place / "chat/.venv").symlink_to(sys.prefix)
        away = ("GIT_", "PYTEST", "PYTHON", "PRE_COMMIT", "PREK", "VIRTUAL_ENV", "CONDA", "GITHUB")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(away)} | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PREK_HOME": str(place / "prek"),
            "COLUMNS": "100",
            "GIT_CONFIG_COUNT": "4",
        }
        settings = {
            "user.name": "Demo",
            "user.email": "demo@example.org",
            "init.defaultBranch": "main",
            "commit.gpgsign": "false",
        }
        for number, (key, value) in enumerate(settings.items()):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        play(Demo(place / "chat", environment))
    print(f"\nThe demo went as expected, in {time.monotonic() - start:.0f} s.")


if __name__ == "__main__":
    main()
