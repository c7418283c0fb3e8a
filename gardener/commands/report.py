"""The commands that only show or join: `report`, `merge`, `categories`."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path

import click

from gardener.config import load_here
from gardener.errors import CLEAN
from gardener.text import count

FORMATS = ("text", "worklog", "markdown", "html", "json", "junit", "sarif", "gitlab-codequality")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "shape",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="The document to make.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here, not to stdout.")
@click.option(
    "--base-report",
    type=click.Path(path_type=Path),
    help="A report of the merge base: separates regressions from what failed before.",
)
@click.option(
    "--issues",
    type=click.Path(path_type=Path),
    help="What `gardener issues --ledger` wrote: findings then name their issues.",
)
@click.option(
    "--worklog",
    "is_kept",
    is_flag=True,
    help="Also write the worklog into FAILING-TEST/gardener, or update it.",
)
@click.option("--color/--no-color", default=None, help="Colour, whatever stdout is.")
@click.option(
    "-q", "--quiet", is_flag=True, help="One line a finding, the verdict and the next step."
)
@click.option("-v", "--verbose", is_flag=True, help="Every finding in full.")
def report(
    *,
    files: tuple[Path, ...],
    shape: str,
    output: Path | None,
    base_report: Path | None,
    issues: Path | None,
    is_kept: bool,
    color: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Show a finished run.

    FILES are gardener's reports, or those of pytest-json-report, pytest-reportlog or
    JUnit XML; `-` is stdin. Several are merged first.
    """
    from gardener.commands.surroundings import keep_worklog, proven
    from gardener.diagnosis import diagnosis
    from gardener.redaction import use
    from gardener.render import formats, terminal, worklog
    from gardener.reports import issue_ledger, merging
    from gardener.reports import store as reports

    config = load_here()
    use(config.redaction.patterns, config.redaction.keep)
    run = merging.merge([reports.load(path) for path in files], [str(path) for path in files])
    base = reports.load(base_report) if base_report else None
    ledger = issue_ledger.load(issues) if issues else issue_ledger.IssueLedger()
    with_fixes = proven(diagnosis.diagnose(run, config, base), config, files)
    diagnosed = issue_ledger.with_issues(with_fixes, ledger)
    if is_kept:
        keep_worklog(run, diagnosed, ledger)
    if shape == "text":
        stops = diagnosis.blocking(diagnosed, config)
        text = io.StringIO()
        with contextlib.nullcontext() if output is None else contextlib.redirect_stdout(text):
            terminal.render(
                run, diagnosed, blocking=stops, color=color, quiet=quiet, verbose=verbose
            )
        if output is not None:
            _write(text.getvalue(), output)
        return CLEAN
    if shape == "html":
        from gardener.commands.surroundings import extras_of
        from gardener.render import html

        extras = extras_of(diagnosed, config, files, base, ledger)
        _write(html.render(run, diagnosed, extras), output)
        return CLEAN
    if shape == "worklog":
        _write(worklog.render(run, diagnosed, ledger), output)
        return CLEAN
    _write(formats.RENDERERS[shape](run, diagnosed), output)
    return CLEAN


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The joined report."
)
def merge(files: tuple[Path, ...], output: Path) -> int:
    """Join the reports of shards, attempts and cells into one."""
    from gardener.redaction import use
    from gardener.reports import merging
    from gardener.reports import store as reports

    config = load_here()
    use(config.redaction.patterns, config.redaction.keep)
    merged = merging.merge([reports.load(path) for path in files], [str(path) for path in files])
    reports.save(merged, output)
    click.echo(f"{output}: {count(len(files), 'report')} merged.", err=True)
    return CLEAN


@click.command()
@click.argument("id_", metavar="[ID]", required=False)
def categories(id_: str | None) -> int:
    """List the categories of failures, or explain one."""
    from gardener.diagnosis import classification

    rows = classification.table(load_here())
    if id_ is None:
        width = max(len(row.id) for row in rows)
        for row in rows:
            click.echo(f"{row.id:{width}}  {row.kind:13}  {row.priority}  {row.explanation}")
        return CLEAN
    for row in rows:
        if row.id == id_:
            click.echo(classification.explain(row))
            return CLEAN
    from difflib import get_close_matches

    close = get_close_matches(id_, [row.id for row in rows], n=1, cutoff=0.4)
    hint = f"did you mean {close[0]!r}?" if close else "see `gardener categories`."
    raise click.UsageError(f"There is no category {id_!r}; {hint}")


def _write(text: str, output: Path | None) -> None:
    if output is None or str(output) == "-":
        sys.stdout.write(text)
        return
    from gardener.reports.store import write

    write(output, text.encode("utf-8", "replace"))
    click.echo(f"{output} written.", err=True)
