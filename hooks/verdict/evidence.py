"""After a run: what earlier runs, reruns and the base tell of the tests that failed."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from gardener.config import Config
from gardener.diagnosis import status
from gardener.diagnosis.environments import difference
from gardener.diagnosis.outcomes import final_outcomes, flaky_tests
from gardener.git import store
from gardener.model import FAILING_OUTCOMES, Mode, Report
from gardener.nodeid import file_of
from gardener.reports.history import History, Row

from ..pytest_run.execution import Execution
from ..pytest_run.picked_tests import ProjectUnderTest
from .base import Base, find_base, is_commit
from .limit import Limit


class VerificationPlan(NamedTuple):
    """How far to verify failures: reruns on the same files, and how much to run on the base.

    `reported` is the commit of a report of the base, for where git does not tell the base.
    `base_limit` is None where nothing is run on the base. `recheck` is how long failing tests may
    run once more before the change is blamed for them; 0 = never. `budget` is what the tests and
    all that follows may take together, in seconds.
    """

    mode: Mode
    ref: str = ""
    reruns: int = 0
    base_limit: Limit | None = None
    recheck: float = 0.0
    budget: float | None = None
    reported: str = ""

    def within_budget(self, spent: float) -> VerificationPlan:
        """What is left to do when the tests took `spent` seconds of the budget."""
        if self.budget is None:
            return self
        remaining = self.budget - spent
        if remaining <= 0:
            return self._replace(reruns=0, base_limit=None, recheck=0.0)
        plan = self._replace(recheck=min(self.recheck, remaining))
        if self.base_limit is None:
            return plan
        seconds = self.base_limit.seconds
        seconds = remaining if seconds is None else min(remaining, seconds)
        return plan._replace(base_limit=self.base_limit._replace(seconds=seconds))


def base_limit(config: Config, *, verify_base: bool, hook: bool) -> Limit | None:
    """How much to run on the base: as asked for, or in a hook within the bounds of its settings."""
    if verify_base:
        return Limit()
    if hook and config.hook.verify_seconds:
        return Limit(config.hook.verify_seconds, config.hook.verify_tests)
    return None


def doubted_tests(report: Report, base: Report) -> tuple[str, ...]:
    """The tests that fail now and did not fail so on the base, where that ran in another environment."""
    if not difference(base.environment, report.environment):
        return ()
    outcomes = final_outcomes(base)
    known = outcomes.keys() | {file_of(nodeid) for nodeid in outcomes}
    causes, former = status.fingerprints(report), status.fingerprints(base)
    return tuple(
        nodeid
        for nodeid in failing_tests(report)
        if nodeid in known and set(causes.get(nodeid, ())).isdisjoint(former.get(nodeid, ()))
    )


def collect_evidence(
    execution: Execution,
    plan: VerificationPlan,
    project: ProjectUnderTest,
    only: tuple[str, ...] | None = None,
) -> Execution:
    """The same run, its report enriched; the history is written.

    `only` are the failing tests that the base is asked about; None = all of them.
    """
    report = execution.report
    history = History(store(project.root))
    failing = failing_tests(report)
    if failing:
        from .proved_results import joined_results  # late, as all that a passing run never needs

        earlier = joined_results(history.on_tree(project.content, failing))
        report = structs.replace(report, earlier=tuple(earlier.values()))
    rows = history_rows(report)
    history.add(project.content, "run", report.created, rows, complete=report.complete)
    interrupted = execution.interrupted
    plan = plan.within_budget(report.duration)
    if failing and plan.reruns and not interrupted:
        from .reruns import rerun

        report, interrupted = rerun(report, failing, plan.reruns, project)
    asked = failing if only is None else only
    if asked and not interrupted:
        report, interrupted = _compared_with_base(report, asked, plan, project, history)
    if plan.recheck and not plan.reruns and not interrupted:
        from .reruns import recheck

        blamed = _blamed(report, failing)
        report, interrupted = recheck(report, blamed, plan.recheck, project)
    if history.trouble:
        project.say(history.trouble)
    return execution._replace(report=report, interrupted=interrupted)


def _blamed(report: Report, failing: tuple[str, ...]) -> tuple[str, ...]:
    """Failing tests that the change may have broken: not known to fail on the base, or by chance."""
    former = {
        prior.nodeid
        for prior in report.before or ()
        if not FAILING_OUTCOMES.isdisjoint(prior.outcomes)
    }
    innocent = former | flaky_tests(report).keys()
    return tuple(nodeid for nodeid in failing if nodeid not in innocent)


def _compared_with_base(
    report: Report,
    failing: tuple[str, ...],
    plan: VerificationPlan,
    project: ProjectUnderTest,
    history: History,
) -> tuple[Report, bool]:
    """The report with what the failing tests do on the base; whether the user interrupted."""
    from .base_run import verify

    base = find_base(project.root, plan.mode, plan.ref, report.base)
    if base.unknown and is_commit(project.root, plan.reported):
        base = Base(plan.reported)
    flaky = flaky_tests(report)
    steady = tuple(nodeid for nodeid in failing if nodeid not in flaky)
    verified = verify(project, steady, base, history, plan.base_limit)
    if plan.base_limit is not None or any(result.outcomes for result in verified.results):
        report = structs.replace(report, before=verified.results, compared=base.commit)
    return report, verified.interrupted


def failing_tests(report: Report) -> tuple[str, ...]:
    """The tests that failed, and files that could not be collected, in the order they ran."""
    outcomes = final_outcomes(report)
    failing = [nodeid for nodeid, outcome in outcomes.items() if outcome in FAILING_OUTCOMES]
    failing += [f.nodeid for f in report.failures if f.nodeid not in outcomes]
    return tuple(dict.fromkeys(failing))


def history_rows(report: Report) -> list[Row]:
    """What the history keeps of a run."""
    outcomes: dict[str, list[str]] = {}
    durations: dict[str, float] = {}
    for result in report.results:
        outcomes.setdefault(result.nodeid, []).append(result.outcome)
        durations[result.nodeid] = durations.get(result.nodeid, 0.0) + result.duration
    for failure in report.failures:
        outcomes.setdefault(failure.nodeid, ["error"])
    fingerprints = status.fingerprints(report)
    return [
        Row(nodeid, tuple(attempts), durations.get(nodeid, 0.0), fingerprints.get(nodeid, ()))
        for nodeid, attempts in outcomes.items()
    ]
