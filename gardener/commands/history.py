"""The command `history`: what one test did in earlier runs, the newest first."""

from __future__ import annotations

from pathlib import Path

import click

from gardener.errors import CLEAN
from gardener.nodeid import NodeId
from gardener.reports.history import History, HistoryError, PastResult


@click.command()
@click.argument("nodeid")
@click.option(
    "-n",
    "limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="How many runs.",
)
def history(nodeid: str, limit: int) -> int:
    """Show what one test did in earlier runs of this clone, the newest first.

    NODEID is relative to the top of the repository, as gardener prints it. `*` after the
    commit: the files were not those of the commit.
    """
    from gardener.config import load
    from gardener.git import find_root, store
    from gardener.redaction import redact, use

    root = find_root()
    database = History(store(root))
    runs = database.of_test(nodeid, limit)
    nodeids = [] if runs or database.trouble else database.nodeids()
    if database.trouble:
        raise HistoryError(database.trouble)
    if not runs:
        raise HistoryError(_unknown(nodeid, nodeids))
    config = load(root)
    use(config.redaction.patterns, config.redaction.keep)
    trees: dict[str, str] = {}
    for run in runs:
        commit = run.state.commit
        if commit not in trees:
            trees[commit] = _tree(root, commit)
        click.echo(redact(line(run, dirty=trees[commit] != run.state.tree)))
    return CLEAN


def line(run: PastResult, *, dirty: bool) -> str:
    """One run in one line: when, on what, why it ran, what the test did."""
    commit = run.state.commit[:10] or "no commit"
    words = [
        run.created[:19].replace("T", " "),
        f"{commit + '*' * dirty:11}",
        f"{run.purpose:6}",
        f"{', '.join(run.row.outcomes):8}",
        f"{run.row.duration:.2f} s",
        " ".join(run.row.fingerprints),
        f"({run.state.branch})" if run.state.branch else "",
    ]
    return "  ".join(word for word in words if word)


def _tree(root: Path, commit: str) -> str:
    from gardener.errors import GitError
    from gardener.git import git

    try:
        return git("rev-parse", f"{commit}^{{tree}}", root=root).decode().strip()
    except GitError:  # no commit yet, or one that is gone
        return ""


def _unknown(name: str, nodeids: list[str]) -> str:
    """Why there is nothing of a test, with the tests that may be meant."""
    if not nodeids:
        return "There is no history yet: `gardener run` writes it."
    from difflib import get_close_matches

    container = NodeId.parse(name)
    inside = [nodeid for nodeid in nodeids if NodeId.parse(nodeid).is_within(container)]
    close = inside or get_close_matches(name, nodeids, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(map(repr, close[:3]))}?" if close else "."
    return f"The history holds no run of {name!r}{hint}"
