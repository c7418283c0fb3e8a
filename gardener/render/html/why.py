"""Why these tests ran: from what changed over modules to tests, as a picture and as a list."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NamedTuple

from gardener.model import Mode, Report, Selected, SelectionSummary
from gardener.nodeid import file_of
from gardener.render.html.elements import Markup, code, tag, text
from gardener.text import clean

DRAWN = 60
"""Boxes of one column that the picture has."""
LISTED = 300

_REASON = re.compile(
    r"^(?P<way>.+?) \((?P<change>[^()]*(?:\([^()]*\)[^()]*)*)\)(?:; .*)?$", re.DOTALL
)
_CHANGED = re.compile(
    r"^(?:it executed what changed \((?P<what>.+?)\)(?:; .*)?|(?P<file>\S+) changed\b.*)$"
)
_SYMBOL = re.compile(r"^(\S+): (\S+) changed$")
_ASKED = {
    Mode.STAGED: "what is staged",
    Mode.SINCE: "the commits of this branch",
    Mode.WORKTREE: "the work tree",
}


class Way(NamedTuple):
    """How a change reaches a test file: the changed thing, modules between, the file."""

    changed: str
    modules: tuple[str, ...]
    tests: str


def way_of(selected: Selected) -> Way:
    """The way in a reason; one that tells of none leads from its whole text to the file."""
    file = file_of(selected.test)
    match = _REASON.match(selected.reason)
    if match and " > " not in match["way"] and match["way"].startswith("it "):
        match = None
    if not match:
        short = _CHANGED.match(selected.reason)
        changed = (short["what"] or short["file"]) if short else selected.reason
        return Way(_SYMBOL.sub(r"\1:\2", changed), (), file)
    steps = [step.removeprefix("import of ") for step in match["way"].split(" > ")]
    changed = steps[-1] if steps[-1] != "..." else match["change"]
    modules = (step.partition(":")[0] for step in steps[:-1])
    ends = {file, changed.partition(":")[0], "..."}
    between = dict.fromkeys(m for m in modules if m not in ends and not m.startswith("."))
    return Way(changed, tuple(reversed(between)), file)


def why_data(report: Report) -> dict[str, Any]:
    """The boxes and arrows of the picture: columns of names, and pairs of (column, place)."""
    ways = [way_of(selected) for selected in report.selection.why]
    columns = _columns(ways)
    places = {(c, name): n for c, names in enumerate(columns) for n, name in enumerate(names)}
    last = len(columns) - 1
    edges: dict[tuple[int, int, int, int], int] = {}
    for way in ways:
        stops = [(0, way.changed), *_stops(way, last), (last, way.tests)]
        if all(stop in places for stop in stops):
            for start, end in pairwise(stops):
                key = (start[0], places[start], end[0], places[end])
                edges[key] = edges.get(key, 0) + 1
    return {
        "columns": [[clean(name, 200) for name in names] for names in columns],
        "edges": [[*key, number] for key, number in edges.items()],
    }


def _stops(way: Way, last: int) -> list[tuple[int, str]]:
    """The modules of a way with their columns, between those of the change and of the tests."""
    return list(enumerate(way.modules[: last - 1], 1))


def _columns(ways: list[Way]) -> list[list[str]]:
    """The names of each column, in the order in which they come up."""
    if not ways:
        return []
    depth = min(max(len(way.modules) for way in ways), 3)
    columns: list[dict[str, None]] = [{} for _ in range(depth + 2)]
    for way in ways:
        stops = [(0, way.changed), *_stops(way, depth + 1), (depth + 1, way.tests)]
        if all(len(columns[c]) < DRAWN or name in columns[c] for c, name in stops):
            for column, name in stops:
                columns[column][name] = None
    return [list(column) for column in columns]


def why(report: Report) -> Markup:
    """What was selected, and why."""
    selection = report.selection
    if report.source != "gardener" and not selection.why:
        return Markup("")
    parts: list[str] = [tag("h2", "Why these tests ran"), tag("p", text(_sentence(selection)))]
    if selection.why:
        parts += [_picture(_left_out(selection)), _list(selection)]
    return tag("section", *parts, id="why")


def _sentence(selection: SelectionSummary) -> str:
    if selection.everything:
        return f"All tests ran: {selection.reason or 'all were asked for'}."
    number = selection.selected
    tests = "1 test or file" if number == 1 else f"{number:,} tests or files"
    change = _ASKED.get(selection.mode)
    focus = f" within the focus {selection.focus}" if selection.focus else ""
    return f"{tests} ran{focus}" + (f", as {change} can affect them." if change else ", as named.")


def _left_out(selection: SelectionSummary) -> str:
    """How many test files the picture has no room for; empty for none."""
    ways = [way_of(selected) for selected in selection.why]
    files, drawn = len({way.tests for way in ways}), len(_columns(ways)[-1])
    return f"The picture shows {drawn:,} of {files:,} test files." if drawn < files else ""


def _picture(left_out: str) -> Markup:
    buttons = [
        tag("button", words, type="button", data_zoom=how, aria_label=label)
        for words, how, label in (
            ("+", "in", "Larger"),
            ("−", "out", "Smaller"),
            ("Whole", "whole", "Whole picture"),
        )
    ]
    note = "Drag or use the arrow keys to move, + and − to zoom; click a box to follow its ways."
    return tag(
        "div",
        tag("div", *buttons, tag("span", note, class_="meta"), class_="tools"),
        tag("p", left_out) if left_out else "",
        tag("div", id="why-picture", tabindex="0", role="group", aria_label="Picture of the ways"),
        class_="scripted",
    )


def _list(selection: SelectionSummary) -> Markup:
    items = [
        tag("li", code(selected.test, 300), " ", text(selected.reason, 500))
        for selected in selection.why[:LISTED]
    ]
    beyond = selection.selected - len(items)
    rest = tag("p", f"and {beyond:,} more") if beyond > 0 else ""
    return tag(
        "details", tag("summary", "The ways as a list"), tag("ul", *items, class_="tests"), rest
    )
