"""Text that may go into an event: of bounded length, and encodable. PYTEST_DONT_REWRITE"""

from __future__ import annotations

from typing import Any, Dict

Json = Dict[str, Any]

MESSAGE_LIMIT = 20_000
SOURCE_LIMIT = 2_000
FACT_LIMIT = 500
"""Longest texts, in characters."""


def clean(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text that every JSON reader takes: no lone surrogates; cut in the middle if too long."""
    if len(text) > limit:
        half = limit // 2
        cut = len(text) - 2 * half
        text = "%s\n... [%d characters cut] ...\n%s" % (text[:half], cut, text[-half:])
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def message_of(error: BaseException) -> str:
    """`str(error)`; where that raises, a text that says so."""
    try:
        return clean(str(error))
    except BaseException as wrong:
        if isinstance(wrong, KeyboardInterrupt):
            raise
        return "<no message: str() of %s raised %s>" % (type(error).__name__, type(wrong).__name__)


def type_name(kind: Any) -> str:
    """Qualified name of a class with its module, but for builtins."""
    module = type.__getattribute__(kind, "__module__")
    qualname = type.__getattribute__(kind, "__qualname__")
    if not isinstance(module, str) or module in ("builtins", "exceptions"):
        return clean(str(qualname))
    return clean("%s.%s" % (module, qualname))
