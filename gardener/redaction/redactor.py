"""The redactor: every text that leaves the process goes through it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from gardener.redaction.commands import mask_commands
from gardener.redaction.environment import secret_values
from gardener.redaction.formats import LEAST, mask_formats
from gardener.redaction.headers import mask_headers
from gardener.redaction.judgement import MASK
from gardener.redaction.named import mask_named
from gardener.redaction.private_keys import mask_private_keys
from gardener.redaction.urls import mask_urls
from gardener.text import plain

_LONGEST_REMEMBERED = 200
_REMEMBERED = 20_000
"""Of texts that hold no secret: what is printed repeats itself."""
_LONG_REMEMBERED = 16
"""Of longer ones: a comment says the same cause in its table, its details and its title."""


class Redactor:
    """Replaces what looks like a secret, whole or cut short, by `[redacted]`.

    `patterns` are regular expressions of further secrets (their first group, if they have
    one, is the secret); `keep` are those of texts that look like one and are none.
    `environment` holds variables whose values are secrets where their names say so.
    """

    def __init__(
        self,
        patterns: Iterable[str] = (),
        keep: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._patterns = tuple(re.compile(pattern) for pattern in patterns)
        self._keep = tuple(re.compile(pattern) for pattern in keep)
        self._harmless: set[str] = set()
        self._unchanged: set[str] = set()
        self._long: dict[str, str] = {}
        self._values = secret_values(os.environ if environment is None else environment)

    def __call__(self, text: str) -> str:
        """The text without its secrets."""
        if text in self._unchanged:
            return text
        if len(text) <= _LONGEST_REMEMBERED:
            return self._looked_at(text)
        if text not in self._long:
            if len(self._long) >= _LONG_REMEMBERED:
                self._long.clear()
            self._long[text] = self._looked_at(text)
        return self._long[text]

    def _looked_at(self, text: str) -> str:
        shown = text if text.isascii() and text.isprintable() else plain(text)
        redacted = self._redacted(shown)
        # Characters that show nothing may stand inside of a secret, so that it is looked for
        # in what is left without them.
        if redacted != shown:
            return redacted
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self._unchanged) >= _REMEMBERED:
                self._unchanged.clear()
            self._unchanged.add(text)
        return text

    def _redacted(self, text: str) -> str:
        for value in self._values:
            if value in text:
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", self._mask_match, text)
        for pattern in self._patterns:
            text = pattern.sub(self._mask_match, text)
        if len(text) < 6:
            return text
        folded = text.lower()
        text = mask_private_keys(text, self._mask)
        text = mask_urls(text, self._mask)
        text = mask_headers(text, folded, self._mask)
        text = mask_commands(text, folded, self._mask)
        if len(text) >= LEAST:
            text = mask_formats(text, self._mask, self._harmless)
        return mask_named(text, self._mask)

    def _mask(self, secret: str) -> str:
        if MASK in secret and secret.replace(MASK, "").strip(".,;:") == "":
            return secret
        return secret if any(pattern.search(secret) for pattern in self._keep) else MASK

    def _mask_match(self, match: re.Match[str]) -> str:
        """A match without its secret: its first group that takes part, or all of it."""
        group = match.lastindex and next(n for n in range(1, match.re.groups + 1) if match[n])
        if not group:
            return self._mask(match[0])
        start, end = match.span(group)
        before = match.string[match.start() : start]
        return before + self._mask(match[group]) + match.string[end : match.end()]


_in_use: list[Redactor] = []
"""The redactor of this process; none until the first text or the settings ask for it."""


def use(patterns: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
    """Take these settings for all that this process redacts from now on."""
    _in_use[:] = [Redactor(patterns, keep)]


def redact(text: str) -> str:
    """The text without what looks like a secret (see `Redactor`)."""
    if not _in_use:
        use()
    return _in_use[0](text)
