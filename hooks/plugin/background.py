"""Errors of tasks that a failing test had started, and that nobody asked for. PYTEST_DONT_REWRITE

A server that runs as a task beside the test dies alone: the test only sees that nothing answers.
Tasks keep their exception until somebody retrieves it, and asyncio logs it only once they are
thrown away, which is after the test was reported.
"""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any, Iterable, Iterator, List, Tuple

from .frames import Trace
from .objects import bare_dict, mro_of
from .repository import Repository

LIMIT = 3
"""The most errors of tasks that are described of one failure."""
STEPS_READ = 60
NAMES_READ = 300
TASKS_READ = 1000

LOCAL = "task"
ALIVE = "task elsewhere"
"""Where the task was known: to the functions of the traceback, or only to asyncio."""


def background_errors(
    traces: Iterable[Trace], repository: Repository
) -> Iterator[Tuple[str, BaseException]]:
    """Exceptions that ended tasks, each once and with where the task was known; surest first."""
    asyncio = sys.modules.get("asyncio")
    kind = getattr(asyncio, "Future", None)
    if kind is None:
        return
    errors: List[BaseException] = []
    for where, tasks in ((LOCAL, _held(traces, repository)), (ALIVE, _alive())):
        for task in tasks:
            error = _unretrieved(task, kind)
            if error is not None and not any(error is earlier for earlier in errors):
                errors.append(error)
                yield where, error
                if len(errors) == LIMIT:
                    return


def _unretrieved(task: Any, kind: type) -> Any:
    """The exception that a task ended with and that nobody asked it for, or None.

    Only what is a future by its own class: a mock that merely says so answers anything.
    """
    if kind not in mro_of(type(task)) or getattr(task, "_log_traceback", False) is not True:
        return None
    error = getattr(task, "_exception", None)
    return error if isinstance(error, Exception) else None


def _held(traces: Iterable[Trace], repository: Repository) -> Iterator[Any]:
    """What the functions of a traceback that are no library's hold, also in containers and `self`."""
    for trace in traces:
        steps = (step for step in trace if repository.origin(step.filename) != "library")
        for step in islice(steps, STEPS_READ):
            variables = step.frame.f_locals
            for value in islice(list(variables.values()), NAMES_READ):
                yield value
                yield from _inside(value)
            yield from islice(list(bare_dict(variables.get("self")).values()), NAMES_READ)


def _inside(value: Any) -> Iterator[Any]:
    if type(value) in (list, tuple, set):
        yield from islice(list(value), NAMES_READ)
    elif type(value) is dict:
        yield from islice(list(value.values()), NAMES_READ)


def _alive() -> Iterator[Any]:
    """Tasks that asyncio knows, whose loop still runs: those of a fixture, or of the test's loop."""
    tasks = sys.modules.get("asyncio.tasks")
    for name in ("_all_tasks", "_scheduled_tasks"):  # before Python 3.12, and since
        registered = bare_dict(tasks).get(name)
        for task in islice(list(registered or ()), TASKS_READ):
            loop = getattr(task, "_loop", None)
            if loop is not None and not bare_dict(loop).get("_closed", False):
                yield task
