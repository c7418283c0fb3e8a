"""Which tests a change can affect, each with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from gardener.config import Config, Selecting
from gardener.model import Selected, Selection

from .changes import GITLINK, Comparison, Entry, FileChange, blob_sha, compare, contents, read_ahead
from .config_files import quiet_tools
from .data_files import everything, fits, is_harmless, namers
from .graph.docstring_readers import readers
from .graph.import_time import ImportTime
from .graph.imports import is_python
from .graph.linking import net_of
from .graph.net import COROUTINE, FUNCTION, Net
from .graph.nodes import TEST, Node, check_of, file_of, say
from .graph.pytest_settings import CONFIG_NAMES
from .graph.reach import Doors, Reach, doors, reach
from .graph.wrapping import wraps_early
from .judgement import judge
from .narrowing import narrowed
from .project import Project, Request
from .record.collecting import ran_while_collecting
from .record.environment import settings_of
from .record.recording import Recording, recorded
from .record.weighing import Weighed, weigh


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
    record = _weigh(project, comparison, starts, named, own)
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
    early = _early(net, starts, record, _wraps(project, comparison, net, judged.deep))
    if early:
        return None, early, judged.notes
    for path, name in judged.starts:
        if path in net.plugins and _is_session_hook(name):
            return None, _acts_on_all(path, name), judged.notes
    affected = _name_tests(net, starts, judged.documented, record, hidden)
    affected = {t: why for t, why in affected.items() if t.partition("::")[0] not in judged.gone}
    for test in project.tests if rules.always else ():
        if fits(test, rules.always):
            affected[test] = "tool.gardener.selection.always"
    notes = (*judged.notes, *((record.recording.note,) if record and record.recording.note else ()))
    return affected, "", notes


class _Record(NamedTuple):
    """What earlier runs recorded, weighed against the tree of today."""

    recording: Recording
    weighed: Weighed
    variants: dict[str, list[str]]
    lost: dict[Node, str]
    tree: dict[str, Entry]

    def spares(self, test: Node, net: Net, drifted: frozenset[Node]) -> bool:
        """Whether a test passed with all that it depends on as it is now."""
        known = self.variants.get(test[1], ())
        return (
            bool(known)
            and test not in drifted
            and not net.broken(file_of(test))
            and all(nodeid in self.weighed.fresh for nodeid in known)
        )

    def entering(self, net: Net, reached: Iterable[Node]) -> frozenset[Node]:
        """Of the tests that the graph brings to what drifted, those that go through a door to it.

        Of a test that is recorded it is known which functions it executes; one that is not
        counts as going there.
        """
        way_in = self._doors(net)
        recording = self.recording
        numbers = {n for node, n in recording.symbols.items() if _around(node) in way_in.functions}

        def goes(test: Node) -> bool:
            known = self.variants.get(test[1], ())
            return (
                not known
                or test in way_in.tests
                or not all(numbers.isdisjoint(recording.tests[n].symbols) for n in known)
            )

        return frozenset(filter(goes, reached))

    def _doors(self, net: Net) -> Doors:
        """The doors to what drifted; what an import is known to go through is one itself."""
        starts = set(self.weighed.drift)
        while True:
            found = doors(net, starts)
            imports = {
                (file, "")
                for run in self.recording.runs.values()
                for file, executed in run.modules.items()
                if (file, "") not in starts
                and any(_around(node) in found.functions for node in executed)
            }
            if not imports:
                return found
            starts |= imports

    def ones(self, whole: Node, drifted: frozenset[Node]) -> list[tuple[str, str]]:
        """The tests of a file that have to run, where the record knows of each; else none."""
        known = self.variants.get(whole[1], ())
        weighed = self.weighed
        if whole in drifted or not all(n in weighed.must or n in weighed.fresh for n in known):
            return []
        return [(n.partition("[")[0], weighed.must[n]) for n in known if n in weighed.must]

    def unreached(self, net: Net) -> list[tuple[str, str]]:
        """Tests that executed what the change touches, reached by the graph or not."""
        found = []
        for nodeid in self.weighed.touched & self.weighed.must.keys():
            bare = nodeid.partition("[")[0]
            file = bare.partition("::")[0]
            # What is no Python may be collected by a plugin that no file of the project shows.
            if file in self.tree and not (
                is_python(file) and {bare, file}.isdisjoint(net.tests_in(file))
            ):
                found.append((nodeid, self.weighed.must[nodeid]))
        return found

    def reason(self, test: Node) -> str:
        """Why a recorded test has to run; empty if the record does not say so."""
        known = self.variants.get(test[1], ())
        return next((self.weighed.must[n] for n in known if n in self.weighed.must), "")


def _around(node: Node) -> Node:
    """The symbol of the graph that a recorded function is, or lies in."""
    return (node[0], node[1].partition(".<locals>")[0])


def _weigh(
    project: Project,
    comparison: Comparison,
    starts: dict[Node, str],
    named: Mapping[str, list[Node]],
    own: list[str],
) -> _Record | None:
    """Weigh the record; `named` are changed files with who names them, `own` those with tests."""
    root = project.request.root
    recording = recorded(root)
    if not recording.tests and not recording.note:
        return None
    tree = {}
    on_disk: dict[str, bytes] = {}
    for path, entry in comparison.files.items():
        tree[path] = entry
        if not entry.sha and (root / path).is_file():
            data = (root / path).read_bytes()
            tree[path] = entry._replace(sha=blob_sha(data))
            on_disk[tree[path].sha] = data
    recording = recording._replace(on_disk=on_disk)

    lost: dict[Node, str] = {}

    def judged(changes: list[FileChange]) -> dict[Node, str]:
        found = judge(root, changes, project.summaries, project.modules, recording.content)
        lost.update(found.lost)
        return {**found.starts, **dict.fromkeys(found.documented, "its docstring changed")}

    variants: dict[str, list[str]] = {}
    for nodeid in recording.tests:
        bare = nodeid.partition("[")[0]
        variants.setdefault(bare, []).append(nodeid)
        variants.setdefault(bare.partition("::")[0], []).append(nodeid)
    weighed = weigh(
        recording,
        tree,
        judged,
        starts=starts,
        files=named,
        settings=settings_of(project.configuration),
        python=project.request.python,
    )
    # Nobody was seen to open it: it may be read where that is not seen, in a library's C code.
    blind = [n for path, found in named.items() if path not in weighed.opened for n in found]
    weighed.drift.update({node: starts[node] for node in blind})
    for path in own:
        ran = [recording.tests[nodeid].files.get(path, "") for nodeid in variants.get(path, ())]
        now = tree[path].sha if path in tree else ""
        if not ran or any(sha != now for sha in ran):
            weighed.drift[path, ""] = f"{path} changed"  # it may hold other tests now
    return _Record(recording, weighed, variants, lost, tree)


def _wraps(
    project: Project, comparison: Comparison, net: Net, deep: frozenset[Node]
) -> Callable[[Node, ImportTime], bool]:
    """Whether what changed in a function runs at import when the function does."""

    def source(path: str) -> bytes:
        entry = comparison.files.get(path)
        return contents(project.request.root, {path: entry}).get(path, b"(") if entry else b"("

    return lambda node, early: node not in deep or wraps_early(node, net, early, source)


def _early(
    net: Net,
    starts: dict[Node, str],
    record: _Record | None,
    wraps: Callable[[Node, ImportTime], bool],
) -> str:
    """Why all tests are affected because collecting them already is; empty if it is not.

    `wraps` says whether what changed in a function runs when the function itself does.
    """
    static = lru_cache(lambda: ImportTime(net))
    unseen = _uncertain(net, record, static)
    ran = ran_while_collecting(record.recording.runs.values() if record else ())
    for node in starts:
        if not node[1]:
            continue
        weighed = record.weighed if record else None
        # Not in `finer`: the tests were collected with just this content.
        early = weighed is not None and not ran.isdisjoint(weighed.finer.get(node, ()))
        if weighed is None or unseen is None or node[0] in unseen or node in weighed.drift:
            early = early or static().runs(node)
        if early and wraps(node, static()):
            return (
                f"{say(node)} changed and runs while tests are collected; "
                "an error there stops them all"
            )
    return ""


def _uncertain(
    net: Net, record: _Record | None, static: Callable[[], ImportTime]
) -> frozenset[str] | None:
    """The files of which no record says what runs in them while tests are collected.

    None if that is not known of any, as not all the files of tests have been collected since what
    collecting runs last changed.
    """
    steady = [
        one
        for one in (record.weighed.collections if record else ())
        if all(_waits(net, node, static) for node in one.loose)
    ]
    if not frozenset().union(*(one.files for one in steady)).issuperset(net.tests):
        return None
    return frozenset().union(*(one.unseen for one in steady))


def _waits(net: Net, node: Node, static: Callable[[], ImportTime]) -> bool:
    """Whether what is new, or gone, or is more than another body, runs in no collection."""
    path, name = node
    tests = net.tests_in(path)
    within = "::".join((path, *name.split("."), ""))
    if any(test.startswith(within) for test in tests):
        return True  # a class of tests
    if tests and name.rpartition(".")[2].startswith("test"):
        return True
    number = net.id(node)
    return number >= 0 and net.about(number)[0] in (FUNCTION, COROUTINE) and not static().runs(node)


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


def _name_tests(
    net: Net,
    starts: dict[Node, str],
    documented: frozenset[Node],
    record: _Record | None,
    hidden: list[str],
) -> dict[str, str]:
    """Nodeids, or files where all tests of one are affected, each with a reason.

    `hidden` are changed files that only the record knows the readers of: tests without a
    valid record may read them too.
    """
    found = reach(net, starts)
    hit = {**readers(net, documented), **dict.fromkeys(found.names(found.tests(starts)), "")}
    if record is None:
        return _by_file(net, hit, lambda test: hit[test] or _way(found, test, starts))
    if hidden:
        why = f"no Python file names {hidden[0]}, so a test without a valid record may read it"
        all_tests = ((TEST, name) for file in net.tests for name in net.tests_in(file))
        hit = {test: hit.get(test, why) for test in all_tests}
    away = reach(net, record.weighed.drift)
    drifted = record.entering(net, away.names(away.tests(record.weighed.drift)))
    hit = {
        t: record.reason(t) or why for t, why in hit.items() if not record.spares(t, net, drifted)
    }
    ones: dict[str, str] = {}
    for whole in [test for test in hit if test[1] == file_of(test)]:
        known = record.ones(whole, drifted)
        if known:
            ones.update(known)
            hit = {t: why for t, why in hit.items() if file_of(t) != whole[1]}
    affected = _by_file(net, hit, lambda test: hit[test] or _way(found, test, starts)) | ones
    for nodeid, why in record.unreached(net):
        bare = nodeid.partition("[")[0]
        if bare not in affected and bare.partition("::")[0] not in affected:
            affected[bare] = why
    return affected


def _by_file(net: Net, tests: Iterable[Node], why: Callable[[Node], str]) -> dict[str, str]:
    """The tests by nodeid, or by file where all tests of one are among them, with the reason."""
    per_file: dict[str, list[Node]] = {}
    for test in tests:
        per_file.setdefault(file_of(test), []).append(test)
    named: dict[str, str] = {}
    for file, own in per_file.items():
        whole = (TEST, file)
        if whole in own:
            named[file] = f"{why(whole)}; as a whole: {net.whole(file)}"
        elif len(own) == len(net.tests_in(file)):
            named[file] = why(own[0])
        else:
            named.update((test[1], why(test)) for test in own)
    return named


def _way(found: Reach, test: Node, starts: dict[Node, str]) -> str:
    """How a test comes to a changed symbol, said shortly."""
    steps: list[str] = []
    node = test
    for node in found.way(test):
        said = say(node)
        if said and said not in steps:
            steps.append(said)
        if node in starts:
            break
    if len(steps) > 5:
        steps = [*steps[:2], "...", *steps[-2:]]
    checks = (w for start, w in starts.items() if check_of(start) == node)
    why = starts.get(node) or next(checks, "changed")
    return f"{' > '.join(steps)} ({why})"
