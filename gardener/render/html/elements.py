"""Elements of HTML, built so that text of a report can never become markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape

from gardener.disarm import disarmed_json, disarmed_xml
from gardener.text import clean

LONGEST = 2000
"""Characters of a text of a report where nothing else is said."""
_CODE = re.compile(r"`([^`]+)`")
_VOID = frozenset({"meta", "input", "br"})


class Markup(str):
    """HTML that these functions made: it is taken as it is, all other text is escaped."""

    __slots__ = ()


def text(words: str, longest: int = LONGEST) -> Markup:
    """Text of a report: made safe to show, cut, and escaped."""
    return Markup(disarmed_xml(escape(clean(words, longest))))


def tag(name: str, /, *children: str, **attributes: str | int | bool | None) -> Markup:
    """An element; `class_` is `class`, and `data_x` is `data-x`.

    Attributes that are None or False are left out, True stands alone.
    """
    opened = "".join(_attribute(key, setting) for key, setting in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{opened}>")
    return Markup(f"<{name}{opened}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Markup as it is, and all other text escaped, one behind the other."""
    return Markup("".join(p if isinstance(p, Markup) else text(p) for p in parts))


def _attribute(key: str, setting: str | int | bool | None) -> str:
    if setting is None or setting is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    if setting is True:
        return f" {name}"
    return f' {name}="{disarmed_xml(escape(clean(str(setting), 20_000)))}"'


def data(id_: str, document: object) -> Markup:
    """A block of JSON that the page's script reads; nothing in it can end the block."""
    encoded = json.dumps(document, separators=(",", ":"), ensure_ascii=True)
    for character in "<>&":
        encoded = encoded.replace(character, f"\\u{ord(character):04x}")
    encoded = disarmed_json(encoded)
    return Markup(f'<script type="application/json" id="{escape(id_)}">{encoded}</script>')


def code(words: str, longest: int = LONGEST) -> Markup:
    """A piece of code within a sentence."""
    return tag("code", text(words, longest))


def prose(words: str, longest: int = LONGEST) -> Markup:
    """A sentence of gardener's own, in which backticks mark code."""
    pieces = _CODE.split(clean(words, longest))
    return joined(code(piece) if n % 2 else text(piece, longest) for n, piece in enumerate(pieces))


def command(line: str) -> Markup:
    """A command for the shell with a button that copies it."""
    plain = clean(line, 4000)
    button = tag("button", "Copy", type="button", class_="copy", aria_label=f"Copy: {plain[:80]}")
    return tag("div", tag("code", text(plain, 4000)), button, class_="command")
