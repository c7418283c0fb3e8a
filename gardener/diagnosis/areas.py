"""The areas that a team named, and how many of their tests fail."""

from __future__ import annotations

from gardener.config import Config
from gardener.diagnosis.outcomes import final_outcomes
from gardener.diagnosis.priority import applies, subject
from gardener.model import FAILING_OUTCOMES, AreaState, Failure, Report


def areas(report: Report, config: Config) -> tuple[AreaState, ...]:
    """The state of each area: of its tests that ran, how many fail."""
    if not config.areas:
        return ()
    ended = {nodeid: out in FAILING_OUTCOMES for nodeid, out in final_outcomes(report).items()}
    by_test: dict[str, list[Failure]] = {}
    for failure in report.failures:
        by_test.setdefault(failure.nodeid, []).append(failure)
        ended.setdefault(failure.nodeid, True)
    states = []
    for name, area in config.areas.items():
        fails = [
            failing
            for nodeid, failing in ended.items()
            if applies(area, subject("", by_test.get(nodeid, ()), nodeid), config)
        ]
        # Reports know the markers of failing tests only: of how many they are is unknown.
        is_counted = bool(area.paths or area.focus)
        states.append(AreaState(name, sum(fails), len(fails) if is_counted else 0))
    return tuple(states)


def areas_of(failures: tuple[Failure, ...], config: Config) -> tuple[str, ...]:
    """The areas that the tests of a finding are in."""
    return tuple(
        name
        for name, area in config.areas.items()
        if any(applies(area, subject("", (failure,)), config) for failure in failures)
    )
