"""A pytest plugin that runs only the tests it is given, in the order it is given them.

Injected beside the recorder into the *user's* interpreter: standard library only, Python
3.8+, pytest 7+. `GARDENER_PICKED` names a folder: `wanted.json` in it holds the nodeids
(relative to the repository), and every process writes into it what it saw: which tests
there were, what became of their files, and which modules came from a wrong place.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

FOLDER = os.environ.get("GARDENER_PICKED", "")
SERIAL = bool(os.environ.get("GARDENER_SERIAL"))
SEEN: dict[str, Any] = {"there": [], "files": {}, "foreign": []}


def pytest_load_initial_conftests(early_config: Any, args: list[str]) -> None:
    """One process and the given order, where the settings say `-n 8`."""
    # Installed is not loaded: autoloading of plugins may be switched off.
    plugins = early_config.pluginmanager
    if SERIAL and (plugins.hasplugin("xdist") or plugins.hasplugin("xdist.plugin")):
        args += ["-n", "0"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Let no option of the settings end the run before all wanted tests ran."""
    for name, value in (("maxfail", 0), ("stepwise", False), ("lf", False)):
        if hasattr(config.option, name):
            setattr(config.option, name, value)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: Any, items: list[Any]) -> Iterator[None]:
    """Keep what is wanted, after all others had their say about the order."""
    yield
    with open(os.path.join(FOLDER, "wanted.json"), encoding="utf-8") as file:
        wanted: list[str] = json.load(file)
    name = config.pluginmanager.get_plugin("gardener-recorder").nodeid
    place = {nodeid: number for number, nodeid in enumerate(wanted)}
    found = [(place.get(name(item.nodeid), -1), item) for item in items]
    kept = [pair for pair in found if pair[0] >= 0]
    kept.sort(key=lambda pair: pair[0])
    SEEN["there"] += [wanted[number] for number, _ in kept]
    items[:] = [item for _, item in kept]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Tell the processes that a test starts whose they are."""
    recorder = item.config.pluginmanager.get_plugin("gardener-recorder")
    os.environ["GARDENER_TEST"] = json.dumps(recorder.nodeid(item.nodeid))


@pytest.hookimpl(trylast=True)
def pytest_collectreport(report: Any) -> None:
    """Remember what became of each file."""
    if report.nodeid and "::" not in report.nodeid:
        SEEN["files"][report.nodeid] = report.outcome


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: Any) -> None:
    """Write what this process saw."""
    try:
        recorder = config.pluginmanager.get_plugin("gardener-recorder")
        if recorder is not None:
            SEEN["files"] = {recorder.nodeid(k): v for k, v in SEEN["files"].items()}
        SEEN["foreign"] = _foreign()
        path = os.path.join(FOLDER, "seen-%d.json" % os.getpid())
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SEEN, file)
    except Exception as wrong:
        sys.stderr.write("gardener: the picker could not write what it saw: %s\n" % wrong)


def _foreign() -> list[str]:
    """Project modules that came from anywhere but the tree under test, as `name (file)`."""
    old, new = os.environ.get("GARDENER_FROM"), os.environ.get("GARDENER_TO")
    if not old or not new:
        return []
    if TYPE_CHECKING:
        from .foreign import Origins
    else:
        from gardener_foreign import Origins

    origins = Origins(old, new)
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and origins.is_foreign(name, file):
            found.append("%s (%s)" % (name, file))
    return found
