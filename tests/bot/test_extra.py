"""Without the extra `bot` everything but talking to GitHub works, and that is said in one line."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

WITHOUT = {"github", "pygithub", "requests", "urllib3", "cryptography", "jwt", "pynacl", "nacl"}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter that sees all that is installed here but PyGithub and what it brings."""
    folder = tmp_path_factory.mktemp("no-extra")
    venv.create(folder / "venv", with_pip=False)
    packages = folder / "packages"
    packages.mkdir()
    here = next(p for p in sys.path if p.endswith("site-packages"))
    for path in Path(here).iterdir():
        name = path.name.partition("-")[0].partition(".")[0].lower()
        if name not in WITHOUT:
            (packages / path.name).symlink_to(path)
    (target,) = (folder / "venv").glob("lib/python*/site-packages")
    (target / "packages.pth").write_text(f"import site; site.addsitedir({str(packages)!r})\n")
    return folder / "venv/bin/python"


def gardener(python, *args, cwd, **environment):
    return subprocess.run(
        [python, "-m", "gardener", *args],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", ["comment", "issues"])
def test_what_needs_github_says_so_in_one_line(python, tmp_path, command):
    (tmp_path / "run.json").write_text('{"schema": 1, "created": "2025-09-11T20:19:20+00:00"}')
    done = gardener(
        python,
        command,
        "run.json",
        cwd=tmp_path,
        GITHUB_TOKEN="x",
        GITHUB_REPOSITORY="octo/chat",
        GITHUB_EVENT_PATH="",
    )
    assert done.returncode == 2
    assert done.stderr == (
        "gardener: PyGithub is not installed, and `comment` and `issues` need it: "
        "pip install 'test-gardener[bot]'.\n"
    )


@pytest.mark.parametrize(
    "args", [["comment", "run.json", "--dry-run"], ["issues", "run.json", "--dry-run"]]
)
def test_dry_runs_do_without(python, tmp_path, args):
    (tmp_path / "run.json").write_text('{"schema": 1, "created": "2025-09-11T20:19:20+00:00"}')
    done = gardener(python, *args, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
