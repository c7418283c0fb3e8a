"""The identity of a root cause: failures with the same fingerprint have the same one."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from gardener.diagnosis import messages
from gardener.diagnosis.background import is_silence
from gardener.diagnosis.clues import clue_of, runner_key, shown_error
from gardener.diagnosis.message_shapes import Shape
from gardener.diagnosis.named_symbols import own_attribute
from gardener.diagnosis.reported_errors import Reported, reported_error, told_by
from gardener.diagnosis.root_cause import former_root_of, root_of, telling_text
from gardener.diagnosis.rules import SYMPTOM_RULES, Clue, Rule
from gardener.diagnosis.templates import template
from gardener.model import Failure, RaisedException

VERSION = 1


class Evidence(NamedTuple):
    """Why a failure has the identity it has; `root` is the exception it was read from.

    `fingerprint` is `version:hash` of the clue, `template` that of its message.
    `fallback_fingerprint` is the one that the failure has where no trace of the run tells of an
    exception that was raised and swallowed; empty: the same. `shown_error` is the exception
    that an assertion shows, as `KeyError: x`. `known_as` are the fingerprints that the failure
    had before its texts were redacted, where another exception of its chain counted, or in
    earlier versions. `reported` is the error that its output tells of.
    """

    clue: Clue
    root: RaisedException
    reading: messages.Reading
    fingerprint: str
    template: str
    fallback_fingerprint: str = ""
    shown_error: str = ""
    known_as: tuple[str, ...] = ()
    reported: Reported = Reported()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """All fingerprints that the failure may be known by, the current one first."""
        if self.fallback_fingerprint:
            return (self.fingerprint, self.fallback_fingerprint, *self.known_as)
        return (self.fingerprint, *self.known_as)

    @property
    def rule(self) -> Rule:
        """The kind of evidence."""
        return self.clue.rule

    @property
    def symbol(self) -> str:
        """The likely place to fix, or an empty string."""
        return self.clue.symbol


def evidence_of(failure: Failure) -> Evidence:
    """The identity of one failure, by the first rule that finds a clue."""
    root = root_of(failure)
    reading = messages.read(root)
    if own_attribute(failure, root, reading):
        reading = reading._replace(shape=Shape.OWN_ATTRIBUTE)
    reported = reported_error(failure, root)
    clue = _of_output(clue_of(failure, root, reading), root, reported)
    fallback, former = "", clue
    if failure.suspect_raised and clue.rule in SYMPTOM_RULES:
        fallback = fingerprint(clue.rule, clue.key)
        clue = Clue(Rule.RAISED, (failure.suspect_raised, failure.suspect), failure.suspect)
    print_ = fingerprint(clue.rule, clue.key)
    known_as = dict.fromkeys((*failure.known_as, *_former_fingerprints(failure, root, former)))
    return Evidence(
        clue,
        root,
        reading,
        print_,
        template(telling_text(root.message)),
        fallback,
        shown_error(root),
        tuple(one for one in known_as if one not in (print_, fallback)),
        reported,
    )


def _of_output(clue: Clue, root: RaisedException, reported: Reported) -> Clue:
    """What a server's output tells of its end is the cause, not the refusal that all clients word alike."""
    error = told_by(reported)
    if not error or not is_silence(root.type) or clue.rule is Rule.SERVICE:
        return clue
    return Clue(Rule.REPORTED, (error,), clue.symbol, former=(clue.rule, *clue.key))


def _former_fingerprints(failure: Failure, root: RaisedException, clue: Clue) -> list[str]:
    """The fingerprints of versions that took other texts, or another exception of the chain."""
    fingerprints = _former_of(clue)
    is_told_by_text = not (failure.facts or failure.statement_symbols or failure.body_symbols)
    if clue.rule is Rule.FRAME and is_told_by_text:
        # Short tracebacks were once read without their statements, so that the place alone counted.
        fingerprints.append(fingerprint(clue.rule, clue.key[:2]))
    runner = runner_key(failure, root)
    if runner and clue.rule is not Rule.FRAME:
        fingerprints.append(fingerprint(Rule.FRAME, runner))
    former = former_root_of(failure)
    if former is not root:
        clue_then = clue_of(failure, former, messages.read(former))
        fingerprints += [fingerprint(clue_then.rule, clue_then.key), *_former_of(clue_then)]
    return fingerprints


def _former_of(clue: Clue) -> list[str]:
    """The fingerprints of versions that told the cause of `clue` by other texts, if any."""
    if not clue.former:
        return []
    rule, *key = clue.former
    fingerprints = [fingerprint(Rule(rule), tuple(key))]
    if rule == Rule.SIGNATURE and len(key) == 2:  # at first the function alone counted
        fingerprints.append(fingerprint(Rule.SIGNATURE, tuple(key[:1])))
    return fingerprints


@lru_cache(maxsize=8192)
def fingerprint(rule: Rule, key: tuple[str, ...]) -> str:
    """`version:hash`, the same on every machine."""
    text = "\0".join((rule, *key)).encode("utf-8", "surrogatepass")
    return f"{VERSION}:{hashlib.sha256(text).hexdigest()[:12]}"
