"""Writes the two workflows of GitHub Actions: one runs the tests, one reports what failed."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from gardener import __version__
from gardener.errors import GitError
from gardener.git import branch, git
from gardener.setup import check_workflow
from gardener.setup.hook_entries import Source
from gardener.setup.project_files import read_project, text_of
from gardener.setup.project_install import plan_install

CHECK = ".github/workflows/gardener-check.yml"
REPORT = ".github/workflows/gardener-report.yml"
PINS = ".github/gardener-requirements.txt"

_REPORT_TEXT = """\
# Written by `gardener init`. Reports what gardener-check.yml found: a comment, a check run and
# one-click fixes on the pull request, issues for the default branch.
# It may write, so it never checks out or runs code of the pull request, and takes the report
# of a fork for what it is: text by a stranger.
name: gardener report

on:
  workflow_run: # zizmor: ignore[dangerous-triggers] reads reports only, runs nothing of the change
    workflows: [gardener check]
    types: [completed]

permissions: {{}}

concurrency:
  group: gardener-report-${{{{ github.event.workflow_run.head_repository.full_name }}}}-${{{{ github.event.workflow_run.head_branch }}}}
  cancel-in-progress: false

jobs:
  pull-request:
    name: Report on the pull request
    if: contains(fromJSON('["pull_request", "merge_group"]'), github.event.workflow_run.event)
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      actions: read # to fetch the reports of the run and of its base
      checks: write # the check run `gardener`
      contents: read # where the change began, and its files for one-click fixes
      issues: read # to link a cause to its issue
      pull-requests: write # the comment and the suggestions
    steps:
{gardener}
{kept}
      - name: Report (the reports of the run and of its base are fetched, and read without unpacking)
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
          GARDENER_BOT_CACHE: ~/.cache/gardener-bot
        run: gardener comment --check-run --suggest

  default-branch:
    name: Keep the issues
    if: >-
      github.event.workflow_run.event == 'push' &&
      github.event.workflow_run.head_repository.full_name == github.repository &&
      github.event.workflow_run.head_branch == github.event.repository.default_branch
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      actions: read # to fetch the reports
      contents: read # which commits lie between two runs
      issues: write # one issue per cause
    steps:
{gardener}
{kept}
      - name: Keep the issues
        env:
          GITHUB_TOKEN: ${{{{ github.token }}}}
          GARDENER_BOT_CACHE: ~/.cache/gardener-bot
        run: gardener issues

      - name: Keep what it knows for the next jobs
        if: always()
        uses: {save}
        with:
          path: ~/.cache/gardener-bot
          key: gardener-bot-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
"""


_KEPT = """\
      - name: Fetch what the last job of the default branch kept (settings, issues, reports of bases)
        uses: {restore}
        with:
          path: ~/.cache/gardener-bot
          key: gardener-bot-
          restore-keys: gardener-bot-"""
"""Of many jobs one keeps: that of a push to the default branch, which reads no stranger's report."""


def check_text(root: Path, source: Source, shards: int = 0) -> str:
    """The workflow that runs the tests: on pull requests, in the merge queue, after a push.

    With more than one of `shards` it divides them among so many machines.
    """
    return check_workflow.text(
        install=plan_install(read_project(root)),
        branch=_yaml_word(default_branch(root)),
        version=_python_version(root),
        gardener=_install_gardener(source),
        shards=shards,
    )


def report_text(source: Source) -> str:
    """The workflow that reports: after the other one, with rights, without the change's code."""
    action = _action(source)
    steps = f"{action}\n        with:\n          extras: bot" if action else _install_pinned(source)
    restore = _KEPT.format(restore=check_workflow.RESTORE)
    return _REPORT_TEXT.format(gardener=steps, kept=restore, save=check_workflow.SAVE)


def pins_text(source: Source) -> str:
    """The file with all that the reporting jobs install; empty where the action brings its own."""
    return (
        "" if _action(source) else files(__package__).joinpath("bot-requirements.txt").read_text()
    )


def wanted(root: Path) -> bool:
    """Whether the repository may live on GitHub: not when all its remotes are elsewhere."""
    if (root / ".github").is_dir():
        return True
    try:
        remotes = git("remote", "-v", root=root).decode(errors="replace")
    except GitError:
        return True
    return not remotes.strip() or "github" in remotes.lower()


def _action(source: Source) -> str:
    """The step of the composite action, where gardener is a repository on GitHub at a hash."""
    on_github = re.fullmatch(
        r"(?:https://|git@|ssh://git@)github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?", source.repo
    )
    if not on_github or not re.fullmatch(r"[0-9a-f]{40}", source.rev):
        return ""
    return f"      - name: Install gardener\n        uses: {on_github[1]}@{source.rev}"


def _requirement(source: Source) -> str:
    """What pip installs where there is no action."""
    url = re.sub(r"^([\w.-]+@[\w.-]+):", r"ssh://\1/", source.repo)  # pip takes no `git@host:path`
    if "://" in url:
        return f"test-gardener @ git+{url}@{source.rev}"
    # A folder of this machine means nothing to the machines of GitHub.
    return f"test-gardener=={__version__}" if source.repo else source.rev


def _install_gardener(source: Source) -> str:
    """The composite action, else pipx: for a job that may write nothing."""
    return _action(source) or (
        "      - name: Install gardener, apart from the project\n"
        "        env:\n"
        f"          GARDENER: {_quoted(_requirement(source))}\n"
        '        run: pipx install "$GARDENER"'
    )


def _install_pinned(source: Source) -> str:
    """The steps for a job that may write: all that gardener needs comes by version and hash.

    The file with them is taken from the default branch, without a checkout.
    """
    return f"""\
      - name: Install gardener, and what it needs by the hashes of {PINS}
        env:
          GARDENER: {_quoted(_requirement(source))}
          GH_TOKEN: ${{{{ github.token }}}}
        run: |
          gh api -H "Accept: application/vnd.github.raw+json" "repos/$GITHUB_REPOSITORY/contents/{PINS}" > "$RUNNER_TEMP/pins.txt"
          python3 -m venv "$RUNNER_TEMP/gardener"
          pip() {{ "$RUNNER_TEMP/gardener/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }}
          pip install --require-hashes --only-binary :all: -r "$RUNNER_TEMP/pins.txt"
          pip install --no-deps --no-build-isolation "$GARDENER"
          mkdir -p ~/.local/bin
          ln -sf "$RUNNER_TEMP/gardener/bin/gardener" ~/.local/bin/gardener"""


def _python_version(root: Path) -> str:
    """The Python that the project names, else the newest."""
    if (root / ".python-version").is_file():
        return "python-version-file: .python-version"
    if re.search(r"^requires-python\s*=", text_of(root / "pyproject.toml"), re.MULTILINE):
        return "python-version-file: pyproject.toml"
    return 'python-version: "3.x"'


def default_branch(root: Path) -> str:
    """The branch that pull requests go into, as far as the repository knows it."""
    try:
        head = git("symbolic-ref", "-q", "--short", "refs/remotes/origin/HEAD", root=root)
        name = head.decode().strip().removeprefix("origin/")
    except GitError:
        name = branch(root) or "main"
    return name


def _yaml_word(name: str) -> str:
    return name if re.fullmatch(r"[\w./-]+", name) else _quoted(name)


def _quoted(words: str) -> str:
    """A YAML string in double quotes, which JSON's strings are."""
    import json

    return json.dumps(words, ensure_ascii=False)
