"""Names that users see are the same wherever they stand."""

import re
from pathlib import Path

import click
import pytest
import yaml

from gardener.cli import COMMANDS, gardener
from gardener.config import load
from gardener.setup.hook_entries import HOOKS

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text()
PAGES = sorted((TOP / "docs").rglob("*.md"))
CONTRACT = [
    "run",
    "impacted",
    "fix",
    "report",
    "merge",
    "comment",
    "issues",
    "init",
    "codemods",
    "categories",
]
"""Commands that scripts rely on; a command may come, none of these may go."""


def test_the_contract_of_commands_is_kept():
    assert [name for name in COMMANDS if name in CONTRACT] == CONTRACT


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_explains_itself(name):
    command = gardener.get_command(click.Context(gardener), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help
    assert all(p.help for p in command.params if isinstance(p, click.Option) and not p.hidden)


def test_the_readme_lists_the_commands_as_the_help_does():
    rows = re.findall(r"^\| `gardener ([a-z-]+)` \| (.*?) \|$", README, re.MULTILINE)
    assert [name for name, _ in rows] == list(COMMANDS)


def test_the_readme_and_the_page_name_the_hooks():
    manifest = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text())
    ids = [hook["id"] for hook in manifest]
    assert ids == list(HOOKS)
    rows = re.findall(r"^\| `(gardener-[a-z]+)` \|.*\| (.*?) \|$", README, re.MULTILINE)
    assert [name for name, _ in rows] == ids
    for (_, stages), hook in zip(rows, manifest, strict=True):
        assert stages.split(", ") == hook["stages"]
    page = (TOP / "docs/hooks.md").read_text()
    assert re.findall(r"^## `(.*)`", page, re.MULTILINE) == ids


def test_every_hook_calls_a_command():
    for hook in yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text()):
        program, name, *options = hook["entry"].split()
        assert program == "gardener"
        command = gardener.get_command(click.Context(gardener), name)
        assert command is not None
        known = {opt for p in command.params for opt in p.opts}
        assert set(options) <= known


def test_the_example_is_configured_without_errors():
    assert load(TOP / "examples" / "chat").root == TOP / "examples" / "chat"


def test_the_readme_names_the_two_commands_of_a_fresh_machine():
    makefile = (TOP / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in README
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [TOP / "README.md", TOP / "CONTRIBUTING.md", *PAGES],
    ids=lambda path: str(path.relative_to(TOP)),
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_index_lists_every_page():
    index = (TOP / "docs/index.md").read_text()
    linked = {(TOP / "docs" / target).resolve() for target in re.findall(r"\]\(([^)#]+)", index)}
    top_pages = {page for page in PAGES if page.parent == TOP / "docs"} - {TOP / "docs/index.md"}
    assert top_pages <= linked
