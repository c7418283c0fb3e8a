"""Where a connection was to go that nobody took. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import re
from typing import Any, List

from .frames import Trace
from .libraries import Libraries
from .objects import bare_dict
from .source import Sources


def is_refused(error: Any, trace: Trace, sources: Sources) -> bool:
    """Whether nothing listens where a connection was to go."""
    if isinstance(error, ConnectionRefusedError) or "Connect" in type(error).__name__:
        return True
    return _lacks_socket(error, trace, sources)


def _lacks_socket(error: Any, trace: Trace, sources: Sources) -> bool:
    """Whether there is no socket of the file system where a connection was to go."""
    if not isinstance(error, FileNotFoundError) or error.filename is not None:
        return False
    text = sources.of(trace[-1].filename).text(trace[-1].line)
    return re.search(r"connect\(", text) is not None


def address_of(trace: Trace) -> str:
    """`host:port`, or the path of a socket, as the deepest function that knows it holds it."""
    return next(filter(None, (_held_in(step.frame.f_locals) for step in reversed(trace))), "")


def asking(trace: Trace, origins: List[str], libraries: Libraries) -> str:
    """The library that the project asked, which connects."""
    first = next((n for n, origin in enumerate(origins) if origin != "library"), 0)
    names = [libraries.of_file(step.filename) for step in trace[first:]]
    return next((name for name in names if name and name[:7] != "Python "), "")


def _held_in(variables: Any) -> str:
    """An address as functions that connect hold it, in a pair or in two variables."""
    for name in ("address", "sockaddr", "sa", "addr", "_address"):
        pair = variables.get(name)
        if type(pair) is tuple and len(pair) >= 2 and type(pair[0]) is str and type(pair[1]) is int:
            return "%s:%d" % pair[:2]
    for names in (variables, bare_dict(variables.get("self"))):
        host, port = names.get("host"), names.get("port")
        held = [names.get(name) for name in ("path", "uds", "unix_socket", "socket_path")]
        for path in (*held, host):
            if type(path) is str and path.startswith("/"):
                return path
        if type(host) is str and type(port) is int:
            return "%s:%d" % (host, port)
    return ""
