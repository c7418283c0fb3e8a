"""Async tests and fixtures that no plugin runs, and whether pytest-asyncio leaves them alone. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import inspect
import re
import types
from typing import Any, Iterator, Optional, Tuple

from .frames import Trace
from .libraries import Libraries
from .objects import bare_dict
from .text import message_of

NOT_SUPPORTED = (
    r"^async def functions are not natively supported|^'.*' requested an async fixture '"
)
FIXTURES = "_pytest/fixtures.py"


def async_facts(error: Any, trace: Trace, libraries: Libraries) -> Iterator[Tuple[str, str]]:
    """The async fixture that nothing runs (`async_fixture`), and a pytest-asyncio that is strict.

    pytest refuses such a fixture where it is asked for first. Where another fixture or a test asks
    for it again, a bare assertion of pytest's own fails.
    """
    definition = _asserting_fixture(error, trace)
    if definition is not None:
        yield "async_fixture", str(bare_dict(definition).get("argname", ""))
    elif not re.search(NOT_SUPPORTED, message_of(error), re.DOTALL):
        return
    for step in trace:
        item = step.frame.f_locals.get("pyfuncitem", step.frame.f_locals.get("request"))
        config = getattr(item, "config", None)
        if config is not None:
            yield "strict_mode", strict_plugin(config, libraries)
            return


def unawaited_facts(item: Any, libraries: Libraries) -> Iterator[Tuple[str, str]]:
    """The same for a test that was given the coroutine of an async fixture, not its value."""
    definitions = bare_dict(getattr(item, "_request", None)).get("_fixture_defs")
    for name, definition in list((definitions or {}).items()):
        result = bare_dict(definition).get("cached_result")
        if _is_async(definition) and result and _is_untouched(result[0]):
            yield "async_fixture", str(name)
            yield "strict_mode", strict_plugin(item.config, libraries)
            return


def strict_plugin(config: Any, libraries: Libraries) -> str:
    """The pytest-asyncio that runs only what is marked for it; empty: there is none, or it runs all."""
    if not config.pluginmanager.hasplugin("asyncio"):
        return ""
    mode = config.getoption("asyncio_mode") or config.getini("asyncio_mode")
    is_strict = str(getattr(mode, "value", mode)) == "strict"
    return libraries.of_module("pytest_asyncio.plugin") if is_strict else ""


def _asserting_fixture(error: Any, trace: Trace) -> Optional[Any]:
    """The async fixture of which pytest asserts that it was set up."""
    if type(error) is not AssertionError or message_of(error) or not trace:
        return None
    step = trace[-1]
    definition = step.frame.f_locals.get("self")
    is_of_pytest = step.filename.replace("\\", "/").endswith(FIXTURES)
    return definition if is_of_pytest and _is_async(definition) else None


def _is_async(definition: Any) -> bool:
    function = bare_dict(definition).get("func")
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _is_untouched(value: Any) -> bool:
    """Whether it is a coroutine, or an async generator, that nobody awaited or went through."""
    if isinstance(value, types.CoroutineType):
        return inspect.getcoroutinestate(value) == inspect.CORO_CREATED
    if not isinstance(value, types.AsyncGeneratorType):
        return False
    has_begun = value.ag_running or getattr(value, "ag_suspended", False)  # Python 3.12
    return value.ag_frame is not None and not has_begun
