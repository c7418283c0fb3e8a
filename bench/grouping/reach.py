"""A pytest plugin for the target interpreter (3.12+): which test reaches which function."""

import json
import os
import sys

import pytest

_TOP = os.environ.get("BENCH_TOP", "")
_reached = {}
_collected = set()
_now = [None]
_ID = 4


def _start(code, _offset):
    if code.co_filename.startswith(_TOP):
        name = f"{code.co_filename}:{code.co_qualname}"
        if _now[0]:
            _reached.setdefault(name, set()).add(_now[0])
        elif _now[0] is None:
            _collected.add(name)
    return sys.monitoring.DISABLE


def pytest_configure():
    sys.monitoring.use_tool_id(_ID, "reach")
    sys.monitoring.register_callback(_ID, sys.monitoring.events.PY_START, _start)
    sys.monitoring.set_events(_ID, sys.monitoring.events.PY_START)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    _now[0] = item.nodeid
    sys.monitoring.restart_events()
    yield
    _now[0] = ""


def pytest_runtest_logreport(report):
    if report.outcome != "passed":
        _reached.setdefault("not green", set()).add(report.nodeid)


def pytest_sessionfinish():
    with open(os.environ["BENCH_OUT"], "w") as out:
        reached = {name: sorted(tests) for name, tests in _reached.items()}
        json.dump({**reached, "while collecting": sorted(_collected)}, out)
