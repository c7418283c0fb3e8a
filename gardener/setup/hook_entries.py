"""Writes gardener's hooks into the text of a hook configuration, and leaves the rest as it is.

The libraries that keep comments say where an entry goes; every byte that was there stays.
"""

from __future__ import annotations

import io
import re
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import Node

HOOKS = ("gardener-fix", "gardener-run")
STAGES = ("pre-commit", "pre-push")


class Source(NamedTuple):
    """Where the hooks come from: a git repository at a revision, or (no `repo`) a requirement."""

    repo: str
    rev: str


Setting = str | bool | list[str]
"""A value in the entry of a hook."""


class NotExtendableError(Exception):
    """The text has a shape that cannot be extended without rewriting it; says which."""


# What `.pre-commit-hooks.yaml` says, for a hook that is installed from a package index:
# there is no repository then whose manifest could be read.
_LOCAL: dict[str, dict[str, Setting]] = {
    "gardener-fix": {
        "name": "gardener fix",
        "entry": "gardener fix",
        "language": "python",
        "types": ["python"],
        "verbose": True,
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


def names_gardener(text: str) -> bool:
    """Whether one of our hooks is configured already; a comment does not count."""
    return any(
        re.search(r"""\bid['"]?\s*[:=]\s*['"]?gardener-(?:fix|run)\b""", line.partition("#")[0])
        for line in text.splitlines()
    )


def entry(source: Source) -> dict[str, Any]:
    """The item of `repos` that installs our hooks."""
    if source.repo:
        return {"repo": source.repo, "rev": source.rev, "hooks": [{"id": hook} for hook in HOOKS]}
    hooks = [
        {"id": hook, **settings, "additional_dependencies": [source.rev]}
        for hook, settings in _LOCAL.items()
    ]
    return {"repo": "local", "hooks": hooks}


class _Layout(NamedTuple):
    """How a YAML file lays out its sequences."""

    column: int = 0
    """Where the dashes of `repos` stand."""
    dash: int = 2
    """From a dash to what follows it."""
    nested: int = 0
    """From a key to the dashes of its sequence."""


def extend_yaml(text: str, source: Source) -> str:
    """Add the hooks to a `.pre-commit-config.yaml`; an empty text becomes a new one.

    Raises:
        NotExtendableError: it is no YAML, or `repos` is not a block sequence.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    top = _composed(text)
    if top is None:
        stages = f"default_install_hook_types: [{', '.join(STAGES)}]\n"
        return _spliced(text, len(text), stages + _repos(source), newline)
    if top.tag != "tag:yaml.org,2002:map" or top.flow_style:
        raise NotExtendableError("is no block mapping with the key `repos`")
    pairs = [(key, value) for key, value in top.value if key.value == "repos"]
    if not pairs:
        return _spliced(text, _end_of_block(text, top, -1), _repos(source), newline)
    ((key, repos),) = pairs
    if repos.start_mark.index < key.end_mark.index:
        raise NotExtendableError("gives `repos` as an alias; write its list there")
    if repos.tag == "tag:yaml.org,2002:null":
        return _spliced(text, key.end_mark.index, _item(source, _Layout()), newline)
    if not isinstance(repos.value, list) or (repos.flow_style and repos.value):
        raise NotExtendableError(
            "keeps `repos` on one line; write it as a list with one `- repo:` a line"
        )
    if not repos.value:  # `repos: []`
        start = len(text[: repos.start_mark.index].rstrip())
        text = text[:start] + text[repos.end_mark.index :]
        return _spliced(text, start, _item(source, _Layout()), newline)
    layout = _layout_of(repos)
    end = _end_of_block(text, repos, layout.column)
    return _spliced(text, end, _item(source, layout), newline)


def _composed(text: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(pure=True).compose(text)
    except YAMLError as wrong:
        mark = getattr(wrong, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise NotExtendableError(f"is not valid YAML{where}") from None


def _layout_of(repos: Node) -> _Layout:
    """The layout of the items that are there already."""
    first = repos.value[0]
    column = repos.start_mark.column
    for item in repos.value:
        for key, value in item.value if isinstance(item.value, list) else ():
            if isinstance(key, tuple) or key.value != "hooks" or value.flow_style:
                continue
            if isinstance(value.value, list):
                nested = value.start_mark.column - key.start_mark.column
                return _Layout(column, first.start_mark.column - column, max(nested, 0))
    return _Layout(column, max(first.start_mark.column - column, 2))


def _end_of_block(text: str, block: Node, column: int) -> int:
    """Where a block ends: its mark stands before the next token, behind foreign comments."""
    lines = text[: block.end_mark.index].splitlines(keepends=True)
    while lines:
        bare = lines[-1].lstrip()
        comment = bare.startswith("#") and len(lines[-1]) - len(bare) <= column
        if bare and not comment:
            break
        lines.pop()
    return sum(map(len, lines))


def _spliced(text: str, at: int, added: str, newline: str) -> str:
    """The text with whole lines added after the line in which `at` stands."""
    line_end = text.find("\n", max(at - 1, 0))
    end = len(text) if line_end < 0 or not text else line_end + 1
    before, after = text[:end], text[end:]
    if before and not before.endswith("\n"):
        before += newline
    after = after if not after or after.endswith("\n") else after + newline
    return before + added.replace("\n", newline) + after


def _repos(source: Source) -> str:
    return "repos:\n" + _item(source, _Layout())


def _item(source: Source, layout: _Layout) -> str:
    yaml = _writer(layout)
    item = entry(source)
    for hook in item["hooks"]:
        hook.update({key: _flow(value) for key, value in hook.items() if isinstance(value, list)})
    written = io.StringIO()
    yaml.dump([item], written)
    return textwrap.indent(textwrap.dedent(written.getvalue()), " " * layout.column)


def _writer(layout: _Layout) -> YAML:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=layout.dash, sequence=layout.nested + layout.dash, offset=layout.nested)
    return yaml


def _flow(words: list[str]) -> Any:
    from ruamel.yaml.comments import CommentedSeq

    sequence = CommentedSeq(words)
    sequence.fa.set_flow_style()
    return sequence


def extend_toml(text: str, source: Source) -> str:
    """Add the hooks to a `prek.toml`.

    Raises:
        NotExtendableError: it is no TOML, or `repos` is no list of tables.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import AoT, Array

    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as wrong:
        raise NotExtendableError(f"is not valid TOML: {wrong}") from None
    repos = document.get("repos")
    if isinstance(repos, Array):
        inline = tomlkit.inline_table()
        inline.update(entry(source))
        repos.append(inline)
        extended: str = document.as_string()
        return extended
    if repos is not None and not isinstance(repos, AoT):
        raise NotExtendableError("has a `repos` that is no list of tables")
    table = tomlkit.parse(_toml_text(source).replace("\n", newline))["repos"]
    assert isinstance(table, AoT)
    if repos is None:
        if text.strip():
            document.add(tomlkit.ws(newline))
        document.append("repos", table)
    else:
        repos.append(table[0])
    written: str = document.as_string()
    return written


def _toml_text(source: Source) -> str:
    import tomlkit

    item = entry(source)
    lines = ["[[repos]]"]
    lines += [f"{key} = {tomlkit.item(item[key]).as_string()}" for key in item if key != "hooks"]
    lines.append("hooks = [")
    for hook in item["hooks"]:
        inline = tomlkit.inline_table()
        inline.update(hook)
        lines.append(f"  {inline.as_string()},")
    return "\n".join([*lines, "]", ""])
