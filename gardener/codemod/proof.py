"""Which codemod would mend a finding: only the one that changes something, in a dry run, is named.

It needs the work tree of the run. Where there is none, or no time is left, a finding keeps the
codemod that its category names, and what is printed says "if it applies".
"""

from __future__ import annotations

import ast
import re
import shlex
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from msgspec import structs

from gardener.codemod.candidates import candidates
from gardener.codemod.discovery import discover
from gardener.codemod.engine import mend
from gardener.codemod.model import Codemod
from gardener.codemod.project import Project
from gardener.codemod.vendored import folder_of_others
from gardener.config import Config
from gardener.errors import GardenerError
from gardener.model import Diagnosis, Finding

SECONDS = 3.0
"""CPU time for all findings; what is not tried by then is not known."""
FILES_TRIED = 40
"""Files of one finding that a codemod is tried on."""
LARGEST = 300_000
_STEP = re.compile(r"^Run `gardener fix --only ([\w-]+)`[^.]*\.\s*")
_MAY_BE_MENDED = re.compile(
    r"(?:Warning|ImportError|ModuleNotFoundError|AttributeError|TypeError)$|^Pydantic|Deprecated"
)
_WARNING = re.compile(r"Warning$|^Pydantic|Deprecated")
_WORD = re.compile(r"[A-Za-z_]\w+")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")


class OutOfTime(Exception):
    """The time for dry runs is used up."""


class Place(NamedTuple):
    """Where something was warned of or failed, and what was said."""

    file: str
    line: int
    message: str
    is_error: bool = False


def with_proven_fixes(
    diagnosis: Diagnosis, config: Config, reports: Sequence[Path] = (), seconds: float = SECONDS
) -> Diagnosis:
    """The diagnosis with the codemods that would change something in the work tree of the settings.

    `reports` are those on disk that the findings are of: imports may need the rules in them.
    """
    if not _is_of_this_tree(diagnosis, config.root):
        return diagnosis
    end = time.process_time() + seconds
    with_reports = _Trial(Project(config.root, config, reports=reports), end) if reports else None
    trial = _Trial(Project(config.root, config), end, with_reports)
    try:
        return structs.replace(
            diagnosis,
            findings=tuple(map(trial.judged, diagnosis.findings)),
            deprecations=tuple(map(trial.judged, diagnosis.deprecations)),
        )
    except GardenerError:  # no repository, or settings that `gardener fix` refuses
        return diagnosis


class _Trial:
    """Dry runs over the files of one repository; each codemod treats a file once."""

    def __init__(self, project: Project, end: float, with_reports: _Trial | None = None) -> None:
        self.project = project
        self.end = end
        self.with_reports = with_reports
        self.results: dict[tuple[str, str], tuple[bytes, bytes]] = {}

    @cached_property
    def codemods(self) -> dict[str, Codemod]:
        """Gardener's own codemods that the project lets run: nothing of a checkout is executed."""
        skip = self.project.config.codemods.skip
        return {
            name: codemod
            for name, codemod in discover(self.project.config, built_in_only=True).items()
            if name not in skip
        }

    @cached_property
    def files(self) -> frozenset[str]:
        """The files that `gardener fix` reads."""
        from gardener.git import git, lines
        from gardener.paths import matches

        listed = lines(git("ls-files", "-z", "*.py", root=self.project.root))
        self.project.treated = len(listed)
        globs = self.project.config.codemods.exclude
        return frozenset(path for path in listed if not (globs and matches(path, *globs)))

    def judged(self, finding: Finding) -> Finding:
        """The finding with the codemod that mends it, or with none."""
        step = _STEP.match(finding.next_step)
        named = finding.codemod or (step[1] if step else "")
        if not named and not _is_mendable(finding):
            return finding
        if named and named not in self.codemods:
            return finding  # one of the project's own
        try:
            if named and self._changes_something(named, finding):
                return _with_fix(finding, named)
            proofs = self.with_reports if named == "deprecated-import" else None
            if proofs and proofs.changes_file(named, finding):
                return _with_fix(finding, named, proofs.project.reports)
            for name in self.codemods:
                if name != named and self._changes_place(name, finding):
                    return _with_fix(finding, name)
        except OutOfTime:
            return finding
        return _without_fix(finding, named) if named else finding

    def _changes_something(self, name: str, finding: Finding) -> bool:
        """Whether a codemod changes a file of the finding, or any that looks like it."""
        if self.changes_file(name, finding):
            return True
        # A library's warning may name a file of the library: then any place will do.
        looking = (f for f in sorted(self.files) if self._is_candidate(name, f))
        for number, file in enumerate(looking):
            if number == FILES_TRIED:
                raise OutOfTime
            if self._is_changed(name, file):
                return True
        return False

    def changes_file(self, name: str, finding: Finding) -> bool:
        """Whether a codemod changes a file that the finding names."""
        named = dict.fromkeys(place.file for place in _places(finding))
        return any(self._is_changed(name, file) for file in list(named)[:FILES_TRIED])

    def _is_candidate(self, name: str, file: str) -> bool:
        if time.process_time() > self.end:
            raise OutOfTime
        data = self.project.read(file)
        return bool(candidates(data, file, [self.codemods[name]], self.project))

    def _is_changed(self, name: str, file: str) -> bool:
        before, after = self._treated(name, file)
        return before != after

    def _changes_place(self, name: str, finding: Finding) -> bool:
        """Whether a codemod changes the statement of a finding, in words that its message has."""
        for place in _places(finding)[:FILES_TRIED]:
            before, after = self._treated(name, place.file)
            if before == after:
                continue
            if _is_told(place, before, after):
                return True
            # Who calls what moved is warned there, and imports it elsewhere in the file.
            if name == "moved-names" and not place.is_error:
                if _is_told_of_import(place, before, after):
                    return True
        return False

    def _treated(self, name: str, file: str) -> tuple[bytes, bytes]:
        """A file before and after a codemod.

        Raises:
            OutOfTime: no time is left for it.
        """
        key = name, file
        if key not in self.results:
            if time.process_time() > self.end:
                raise OutOfTime
            self.results[key] = self._run(self.codemods[name], file)
        return self.results[key]

    def _run(self, codemod: Codemod, file: str) -> tuple[bytes, bytes]:
        from gardener.codemod.file_text import Unparsable

        if file not in self.files or folder_of_others(self.project, file):
            return b"", b""
        before = self.project.read(file)
        if len(before) > LARGEST:
            return before, before
        try:
            chosen = candidates(before, file, [codemod], self.project)
            after = mend(before, file, chosen, self.project).after if chosen else before
        except (Unparsable, RecursionError, OSError):
            return before, before
        return before, after


def _is_of_this_tree(diagnosis: Diagnosis, root: Path) -> bool:
    """Whether files that the findings name lie here: a report may be of another project."""
    findings = (*diagnosis.findings, *diagnosis.deprecations)
    named = {place.file for finding in findings for place in _places(finding)}
    relative = [file for file in named if not Path(file).is_absolute()]
    return not relative or any((root / file).is_file() for file in relative)


def _is_mendable(finding: Finding) -> bool:
    """Whether a finding is of a kind that codemods mend: warnings, and what is gone."""
    return bool(finding.warnings) or any(
        _MAY_BE_MENDED.search(failure.type) for failure in finding.failures
    )


def _places(finding: Finding) -> list[Place]:
    """Where a finding was seen: what was warned of, and the steps of tracebacks, the last first."""
    places = [Place(w.file, w.line, w.message) for w in finding.warnings]
    for failure in finding.failures:
        for raised in (failure, *failure.causes):
            frames = [frame for frame in raised.frames if frame.origin != "library"]
            is_error = not _WARNING.search(raised.type)
            places += (
                Place(f.file, f.line, raised.message, is_error) for f in reversed(frames[-3:])
            )
    return [place for place in dict.fromkeys(places) if place.file.endswith(".py")]


def _is_told(place: Place, before: bytes, after: bytes) -> bool:
    """Whether the change is in the statement of a place, and in words of what was said there.

    Of an error only names count that the change takes away: it says what is gone.
    """
    said = _said(place)
    first, last = _statement(before, place.line)
    for start, end, old, new in _changes(before, after):
        if start <= last and first <= end:
            was, now = _words(old), _words(new)
            changed = list((was - now) + (now - was))
            if place.is_error:
                removed = _words(old, _DOTTED) - _words(new, _DOTTED)
                changed = [name.rpartition(".")[2] for name in removed]
            if said & _folded(changed):
                return True
    return False


def _is_told_of_import(place: Place, before: bytes, after: bytes) -> bool:
    """Whether the change is in an import of what the statement of a warning uses and speaks of."""
    first, last = _statement(before, place.line)
    lines = before.decode("utf-8", "replace").splitlines()
    used = _said(place) & _folded(_words(lines[first - 1 : last]))
    for start, _, old, _ in _changes(before, after):
        if used & _folded(_words(old)):
            head = lines[_statement(before, start)[0] - 1]
            if head.lstrip().startswith(("from ", "import ")):
                return True
    return False


def _said(place: Place) -> set[str]:
    return _folded(_WORD.findall(place.message))


def _folded(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}


def _words(lines: Iterable[str], shape: re.Pattern[str] = _WORD) -> Counter[str]:
    return Counter(shape.findall("\n".join(lines)))


def _changes(
    before: bytes, after: bytes
) -> Iterator[tuple[int, int, Sequence[str], Sequence[str]]]:
    """The lines that differ: first and last of the old ones, counted from 1, and both texts."""
    from difflib import SequenceMatcher

    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield a + 1, max(b, a + 1), old[a:b], new[c:d]


def _statement(data: bytes, line: int) -> tuple[int, int]:
    """First and last line of the innermost statement at a line, without the body of a block."""
    best = line, line
    widest = len(data)
    for node in ast.walk(_tree(data)):
        if not isinstance(node, ast.stmt):
            continue
        last = node.end_lineno or node.lineno
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
            last = max(node.lineno, body[0].lineno - 1)
        if node.lineno <= line <= last and last - node.lineno < widest:
            best, widest = (node.lineno, last), last - node.lineno
    return best


@lru_cache(maxsize=1)
def _tree(data: bytes) -> ast.Module:
    """The tree of a file that is asked for many places in turn; an empty one if it does not parse."""
    try:
        return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])


def _with_fix(finding: Finding, codemod: str, reports: Sequence[Path] = ()) -> Finding:
    """The finding with the command that was proven."""
    rules = [f"--from-report {shlex.quote(str(path))}" for path in reports]
    command = " ".join(["gardener fix", f"--only {codemod}", *rules])
    rest = _STEP.sub("", finding.next_step) if _STEP.match(finding.next_step) else ""
    step = f"Run `{command}`. {rest}".strip()
    return structs.replace(finding, codemod=codemod, fix=command, next_step=step)


def _without_fix(finding: Finding, codemod: str) -> Finding:
    """The finding whose codemod has nothing to change."""
    rest = _STEP.sub("", finding.next_step) if _STEP.match(finding.next_step) else ""
    step = f"Mend it by hand where it is told: the codemod {codemod} finds nothing that it can change. {rest}"
    return structs.replace(finding, codemod="", next_step=step.strip())
