"""Which tests come first when time is short: those that failed, then the new ones, then the quick.

History is the cheapest good predictor of what fails next (Kim and Porter, "A history-based
test prioritization technique", ICSE 2002); among equals the quick ones come first, so that
most is known when the time is over.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping

from gardener.model import FAILING_OUTCOMES
from gardener.reports.history import Row

from ..plugin import SORTER
from .injection import Extra
from .temporary import temporary_folder


@contextlib.contextmanager
def likeliest_first(latest: Mapping[str, Row], changed: Iterable[str]) -> Iterator[Extra]:
    """What makes pytest run the likeliest failures first.

    `latest` is what each test did when it last ran, `changed` the files of the change,
    relative to the repository.
    """
    failed = [n for n, row in latest.items() if not FAILING_OUTCOMES.isdisjoint(row.outcomes)]
    history = {
        "failed": failed,
        "changed": list(changed),
        "seconds": {nodeid: row.duration for nodeid, row in latest.items()},
    }
    with temporary_folder() as folder:
        path = folder / "known.json"
        path.write_text(json.dumps(history), encoding="utf-8")
        yield Extra(arguments=("-p", SORTER), environment={"GARDENER_SORTED": str(path)})
