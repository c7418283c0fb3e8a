"""Describes exceptions: type, message, frames, facts, causes and symbols. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any, Iterator, List, Optional, Set, Tuple

from .comparisons import Comparisons
from .facts import Raised, facts_of
from .frames import Frames, trace_of
from .objects import bare_dict
from .repository import Repository
from .source import Sources
from .symbols import Symbols
from .text import Json, clean, message_of, type_name

CAUSE_LIMIT = 20
"""The most chained exceptions that are described of one."""


class Describer:
    """Turns exceptions into the JSON of events."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._sources = Sources()
        self._libraries: Any = None
        self._frames = Frames(repository, self._sources)
        self.symbols = Symbols(repository, self._sources)
        self.comparisons = Comparisons()

    @property
    def libraries(self) -> Any:
        """Names the libraries that files belong to."""
        if self._libraries is None:
            from .libraries import Libraries  # most runs have no failure

            self._libraries = Libraries(self._repository)
        return self._libraries

    def describe(self, error: BaseException, function: Any = None) -> Json:
        """An exception with its causes, and with the symbols that the test function names."""
        error, example = unwrap_doctest(error)
        wrapper, error = unwrap_collection_error(error)
        description = self._describe_alone(error)
        if example is not None:
            description["frames"] = [
                self._example_row(example),
                *(row for row in description["frames"] if not _is_of_doctest(row)),
            ]
        if wrapper is not None and description["type"].endswith("ImportPathMismatchError"):
            description["message"] = message_of(wrapper)
        chain = list(islice(chained_exceptions(error), CAUSE_LIMIT))
        description["causes"] = [
            dict(self._describe_alone(chained), link=link) for link, chained in chain
        ]
        description["causes"] += self._of_lazy_module(error)
        description["causes"] += self._of_background(error, [chained for _, chained in chain])
        description.update(self.symbols.called_by_test(trace_of(error), function))
        return description

    def _describe_alone(self, error: BaseException) -> Json:
        """An exception without its causes."""
        trace = trace_of(error)
        raised = Raised(
            error,
            trace,
            self._repository,
            self._sources,
            self.symbols,
            self.libraries,
            self.comparisons,
        )
        return {
            "type": type_name(type(error)),
            "message": full_message(error),
            "frames": self._frames.describe(trace),
            "facts": facts_of(raised),
        }

    def _of_lazy_module(self, error: BaseException) -> List[Json]:
        """The error behind "cannot import name", where the module hid or caught one."""
        if type(error) is not ImportError:
            return []
        from .hidden_imports import caught_error, hidden_error  # most runs have no failure

        hidden = hidden_error(error) or caught_error(error)
        return [dict(self._describe_alone(hidden), link="cause")] if hidden else []

    def _of_background(self, error: BaseException, chain: List[BaseException]) -> List[Json]:
        """Errors of tasks that ended while the test ran, each before what caused it."""
        if "asyncio" not in sys.modules:
            return []
        from .background import background_errors  # most runs have no failure

        errors = (error, *chain)
        background = background_errors(map(trace_of, errors), self._repository)
        rows: List[Json] = []
        for where, ended in background:
            if any(ended is known for known in errors):
                continue
            row = dict(self._describe_alone(ended), link="context")
            row["facts"]["background"] = where
            rows.append(row)
            rows += [
                dict(self._describe_alone(chained), link=link)
                for link, chained in islice(chained_exceptions(ended), CAUSE_LIMIT)
            ]
        return rows

    def _example_row(self, failed: FailedExample) -> List[Any]:
        """The place of a doctest's example, like a frame."""
        test, example = failed
        line = (getattr(test, "lineno", None) or 0) + (getattr(example, "lineno", None) or 0) + 1
        file = self._repository.name(str(getattr(test, "filename", "")))
        return [file, line, clean(str(test.name)), "test", clean(example.source.strip())]


FailedExample = Tuple[Any, Any]
"""A `doctest.DocTest`, and the `doctest.Example` in it that failed."""


def unwrap_doctest(error: BaseException) -> Tuple[BaseException, Optional[FailedExample]]:
    """What a doctest's example raised, with the example; any other exception as it is."""
    failures = getattr(error, "failures", None)
    if type(error).__name__ == "MultipleDoctestFailures" and failures:
        error = failures[0]
    if type(error).__name__ not in ("DocTestFailure", "UnexpectedException"):
        return error, None
    failed = getattr(error, "test"), getattr(error, "example")
    raised = getattr(error, "exc_info", (None, None))[1]
    return (raised if isinstance(raised, BaseException) else error), failed


def _is_of_doctest(row: List[Any]) -> bool:
    """Whether a frame is of the doctest module, or of an example, which has no file."""
    file, origin = str(row[0]), row[3]
    return origin == "library" or file.startswith("<doctest")


def unwrap_collection_error(
    error: BaseException,
) -> Tuple[Optional[BaseException], BaseException]:
    """Pytest's own error about a file it cannot import, if it is one, and the one behind it."""
    name = type(error).__name__
    if name not in ("CollectError", "ConftestImportFailure"):
        return None, error
    cause = error.__cause__ or getattr(error, "cause", None)
    if cause is None and name == "ConftestImportFailure":
        cause = getattr(error, "excinfo")[1]  # pytest 7
    return (error, cause) if isinstance(cause, BaseException) else (None, error)


def full_message(error: BaseException) -> str:
    """The message, also of exceptions whose `str()` tells something else."""
    if type(error).__name__ == "FixtureLookupError":
        name = bare_dict(error).get("argname")
        return clean(str(bare_dict(error).get("msg") or "fixture '%s' not found" % name))
    if type(error).__name__ == "DocTestFailure":
        example, got = getattr(error, "example"), getattr(error, "got")
        return clean("%sExpected:\n%sGot:\n%s" % (example.source, example.want, got))
    return message_of(error)


def chained_exceptions(error: BaseException) -> Iterator[Tuple[str, BaseException]]:
    """Causes, contexts and members of groups, depth first, each once, with the kind of link."""
    return _chained(error, {id(error)})


def _chained(error: BaseException, visited: Set[int]) -> Iterator[Tuple[str, BaseException]]:
    for link, chained in _directly_chained(error):
        if isinstance(chained, BaseException) and id(chained) not in visited:
            visited.add(id(chained))
            yield link, chained
            yield from _chained(chained, visited)


def _directly_chained(error: BaseException) -> List[Tuple[str, Any]]:
    links: List[Tuple[str, Any]] = []
    if error.__cause__ is not None:
        links.append(("cause", error.__cause__))
    elif error.__context__ is not None and not error.__suppress_context__:
        links.append(("context", error.__context__))
    kind = type(error)
    members = bare_dict(error).get("exceptions") or getattr(kind, "exceptions", None)
    if members is not None and hasattr(kind, "derive"):  # an exception group (PEP 654)
        try:
            links += [("group", member) for member in getattr(error, "exceptions")]
        except Exception:
            pass
    return links
