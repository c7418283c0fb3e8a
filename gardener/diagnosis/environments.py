"""What two runs ran on: whether it is the same, and in a few words what is not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from gardener.model import Environment, Failure

_MOST_NAMED = 3
_RELEVANT = re.compile(
    r"PYTHON(?:PATH|HASHSEED|OPTIMIZE|WARNINGS|UTF8|DEVMODE|SAFEPATH|IOENCODING|ASYNCIODEBUG)"
    r"|PYTEST_(?:ADDOPTS|PLUGINS|DISABLE_PLUGIN_AUTOLOAD)|(?:DJANGO|FLASK)_\w+|LC_ALL|LANG|TZ|CI"
    r"|(?!GITHUB_|ACTIONS_|RUNNER_|GARDENER_)\w+_(?:URL|URI|DSN|HOST|PORT|ENDPOINT|SETTINGS|ENV)"
)


def relevant_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The names of variables that tests are likely to depend on; never their values."""
    return tuple(sorted(name for name in environment if _RELEVANT.fullmatch(name)))


def difference(then: Environment, now: Environment, failure: Failure | None = None) -> str:
    """What changed since, for example `httpx 0.27.2 -> 0.28.1`; empty where nothing is known to.

    What the failure speaks of, or passed through, comes first. What one of the runs does not
    know of itself is not compared.
    """
    changes = [*_of_interpreters(then, now), *_of_distributions(then, now)]
    if then.distributions and now.distributions:
        changes += _of_variables(then, now)
    if failure is not None and len(changes) > 1:
        texts = _told(failure)
        changes.sort(key=lambda change: _module(change) not in texts)
    rest = len(changes) - _MOST_NAMED
    return ", ".join(changes[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _of_interpreters(then: Environment, now: Environment) -> Iterator[str]:
    if then.python and now.python and then.python != now.python:
        yield f"Python {then.python} -> {now.python}"
    if then.platform and now.platform and then.platform != now.platform:
        yield f"{then.platform} -> {now.platform}"


def _of_distributions(then: Environment, now: Environment) -> Iterator[str]:
    """What was installed in another version, anew or no longer, but for the project itself."""
    before, after = then.distributions, now.distributions
    if not before or not after:
        if then.pytest and now.pytest and then.pytest != now.pytest:
            yield f"pytest {then.pytest} -> {now.pytest}"
        return
    for name in sorted((before.keys() | after.keys()) - {*then.own, *now.own}):
        old, new = before.get(name), after.get(name)
        if old is None:
            yield f"{name} {new} installed".replace("  ", " ")
        elif new is None:
            yield f"{name} {old} removed".replace("  ", " ")
        elif old != new:
            yield f"{name} {old} -> {new}"


def _of_variables(then: Environment, now: Environment) -> Iterator[str]:
    for name in sorted(set(then.variables) ^ set(now.variables)):
        yield f"{name} {'set' if name in now.variables else 'no longer set'}"


def _told(failure: Failure) -> frozenset[str]:
    """The words of a failure's texts and of the paths that it passed through."""
    texts = [failure.type, failure.message]
    raised = (failure, *failure.causes)
    texts += [exception.message for exception in failure.causes]
    texts += [frame.file for exception in raised for frame in exception.frames]
    return frozenset(_words(texts))


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from re.findall(r"[a-z0-9_]+", text.lower())


def _module(change: str) -> str:
    """The module that a distribution most likely brings, or what else the change begins with."""
    return change.partition(" ")[0].replace("-", "_").lower()
