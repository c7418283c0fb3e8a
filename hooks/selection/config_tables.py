"""Configuration files as tables, and what they and the scripts that install say for tests."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename
from typing import Any

from gardener.toml import loads

from .file_kinds import is_aside
from .tree import SourceTree

_ABOUT = frozenset(
    [
        "author",
        "author_email",
        "authors",
        "classifiers",
        "description",
        "documentation",
        "download_url",
        "homepage",
        "keywords",
        "license",
        "license-files",
        "license_files",
        "long_description",
        "long_description_content_type",
        "maintainer",
        "maintainer_email",
        "maintainers",
        "project_urls",
        "readme",
        "repository",
        "url",
        "urls",
        "version",
    ]
)
"""What a project says about itself; installed metadata stays what it was until it is built."""
_DESCRIBING = ("project", "metadata", "tool.poetry")


def tables_of(name: str, source: bytes) -> dict[str, Any]:
    """The sections of a configuration file.

    Raises: ValueError: it does not parse.
    """
    text = source.decode()
    return _toml(text) if name.endswith(".toml") else _ini(text)


def said_for_tests(tree: SourceTree) -> Iterator[tuple[str, list[str]]]:
    """The texts of each configuration file, `setup.py` and `noxfile.py`, but for what is aside.

    Of a configuration file that does not parse that is all of it.
    """
    for config, source in tree.configuration.items():
        try:
            yield config, list(texts_for_tests(tables_of(config, source)))
        except ValueError:
            yield config, [source.decode(errors="replace")]
    for script in tree.python:
        if basename(script) in ("setup.py", "noxfile.py"):
            yield (
                script,
                [
                    text
                    for definition in tree.summaries[script].definitions
                    if not is_aside(definition.name)
                    for text in definition.strings.all()
                ],
            )


def texts_for_tests(setting: Any) -> Iterator[str]:
    """The texts in settings, but for those below a name that is for documentation and the like."""
    if isinstance(setting, dict):
        for key, value in setting.items():
            if not is_aside(str(key).removeprefix("testenv:")):
                yield from texts_for_tests(value)
    elif isinstance(setting, list):
        for value in setting:
            yield from texts_for_tests(value)
    else:
        yield str(setting)


def _toml(text: str) -> dict[str, Any]:
    document = loads(text)
    tools = document.pop("tool", {})
    if not isinstance(tools, dict):
        raise ValueError("`tool` is no table")
    tables = {f"tool.{name}": table for name, table in tools.items()} | document
    return {name: _without_description(name, table) for name, table in tables.items()}


def _ini(text: str) -> dict[str, Any]:
    import configparser  # late: nearly no change needs it

    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    return {n: _without_description(n, dict(reader.items(n))) for n in reader.sections()}


def _without_description(name: str, table: Any) -> Any:
    """A table without what a project says about itself."""
    if name not in _DESCRIBING or not isinstance(table, dict):
        return table
    return {key: setting for key, setting in table.items() if key not in _ABOUT}
