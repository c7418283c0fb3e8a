"""The documentation as a site: built strictly, whole, and with commands that exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from transcript import TOP

from gardener.cli import COMMANDS, gardener

PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]
LANGUAGES = ("sh", "")
BIN = Path(sys.executable).parent


def typed(page: Path) -> list[str]:
    """The lines of shell blocks that begin with our command."""
    text = page.read_text()
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [
        line for language, block in blocks if language in LANGUAGES for line in block.split("\n")
    ]
    return [line for line in lines if re.match(r"(?:\$ )?gardener [a-z]", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TOP)))
def test_each_command_in_a_page_is_one_that_can_be_typed(page):
    for line in typed(page):
        words = shlex.split(re.split(r" \|\| | \| | > |;", line)[0], comments=True)[1:]
        command: click.Command | None = gardener
        while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z-]+", words[0]):
            command = command.get_command(click.Context(command), words.pop(0))
        assert command is not None, line
        known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
        ours = words[: words.index("--")] if "--" in words else words
        options = {word.partition("=")[0] for word in ours if word.startswith("--")}
        assert options <= known | {"--help"}, line


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    done = subprocess.run(
        [BIN / "mkdocs", "build", "--strict", "-q", "-d", tmp_path / "site"],
        cwd=TOP,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    reference = (tmp_path / "site/commands.html").read_text()
    for name in COMMANDS:
        assert f"<code>gardener {name}</code>" in reference
    assert "--verify-base" in reference
    assert "fonts.googleapis.com" not in reference


def test_every_page_is_in_the_navigation():
    listed = re.findall(r": ([\w/-]+\.md)$", (TOP / "mkdocs.yml").read_text(), re.MULTILINE)
    pages = {path.relative_to(TOP / "docs").as_posix() for path in PAGES[1:]}
    pages = {page for page in pages if not page.startswith("codemods/")}  # their place is made
    assert set(listed) == pages | {"commands.md"}
    index = (TOP / "docs/index.md").read_text()
    for page in pages:
        if page.startswith("howto/"):
            assert f"({page})" in index


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_as_the_page_says(shell):
    page = (TOP / "docs/howto/shell-completion.md").read_text()
    variable = f"_GARDENER_COMPLETE={shell}_source"
    assert variable in page
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    script = subprocess.run(
        ["bash", "-c", f"{variable} gardener"], env=environment, capture_output=True, text=True
    )
    assert "_gardener_completion" in script.stdout
    if shell == "bash":
        words = {"COMP_WORDS": "gardener imp", "COMP_CWORD": "1"}
        done = subprocess.run(
            ["bash", "-c", "_GARDENER_COMPLETE=bash_complete gardener"],
            env={**environment, **words},
            capture_output=True,
            text=True,
        )
        assert done.stdout == "plain,impacted\n"


@pytest.mark.slow
@pytest.mark.parametrize("target", ["", "main"])
def test_the_job_of_gitlab_runs_as_it_is_written(tmp_path, target):
    page = (TOP / "docs/howto/gitlab.md").read_text()
    block = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert block
    job = yaml.safe_load(block[1])["gardener"]
    root = tmp_path / "shop"
    root.mkdir()
    (root / "test_shop.py").write_text("def test_shop():\n    assert 1\n")
    person = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT", "PYTEST", "CI"))}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    environment["CI_MERGE_REQUEST_TARGET_BRANCH_NAME"] = target
    for words in (["init", "-qb", "main"], ["add", "-A"], [*person, "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=root, check=True, env=environment)
    head = ["update-ref", "refs/remotes/origin/main", "HEAD"]
    subprocess.run(["git", *head], cwd=root, check=True, env=environment)
    for line in (*job["script"], *job["after_script"]):
        subprocess.run(["bash", "-euc", line], cwd=root, check=True, env=environment)
    for name in (*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]):
        assert (root / name).is_file()
