"""A hook of MkDocs: the page of all commands, made from them, and a place for each codemod."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gardener.cli import COMMANDS
from gardener.cli import gardener as program

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_TOP = """\
# Commands

Written from the commands themselves when this site is built; `gardener COMMAND --help` says the
same. Exit codes: 0 clean, 1 found or changed something, 2 wrong usage or configuration, 3 a bug of
gardener's own (with a log ready to paste), 130 interrupted. Results go to stdout, talk to stderr.
"""


def on_config(config: MkDocsConfig) -> None:
    """Put the page of each codemod behind that of all of them."""
    pages = sorted((Path(config.docs_dir) / "codemods").glob("*.md"))
    for section in config.nav or ():
        for title, entries in section.items():
            if title == "Reference":
                place = next(n for n, entry in enumerate(entries) if "Codemods" in entry)
                entries[place + 1 : place + 1] = [
                    {page.stem: f"codemods/{page.name}"} for page in pages
                ]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add commands.md to what the site is made of."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "commands.md", content=page()))
    return files


def page() -> str:
    """The page: a section for each command."""
    return "\n".join([_TOP, *map(_section, COMMANDS)])


def _section(name: str) -> str:
    command = program.get_command(click.Context(program), name)
    assert command is not None
    return f"## `gardener {name}`\n\n{_described(command, f'gardener {name}')}"


def _described(command: click.Command, words: str) -> str:
    context = click.Context(command, info_name=words)
    text = "\n\n".join(" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    parts = [f"```text\n{command.get_usage(context)}\n```\n", f"{text}\n"]
    options = [_row(option) for option in command.params if isinstance(option, click.Option)]
    if any(options):
        parts.append("| option | means |\n|---|---|\n" + "".join(options))
    for name, inner in getattr(command, "commands", {}).items():
        parts.append(f"### `{words} {name}`\n\n{_described(inner, f'{words} {name}')}")
    return "\n".join(parts)


def _row(option: click.Option) -> str:
    if option.hidden:
        return ""
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = (
        "" if option.is_flag or option.count else f" {option.make_metavar(click.Context(program))}"
    )
    said = " ".join((option.help or "").split()).replace("|", "&#124;")
    shown = f"{names}{value}".replace("|", "&#124;").replace("<", "&lt;")
    return f"| <code>{shown}</code> | {said} |\n"
