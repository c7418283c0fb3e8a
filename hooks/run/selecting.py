"""The stage `select`: which tests a run takes."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import NamedTuple

from gardener.config import Config
from gardener.config.asked_focus import asked_focus
from gardener.errors import GardenerError
from gardener.model import Mode, Selected, Selection, SelectionSummary
from gardener.text import say_selected

from ..pytest_run.interpreter import find
from ..record.place import is_kept
from ..selection.request import Request, as_asked
from .request import RunRequest, Talk
from .scope import within

MOST_TOLD = 2000
"""Tests whose reasons a report holds."""


class Choice(NamedTuple):
    """`affected` is what the change selects, `selection` what runs: in an audit everything."""

    affected: Selection
    selection: Selection
    summary: SelectionSummary

    @property
    def is_empty(self) -> bool:
        """Whether there is no test to run."""
        return not self.selection.everything and not self.selection.tests


def select(request: RunRequest) -> Choice:
    """Select the tests that the change can affect, within the focus and the level.

    Raises:
        ConfigError: there is no such focus.
        GitError: git failed, or knows no such ref.
    """
    if request.plan:
        return _chosen(request, request.plan.selection)
    root, config = request.root, request.config
    asked = asked_focus(config, request.focus) if request.focus else None
    if request.mode not in (Mode.ALL, Mode.GIVEN):
        from ..sharing.by_itself import pull_by_itself  # late: most runs have no remote

        pull_by_itself(root, config, request.python, Talk(quiet=request.quiet))
    affected = _affected(
        Request(
            root=root,
            mode=request.mode,
            ref=request.ref,
            focus=asked.focus if asked else None,
            level=request.level,
            paths=request.tests,
            python=_recording_interpreter(root, config, request.python),
            # Told in the report alone: who runs tests does not wait for it.
            reasons=request.report_file is not None,
        ),
        config,
    )
    if asked and asked.note:
        notes = (asked.note, *affected.notes)
        affected = Selection(
            tests=affected.tests,
            everything=affected.everything,
            reason=affected.reason,
            notes=notes,
        )
    if request.mode is not Mode.GIVEN:
        affected = within(affected, request.tests)
    if request.also_failed:
        from .failed_before import with_failed

        affected = with_failed(affected, root, request.tests)
    return _chosen(request, affected)


def _chosen(request: RunRequest, affected: Selection) -> Choice:
    """What runs of what is affected: in an audit everything, in a shard its part."""
    selection = affected
    if request.audit:
        selection = Selection(
            everything=True, reason="to audit the selection", notes=affected.notes
        )
    if request.shard and not selection.everything:
        selection = request.shard.part_of(selection, request.root)
    summary = SelectionSummary(
        mode=request.mode,
        focus=request.focus,
        level=request.level,
        everything=selection.everything,
        reason=selection.reason,
        selected=len(selection.tests),
        why=_told(selection) if request.report_file and request.mode is not Mode.GIVEN else (),
    )
    return Choice(affected, selection, summary)


def _told(selection: Selection) -> tuple[Selected, ...]:
    """The tests with their reasons, as far as a report holds them."""
    return tuple(selected for selected in selection.tests[:MOST_TOLD] if selected.reason)


def _affected(request: Request, config: Config) -> Selection:
    """What the change selects, or just what was asked for."""
    asked = as_asked(request)
    if asked is not None:
        return asked
    # Late: a run of named tests needs no graph.
    from ..selection import selection as selecting

    return selecting.select(request, config)


def _recording_interpreter(root: Path, config: Config, python: str) -> str:
    """The interpreter whose records count; empty where nothing is recorded or none is found."""
    with contextlib.suppress(GardenerError):
        return find(root, config, python) if is_kept(root) else ""
    return ""


def intent(selection: Selection) -> str:
    """What is going to run, in one sentence."""
    if selection.everything:
        reason = f" ({selection.reason})" if selection.reason else ""
        return f"Running all tests{reason}."
    return f"Running {say_selected(selected.test for selected in selection.tests)}."
