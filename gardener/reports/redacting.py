"""Reports without secrets: every text of a report goes through the redactor once."""

from __future__ import annotations

from collections import Counter
from typing import TypeVar

from msgspec import Struct, structs

from gardener.model import Failure, RaisedException, Report
from gardener.nodeid import numbered
from gardener.redaction import redact
from gardener.reports.compared_values import with_values_masked

T = TypeVar("T")


def redacted(report: Report) -> Report:
    """The report without secrets; a failure whose identity that changes keeps the former one.

    Fingerprints are made of texts: issues, comments and histories of before know the cause by
    the fingerprint of the text that was not yet redacted.
    """
    walk = _Walk()
    walk.keep_apart(sorted({result.nodeid for result in report.results}))
    return walk.of(report)


class _Walk:
    """One walk through a report; a text that comes back is not looked at again."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def keep_apart(self, nodeids: list[str]) -> None:
        """Number the tests that differ in a secret only: of one name, one would hide the others."""
        numbers: Counter[str] = Counter()
        for nodeid in nodeids:
            after = self._text(nodeid)
            if after == nodeid:
                continue
            numbers[after] += 1
            if numbers[after] > 1:
                self._texts[nodeid] = numbered(after, numbers[after])

    def of(self, part: T) -> T:
        """A part of the report, the very same where it holds no secret."""
        if isinstance(part, Failure):
            return self._failure(part)  # type: ignore[return-value]
        return self._part(part)

    def _part(self, part: T) -> T:
        kind = type(part)
        if kind is str:  # not the members of enumerations
            return self._text(part)  # type: ignore[arg-type,return-value]
        if isinstance(part, dict):
            redacted_items = {self.of(key): self.of(field) for key, field in part.items()}
            return part if redacted_items == part else redacted_items  # type: ignore[return-value]
        if isinstance(part, tuple):
            elements = [self.of(element) for element in part]
            if all(new is old for new, old in zip(elements, part, strict=True)):
                return part
            return tuple(elements)  # type: ignore[return-value]
        if isinstance(part, Struct):
            return self._struct(part)
        return part

    def _struct(self, part: T) -> T:
        if isinstance(part, RaisedException):
            part = with_values_masked(part)  # type: ignore[assignment]
        changes = {}
        for name in part.__struct_fields__:  # type: ignore[attr-defined]
            before = getattr(part, name)
            after = self.of(before)
            if after is not before:
                changes[name] = after
        return structs.replace(part, **changes) if changes else part  # type: ignore[type-var]

    def _failure(self, failure: Failure) -> Failure:
        masked = self._struct(failure)
        if masked is failure:
            return failure
        # Late: most runs have no failure with a secret in it, and its patterns take long to compile.
        from gardener.diagnosis.fingerprint import evidence_of

        former = evidence_of(failure).fingerprints
        current = evidence_of(masked).fingerprints
        known_as = tuple(dict.fromkeys(print_ for print_ in former if print_ not in current))
        return structs.replace(masked, known_as=(*masked.known_as, *known_as))

    def _text(self, text: str) -> str:
        if text not in self._texts:
            after = redact(text)
            self._texts[text] = text if after == text else after
        after = self._texts[text]
        return text if after == text else after
