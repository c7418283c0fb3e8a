"""Reads the settings of a repository from its pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import ValidationError, convert, structs

from gardener.config.errors import explained, nearest
from gardener.config.tables import CategoryRule, Focus, Settings
from gardener.config.websocket import WEBSOCKET
from gardener.errors import ConfigError, GitError
from gardener.git import find_root
from gardener.toml import loads


class Config(Settings, frozen=True, kw_only=False):
    """All settings; `root` is the repository they belong to."""

    root: Path

    @property
    def focuses(self) -> tuple[Focus, ...]:
        """The built-in focus, if it is not replaced, and those of the settings."""
        focuses = {WEBSOCKET.name: WEBSOCKET}
        for name, table in self.focus_tables.items():
            focuses[name] = Focus(name, **structs.asdict(table))
        return tuple(focuses.values())

    @property
    def categories(self) -> tuple[CategoryRule, ...]:
        """The categories that the settings add or change."""
        tables = self.category_tables.items()
        return tuple(CategoryRule(id_, **structs.asdict(table)) for id_, table in tables)

    def focus(self, name: str) -> Focus:
        """The focus of that name.

        Raises:
            ConfigError: there is none.
        """
        focuses = {focus.name: focus for focus in self.focuses}
        if name not in focuses:
            raise ConfigError(
                f"There is no focus {name!r}{nearest(name, list(focuses))}; "
                f"add [tool.gardener.focus.{name}] to pyproject.toml."
            )
        return focuses[name]


def load_here() -> Config:
    """The settings of the repository around the current directory; outside of one, the defaults.

    Raises:
        ConfigError: as `load`.
    """
    try:
        return load(find_root())
    except GitError:
        return Config(Path.cwd())


def load(root: Path) -> Config:
    """Read the settings of the repository `root`; without a pyproject.toml, the defaults.

    Raises:
        ConfigError: the file is not TOML, or a key or value is not understood.
    """
    path = root / "pyproject.toml"
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        return Config(root)
    except OSError as error:
        raise ConfigError(f"pyproject.toml cannot be read: {error.strerror}.") from None
    if b"gardener" not in source:
        return Config(root)
    return parse(source, root)


def parse(source: bytes, root: Path) -> Config:
    """Read settings from the bytes of a pyproject.toml; see `load`."""
    table = table_of(source)
    if table is None:
        return Config(root)
    try:
        settings = convert(table, Settings)
    except ValidationError as error:
        raise explained(error, table) from None
    return Config(root, **{name: getattr(settings, name) for name in Settings.__struct_fields__})


def table_of(source: bytes) -> Any:
    """`[tool.gardener]` as TOML has it; None where it is not there.

    Raises:
        ConfigError: the bytes are not TOML, or `tool` is no table.
    """
    try:
        document = loads(source.decode())
    except ValueError as error:  # UnicodeDecodeError is one
        raise ConfigError(f"pyproject.toml is not valid TOML: {error}.") from None
    tools = document.get("tool", {})
    if not isinstance(tools, dict):
        raise ConfigError(f"pyproject.toml: `tool` must be a table, not {tools!r}.")
    return tools.get("gardener")
