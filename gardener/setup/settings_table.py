"""Adds `[tool.gardener]` to a pyproject.toml, and leaves every line of it as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gardener.config import parse
from gardener.errors import ConfigError
from gardener.setup.edits import Edit, read
from gardener.toml import loads

_TEXT = """\
[tool.gardener]
# What blocks a commit or a merge; `pre-existing` and `flaky` failures are shown and do not block.
# fail-on = ["regression", "new", "active-dev", "unknown"]
# The interpreter that has pytest, if gardener does not find it by itself.
# python = ".venv/bin/python"

[tool.gardener.hook]
# The tests that the hook may run: those of a focus ("" = any test) at a level (unit or any).
focus = "FOCUS"
level = "unit"
"""


def has_settings(root: Path) -> bool:
    """Whether pyproject.toml has a table of ours.

    Raises:
        ConfigError: it is not TOML, or our table is wrong: named before anything is written.
    """
    before = read(root, "pyproject.toml")
    if before is None:
        return False
    parse(before, root)
    return "gardener" in loads(before.decode()).get("tool", {})


def plan_settings(root: Path, focus: str, reason: str) -> Edit:
    """Plan the table with `focus` for the hook.

    Raises:
        ConfigError: the file is not TOML or cannot be extended.
    """
    path = "pyproject.toml"
    if has_settings(root):
        return Edit(path, read(root, path), None, "[tool.gardener] is there already")
    before = read(root, path)
    text = (before or b"").decode()
    after = _extended(text, _TEXT.replace("FOCUS", focus))
    note = f"focus {focus}, {reason}" if focus else reason
    return Edit(path, before, after.encode(), f"[tool.gardener], {note}")


def _extended(text: str, added: str) -> str:
    """The text with the tables of `added`, checked to mean both."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    newline = "\r\n" if "\r\n" in text else "\n"
    if text.strip() and not text.endswith("\n"):
        text += newline
    try:
        document = tomlkit.parse(text)
        tables = tomlkit.parse(added.replace("\n", newline))
        if text.strip():
            document.add(tomlkit.ws(newline))
        document.append("tool", tables["tool"])
        after: str = document.as_string().rstrip("\r\n") + newline
        if loads(after) == _both(loads(text), loads(added)):
            return after
    except (TOMLKitError, ValueError):
        pass
    raise ConfigError(
        "pyproject.toml defines `tool` in a way that cannot be extended; "
        "add a table [tool.gardener] by hand."
    )


def _both(text: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    return {**text, "tool": {**text.get("tool", {}), **added["tool"]}}
