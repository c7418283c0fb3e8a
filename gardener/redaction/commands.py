"""Credentials on command lines, and in the files that hold logins one a line."""

from __future__ import annotations

import re

from gardener.redaction.judgement import (
    Mask,
    has_digit_and_letter,
    is_placeholder,
    is_word,
    without_secret,
)
from gardener.redaction.names import Kind, kind_of

_QUOTE = r"(?:\\?[\"'])?"
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
    r"|\bldap\w+\b[^\n|]{0,200}?\s-w[ ]?|\s-(?:\w{0,6}storepass|\w{0,4}keypass)[ ]"
    r"|\s-pass(?:in|out)?[ ]pass:|\b(?:smb|rpc|net)\w*\b[^\n|]{0,200}?\s-U[ ]?[^\s%]{1,60}%)[\"']?)(?P<secret>[^\s\"']{3,})"
)
_SHORT_OPTION_HINT = re.compile(r"sshpass|mysql|mariadb|login|redis-cli|ldap|pass[ :]|-U")
_METAVARIABLE = re.compile(r"[A-Z][A-Z_]*[\])]*")
_NETRC = re.compile(
    r"(?P<before>\blogin[ \t\n]{1,8}\S{1,100}[ \t\n]{1,8}password[ \t\n]{1,8})(?P<secret>\S{3,})"
)
_PGPASS = re.compile(
    r"(?P<before>(?:^|(?<=[\s\"']))[\w.*-]{1,100}:(?:54\d\d|6432|\*):[\w*-]{1,64}:[\w*.-]{1,64}:)"
    r"(?P<secret>[^\s\"':]{3,})",
    re.MULTILINE,
)


def mask_commands(text: str, folded: str, mask: Mask) -> str:
    """The text without what command lines and logins carry; `folded` is it in small letters."""
    if " -" in text:
        if _USER_OPTION.search(text):
            text = _CURL.sub(lambda match: without_secret(match, mask), text)
        if _SHORT_OPTION_HINT.search(text):
            text = _SHORT_OPTION.sub(lambda match: without_secret(match, mask), text)
    if "--" in text:
        text = _OPTION.sub(lambda match: _masked_option(match, mask), text)
    if "login" in folded:
        text = _NETRC.sub(lambda match: without_secret(match, mask), text)
    if ":54" in text or ":6432:" in text or ":*:" in text:
        text = _PGPASS.sub(lambda match: without_secret(match, mask), text)
    return text


def _masked_option(match: re.Match[str], mask: Mask) -> str:
    return match["before"] + mask(match["secret"]) if _is_option(match) else match[0]


def _is_option(match: re.Match[str]) -> bool:
    """Whether an option of a command line has a secret behind it: no metavariable, and no sentence."""
    kind, value = kind_of(match["name"]), match["secret"]
    if kind is None or _METAVARIABLE.fullmatch(value):
        return False
    if has_digit_and_letter(value) or not (is_placeholder(value) or is_word(value)):
        return True
    is_among_options = match.string.startswith(" -", match.end())
    return kind is Kind.PASSWORD and is_among_options and value.islower() and len(value) >= 8
