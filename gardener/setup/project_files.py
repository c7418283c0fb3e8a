"""The files of a project that say how it is installed, read as they are."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gardener.toml import tables


class Project(NamedTuple):
    """The files of a project's root that say how it is installed."""

    root: Path
    pyproject: Mapping[str, Any]
    hatch: Mapping[str, Any]
    """What hatch.toml, or `[tool.hatch]`, says."""
    setup_cfg: configparser.RawConfigParser

    def tool(self, name: str) -> Mapping[str, Any]:
        """A table below `[tool]`, empty where there is none."""
        return table_in(table_in(self.pyproject, "tool"), name)

    def has(self, *names: str) -> bool:
        """Whether one of these files lies in the root."""
        return any((self.root / name).is_file() for name in names)

    @property
    def backend(self) -> str:
        """The build backend, as pyproject.toml names it."""
        return str(table_in(self.pyproject, "build-system").get("build-backend", ""))

    @property
    def installable(self) -> bool:
        """Whether the project itself can be installed."""
        if "build-system" in self.pyproject or "project" in self.pyproject:
            return True
        return self.has("setup.py") or self.setup_cfg.has_section("metadata")


def read_project(root: Path) -> Project:
    """The project in `root`; a file that cannot be read counts as empty."""
    setup_cfg = configparser.RawConfigParser()
    try:
        setup_cfg.read_string(text_of(root / "setup.cfg"))
    except configparser.Error:
        setup_cfg = configparser.RawConfigParser()
    pyproject = _toml(root / "pyproject.toml")
    hatch = {**table_in(table_in(pyproject, "tool"), "hatch"), **_toml(root / "hatch.toml")}
    return Project(root, pyproject, hatch, setup_cfg)


def table_in(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A table of a TOML document, empty where there is none."""
    table = document.get(name)
    return table if isinstance(table, dict) else {}


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tables(text_of(path))
    except ValueError:
        return {}


def text_of(path: Path) -> str:
    """The text of a file; nothing where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
