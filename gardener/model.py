"""The nouns of gardener: what travels from a change to a comment."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Literal, NamedTuple

from msgspec import Struct

from gardener.nodeid import file_of

SCHEMA = 1
"""Version of the report on disk; a reader refuses newer ones."""

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "unfinished"]
"""What became of a test; `unfinished` = it started and its process ended before it did."""

Origin = Literal["project", "test", "library"]
Link = Literal["cause", "context", "group"]


class TextEnum(str, Enum):
    """An enumeration whose members are the texts that files and users see, in their order."""

    __str__ = str.__str__

    @property
    def rank(self) -> int:
        """Its place in the order in which the members are defined, from 0."""
        return list(type(self)).index(self)


class Phase(TextEnum):
    """The phase of a test that failed, in the order in which pytest runs them."""

    COLLECT = "collect"
    SETUP = "setup"
    CALL = "call"
    TEARDOWN = "teardown"


class Kind(TextEnum):
    """What is wrong with the tests of a finding."""

    FAILING = "failing"
    UNCOLLECTABLE = "uncollectable"
    DEPRECATED = "deprecated"


class Status(TextEnum):
    """Whether the change caused a finding; what a reader has to see first comes first."""

    REGRESSION = "regression"
    NEW = "new"
    ACTIVE_DEV = "active-dev"
    UNKNOWN = "unknown"
    PRE_EXISTING = "pre-existing"
    FLAKY = "flaky"


class Priority(TextEnum):
    """How urgent a finding is, the most urgent first."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Mode(TextEnum):
    """What a run was asked for: all tests, those of a change, or those that were named."""

    ALL = "all"
    STAGED = "staged"
    SINCE = "since"
    WORKTREE = "worktree"
    GIVEN = "given"


class Symbol(NamedTuple):
    """Something that a Python file defines.

    `qualname` is its name as Python joins it (`Class.method`), empty for the module itself:
    what runs when the file is imported.
    """

    file: str
    qualname: str


FAILING_OUTCOMES: frozenset[str] = frozenset({"failed", "error", "unfinished"})
"""Outcomes that make a run fail."""


class Identity(NamedTuple):
    """What tells one test of a report from all others; `cell` is empty where there is but one."""

    cell: str
    nodeid: str


class Frame(Struct, frozen=True):
    """One step of a traceback.

    `file` is relative to the repository with `/` for files inside it, else as Python
    gave it. `function` is the qualified name where the interpreter knows it (3.11+),
    else the bare name. `source` is the text of the statement, possibly cut.
    """

    file: str
    line: int
    function: str
    origin: Origin
    source: str = ""


class Excerpt(Struct, frozen=True):
    """Lines of a source file around the statement of a frame, as they were when it failed.

    `line` is the frame's, `first` the number of the first line of `text`; the statement is
    from line `begin` to line `end`.
    """

    file: str
    line: int
    first: int
    begin: int
    end: int
    text: str


class Output(Struct, frozen=True):
    """What pytest captured of a failing test, possibly cut; `title` is `stdout call` or the like."""

    title: str
    text: str


class RaisedException(Struct, frozen=True, kw_only=True):
    """An exception as the interpreter saw it.

    `type` is the qualified name without `builtins.`. `frames` run from the outermost to
    the deepest. `facts` are structured details that the plugin read off the exception
    object: `name`, `owner`, `spec`, `callable`, `file`, `line`, `timeout`, `explicit`.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    facts: dict[str, str] = {}

    @property
    def crash_frame(self) -> Frame | None:
        """The deepest frame inside the repository, if any."""
        return next((f for f in reversed(self.frames) if f.origin != "library"), None)


class Cause(RaisedException, frozen=True, kw_only=True):
    """An exception behind another one: `raise ... from`, implicit context, or a group's member."""

    link: Link


class Failure(RaisedException, frozen=True, kw_only=True):
    """One failing phase of one test, or of one collector.

    `causes` run from the nearest to the root. `statement_symbols` are the project
    callables named in the failing statement of the test, `body_symbols` those of the
    whole test function, most used first; both as `path/to/file.py:Qualified.name`.
    `suspect` is the function that failing tests execute and passing ones do not, if any;
    `suspect_raised` is the type of an exception that was raised there, caught or not, in
    failing tests only (empty: the failing tests merely execute the function).
    `duration` is in seconds. `attempt` counts from 1. `markers` are names of the test's
    pytest markers, empty where they are not known. `known_as` are the fingerprints that it
    had before its texts were redacted, where that changed them. `cell` is as for `Result`.
    `output` is what it printed and logged.
    """

    nodeid: str
    phase: Phase
    causes: tuple[Cause, ...] = ()
    statement_symbols: tuple[str, ...] = ()
    body_symbols: tuple[str, ...] = ()
    suspect: str = ""
    suspect_raised: str = ""
    markers: tuple[str, ...] = ()
    duration: float = 0.0
    attempt: int = 1
    known_as: tuple[str, ...] = ()
    output: tuple[Output, ...] = ()
    cell: str = ""

    @property
    def identity(self) -> Identity:
        """Which test of the report it is."""
        return Identity(self.cell, self.nodeid)

    @property
    def file(self) -> str:
        """The test file, relative to the repository."""
        return file_of(self.nodeid)


class Result(Struct, frozen=True):
    """What one test did in one attempt; `duration` in seconds over all phases.

    `how` tells reruns apart: after the same tests as in the first run (empty), `alone` in a
    process of its own, or with the other failing tests only (`together`). `cell` names the cell
    of a matrix, or the suite, that it ran in; empty where the report is of one.
    """

    nodeid: str
    outcome: Outcome
    duration: float = 0.0
    attempt: int = 1
    how: Literal["", "together", "alone"] = ""
    cell: str = ""

    @property
    def identity(self) -> Identity:
        """Which test of the report it is."""
        return Identity(self.cell, self.nodeid)


class PriorResult(Struct, frozen=True):
    """What one failing test did on another commit, or in another run of the same files.

    `outcomes` are empty when nothing is known (`reason` then says why) and `absent` alone
    when the test does not exist there. A file that could be collected has `passed`.
    `fingerprints` are the causes of its failures there. `cell` is as for `Result`.
    """

    nodeid: str
    outcomes: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    reason: str = ""
    cell: str = ""

    @property
    def identity(self) -> Identity:
        """Which test of the report it is."""
        return Identity(self.cell, self.nodeid)


class WarningCount(Struct, frozen=True):
    """A warning and how often it was seen; `when` is config, collect or runtest."""

    category: str
    message: str
    file: str
    line: int
    count: int = 1
    when: str = "runtest"


class Environment(Struct, frozen=True):
    """What the tests ran on; what is empty is unknown.

    `distributions` are the versions of all that is installed, by name; `own` names those made
    from the repository itself. `variables` are names of variables that tests may depend on.
    """

    python: str = ""
    pytest: str = ""
    platform: str = ""
    distributions: dict[str, str] = {}
    own: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


class Cell(Struct, frozen=True):
    """One cell of a matrix, or one suite, of a merged report: what it ran on, and its shards."""

    name: str
    environment: Environment = Environment()
    shards: tuple[str, ...] = ()
    complete: bool = True


class Selected(Struct, frozen=True):
    """A test to run: a nodeid, or a whole test file, and why."""

    test: str
    reason: str


class SelectionSummary(Struct, frozen=True):
    """What was asked to run, as the report remembers it; `why` are the tests of a small selection."""

    mode: Mode = Mode.ALL
    focus: str = ""
    level: str = ""
    everything: bool = True
    reason: str = ""
    selected: int = 0
    why: tuple[Selected, ...] = ()


class Audited(Struct, frozen=True):
    """What shadow mode found of one change, or of several together.

    `selected` are the tests of all `tests` that a run would have been left with, `saved` the
    seconds of the others, `failing` the failures that block, `missed` those of them not selected.
    """

    changes: int = 0
    tests: int = 0
    selected: int = 0
    seconds: float = 0.0
    saved: float = 0.0
    failing: int = 0
    missed: int = 0


class Shadow(Struct, frozen=True):
    """What shadow mode found of the change that a report is of, and of all changes so far."""

    change: Audited
    total: Audited


class Report(Struct, frozen=True, kw_only=True):
    """One run of pytest, or several merged.

    `created` is an ISO 8601 time in UTC. `complete` is false when the run died, was
    killed, or stopped early; `internal_error` then holds what pytest said. `source` is
    the format it was read from. `changed_files` are the files that differ from `base`,
    None when that is unknown. `before` is what the failing tests did on the commit
    `compared` (empty: that state has no commit); None when they were not run there.
    `earlier` is what they did in earlier runs of the very same files. `excerpts` are the places
    where they failed, each once. `cell` names the cell of a matrix, or the suite, that it is of,
    and `shard` is `I/N`; of a merged report that has several, `cells` are all of them, and
    `missing` names the shards and cells that are not in it. `expected` are all cells that a whole
    run has, by the settings.
    `shadow` is what shadow mode found.
    """

    created: str
    schema: int = SCHEMA
    gardener: str = ""
    source: str = "gardener"
    commit: str = ""
    base: str = ""
    branch: str = ""
    shard: str = ""
    attempt: int = 1
    environment: Environment = Environment()
    command: tuple[str, ...] = ()
    selection: SelectionSummary = SelectionSummary()
    exit_status: int | None = None
    complete: bool = True
    internal_error: str = ""
    collected: int = 0
    deselected: int = 0
    duration: float = 0.0
    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    changed_files: tuple[str, ...] | None = None
    compared: str = ""
    before: tuple[PriorResult, ...] | None = None
    earlier: tuple[PriorResult, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    cell: str = ""
    cells: tuple[Cell, ...] = ()
    missing: tuple[str, ...] = ()
    shadow: Shadow | None = None
    expected: tuple[str, ...] = ()

    @property
    def only_unfinished(self) -> frozenset[str]:
        """The tests that ended their process or did not end, where all others ran all the same."""
        if self.complete or self.internal_error or self.exit_status not in (0, 1):
            return frozenset()
        ways = ("crash", "timeout", "interpreter")
        blamed = {f.nodeid for f in self.failures if any(way in f.facts for way in ways)}
        cut = {result.nodeid for result in self.results if result.outcome == "unfinished"}
        has_all = len({result.nodeid for result in self.results}) >= self.collected
        return frozenset(cut) if has_all and cut <= blamed else frozenset()


class Selection(Struct, frozen=True, kw_only=True):
    """The tests to run; `everything` with its reason where no smaller selection is safe."""

    tests: tuple[Selected, ...] = ()
    everything: bool = False
    reason: str = ""
    notes: tuple[str, ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """One root cause and all that it breaks.

    `fingerprint` is `version:hash`; `aliases` are the fingerprints that other versions
    or other evidence would have given. `title` says in one line what is wrong, `reason`
    why its failures belong together, `cause` the root cause in one sentence, `symbol`
    the likely place to fix, `next_step` what to do, in the imperative. `after` is the test
    that ran before the first of its failures and may have polluted shared state, if any.
    `environment` is what differs from what the base ran on, where its status rests on that.
    `cells` are those that it fails in, where the report has several.
    `areas` are those of the settings that its tests are in.
    `codemod` is the one that is for such a finding; `fix` is the command that runs it, where a dry
    run in the work tree has shown that it changes something.
    """

    fingerprint: str
    kind: Kind
    category: str
    slug: str
    title: str
    status: Status = Status.UNKNOWN
    status_reason: str = ""
    priority: Priority = Priority.P2
    failures: tuple[Failure, ...] = ()
    warnings: tuple[WarningCount, ...] = ()
    aliases: tuple[str, ...] = ()
    reason: str = ""
    cause: str = ""
    symbol: str = ""
    after: str = ""
    codemod: str = ""
    next_step: str = ""
    impact: str = ""
    issue: int | None = None
    environment: str = ""
    cells: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    fix: str = ""

    @property
    def fix_command(self) -> str:
        """The command of its codemod; empty without one. It is proven only if it is `fix`."""
        return self.fix or (f"gardener fix --only {self.codemod}" if self.codemod else "")

    @property
    def fix_in_words(self) -> str:
        """The command, with the condition where nobody has tried it."""
        command = self.fix_command
        return command if self.fix or not command else f"{command}, if it applies"

    def blocks(self, fail_on: Collection[str]) -> bool:
        """Whether it stops a commit or a merge; what only the environment may have done does not."""
        is_of_environment = self.status is Status.UNKNOWN and bool(self.environment)
        return self.status in fail_on and not is_of_environment

    @property
    def name(self) -> str:
        """For example `failing-test-regression-P1-event-serialization-format`."""
        return f"{self.kind}-test-{self.status}-{self.priority}-{self.slug}"

    @property
    def tests(self) -> tuple[str, ...]:
        """Nodeids of its failures, each once, in the order they ran."""
        return tuple(dict.fromkeys(f.nodeid for f in self.failures))


class AreaState(Struct, frozen=True):
    """An area of the settings: how many of its tests fail, of how many that ran (0: unknown)."""

    name: str
    failing: int
    ran: int = 0

    def __str__(self) -> str:
        if not self.ran:
            return (
                f"{self.name}: {self.failing} failing"
                if self.failing
                else f"{self.name}: did not run"
            )
        if not self.failing:
            return f"{self.name}: all {self.ran:,} pass"
        return f"{self.name}: {self.failing:,} of {self.ran:,} failing"


class Diagnosis(Struct, frozen=True):
    """What a report means: the root causes of its failures, and its deprecations.

    `findings` are sorted by what the reader should see first. `deprecations` are
    findings of kind `deprecated`; `other_warnings` are the warnings in none of them. `vanished`
    are tests that ran on the base and are gone, `newly_skipped` those that are skipped now, and
    `unknown` those that only a missing shard could tell of. `lost_cells` are those that the base
    has and the report has not. `areas` are those of the settings.
    """

    findings: tuple[Finding, ...] = ()
    deprecations: tuple[Finding, ...] = ()
    other_warnings: tuple[WarningCount, ...] = ()
    vanished: tuple[str, ...] = ()
    newly_skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    lost_cells: tuple[str, ...] = ()
    areas: tuple[AreaState, ...] = ()


class Note(Struct, frozen=True):
    """Something a codemod saw and did not edit; `line` counts from 1, 0 = the whole file."""

    file: str
    line: int
    codemod: str
    message: str


class Patch(Struct, frozen=True, kw_only=True):
    """What the codemods make of one file; `before == after` when there are only notes."""

    file: str
    before: bytes
    after: bytes
    codemods: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
