"""Whether pytest-asyncio is there and leaves an async test alone, because it is strict. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import re
from typing import Any, Iterator, Tuple

from .frames import Trace
from .libraries import Libraries
from .text import message_of

NOT_SUPPORTED = r"^async def functions are not natively supported| requested an async fixture '"


def async_facts(error: Any, trace: Trace, libraries: Libraries) -> Iterator[Tuple[str, str]]:
    """The pytest-asyncio (`strict_mode`) that runs only what is marked for it."""
    if not re.search(NOT_SUPPORTED, message_of(error)):
        return
    for step in trace:
        item = step.frame.f_locals.get("pyfuncitem", step.frame.f_locals.get("request"))
        config = getattr(item, "config", None)
        if config is not None and config.pluginmanager.hasplugin("asyncio"):
            mode = config.getoption("asyncio_mode") or config.getini("asyncio_mode")
            if str(getattr(mode, "value", mode)) == "strict":
                yield "strict_mode", libraries.of_module("pytest_asyncio.plugin")
            return
