"""The tables of `[tool.gardener]`: every setting, its type, its default and what it does.

Each is a struct of msgspec, which decodes and checks it; `gardener config --schema` is made
of them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from gardener.config.templates import COMMENT, ISSUE, TITLE, check
from gardener.model import Priority, Status

LEVELS = ("unit", "any")
UTCNOW = ("naive", "aware")

NOT_UNIT = (
    "integration",
    "integrations",
    "e2e",
    "end_to_end",
    "endtoend",
    "functional",
    "acceptance",
    "system",
    "smoke",
    "load",
    "stress",
    "performance",
    "perf",
    "benchmark",
    "benchmarks",
    "contract",
    "staging",
    "production",
    "slow",
    "real_services",
)
"""A directory name, file-name word or marker that takes a test out of level `unit`."""

Texts = tuple[str, ...]
Pattern = Annotated[str, Meta(extra_json_schema={"format": "regex"})]
Seconds = Annotated[float, Meta(ge=0, lt=86_400)]
Count = Annotated[int, Meta(ge=1)]


class BadPatternError(ValueError):
    """A setting that should be a regular expression is none; `key` is where, below its table."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def _check_patterns(**patterns: str) -> None:
    for key, pattern in patterns.items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise BadPatternError(key, str(error)) from None


class _Table(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table whose keys are all known."""


class FocusTable(_Table, frozen=True, kw_only=True):
    """Which tests belong together: a test belongs when any of the patterns matches it."""

    names: Annotated[
        tuple[Pattern, ...],
        Meta(
            description="Regular expressions searched in the test's path, in its function and class "
            "names, and in the names that it or the fixtures it asks for use."
        ),
    ] = ()
    imports: Annotated[
        Texts,
        Meta(
            description="Modules (`websockets`) or names in them (`fastapi:WebSocket`) that the "
            "test or its fixtures use, or a function that it executed (or calls, where it has no "
            "record)."
        ),
    ] = ()
    paths: Annotated[Texts, Meta(description="Globs of test files.")] = ()
    markers: Annotated[Texts, Meta(description="Names of pytest markers.")] = ()

    def __post_init__(self) -> None:
        _check_patterns(**{f"names[{n}]": pattern for n, pattern in enumerate(self.names)})


class Focus(FocusTable, frozen=True, kw_only=False):
    """`[tool.gardener.focus.NAME]` with its name."""

    name: str


class Hook(_Table, frozen=True):
    """What `gardener run --hook`, the entry of the git hook `gardener-run`, takes."""

    focus: Annotated[
        str, Meta(description='The focus whose tests the hook may run; "" = tests of any kind.')
    ] = "websocket"
    level: Annotated[
        Literal["unit", "any"],
        Meta(
            description="`unit` leaves out integration, end-to-end and other slow tests; `any` takes all."
        ),
    ] = "unit"
    verify_seconds: Annotated[
        Seconds,
        Meta(
            description="How long failing tests may run on the base, to see whether they failed "
            "before; 0 = never."
        ),
    ] = 120.0
    rerun_seconds: Annotated[
        Seconds,
        Meta(
            description="How long failing tests may run once more, alone, before the change is "
            "blamed: one that passes then is flaky; 0 = never. Holds wherever a run is compared "
            "with its base."
        ),
    ] = 30.0
    verify_tests: Annotated[
        Count, Meta(description="How many of them at a time; the next run goes on with the rest.")
    ] = 2000


class Run(_Table, frozen=True):
    """How pytest is run."""

    test_seconds: Annotated[
        Seconds,
        Meta(
            description="How long a test, or the import of a test file, may take without an end or "
            "any sign of progress before its process is ended; 0 = for ever. A longer limit of "
            "pytest-timeout holds. With `--pdb` and `-s` nothing is ended."
        ),
    ] = 300.0


class ImportRule(_Table, frozen=True):
    """An import that moved: `from` and `to` are both `module:Name`, or both whole modules."""

    source: Annotated[str, Meta(description="The old `module:Name` or module.")] = field(
        name="from"
    )
    target: Annotated[str, Meta(description="The new `module:Name` or module.")] = field(name="to")
    before: Annotated[
        str,
        Meta(description="An expression with the old name; `$x` stands for any expression."),
    ] = ""
    after: Annotated[str, Meta(description="The same expression with the new name.")] = ""


class Codemods(_Table, frozen=True):
    """What `gardener fix` does."""

    utcnow: Annotated[
        Literal["naive", "aware"],
        Meta(
            description="`naive` keeps the value that `utcnow()` gave (no zone); `aware` writes "
            "`datetime.now(timezone.utc)`, which changes what the program computes with."
        ),
    ] = "naive"
    prefer_utc: Annotated[
        bool,
        Meta(description="Write `datetime.UTC` (Python 3.11+) in place of `timezone.utc`."),
    ] = False
    folder: Annotated[str, Meta(description="Where the project keeps codemods of its own.")] = (
        ".gardener/codemods"
    )
    skip: Annotated[
        Texts, Meta(description="Codemods that do not run unless `--only` names them.")
    ] = ()
    exclude: Annotated[Texts, Meta(description="Globs of files that no codemod touches.")] = ()
    per_path_skip: Annotated[
        dict[str, Texts],
        Meta(description="Globs of files, each with the codemods that do not run there."),
    ] = {}
    deprecated_import: Annotated[
        tuple[ImportRule, ...], Meta(description="Rules for imports that moved.")
    ] = ()


class CategoryTable(_Table, frozen=True, kw_only=True):
    """A category of failures: a new one, or what changes in a built-in one of that id."""

    types: Annotated[Texts, Meta(description="Exception types that belong here.")] = ()
    message: Annotated[
        Pattern, Meta(description="A regular expression, searched in the message.")
    ] = ""
    priority: Annotated[
        Priority | None, Meta(description="The priority of its findings, unless a rule sets it.")
    ] = None
    explanation: Annotated[str, Meta(description="What it means, in one sentence.")] = ""
    next_step: Annotated[str, Meta(description="What to do, in the imperative.")] = ""
    codemod: Annotated[str, Meta(description="The codemod that fixes it.")] = ""

    def __post_init__(self) -> None:
        _check_patterns(message=self.message)


class CategoryRule(CategoryTable, frozen=True, kw_only=False):
    """`[tool.gardener.categories.ID]` with its id; what is empty stays as it is built in."""

    id: str


class _Tests(_Table, frozen=True, kw_only=True):
    paths: Annotated[
        Texts,
        Meta(description="Globs of test files; one of the finding's tests must match."),
    ] = ()
    markers: Annotated[
        Texts, Meta(description="Pytest markers, of which one of the finding's tests has any.")
    ] = ()
    focus: Annotated[
        str,
        Meta(
            description="A focus that one of the tests belongs to, by path, name or marker (a report "
            "does not hold imports)."
        ),
    ] = ""


class _Matching(_Tests, frozen=True, kw_only=True):
    categories: Annotated[Texts, Meta(description="Ids of categories.")] = ()


class PriorityRule(_Matching, frozen=True, kw_only=False):
    """What matches gets `priority`; the first rule wins."""

    priority: Annotated[Priority, Meta(description="What a match gets.")]


class Impact(_Matching, frozen=True, kw_only=False):
    """Why failures there matter."""

    text: Annotated[str, Meta(description="The impact, in the team's words.")]


class LabelRule(_Matching, frozen=True, kw_only=False):
    """Labels for the issues of what matches."""

    labels: Annotated[Texts, Meta(min_length=1, description="What a match gets, beside the rest.")]


class Area(_Tests, frozen=True, kw_only=True):
    """Tests that matter together, such as those of the path that every user takes."""


class Selecting(_Table, frozen=True):
    """What a change in a file that is not Python runs, and how long a selection may take."""

    everything: Annotated[
        Texts, Meta(description="Globs: a change in these files runs all tests.")
    ] = ()
    ignore: Annotated[Texts, Meta(description="Globs: a change in these files runs no test.")] = ()
    always: Annotated[Texts, Meta(description="Tests that run with every change.")] = ()
    shadow: Annotated[
        bool,
        Meta(
            description="In CI run everything and block nothing, and tell what the selection would "
            "have left out, missed and saved."
        ),
    ] = False
    patience: Annotated[
        Seconds,
        Meta(
            description="Seconds of CPU after which a graph that is too large is asked by files "
            "instead of symbols."
        ),
    ] = 10.0


class Redaction(_Table, frozen=True):
    """What is taken for a secret besides what gardener knows, and what is none."""

    patterns: Annotated[
        tuple[Pattern, ...],
        Meta(
            description="Regular expressions of further secrets; where one has a group, that is the "
            "secret."
        ),
    ] = ()
    keep: Annotated[
        tuple[Pattern, ...],
        Meta(description="Regular expressions, searched in what would be redacted: it stays."),
    ] = ()

    def __post_init__(self) -> None:
        _check_patterns(**{f"patterns[{n}]": pattern for n, pattern in enumerate(self.patterns)})
        _check_patterns(**{f"keep[{n}]": pattern for n, pattern in enumerate(self.keep)})


class Evidence(_Table, frozen=True):
    """What is kept of a failing test besides its error, and for how long."""

    lines: Annotated[
        int,
        Meta(ge=0, le=20, description="Lines of source before and after the failing statement."),
    ] = 3
    output: Annotated[
        int,
        Meta(
            ge=0,
            le=20_000,
            description="Characters of each of a failing test's stdout, stderr and log; 0 = none.",
        ),
    ] = 4000
    total: Annotated[
        int,
        Meta(
            ge=0,
            description="Characters of output in one report; where that is used up, of each test "
            "only the end stays.",
        ),
    ] = 4_000_000
    days: Annotated[
        Count,
        Meta(description="Days that what pytest printed stays in gardener's folder below `.git`."),
    ] = 14


class GitHub(_Table, frozen=True):
    """Names of labels, and what the bot does with issues and pull requests."""

    label: Annotated[
        str, Meta(description="On every issue of gardener; it lists its issues by this label.")
    ] = "gardener"
    quiet_label: Annotated[
        str, Meta(description="On an issue or pull request: say nothing more there.")
    ] = "gardener:quiet"
    type_label: Annotated[str, Meta(description="The kind of an issue.")] = "bug"
    priority_labels: Annotated[
        Texts,
        Meta(
            min_length=4,
            max_length=4,
            description="Labels for the four priorities, highest first.",
        ),
    ] = ("P0", "P1", "P2", "P3")
    area_label: Annotated[str, Meta(description="One more label for every issue.")] = ""
    labels: Annotated[
        tuple[LabelRule, ...],
        Meta(description="Further labels for issues, by category, focus, path or marker."),
    ] = ()
    adopt: Annotated[
        dict[str, Count],
        Meta(
            description="An issue of yours by the category or codemod whose causes it lists, instead "
            "of an issue for each."
        ),
    ] = field(default_factory=dict)
    issue_title: Annotated[
        str,
        Meta(
            description="The title of an issue. It may hold {name}, {title}, {kind}, {status}, "
            "{priority}, {category} and {slug}."
        ),
    ] = "[BUG] {name}: {title}"
    issue_body: Annotated[
        str,
        Meta(
            description="The text of an issue around {facts}, or around its sections {headline}, "
            "{known}, {error}, {warnings}, {expected}, {reproduce}, {tests}, {changes} and {next}."
        ),
    ] = ""
    comment_body: Annotated[
        str,
        Meta(
            description="The text of a comment around {comment}, or around its sections {verdict}, "
            "{compared}, {tally} and {causes}."
        ),
    ] = ""
    close_after: Annotated[
        Count,
        Meta(
            description="Runs of the default branch in which every test of a cause must pass before "
            "its issue is closed."
        ),
    ] = 1
    author: Annotated[
        str,
        Meta(
            description="The login under which the bot writes; needed only with the token of a "
            "GitHub App (`my-app[bot]`)."
        ),
    ] = ""
    fail_on: Annotated[
        tuple[Status, ...],
        Meta(description="Statuses that fail the check run on a pull request."),
    ] = (Status.REGRESSION, Status.NEW)
    timeout: Annotated[Seconds, Meta(description="Seconds that one request may take.")] = 20.0
    write_pause: Annotated[Seconds, Meta(description="Seconds between two writes.")] = 1.0
    patience: Annotated[
        Seconds, Meta(description="Seconds that all waits for rate limits together may take.")
    ] = 120.0

    def __post_init__(self) -> None:
        check("issue-title", self.issue_title, TITLE, ("title", "name", "slug"))
        if self.issue_body:
            check("issue-body", self.issue_body, ISSUE, ("facts", "tests", "error"))
        if self.comment_body:
            check("comment-body", self.comment_body, COMMENT, ("comment", "causes"))


class RecordTable(_Table, frozen=True):
    """Whether tests are recorded, and where the record is shared."""

    enabled: Annotated[
        bool, Meta(description="Record what each test executes, as `record = true` does.")
    ] = True
    remote: Annotated[
        str,
        Meta(
            description="Where the team's record lies: a folder, `https://`, or `s3://`, `gs://`, "
            "`az://`. It is pulled by itself where the local one is missing or older."
        ),
    ] = ""


class Settings(_Table, frozen=True, kw_only=True):
    """The settings of gardener in pyproject.toml."""

    python: Annotated[
        str,
        Meta(
            description="The interpreter that has pytest and the project's dependencies: a path, "
            "a virtual environment's folder, or a name on PATH."
        ),
    ] = ""
    pytest_args: Annotated[
        Texts, Meta(description="Arguments for every run of pytest, behind the project's addopts.")
    ] = ()
    recording: Annotated[
        bool | RecordTable,
        Meta(
            description="Record what each test executes, for later selections; or a table that "
            "also says where the record is shared."
        ),
    ] = field(name="record", default=True)
    fail_on: Annotated[
        tuple[Status, ...],
        Meta(description="Statuses that block a commit or a merge (exit code 1)."),
    ] = (Status.REGRESSION, Status.NEW, Status.ACTIVE_DEV, Status.UNKNOWN)
    not_unit: Annotated[
        Texts,
        Meta(
            description="Words in a folder's or file's name, or markers, that take a test out of "
            "level `unit`."
        ),
    ] = NOT_UNIT
    cells: Annotated[
        Texts,
        Meta(
            description="The names of all cells that a whole run of CI has: one that no report is "
            "of is missing when reports are joined."
        ),
    ] = ()
    run: Run = Run()
    hook: Hook = Hook()
    focus_tables: Annotated[
        dict[str, FocusTable],
        Meta(description="Focuses by their names; `websocket` is built in and can be replaced."),
    ] = field(name="focus", default_factory=dict)
    codemods: Codemods = Codemods()
    category_tables: Annotated[
        dict[str, CategoryTable],
        Meta(description="Categories by their ids: new ones, or changes of built-in ones."),
    ] = field(name="categories", default_factory=dict)
    priorities: Annotated[
        tuple[PriorityRule, ...],
        Meta(description="The first rule that matches a finding gives its priority."),
    ] = field(name="priority", default=())
    impacts: Annotated[
        tuple[Impact, ...],
        Meta(description="Texts that are shown with the findings they match."),
    ] = field(name="impact", default=())
    areas: Annotated[
        dict[str, Area],
        Meta(
            description="Groups of tests by name, whose state (`1 of 8 failing`) stands in worklog, "
            "comment and issues."
        ),
    ] = field(name="area", default_factory=dict)
    selection: Selecting = Selecting()
    github: GitHub = GitHub()
    redaction: Redaction = Redaction()
    evidence: Evidence = Evidence()

    @property
    def record(self) -> bool:
        """Whether what each test executes is recorded."""
        return self.recording if isinstance(self.recording, bool) else self.recording.enabled

    @property
    def record_remote(self) -> str:
        """Where the team's record lies; empty where it is not shared."""
        return "" if isinstance(self.recording, bool) else self.recording.remote
