"""The focus that a command is asked for: one of the settings, a checklist, or words."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from gardener.config.checklist import focus_of_checklist
from gardener.config.loading import Config
from gardener.config.tables import Focus
from gardener.errors import ConfigError

_EMPTY_WORDS = frozenset(
    {"a", "all", "and", "check", "checklist", "checks", "focus", "for", "list", "of", "suite"}
    | {"test", "testing", "tests", "the", "unit", "validation", "verification", "verify"}
)
"""Words that say what is done with the tests, not what they are about."""
_SHORT = 3  # letters: such a word is only meant where it stands alone
_LIKE = 0.85
"""How much a name must be like a focus of the settings to be taken for a slip of the pen."""


class AskedFocus(NamedTuple):
    """A focus, and what was made of its name where that is not one of the settings."""

    focus: Focus
    note: str = ""


def asked_focus(config: Config, name: str) -> AskedFocus:
    """The focus of this name, else that of the checklist, else that of the words in it.

    Raises:
        ConfigError: the name is near that of a focus, or no word is in it, or the checklist
            cannot be read or names nothing.
    """
    known = {focus.name: focus for focus in config.focuses}
    if name in known:
        return AskedFocus(known[name])
    for file in (config.root / name, Path(name)):
        if name.strip() and file.is_file():
            return AskedFocus(*focus_of_checklist(name, file, config.root))
    if "/" in name:
        raise ConfigError(f"There is no checklist {name!r}.")
    if get_close_matches(name, known, n=1, cutoff=_LIKE):
        config.focus(name)  # which says the name that is meant
    return _of_words(name, known)


def _of_words(name: str, known: dict[str, Focus]) -> AskedFocus:
    words = _words(name)
    taken = [word for word in words if word not in _EMPTY_WORDS] or words
    if not taken:
        raise ConfigError(
            f"There is no focus {name!r}, and no word is in it; name a focus, a checklist or words."
        )
    begin = f"There is no focus {name!r} in the settings; "
    for word in taken:
        meant = next((n for n in (word, word.removesuffix("s")) if n in known), "")
        if meant:
            return AskedFocus(known[meant], f"{begin}of its words, {meant} is one: taken is that.")
    names = tuple(map(_pattern, taken))
    said = " or ".join(repr(word) for word in taken)
    return AskedFocus(
        Focus(name, names=names), f"{begin}taken are tests that say {said} in a name."
    )


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("web_socket", "websocket")
    return list(dict.fromkeys(filter(None, re.split(r"[\W_]+", spaced))))


def _pattern(word: str) -> str:
    """What finds a word in names: `snake_case` or `CamelCase`."""
    word = re.escape(word)
    if len(word) > _SHORT:
        return f"(?i:{word})"
    capital = word.capitalize()
    return f"(?<![a-zA-Z])(?i:{word})(?![a-zA-Z])|(?<=[a-z_0-9]){capital}(?![a-z])"
