"""What becomes of the text of a message."""

import re

MENTION = re.compile(r"(?<![\w@])@([a-z][a-z0-9_]{1,31})")
LIMIT = 2000


def clean(text: str) -> str:
    """Strip control characters and outer space, and cut at the limit."""
    kept = "".join(c for c in text if c == "\n" or c.isprintable())
    return kept.strip()[:LIMIT]


def mentions(text: str) -> list[str]:
    """Names that a text mentions, each once, in order."""
    return list(dict.fromkeys(MENTION.findall(text)))


def is_command(text: str) -> bool:
    """Whether a text is meant for the server, like `/me waves`."""
    return text.startswith("/") and not text.startswith("//")


def split_command(text: str) -> tuple[str, str]:
    """The name of a command and what follows it."""
    name, _, rest = text[1:].partition(" ")
    return name.lower(), rest.strip()
