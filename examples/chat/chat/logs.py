"""The one place that makes loggers."""

import logging


def get_logger(name: str) -> logging.Logger:
    """A logger below `chat`, whatever the name of the module."""
    return logging.getLogger(name if name.startswith("chat") else f"chat.{name}")
