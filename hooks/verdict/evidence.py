"""After a run: what else is known of the tests that failed, from before, from reruns, from the base."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from gardener.config import Config
from gardener.diagnosis import status
from gardener.git import store
from gardener.model import FAILING_OUTCOMES, Report
from gardener.reports.history import History, Row

from ..pytest_run.picked_tests import Setting
from ..pytest_run.process import Execution
from .base_run import Limit, find_base, joined, verify


class Search(NamedTuple):
    """What to find out: reruns at the head, and whether (how far) to run the base.

    `budget` is what the run may take in all, in seconds.
    """

    mode: str
    ref: str = ""
    reruns: int = 0
    limit: Limit | None = None
    budget: float | None = None


def limit_of(config: Config, *, verify: bool, hook: bool) -> Limit | None:
    """How far to run the base: as asked for, or in a hook within the bounds of its settings."""
    if verify:
        return Limit()
    if hook and config.hook.verify_seconds:
        return Limit(config.hook.verify_seconds, config.hook.verify_tests)
    return None


def gather(done: Execution, search: Search, setting: Setting) -> Execution:
    """The same run, its report enriched; the history is written."""
    report, root = done.report, setting.root
    history = History(store(root))
    red = failing(report)
    if red:
        rows = joined(history.on_tree(setting.here, red))
        report = structs.replace(report, earlier=tuple(rows.values()))
    history.add(setting.here, "run", report.created, rows_of(report), complete=report.complete)
    interrupted = done.interrupted
    search = _within_budget(search, report.duration)
    if red and search.reruns and not interrupted:
        from .reruns import rerun

        report, interrupted = rerun(report, red, search.reruns, setting)
    if red and not interrupted:
        base = find_base(root, search.mode, search.ref, report.base)
        flaky = status.flaky_tests(report)
        steady = tuple(nodeid for nodeid in red if nodeid not in flaky)
        found = verify(setting, steady, base, history, search.limit)
        interrupted = found.interrupted
        if search.limit is not None or any(one.outcomes for one in found.before):
            report = structs.replace(report, before=found.before, compared=base.commit)
    if history.trouble:
        setting.say(history.trouble)
    return done._replace(report=report, interrupted=interrupted)


def _within_budget(search: Search, spent: float) -> Search:
    """What is left to find out when the tests themselves took their part of the time."""
    if search.budget is None:
        return search
    left = search.budget - spent
    if left <= 0:
        return search._replace(reruns=0, limit=None)
    if search.limit is not None:
        seconds = left if search.limit.seconds is None else min(left, search.limit.seconds)
        search = search._replace(limit=search.limit._replace(seconds=seconds))
    return search


def failing(report: Report) -> tuple[str, ...]:
    """The tests, and files that could not be collected, that came out red; in the order they ran."""
    final = status.final_outcomes(report)
    found = [nodeid for nodeid, outcome in final.items() if outcome in FAILING_OUTCOMES]
    found += [f.nodeid for f in report.failures if f.nodeid not in final]
    return tuple(dict.fromkeys(found))


def rows_of(report: Report) -> list[Row]:
    """What the history keeps of a run."""
    outcomes: dict[str, list[str]] = {}
    durations: dict[str, float] = {}
    for result in report.results:
        outcomes.setdefault(result.nodeid, []).append(result.outcome)
        durations[result.nodeid] = durations.get(result.nodeid, 0.0) + result.duration
    for failure in report.failures:
        outcomes.setdefault(failure.nodeid, ["error"])
    prints = status.fingerprints(report)
    return [
        Row(nodeid, tuple(found), durations.get(nodeid, 0.0), prints.get(nodeid, ()))
        for nodeid, found in outcomes.items()
    ]
