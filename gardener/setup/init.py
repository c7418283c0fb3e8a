"""The command `gardener init`: sets gardener up in a repository and overwrites nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click

from gardener import __version__
from gardener.config import parse
from gardener.errors import CLEAN, ConfigError, GitError
from gardener.git import find_root, git, lines
from gardener.setup import hook_entries, workflows


class Edit(NamedTuple):
    """What becomes of one file: `after` is None when it is left alone, `said` tells why or what."""

    path: str
    before: bytes | None
    after: bytes | None
    said: str


Planner = Callable[[Path, hook_entries.Source], Edit]


@click.command()
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
def init(*, dry_run: bool, repo: str, rev: str, shards: int | None) -> int:
    """Set gardener up in this repository: settings, hook entries and workflows.

    Existing files are extended, nothing in them is changed. Prints what it wrote.
    """
    if bool(repo) != bool(rev):
        raise click.UsageError("--repo and --rev go together.")
    root = find_root()
    source = hook_entries.Source(repo, rev) if repo else _installed_from()
    planners = (plan_settings, plan_hooks, partial(plan_check, shards=shards or 0), plan_report)
    edits = [plan(root, source) for plan in planners]
    for edit in edits:
        if edit.after is None:
            click.echo(f"left    {edit.path}: {edit.said}")
        elif dry_run:
            click.echo(_diff(edit), nl=False)
        else:
            path = root / edit.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(edit.after)
            click.echo(
                f"{'wrote  ' if edit.before is None else 'extended'} {edit.path}: {edit.said}"
            )
    if dry_run or not any(edit.after for edit in edits):
        return CLEAN
    click.echo("Next: commit these files, then install the git hooks:", err=True)
    click.echo(
        "  pre-commit install --hook-type pre-commit --hook-type pre-push   (or: prek install ...)",
        err=True,
    )
    return CLEAN


def plan_settings(root: Path, _: hook_entries.Source) -> Edit:
    """Plan `[tool.gardener]` in pyproject.toml.

    Raises:
        ConfigError: the file is not TOML or cannot be extended.
    """
    path = "pyproject.toml"
    before = _read(root / path)
    if before is not None:
        parse(before, root)  # a broken file is named before anything is written
        if re.search(rb"^\s*\[+\s*tool\.gardener\b", before, re.MULTILINE):
            return Edit(path, before, None, "[tool.gardener] is there already")
    everything = not _speaks_websocket(root)
    text = _SETTINGS_TEXT.replace('"websocket"', '""' if everything else '"websocket"')
    after = _append(before or b"", text.encode())
    try:
        parse(after, root)
    except ConfigError:
        raise ConfigError(
            "pyproject.toml defines `tool` in a way that cannot be extended; "
            "add a table [tool.gardener] by hand."
        ) from None
    focus = (
        "no WebSocket code found, the hook takes all unit tests"
        if everything
        else "focus websocket"
    )
    return Edit(path, before, after, f"[tool.gardener], {focus}")


def plan_hooks(root: Path, source: hook_entries.Source) -> Edit:
    """Plan the hook entries in prek.toml where there is one, else in .pre-commit-config.yaml.

    Raises:
        ConfigError: the file has a shape that cannot be extended without rewriting it.
    """
    path = "prek.toml" if (root / "prek.toml").is_file() else ".pre-commit-config.yaml"
    before = _read(root / path)
    text = (before or b"").decode("utf-8", "surrogateescape")
    if hook_entries.names_gardener(text):
        return Edit(path, before, None, "gardener's hooks are there already")
    extend = hook_entries.extend_toml if path == "prek.toml" else hook_entries.extend_yaml
    try:
        after = extend(text, source)
    except hook_entries.NotExtendableError as wrong:
        raise ConfigError(f"{path} {wrong}.") from None
    said = " and ".join(hook_entries.HOOKS)
    return Edit(path, before, after.encode("utf-8", "surrogateescape"), said)


def plan_check(root: Path, source: hook_entries.Source, *, shards: int = 0) -> Edit:
    """Plan the workflow that runs the tests."""
    return _plan_workflow(root, workflows.CHECK, lambda: workflows.check_text(root, source, shards))


def plan_report(root: Path, source: hook_entries.Source) -> Edit:
    """Plan the workflow that comments on pull requests and keeps issues."""
    return _plan_workflow(root, workflows.REPORT, lambda: workflows.report_text(source))


def _plan_workflow(root: Path, path: str, text: Callable[[], str]) -> Edit:
    before = _read(root / path)
    if before is not None:
        return Edit(path, before, None, "it is there already")
    if not workflows.wanted(root):
        return Edit(path, None, None, "no remote is on GitHub")
    return Edit(path, None, text().encode(), "a workflow of GitHub Actions")


_SETTINGS_TEXT = """\
[tool.gardener]
# What blocks a commit or a merge; `pre-existing` and `flaky` failures are shown and do not block.
# fail-on = ["regression", "new", "active-dev", "unknown"]
# The interpreter that has pytest, if gardener does not find it by itself.
# python = ".venv/bin/python"

[tool.gardener.hook]
# The tests that the hook may run: those of a focus ("" = any test) at a level (unit or any).
focus = "websocket"
level = "unit"
"""


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as wrong:
        raise ConfigError(f"{path.name} cannot be read: {wrong.strerror}.") from None


def _append(before: bytes, added: bytes) -> bytes:
    if b"\r\n" in before:
        added = added.replace(b"\n", b"\r\n")
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    if before and not before.endswith(b"\n"):
        before += newline
    return before + (newline if before.strip() else b"") + added


def _speaks_websocket(root: Path) -> bool:
    listed = lines(git("ls-files", "-z", "-co", "--exclude-standard", "--", "*.py", root=root))
    word = re.compile(rb"websocket|socketio|engineio|\bwsproto\b|\bchannels\b", re.IGNORECASE)
    return any(
        word.search(name.encode(errors="surrogateescape"))
        or word.search((root / name).read_bytes())
        for name in listed
        if (root / name).is_file()
    )


def _installed_from() -> hook_entries.Source:
    """Where this gardener was installed from (PEP 610), else its version on a package index."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        told = distribution("test-gardener").read_text("direct_url.json")
    except PackageNotFoundError:
        told = None
    origin = json.loads(told) if told else {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        return hook_entries.Source(url, str(origin["vcs_info"]["commit_id"]))
    if url.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        clone = Path(unquote(urlsplit(url).path))
        if (clone / ".git").exists():
            commit = git("rev-parse", "HEAD", root=clone).decode().strip()
            remote = _remote(clone)
            if remote:
                return hook_entries.Source(remote, commit)
            click.echo(
                f"gardener: the hooks point to the clone {clone}; "
                "give --repo URL --rev REV for hooks that others can install.",
                err=True,
            )
            return hook_entries.Source(str(clone), commit)
    return hook_entries.Source("", f"test-gardener=={__version__}")


def _remote(clone: Path) -> str:
    """The address that a clone was made from, if others can reach it too."""
    try:
        url = git("config", "--get", "remote.origin.url", root=clone).decode().strip()
    except GitError:
        return ""
    return url if url.startswith(("https://", "ssh://", "git@")) else ""


def _diff(edit: Edit) -> str:
    from difflib import unified_diff

    before = (edit.before or b"").decode(errors="replace").splitlines(keepends=True)
    after = (edit.after or b"").decode(errors="replace").splitlines(keepends=True)
    old = "/dev/null" if edit.before is None else f"a/{edit.path}"
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(before, after, old, f"b/{edit.path}")
    )
