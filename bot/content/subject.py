"""What an issue is about: a cause, or all that one codemod would fix."""

from __future__ import annotations

from msgspec import Struct

from gardener.model import Diagnosis, Finding, Priority, Status, WarningCount


class Subject(Struct, frozen=True, kw_only=True):
    """What one issue is about: a cause, or all that one codemod would fix."""

    fingerprint: str
    aliases: tuple[str, ...]
    kind: str
    slug: str
    title: str
    status: Status
    priority: Priority
    findings: tuple[Finding, ...]
    warnings: tuple[WarningCount, ...] = ()
    codemod: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """All fingerprints under which its issue may be known."""
        return frozenset((self.fingerprint, *self.aliases))

    @property
    def name(self) -> str:
        """For example `failing-test-regression-P1-event-serialization-format`."""
        return f"{self.kind}-test-{self.status}-{self.priority}-{self.slug}"

    @property
    def tests(self) -> tuple[str, ...]:
        """Nodeids that fail for it."""
        return tuple(dict.fromkeys(t for finding in self.findings for t in finding.tests))


def subjects(diagnosis: Diagnosis) -> list[Subject]:
    """One subject a cause; all that one codemod mends, and each kind of deprecation, is one."""
    single: list[Subject] = []
    mechanical: dict[str, list[Finding]] = {}
    for finding in (*diagnosis.findings, *diagnosis.deprecations):
        if finding.codemod:
            mechanical.setdefault(f"codemod:{finding.codemod}", []).append(finding)
        elif finding.kind == "deprecated":
            mechanical.setdefault(f"category:{finding.category}", []).append(finding)
        else:
            single.append(
                Subject(
                    fingerprint=finding.fingerprint,
                    aliases=finding.aliases,
                    kind=finding.kind,
                    slug=finding.slug,
                    title=finding.title,
                    status=finding.status,
                    priority=finding.priority,
                    findings=(finding,),
                )
            )
    return single + [_mechanical(key, members) for key, members in mechanical.items()]


def _mechanical(key: str, members: list[Finding]) -> Subject:
    first = min(members, key=lambda finding: finding.priority)
    warnings = tuple(w for finding in members for w in finding.warnings)
    only = len(members) == 1
    return Subject(
        fingerprint=key,
        aliases=tuple(dict.fromkeys(f.fingerprint for f in members)),
        kind=first.kind,
        slug=first.slug if only else key.partition(":")[2],
        status=first.status,
        title=first.title if only else f"{key.partition(':')[2]} in the whole repository",
        priority=first.priority,
        findings=tuple(members),
        warnings=warnings,
        codemod=first.codemod,
    )
