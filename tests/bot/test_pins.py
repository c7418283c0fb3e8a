"""What the jobs that may write install: by version and hash, nothing else, and it suffices."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from gardener.setup import workflows
from gardener.setup.hook_entries import Source
from gardener.toml import loads

TOP = Path(__file__).parents[2]
PINS = TOP / "gardener/setup/bot-requirements.txt"
REQUIREMENTS = [
    block.replace("\\\n", " ").split()
    for block in re.split(r"\n(?=\S)", PINS.read_text())
    if not block.startswith("#")
]


def named(words):
    return re.split(r"[=<>;\[ ]", words)[0].lower().replace(".", "-").replace("_", "-")


def test_each_is_one_version_with_hashes_and_from_nowhere_in_particular():
    assert len(REQUIREMENTS) > 20
    for requirement, *rest in REQUIREMENTS:
        assert re.fullmatch(r"[a-z0-9.-]+==[\w.]+", requirement), requirement
        hashes = [word for word in rest if word.startswith("--hash=")]
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes)
    assert not re.search(r"://|index|file:|@", PINS.read_text())


def test_all_that_gardener_and_its_bot_need_is_in_it():
    project = loads((TOP / "pyproject.toml").read_text())
    needed = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["bot"],
        *project["build-system"]["requires"],
    ]
    pinned = {named(words[0]): words[0].partition("==")[2] for words in REQUIREMENTS}
    for line in needed:
        requirement = Requirement(line)
        version = pinned[named(requirement.name)]
        assert requirement.specifier.contains(version), f"{line}: run make pins"


@pytest.mark.slow
def test_they_install_without_anything_else(tmp_path):
    """The very commands of the step that `init` writes, but for where the file comes from."""
    source = Source("", f"test-gardener @ {TOP.as_uri()}")
    report = yaml.safe_load(workflows.report_text(source))
    (step,) = (
        s for s in report["jobs"]["default-branch"]["steps"] if "pins.txt" in s.get("run", "")
    )
    (tmp_path / "bin").mkdir()
    gh = tmp_path / "bin/gh"
    gh.write_text(
        f"#!/bin/sh\ntest -n \"$GH_TOKEN\" && echo \"$@\" > '{tmp_path}/asked' && cat '{PINS}'\n"
    )
    gh.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "RUNNER_TEMP": str(tmp_path),
        "HOME": str(tmp_path / "home"),
        "GITHUB_REPOSITORY": "octo/chat",
        "GH_TOKEN": "ghs_x",
        "GARDENER": step["env"]["GARDENER"],
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    asked = (tmp_path / "asked").read_text()
    assert "repos/octo/chat/contents/.github/gardener-requirements.txt" in asked
    program = tmp_path / "home/.local/bin/gardener"
    version = subprocess.run([program, "comment", "--help"], capture_output=True, text=True)
    assert version.returncode == 0
    found = subprocess.run(
        [tmp_path / "gardener/bin/python", "-c", "import github, gardener.bot.github.client"],
        cwd=tmp_path,
    )
    assert found.returncode == 0


def test_the_file_is_written_where_no_action_brings_it():
    on_github = Source("https://github.com/octo/gardener", "a" * 40)
    assert workflows.pins_text(on_github) == ""
    assert workflows.pins_text(Source("", "test-gardener==1")) == PINS.read_text()
