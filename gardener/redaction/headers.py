"""Credentials in headers, in cookies, and on command lines."""

from __future__ import annotations

import re

from gardener.redaction.judgement import (
    Mask,
    has_digit_and_letter,
    is_placeholder,
    is_random,
    is_word,
)
from gardener.redaction.names import kind_of

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
_CURL = re.compile(
    rf"(?P<before>\b(?:curl|http|https|xh|wget)\b[^\n]{{0,400}}?\s(?:-u|--user|-a|--auth|--proxy-user)[ =]?{_QUOTE}"
    r"[^\s:\"']{1,100}:)(?P<secret>[^\s\"'@]{3,})"
)
_OPTION = re.compile(
    rf"(?P<before>--(?P<name>[A-Za-z][\w-]{{2,60}})[ \t]{{1,3}}{_QUOTE})"
    r"(?P<secret>[^\s\"'<>(){}\[\]-][^\s\"']{3,})"
)
_USER_OPTION = re.compile(r" -u| -a| --user| --auth| --proxy-user")
# Options of one letter mean a password for these programs alone.
_SHORT_OPTION = re.compile(
    r"(?P<before>(?:\bsshpass\s+-p[ ]?|\b(?:mysql\w*|mariadb\w*)\b[^\n|]{0,200}?\s-p|\b(?:docker|podman|az|oc)\b"
    r"[^\n|]{0,40}?\blogin\b[^\n|]{0,200}?\s-p[ ]?|\bredis-cli\b[^\n|]{0,200}?\s-a[ ]"
    r"|\bldap\w+\b[^\n|]{0,200}?\s-w[ ]?|\s-(?:\w{0,6}storepass|\w{0,4}keypass)[ ])[\"']?)(?P<secret>[^\s\"']{3,})"
)
_SHORT_OPTION_HINT = re.compile(r"sshpass|mysql|mariadb|login|redis-cli|ldap|pass[ ]")
_NETRC = re.compile(
    r"(?P<before>\blogin[ \t\n]{1,8}\S{1,100}[ \t\n]{1,8}password[ \t\n]{1,8})(?P<secret>\S{3,})"
)
_PGPASS = re.compile(
    r"(?P<before>(?:^|(?<=[\s\"']))[\w.*-]{1,100}:(?:54\d\d|6432|\*):[\w*-]{1,64}:[\w*.-]{1,64}:)"
    r"(?P<secret>[^\s\"':]{3,})",
    re.MULTILINE,
)


def mask_headers(text: str, folded: str, mask: Mask) -> str:
    """The text without what headers and command lines carry; `folded` is it in small letters."""

    def masked_option(match: re.Match[str]) -> str:
        is_harmless = is_placeholder(match["secret"]) or is_word(match["secret"])
        if (is_harmless and not has_digit_and_letter(match["secret"])) or not kind_of(
            match["name"]
        ):
            return match[0]
        return match["before"] + mask(match["secret"])

    def masked_always(match: re.Match[str]) -> str:
        harmless = is_placeholder(match["secret"])
        return match["before"] + (match["secret"] if harmless else mask(match["secret"]))

    def masked_random(match: re.Match[str]) -> str:
        secret = match["secret"].rstrip(".")
        if not (len(secret) >= 8 and (is_random(secret) or _is_long(secret))):
            return match[0]
        return match["before"] + mask(secret) + match["secret"][len(secret) :]

    if "authori" in folded:
        text = _HEADER.sub(lambda match: _masked_header(match, mask), text)
    if (
        "bearer" in folded
        or "basic" in folded
        or "ssws" in folded
        or "apikey" in folded
        or "dpop" in folded
    ):
        text = _BEARER.sub(masked_random, text)
    if "cookie" in folded:
        text = _COOKIES.sub(lambda match: _masked_cookies(match, mask), text)
    if " -" in text and _USER_OPTION.search(text):
        text = _CURL.sub(masked_always, text)
    if " -" in text and _SHORT_OPTION_HINT.search(text):
        text = _SHORT_OPTION.sub(masked_always, text)
    if "--" in text:
        text = _OPTION.sub(masked_option, text)
    if "login" in folded:
        text = _NETRC.sub(masked_always, text)
    if ":54" in text or ":6432:" in text or ":*:" in text:
        text = _PGPASS.sub(masked_always, text)
    return text


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


def _masked_cookies(match: re.Match[str], mask: Mask) -> str:
    def masked(cookie: re.Match[str]) -> str:
        secret = cookie["secret"]
        is_attribute = cookie["before"].lower().startswith(_ATTRIBUTES)
        if is_attribute or is_placeholder(secret) or is_word(secret):
            return cookie[0]
        return cookie["before"] + mask(secret)

    return match["before"] + _COOKIE.sub(masked, match["cookies"])
