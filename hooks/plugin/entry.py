"""The entry of the plugin: what `-p gardener_plugin.entry` names. PYTEST_DONT_REWRITE

It reads variables of the environment: `GARDENER_STREAM`, the folder to write into (one file a
process, so workers of pytest-xdist never share one), `GARDENER_ROOT`, the top of the repository,
and `GARDENER_TRACE`, which asks for a record of what each test executes.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Generator, List

import pytest

from .recorder import Recorder
from .repository import Repository
from .steps import Steps

PLUGIN_NAME = "gardener-recorder"
"""The name by which the other plugins find the recorder."""


class Settings:
    """What the environment asks for; without a folder this is someone else's run."""

    def __init__(self) -> None:
        self.folder = os.environ.get("GARDENER_STREAM", "")
        self.root = os.environ.get("GARDENER_ROOT", os.getcwd())
        self.traces = bool(os.environ.get("GARDENER_TRACE"))


def _repository(config: Any, root: str) -> Repository:
    start = str(config.invocation_params.dir)
    return Repository(root, start, list(config.getini("python_files")))


def _recorder(config: Any, settings: Settings) -> Recorder:
    return Recorder(config, settings.folder, _repository(config, settings.root))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: Any) -> Generator[None, Any, None]:
    """Write why a conftest could not be loaded that pytest loads before it is configured."""
    _start_tracing(early_config)
    outcome = yield
    error = outcome.excinfo[1] if outcome.excinfo else None
    if error is None or not Settings().folder:
        return
    path = _conftest_of(error)
    if not path:
        return
    try:
        recorder = _recorder(early_config, Settings())
        name = recorder.repository.name(path)
        recorder.write_collect(name, recorder.describer.describe(error))
    except Exception:
        return


def _conftest_of(error: BaseException) -> str:
    """The path of the conftest that an exception is of; empty where it is of none."""
    if type(error).__name__ == "ConftestImportFailure":
        return str(getattr(error, "path", ""))
    path, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        path = file if os.path.basename(file) == "conftest.py" else path
        trace = trace.tb_next
    return path


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: Any) -> None:
    """Start to record, unless the variables are not there (someone else's run)."""
    try:
        settings = Settings()
        if settings.folder:
            recorder = _recorder(config, settings)
            config.pluginmanager.register(recorder, PLUGIN_NAME)
            config.pluginmanager.register(Steps(recorder), "gardener-steps")
            comparisons = recorder.describer.comparisons
            config.pluginmanager.register(comparisons, "gardener-comparisons")
            if TRACERS:
                _attach_tracer(config, recorder)
    except Exception:
        sys.stderr.write("gardener: the recorder could not start\n")


TRACERS: List[Any] = []
"""The tracer between its start and `pytest_configure`."""


def _start_tracing(config: Any) -> None:
    """Let a tracer record what runs, if that is asked for; the first conftest included."""
    settings = Settings()
    if not settings.folder or not settings.traces:
        return
    try:
        from .tracer import start

        TRACERS.append(start(_repository(config, settings.root), settings.folder))
    except Exception:
        sys.stderr.write("gardener: the tracer could not start\n")


def _attach_tracer(config: Any, recorder: Recorder) -> None:
    """Give the tracer, which began before there was a recorder, the recorder."""
    try:
        from .tracer import attach

        attach(TRACERS.pop(), config, recorder)
    except Exception:
        recorder.trouble()


def _hide_plugin_folder() -> None:
    """Keep processes of the tests free of gardener's folder; xdist passes `sys.path` on."""
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not os.environ.get("GARDENER_STREAM"):
        return
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    remaining = [path for path in paths if path != folder]
    if remaining != paths:
        if any(remaining):
            os.environ["PYTHONPATH"] = os.pathsep.join(remaining)
        else:
            os.environ.pop("PYTHONPATH", None)


_hide_plugin_folder()
