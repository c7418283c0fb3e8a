"""Derives the commands that install a project and its tests on a machine of a CI service."""

from __future__ import annotations

from typing import NamedTuple

from gardener.setup.declared import Declared, Kind, declared, hatch_needs, quoted
from gardener.setup.project_files import Project


class Install(NamedTuple):
    """How to install a project with what its tests need."""

    commands: tuple[str, ...]
    python: str
    """The interpreter that can run the tests afterwards, as a word of a shell."""
    because: str
    """What the project declares, in words."""
    environment: tuple[tuple[str, str], ...] = ()


def plan_install(project: Project) -> Install:
    """The commands for what the project declares, with the tool that it declares it for."""
    best = next(iter(declared(project)), None)
    kind = best.kind if best is not None else None
    if _uses_uv(project, kind):
        return _with_uv(project, best)
    if _uses_poetry(project, kind):
        return _with_poetry(project, best)
    if _uses_pdm(project):
        return _with_pdm(project, best)
    if best is None or kind not in (Kind.HATCH, Kind.TOX):
        return _with_pip(project, best)
    return _with_hatch(project, best) if kind is Kind.HATCH else _with_tox(best)


_PYTHON = '"$(command -v python)"'
_IN_PROJECT = ".venv/bin/python"


def _with_uv(project: Project, best: Declared | None) -> Install:
    options = ["--locked"] if project.has("uv.lock") else []
    if "workspace" in project.tool("uv"):
        options.append("--all-packages")
    because = "uv.lock" if project.has("uv.lock") else "[tool.uv]"
    added = ["pytest"]
    if best is not None and best.kind in (Kind.GROUP, Kind.UV, Kind.EXTRA):
        options += ["--extra" if best.kind is Kind.EXTRA else "--group", best.name]
        because += f" and {best}"
        added = [] if best.has_pytest else ["pytest"]
    elif best is not None and best.kind is Kind.FILE:
        because += f" and {best}"
        added = ["-r", best.file, *([] if best.has_pytest else ["pytest"])]
    commands = ["pipx install uv", f"uv sync {quoted(options)}".rstrip()]
    commands += [f"uv pip install {quoted(added)}"] if added else []
    return Install(tuple(commands), _IN_PROJECT, because)


def _with_poetry(project: Project, best: Declared | None) -> Install:
    options: list[str] = []
    because = "poetry.lock" if project.has("poetry.lock") else "[tool.poetry]"
    if best is not None and best.kind in (Kind.POETRY, Kind.GROUP, Kind.EXTRA):
        options = ["--extras" if best.kind is Kind.EXTRA else "--with", best.name]
        because += f" and {best}"
    commands = ["pipx install poetry", f"poetry install {quoted(options)}".rstrip()]
    if not (options and best and best.has_pytest):
        commands.append("poetry run python -m pip install pytest")
    in_project = (("POETRY_VIRTUALENVS_IN_PROJECT", "true"),)
    return Install(tuple(commands), _IN_PROJECT, because, in_project)


def _with_pdm(project: Project, best: Declared | None) -> Install:
    options: list[str] = []
    because = "pdm.lock" if project.has("pdm.lock") else "[tool.pdm]"
    if best is not None and best.kind in (Kind.PDM, Kind.GROUP, Kind.EXTRA):
        options = ["-G", best.name]
        because += f" and {best}"
    commands = ["pipx install pdm", f"pdm install {quoted(options)}".rstrip()]
    if not (options and best and best.has_pytest):
        commands.append("pdm run python -m ensurepip && pdm run python -m pip install pytest")
    return Install(tuple(commands), _IN_PROJECT, because)


def _with_hatch(project: Project, best: Declared) -> Install:
    """Hatch makes the environment; one with a matrix is many, so its requirements go to pip."""
    environment = project.hatch["envs"][best.name]
    if best.name != "hatch-test" and "matrix" not in environment:
        commands = ("pipx install hatch", f"hatch env create {quoted([best.name])}")
        python = f'"$(hatch env find {quoted([best.name])})/bin/python"'
        return Install(commands, python, str(best))
    features = [str(name) for name in environment.get("features", ())]
    itself = f".[{','.join(features)}]" if features else "."
    needs = [need for need in hatch_needs(project, best.name) if "{" not in need]
    return _pip(["-e", itself, *needs], str(best), pytest=not _names_pytest(needs))


def _names_pytest(needs: list[str]) -> bool:
    return Declared(Kind.HATCH, "", tuple(needs), "").has_pytest


def _with_tox(best: Declared) -> Install:
    commands = ("pipx install tox", "tox run -e py --notest --develop")
    return Install(commands, ".tox/py/bin/python", str(best))


def _with_pip(project: Project, best: Declared | None) -> Install:
    editable = ["-e", "."] if project.installable else []
    if best is None:
        because = "nothing in this folder says what its tests need"
        return _pip(editable, because, pytest=True)
    pytest = not best.has_pytest
    if best.kind is Kind.EXTRA:
        return _pip(["-e", f".[{best.name}]"], str(best), pytest=pytest)
    if best.kind is Kind.FILE:
        return _pip(["-r", best.file, *editable], str(best), pytest=pytest)
    if best.kind is Kind.GROUP:
        step = _pip([*editable, "--group", best.name], str(best), pytest=pytest)
        # Dependency groups came with pip 25.1.
        return step._replace(commands=("python -m pip install 'pip>=25.1'", *step.commands))
    return _pip([*editable, *best.needs], str(best), pytest=pytest)


def _pip(words: list[str], because: str, *, pytest: bool) -> Install:
    words = [*words, *(["pytest"] if pytest else [])]
    return Install((f"python -m pip install {quoted(words)}",), _PYTHON, because)


def _uses_uv(project: Project, kind: Kind | None) -> bool:
    named = bool(project.tool("uv")) and kind is not Kind.POETRY
    return project.has("uv.lock") or named


def _uses_poetry(project: Project, kind: Kind | None) -> bool:
    keys = {"group", "dependencies", "dev-dependencies", "name"} & project.tool("poetry").keys()
    return project.has("poetry.lock") or bool(keys) or kind is Kind.POETRY


def _uses_pdm(project: Project) -> bool:
    keys = {"dev-dependencies", "scripts", "source", "resolution"} & project.tool("pdm").keys()
    return project.has("pdm.lock") or bool(keys)
