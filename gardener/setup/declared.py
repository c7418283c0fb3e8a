"""What a project declares that its tests need: groups, extras, environments, requirements files."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from gardener.setup.project_files import Project, table_in, text_of


class Kind(Enum):
    """How a project declares what its tests need; the order in which that is preferred."""

    GROUP = "dependency group"
    POETRY = "Poetry group"
    PDM = "PDM group"
    UV = "uv's dev-dependencies"
    EXTRA = "extra"
    HATCH = "Hatch environment"
    FILE = "requirements file"
    TOX = "tox environment"


class Declared(NamedTuple):
    """A set of requirements under a name that a tool can install."""

    kind: Kind
    name: str
    needs: tuple[str, ...]
    file: str
    """Where it stands."""

    @property
    def has_pytest(self) -> bool:
        """Whether pytest, or a plugin that brings it, is among them."""
        names = map(distribution, self.needs)
        return any(name == "pytest" or name.startswith("pytest-") for name in names)

    def __str__(self) -> str:
        if self.kind is Kind.FILE:
            return self.file
        return f"the {self.kind.value} `{self.name}` of {self.file}"


def declared(project: Project) -> list[Declared]:
    """All that could be what the tests need, best first."""
    every = [
        *_groups(project),
        *_poetry_groups(project),
        *_tables(project.tool("pdm").get("dev-dependencies"), Kind.PDM),
        *_uv_dev(project),
        *_extras(project),
        *_hatch_environments(project),
        *_requirement_files(project.root),
        *_tox(project),
    ]
    kinds = list(Kind)

    def rank(candidate: Declared) -> tuple[bool, bool, int, int, str]:
        by_tool = candidate.kind in (Kind.HATCH, Kind.FILE, Kind.TOX)
        return (
            not candidate.has_pytest,
            by_tool,
            _rank_of(candidate.name),
            kinds.index(candidate.kind),
            candidate.name,
        )

    return sorted(
        (candidate for candidate in every if candidate.has_pytest or _rank_of(candidate.name) < 2),
        key=rank,
    )


_NAMES = (
    r"(?:unit)?-?tests?|testing|pytest|hatch-test",
    r".*\btest(?:s|ing)?\b.*",
    r"dev|develop|development|dev-dependencies|default",
    r".*\bdev(?:elop|elopment)?\b.*|ci|all|full",
    r"",
)


def _rank_of(name: str) -> int:
    """How well a name says that tests need what stands below it: 0 is best."""
    plain = re.sub(r"[-_./]+", "-", name.lower())
    ranks = (n for n, pattern in enumerate(_NAMES) if re.fullmatch(pattern, plain))
    return next(ranks, len(_NAMES))


def distribution(requirement: str) -> str:
    """The normalised name in a requirement."""
    name = re.match(r"\s*([A-Za-z0-9][\w.-]*)", requirement)
    return re.sub(r"[-_.]+", "-", name[1]).lower().rstrip("-") if name else ""


def _groups(project: Project) -> Iterator[Declared]:
    """The dependency groups of PEP 735, with those that they include."""
    groups = table_in(project.pyproject, "dependency-groups")

    def flat(name: str, above: frozenset[str]) -> Iterator[str]:
        for item in groups.get(name) or ():
            if isinstance(item, str):
                yield item
            elif isinstance(item, dict):
                included = str(item.get("include-group", ""))
                same = [key for key in groups if distribution(key) == distribution(included)]
                for key in same:
                    if key not in above:
                        yield from flat(key, above | {key})

    for name in groups:
        yield Declared(Kind.GROUP, name, tuple(flat(name, frozenset({name}))), "pyproject.toml")


def _poetry_groups(project: Project) -> Iterator[Declared]:
    poetry = project.tool("poetry")
    groups = dict(table_in(poetry, "group"))
    if "dev-dependencies" in poetry:
        groups.setdefault("dev", {"dependencies": poetry["dev-dependencies"]})
    for name, group in groups.items():
        needs = group.get("dependencies", {}) if isinstance(group, dict) else {}
        yield Declared(Kind.POETRY, name, tuple(needs), "pyproject.toml")


def _uv_dev(project: Project) -> Iterator[Declared]:
    needs = project.tool("uv").get("dev-dependencies")
    if isinstance(needs, list):
        yield Declared(Kind.UV, "dev", tuple(map(str, needs)), "pyproject.toml")


def _extras(project: Project) -> Iterator[Declared]:
    """The extras, wherever they stand; one that asks for the project's own extras has theirs."""
    metadata = table_in(project.pyproject, "project")
    poetry = project.tool("poetry")
    project_name = distribution(str(metadata.get("name", poetry.get("name", ""))))
    for where, extras in (
        ("pyproject.toml", table_in(metadata, "optional-dependencies")),
        ("pyproject.toml", table_in(poetry, "extras")),
        ("setup.cfg", _setup_cfg_extras(project.setup_cfg)),
        ("setup.py", _setup_py_extras(project.root / "setup.py")),
    ):
        plain = {name: _words(needs) for name, needs in extras.items()}
        for name, needs in plain.items():
            inner = [
                line
                for need in needs
                if project_name and distribution(need) == project_name
                for extra in re.findall(r"[\w.-]+", (re.search(r"\[(.*?)\]", need) or [""])[0])
                for line in plain.get(extra, ())
            ]
            yield Declared(Kind.EXTRA, name, (*needs, *inner), where)


def _setup_cfg_extras(setup_cfg: configparser.RawConfigParser) -> dict[str, list[str]]:
    section = "options.extras_require"
    if not setup_cfg.has_section(section):
        return {}
    return {name: needs.split("\n") for name, needs in setup_cfg.items(section)}


def _setup_py_extras(path: Path) -> dict[str, Any]:
    """`extras_require` of a setup.py, where it is written out."""
    try:
        tree = ast.parse(text_of(path))
    except (SyntaxError, ValueError):
        return {}
    names = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "extras_require":
            value = names.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.Dict):
                return dict(_literal_items(value, names))
    return {}


def _literal_items(
    value: ast.Dict, names: Mapping[str, ast.expr]
) -> Iterator[tuple[str, list[str]]]:
    for key, node in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            needs = names.get(node.id, node) if isinstance(node, ast.Name) else node
            strings = (part.value for part in ast.walk(needs) if isinstance(part, ast.Constant))
            yield key.value, [text for text in strings if isinstance(text, str)]


def _hatch_environments(project: Project) -> Iterator[Declared]:
    environments = table_in(project.hatch, "envs")
    file = "hatch.toml" if project.has("hatch.toml") else "pyproject.toml"
    for name in environments:
        needs = hatch_needs(project, name)
        brought = ("pytest",) if name == "hatch-test" else ()
        yield Declared(Kind.HATCH, name, (*needs, *brought), file)


def hatch_needs(project: Project, name: str) -> tuple[str, ...]:
    """What a Hatch environment asks for, with what its template does."""
    environments = table_in(project.hatch, "envs")
    environment = table_in(environments, name)
    keys = ("dependencies", "extra-dependencies")
    needs = [need for key in keys for need in _words(environment.get(key))]
    template = str(environment.get("template", name if name == "hatch-test" else "default"))
    if template != name and not environment.get("detached"):
        needs += hatch_needs(project, template) if template in environments else ()
    return tuple(needs)


def _requirement_files(root: Path) -> Iterator[Declared]:
    """Requirements files by their usual names, in the root and in the usual folders."""
    folders = [root, *(root / name for name in ("requirements", "tests", "test", "requires"))]
    for folder in folders:
        by_folder = folder.name.startswith("require") and folder != root
        for path in sorted(folder.glob("*.txt" if by_folder else "*require*.txt")):
            file = path.relative_to(root).as_posix()
            yield Declared(Kind.FILE, file.removesuffix(".txt"), tuple(_lines(path, 4)), file)


def _lines(path: Path, depth: int) -> Iterator[str]:
    """The requirements of a file and of those that it names."""
    for line in text_of(path).splitlines():
        bare = line.partition(" #")[0].strip()
        named = re.match(r"(?:-r|--requirement)[\s=]*(\S+)", bare)
        if named and depth:
            yield from _lines(path.parent / named[1], depth - 1)
        elif bare and not bare.startswith(("#", "-")):
            yield bare


def _tox(project: Project) -> Iterator[Declared]:
    """The environment `py` of tox, where its tests are run by pytest."""
    files = {
        "tox.ini": text_of(project.root / "tox.ini"),
        "tox.toml": text_of(project.root / "tox.toml"),
        "pyproject.toml": str(project.tool("tox") or ""),
    }
    for file, text in files.items():
        runs = re.search(r"^\s*\[testenv\]|env_run_base|legacy_tox_ini", text, re.MULTILINE)
        if runs and re.search(r"\b(?:pytest|py\.test)\b", text):
            yield Declared(Kind.TOX, "py", ("pytest",), file)
            return


def _tables(groups: object, kind: Kind) -> Iterator[Declared]:
    if isinstance(groups, dict):
        for name, needs in groups.items():
            yield Declared(kind, str(name), tuple(_words(needs)), "pyproject.toml")


def _words(needs: object) -> list[str]:
    return [need for need in needs if isinstance(need, str)] if isinstance(needs, list) else []


def quoted(words: Iterable[str]) -> str:
    """Words for a POSIX shell."""
    import shlex

    return " ".join(map(shlex.quote, words))
