"""Writes the settings in force as TOML that says the same, each default marked as one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gardener.config.loading import Config, table_of
from gardener.config.tables import Settings
from gardener.config.websocket import WEBSOCKET

DEFAULT = "  # default"


def listing(config: Config, source: bytes | None) -> str:
    """All settings; `source` are the bytes of pyproject.toml, None where there is none.

    Raises:
        ConfigError: the bytes are not TOML.
    """
    written = table_of(source) if source is not None and b"gardener" in source else None
    origin = "has no [tool.gardener]: these are the defaults"
    if source is None:
        origin = "is not there: these are the defaults"
    elif written is not None:
        origin = "sets what is not marked as default"
    lines = [f"# {config.root / 'pyproject.toml'} {origin}."]
    lines += _table("tool.gardener", _plain(config), written or {})
    return "\n".join(lines) + "\n"


def _plain(config: Config) -> dict[str, Any]:
    """The settings as TOML spells them, with the focus that is built in."""
    tables = {
        field.encode_name: msgspec.to_builtins(getattr(config, field.name))
        for field in msgspec.structs.fields(Settings)
    }
    built_in = msgspec.to_builtins(WEBSOCKET)
    del built_in["name"]
    tables["focus"] = {WEBSOCKET.name: built_in, **tables["focus"]}
    return tables


def _table(name: str, table: Mapping[str, Any], written: Any) -> list[str]:
    """A table, first its own keys, then the tables in it."""
    written = written if isinstance(written, dict) else {}
    lines: list[str] = []
    inner: list[str] = []
    for key, setting in table.items():
        if setting is None:
            continue
        path = f"{name}.{_key(key)}"
        if isinstance(setting, dict) and setting:
            inner += _table(path, setting, written.get(key))
        elif isinstance(setting, (list, tuple)) and setting and isinstance(setting[0], dict):
            for entry in setting:
                inner += _entry(path, entry)
        else:
            mark = "" if key in written else DEFAULT
            lines.append(f"{_key(key)} = {_toml(setting)}{mark}")
    return ["", f"[{name}]", *lines, *inner] if lines else inner


def _entry(path: str, entry: Mapping[str, Any]) -> list[str]:
    """One of a list of tables; what is empty in it is left out."""
    keys = [f"{_key(key)} = {_toml(setting)}" for key, setting in entry.items() if setting]
    return ["", f"[[{path}]]", *keys]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(setting: Any) -> str:
    """A value as TOML, which writes strings, numbers and lists of them as JSON does."""
    return json.dumps(setting, ensure_ascii=False).replace("\x7f", "\\u007F")
