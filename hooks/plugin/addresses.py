"""Where a connection was to go that nobody took. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import ast
import re
from typing import Any, List

from .frames import Step, Trace
from .libraries import Libraries
from .objects import bare_dict
from .source import Sources
from .text import message_of

_SAYS_SO = re.compile(
    r"(?is)connect.{0,300}?(?:refused|no such file or directory)|refused.{0,300}?connect"
)
"""How libraries word it whose exceptions are called otherwise."""


ASKING = ("connect", "connect_ex", "bind")


def is_refused(error: Any, trace: Trace, sources: Sources) -> bool:
    """Whether nothing listens where a connection was to go."""
    if isinstance(error, ConnectionRefusedError) or "Connect" in type(error).__name__:
        return True
    if isinstance(error, (OSError, AssertionError)):
        return _lacks_socket(error, trace, sources)
    return _SAYS_SO.search(message_of(error)[:2000]) is not None


def _lacks_socket(error: Any, trace: Trace, sources: Sources) -> bool:
    """Whether there is no socket of the file system where a connection was to go."""
    if not isinstance(error, FileNotFoundError) or error.filename is not None:
        return False
    text = sources.of(trace[-1].filename).text(trace[-1].line)
    return re.search(r"connect\(", text) is not None


def address_of(trace: Trace, sources: Sources) -> str:
    """`host:port`, or the path of a socket, as the deepest function that knows it holds it."""
    address = next(filter(None, (_held_in(step.frame.f_locals) for step in reversed(trace))), "")
    return address or _asked_for(trace[-1], sources)


def _asked_for(step: Step, sources: Sources) -> str:
    """The address that the statement of a step gives to `connect`, or to `bind`."""
    statement = sources.of(step.filename).statement(step.line)
    if statement is None or statement.last - statement.first > 20:
        return ""
    for node in ast.walk(statement.node):
        name = getattr(getattr(node, "func", None), "attr", "")
        if isinstance(node, ast.Call) and name in ASKING and node.args:
            target = node.args[0]
            parts = target.elts if isinstance(target, ast.Tuple) else [target]
            address = ":".join(_plain_value(part, step) for part in parts[:2])
            if re.match(r"(?:/.+|[^/:]+:\d+)\Z", address):
                return address
    return ""


def _plain_value(node: ast.expr, step: Step) -> str:
    """A text or a number that an expression is without running anything; else empty."""
    constant: Any = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Name):
        constant = step.frame.f_locals.get(node.id, step.frame.f_globals.get(node.id))
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        holder = step.frame.f_locals.get(node.value.id, step.frame.f_globals.get(node.value.id))
        constant = bare_dict(holder).get(node.attr)
    return str(constant) if type(constant) in (str, int) else ""


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
        paths = [names.get(name) for name in ("path", "uds", "unix_socket", "socket_path")]
        for path in (*paths, host):
            if type(path) is str and path.startswith("/"):
                return path
        if type(host) is str and type(port) is int:
            return "%s:%d" % (host, port)
    return ""
