"""Replace `datetime.utcnow()` and `utcfromtimestamp()`, which Python 3.12 deprecates.

Behaviour is kept: the result stays naive, `datetime.now(timezone.utc).replace(tzinfo=None)`.
What the code makes aware at once (`.replace(tzinfo=timezone.utc)`, `pytz.utc.localize(...)`)
becomes the simple aware form. With `utcnow = "aware"` in `[tool.gardener.codemods]`, or with
`--unsafe`, all values become aware, but for those that are printed with a `"Z"` behind them.

The function itself, given as an argument, becomes a lambda; one that a name is given, a `def`. A line that
gets longer than the project's formatter or linter allows is broken as formatters do.

No zone is taken away where the result is the same with one: `.date()`, `.year`, `strftime`
without a zone in its format.

Left alone with a note: a `datetime` that is not certain to be the standard library's (shadowed,
star import), files in which it is mocked or frozen (by freezegun only where it has an offset),
comparisons of the function itself, `.timestamp()` and `.astimezone()` on the naive value (they
read it as local time: a bug; `--unsafe` makes it aware). With `--unsafe`, values stay naive that
are printed with a zone behind them, meet a naive value, or are given to `localize`, `make_aware`
or a column without a zone.

See https://docs.python.org/3/library/datetime.html#datetime.datetime.utcnow
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gardener.codemod.by_libcst import command_of
from gardener.codemod.model import Example

if TYPE_CHECKING:
    from gardener.codemod.project import Project

TRANSFORMER = "gardener.codemods._utcnow:Utcnow"
__getattr__, __dir__ = command_of(__name__, TRANSFORMER)
NEEDLES = (b"utcnow", b"utcfromtimestamp")
CODES = ("DTZ003", "DTZ004")
EXAMPLES = (
    Example(
        "a call stays naive",
        "from datetime import datetime\n\nnow = datetime.utcnow()\n",
        "from datetime import datetime, timezone\n\n"
        "now = datetime.now(timezone.utc).replace(tzinfo=None)\n",
    ),
    Example(
        "a reference becomes a lambda",
        "import datetime as dt\n\ncolumn = Column(DateTime, default=dt.datetime.utcnow)\n",
        "import datetime as dt\n\ncolumn = Column(DateTime, "
        "default=lambda: dt.datetime.now(dt.timezone.utc).replace(tzinfo=None))\n",
    ),
    Example(
        "what is made aware at once becomes simple",
        "from datetime import datetime, timezone\n\n"
        "now = datetime.utcnow().replace(tzinfo=timezone.utc)\n",
        "from datetime import datetime, timezone\n\nnow = datetime.now(timezone.utc)\n",
    ),
    Example(
        "a name that is taken is imported under another one",
        "from datetime import datetime\n\nfrom django.utils import timezone\n\n"
        "late = timezone.now()\nnow = datetime.utcnow()\n",
        "from datetime import datetime, timezone as dt_timezone\n\n"
        "from django.utils import timezone\n\nlate = timezone.now()\n"
        "now = datetime.now(dt_timezone.utc).replace(tzinfo=None)\n",
    ),
    Example(
        "`.timestamp()` of a naive value is a bug",
        "from datetime import datetime\n\nstamp = datetime.utcnow().timestamp()\n",
        note="reads the naive value as local time",
    ),
    Example(
        "a star import may rebind the name",
        "from datetime import *\n\nnow = datetime.utcnow()\n",
        note="not certain",
    ),
)

_CALLED = re.compile(rb"\butc(?:now|fromtimestamp)\b")
_RECEIVER = re.compile(rb"([A-Za-z_]\w*(?:\s*\.\s*\w+)*|\))[\s\\]*(?:#[^\n]*\n[\s\\]*)?\.[\s\\]*\Z")
_NEAR = 200
"""Bytes before the name that are looked at for what it is called on."""

_TEXTS = re.compile(
    # All strings and comments, so that a quote within one of them begins no other.
    rb'(?:\b[fFrRbBuU]{1,2})?(?:"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    rb'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')|#[^\n]*',
    re.DOTALL,
)
_IMPORT = re.compile(rb"\bdatetime\b")


def shape(project: Project) -> str:
    """What a line of a file looks like that may have to change."""
    del project
    return r"utcnow|utcfromtimestamp"


def look(data: bytes, path: str, project: Project) -> bool:
    """Whether the file says `utcnow`, outside of comments, on what may be `datetime`."""
    del path, project
    if not _IMPORT.search(data) or not _calls_datetime(data):
        return False
    return _calls_datetime(_TEXTS.sub(_without_text, data))


def _calls_datetime(code: bytes) -> bool:
    receivers: set[bytes] = set()
    for match in _CALLED.finditer(code):
        before = _RECEIVER.search(code[max(0, match.start() - _NEAR) : match.start()])
        if before is not None:
            receivers.add(before[1])
    return any(_may_be_datetime(receiver, code) for receiver in receivers)


def _may_be_datetime(receiver: bytes, code: bytes) -> bool:
    """Whether what stands before `.utcnow` may be the standard library's class."""
    parts = [part.strip() for part in receiver.split(b".")]
    root = re.escape(parts[0])
    if b"datetime" in parts or receiver == b")" or (parts[-1] == b"dt" and b"import *" in code):
        return True
    binding = rb"\bdatetime\b[^\n]*\bas\s+%b\b|\bclass\s+%b\b|\b%b\b\s*(?::[^=\n]+)?(?::?=)(?!=)"
    return bool(re.search(binding % (root, root, root), code))


def _without_text(match: re.Match[bytes]) -> bytes:
    """Nothing in the place of a comment or a docstring; other strings stay."""
    text = match[0]
    if text.startswith(b"#"):
        return b""
    return b"''" if text.startswith((b'"""', b"'''")) else text
