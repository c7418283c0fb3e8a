"""Values behind telling names: in code, JSON, YAML, XML, INI, connection strings and queries."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from gardener.redaction.judgement import (
    Mask,
    chunk_length,
    has_digit_and_letter,
    is_path,
    is_placeholder,
    is_random,
    is_uuid,
    is_word,
)


class Kind(Enum):
    """What a name promises: a password may be short and a word, a token may not."""

    PASSWORD = "password"  # noqa: S105
    SECRET = "secret"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    SESSION = "session"


_SPOT = re.compile(
    r"pass|pwd|pswd|secret|token|key|credential|cookie|sess|auth|sid|sig|jwt|csrf|xsrf|bearer|pepper|otp|pat|pw"
)
"""A piece of every telling name, in small letters: cheap to look for, and rare enough."""
_NAME = re.compile(r"[\w.-]{0,60}")
_BEFORE = re.compile(r"[\w.-]{1,60}\Z")
_VALUE = re.compile(
    r"(?P<between>(?:\\{0,3}[\"'])?\]?[ \t]{0,8}(?:=>|:=|[!=]==?|[:=]|>(?!=))[ \t]{0,8}"
    r"|\\?[\"'],[ \t]{0,3}|\\?[\"'][ \t]{1,3}(?:value|content)=|[ \t]{1,3}(?=[A-Za-z0-9+/=_-]{16}))"
    r"(?:[rbufRBUF]{1,2}(?=[\"']))?"
    r"(?:(?P<quote>\\{0,3}[\"'])(?P<quoted>[^\"'\n]{1,2048}?)(?=\\{0,3}[\"']|\n|\Z)"
    r"|(?P<bare>(?:[^\s\"',;<>(){}\[\]&|]|(?<=[A-Za-z0-9])[<>(){}\[\]](?=[^\s\"',;]*[!@#$%^*?]))"
    r"[^\s\"',;<>(){}\[\]&|]{0,255}))"
)

_OPTIONS = re.compile(r"\b(?:host|dbname|user)=\S")
_REST = re.compile(r"[^\s\"',;<>(){}\[\]&|]*")
"""What a value may go on with that is longer than is looked at."""

_PASSWORDS = frozenset(
    ["password", "passwd", "passphrase", "passwort", "pwd", "pass", "pw", "pswd"]
)
_SECRETS = frozenset(["secret", "pepper"])
_TOKENS = frozenset(
    ["token", "apikey", "accesskey", "privatekey", "accountkey", "secretkey", "credential", "credentials",
     "auth", "jwt", "bearer", "sig", "signature", "otp", "csrf", "xsrf", "pat", "authtoken", "authkey",
     "csrftoken"]
)  # fmt: skip
_SESSIONS = frozenset(["cookie", "session", "sid", "sessionid", "sess", "jsessionid", "phpsessid"])
_BEFORE_KEY = frozenset(
    ["api", "access", "secret", "private", "auth", "encryption", "encrypt", "decryption", "signing", "sign",
     "account", "service", "shared", "master", "license", "client", "app", "application", "consumer", "ssh",
     "storage", "jwt", "webhook", "rsa", "hmac", "aes", "deploy", "fernet", "admin", "instrumentation",
     "subscription", "integration", "ingest", "write", "signature", "hash", "django", "flask", "stripe", "openai",
     "anthropic", "sendgrid", "mailgun", "datadog", "secrets", "security", "vapid", "wireguard", "preshared", "psk",
     "authorization", "session", "cookie", "recovery", "root", "unseal", "rest", "maps", "server", "bearer"]
)  # fmt: skip
# A name may end with what says how its value is written.
_FILLERS = frozenset(
    ["data", "value", "base", "b64", "base64", "env", "str", "string", "text", "plain", "raw", "old", "new",
     "current", "default", "bytes", "1", "2", "3", "confirm", "confirmation", "repeat", "again", "hex", "pem"]
)  # fmt: skip
_JOINED = re.compile(
    r"(?P<password>password|passwd|passphrase)|(?P<secret>secret)"
    r"|(?P<token>token|apikey|accesskey|secretkey|privatekey|accountkey)|(?P<session>sessionid|sessid)"
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
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
    ]
)


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind | None:
    """What the name of a variable, a key or a field promises; None: nothing secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and (words[-1] in _FILLERS or words[-1].isdigit()):
        words.pop()
    if not words:
        return None
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "id" and before in ("session", "sess"):
        return Kind.SESSION
    if last == "key":
        if before in ("secret", "signing", "encryption", "private", "master"):
            return Kind.SECRET
        return Kind.TOKEN if before in _BEFORE_KEY else None
    for kind, nouns in (
        (Kind.PASSWORD, _PASSWORDS),
        (Kind.SECRET, _SECRETS),
        (Kind.TOKEN, _TOKENS),
        (Kind.SESSION, _SESSIONS),
    ):
        if last in nouns:
            return kind
    joined = next((m for m in _JOINED.finditer(last) if m.end() == len(last)), None)
    return Kind(joined.lastgroup) if joined and joined.lastgroup else None


def mask_named(text: str, mask: Mask) -> str:
    """The text without secrets behind telling names."""
    folded = text.lower()
    if len(folded) != len(text):  # a letter whose small form is longer
        folded = re.sub("[A-Z]+", lambda match: match[0].lower(), text)
    pieces: list[str] = []
    at = name_end = 0
    for spot in _SPOT.finditer(folded):
        if spot.start() < name_end:
            continue
        start, name_end = _name_around(text, spot.start(), at)
        kind = kind_of(text[start:name_end])
        value = _VALUE.match(text, name_end) if kind else None
        if kind is None or value is None:
            continue
        found = _Named(text[start:name_end], kind, value, text[start - 1 : start])
        if _is_secret(found):
            begin, end = value.span("bare" if value["quote"] is None else "quoted")
            rest = _REST.match(text, end)
            end = rest.end() if rest else end
            pieces += [text[at:begin], mask(text[begin:end])]
            at = name_end = end
    return "".join([*pieces, text[at:]])


def _name_around(text: str, spot: int, at: int) -> tuple[int, int]:
    """Where the name begins and ends in which a hint was seen, not before `at`."""
    before = _BEFORE.search(text, max(spot - 60, at), spot)
    match = _NAME.match(text, spot)
    return before.start() if before else spot, match.end() if match else spot


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
    def is_in_query(self) -> bool:
        """Whether it stands where a parameter of a URL does."""
        start = self.match.start()
        return (
            self.opening in ("?", "&") and "://" in self.match.string[max(start - 2000, 0) : start]
        )


def _is_secret(found: _Named) -> bool:
    value, between = found.value, found.match["between"].strip()
    if is_placeholder(value) or is_path(value) or len(value) < 4:
        return False
    if not between or between.endswith(","):  # `token abc`, `('token', 'abc')`: no assignment
        return len(value) >= 16 and is_random(value) and not is_uuid(value)
    if not found.is_quoted and found.following[:1] in ("(", "[", "{"):  # a call, an item
        return False
    if found.kind is Kind.PASSWORD:
        return _is_password(found)
    if found.is_in_query and len(value) >= 6:
        return not is_word(value) or has_digit_and_letter(value) or len(value) > 16
    if found.kind is Kind.SECRET:
        return _is_shared_secret(value, quoted=found.is_quoted)
    if found.is_cut and has_digit_and_letter(value) and len(value) >= 6:
        return True
    return _is_token(value, found.kind)


def _is_code(secret: str, name: str) -> bool:
    """Whether a value without quotes is an expression: `user.password`, `new_password`."""
    if re.fullmatch(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", secret) and not is_random(secret):
        return True
    if re.fullmatch(r"[A-Za-z_]\w*", secret) is None:
        return False
    words = [word.lower() for word in _WORDS.findall(secret)]
    return ("_" in secret and not is_random(secret)) or words[-1:] == [name.lower()]


def _is_password(found: _Named) -> bool:
    value = found.value
    if " " in value:
        return found.is_quoted and has_digit_and_letter(value) and not _is_sentence(value)
    if not found.is_quoted and _is_code(value, found.name):
        return False
    if value.isdigit():
        return len(value) >= 6
    if has_digit_and_letter(value) or re.search(r"[!@#$%^&*?]", value.rstrip("!?.,:")):
        return not re.fullmatch(r"\w+Error", value)
    is_comparison = "=" in found.match["between"][:-1].strip() and found.kind is Kind.PASSWORD
    if is_comparison or value.lower() in _STATUS or len(value) < 6:
        return False
    return (found.is_quoted and "_" not in value) or "-" in value or _is_in_list(found)


def _is_in_list(found: _Named) -> bool:
    """Whether it is an entry of a connection string, a query or an element of XML: no code."""
    if found.following[:1] in (";", "&") or found.opening in (";", "?", "&"):
        return True
    between = found.match["between"]
    if between.strip().endswith(">") and found.following == "</":
        return True
    return between == "=" and bool(
        _OPTIONS.search(
            found.match.string, max(found.match.start() - 200, 0), found.match.end() + 200
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
        return quoted or not re.fullmatch(r"[A-Za-z_][\w.]*", secret) or not is_word(secret)
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
