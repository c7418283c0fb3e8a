"""Which version of a library a project has: locked, installed, or asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from gardener.codemod.project import Project

_LOCKS = frozenset(
    # one name, one version
    ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "conda-lock.yml")
)
_DECLARING = frozenset(
    (
        *("pyproject.toml", "setup.cfg", "setup.py", "Pipfile", "environment.yml"),
        *("environment.yaml", "tox.ini", "noxfile.py", "Dockerfile", "METADATA"),
    )
)
_LISTS = re.compile(r"(?:^|/)[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)$")
_IN_FOLDER = re.compile(r"(?:^|/)(?:requirements|requires|reqs|deps)/[\w./-]+\.(?:txt|in)$")
_ASIDE = re.compile(r"(?:^|/)(?:docs?|examples?|benchmarks?|tests?|vendor|third_party)/")
"""Folders whose requirements say nothing of the project beside them."""
_TOOLS = re.compile(r"(?:^|/)(?:tox\.ini|noxfile\.py|Dockerfile[^/]*)$")
_NEEDS = re.compile(
    rb"(?m)^[ \t]*[\"']?(?:dependencies|install_requires)[\"']?\s*[=:]"
    rb"|^[ \t]*\[(?:tool\.poetry\.dependencies|packages)\]|^Requires-Dist:"
)
"""Where a file that declares a project begins to list what it needs."""
_BOUND = r"(?:\^|[<>=!~]=?=?)\s*v?\d[\w.*+!]*"
_HIGH = 99
"""Stands for the last minor or micro version there will be."""


class Evidence(NamedTuple):
    """What one place says of a library: a version (`exact`), or bounds as they are written."""

    place: str
    bounds: str
    exact: bool = False


class Allowed(NamedTuple):
    """Versions that evidence allows: whether before and from a version on, and who says so."""

    before: bool
    from_on: bool
    why: Evidence


def allowed(project: Project, name: str, boundary: str, path: str) -> Allowed | None:
    """Whether the project of a file may have a library before, and from, a version on.

    The best evidence that decides is taken; None where nothing does.
    """
    folder = os.path.dirname(path)  # noqa: PTH120 - relative, with `/`
    key = f"allowed {name} {boundary} {folder}"
    return project.memo(key, lambda: _allowed(project, name, boundary, folder))


def proven(project: Project, name: str, lowest: str, path: str) -> bool:
    """Whether the evidence says that the project has a library in that version or a later one."""
    versions = allowed(project, name, lowest, path)
    return versions is not None and versions.from_on and not versions.before


def is_mentioned(project: Project, name: str) -> bool:
    """Whether the project has a library, or asks for it, in whatever version."""

    def is_named() -> bool:
        shape = re.compile(rf"(?mi)^[^#\n]*(?<![\w.-]){_spelled(name)}(?![\w.-])")
        texts = (
            project.read(path).decode(errors="replace")
            for path in project.declaring
            if not _ASIDE.search(path)
        )
        return any(shape.search(text) for text in texts) or any(_installed(project, name))

    return project.memo(f"{name} is mentioned", is_named)


def declares(project: Project) -> str:
    """A file in which the project lists what it needs; '' where there is none."""

    def first() -> str:
        files = (path for path in project.declaring if not _ASIDE.search(path))
        return next((path for path in files if _lists_needs(path, project.read(path))), "")

    return project.memo("declares needs", first)


def _lists_needs(path: str, data: bytes) -> bool:
    return bool(path.rpartition("/")[2] in _LOCKS or _lists(path) or _NEEDS.search(data))


def _allowed(project: Project, name: str, boundary: str, folder: str) -> Allowed | None:
    doubt: Allowed | None = None
    for group in _groups(project, name, folder):
        answers = [(each, _sides(each, boundary)) for each in group]
        telling = [(e, before, after) for e, (before, after) in answers if before != after]
        sides = {(before, after) for _, before, after in telling}
        if len(sides) == 1:
            return Allowed(telling[0][1], telling[0][2], telling[0][0])
        undecided = [e for e, answer in answers if answer == (True, True)]
        if telling or undecided:
            older = [e for e, before, _ in telling if before]
            doubt = doubt or Allowed(True, True, (undecided or older)[0])
    return doubt


def _groups(project: Project, name: str, folder: str) -> Iterator[list[Evidence]]:
    """Evidence in groups, best first; that of one group is of equal weight."""
    by_folder = project.memo(f"evidence of {name}", lambda: _by_folder(project, name))
    above = [folder, *_parents(folder)]
    nearest = [by_folder[f] for f in above if f in by_folder]
    far = [group for f, group in by_folder.items() if f not in above and not _ASIDE.search(f"{f}/")]
    for group in nearest:
        yield [e for e in group if e.exact]
    yield project.memo(f"installed {name}", lambda: list(_installed(project, name)))
    for group in nearest:
        asked = [e for e in group if not e.exact]
        # What a project asks for holds in its tools, too, or these could not install it.
        yield [e for e in asked if not _TOOLS.search(e.place)]
        yield [e for e in asked if _TOOLS.search(e.place)]
    yield [e for group in far for e in group if e.exact]
    yield [e for group in far for e in group if not e.exact]


def _parents(folder: str) -> Iterator[str]:
    while folder:
        folder = folder.rpartition("/")[0]
        yield folder


def _by_folder(project: Project, name: str) -> dict[str, list[Evidence]]:
    by_folder: dict[str, list[Evidence]] = {}
    for path in project.declaring:
        file = path.rpartition("/")[2]
        if not (file in _LOCKS or file in _DECLARING or _lists(path)):
            continue
        text = project.read(path).decode(errors="replace")
        if name.lower() not in text.lower().replace("_", "-"):
            continue
        inside = _IN_FOLDER.search(path)  # `requirements/base.txt` speaks for the folder above
        folder = path[: inside.start()] if inside else path.rpartition("/")[0]
        if file == "METADATA":
            # A wheel that is unpacked at the top; below what it asks for it describes itself.
            text, folder = "\n".join(re.findall(r"(?m)^Requires-Dist: (.*)", text)), ""
        reading = _locked if file in _LOCKS else _asked
        by_folder.setdefault(folder, []).extend(reading(path, text, name))
    return {folder: evidence for folder, evidence in by_folder.items() if evidence}


def _lists(path: str) -> bool:
    return bool(_LISTS.search(path) or _IN_FOLDER.search(path))


def _spelled(name: str) -> str:
    """A pattern for a distribution's name as anybody may write it."""
    return r"[-_.]".join(re.escape(part) for part in re.split(r"[-_.]", name))


def _locked(path: str, text: str, name: str) -> Iterator[Evidence]:
    """Versions that a lock file gives a library."""
    if path.endswith(".lock") and text.lstrip().startswith("{"):  # Pipfile.lock is JSON
        shape = rf'"{_spelled(name)}"\s*:\s*\{{[^}}]*?"version"\s*:\s*"==([^"]+)"'
    else:
        shape = (
            rf"""(?m)^(?:- )?name\s*[=:]\s*["']?{_spelled(name)}["']?\s*\n"""
            rf"""(?:.*\n){{0,3}}?\s*version\s*[=:]\s*["']?([^"'\s]+)"""
        )
    for match in re.finditer(shape, text, re.IGNORECASE):
        yield Evidence(path, match[1], exact=True)


def _asked(path: str, text: str, name: str) -> Iterator[Evidence]:
    """Bounds that a file of requirements, or one that declares a project, gives a library."""
    shape = (
        rf"""(?mi)^[^#\n]*?(?<![\w.-])["']?{_spelled(name)}(?![\w.-])(?:\[[\w, -]*\])?["']?\s*"""
        rf"""(?:=\s*(?:\{{[^}}\n]*?version\s*=\s*)?["'])?\s*\(?"""
        rf"""((?:{_BOUND}|\d[\w.*]*)(?:\s*,\s*{_BOUND})*)"""
    )
    for match in re.finditer(shape, text):
        yield Evidence(path, " ".join(match[1].split()))
    if path.endswith("pyproject.toml"):
        yield from _asked_in_tables(path, text, name)


def _asked_in_tables(path: str, text: str, name: str) -> Iterator[Evidence]:
    """Bounds in a table of its own that Poetry gives a library, or in a list of several such."""
    version = r"""\bversion\s*=\s*["']([^"'\n]+)["']"""
    table = rf"""(?mi)^\[[^\]\n]*\.["']?{_spelled(name)}["']?\][ \t]*\n((?:(?!\[).*\n?)*)"""
    listed = rf"""(?mi)^["']?{_spelled(name)}["']?\s*=\s*\[\s*\{{((?:[^\]\[]|\[[^\]]*\])*)\]"""
    for inside in (*re.findall(table, text), *re.findall(listed, text)):
        for bounds in re.findall(version, inside):
            yield Evidence(path, bounds)


def _installed(project: Project, name: str) -> Iterator[Evidence]:
    """The version in the project's environment, if it has one."""
    shape = re.compile(rf"{_spelled(name)}-([^-]+)\.(?:dist|egg)-info", re.IGNORECASE)
    for folder in project.site_packages:
        try:
            entries: Iterable[str] = os.listdir(folder)  # noqa: PTH208
        except OSError:
            continue
        for entry in entries:
            match = shape.fullmatch(entry)
            if match:
                yield Evidence("the project's environment", match[1], exact=True)
                return


# --- what bounds allow ----------------------------------------------------------------------


def _sides(evidence: Evidence, boundary: str) -> tuple[bool, bool]:
    """Whether versions before, and from, a boundary on are allowed; (False, False) = not told.

    Without a lower bound the newest version counts, for that is what gets installed.
    """
    from packaging.version import InvalidVersion, Version

    edge = Version(boundary)
    try:
        bounds = specifiers(f"=={evidence.bounds}" if evidence.exact else evidence.bounds)
    except (InvalidVersion, ValueError):
        return False, False
    lowest = _lowest(bounds)
    after = any(version in bounds for version in _samples(edge, lowest))
    if lowest is None:
        return (False, True) if after else (True, False)
    return lowest < edge, after


def specifiers(bounds: str) -> SpecifierSet:
    """Bounds of pip, Poetry (`^1.2`, `~1.2`, `1.2`) or conda (`=1.2`) as `packaging` reads them.

    Raises:
        ValueError: they are none.
    """
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(",".join(_plain(clause.strip()) for clause in bounds.split(",")))


def _plain(clause: str) -> str:
    """One clause in the form of PEP 440."""
    match = re.fullmatch(r"(\^|[<>=!~]=?=?)?\s*v?(\S+)", clause)
    if match is None:
        return clause
    sign, version = match[1] or "==", match[2]
    numbers = [int(n) for n in re.findall(r"\d+", version)[:3]]
    if sign == "^":
        first = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
        above = [*numbers[:first], numbers[first] + 1]
        return f">={version},<{'.'.join(map(str, above))}"
    if sign == "~":
        above = [numbers[0], numbers[1] + 1] if len(numbers) > 1 else [numbers[0] + 1]
        return f">={version},<{'.'.join(map(str, above))}"
    if sign == "=":
        return f"=={version}" if version.endswith("*") else f"=={version}.*"
    if sign == "~=" and "." not in version:
        return f">={version}"
    return f"{sign}{version}"


def _lowest(bounds: SpecifierSet) -> Version | None:
    """The lower bound; None where there is none."""
    from packaging.version import Version

    lower = [
        Version(spec.version.removesuffix(".*"))
        for spec in bounds
        if spec.operator in (">=", ">", "==", "~=", "===")
    ]
    return max(lower) if lower else None


def _samples(edge: Version, lowest: Version | None) -> Iterator[str]:
    """Versions from `edge` on, of which any bounds that allow one of them allow at least one."""
    for start in filter(None, (edge, lowest)):
        if start < edge:
            continue
        major, minor, micro = start.major, start.minor, start.micro
        yield from (str(start), f"{major}.{minor}.{micro + 1}", f"{major}.{minor}.{_HIGH}")
        yield from (f"{major}.{minor + 1}", f"{major}.{_HIGH}", f"{major + 1}.0", f"{_HIGH}.0")
