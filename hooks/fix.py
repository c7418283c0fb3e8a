"""The command `gardener fix`: codemods over files, written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from gardener.codemod import Codemod, Mended, candidates, choose, discover, mend
from gardener.config import load
from gardener.errors import CLEAN, FOUND, USAGE, GitError
from gardener.git import find_root
from gardener.project import Project

PARSED_AT_MOST = 400_000
"""Bytes of files given by name that are parsed only to tell that they do not parse."""


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
def fix(
    paths: tuple[str, ...],
    only: tuple[str, ...],
    skip: tuple[str, ...],
    check: bool,
    diff: bool,
    unsafe: bool,
    reports: tuple[Path, ...],
) -> int:
    """Repair what is mechanical: deprecated imports, utcnow, Pydantic class Config.

    Without PATHs, all Python files that git knows. Exit code 1: something was changed,
    or needs a human; 2: a file could not be read or parsed.
    """
    root = _root(paths)
    config = load(root)
    codemods = choose(discover(config), only, (*skip, *config.codemods.skip), unsafe)
    project = Project(root, config, unsafe=unsafe, reports=reports)
    wrong: list[Wrong] = []
    changed = remarks = 0
    for path, mended in _treated(_files(paths, root, wrong), bool(paths), codemods, project, wrong):
        for name, remark in mended.remarks:
            click.echo(f"{path}:{remark.line}: {name}: {remark.message}", err=True)
            remarks += 1
        if mended.after == mended.before:
            continue
        if diff:
            _print_diff(_relative(path, root), mended)
        else:
            if not check and not _written(path, mended.after, wrong):
                continue
            click.echo(path)
        changed += 1
    for bad in wrong:
        click.echo(f"{bad.path}: {bad.why}", err=True)
    if changed or remarks:
        _summary(changed, remarks, check or diff)
    if wrong:
        return USAGE
    return FOUND if changed or remarks else CLEAN


def _root(paths: Sequence[str]) -> Path:
    """The repository of the current directory; outside of one, that directory if files are given."""
    try:
        return find_root()
    except GitError:
        if not paths:
            raise
        return Path.cwd()


def _files(paths: Sequence[str], root: Path, wrong: list[Wrong]) -> Iterable[str]:
    """The files to treat, as the user spells them: those given, or all that git knows here."""
    if not paths:
        yield from _tracked(root, root)
        return
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - the no-op path stays free of Path's cost
            yield from _tracked(root, Path(path))
        elif _outside(path, root):
            wrong.append(Wrong(path, "is outside of the repository, left alone"))
        else:
            yield path


def _outside(path: str, root: Path) -> bool:
    real, top = os.path.realpath(path), os.path.realpath(root)
    return not real.startswith(top + os.sep)


def _tracked(root: Path, folder: Path) -> Iterable[str]:
    from gardener.git import git, lines

    here = Path.cwd()
    try:
        listed = lines(git("ls-files", "-z", "--", "*.py", "*.pyi", root=folder))
    except GitError:
        listed = [str(p.relative_to(folder)) for p in sorted(folder.rglob("*.py"))]
    for name in dict.fromkeys(listed):
        full = folder / name
        if full.is_file() and not _outside(str(full), root):
            yield os.path.relpath(full, here)


def _treated(
    paths: Iterable[str],
    given: bool,
    codemods: Sequence[Codemod],
    project: Project,
    wrong: list[Wrong],
) -> Iterable[tuple[str, Mended]]:
    """Each file that a codemod has something to say about."""
    parsed = 0
    everything = list(dict.fromkeys(paths))
    project.treated = len(everything)
    for path in everything:
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError as error:
            if given:
                wrong.append(Wrong(path, f"cannot be read: {error.strerror}"))
            continue
        name = project.name_of(path)
        chosen = candidates(data, name, codemods, project)
        if not chosen:
            parsed += len(data)
            if given and parsed < PARSED_AT_MOST:
                _tell_unparsable(path, data, wrong)
            continue
        from gardener.source import Unparsable

        try:
            mended = mend(data, name, chosen, project)
        except Unparsable as error:
            if given:
                wrong.append(Wrong(path, f"{error}; left alone"))
            else:
                click.echo(f"{path}: {error}; left alone", err=True)
            continue
        if mended.after != mended.before or mended.remarks:
            yield path, mended


def _tell_unparsable(path: str, data: bytes, wrong: list[Wrong]) -> None:
    if not path.endswith((".py", ".pyi")):
        return
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, path, "exec", 0x400, dont_inherit=True)  # ast.PyCF_ONLY_AST
    except SyntaxError as error:
        wrong.append(Wrong(path, f"does not parse: line {error.lineno}: {error.msg}; left alone"))
    except (ValueError, RecursionError, MemoryError) as error:
        wrong.append(Wrong(path, f"does not parse: {error}; left alone"))


def _written(path: str, data: bytes, wrong: list[Wrong]) -> bool:
    """Replace a file whole, through any symbolic link, with its mode kept."""
    import tempfile

    real = os.path.realpath(path)
    temporary = ""
    try:
        if not os.access(real, os.W_OK):
            raise PermissionError(13, "Permission denied")
        mode = os.stat(real).st_mode  # noqa: PTH116
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".gardener-")  # noqa: PTH120
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        os.chmod(temporary, mode & 0o7777)  # noqa: PTH101
        os.replace(temporary, real)  # noqa: PTH105
    except OSError as error:
        if temporary and os.path.exists(temporary):  # noqa: PTH110
            os.unlink(temporary)  # noqa: PTH108
        wrong.append(Wrong(path, f"cannot be written: {error.strerror}"))
        return False
    return True


def _relative(path: str, root: Path) -> str:
    return os.path.relpath(os.path.realpath(path), os.path.realpath(root)).replace(os.sep, "/")


def _print_diff(name: str, mended: Mended) -> None:
    sys.stdout.flush()
    out = getattr(sys.stdout, "buffer", None)
    data = unified(name, mended.before, mended.after)
    if out is None:
        click.echo(data.decode(errors="replace"), nl=False)
    else:
        out.write(data)


def unified(name: str, before: bytes, after: bytes) -> bytes:
    """A unified diff that `git apply` takes, for a file in any encoding."""
    import difflib

    old, new = _lines(before), _lines(after)
    parts = [f"diff --git a/{name} b/{name}\n".encode()]
    diff = difflib.diff_bytes(
        difflib.unified_diff, old, new, f"a/{name}".encode(), f"b/{name}".encode(), lineterm=b"\n"
    )
    cut = b"\n\\ No newline at end of file\n"
    parts += [line if line.endswith(b"\n") else line + cut for line in diff]
    return b"".join(parts)


def _lines(data: bytes) -> list[bytes]:
    """Lines as git counts them: only a line feed ends one."""
    return [line for line in data.split(b"\n") for line in [line + b"\n"]][:-1] + (
        [data.rpartition(b"\n")[2]] if not data.endswith(b"\n") and data else []
    )


def _summary(changed: int, remarks: int, dry: bool) -> None:
    verb = "would change" if dry else "changed"
    text = f"{changed} file{'' if changed == 1 else 's'} {verb}"
    if remarks:
        text += f", {remarks} place{'' if remarks == 1 else 's'} left to you"
    click.echo(f"gardener: {text}.", err=True)
