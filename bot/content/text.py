"""Foreign text made harmless: decoded, stripped, redacted, capped, escaped, in that order.

A report may come from a fork, so whoever wrote it is an attacker. Every function here
that returns Markdown takes raw text and runs the whole chain; nothing else in `bot/`
may put a word of a report into a comment or an issue.
"""

from __future__ import annotations

import html
import re

LIMIT = 65_536
"""Characters that GitHub takes in the body of a comment or an issue."""

_WORK = 50_000
"""Characters that are looked at: far more than is ever shown, so that no secret that this
edge cuts can show, and few enough that a megabyte of nodeid costs nothing."""

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

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, 8 = hyperlinks
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    # Unicode's Cc and Cf (bidirectional overrides, zero width, tags), fillers that are
    # letters but show nothing, and the variation selectors that can carry hidden text.
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_OUR_MARKER = re.compile(r"<!--(\s*)gardener", re.IGNORECASE)


def clean(value: str | bytes) -> str:
    """Text whose only control characters are newline and tab; a lone surrogate becomes U+FFFD."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = _LINE_BREAK.sub("\n", _ESCAPE_SEQUENCE.sub("", text))
        text = _SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text))
    # The runner obeys `##[command]` anywhere in a line of a log, and `gardener` would
    # believe a marker of its own.
    if "<!--" in text:
        text = _OUR_MARKER.sub(r"<!- -\1gardener", text)
    return text.replace("##[", "# #[")


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


def size(text: str) -> int:
    """Length in UTF-16 units: the strictest way in which a server may count characters."""
    return (
        len(text) + sum(1 for letter in text if letter > "\uffff")
        if not text.isascii()
        else len(text)
    )


def cap(text: str, limit: int, beyond: int = 0) -> str:
    """At most `limit` characters; what was cut off is counted at the end."""
    if len(text) <= limit and not beyond:
        return text
    kept = max(limit - len(_more(len(text) + beyond)), 1)
    return text[:kept] + _more(len(text) - kept + beyond)


def _more(left: int) -> str:
    return f" … ({left:,} more characters)"


def _safe(value: str | bytes) -> tuple[str, int]:
    """Clean and redacted text, and how many characters beyond it were not looked at."""
    return redact(clean(value[:_WORK])), max(len(value) - _WORK, 0)


def line(value: str | bytes, limit: int = 200) -> str:
    """One harmless line of plain text (an issue's title, a log): not yet Markdown."""
    text, beyond = _safe(value)
    return cap(" ".join(text.split()), limit, beyond)


def lines(value: str | bytes, limit: int = 4_000, most: int = 60) -> str:
    """Harmless plain text of at most `most` lines: the first and the last ones of more."""
    text, beyond = _safe(value)
    kept = text.strip("\n").expandtabs(4).split("\n")
    if len(kept) > most:
        left = len(kept) - most
        kept = [*kept[: most // 2], f"... ({left:,} more lines)", *kept[-(most - most // 2) :]]
    return cap("\n".join(kept), limit, beyond)


# --- escapes: each takes raw text and returns Markdown -------------------------------------


def code(value: str | bytes, limit: int = 200) -> str:
    """A code span that stays one span inside a table too.

    GitHub links no mention, issue or URL in code. Spaces at the ends keep backticks at
    the text's own ends apart from the delimiter.
    """
    return _span(line(value, limit))


def _span(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (_longest_run(text, "`") + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    if "|" in text:
        # A table would end the cell here, and the escape `\\|` works in tables only.
        return f"<code>{_entities(text)}</code>"
    return ticks + pad + text + pad + ticks


def block(value: str | bytes, limit: int = 4_000, prefix: str = "") -> str:
    """A fenced block whose fence is longer than any in the text.

    `prefix` begins every line. Bots and log readers obey a `/command`, an `@name` or a
    `::command::` at the start of a line, even inside a fence; `E   ` as pytest writes
    it leaves them none.
    """
    text = "\n".join(prefix + each for each in lines(value, limit).split("\n"))
    fence = "`" * max(3, _longest_run(text, "`") + 1)
    return f"{fence}text\n{text}\n{fence}"


def summary(value: str | bytes, limit: int = 200) -> str:
    """Code for the inside of an HTML tag such as `<summary>`, where no Markdown is read."""
    return f"<code>{html.escape(line(value, limit))}</code>"


def prose(value: str | bytes, limit: int = 400) -> str:
    """A sentence: pairs of backticks stay code, everything else shows as it was written."""
    text = line(value, limit)
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return _plain(text)
    return "".join(_span(p) if n % 2 else _plain(p) for n, p in enumerate(pieces))


_MARKUP = re.compile(r"[\\`*_\[\]<>&|~$]|^[#+=-]")
_LIVE = re.compile(r"@(?=\w)|(?<=\b[Gg][Hh])-(?=\d)|:(?=//)|(?<=\b[Ww][Ww])[Ww](?=\.)|#(?=\d)")
_NUMBERED = re.compile(r"^(\d{1,9})\.")
_BREAK = "&#8203;"  # zero width space: the site links `@name` and `#1` after decoding entities


def _plain(text: str) -> str:
    marked = _LIVE.sub(lambda found: found.group() + "\u200b", text)
    escaped = _MARKUP.sub(lambda found: f"&#{ord(found.group())};", marked)
    return _NUMBERED.sub(r"\1&#46;", escaped).replace("\u200b", _BREAK)


def _entities(text: str) -> str:
    """Every punctuation mark as an entity, with live references broken."""
    marked = _LIVE.sub(lambda found: found.group() + "\u200b", text)
    return "".join(
        letter if letter.isalnum() or letter == " " else f"&#{ord(letter)};" for letter in marked
    )


def _longest_run(text: str, letter: str) -> int:
    return max((len(run) for run in re.findall(re.escape(letter) + "+", text)), default=0)


def workflow_command(kind: str, message: str, **properties: str | int) -> str:
    """A command of the Actions runner, such as an annotation, escaped as its own toolkit does."""
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value)
    data = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{kind}{' ' if told else ''}{told}::{data}"


def _property(value: str) -> str:
    for letter, written in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        value = value.replace(letter, written)
    return value


def command(line_: str) -> str:
    """A shell command of ours in a fence; its foreign words come quoted and on one line."""
    fence = "`" * max(3, _longest_run(line_, "`") + 1)
    return f"{fence}sh\n{line_}\n{fence}"
