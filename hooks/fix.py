"""The command `gardener fix`: codemods over files, written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from gardener import __version__
from gardener.codemod import Codemod, Mended, candidates, choose, discover, mend
from gardener.config import Config, load
from gardener.errors import CLEAN, FOUND, USAGE, GardenerError, GitError
from gardener.git import find_root
from gardener.project import Project

PARSED_AT_MOST = 400_000
"""Bytes of files given by name that are parsed only to tell that they do not parse."""

REMEMBERED_FROM = 50
"""Number of files from which the record of clean files is worth reading."""

PARALLEL_FROM = 150
"""Number of files to parse from which further processes are worth starting."""

KINDS = ("*.py", "*.pyi", "*.ipynb")


class Wrong(NamedTuple):
    """A file that could not be treated, and why, as the rest of a sentence."""

    path: str
    why: str


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--only", multiple=True, metavar="NAME", help="Run only this codemod.")
@click.option("--skip", multiple=True, metavar="NAME", help="Do not run this codemod.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; print a diff for `git apply`.")
@click.option("--unsafe", is_flag=True, help="Allow changes of behaviour (aware datetimes).")
@click.option(
    "--from-report",
    "reports",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take rules for imports from the deprecation warnings of a run.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "concise", "json", "github"]),
    default="text",
    help="How to tell what was changed and what is left to you.",
)
@click.option("--list-rules", is_flag=True, help="Show every rule for imports, and who told it.")
@click.option("--stdin-filename", default="", metavar="NAME", help="Name of what `-` reads.")
@click.option("--color/--no-color", default=None, help="Colour the diff (default: on a terminal).")
def fix(
    paths: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    check: bool,
    diff: bool,
    unsafe: bool,
    reports: tuple[Path, ...],
    layout: str,
    list_rules: bool,
    stdin_filename: str,
    color: bool | None,
) -> int:
    """Repair what is mechanical: deprecated imports, utcnow, Pydantic class Config.

    Without PATHs, all Python files that git knows; `-` reads from standard input. Exit
    code 1: something was changed, or needs a human; 2: a file could not be read or parsed.
    """
    root = _root(paths)
    config = load(root)
    codemods = choose(discover(config), only, (*skip, *config.codemods.skip), unsafe)
    project = Project(root, config, unsafe=unsafe, reports=reports)
    if list_rules:
        return _list_rules(codemods, project)
    if "-" in paths:
        if len(paths) > 1:
            raise GardenerError("`-` stands alone: give either standard input or files.")
        return _standard_input(stdin_filename or "stdin.py", codemods, project, check, diff)
    telling = _telling(layout, diff, check, root, color)
    wrong: list[Wrong] = []
    given = bool(paths)
    for path, mended in _treated(_files(paths, root, wrong), given, codemods, project, wrong):
        changed = mended.after != mended.before
        if changed and not check and not diff:
            from .patches import write

            why = write(path, mended.after)
            if why:
                wrong.append(Wrong(path, why))
                continue
        telling.file(path, mended)
    telling.end(wrong)
    if wrong and given:
        return USAGE
    return FOUND if telling.changed or telling.remarks else CLEAN


class _Quiet:
    """Nothing to tell yet: the no-op path needs no more than this."""

    def __init__(self, layout: str, diff: bool, dry: bool, root: Path, color: bool | None) -> None:
        self.layout, self.diff, self.dry, self.root, self.color = layout, diff, dry, root, color
        self.real: object = None
        self.changed = 0
        self.remarks = 0

    def file(self, path: str, mended: Mended) -> None:
        from .telling import Telling

        if not isinstance(self.real, Telling):
            self.real = Telling(self.layout, self.diff, self.dry, self.root, self.color)
        self.real.file(path, mended)
        self.changed, self.remarks = self.real.changed, self.real.remarks

    def end(self, wrong: Sequence[Wrong]) -> None:
        for bad in wrong:
            click.echo(f"{bad.path}: {bad.why}", err=True)
        if self.real is not None or self.layout == "json":
            from .telling import Telling

            if not isinstance(self.real, Telling):
                self.real = Telling(self.layout, self.diff, self.dry, self.root, self.color)
            self.real.end(wrong)


def _telling(layout: str, diff: bool, check: bool, root: Path, color: bool | None) -> _Quiet:
    return _Quiet(layout, diff, diff or check, root, color)


def _list_rules(codemods: Sequence[Codemod], project: Project) -> int:
    for codemod in codemods:
        for line in codemod.rules(project) if codemod.rules else ():
            click.echo(f"{codemod.name}: {line}")
    return CLEAN


def _standard_input(
    name: str, codemods: Sequence[Codemod], project: Project, check: bool, diff: bool
) -> int:
    """Mend what comes in, and print it; what does not parse comes out as it was."""
    from gardener.source import Unparsable

    data = sys.stdin.buffer.read()
    path = project.name_of(name)
    try:
        mended = _mended(data, path, codemods, project)
    except Unparsable as error:
        if not check and not diff:
            sys.stdout.buffer.write(data)
        click.echo(f"{name}: {error}; left alone", err=True)
        return USAGE
    for codemod, remark in mended.remarks if mended else ():
        click.echo(f"{name}:{remark.line}: {codemod}: {remark.message}", err=True)
    after = mended.after if mended else data
    if diff and after != data:
        from .patches import unified

        sys.stdout.buffer.write(unified(name, data, after))
    elif not check and not diff:
        sys.stdout.buffer.write(after)
    sys.stdout.buffer.flush()
    return FOUND if mended and (after != data or mended.remarks) else CLEAN


def _root(paths: Sequence[str]) -> Path:
    """The repository of the current directory; outside of one, that directory if files are given."""
    try:
        return find_root()
    except GitError:
        if not paths:
            raise
        return Path.cwd()


def _files(paths: Sequence[str], root: Path, wrong: list[Wrong]) -> Iterator[str]:
    """The files to treat, as the user spells them: those given, or all that git knows here."""
    if not paths:
        yield from _tracked(root, root)
        return
    top = os.path.realpath(root)
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - the no-op path stays free of Path's cost
            yield from _tracked(root, Path(path))
        elif not os.path.realpath(path).startswith(top + os.sep):
            wrong.append(Wrong(path, "is outside of the repository, left alone"))
        else:
            yield path


def _tracked(root: Path, folder: Path) -> Iterator[str]:
    from gardener.git import git, lines

    here = Path.cwd()
    try:
        listed = lines(git("ls-files", "-z", "--", *KINDS, root=folder))
    except GitError:
        if (root / ".git").exists():
            raise
        listed = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*.py"))]
    at_home = os.path.realpath(folder) == os.path.realpath(here)
    top = os.path.realpath(root) + os.sep
    for name in dict.fromkeys(listed):
        path = name if at_home else os.path.relpath(folder / name, here)
        if os.path.islink(path) and not os.path.realpath(path).startswith(top):  # noqa: PTH114
            continue
        yield path


def _treated(
    paths: Iterable[str],
    given: bool,
    codemods: Sequence[Codemod],
    project: Project,
    wrong: list[Wrong],
) -> Iterator[tuple[str, Mended]]:
    """Each file that a codemod has something to say about."""
    everything = list(dict.fromkeys(paths))
    project.treated = len(everything)
    pending = list(_pending(everything, given, codemods, project, wrong))
    for path, mended, why in _all_mended(pending, codemods, project):
        if why and given:
            wrong.append(Wrong(path, f"{why}; left alone"))
        elif why:
            click.echo(f"{path}: {why}; left alone", err=True)
        elif mended and (mended.after != mended.before or mended.remarks):
            yield path, mended


def _pending(
    paths: list[str],
    given: bool,
    codemods: Sequence[Codemod],
    project: Project,
    wrong: list[Wrong],
) -> Iterator[tuple[str, str]]:
    """Files that have to be parsed, each with its name in the repository."""
    remembered = _Remembered(paths, codemods, project)
    excluded = _excluded(project.config)
    here = "" if Path.cwd() == Path(os.path.realpath(project.root)) else None
    parsed = 0
    for path in paths:
        if remembered.is_clean(path):
            continue
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError as error:
            if given:
                wrong.append(Wrong(path, f"cannot be read: {error.strerror}"))
            continue
        plain = here is not None and not given
        name = path if plain else project.name_of(path)
        if excluded and excluded(name):
            continue
        if candidates(data, name, codemods, project) and not _generated(data, name):
            yield path, name
            continue
        parsed += len(data)
        if given and parsed < PARSED_AT_MOST:
            _tell_unparsable(path, data, wrong)
        else:
            remembered.add(path)
    remembered.save()


class _Remembered:
    """The record of clean files, if there are enough files for it."""

    def __init__(self, paths: list[str], codemods: Sequence[Codemod], project: Project) -> None:
        self.worth = len(paths) >= REMEMBERED_FROM and not project.reports
        self.project = project
        self.clean: dict[str, tuple[int, int, int, int]] = {}
        self.fresh = False
        if not self.worth:
            return
        from . import clean

        self.key = _key(codemods, project)
        self.states = {path: clean.state(path) for path in paths}
        record = clean.load(project.root, self.key)
        if record is None:
            self.fresh = True
            return
        known = record.clean
        self.clean = {p: s for p, s in self.states.items() if s is not None and known.get(p) == s}
        self.fresh = len(self.clean) != len(known)
        if not self._same_deprecations(record.deprecating):
            self.clean, self.fresh = {}, True

    def _same_deprecations(self, before: list[str]) -> bool:
        """Whether the modules that deprecate something are still the same ones."""
        from gardener.tracing import says_so

        project = self.project
        seen = set(self.clean)
        now = [
            path
            for path in self.states
            if path not in seen and says_so(project.read(os.path.abspath(path)))  # noqa: PTH100
        ]
        names = sorted({*(n for n in before if n in seen), *now})
        if names != sorted(before):
            return False
        project.deprecating_files = [project.name_of(n) for n in names]
        return True

    def is_clean(self, path: str) -> bool:
        return path in self.clean

    def add(self, path: str) -> None:
        if self.worth:
            state = self.states.get(path)
            if state is not None:
                self.clean[path] = state
                self.fresh = True

    def save(self) -> None:
        if not self.worth or not self.fresh:
            return
        from . import clean

        own = self.project.root
        names = [os.path.relpath(own / n) for n in self.project.deprecating_files]
        clean.save(own, self.key, clean.Record(self.clean, names))


def _key(codemods: Sequence[Codemod], project: Project) -> str:
    """What the verdict "clean" depends on beside the file itself."""
    parts = [__version__, os.getcwd(), *(c.name + c.origin for c in codemods)]  # noqa: PTH109
    parts += [repr(project.config.codemods), repr(project.unsafe)]
    for codemod in codemods:
        place = sys.modules.get(codemod.rewrite.__module__)
        file = getattr(place, "__file__", None)
        parts.append(str(os.stat(file).st_mtime_ns) if file else "")  # noqa: PTH116
    return "\n".join(parts)


def _excluded(config: Config) -> Callable[[str], bool] | None:
    """A test whether a name is excluded by the configuration."""
    globs = config.codemods.exclude
    if not globs:
        return None
    from fnmatch import fnmatch

    def test(name: str) -> bool:
        return any(fnmatch(name, glob) or fnmatch(name, f"{glob.rstrip('/')}/*") for glob in globs)

    return test


def _generated(data: bytes, name: str) -> bool:
    """Whether a file says in its head that a program wrote it."""
    head = data[:600].lower()
    if name.endswith(("_pb2.py", "_pb2_grpc.py", "_pb2.pyi")) or b"@generated" in head:
        return True
    return b"do not edit" in head and b"generated" in head


def _tell_unparsable(path: str, data: bytes, wrong: list[Wrong]) -> None:
    if not path.endswith((".py", ".pyi")):
        return
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, path, "exec", 0x400, dont_inherit=True)  # ast.PyCF_ONLY_AST
    except SyntaxError as error:
        place = f"line {error.lineno}: " if error.lineno else ""
        wrong.append(Wrong(path, f"does not parse: {place}{error.msg}; left alone"))
    except (ValueError, RecursionError, MemoryError) as error:
        wrong.append(Wrong(path, f"does not parse: {error}; left alone"))


# --- mending, in this process or in several -------------------------------------------------

Outcome = tuple[str, "Mended | None", str]


def _all_mended(
    pending: list[tuple[str, str]], codemods: Sequence[Codemod], project: Project
) -> Iterator[Outcome]:
    workers = min(os.cpu_count() or 1, 8)
    progress = _progress(len(pending))
    if len(pending) < PARALLEL_FROM or workers < 2:
        for number, (path, name) in enumerate(pending):
            progress(number)
            yield _one(path, name, codemods, project)
        progress(-1)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    settings = (str(project.root), [c.name for c in codemods], project.unsafe, project.reports)
    chunks = [pending[n : n + 20] for n in range(0, len(pending), 20)]
    context = get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(settings, len(pending))
    ) as pool:
        for number, outcomes in enumerate(pool.map(_chunk, chunks)):
            progress(number * 20)
            yield from outcomes
    progress(-1)


_WORKER: list[tuple[list[Codemod], Project]] = []


def _start_worker(settings: tuple[str, list[str], bool, tuple[Path, ...]], treated: int) -> None:
    root, names, unsafe, reports = settings
    config = load(Path(root))
    known = discover(config)
    project = Project(Path(root), config, unsafe=unsafe, reports=reports)
    project.treated = treated
    _WORKER[:] = [([known[name] for name in names], project)]


def _chunk(chunk: list[tuple[str, str]]) -> list[Outcome]:
    codemods, project = _WORKER[0]
    return [_one(path, name, codemods, project) for path, name in chunk]


def _one(path: str, name: str, codemods: Sequence[Codemod], project: Project) -> Outcome:
    from gardener.source import Unparsable

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            data = file.read()
        return path, _mended(data, name, codemods, project), ""
    except OSError as error:
        return path, None, f"cannot be read: {error.strerror}"
    except Unparsable as error:
        return path, None, str(error)
    except RecursionError:
        return path, None, "is nested too deeply"


def _mended(data: bytes, name: str, codemods: Sequence[Codemod], project: Project) -> Mended | None:
    if name.endswith(".ipynb"):
        from gardener.notebook import mend_notebook

        def cell(text: bytes) -> Mended:
            return mend(text, name, candidates(text, name, codemods, project), project)

        return mend_notebook(data, cell)
    chosen = candidates(data, name, codemods, project)
    return mend(data, name, chosen, project) if chosen else None


def _progress(total: int) -> Callable[[int], None]:
    if total < PARALLEL_FROM or not sys.stderr.isatty():
        return lambda _done: None

    def show(done: int) -> None:
        text = f"\r{done} of {total} files" if done >= 0 else "\r" + " " * 30 + "\r"
        click.echo(text, nl=False, err=True)

    return show
