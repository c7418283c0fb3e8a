"""A pytest plugin that runs only the tests it is given, in the order it is given them.

Injected beside the recorder into the *user's* interpreter: standard library only, Python
3.8+, pytest 7+. `GARDENER_PICKED` names a folder: `wanted.json` in it holds the nodeids
(relative to the repository), and every process writes into it what it saw: which tests
there were, what became of their files, and which modules came from a wrong place.
"""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlparse

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
    apart = tuple(
        os.path.realpath(one) + os.sep
        for one in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__))
        if os.path.realpath(one) != old
    )
    homes = _homes(new)
    installed = _installed_from(old)
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            continue
        full = os.path.realpath(file)
        if full.startswith(new + os.sep):
            continue
        parts = full.split(os.sep)
        library = full.startswith(apart) or "site-packages" in parts or ".git" in parts
        if (
            (full.startswith(old + os.sep) and not library)
            or _is_own(name, homes)
            or full in installed
        ):
            found.append("%s (%s)" % (name, file))
    return found


def _homes(root: str) -> list[str]:
    """Folders of the tree that hold its top-level modules."""
    found = [root, os.path.join(root, "src")]
    found += [path for path in sys.path if os.path.realpath(path).startswith(root + os.sep)]
    return list(dict.fromkeys(os.path.realpath(path) for path in found))


def _is_own(name: str, homes: list[str]) -> bool:
    """Whether the tree has a module of this full name, be it in a namespace package."""
    parts = name.split(".")
    standard = getattr(sys, "stdlib_module_names", sys.builtin_module_names)
    if parts[0] in standard or name in ("conftest", "setup") or not parts[0].isidentifier():
        return False
    return any(
        os.path.isfile(os.path.join(home, *parts) + ".py")
        or os.path.isfile(os.path.join(home, *parts, "__init__.py"))
        for home in homes
    )


def _installed_from(root: str) -> set[str]:
    """Files that an installer copied out of this repository, as PEP 610 lets it note."""
    found: set[str] = set()
    for site in sys.path:
        if not os.path.isdir(site):
            continue
        for entry in os.listdir(site):
            note = os.path.join(site, entry, "direct_url.json")
            if not entry.endswith(".dist-info") or not os.path.isfile(note):
                continue
            with open(note, encoding="utf-8") as file:
                url = urlparse(str(json.load(file).get("url", "")))
            path = os.path.realpath(unquote(url.path))
            if url.scheme == "file" and (path + os.sep).startswith(root + os.sep):
                with open(os.path.join(site, entry, "RECORD"), encoding="utf-8") as file:
                    names = [row[0] for row in csv.reader(file) if row]
                hooks = _hooks(site, names)
                found.update(
                    os.path.realpath(os.path.join(site, name))
                    for name in names
                    if os.path.splitext(name)[0] not in hooks
                )
    return found


def _hooks(site: str, names: list[str]) -> set[str]:
    """Modules that `.pth` files import: finders of editable installations, no copies of code."""
    found: set[str] = set()
    for name in names:
        if name.endswith(".pth"):
            with open(os.path.join(site, name), encoding="utf-8", errors="replace") as file:
                found.update(re.findall(r"(?m)^import\s+(\w+)", file.read()))
    return found
