"""Old home of `get_logger`."""

import warnings

from chat.logs import get_logger

warnings.warn(
    "chat.logging_factory is deprecated. Use 'from chat.logs import get_logger' instead.",
    DeprecationWarning,
    stacklevel=2,
)

__all__ = ["get_logger"]
