"""Writes gardener's hooks into the text of a hook configuration, and leaves the rest as it is."""

from __future__ import annotations

import re
from typing import NamedTuple

HOOKS = ("gardener-fix", "gardener-run")
STAGES = ("pre-commit", "pre-push")


class Source(NamedTuple):
    """Where the hooks come from: a git repository at a revision, or (no `repo`) a requirement."""

    repo: str
    rev: str


class NotExtendableError(Exception):
    """The text has a shape that cannot be extended without rewriting it."""


def names_gardener(text: str) -> bool:
    """Whether one of our hooks is configured already; a comment does not count."""
    return any(
        re.search(r"""\bid['"]?\s*[:=]\s*['"]?gardener-(?:fix|run)\b""", line.partition("#")[0])
        for line in text.splitlines()
    )


def extend_yaml(text: str, source: Source) -> str:
    """Add the hooks to a `.pre-commit-config.yaml`; an empty text becomes a new one.

    Works on lines instead of parsing and dumping, which would lose comments, quotes
    and layout.

    Raises:
        NotExtendableError: `repos` is not a block sequence.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    if not any(line.strip() and not line.lstrip().startswith(("#", "---")) for line in lines):
        head = [f"default_install_hook_types: [{', '.join(STAGES)}]", "repos:"]
        return newline.join([*lines, *head, *_yaml_item(source, ""), ""])
    at = next((n for n, line in enumerate(lines) if re.match(r"repos\s*:", line)), None)
    if at is None:
        end = next((n for n, line in enumerate(lines) if line.startswith("...")), len(lines))
        lines[end:end] = ["repos:", *_yaml_item(source, "")]
        return newline.join([*lines, ""])
    value = re.sub(r"^repos\s*:|\s+#.*$", "", lines[at]).strip()
    if value == "[]":
        lines[at] = re.sub(r"\s*\[\]", "", lines[at], count=1)
    elif value:
        raise NotExtendableError
    last, indent = at, None
    for n in range(at + 1, len(lines)):
        line = lines[n]
        if not line.strip() or line.startswith("#"):
            continue
        if not re.match(r"\s|-(?:\s|$)", line):
            break
        if indent is None and line.lstrip().startswith("-"):
            indent = line[: len(line) - len(line.lstrip())]
        last = n
    lines[last + 1 : last + 1] = _yaml_item(source, indent or "")
    return newline.join([*lines, ""])


def extend_toml(text: str, source: Source) -> str:
    """Add the hooks to a `prek.toml`."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if source.repo:
        item = [
            "[[repos]]",
            f'repo = "{source.repo}"',
            f'rev = "{source.rev}"',
            "hooks = [" + ", ".join(f'{{ id = "{hook}" }}' for hook in HOOKS) + "]",
        ]
    else:
        item = ["[[repos]]", 'repo = "local"', "hooks = ["]
        for hook in HOOKS:
            fields = {"id": hook, **_LOCAL[hook], "additional_dependencies": [source.rev]}
            item.append(
                "  { " + ", ".join(f"{key} = {_toml(v)}" for key, v in fields.items()) + " },"
            )
        item.append("]")
    gap = "" if not text or text.endswith(newline * 2) else newline
    end = "" if not text or text.endswith(newline) else newline
    return text + end + gap + newline.join([*item, ""])


# What `.pre-commit-hooks.yaml` says, for a hook that is installed from a package index:
# there is no repository then whose manifest could be read.
_LOCAL: dict[str, dict[str, str | bool | list[str]]] = {
    "gardener-fix": {
        "name": "gardener fix",
        "entry": "gardener fix",
        "language": "python",
        "types": ["python"],
        "stages": ["pre-commit"],
    },
    "gardener-run": {
        "name": "gardener run",
        "entry": "gardener run --hook",
        "language": "python",
        "pass_filenames": False,
        "always_run": True,
        "require_serial": True,
        "stages": list(STAGES),
    },
}


def _yaml_item(source: Source, indent: str) -> list[str]:
    lines = [f"- repo: {source.repo or 'local'}"]
    if source.repo:
        lines += [f"  rev: {source.rev}", "  hooks:", *(f"  - id: {hook}" for hook in HOOKS)]
    else:
        lines.append("  hooks:")
        for hook in HOOKS:
            lines.append(f"  - id: {hook}")
            lines += [f"    {key}: {_yaml(value)}" for key, value in _LOCAL[hook].items()]
            lines.append(f"    additional_dependencies: [{source.rev}]")
    return [indent + line for line in lines]


def _yaml(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(value)}]" if isinstance(value, list) else value


def _toml(value: str | bool | list[str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return f'"{value}"'
