"""Which tests a change can affect, each with the reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from gardener.config import Config, Focus, Selecting
from gardener.errors import GitError, SelectionError
from gardener.git import store
from gardener.model import Selected, Selection

from .changes import GITLINK, Comparison, Entry, FileChange, blob_sha, compare, contents, read_ahead
from .focus import Match, match_focus, match_level
from .graph import pytest_settings
from .graph.import_time import ImportTime
from .graph.imports import Modules, direct
from .graph.linking import Tree, net_of
from .graph.net import Net
from .graph.nodes import DOC, TEST, Node, file_of, say
from .graph.pytest_settings import CONFIG_NAMES, Layout
from .graph.reach import Reach, reach
from .graph.summaries import Summaries
from .graph.summary import Summary
from .judgement import judge
from .record.environment import settings_of
from .record.recording import Recording, recorded
from .record.weighing import Weighed, weigh

Mode = Literal["all", "staged", "since", "worktree", "given"]

EVERYTHING = (
    # What every test may depend on: how pytest runs, what is installed, what is built.
    *CONFIG_NAMES,
    "setup.py",
    "requirements*.txt",
    "requirements*.in",
    "requirements/*.txt",
    "requirements/*.in",
    "constraints*.txt",
    "*.lock",
    "Pipfile",
    "environment*.yml",
    "environment*.yaml",
    "conda*.yml",
    ".python-version",
    ".coveragerc",
    "noxfile.py",
    "*.pth",
    ".env",
    ".env.*",
    ".gitmodules",
)
"""Names (globs) of files whose change runs all tests."""

IGNORED = (
    "*.md",
    "*.rst",
    "LICENSE*",
    "LICENCE*",
    "COPYING*",
    "NOTICE*",
    "AUTHORS*",
    "CONTRIBUTORS*",
    "CHANGELOG*",
    "CHANGES*",
    "CODEOWNERS",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".mailmap",
    ".git-blame-ignore-revs",
    ".pre-commit-config.yaml",
    ".pre-commit-hooks.yaml",
    ".readthedocs.yml",
    ".readthedocs.yaml",
    ".github/*",
    ".gitlab-ci.yml",
    ".circleci/*",
    ".vscode/*",
    ".idea/*",
)
"""Names (globs) of files whose change runs no test, unless a Python file names them."""


class Request(NamedTuple):
    """What to select for: a change (`mode`, `ref`), and what to narrow it to.

    `python` is the interpreter that will run the tests, where that is known.
    """

    root: Path
    mode: Mode | Literal["trees"]
    ref: str = ""
    focus: Focus | None = None
    level: str = "any"
    paths: tuple[str, ...] = ()
    python: str = ""


class _Project:
    """The tree that is judged: its files, their summaries, and the graph of their imports."""

    def __init__(self, request: Request, comparison: Comparison) -> None:
        self.request = request
        self.files = comparison.files
        self.python = [p for p in self.files if p.endswith((".py", ".pyi"))]
        self.layout = Layout(self._settings())
        self._pythonpath = tuple(
            sorted(
                "/".join(x for x in (s.folder, p.strip("./")) if x)
                for s in self.layout.found.values()
                for p in s.pythonpath
            )
        )
        self.modules = Modules(self.python, self._pythonpath)
        self.summaries = Summaries(request.root, {p: self.files[p] for p in self.python}, {})

    @cached_property
    def tests(self) -> list[str]:
        """The files in which pytest would look for tests."""
        return [p for p in self.python if p.endswith(".py") and self.layout.is_test(p)]

    def _settings(self) -> dict[str, pytest_settings.PytestSettings]:
        wanted = {p: e for p, e in self.files.items() if p.rpartition("/")[2] in CONFIG_NAMES}
        sources = self.configuration = contents(self.request.root, wanted)
        found: dict[str, pytest_settings.PytestSettings] = {}
        for path in sorted(sources, key=lambda p: CONFIG_NAMES.index(p.rpartition("/")[2])):
            folder, _, name = path.rpartition("/")
            settings = pytest_settings.parse(name, sources[path], folder)
            if settings is not None:
                found.setdefault(folder, settings)
        return found

    def add_asked(self, paths: tuple[str, ...]) -> None:
        """Count files that the user names as tests, whatever the configuration says.

        Raises:
            SelectionError: there is no such file or folder.
        """
        for path in paths:
            file = path.partition("::")[0].removeprefix("./").rstrip("/")
            if not (self.request.root / file).exists():
                raise SelectionError(f"There is no test file or folder {file!r}.")
            if file.endswith(".py") and file not in self.tests:
                self.tests.append(file)
                if file not in self.files:  # ignored by git
                    self.files[file] = Entry("100644", "")
                    self.python.append(file)
                    files = {p: self.files[p] for p in self.python}
                    self.summaries = Summaries(self.request.root, files, {})

    def tree(self, gone: dict[str, Summary], before: dict[str, Entry]) -> Tree:
        """What a net is made of; with deleted files, so that it shows who used them."""
        summaries, modules = self.summaries, self.modules
        if gone:
            files = {p: self.files[p] for p in self.python}
            files |= {p: before[p] for p in gone}
            summaries = Summaries(self.request.root, files, gone)
            modules = Modules(list(files), self._pythonpath)
        try:
            folder = store(self.request.root) / "nets"
        except GitError:
            folder = None
        return Tree(summaries, modules, self.layout, folder)


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
    project = _Project(request, comparison)
    if request.mode == "given":
        project.add_asked(request.paths)
        return _narrowed(request, config, project, dict.fromkeys(request.paths, "given"), "")
    if request.mode == "all":
        return _narrowed(request, config, project, None, "")
    if not comparison.unknown and not comparison.changes:
        return Selection(reason="nothing changed")
    affected: dict[str, str] | None = None
    notes: tuple[str, ...] = ()
    reason = comparison.unknown or _everything(comparison.changes, config.selection)
    if not reason:
        affected, reason, notes = _affected(project, comparison, config.selection)
    if narrow:
        chosen = _narrowed(request, config, project, affected, reason)
        return Selection(tests=chosen.tests, notes=notes)
    if affected is None:
        return Selection(everything=True, reason=reason, notes=notes)
    return Selection(tests=_sorted(affected), notes=notes)


def _soon(comparison: Comparison) -> list[str]:
    """Blobs that are read whatever comes: settings, and both versions of what changed."""
    entries = [e for p, e in comparison.files.items() if p.rpartition("/")[2] in CONFIG_NAMES]
    for change in comparison.changes[:200]:
        if change.path.endswith((".py", ".pyi")):
            entries += [e for e in (change.before, change.after) if e]
    return list(dict.fromkeys(e.sha for e in entries if e.sha and e.mode != GITLINK))


def _sorted(tests: dict[str, str]) -> tuple[Selected, ...]:
    return tuple(Selected(test, tests[test]) for test in sorted(tests))


def _everything(changes: tuple[FileChange, ...], rules: Selecting) -> str:
    """Why the change needs all tests, by rules on names alone; empty if it does not."""
    for change in changes:
        path = change.path
        if _any_glob(path, rules.everything):
            return f"{path} changed (tool.gardener.selection.everything)"
        if _any_glob(path, rules.ignore):
            continue
        if GITLINK in {e.mode for e in (change.before, change.after) if e}:
            return f"the submodule {path} changed"
        if _any_glob(path, EVERYTHING):
            return f"{path} changed, which every test may depend on"
    return ""


def _any_glob(path: str, globs: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    for glob in globs:
        whole = glob.removeprefix("./").removesuffix("/") + ("/*" if glob.endswith("/") else "")
        if not _WILD & set(whole):  # most are: without a regular expression
            if path == whole or path.endswith(f"/{whole}"):
                return True
        elif (
            fnmatchcase(path, whole)
            or fnmatchcase(path, f"*/{whole}")
            or ("/" not in whole and fnmatchcase(name, whole))
        ):
            return True
    return False


_WILD = frozenset("*?[")


def _affected(
    project: _Project, comparison: Comparison, rules: Selecting
) -> tuple[dict[str, str] | None, str, tuple[str, ...]]:
    """Tests that the changes reach; None with a reason where that is unknown."""
    changes = tuple(c for c in comparison.changes if not _any_glob(c.path, rules.ignore))
    python = [c for c in changes if c.path.endswith((".py", ".pyi"))]
    judged = judge(project.request.root, python, project.summaries, project.modules)
    for path, name in judged.starts:
        hook = name.startswith("pytest_") and not name.startswith(_PER_ITEM)
        if hook and path.endswith("conftest.py"):
            return None, f"{path} changed its hook {name}, which acts on all tests", judged.notes
    starts = dict(judged.starts)
    for change in (c for c in changes if c not in python or _only_mode(c)):
        namers = _namers(change.path, project.summaries)
        known = _any_glob(change.path, IGNORED) or change in python
        if not namers and not known:
            why = f"no Python file names {change.path}, so any test may read it"
            return None, why, judged.notes
        for namer in namers:
            starts.setdefault(namer, f"{change.path} changed, which it names")
    record = _weigh(project, comparison, starts)
    if record and record.weighed.everything:
        return None, record.weighed.everything, judged.notes
    drift = record.weighed.drift if record else {}
    before = {c.path: c.before for c in python if c.before}
    tree = project.tree(judged.gone, before)
    lost = {**(record.lost if record else {}), **judged.lost}
    net = net_of(tree, (*starts, *drift), lost)
    early = _early(net, starts, record)
    if early:
        return None, early, judged.notes
    affected = _name_tests(net, starts, judged.documented, record)
    affected = {t: why for t, why in affected.items() if t.partition("::")[0] not in judged.gone}
    for test in project.tests if rules.always else ():
        if _any_glob(test, rules.always):
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
            if file in self.tree and not {bare, file}.isdisjoint(net.tests_in(file)):
                found.append((nodeid, self.weighed.must[nodeid]))
        return found

    def reason(self, test: Node) -> str:
        """Why a recorded test has to run; empty if the record does not say so."""
        known = self.variants.get(test[1], ())
        return next((self.weighed.must[n] for n in known if n in self.weighed.must), "")


def _weigh(project: _Project, comparison: Comparison, starts: dict[Node, str]) -> _Record | None:
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
        settings=settings_of(project.configuration),
        python=project.request.python,
    )
    return _Record(recording, weighed, variants, lost, tree)


def _early(net: Net, starts: dict[Node, str], record: _Record | None) -> str:
    """Why all tests are affected because collecting them already is; empty if it is not."""
    runs = record.recording.runs.values() if record else ()
    seen = {file for run in runs for file in run.modules}
    known = bool(seen) and seen.issuperset(net.tests)
    ran = {node for run in runs for executed in run.modules.values() for node in executed}
    static: ImportTime | None = None
    for node in starts:
        if not node[1]:
            continue
        if known and record is not None and node not in record.weighed.drift:
            # Not in `finer`: the tests were collected with just this content.
            early = not ran.isdisjoint(record.weighed.finer.get(node, ()))
        else:
            static = static or ImportTime(net)
            early = static.runs(node)
        if early:
            return (
                f"{say(node)} changed and runs while tests are collected; "
                "an error there stops them all"
            )
    return ""


_PER_ITEM = ("pytest_runtest", "pytest_pyfunc", "pytest_fixture", "pytest_generate", "pytest_itemcollected",
             "pytest_make_", "pytest_assert")  # fmt: skip


def _only_mode(change: FileChange) -> bool:
    return bool(change.before and change.after and change.before.sha == change.after.sha)


def _name_tests(
    net: Net,
    starts: dict[Node, str],
    documented: frozenset[Node],
    record: _Record | None,
) -> dict[str, str]:
    """Nodeids, or files where all tests of one are affected, each with a reason."""
    found = reach(net, [*starts, *documented, *((DOC,) if documented else ())])
    bits = found.tests(starts) | (found.tests(documented) & found.tests([DOC]))
    hit = found.names(bits)
    said: dict[Node, str] = {}
    drifted: frozenset[Node] = frozenset()
    if record is not None:
        drift = record.weighed.drift
        away = reach(net, drift)
        drifted = frozenset(away.names(away.tests(drift)))
        hit = [test for test in hit if not record.spares(test, net, drifted)]
        said = {test: why for test in hit if (why := record.reason(test))}
    per_file: dict[str, list[Node]] = {}
    for test in hit:
        per_file.setdefault(file_of(test), []).append(test)
    affected: dict[str, str] = {}
    for file, tests in per_file.items():
        whole = (TEST, file)
        recorded_ones = record.ones(whole, drifted) if record else []
        if whole in tests and recorded_ones:
            affected.update(recorded_ones)
        elif whole in tests:
            reason = f"{_way(found, whole, starts)}; as a whole: {net.whole(file)}"
            affected[file] = reason
        elif len(tests) == len(net.tests_in(file)):
            affected[file] = said.get(tests[0]) or _way(found, tests[0], starts)
        else:
            affected.update((t[1], said.get(t) or _way(found, t, starts)) for t in tests)
    for nodeid, why in record.unreached(net) if record else ():
        bare = nodeid.partition("[")[0]
        if bare not in affected and bare.partition("::")[0] not in affected:
            affected[bare] = why
    return affected


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
    return f"{' > '.join(steps)} ({starts.get(node, 'its docstring changed')})"


def _namers(path: str, summaries: Mapping[str, Summary]) -> list[Node]:
    """Symbols with a string that names this file, its folder, or a glob that fits it."""
    folder, _, name = path.rpartition("/")
    last = folder.rpartition("/")[2]
    plain = _any_glob(path, IGNORED)

    def names(text: str) -> bool:
        end = text.rpartition("/")[2]
        return end == name or (
            not plain
            and (
                bool(last and last in text.split("/"))
                or ("*" in end and bool(end.strip("*./")) and fnmatchcase(name, end))
            )
        )

    return [
        (file, symbol.name)
        for file, summary in summaries.items()
        for symbol in summary.symbols
        if any(names(text) for text in (*symbol.texts, *symbol.dotted, *symbol.words))
    ]


# --- focus and level -----------------------------------------------------------------


def _narrowed(
    request: Request,
    config: Config,
    project: _Project,
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
    reached = _reached_names(project, list(given)) if request.focus else {}
    found: dict[str, str] = {}
    for test, why in given.items():
        settings = project.layout.of_folder(test.rpartition("/")[0])
        summary = project.summaries[test]
        level = match_level(test, summary, request.level, config.not_unit, settings)
        focus = (
            match_focus(test, summary, request.focus, reached.get(test, ()), settings)
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
    return Selection(tests=_sorted(found))


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


def _reached_names(project: _Project, tests: list[str]) -> dict[str, set[str]]:
    """For each test file, the external modules and names that its imports reach."""
    graph = {
        path: direct(path, summary, project.modules) for path, summary in project.summaries.items()
    }
    own: dict[str, set[str]] = {}
    for path, summary in project.summaries.items():
        names: set[str] = set()
        for one in summary.imports:
            if not one.level:
                names.add(one.module)
                names.update(f"{one.module}:{n}" for n in one.names)
        own[path] = names
    found: dict[str, set[str]] = {}
    for test in tests:
        seen = {test}
        queue = deque([test])
        names = set()
        while queue:
            path = queue.popleft()
            names |= own.get(path, set())
            for target in graph.get(path, ()):
                if target not in seen:
                    seen.add(target)
                    queue.append(target)
        found[test] = names
    return found
