"""What is left to do after `gardener init`: only a person can do it, or should look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gardener.setup import workflows
from gardener.setup.edits import Edit
from gardener.setup.project_files import text_of
from gardener.setup.project_install import Install


def left_to_do(root: Path, edits: Sequence[Edit], install: Install) -> list[str]:
    """The lines to print: numbered steps, in the order in which to take them."""
    wrote = {edit.path for edit in edits if edit.after is not None}
    steps: list[str] = []
    if workflows.CHECK in wrote:
        steps.append("\n".join(_look_at_install(root, install)))
    steps.append(f"Commit {_joined(sorted(wrote))}.")
    if any(edit.after and "gardener-run" in edit.note for edit in edits):
        steps.append(
            "Install the git hooks, each developer once:\n"
            "  pre-commit install --hook-type pre-commit --hook-type pre-push"
            "   (or: prek install ...)"
        )
    if workflows.CHECK in wrote:
        branch = workflows.default_branch(root)
        steps.append(
            f"Push to `{branch}` first: its first run is what pull requests are compared with;\n"
            "until then every finding is `unknown`."
        )
        steps.append(
            f"Make the check `gardener` required for `{branch}` (Settings, Rules), "
            "not the job that runs the tests."
        )
    numbered = (f"{number}. {step}".replace("\n", "\n   ") for number, step in enumerate(steps, 1))
    return ["Left to do:", *(f"  {line}" for step in numbered for line in step.splitlines())]


def _look_at_install(root: Path, install: Install) -> Iterator[str]:
    yield f"Look at how {workflows.CHECK} installs the project:"
    for command in install.commands:
        yield f"  {command}"
    yield f"({install.because})"
    existing = [
        path.name
        for path in sorted((root / ".github/workflows").glob("*.y*ml"))
        if not path.name.startswith("gardener-")
        and re.search(r"\b(?:pytest|tox|nox|hatch test)\b", text_of(path))
    ]
    if existing:
        verb, their = ("run", "their") if len(existing) > 1 else ("runs", "its")
        yield f"{_joined(existing)} {verb} tests too: compare {their} steps."


def _joined(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
