"""Private keys as texts of several lines."""

from __future__ import annotations

import re

from gardener.redaction.judgement import Mask

_KIND = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_WHOLE = re.compile(rf"-----BEGIN {_KIND}.*?-----END {_KIND}", re.DOTALL)
_LINE = (
    r"(?:[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/]{2,}={1,2}|[A-Z][A-Za-z-]+: [^\n\\]*|=[A-Za-z0-9+/]{4})"
)
_BREAK = r"(?:\\r|\\n|[\s\"',>|+-]|\bE\b)"
_CUT = re.compile(rf"-----BEGIN {_KIND}(?:{_BREAK}{{1,24}}{_LINE})*{_BREAK}{{0,8}}[A-Za-z0-9+/=]*")
_END = re.compile(rf"-----END {_KIND}")
_PUTTY = re.compile(
    r"(Private-(?:Lines|MAC|Hash): ?)(?:\d+\s+)?((?:[A-Za-z0-9+/=]{16,}(?:\s|\\n)*)+)"
)


# The private part of a JSON web key, wherever it stands in its object.
_JWK_OBJECT = re.compile(r"\{[^{}]{0,4000}?[\"']kty\\?[\"'][^{}]{0,4000}\}")
_JWK_PART = re.compile(
    r"(?P<before>[\"'](?:d|k|p|q|dp|dq|qi)\\?[\"']: ?\\?[\"'])(?P<secret>[A-Za-z0-9_-]{16,})"
)
_VAULT = re.compile(r"(\$ANSIBLE_VAULT;[\w.;-]{1,60})((?:(?:\s|\\n)+[0-9a-f]{16,})+)")


def mask_private_keys(text: str, mask: Mask) -> str:
    """The text without private keys; where one was cut, without what is left of it."""
    if "PRIVATE KEY" in text:
        text = _WHOLE.sub(lambda match: mask(match[0]), text)
        text = _CUT.sub(lambda match: mask(match[0]), text)
        end = _END.search(text)
        if end:
            text = _without_lines_above(text, end, mask)
    if "Private-" in text:
        text = _PUTTY.sub(lambda match: match[1] + mask(match[2]), text)
    if "kty" in text:
        text = _JWK_OBJECT.sub(
            lambda key: _JWK_PART.sub(lambda part: part["before"] + mask(part["secret"]), key[0]),
            text,
        )
    if "$ANSIBLE_VAULT" in text:
        text = _VAULT.sub(lambda match: f"{match[1]} {mask(match[2])}", text)
    return text


def _without_lines_above(text: str, end: re.Match[str], mask: Mask) -> str:
    """For a key whose beginning was cut off: every line above its end that can be base64."""
    lines = text[: end.start()].replace("\\n", "\n").split("\n")
    while lines and re.fullmatch(r"[A-Za-z0-9+/=\s]*", lines[-1]):
        lines.pop()
    masked = mask(text[end.start() : end.end()])
    return "\n".join([*lines, masked]) + text[end.end() :]
