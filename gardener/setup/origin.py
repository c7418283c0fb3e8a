"""Where this gardener was installed from: what a hook entry and a workflow install it from."""

from __future__ import annotations

from pathlib import Path

import click

from gardener import __version__
from gardener.errors import GitError
from gardener.git import git
from gardener.setup.hook_entries import Source


def installed_from() -> Source:
    """Where this gardener was installed from (PEP 610), else its version on a package index."""
    import json
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        direct_url = distribution("test-gardener").read_text("direct_url.json")
    except PackageNotFoundError:
        direct_url = None
    origin = json.loads(direct_url) if direct_url else {}
    url = str(origin.get("url", ""))
    if "vcs_info" in origin:
        return Source(url, str(origin["vcs_info"]["commit_id"]))
    if url.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        clone = Path(unquote(urlsplit(url).path))
        if (clone / ".git").exists():
            return _of_clone(clone)
    return Source("", f"test-gardener=={__version__}")


def _of_clone(clone: Path) -> Source:
    commit = git("rev-parse", "HEAD", root=clone).decode().strip()
    remote = _remote(clone)
    if remote:
        return Source(remote, commit)
    click.echo(
        f"gardener: the hooks point to the clone {clone}; "
        "give --repo URL --rev REV for hooks that others can install.",
        err=True,
    )
    return Source(str(clone), commit)


def _remote(clone: Path) -> str:
    """The address that a clone was made from, if others can reach it too."""
    try:
        url = git("config", "--get", "remote.origin.url", root=clone).decode().strip()
    except GitError:
        return ""
    return url if url.startswith(("https://", "ssh://", "git@")) else ""
