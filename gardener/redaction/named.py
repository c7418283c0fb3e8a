"""Values behind telling names: in code, JSON, YAML, XML, INI, connection strings and queries."""

from __future__ import annotations

import re
import string
from typing import NamedTuple

from gardener.redaction.judgement import (
    Mask,
    chunk_length,
    has_digit_and_letter,
    has_rare_pairs,
    is_path,
    is_placeholder,
    is_random,
    is_uuid,
    is_word,
)
from gardener.redaction.names import WORDS, Kind, kind_of

_NAME = re.compile(
    r"(?:p(?:a(?:ss|t(?![a-z]))|wd|w(?![a-z])|swd|rivate key|epper)|s(?:e(?:cret|ss)|i(?:gnature|d(?![a-z])|g(?![a-z])))"
    r"|a(?:pi key|ccess key|uth(?!or|ent))|c(?:redential|ookie|srf)|token|key(?<=[a-z0-9_.-]key)|jwt|xsrf"
    r"|bearer|otp(?![a-z]))[\w.-]{0,60}"
)
"""What every telling name ends with, in small letters, from its telling piece on.

As a tree of beginnings, since a search tries each branch at each character.
"""
_NAME_LETTERS = string.ascii_letters + string.digits + "_.-"
_LONGEST_BEGINNING = 60
_VALUE = re.compile(
    r"(?P<between>(?:\\{0,3}[\"'])?\]?[ \t]{0,8}(?:=>|:=|[!=]==?|[:=]|>(?!=))[ \t]{0,8}|%3[dD]"
    r"|\\?[\"'],[ \t]{0,3}|\\?[\"'][ \t]{1,3}(?:value|content)=|[ \t]{1,3}(?=[A-Za-z0-9+/=_-]{16})"
    r"|[ \t](?:(?:is|was)[ \t])?(?=[\"'][^\s\"']{4,}[\"']|\S*\d))"
    r"(?:[rbufRBUF]{1,2}(?=[\"']))?"
    r"(?:(?P<quote>\\{0,3}[\"'])(?P<quoted>[^\"'\n]{1,2048}?)(?=\\{0,3}[\"']|\n|\Z)"
    r"|(?P<bare>(?:[^\s\"',;<>(){}\[\]&|]|(?<=[A-Za-z0-9])[<>(){}\[\]](?=[^\s\"',;]*[!@#$%^*?]))"
    r"[^\s\"',;<>(){}\[\]&|]{0,255}))"
)

# A scalar of YAML over several lines, in a file, in a diff of pytest, or as its repr.
_BLOCK = re.compile(
    r"(?P<before>(?:^|(?<=[\"'])|(?<=\\n))(?P<indent>E?[ ]{0,40}[+-]?[ ]{0,40})[\"']?(?P<name>[\w.-]{2,60})[\"']?:[ ]"
    r"[|>][+-]?\d?[ ]*(?P<end>\n|\\n)(?P=indent)[ ]+)"
    r"(?P<block>(?:(?!\\n)[^\n\"'])+(?:(?P=end)(?P=indent)[ ]+(?:(?!\\n)[^\n\"'])+)*)",
    re.MULTILINE,
)
_FOUR_GROUPS = re.compile(r"[a-z]{4}(?: [a-z]{4}){3}")
"""How Google writes the password of one application."""
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_OPTIONS = re.compile(r"\b(?:host|dbname|user)=\S")
_REST = re.compile(r"[^\s\"',;<>(){}\[\]&|]*")
"""What a value may go on with that is longer than is looked at."""

_STATUS = frozenset(
    [
        "required",
        "invalid",
        "missing",
        "incorrect",
        "expired",
        "wrong",
        "string",
        "password",
        "passwd",
        "secret",
        "token",
        "hidden",
        "unknown",
        "empty",
        "optional",
        "changed",
        "forgotten",
        "rejected",
        "refused",
        "accepted",
        "failed",
        "correct",
        "weak",
        "strong",
        "strict",
        "blank",
        "field",
        "static",
        "default",
        "disabled",
        "enabled",
        "generate",
        "generated",
        "prompt",
        "plaintext",
        "plain",
        "hashed",
        "bearer",
        "header",
        "cookie",
        "query",
        "basic",
        "nullable",
        "unset",
        "object",
        "number",
        "integer",
        "boolean",
        "bytes",
        "text",
        "error",
        "update",
        "reset",
        "change",
        "confirm",
        "example",
        "mismatch",
        "mismatched",
        "unchanged",
        "unavailable",
        "undefined",
        "unsupported",
        "verified",
    ]
)
"""What stands behind the name of a password in messages about it."""


def mask_named(text: str, mask: Mask) -> str:
    """The text without secrets behind telling names."""
    if ": |" in text or ": >" in text:
        text = _BLOCK.sub(lambda match: _masked_block(match, mask), text)
    folded = text.lower()
    if len(folded) != len(text):  # a letter whose small form is longer
        folded = re.sub("[A-Z]+", lambda match: match[0].lower(), text)
    pieces: list[str] = []
    at = name_end = 0
    for spot in _NAME.finditer(folded):
        if spot.start() < name_end:
            continue
        name_end = spot.end()
        start = _name_start(text, spot.start(), at)
        if _ENCODED.match(text, start - 1):  # `%3BPWD`
            start += 2
        kind = kind_of(text[start:name_end])
        value = _VALUE.match(text, name_end) if kind else None
        if kind is None or value is None:
            continue
        named = _Named(text[start:name_end], kind, value, text[start - 1 : start])
        if _is_secret(named):
            begin, end = value.span("bare" if value["quote"] is None else "quoted")
            rest = _REST.match(text, end)
            end = rest.end() if rest else end
            pieces += [text[at:begin], mask(text[begin:end])]
            at = name_end = end
    return "".join([*pieces, text[at:]])


def _masked_block(match: re.Match[str], mask: Mask) -> str:
    kind = kind_of(match["name"])
    is_secret = kind is not None and (kind is not Kind.SESSION or is_random(match["block"]))
    return match["before"] + mask(match["block"]) if is_secret else match[0]


def _name_start(text: str, spot: int, at: int) -> int:
    """Where the name begins whose telling piece is at `spot`, not before `at`."""
    least = max(spot - _LONGEST_BEGINNING, at)
    return least + len(text[least:spot].rstrip(_NAME_LETTERS))


class _Named(NamedTuple):
    """A value behind a telling name; `opening` is the character before the name."""

    name: str
    kind: Kind
    match: re.Match[str]
    opening: str

    @property
    def is_quoted(self) -> bool:
        return self.match["quote"] is not None

    @property
    def value(self) -> str:
        return self.match["quoted"] if self.is_quoted else self.match["bare"]

    @property
    def is_cut(self) -> bool:
        """Whether the text ends before the quote that closes the value."""
        return self.is_quoted and self.match.end() == len(self.match.string)

    @property
    def following(self) -> str:
        """The two characters behind it."""
        return self.match.string[self.match.end() : self.match.end() + 2]

    @property
    def is_setting(self) -> bool:
        """Whether it is an option or a property, `--password=x`, `mail.password=x`, or a line of its own."""
        if self.is_quoted or self.match["between"] not in ("=", ": "):
            return False
        if self.match["between"] == "=" and (self.name.startswith("-") or "." in self.name):
            return True
        is_line = self.opening in ("", "\n") and self.following[:1] in ("", "\n")
        return is_line and "_" in self.name and len(self.value) >= 8 and self.value.islower()

    @property
    def is_in_query(self) -> bool:
        """Whether it stands where a parameter of a URL does."""
        start = self.match.start()
        return (
            self.opening in ("?", "&") and "://" in self.match.string[max(start - 2000, 0) : start]
        )


def _is_secret(named: _Named) -> bool:
    value, between = named.value, named.match["between"].strip()
    if is_placeholder(value) or is_path(value) or len(value) < 4:
        return False
    if between in ("", "is", "was") and named.kind is Kind.PASSWORD:
        return _is_told(named)
    if between in ("", "is", "was") or between.endswith(","):  # `token abc`, `('token', 'abc')`
        return len(value) >= 16 and is_random(value) and not is_uuid(value)
    if not named.is_quoted and named.following[:1] in ("(", "[", "{"):  # a call, an item
        return False
    if named.kind is Kind.PASSWORD:
        return _is_password(named)
    if named.is_in_query and len(value) >= 6:
        return not is_word(value) or has_digit_and_letter(value) or len(value) > 16
    if named.kind is Kind.SECRET:
        return _is_shared_secret(value, quoted=named.is_quoted)
    if named.is_cut and has_digit_and_letter(value) and len(value) >= 6:
        return True
    return _is_token(value, named.kind)


def _is_code(secret: str, name: str) -> bool:
    """Whether a value without quotes is an expression: `user.password`, `new_password`."""
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", secret) and not is_random(secret):
        return True
    if re.fullmatch(r"[A-Za-z_]\w*", secret) is None:
        return False
    words = [word.lower() for word in WORDS.findall(secret)]
    return ("_" in secret and not is_random(secret)) or words[-1:] == [name.lower()]


def _is_password(named: _Named) -> bool:
    value = named.value
    if _FOUR_GROUPS.fullmatch(value):
        return has_rare_pairs(value.replace(" ", ""))
    if " " in value:
        return named.is_quoted and has_digit_and_letter(value) and not _is_sentence(value)
    if not named.is_quoted and _is_code(value, named.name):
        return False
    if value.isdigit():
        return len(value) >= 6
    if has_digit_and_letter(value) or re.search(r"[!@#$%^&*?]", value.rstrip("!?.,:")):
        return not re.fullmatch(r"\w+Error", value)
    is_comparison = "=" in named.match["between"].strip()[:-1]
    if is_comparison or value.lower() in _STATUS or len(value) < 6:
        return False
    if named.is_setting:
        return value.isalpha() and not value.isupper()
    if named.name.isupper() and named.match["between"] == "=":  # a variable of the environment
        return value.isalpha()
    return (named.is_quoted and "_" not in value) or "-" in value or _is_in_list(named)


def _is_told(named: _Named) -> bool:
    """Whether a sentence tells the password: `password is abc1`, `with password 'abc1'`."""
    value = named.value.rstrip(".,:!?")
    if len(value) < 6 or not has_digit_and_letter(value):
        return False
    return named.is_quoted or bool(named.match["between"].strip()) or not is_word(value)


def _is_in_list(named: _Named) -> bool:
    """Whether it is an entry of a connection string, a query or an element of XML: no code."""
    if named.following[:1] in (";", "&") or named.opening in (";", "?", "&"):
        return True
    between = named.match["between"]
    if between.strip().endswith(">") and named.following == "</":
        return True
    return between == "=" and bool(
        _OPTIONS.search(
            named.match.string, max(named.match.start() - 200, 0), named.match.end() + 200
        )
    )


def _is_sentence(text: str) -> bool:
    """Whether the text is made of words that people write, with a space between them."""
    return all(is_word(part) for part in re.split(r"[^A-Za-z0-9]+", text) if part)


def _is_shared_secret(secret: str, *, quoted: bool) -> bool:
    if " " in secret:
        return False
    if is_random(secret):
        return len(secret) >= 6
    if has_digit_and_letter(secret) and len(secret) >= 6:
        is_name = re.fullmatch(r"[A-Za-z_][\w.]*", secret) and is_word(secret)
        return (
            quoted or not is_name or (len(secret) >= 8 and not secret.lower().startswith("secret"))
        )
    return quoted and len(secret) >= 8 and secret.lower() not in _STATUS and "_" not in secret


def _is_long_enough(secret: str) -> bool:
    """Whether letters and digits without a separator are too many to be a name."""
    if has_digit_and_letter(secret):
        return len(secret) >= 16
    return len(secret) >= 20 and chunk_length(secret) <= 6


def _is_token(secret: str, kind: Kind) -> bool:
    if " " in secret or "::" in secret:
        return False
    if kind is Kind.SESSION and is_uuid(secret):
        return False
    if secret.isalnum() and not is_word(secret) and _is_long_enough(secret):
        return True
    return (
        len(secret) >= 8
        and is_random(secret)
        and (has_digit_and_letter(secret) or len(secret) >= 16)
    )
