"""Names that promise a secret: what a variable, a key or a field is called."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    """What a name promises: a password may be short and a word, a token may not."""

    PASSWORD = "password"  # noqa: S105
    SECRET = "secret"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    SESSION = "session"


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
     "authorization", "sas", "tls", "session", "cookie", "recovery", "root", "unseal", "rest", "maps", "server", "bearer"]
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
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=4096)
def kind_of(name: str) -> Kind | None:
    """What the name of a variable, a key or a field promises; None: nothing secret."""
    words = [word.lower() for word in WORDS.findall(name)]
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
