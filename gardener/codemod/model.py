"""What a codemod is, and what comes of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gardener.codemod.file_text import Remark
    from gardener.codemod.project import Project


class Example(NamedTuple):
    """What a codemod does, as a test and as documentation.

    `after` is None where the file stays as it is; `note` is then (or beside the change)
    a part of what is told. `title` says in a few words what it shows; `files` are other
    files of the project.
    """

    title: str
    before: str
    after: str | None = None
    note: str = ""
    files: Mapping[str, str] = {}


class Codemod(NamedTuple):
    """One mechanical repair.

    `needles` are byte strings of which a file must hold one; `look` is a cheap second
    look at its bytes. `confirm` asks what lies around the file too, before it is parsed: its answer
    is not remembered with the file. `told` gives what there is to say of a confirmed file in which
    nothing is to be changed, without libcst; None where its tree is needed. `codes` are the lint codes whose `# noqa` keeps it away.
    `default` is false for one that runs only when it is named; `safe` is false for one
    that may change behaviour. `traces` are texts that matter to other files than the one that
    holds them: where all files are treated, `needles` is asked when `Project.containing`
    knows who holds them. `file` is where the codemod is written. `transformer` gives the class
    for libcst, which is imported only then. `shape` gives a regular expression that a line of
    every file matches which the codemod may change: git seeks it in all files at once. Without
    one git seeks the needles. `rules` gives lines to list; one with `#` first is printed as it is.
    """

    name: str
    explanation: str
    needles: Callable[[Project], Sequence[bytes]]
    look: Callable[[bytes, str, Project], bool]
    transformer: Callable[[], type]
    examples: tuple[Example, ...] = ()
    codes: tuple[str, ...] = ()
    default: bool = True
    safe: bool = True
    origin: str = "gardener"
    file: str = ""
    traces: tuple[bytes, ...] = ()
    rules: Callable[[Project], Iterable[str]] | None = None
    confirm: Callable[[bytes, str, Project], bool] | None = None
    shape: Callable[[Project], str] | None = None
    told: Callable[[bytes, str, Project], Sequence[Remark] | None] | None = None

    @property
    def summary(self) -> str:
        """The first line of the explanation."""
        return self.explanation.strip().partition("\n")[0]


class Mended(NamedTuple):
    """What codemods make of one file; `after` equals `before` where they change nothing."""

    before: bytes
    after: bytes
    codemods: tuple[str, ...] = ()
    remarks: tuple[tuple[str, Remark], ...] = ()
