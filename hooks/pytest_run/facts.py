"""What one run of pytest tells: everything a report needs but where and why it ran."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gardener.model import Environment, Failure, Result, WarningCount

from .traces import Trace

ENDED_BY_ITSELF = (0, 1, 5)
"""Exit statuses of pytest after a whole run: all passed, some failed, none collected."""

BROKE_OFF = frozenset({"crash", "timeout", "interpreter"})
"""The facts of a failure of which one says that the test ended its process, or did not end.

`interpreter`: Python itself failed in pytest while the test ran, whichever that was.
"""


class Facts(NamedTuple):
    """All that the processes of one pytest run wrote down.

    `status` is what pytest's session ended with, None when it never ended. `collected`
    counts the tests that pytest meant to run. `unfinished` are failures of tests that did not
    end, with what the stream tells of them. `unfound` are tests that pytest went on without: it
    did not find them in files that it collected. `files` are those with tests that it collected,
    with their number; `importing` is the file that was imported last and never to its end, `stop` the
    exception that stopped pytest outside of any test. `stopped` says why pytest ran no further test,
    as after `-x`. `troubles` are errors of the plugin itself.
    """

    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()
    unfinished: tuple[Failure, ...] = ()
    unfound: tuple[str, ...] = ()
    files: Mapping[str, int] = MappingProxyType({})
    importing: str = ""
    stop: Failure | None = None
    warnings: tuple[WarningCount, ...] = ()
    environment: Environment = Environment()
    status: int | None = None
    collected: int = 0
    deselected: int = 0
    began: bool = False
    interrupted: bool = False
    stopped: str = ""
    internal_error: str = ""
    troubles: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()

    @property
    def ran(self) -> frozenset[str]:
        """The tests that were started."""
        return frozenset(result.nodeid for result in self.results)

    @property
    def broke_off(self) -> frozenset[str]:
        """The tests that ended their process, or did not end: failures as others are."""
        cut = {r.nodeid for r in self.results if r.outcome == "unfinished"}
        blamed = {f.nodeid for f in self.failures if not BROKE_OFF.isdisjoint(f.facts)}
        return frozenset(cut & blamed)

    @property
    def complete(self) -> bool:
        """Whether every collected test ran to its end."""
        if self.status not in ENDED_BY_ITSELF or self.internal_error:
            return False
        if any(result.outcome == "unfinished" for result in self.results):
            return False
        return len(self.ran) >= self.collected
