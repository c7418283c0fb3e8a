"""Why libcst cannot read a text, in one short sentence."""

from __future__ import annotations

import re

_CONFLICT = re.compile(rb"^<{7}[ \r\n].*^>{7}[ \r\n]", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"error at (\d+):\d+: (.*)")


def why_broken(message: str, text: bytes) -> str:
    """The rest of a sentence: the place that libcst's parser names, or what its tokenizer says.

    `ParserSyntaxError.raw_line` is the line behind the place, and 1 for all that a tokenizer refuses.
    """
    kind, _, reason = message.partition("\n")[0].partition(" error: ")
    place = _PLACE.match(reason)
    if place is None:
        return f"does not parse: {reason or kind}"
    line = int(place[1])
    conflict = _CONFLICT.search(text)
    marker = text.count(b"\n", 0, conflict.start()) + 1 if conflict else 0
    if 0 < marker <= line:
        return f"does not parse: line {marker} is a conflict marker"
    expected = place[2] if "," not in place[2] else "invalid syntax"
    return f"does not parse: line {line}: {expected}"
