"""Secrets in text from reports: what looks like one is replaced, whole or cut short."""

from __future__ import annotations

import re

_NAMES = "password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|cookie|session[_-]?id"
# No upper bounds and low lower ones: a secret that the recorder or pytest cut short is still
# a secret. No nested repeats: the time stays linear. A pattern is tried only where one of
# the words before it stands, since nearly all text holds none of them.
_SECRETS = tuple(
    (hint, re.compile(pattern))
    for hints, pattern in (
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9]+"),
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"gh[pousr]_[A-Za-z0-9]{20,}"),
        ("github_pat_", r"github_pat_[A-Za-z0-9_]+"),
        (
            "AKIA ASIA AGPA AIDA AROA ANPA ANVA ABIA ACCA",
            r"(?<![A-Za-z0-9])(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{4,}",
        ),
        ("xox xapp-", r"xox[abceoprs][-.][A-Za-z0-9.-]+|xapp-[A-Za-z0-9-]+"),
        ("hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]+"),
        ("eyJ", r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}"),
        ("AIza ya29.", r"AIza[A-Za-z0-9_-]{16,}|ya29\.[A-Za-z0-9_-]+"),
        ("sk-", r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{12,}"),
        (
            "k_live_ k_test_ whsec_",
            r"(?<![A-Za-z0-9])[prsw]k_(?:live|test)_[A-Za-z0-9]+|whsec_[A-Za-z0-9]+",
        ),
        ("npm_ hf_", r"(?<![A-Za-z0-9])(?:npm|hf)_[A-Za-z0-9]{16,}"),
        ("pypi-AgE", r"(?<![A-Za-z0-9])pypi-AgE[A-Za-z0-9_-]+"),
        ("gl", r"(?<![A-Za-z0-9])gl[a-z]{2,6}-[A-Za-z0-9_-]{16,}"),
        ("_v1_", r"(?<![A-Za-z0-9])do[opr]_v1_[a-f0-9]+"),
        ("hvs. hvb.", r"(?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{16,}"),
        ("dckr_pat_", r"(?<![A-Za-z0-9])dckr_pat_[A-Za-z0-9_-]+"),
        ("shp", r"(?<![A-Za-z0-9])shp(?:at|ca|pa|ss)_[a-fA-F0-9]+"),
        ("SG.", r"SG\.[A-Za-z0-9_-]{12,}(?:\.[A-Za-z0-9_-]+)?"),
    )
    for hint in hints.split()
)
_URL_PASSWORD = re.compile(r"(://)(?:[^\s/@:]{0,256}:[^\s/]{1,1024}|[^\s/@:]{16,1024})@")
_URL_CUT = re.compile(r"(://[^\s/@:]{1,256}:)(?!\d{1,5}\Z)[^\s/@:]{1,1024}(?=\Z|\.\.\.|…)")
_NAMED = re.compile(
    rf"((?:{_NAMES})[\w-]{{0,32}}[\"']?\]?\s{{0,3}}(?:=>|[:=])\s{{0,3}}[rbuf]?[\"']?)"
    r"(?!None\b|True\b|False\b|null\b|\[redacted\])([^\s\"',;=<>(){}\[\]][^\s\"',;<>(){}\[\]]{5,})",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(
    r"(authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:(?:basic|bearer|token|digest)\s{1,3})?"
    r"|\b(?:bearer|basic)\s{1,3}(?=[^\s\"']{0,64}\d))[A-Za-z0-9._~+/=-]{6,}",
    re.IGNORECASE,
)
_NAMED_HINTS = ("pass", "pwd", "secret", "token", "key", "credential", "cookie", "session")
_AUTHORIZATION_HINTS = ("authorization", "bearer", "basic")
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_REDACTED = "[redacted]"


def redact(text: str) -> str:
    """Replace what looks like a secret, whole or cut short, by `[redacted]`.

    Known prefixes (GitHub, AWS, Slack, ...), JSON web tokens, passwords in URLs,
    private keys, and values that follow a telling name.
    """
    if "PRIVATE KEY" in text:
        text = _redact_keys(text)
    for hint, pattern in _SECRETS:
        if hint in text:
            text = pattern.sub(_REDACTED, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(rf"\1{_REDACTED}@", text)
        text = _URL_CUT.sub(rf"\1{_REDACTED}", text)
    folded = text.casefold()
    if any(hint in folded for hint in _AUTHORIZATION_HINTS):
        text = _AUTHORIZATION.sub(rf"\1{_REDACTED}", text)
    if ("=" in text or ":" in text) and any(hint in folded for hint in _NAMED_HINTS):
        text = _NAMED.sub(rf"\1{_REDACTED}", text)
    return text


def _redact_keys(text: str) -> str:
    """Private keys between BEGIN and END; where one of the two was cut off, up to the edge."""
    kept: list[str] = []
    at = 0
    while begin := _KEY_BEGIN.search(text, at):
        kept += [text[at : begin.start()], _REDACTED]
        end = _KEY_END.search(text, begin.end())
        at = end.end() if end else len(text)
    rest = text[at:]
    if orphan := _KEY_END.search(rest):
        # The beginning was cut off: every line above that looks like base64 is the key.
        lines = rest[: orphan.start()].replace("\\n", "\n").split("\n")
        while lines and re.fullmatch(r"[A-Za-z0-9+/=\s]*", lines[-1]):
            lines.pop()
        rest = "\n".join([*lines, _REDACTED]) + rest[orphan.end() :]
    return "".join([*kept, rest])
