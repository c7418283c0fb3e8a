"""The command `gardener init`: sets gardener up in a repository and overwrites nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import click

from gardener.config import load
from gardener.errors import CLEAN, ConfigError
from gardener.git import find_root
from gardener.setup import hook_entries, workflows
from gardener.setup.edits import Edit, read, shown, written
from gardener.setup.focus_choice import Choice, choose_focus
from gardener.setup.left_to_do import left_to_do
from gardener.setup.origin import installed_from
from gardener.setup.project_files import read_project
from gardener.setup.project_install import Install, plan_install
from gardener.setup.settings_table import has_settings, plan_settings

PARTS = ("both", "hooks", "ci")


class _Answers(NamedTuple):
    """What the command line and the answers say."""

    part: str
    focus: str | None
    ask: bool
    shards: int


@click.command()
@click.option(
    "--part",
    type=click.Choice(PARTS),
    default=None,
    help="What to set up beside the settings: the git hooks, the workflows of CI, or both.",
)
@click.option("--focus", default=None, help='Focus of the git hook; "" takes every test.')
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: take what is proposed.")
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff and write nothing.")
@click.option("--repo", default="", help="Git URL that the hooks are installed from.")
@click.option("--rev", default="", help="Revision of --repo: a tag or a commit.")
@click.option(
    "--shards",
    type=click.IntRange(2, 256),
    default=None,
    metavar="N",
    help="Let the workflow divide the tests among at most N machines.",
)
def init(
    *,
    part: str | None,
    focus: str | None,
    yes: bool,
    dry_run: bool,
    repo: str,
    rev: str,
    shards: int | None,
) -> int:
    """Set gardener up in this repository: settings, hook entries and workflows.

    Existing files are extended, nothing in them is changed. Prints what it wrote, and what is
    left to do. On a terminal it asks what it cannot know.
    """
    if bool(repo) != bool(rev):
        raise click.UsageError("--repo and --rev go together.")
    root = find_root()
    answers = _ask(part, focus, shards or 0, yes=yes)
    source = hook_entries.Source(repo, rev) if repo else installed_from()
    install = plan_install(read_project(root))
    edits = _plan(root, source, install, answers)
    for edit in edits:
        click.echo(shown(edit) if dry_run else written(root, edit), nl=not dry_run)
    if not dry_run and any(edit.after for edit in edits):
        for line in left_to_do(root, edits, install):
            click.echo(line, err=True)
    return CLEAN


def _ask(part: str | None, focus: str | None, shards: int, *, yes: bool) -> _Answers:
    ask = not yes and sys.stdin.isatty() and sys.stderr.isatty()
    if part is None and ask:
        part = click.prompt(
            "Set up the git hooks, the workflows of CI, or both?",
            type=click.Choice(PARTS),
            default="both",
            err=True,
        )
    return _Answers(part or "both", focus, ask, shards)


def _plan(
    root: Path, source: hook_entries.Source, install: Install, answers: _Answers
) -> list[Edit]:
    """All edits, before any is written: what cannot be done stops the command first."""
    if has_settings(root):
        choice = Choice("", "")
    else:
        if answers.focus:
            load(root).focus(answers.focus)  # refused where there is none of that name
        choice = choose_focus(root, answers.focus, ask=answers.ask)
    edits = [plan_settings(root, choice.focus, choice.reason)]
    if answers.part != "ci":
        edits.append(plan_hooks(root, source))
    if answers.part != "hooks":
        demanded = answers.part == "ci"
        check = workflows.check_text(root, source, answers.shards)
        note = f"the workflow that runs the tests; {install.because}"
        edits.append(_plan_workflow(root, workflows.CHECK, check, note, demanded=demanded))
        report = workflows.report_text(source)
        note = "the workflow that reports on pull requests and keeps issues"
        edits.append(_plan_workflow(root, workflows.REPORT, report, note, demanded=demanded))
        if pins := workflows.pins_text(source):
            note = "versions and hashes of what the reporting workflow installs"
            edits.append(_plan_workflow(root, workflows.PINS, pins, note, demanded=demanded))
    return edits


def plan_hooks(root: Path, source: hook_entries.Source) -> Edit:
    """Plan the hook entries in prek.toml where there is one, else in .pre-commit-config.yaml.

    Raises:
        ConfigError: the file has a shape that cannot be extended without rewriting it.
    """
    names = ("prek.toml", ".pre-commit-config.yaml", ".pre-commit-config.yml")
    path = next((name for name in names if (root / name).is_file()), ".pre-commit-config.yaml")
    before = read(root, path)
    text = (before or b"").decode("utf-8", "surrogateescape")
    if hook_entries.names_gardener(text):
        return Edit(path, before, None, "gardener's hooks are there already")
    extend = hook_entries.extend_toml if path == "prek.toml" else hook_entries.extend_yaml
    try:
        after = extend(text, source)
    except hook_entries.NotExtendableError as wrong:
        raise ConfigError(f"{path} {wrong}.") from None
    note = " and ".join(hook_entries.HOOKS)
    return Edit(path, before, after.encode("utf-8", "surrogateescape"), note)


def _plan_workflow(root: Path, path: str, text: str, note: str, *, demanded: bool) -> Edit:
    before = read(root, path)
    if before is not None:
        return Edit(path, before, None, "it is there already")
    if not demanded and not workflows.wanted(root):
        return Edit(path, None, None, "no remote is on GitHub (--part ci writes it all the same)")
    return Edit(path, None, text.encode(), note)
