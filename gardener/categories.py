"""The table of categories: what a failure can be, how it is recognised, what to do about it."""

from __future__ import annotations

import re
from typing import NamedTuple

from gardener.config import Config
from gardener.fingerprint import Evidence
from gardener.model import Failure, Kind, Phase, Priority, WarningCount


class Match(NamedTuple):
    """One way to recognise a category; every field that is given must hold.

    `shapes` are ids of `gardener.shapes`, `types` exception or warning types (last name
    or qualified), `message` a pattern searched in the message, `facts` patterns that
    facts of those names match, `phases` where it failed.
    """

    shapes: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    message: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    phases: tuple[Phase, ...] = ()


class Category(NamedTuple):
    """One kind of root cause.

    `slug` names a finding: words with `{symbol}` and `{subject}` (what the tests are
    about) filled in; empty means the id. `cause` is the root cause in one sentence with
    `{symbol}`; `next_step` is in the imperative; `warns` are matches on warnings.
    """

    id: str
    kind: Kind
    priority: Priority
    explanation: str
    next_step: str
    matches: tuple[Match, ...] = ()
    warns: tuple[Match, ...] = ()
    slug: str = ""
    cause: str = ""
    codemod: str = ""


_DEPRECATION = ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")
_EMIT = (
    r"(?i)event|emit|messages?\b|broadcast|notif|publish|sent\b|signal|callback|deliver|frames?\b"
)

BUILT_IN: tuple[Category, ...] = (
    Category(
        "event-serialization-format",
        "failing",
        "P1",
        "An enum member is written as `Type.MEMBER` where its value is expected.",
        "Serialize the member's `.value` (or make the enum a `StrEnum`) where the message is built.",
        matches=(Match(shapes=("enum-text",)),),
        cause="`{symbol}` is serialized by its name, not by its value.",
    ),
    Category(
        "constructor-missing-arguments",
        "failing",
        "P1",
        "A constructor has required arguments that its callers do not pass.",
        "Pass the new arguments at the call sites, or give them defaults in `{symbol}`.",
        matches=(
            Match(
                shapes=("missing-arguments",),
                facts=(("callable", r"(^|\.)__(init|new|post_init)__$"),),
            ),
            Match(shapes=("missing-arguments",), facts=(("callable", r"(^|\.)[A-Z]\w*$"),)),
        ),
        slug="{symbol}-constructor",
        cause="`{symbol}` requires arguments that its callers do not pass.",
    ),
    Category(
        "missing-arguments",
        "failing",
        "P1",
        "A function has required arguments that its callers do not pass.",
        "Pass the new arguments at the call sites, or give them defaults in `{symbol}`.",
        matches=(Match(shapes=("missing-arguments", "too-many-arguments")),),
        slug="{symbol}-arguments",
        cause="`{symbol}` is called with other arguments than its signature takes.",
    ),
    Category(
        "unexpected-keyword-argument",
        "failing",
        "P1",
        "A call passes a keyword that the function does not take.",
        "Rename or drop the keyword at the call sites, or take it again in `{symbol}`.",
        matches=(Match(shapes=("unexpected-argument",)),),
        slug="{symbol}-keyword",
        cause="`{symbol}` does not take a keyword that its callers pass.",
    ),
    Category(
        "mock-interface-mismatch",
        "failing",
        "P2",
        "A mock with a spec is asked for an attribute that the real class does not have.",
        "Bring the mock and the real interface together: the attribute `{symbol}` is on only one of them.",
        matches=(Match(shapes=("mock-attribute",)),),
        cause="The spec of a mock has no attribute `{symbol}`.",
    ),
    Category(
        "no-events-emitted",
        "failing",
        "P1",
        "Events or messages were expected and none came.",
        "Follow the path from the call in the test to the place that emits, and see where it stops.",
        matches=(
            Match(
                shapes=("count",),
                facts=(("actual", r"^0$"), ("expected", r"^[1-9]")),
                message=_EMIT,
            ),
        ),
        slug="{subject}-no-events",
        cause="Nothing was emitted where events were expected.",
    ),
    Category(
        "deprecated-imports",
        "deprecated",
        "P3",
        "A module or name is imported from a place that is deprecated.",
        "Run `gardener fix --only deprecated-import`.",
        matches=(
            Match(
                types=_DEPRECATION,
                message=r"(?i)\bimport(s|ing|ed)?\b|^[a-z_]\w*(\.\w+)+ is deprecated",
            ),
        ),
        warns=(
            Match(
                types=_DEPRECATION,
                message=r"(?i)\bimport(s|ing|ed)?\b|^[a-z_]\w*(\.\w+)+ is deprecated",
            ),
        ),
        cause="Deprecated import paths are still used.",
        codemod="deprecated-import",
    ),
    Category(
        "pydantic-v2-config",
        "deprecated",
        "P3",
        "A Pydantic model is configured by an inner class `Config`.",
        "Run `gardener fix --only pydantic-config`.",
        matches=(
            Match(
                types=("PydanticDeprecatedSince20", *_DEPRECATION), message=r"class-based `config`"
            ),
        ),
        warns=(
            Match(
                types=("PydanticDeprecatedSince20", *_DEPRECATION),
                message=r"class-based `config`|`json_encoders` is deprecated",
            ),
        ),
        cause="Pydantic models use the inner class `Config` of version 1.",
        codemod="pydantic-config",
    ),
    Category(
        "utcnow",
        "deprecated",
        "P3",
        "`datetime.utcnow()` or `utcfromtimestamp()` is called.",
        "Run `gardener fix --only utcnow`.",
        matches=(Match(types=_DEPRECATION, message=r"\butc(now|fromtimestamp)\(\) is deprecated"),),
        warns=(Match(types=_DEPRECATION, message=r"\butc(now|fromtimestamp)\(\) is deprecated"),),
        cause="`datetime.utcnow()` gives naive times and is going away.",
        codemod="utcnow",
    ),
    Category(
        "other-deprecation",
        "deprecated",
        "P3",
        "Something else that is deprecated is used.",
        "Read the warning and replace what it names.",
        warns=(
            Match(types=("PydanticDeprecatedSince20", *_DEPRECATION)),
            Match(message=r"(?i)\bdeprecated\b"),
        ),
        matches=(Match(types=("PydanticDeprecatedSince20", *_DEPRECATION)),),
        cause="Something deprecated is used.",
    ),
    Category(
        "import-cycle",
        "uncollectable",
        "P1",
        "Two modules import each other before either is ready.",
        "Break the circle: import `{symbol}` inside the function that needs it, or move it to a third module.",
        matches=(Match(shapes=("import-cycle",)),),
        slug="{symbol}-import-cycle",
        cause="`{symbol}` is imported while its module is still being imported.",
    ),
    Category(
        "import-error",
        "uncollectable",
        "P1",
        "A module or a name in it cannot be imported.",
        "Restore `{symbol}`, or correct the import; if it is a package, install it.",
        matches=(
            Match(shapes=("import-module", "import-name")),
            Match(types=("ImportError", "ModuleNotFoundError")),
        ),
        slug="{symbol}-import",
        cause="`{symbol}` cannot be imported.",
    ),
    Category(
        "syntax-error",
        "uncollectable",
        "P1",
        "A file is not valid Python.",
        "Mend the syntax of `{symbol}`.",
        matches=(Match(types=("SyntaxError", "IndentationError", "TabError")),),
        slug="{symbol}-syntax",
        cause="`{symbol}` is not valid Python.",
    ),
    Category(
        "other",
        "failing",
        "P2",
        "None of the other categories.",
        "Read the error at its place and run one of its tests alone.",
        slug="{symbol}-{type}",
        cause="`{type}` at `{symbol}`.",
    ),
)

OTHER = BUILT_IN[-1]


def table(config: Config) -> tuple[Category, ...]:
    """The built-in categories with what `[tool.gardener.categories]` adds and changes.

    A rule of the user's own id comes first, so that it can take failures away from a
    built-in category; one with a built-in id changes only what it names.
    """
    known = {category.id: category for category in BUILT_IN}
    own: list[Category] = []
    for rule in config.categories:
        before = known.get(rule.id)
        plain = before or Category(rule.id, "failing", "P2", rule.id, OTHER.next_step)
        says = rule.types or rule.message
        changed = plain._replace(
            priority=_priority(rule.priority) or plain.priority,
            explanation=rule.explanation or plain.explanation,
            next_step=rule.next_step or plain.next_step,
            codemod=rule.codemod or plain.codemod,
            matches=(Match(types=rule.types, message=rule.message),) if says else plain.matches,
        )
        if before:
            known[rule.id] = changed
        else:
            own.append(changed)
    return (*own, *known.values())


def _priority(text: str) -> Priority | None:
    known: dict[str, Priority] = {"P0": "P0", "P1": "P1", "P2": "P2", "P3": "P3"}
    return known.get(text)


def _fits(match: Match, type_: str, message: str, evidence: Evidence | None, phase: str) -> bool:
    if match.phases and phase not in match.phases:
        return False
    if match.types and type_ not in match.types and type_.rpartition(".")[2] not in match.types:
        return False
    reading = evidence.reading if evidence else None
    if match.shapes and (reading is None or reading.shape not in match.shapes):
        return False
    for name, pattern in match.facts:
        if reading is None or not re.search(pattern, reading.facts.get(name, "")):
            return False
    return not match.message or re.search(match.message, message[:20_000]) is not None


def of_failure(failure: Failure, evidence: Evidence, rows: tuple[Category, ...]) -> Category:
    """The first category of `rows` that recognises a failure; the last row if none does."""
    root = evidence.root
    for category in rows:
        for match in category.matches:
            if _fits(match, root.type, root.message, evidence, failure.phase):
                return category
    return next(row for row in rows if row.id == OTHER.id)


def of_warning(warning: WarningCount, rows: tuple[Category, ...]) -> Category | None:
    """The category of a warning; None for one that is no deprecation."""
    for category in rows:
        for match in category.warns:
            if _fits(match, warning.category, warning.message, None, ""):
                return category
    return None


def explain(category: Category) -> str:
    """A category in a few lines of plain text."""
    lines = [
        f"{category.id} ({category.kind}, {category.priority} by default)",
        "",
        category.explanation,
        f"What to do: {category.next_step}",
    ]
    if category.codemod:
        lines.append(f"Codemod: gardener fix --only {category.codemod}")
    return "\n".join(lines)
