"""The command `bisect`: which commit introduced a finding; `hooks/verdict/bisection.py` searches."""

from __future__ import annotations

from pathlib import Path

import click

from gardener.errors import INTERRUPTED
from gardener.git import find_root, store

from ..run.request import Talk
from .options import not_blank


@click.command()
@click.argument("finding")
@click.argument("report", required=False, type=click.Path(path_type=Path))
@click.option(
    "--good",
    metavar="REF",
    callback=not_blank,
    help="A commit without it (default: looked for).",
)
@click.option(
    "--bad",
    metavar="REF",
    default="HEAD",
    show_default=True,
    callback=not_blank,
    help="A commit with it.",
)
@click.option("--python", metavar="EXE", default="", help="The project's Python.")
@click.option("-q", "--quiet", is_flag=True, help="Only the last line, no talk.")
def bisect(
    *, finding: str, report: Path | None, good: str | None, bad: str, python: str, quiet: bool
) -> int:
    """Find the commit that introduced a finding.

    FINDING is its name, slug or fingerprint in REPORT, or a nodeid. Only its tests are
    run, in a worktree of their own. A commit is bad when one of them fails for this
    cause, good when none does and one of them passes or none exists yet; anything else is skipped.

    Exit code 1: the commit could not be told from others that had to be skipped.
    """
    from gardener.config import load
    from gardener.reports.history import History

    from ..pytest_run.part_interpreters import PartInterpreters
    from ..pytest_run.picked_tests import ProjectUnderTest
    from ..record.content import content
    from ..verdict.bisect_target import commit_of, target_of
    from ..verdict.bisection import Bisection
    from ..verdict.worktree import checked_out

    root = find_root()
    config = load(root)
    target = target_of(finding, report, config)
    talk = Talk(quiet=quiet)
    pythons = PartInterpreters(root, config, python, talk)
    interpreter = pythons.main.path
    project = ProjectUnderTest(
        root,
        interpreter,
        config,
        content(root, interpreter),
        say=talk,
        python_of=pythons.of,
    )
    history = History(store(root))
    bad_commit = commit_of(root, bad)
    try:
        with checked_out(root, bad_commit) as tree:
            good_commit = commit_of(root, good) if good else ""
            return Bisection(project, target, tree, history).run(bad_commit, good_commit)
    except KeyboardInterrupt:
        talk("interrupted.")
        return INTERRUPTED
