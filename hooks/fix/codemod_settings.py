"""The settings of codemods, without the cost of decoding them where they are known already.

To decode the configuration takes msgspec, whose import costs more than all other work of
a hook that has nothing to change. So what a pyproject.toml said for codemods is remembered
beside its bytes; and where it says nothing, or no more than lists of names, that is plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from gardener import __version__
from gardener.git import store_by_files
from gardener.paths import write_whole

if TYPE_CHECKING:
    from gardener.config import Config

DEFAULTS: Mapping[str, Any] = {
    "utcnow": "naive",
    "prefer_utc": False,
    "folder": ".gardener/codemods",
    "skip": (),
    "exclude": (),
    "per_path_skip": {},
    "deprecated_import": (),
}
"""`gardener.config.Codemods` as plain values; a test holds both together."""

PLAIN_LISTS = ("skip", "exclude")
"""Settings that are right if they are lists of strings."""

STORE = "fix-settings"
"""Name of the store of what an earlier run decoded."""

RULE = ("source", "target", "before", "after")


def load(root: Path) -> Config:
    """The settings of a repository; only `root`, `python` and `codemods` are sure to be there.

    Raises:
        ConfigError: as `gardener.config.load`.
    """
    quick = load_quickly(root)
    if quick is not None:
        return quick
    from gardener import config

    source = _source(root)
    if source is None:
        return config.load(root)  # it says why it cannot be read
    decoded = config.parse(source, root)
    _remember(root, source, decoded)
    return decoded


def load_quickly(root: Path) -> Config | None:
    """The settings if they are known without decoding, else None."""
    source = _source(root)
    if source is None:
        return None
    if b"gardener" not in source:
        return _config(root, "", {})
    remembered = _remembered(root, source)
    if remembered is not None:
        return _config(root, *remembered)
    plain = _plain(source)
    return None if plain is None else _config(root, "", plain)


def values_of(config: Config) -> dict[str, Any]:
    """The settings of codemods as plain values: what a verdict on a file depends on."""
    values = {name: getattr(config.codemods, name) for name in DEFAULTS}
    rules = values["deprecated_import"]
    values["deprecated_import"] = tuple(
        tuple(getattr(rule, part) for part in RULE) for rule in rules
    )
    return values


def _config(root: Path, python: str, values: dict[str, Any]) -> Config:
    values = {**DEFAULTS, **values}
    values["deprecated_import"] = tuple(
        SimpleNamespace(**dict(zip(RULE, rule, strict=True)))
        for rule in values["deprecated_import"]
    )
    plain = SimpleNamespace(root=root, python=python, codemods=SimpleNamespace(**values))
    return cast("Config", plain)


def _source(root: Path) -> bytes | None:
    """The bytes of pyproject.toml, empty without one; None if it cannot be read."""
    try:
        return (root / "pyproject.toml").read_bytes()
    except FileNotFoundError:
        return b""
    except OSError:
        return None


def _plain(source: bytes) -> dict[str, Any] | None:
    """What `[tool.gardener]` says if no more than lists of names, else None."""
    from gardener.toml import loads

    try:
        table = loads(source.decode()).get("tool", {}).get("gardener", {})
        codemods = table.get("codemods", {})
        lists = {name: tuple(codemods[name]) for name in codemods}
    except (ValueError, AttributeError, TypeError):
        return None  # it is not right, and decoding says why
    is_plain = set(table) <= {"codemods"} and all(
        name in PLAIN_LISTS
        and isinstance(codemods[name], list)
        and all(isinstance(text, str) for text in codemods[name])
        for name in lists
    )
    return lists if is_plain else None


# --- what an earlier run decoded ------------------------------------------------------------


def _remembered(root: Path, source: bytes) -> tuple[str, dict[str, Any]] | None:
    import marshal  # a broken store is only ignored

    store = store_by_files(root)
    if store is None:
        return None
    try:
        written = (store / STORE).read_bytes()
        version, remembered, python, values = marshal.loads(written)  # noqa: S302 - our own file, read as plain data
    except (OSError, EOFError, ValueError, TypeError):
        return None
    is_same = version == __version__ and remembered == source and isinstance(python, str)
    return (python, values) if is_same and set(values) == set(DEFAULTS) else None


def _remember(root: Path, source: bytes, config: Config) -> None:
    """Write the settings beside the bytes they come from; that it cannot be done is no error."""
    import marshal

    store = store_by_files(root)
    if store is None:
        return
    written = marshal.dumps((__version__, source, config.python, values_of(config)))
    try:
        store.mkdir(parents=True, exist_ok=True)
        write_whole(store / STORE, written)
    except OSError:
        return
