"""Old home of the connection manager and the events."""

import importlib
import warnings

_MOVED = {
    "ConnectionInfo": "chat.connections",
    "ConnectionManager": "chat.connections",
    "WebSocketEvent": "chat.events",
}


def __getattr__(name: str) -> object:
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _MOVED[name]
    warnings.warn(
        f"Importing {name} from 'chat.core' is deprecated. "
        f"Use canonical path 'from {home} import {name}' instead.",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(importlib.import_module(home), name)
