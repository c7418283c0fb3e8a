"""A pytest plugin that runs only the tests it is given, in that order. PYTEST_DONT_REWRITE

Injected beside the recorder into the *user's* interpreter: standard library only, Python 3.8+,
pytest 7+. `GARDENER_PICKED` names a folder: `wanted.json` in it holds the nodeids (relative to
the repository), and every process writes a file `seen-PID.json` into it: which of the tests there
were, whether their files could be collected, and which modules came from another tree.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from .foreign import Origins
from .nodeids import split_file
from .text import Json

FOLDER = os.environ.get("GARDENER_PICKED", "")
SERIAL = bool(os.environ.get("GARDENER_SERIAL"))
SEEN: Json = {"there": [], "files": {}, "foreign": []}


def pytest_load_initial_conftests(early_config: Any, args: list[str]) -> None:
    """One process and the given order, where the settings say `-n 8`."""
    # Installed is not loaded: autoloading of plugins may be switched off.
    plugins = early_config.pluginmanager
    if SERIAL and (plugins.hasplugin("xdist") or plugins.hasplugin("xdist.plugin")):
        args += ["-n", "0"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Let no option of the settings end the run before all picked tests ran."""
    for name, neutral in (("maxfail", 0), ("stepwise", False), ("lf", False)):
        if hasattr(config.option, name):
            setattr(config.option, name, neutral)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> Iterator[None]:
    """Keep the picked tests in their order, after all other plugins changed the order."""
    yield
    with open(os.path.join(FOLDER, "wanted.json"), encoding="utf-8") as file:
        picked: list[str] = json.load(file)
    nodeid_of = _recorder(config).nodeid
    positions = {nodeid: position for position, nodeid in enumerate(picked)}
    by_position = sorted(
        ((positions.get(nodeid_of(test.nodeid), -1), test) for test in items),
        key=lambda pair: pair[0],
    )
    by_position = [pair for pair in by_position if pair[0] >= 0]
    SEEN["there"] += [picked[position] for position, _ in by_position]
    items[:] = [test for _, test in by_position]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Tell the processes that a test starts whose they are."""
    os.environ["GARDENER_TEST"] = json.dumps(_recorder(item.config).nodeid(item.nodeid))


@pytest.hookimpl(trylast=True)
def pytest_collectreport(report: Any) -> None:
    """Remember whether each file could be collected."""
    file, names = split_file(report.nodeid)
    if file and not names:
        SEEN["files"][file] = report.outcome


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: Any) -> None:
    """Write what this process saw."""
    try:
        recorder = _recorder(config)
        if recorder is not None:
            SEEN["files"] = {recorder.nodeid(k): v for k, v in SEEN["files"].items()}
        SEEN["foreign"] = _foreign_modules()
        path = os.path.join(FOLDER, "seen-%d.json" % os.getpid())
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SEEN, file)
    except Exception as wrong:
        sys.stderr.write("gardener: the picker could not write what it saw: %s\n" % wrong)


def _recorder(config: Any) -> Any:
    return config.pluginmanager.get_plugin("gardener-recorder")


def _foreign_modules() -> list[str]:
    """Project modules that came from anywhere but the tree under test, as `name (file)`."""
    old, new = os.environ.get("GARDENER_FROM"), os.environ.get("GARDENER_TO")
    if not old or not new:
        return []
    origins = Origins(old, new)
    foreign = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and origins.is_foreign(name, file):
            foreign.append("%s (%s)" % (name, file))
    return foreign
