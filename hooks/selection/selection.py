"""Which tests a change can affect, each with the reason."""

from __future__ import annotations

from gardener.config import Config, Selecting
from gardener.model import Selected, Selection
from gardener.pytest_config.settings import CONFIG_NAMES

from ..changes import GITLINK, Comparison, FileChange, compare, contents, read_ahead
from .affected import affected_tests
from .changed_symbols import judge
from .collection_time import early_reason, wraps
from .config_files import quiet_tools
from .data_files import everything, fits, is_harmless, namers
from .graph.graph_cache import net_of
from .narrowing import narrowed
from .recorded_tests import known_of
from .tree import Project, Request


def select(request: Request, config: Config) -> Selection:
    """Select the tests that a change can affect, narrowed to a focus and a level.

    Raises:
        GitError: git is missing or failed, or `request.ref` names no commit.
        SelectionError: a path that was asked for does not exist.
        ConfigError: a setting is not understood.
    """
    narrow = request.focus is not None or request.level != "any"
    if request.mode == "given" and not narrow:
        return Selection(tests=tuple(Selected(p, "given") for p in request.paths))
    if request.mode == "all" and not narrow:
        return Selection(everything=True, reason="all tests were asked for")
    comparison = compare(request.root, request.mode, request.ref)
    read_ahead(request.root, _soon(comparison))
    project = Project(request, comparison)
    if request.mode == "given":
        project.add_asked(request.paths)
        return narrowed(request, config, project, dict.fromkeys(request.paths, "given"), "")
    if request.mode == "all":
        return narrowed(request, config, project, None, "")
    if not comparison.unknown and not comparison.changes:
        return Selection(reason="nothing changed")
    affected: dict[str, str] | None = None
    notes: tuple[str, ...] = ()
    quiet = _quiet(project, comparison)
    reason = comparison.unknown or everything(comparison.changes, config.selection, quiet)
    if not reason:
        affected, reason, notes = _affected(project, comparison, config.selection, quiet)
    if narrow:
        chosen = narrowed(request, config, project, affected, reason)
        return Selection(tests=chosen.tests, notes=notes)
    if affected is None:
        return Selection(everything=True, reason=reason, notes=notes)
    return Selection(tests=_sorted(affected), notes=notes)


def _quiet(project: Project, comparison: Comparison) -> frozenset[str]:
    """Configuration files in which only settings differ that no test depends on."""
    found = set()
    for change in comparison.changes:
        name = change.path.rpartition("/")[2]
        if name not in CONFIG_NAMES or not change.before or not change.after:
            continue
        both = [contents(project.request.root, {name: e}) for e in (change.before, change.after)]
        tools = quiet_tools(name, both[0].get(name, b""), both[1].get(name, b""))
        if tools is not None and not project.says(tools):
            found.add(change.path)
    return frozenset(found)


def _soon(comparison: Comparison) -> list[str]:
    """Blobs that are read whatever comes: settings, and both versions of what changed."""
    entries = [e for p, e in comparison.files.items() if p.rpartition("/")[2] in CONFIG_NAMES]
    for change in comparison.changes[:200]:
        if change.path.endswith((".py", ".pyi")):
            entries += [e for e in (change.before, change.after) if e]
    return list(dict.fromkeys(e.sha for e in entries if e.sha and e.mode != GITLINK))


def _sorted(tests: dict[str, str]) -> tuple[Selected, ...]:
    return tuple(Selected(test, tests[test]) for test in sorted(tests))


def _affected(
    project: Project, comparison: Comparison, rules: Selecting, quiet: frozenset[str]
) -> tuple[dict[str, str] | None, str, tuple[str, ...]]:
    """Tests that the changes reach; None with a reason where that is unknown."""
    changes = tuple(c for c in comparison.changes if not fits(c.path, rules.ignore))
    python = [c for c in changes if c.path.endswith((".py", ".pyi"))]
    judged = judge(project.request.root, python, project.summaries, project.modules)
    for path, name in judged.starts:
        if path.endswith("conftest.py") and _is_session_hook(name):
            return None, _acts_on_all(path, name), judged.notes
    for path, _ in judged.starts:
        if (top := project.modules.top(path)) in _UNDER_PYTEST:
            why = f"{path} changed, and pytest itself runs on {top}"
            return None, why, judged.notes
    starts = dict(judged.starts)
    data = [c for c in changes if c not in python or _only_mode(c)]
    named = namers([c.path for c in data], project.summaries)
    for path, found in named.items():
        starts.update({n: f"{path} changed, which it names" for n in found if n not in starts})
    own = project.other_tests_in(named)
    starts.update({(path, ""): f"{path} changed" for path in own})
    record = known_of(project, comparison, starts, named, own)
    hidden = [
        path
        for path in (c.path for c in data if c not in python)
        if not (named[path] or path in own or path in quiet or is_harmless(path))
    ]
    for path in hidden:
        if record is None or path not in record.weighed.opened:
            why = f"no Python file names {path}, so any test may read it"
            return None, why, judged.notes
    if record and record.weighed.everything:
        return None, record.weighed.everything, judged.notes
    drift = record.weighed.drift if record else {}
    before = {c.path: c.before for c in python if c.before}
    tree = project.tree(judged.gone, before)
    lost = {**(record.lost if record else {}), **judged.lost}
    if not (starts or judged.documented or lost or hidden or record or rules.always):
        return {}, "", judged.notes
    net = net_of(tree, (*starts, *drift), lost)
    bound = judged.bound | (record.bound if record else frozenset())
    net.part(bound - (starts.keys() - judged.bound) - (record.unbound if record else frozenset()))
    early = early_reason(net, starts, record, wraps(project, comparison, net, judged.deep))
    if early:
        return None, early, judged.notes
    for path, name in judged.starts:
        if path in net.plugins and _is_session_hook(name):
            return None, _acts_on_all(path, name), judged.notes
    affected = affected_tests(net, starts, judged.documented, record, hidden)
    affected = {t: why for t, why in affected.items() if t.partition("::")[0] not in judged.gone}
    for test in project.tests if rules.always else ():
        if fits(test, rules.always):
            affected[test] = "tool.gardener.selection.always"
    notes = (*judged.notes, *((record.recording.note,) if record and record.recording.note else ()))
    return affected, "", notes


_UNDER_PYTEST = {
    "pytest",
    "_pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "exceptiongroup",
    "tomli",
}
"""Modules that pytest imports: a suite of one of these runs on what it tests."""
_PER_ITEM = ("pytest_runtest", "pytest_pyfunc", "pytest_fixture", "pytest_generate", "pytest_itemcollected",
             "pytest_make_", "pytest_assert")  # fmt: skip


def _is_session_hook(name: str) -> bool:
    return name.startswith("pytest_") and not name.startswith(_PER_ITEM)


def _acts_on_all(path: str, hook: str) -> str:
    return f"{path} changed its hook {hook}, which acts on all tests"


def _only_mode(change: FileChange) -> bool:
    return bool(change.before and change.after and change.before.sha == change.after.sha)
