"""What stands around the project: git, the hook manager, the CI workflows and the token."""

from __future__ import annotations

import contextlib
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gardener import __version__
from gardener.errors import GitError
from gardener.git import fork_point, git
from gardener.setup.hook_entries import STAGES, names_gardener

from ..changes import is_shallow
from .check import Check, note, ok, todo

SECONDS = 10
_MANAGERS = ("prek", "pre-commit")
_CONFIGURATIONS = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
_WRITES = {"pull-requests": r"gardener comment\b", "issues": r"gardener issues\b"}
"""Permissions, and the commands that need them."""
_ASKS_NOBODY = re.compile(r"--(?:summary|dry-run)\b")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


def check_git(root: Path) -> Check:
    """Git itself, and whether the history reaches the commit where the branch began."""
    version = git("--version", root=root).decode().strip().removeprefix("git version ")
    if is_shallow(root):
        state = f"{version}; this clone is shallow, so the merge base is not known"
        return todo("git", state, "git fetch --unshallow (in CI: `fetch-depth: 0`)")
    base = fork_point(root)
    if not base:
        state = f"{version}; where this branch left the main one is not known"
        return note("git", state, "`--since REF` names the commit to compare with")
    return ok("git", f"{version}; compared with {base[:10]}")


def check_hooks(root: Path) -> Iterator[Check]:
    """The hook manager's configuration, and whether git runs it."""
    name = next((name for name in _CONFIGURATIONS if (root / name).is_file()), "")
    text = (root / name).read_text("utf-8", "replace") if name else ""
    if not names_gardener(text):
        where = f"{name} does not name gardener's hooks" if name else "no hook manager is set up"
        yield note("hooks", where, "`gardener init` adds them")
        return
    revision = _revision(text)
    if _COMMIT.fullmatch(revision):
        yield ok("hooks", f"{name}: commit {revision[:10]}")
    elif revision and revision.lstrip("v") not in (__version__, ""):
        state = f"{name}: rev {revision}; the gardener that speaks is {__version__}"
        yield note("hooks", state, "prek autoupdate (or pre-commit autoupdate)")
    else:
        yield ok("hooks", f"{name}: {revision or 'a repository or version of your own'}")
    missing = [stage for stage in STAGES if not _is_installed(root, stage)]
    if missing:
        types = " ".join(f"--hook-type {stage}" for stage in STAGES)
        yield todo(
            "git hooks",
            f"git does not run {' and '.join(missing)} hooks here",
            f"prek install {types} (or pre-commit install {types})",
        )
    else:
        yield ok("git hooks", f"installed: {', '.join(STAGES)}")


def _revision(text: str) -> str:
    """The `rev` of the entry that installs our hooks; empty where it has none."""
    behind = re.split(r"(?m)^\s*(?:-\s*repo\s*:|\[\[repos\]\])", text)
    for entry in behind[1:]:
        if names_gardener(entry):
            match = re.search(r"""(?m)^\s*rev\s*[:=]\s*['"]?([^\s'"#]+)""", entry)
            return match[1] if match else ""
    return ""


def _is_installed(root: Path, stage: str) -> bool:
    try:
        folder = git("rev-parse", "--git-path", "hooks", root=root).decode().rstrip("\n")
        script = (root / folder / stage).read_text("utf-8", "replace")
    except (GitError, OSError):
        return False
    return any(manager in script for manager in (*_MANAGERS, "gardener"))


def check_workflows(root: Path) -> Iterator[Check]:
    """The workflows of GitHub Actions that run gardener, and what their token may do."""
    folder = root / ".github" / "workflows"
    files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    ours = {path: path.read_text("utf-8", "replace") for path in files}
    ours = {path: text for path, text in ours.items() if re.search(r"\bgardener\b", text)}
    if not ours:
        yield note("workflow", "no workflow runs gardener", "`gardener init` writes two")
        return
    for path, text in ours.items():
        name = path.relative_to(root).as_posix()
        lacking = _lacking_permissions(text)
        if lacking:
            lines = ", ".join(f"`{permission}: write`" for permission in lacking)
            yield todo(
                "workflow",
                f"{name} writes to GitHub without {lines}",
                f"add {lines} below `permissions`",
            )
        else:
            yield ok("workflow", name)


def _lacking_permissions(text: str) -> list[str]:
    """Permissions that the commands of a workflow need and that no part of it grants."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    commands = text.replace("\\\n", " ").splitlines()
    needed = [
        permission
        for permission, command in _WRITES.items()
        if any(re.search(command, line) and not _ASKS_NOBODY.search(line) for line in commands)
    ]
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError:
        return []
    parts = [document, *(document.get("jobs") or {}).values()] if isinstance(document, dict) else []
    granted = [
        part["permissions"] for part in parts if isinstance(part, dict) and "permissions" in part
    ]
    if not granted or "write-all" in granted:  # the default of the repository, which is not known
        return []
    written = {
        name
        for permissions in granted
        if isinstance(permissions, dict)
        for name, access in permissions.items()
        if access == "write"
    }
    return [name for name in needed if name not in written]


def check_token(root: Path, environment: Mapping[str, str] = os.environ) -> Check:
    """What the token in the environment may do in this repository."""
    variable = next((name for name in ("GITHUB_TOKEN", "GH_TOKEN") if environment.get(name)), "")
    if not variable:
        return note("token", "neither GITHUB_TOKEN nor GH_TOKEN is set: only CI needs one")
    repository = environment.get("GITHUB_REPOSITORY") or _github_repository(root)
    if not repository:
        return note("token", f"{variable} is set; the repository's name on GitHub is not known")
    url = f"{environment.get('GITHUB_API_URL') or 'https://api.github.com'}/repos/{repository}"
    try:
        document, scopes = _fetched(url, environment[variable])
    except urllib.error.HTTPError as error:
        reasons = {401: "it is not valid", 403: "it may not", 404: "it does not see it"}
        reason = reasons.get(error.code, f"status {error.code}")
        return todo(
            "token",
            f"{variable} cannot read {repository}: {reason}",
            "make a new token with access to it",
        )
    except (OSError, ValueError) as error:
        return note("token", f"{variable} is set; GitHub could not be asked ({error})")
    may = [name for name, granted in (document.get("permissions") or {}).items() if granted]
    rights = scopes or ", ".join(may) or "unknown: in a workflow `permissions` says so"
    return ok("token", f"{variable} can read {repository}; rights: {rights}")


def _github_repository(root: Path) -> str:
    """`owner/name` out of the address of the remote; empty where that is not on GitHub."""
    with contextlib.suppress(GitError):
        address = git("remote", "get-url", "origin", root=root).decode().strip()
        match = re.search(r"github\.[^/:]+[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", address)
        return match[1] if match else ""
    return ""


def _fetched(url: str, token: str) -> tuple[dict[str, Any], str]:
    """The JSON object at an address, and the scopes of a classic token.

    Raises:
        ValueError: the address is none of a web server, or what it answers is no object.
        OSError: it cannot be reached; as `HTTPError` it refuses.
    """
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise ValueError("GITHUB_API_URL is not an https address")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - looked at above
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
        document = json.load(answer)
        scopes = str(answer.headers.get("X-OAuth-Scopes") or "")
    if not isinstance(document, dict):
        raise ValueError("it answered with something else")
    return document, scopes
