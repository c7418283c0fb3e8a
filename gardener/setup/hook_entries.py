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


Setting = str | bool | list[str]
"""A value in the entry of a hook."""


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
    if not any(_is_content(line) for line in lines):
        stages = f"default_install_hook_types: [{', '.join(STAGES)}]"
        lines += [stages, "repos:", *_yaml_item(source, "")]
        return newline.join([*lines, ""])
    key = next((n for n, line in enumerate(lines) if re.match(r"repos\s*:", line)), None)
    if key is None:
        end = next((n for n, line in enumerate(lines) if line.startswith("...")), len(lines))
        lines[end:end] = ["repos:", *_yaml_item(source, "")]
        return newline.join([*lines, ""])
    inline = re.sub(r"^repos\s*:|\s+#.*$", "", lines[key]).strip()
    if inline == "[]":
        lines[key] = re.sub(r"\s*\[\]", "", lines[key], count=1)
    elif inline:
        raise NotExtendableError
    last, indent = _end_of_sequence(lines, key)
    lines[last + 1 : last + 1] = _yaml_item(source, indent)
    return newline.join([*lines, ""])


def _is_content(line: str) -> bool:
    """Whether a line is more than space, a comment or the start of a document."""
    return bool(line.strip()) and not line.lstrip().startswith(("#", "---"))


def _end_of_sequence(lines: list[str], key: int) -> tuple[int, str]:
    """The last line of the sequence below the line of its key, and how its items are indented."""
    last, indent = key, None
    for number in range(key + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.startswith("#"):
            continue
        if not re.match(r"\s|-(?:\s|$)", line):
            break
        if indent is None and line.lstrip().startswith("-"):
            indent = line[: len(line) - len(line.lstrip())]
        last = number
    return last, indent or ""


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
                "  { "
                + ", ".join(f"{key} = {_toml(setting)}" for key, setting in fields.items())
                + " },"
            )
        item.append("]")
    gap = "" if not text or text.endswith(newline * 2) else newline
    end = "" if not text or text.endswith(newline) else newline
    return text + end + gap + newline.join([*item, ""])


# What `.pre-commit-hooks.yaml` says, for a hook that is installed from a package index:
# there is no repository then whose manifest could be read.
_LOCAL: dict[str, dict[str, Setting]] = {
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
            lines += [f"    {key}: {_yaml(setting)}" for key, setting in _LOCAL[hook].items()]
            lines.append(f"    additional_dependencies: [{source.rev}]")
    return [indent + line for line in lines]


def _yaml(setting: Setting) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    return f"[{', '.join(setting)}]" if isinstance(setting, list) else setting


def _toml(setting: Setting) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    if isinstance(setting, list):
        return f"[{', '.join(_toml(text) for text in setting)}]"
    return f'"{setting}"'
