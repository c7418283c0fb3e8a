"""Reports in which any one value is of another kind: read as far as they go, or refused in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from gardener.config import Config
from gardener.diagnosis.diagnosis import diagnose
from gardener.errors import ReportError
from gardener.render import formats
from gardener.reports import store

ODD: list[Any] = [None, 7, -1, True, "x", [], {}, [7], [None], {"a": 7}, [[]], 10**30, "\ud800"]
ENTRY: dict[str, Any] = {
    "type": "ReprEntry",
    "data": {
        "lines": ["    def a():", ">       assert 0", "E       assert 0"],
        "reprfileloc": {"path": "t.py", "lineno": 3, "message": "AssertionError"},
        "style": "long",
    },
}
TRACE: dict[str, Any] = {"reprentries": [ENTRY], "extraline": None, "style": "long"}
CRASH: dict[str, Any] = {"path": "/x/t.py", "lineno": 3, "message": "AssertionError: assert 0"}
FAILED: dict[str, Any] = {
    "$report_type": "TestReport",
    "nodeid": "t.py::a",
    "keywords": {"a": 1},
    "outcome": "failed",
    "longrepr": {"reprcrash": CRASH, "reprtraceback": TRACE, "chain": [[TRACE, CRASH, "above"]]},
    "when": "call",
    "user_properties": [],
    "sections": [["Captured stdout call", "hi"]],
    "duration": 0.1,
    "start": 1.0,
}
BEGUN: dict[str, Any] = {"$report_type": "SessionStart", "pytest_version": "8.0"}
ENDED: dict[str, Any] = {"$report_type": "SessionFinish", "exitstatus": 1}
WARNED: dict[str, Any] = {
    "$report_type": "WarningMessage",
    "category": "UserWarning",
    "filename": "a.py",
}
WARNED |= {"lineno": 3, "message": "m", "when": "runtest", "location": None}
REFUSED: dict[str, Any] = {"$report_type": "CollectReport", "nodeid": "u.py", "outcome": "failed"}
REFUSED |= {"longrepr": "E ImportError: no", "result": None, "sections": []}
JSON_REPORT: dict[str, Any] = {
    "created": 1700000000.0,
    "duration": 1.0,
    "exitcode": 1,
    "root": "/x",
    "environment": {},
    "summary": {"failed": 1, "total": 1, "collected": 1},
    "collectors": [{"nodeid": "u.py", "outcome": "failed", "longrepr": "E x", "result": []}],
    "tests": [
        {
            "nodeid": "t.py::a",
            "lineno": 1,
            "outcome": "failed",
            "keywords": ["a"],
            "setup": {"duration": 0.1, "outcome": "passed"},
            "call": {
                "duration": 0.1,
                "outcome": "failed",
                "crash": {"path": "/x/t.py", "lineno": 2, "message": "assert 0"},
                "traceback": [{"path": "t.py", "lineno": 2, "message": "AssertionError"}],
                "stdout": "x",
                "longrepr": "def a():\n>  assert 0\nE  assert 0\n\nt.py:2: AssertionError",
            },
            "teardown": {"duration": 0.1, "outcome": "passed"},
        }
    ],
    "warnings": [{"message": "x", "category": "W", "when": "runtest", "filename": "t.py"}],
}


def places(document, above=()):
    """The paths of all values in a document."""
    rows = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in rows:
        yield (*above, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*above, key))


def with_odd(document):
    """The document once for every place and odd value, with that value there."""
    for *above, last in places(document):
        for odd in ODD:
            changed = json.loads(json.dumps(document))
            inner = changed
            for key in above:
                inner = inner[key]
            inner[last] = odd
            yield changed


def lines(*documents):
    return "".join(json.dumps(each) + "\n" for each in documents)


def documents(kind):
    if kind == "json-report":
        return map(json.dumps, with_odd(JSON_REPORT))
    around = {
        "test": (FAILED, lambda odd: lines(BEGUN, odd, ENDED)),
        "warning": (WARNED, lambda odd: lines(BEGUN, odd, FAILED, ENDED)),
        "collection": (REFUSED, lambda odd: lines(BEGUN, odd, ENDED)),
        "start": (BEGUN, lambda odd: lines(odd, FAILED, ENDED)),
        "end": (ENDED, lambda odd: lines(BEGUN, FAILED, odd)),
    }
    document, write = around[kind]
    return map(write, with_odd(document))


@pytest.mark.parametrize("kind", ["test", "warning", "collection", "start", "end", "json-report"])
def test_an_odd_value_anywhere_is_no_crash(kind):
    read = 0
    for document in documents(kind):
        try:
            report = store.parse(document.encode(), "odd.json")
        except ReportError as wrong:
            assert str(wrong).startswith("odd.json")
            continue
        read += 1
        diagnosis = diagnose(report, Config(Path()))
        for render in formats.RENDERERS.values():
            render(report, diagnosis)
    assert read > 10
