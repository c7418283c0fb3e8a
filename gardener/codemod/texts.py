"""What strings of libcst's tree say, mostly without a parser."""

from __future__ import annotations

import libcst as cst


def text_of(node: cst.SimpleString | cst.ConcatenatedString) -> str | bytes | None:
    """The text of a string; None where parts of it are known only when it runs.

    libcst has each string parsed by Python, which is needed only for prefixes and escapes.
    """
    written = node.value if isinstance(node, cst.SimpleString) else ""
    if written[:1] not in ("'", '"') or "\\" in written or "\r" in written:
        return node.evaluated_value
    width = 3 if written[:3] in ('"""', "'''") else 1
    return written[width:-width]
