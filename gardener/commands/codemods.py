"""The command `gardener codemods`: list the codemods and explain one."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from gardener.codemod.discovery import choose, discover
from gardener.codemod.model import Codemod
from gardener.config import load_here
from gardener.errors import CLEAN, FOUND, GardenerError

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN")
"""Variables that hold a token: no code of a checkout runs beside one."""


def token_here() -> str:
    """The variable of the environment that holds a token; empty where none does."""
    return next((name for name in TOKENS if os.environ.get(name)), "")


@click.command()
@click.option(
    "--test", is_flag=True, help="Run the examples of the project's codemods, or of NAME."
)
@click.argument("name", required=False)
def codemods(name: str | None, test: bool) -> int:
    """List the codemods, or explain the one called NAME."""
    token = token_here()
    by_name = discover(load_here(), late=False, built_in_only=bool(token))
    if token:
        note = f"{token} is set: codemods of this checkout are not loaded, and not listed."
        click.echo(f"gardener: {note}", err=True)
    if name is not None:
        choose(by_name, [name], [], unsafe=True)
    if test:
        of_project = [c for c in by_name.values() if c.origin != "gardener"]
        return tested([by_name[name]] if name is not None else of_project)
    if name is None:
        width = max(map(len, by_name))
        for codemod in by_name.values():
            tail = "" if codemod.default else " (off by default)"
            click.echo(f"{codemod.name:{width}}  {codemod.summary}{tail}")
        return CLEAN
    click.echo(explained(by_name[name]))
    return CLEAN


def tested(codemods: Sequence[Codemod]) -> int:
    """Run the examples of codemods and say which are not true.

    Raises:
        GardenerError: there is nothing to run.
    """
    from gardener.codemod.trial import faults

    if not any(codemod.examples for codemod in codemods):
        whose = ", ".join(codemod.name for codemod in codemods) or "the project's codemods"
        raise GardenerError(f"There are no examples to run: EXAMPLES of {whose}.")
    untrue = 0
    for codemod in codemods:
        for example in codemod.examples:
            wrong = list(faults(codemod, example))
            untrue += bool(wrong)
            if wrong:
                click.echo("\n".join((f"{codemod.name}: {example.title}", *wrong)))
    number = sum(len(codemod.examples) for codemod in codemods)
    click.echo(f"gardener: {number} examples, {untrue} not true.", err=True)
    return FOUND if untrue else CLEAN


def explained(codemod: Codemod) -> str:
    """The explanation of a codemod with its examples, as Markdown."""
    parts = [f"# {codemod.name}", codemod.explanation.strip(), facts(codemod)]
    for example in codemod.examples:
        parts.append(f"## {example.title[:1].upper()}{example.title[1:]}")
        parts.append(f"```python\n{example.before.strip()}\n```")
        if example.after is not None:
            parts.append(f"becomes\n\n```python\n{example.after.strip()}\n```")
        else:
            parts.append("stays as it is.")
        if example.note:
            parts.append(f"Note: *{example.note}*.")
    return "\n\n".join(parts)


def facts(codemod: Codemod) -> str:
    """When it runs and how, whether it may change behaviour, and which lint codes keep it away."""
    runs = "runs by default" if codemod.default else f"runs with `--only {codemod.name}`"
    safe = "keeps behaviour" if codemod.safe else "may change behaviour: needs `--unsafe`"
    text = f"It {runs}; it {safe}."
    if codemod.codes:
        text += f" `# noqa: {', '.join(codemod.codes)}` on a line keeps it away."
    if codemod.origin == "gardener":
        text += f"\n\nBy libcst's own tool: `{by_libcst(codemod.name)} FILE`."
    return text


def by_libcst(name: str) -> str:
    """How libcst's own tool runs one of gardener's codemods."""
    command = "".join(part.capitalize() for part in name.split("-"))
    module = name.replace("-", "_")
    return f"python -m libcst.tool codemod -x --no-format gardener.codemods.{module}.{command}"
