"""The command `history`: what one test did in earlier runs, the newest first."""

from __future__ import annotations

from pathlib import Path

import click

from gardener.errors import CLEAN
from gardener.reports.history import History, HistoryError, Past


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
    from gardener.git import find_root, store

    root = find_root()
    past = History(store(root))
    rows = past.of_test(nodeid, limit)
    if not rows and not past.trouble:
        known = past.nodeids()
        if not past.trouble:
            raise HistoryError(_unknown(nodeid, known))
    if past.trouble:
        raise HistoryError(past.trouble)
    committed: dict[str, str] = {}
    for one in rows:
        commit = one.where.commit
        if commit not in committed:
            committed[commit] = _tree(root, commit)
        click.echo(line(one, dirty=committed[commit] != one.where.tree))
    return CLEAN


def line(one: Past, *, dirty: bool) -> str:
    """One run in one line: when, on what, why it ran, what the test did."""
    commit = one.where.commit[:10] or "no commit"
    words = [
        one.created[:19].replace("T", " "),
        f"{commit + '*' * dirty:11}",
        f"{one.purpose:6}",
        f"{', '.join(one.row.outcomes):8}",
        f"{one.row.duration:.2f} s",
        " ".join(one.row.fingerprints),
        f"({one.where.branch})" if one.where.branch else "",
    ]
    return "  ".join(word for word in words if word)


def _tree(root: Path, commit: str) -> str:
    from gardener.errors import GitError
    from gardener.git import git

    try:
        return git("rev-parse", f"{commit}^{{tree}}", root=root).decode().strip()
    except GitError:  # no commit yet, or one that is gone
        return ""


def _unknown(nodeid: str, known: list[str]) -> str:
    if not known:
        return "There is no history yet: `gardener run` writes it."
    from difflib import get_close_matches

    inside = [name for name in known if name.startswith((nodeid + "::", nodeid + "["))]
    near = inside or get_close_matches(nodeid, known, n=3, cutoff=0.5)
    hint = f"; did you mean {', '.join(repr(n) for n in near[:3])}?" if near else "."
    return f"The history holds no run of {nodeid!r}{hint}"
