"""The kinds of evidence that tell root causes apart, and one piece of it."""

from __future__ import annotations

from typing import NamedTuple

from gardener.model import TextEnum


class Rule(TextEnum):
    """The kinds of evidence that a fingerprint may be made of."""

    IMPORT = "import"
    CYCLE = "cycle"
    SYNTAX = "syntax"
    SIGNATURE = "signature"
    MOCK = "mock"
    ATTRIBUTE = "attribute"
    SETUP = "setup"
    FIXTURE = "fixture"
    NAME = "name"
    ENUM = "enum"
    DEPRECATED = "deprecated"
    REQUIRED = "required"
    SERVICE = "service"
    REPORTED = "reported"
    FRAME = "frame"
    HELPER = "helper"
    ASSERTION = "assertion"
    MESSAGE = "message"
    RAISED = "raised"


SYMPTOM_RULES = frozenset({Rule.ASSERTION, Rule.HELPER, Rule.MESSAGE})
"""Rules that tell where a failure was noticed, not where it comes from."""


class Clue(NamedTuple):
    """One piece of evidence: its rule, what must be equal, and the symbol to fix.

    `key_without_file` is the part of `key` that is known where the file of a symbol is not; a
    failure that has only that belongs to the one cause that shares it. `former` is the rule and
    the key that earlier versions had for it, where they differ: stored fingerprints are of that.
    """

    rule: Rule
    key: tuple[str, ...]
    symbol: str = ""
    key_without_file: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
