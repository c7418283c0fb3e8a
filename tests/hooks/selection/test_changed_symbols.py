"""Which symbols a change touches, as the rest of the project depends on them."""

from functools import partial

import pytest
from gardener.hooks.changes import Entry, FileChange, blobs, compare
from gardener.hooks.record.shape_store import kept
from gardener.hooks.selection.changed_symbols import VERSIONS, changed_symbols
from gardener.hooks.selection.tree import SourceTree
from msgspec import structs

from gardener.model import Mode

MODULE = '''"""About."""
import os
from app.other import used

LIMIT = 1

def f():
    """Say it."""
    return used()

def decorator(name):
    def wrap(function):
        def wrapper(*args):
            return function(*args)
        return wrapper
    return wrap

class C:
    def m(self):
        return LIMIT
'''
CONFTEST = "import pytest\n\n@pytest.fixture\ndef client():\n    return 1\n"
FILES = {
    "app/__init__.py": "",
    "app/m.py": MODULE,
    "app/other.py": "def used(): pass\ndef unused(): pass\n",
    "app/third.py": "import collections.abc\nfrom app.other import used\n",
    "conftest.py": CONFTEST,
}


def changed_in(repository, files):
    repository.commit(FILES)
    repository.stage(files)
    comparison = compare(repository.root, Mode.STAGED)
    tree = SourceTree(repository.root, comparison.files)
    changes = list(comparison.changes)
    changed = changed_symbols(repository.root, changes, tree.summaries, tree.modules)
    assert by_versions(repository.root, changes, tree) == structs.replace(changed, notes=[])
    return changed


def by_versions(root, changes, tree):
    """The same by what is kept of the versions of files: no content of one is read again."""
    shas = {entry.sha for change in changes for entry in (change.before, change.after) if entry}
    kept(root, shas, partial(blobs, root), VERSIONS)
    versions = kept(root, shas, lambda missing: pytest.fail(missing), VERSIONS)
    changed = changed_symbols(root, changes, tree.summaries, tree.modules, versions=versions)
    return structs.replace(changed, notes=[])


MODULE_LEVEL = "app/m.py changed: "


@pytest.mark.parametrize(
    ("before", "after", "symbols", "runs"),
    [
        ("LIMIT = 1", "LIMIT = 1  # one", set(), ""),
        ("return used()", "return used() or 1", {"f"}, ""),
        ("return LIMIT", "return LIMIT + 1", {"C.m"}, ""),
        ("LIMIT = 1", "LIMIT = 2", {"LIMIT"}, ""),
        ("LIMIT = 1", "LIMIT = 1\nprint()", set(), "its module-level code"),
        ("import os", "import os, json", {"json"}, ""),
        ("import os", "import os, missing_one", {"missing_one"}, "a new import of missing_one"),
        ("import used", "import used, unused", {"unused"}, ""),
        ("import used", "import used, nowhere", {"nowhere"}, "a new import of app.other.nowhere"),
        (
            "from app.other import used",
            "from app.third import used",
            {"used"},
            "a new import of app.third.used",
        ),
    ],
)
def test_symbols_of_a_changed_file(repository, before, after, symbols, runs):
    assert before in MODULE
    changed = changed_in(repository, {"app/m.py": MODULE.replace(before, after, 1)})
    names = {name for path, name in changed.symbols if name and path == "app/m.py"}
    assert names == symbols
    assert changed.symbols.get(("app/m.py", ""), "") == (MODULE_LEVEL + runs if runs else "")
    assert not (changed.documented or changed.nested_only or changed.deleted)


def test_only_a_docstring(repository):
    changed = changed_in(repository, {"app/m.py": MODULE.replace("Say it", "Say that")})
    assert changed.documented == {("app/m.py", "f")}
    assert not changed.symbols


def test_only_inside_a_function_two_levels_down(repository):
    source = MODULE.replace("return function(*args)", "return function(*args) or 1")
    changed = changed_in(repository, {"app/m.py": source})
    assert changed.nested_only == {("app/m.py", "decorator")} == changed.symbols.keys()
    source = MODULE.replace("return wrapper", "return wrapper or 1")
    changed = changed_in(repository, {"app/m.py": source})
    assert changed.symbols.keys() == {("app/m.py", "decorator")}
    assert not changed.nested_only


def test_a_name_that_an_import_binds(repository):
    changed = changed_in(repository, {"app/m.py": MODULE.replace("import os", "import os, json")})
    assert changed.imported_names == {("app/m.py", "json")}


@pytest.mark.parametrize(
    ("path", "source", "reason"),
    [
        ("app/new.py", "def g(): pass\n", "app/new.py is new"),
        ("app/other.py", None, "app/other.py is gone"),
        ("app/other.py", "def used(:\n", "app/other.py changed and does not parse"),
    ],
)
def test_all_symbols_of_a_file(repository, path, source, reason):
    changed = changed_in(repository, {path: source})
    assert set(changed.symbols.values()) == {reason}
    assert (path, "") in changed.symbols
    assert changed.deleted.keys() == ({path} if source is None else set())
    assert bool(changed.notes) is ("parse" in reason)


def test_another_kind_of_file(repository):
    repository.commit(FILES)
    (repository.root / "app/other.py").unlink()
    (repository.root / "app/other.py").symlink_to("third.py")
    repository.git("add", "-A")
    comparison = compare(repository.root, Mode.STAGED)
    tree = SourceTree(repository.root, comparison.files)
    changed = changed_symbols(
        repository.root, list(comparison.changes), tree.summaries, tree.modules
    )
    assert set(changed.symbols.values()) == {"app/other.py is another kind of file"}


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (CONFTEST.replace("return 1", "return 2"), {}),
        (CONFTEST.replace("@pytest.fixture\n", ""), {("conftest.py", "client"): "client"}),
        (
            CONFTEST.replace("fixture", "fixture(name='other')"),
            {("conftest.py", "client"): "client"},
        ),
        (None, {("conftest.py", "client"): "client"}),
    ],
)
def test_lost_fixtures(repository, after, lost):
    assert changed_in(repository, {"conftest.py": after}).lost_fixtures == lost


def test_contents_that_git_does_not_have_are_asked_for_at_once(repository):
    repository.commit(FILES)
    comparison = compare(repository.root, Mode.STAGED)
    tree = SourceTree(repository.root, comparison.files)
    unknown = "0123456789" * 4
    change = FileChange("app/m.py", Entry("100644", unknown), comparison.files["app/m.py"])
    asked = []

    def recorded_contents(shas):
        asked.append(shas)
        return {unknown: MODULE.replace("return LIMIT", "return 0").encode()}

    changed = changed_symbols(
        repository.root, [change], tree.summaries, tree.modules, recorded_contents
    )
    assert changed.symbols.keys() == {("app/m.py", "C.m")}
    assert asked == [[unknown]]
