"""Credentials in headers, in cookies, and in the fields of forms."""

from __future__ import annotations

import re

from gardener.redaction.judgement import (
    Mask,
    has_digit_and_letter,
    is_placeholder,
    is_random,
    is_word,
    without_secret,
)
from gardener.redaction.names import Kind, kind_of

_QUOTE = r"(?:\\?[\"'])?"
_HEADER = re.compile(
    r"(?P<before>authori[sz]ation"
    rf"{_QUOTE}[ \t]{{0,3}}[:=,>][ \t]{{0,3}}(?:b(?=[\"']))?{_QUOTE}"
    r"(?:(?P<scheme>basic|bearer|token|digest|negotiate|ntlm|apikey|api-key|key|ssws|splunk|genie-?key|aws4-hmac-sha256"
    r"|aws|oauth|dpop|jwt|hawk|mac|bot|sharedkey|sharedaccesssignature|client-id)[ \t]{1,3})?)"
    r"(?P<secret>[^\s\"'<>(){}\[\],;\\]{4,})(?P<more>(?:(?!authori)[^\n\"'\\]){0,2000})",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"(?P<before>\b(?:response|signature|oauth_\w*(?:signature|token|key)|mac|sig|nonce|cnonce|token)=\"?)"
    r"(?P<secret>[^\s\",;]{6,})",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"(?P<before>\b(?:bearer|basic|ssws|apikey|dpop)[ \t]{1,3})(?P<secret>[A-Za-z0-9._~+/=-]{6,})",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    rf"(?P<before>cookie{_QUOTE}[ \t]{{0,3}}[:=,][ \t]{{0,3}}(?:b(?=[\"']))?{_QUOTE})"
    r"(?P<cookies>[^\n\"'=;\s]{1,80}=[^\n\"']{2,4000})",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"(?P<before>[^\s=;,]{1,80}=)(?P<secret>[^\s;,]{6,})")
_ATTRIBUTES = ("expires=", "path=", "domain=", "max-age=", "samesite=", "priority=")
# User and password as two texts, a field of a form, and what a login without the password proves.
_PAIR = re.compile(
    r"(?P<before>(?:\b(?:basic_)?auth=|Auth|\bsimple_bind\w*)\([\"'][^\"'\n]{1,100}[\"'],[ ]?[\"'])"
    r"(?P<secret>[^\"'\n]{6,200})(?=[\"'])"
)
_FIELD = re.compile(
    r"(?P<before>; name=\\?\"(?P<name>[\w.-]{2,60})\\?\"(?:(?:\r?\n|\\r\\n){2}))(?P<secret>[^\s\\\"']{4,})"
)
_DIGEST = re.compile(r"(?P<before>\bresponse=\\?\"?)(?P<secret>[0-9a-f]{32,128})\b")


def mask_headers(text: str, folded: str, mask: Mask) -> str:
    """The text without what headers and forms carry; `folded` is it in small letters."""
    if "authori" in folded:
        text = _HEADER.sub(lambda match: _masked_header(match, mask), text)
    # One after the other: this is asked of every line.
    if (
        "bearer" in folded
        or "basic" in folded
        or "ssws" in folded
        or "apikey" in folded
        or "dpop" in folded
    ):
        text = _BEARER.sub(lambda match: _masked_random(match, mask), text)
    if "cookie" in folded:
        text = _COOKIES.sub(lambda match: _masked_cookies(match, mask), text)
    if "auth(" in folded or "auth=(" in folded or "simple_bind" in folded:
        text = _PAIR.sub(lambda match: _masked_mixed(match, mask), text)
    if "; name=" in text:
        text = _FIELD.sub(lambda match: _masked_field(match, mask), text)
    if "response=" in folded and "digest" in folded:
        text = _DIGEST.sub(lambda match: without_secret(match, mask), text)
    return text


def _masked_mixed(match: re.Match[str], mask: Mask) -> str:
    is_secret = has_digit_and_letter(match["secret"])
    return match["before"] + mask(match["secret"]) if is_secret else match[0]


def _masked_field(match: re.Match[str], mask: Mask) -> str:
    kind = kind_of(match["name"])
    is_secret = kind is Kind.PASSWORD or (kind and is_random(match["secret"]))
    return match["before"] + mask(match["secret"]) if is_secret else match[0]


def _masked_random(match: re.Match[str], mask: Mask) -> str:
    secret = match["secret"].rstrip(".")
    if not (len(secret) >= 8 and (is_random(secret) or _is_long(secret))):
        return match[0]
    return match["before"] + mask(secret) + match["secret"][len(secret) :]


def _is_long(secret: str) -> bool:
    return len(secret) >= 20 and has_digit_and_letter(secret)


def _masked_header(match: re.Match[str], mask: Mask) -> str:
    """The header `Authorization`, whatever its scheme; words in its place tell of it, and stay."""
    secret, more = match["secret"], match["more"]
    if "=" in secret and match["scheme"] and re.match(r"[A-Za-z_]+=", secret):
        named = _PARAMETER.sub(lambda part: part["before"] + mask(part["secret"]), secret + more)
        return match["before"] + named
    is_whole = is_placeholder(secret) or (is_word(secret) and not more.startswith(":"))
    if is_whole or (not match["scheme"] and not is_random(secret)):
        return match["before"] + secret + more
    return match["before"] + mask(secret) + more


def _is_plain(value: str) -> bool:
    """Whether a cookie says something in words, as `Europe/Zurich` does."""
    return is_word(value) or not (any(map(str.isdigit, value)) or is_random(value))


def _masked_cookies(match: re.Match[str], mask: Mask) -> str:
    def masked(cookie: re.Match[str]) -> str:
        secret = cookie["secret"]
        is_attribute = cookie["before"].lower().startswith(_ATTRIBUTES)
        if is_attribute or is_placeholder(secret) or _is_plain(secret):
            return cookie[0]
        return cookie["before"] + mask(secret)

    return match["before"] + _COOKIE.sub(masked, match["cookies"])
