"""Narrows a selection to a focus and a level."""

from __future__ import annotations

from gardener.config import Config, Focus
from gardener.model import Selected, Selection

from .focus import Fixtures, Match, match_focus, match_level, wanted_import
from .link.imports import direct
from .parse.summary import Definition, Summary
from .tree import Project, Request


def narrowed(
    request: Request,
    config: Config,
    project: Project,
    affected: dict[str, str] | None,
    reason: str,
) -> Selection:
    """Keep what belongs to the focus and the level; `affected` None = all tests."""
    given: dict[str, str] = {}
    for test in project.tests:
        if affected is None:
            given[test] = reason
        elif (why := _asked(test, affected)) is not None:
            given[test] = why
    reached = _reaching(project, list(given), request.focus) if request.focus else {}
    found: dict[str, str] = {}
    for test, why in given.items():
        settings = project.layout.of_folder(test.rpartition("/")[0])
        summary = project.summaries[test]
        level = match_level(test, summary, request.level, config.not_unit, settings)
        focus = (
            match_focus(
                test,
                summary,
                request.focus,
                reached.get(test, ""),
                settings,
                _fixtures(project, test),
            )
            if request.focus
            else Match(True)
        )
        # A file that cannot be read hides its names: keep it if nothing else speaks.
        if summary.broken and (level.whole or level.tests):
            focus = focus._replace(whole=True, reason=focus.reason or f"it {summary.broken}")
        for name in _both(test, level, focus):
            nodes = [g for g in affected or () if g.startswith(f"{test}::")]
            for node in _inside(name, nodes) if nodes and test not in (affected or ()) else [name]:
                said = (affected or {}).get(node, why)
                found[node] = "; ".join(x for x in (said, focus.reason) if x)
    return Selection(tests=tuple(Selected(test, found[test]) for test in sorted(found)))


def _asked(test: str, asked: dict[str, str]) -> str | None:
    """Why a test file is among what was asked for: itself, a folder of it, a nodeid in it."""
    for name, why in asked.items():
        plain = name.removeprefix("./").rstrip("/")
        if plain in ("", ".") or test == plain or test.startswith((plain + "/",)):
            return why
        if plain.startswith(f"{test}::"):
            return why
    return None


def _both(test: str, one: Match, two: Match) -> list[str]:
    """The nodeids that two matches share."""
    if one.whole and two.whole:
        return [test]
    if one.whole or two.whole:
        return list(two.tests if one.whole else one.tests)
    return [n for a in one.tests for n in _inside(a, list(two.tests))]


def _inside(name: str, nodes: list[str]) -> list[str]:
    """The narrower of `name` and each of `nodes` that overlaps it."""
    found: dict[str, None] = {}
    for node in nodes:
        bare = node.partition("[")[0]
        if bare == name or bare.startswith(f"{name}::"):
            found[node] = None
        elif name.startswith(f"{bare}::"):
            found[name] = None
    return list(found)


def _fixtures(project: Project, test: str) -> Fixtures:
    """The fixtures that the tests of a file may ask for: its own and those of conftests above."""
    folders = test.split("/")[:-1]
    above = ["/".join((*folders[:n], "conftest.py")) for n in range(len(folders) + 1)]
    found: dict[str, list[tuple[Summary, Definition]]] = {}
    for path in (*above, test):
        summary = project.summaries.get(path)
        for symbol in summary.definitions if summary else ():
            if summary and symbol.fixture:
                overridden = (
                    found.get(symbol.fixture, ())
                    if symbol.fixture in symbol.header.parameters
                    else ()
                )
                found[symbol.fixture] = [(summary, symbol), *overridden]
    return found


def _reaching(project: Project, tests: list[str], focus: Focus) -> dict[str, str]:
    """For each of these files whose imports reach one that the focus names: which it is."""
    users: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    todo = list(tests)
    seen = set(todo)
    for path in todo:
        summary = project.summaries[path]
        wanted = wanted_import(summary, focus)
        if wanted:
            found[path] = wanted
            continue
        for target in direct(path, summary, project.modules):
            users.setdefault(target, []).append(path)
            if target not in seen:
                seen.add(target)
                todo.append(target)
    back = list(found)
    for path in back:
        for user in users.get(path, ()):
            if user not in found:
                found[user] = found[path]
                back.append(user)
    return found
