"""Shapes of files are made once for each content."""

import sqlite3
import subprocess
from contextlib import closing

import pytest
from gardener.hooks.changes import Entry, FileChange, blob_sha
from gardener.hooks.record import shape_store
from gardener.hooks.record.bodies import changed_bodies
from gardener.hooks.record.shape_store import Bodies, shapes_of

from gardener.model import Symbol

ONE = b"def f():\n    return 1\n\n\nclass C:\n    def m(self, a):\n        return a\n"
TWO = ONE.replace(b"return 1", b"return 2")
OTHER = TWO.replace(b"self, a", b"self, a, b")


class Contents:
    """Contents by blob, and which of them were asked for."""

    def __init__(self, *sources):
        self.sources = {blob_sha(source): source for source in sources}
        self.asked = []

    def __call__(self, shas):
        self.asked += shas
        return {sha: self.sources[sha] for sha in shas if sha in self.sources}


@pytest.fixture
def root(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def change(path, before, after):
    return FileChange(path, *(Entry("100644", blob_sha(source)) for source in (before, after)))


def test_what_differs_is_what_differs_between_the_contents(root):
    changes = [change("m.py", ONE, TWO), change("n.py", TWO, OTHER)]
    contents = Contents(ONE, TWO, OTHER)
    bodies = Bodies(root, [changes], contents).changed(changes)
    for path, before, after in (("m.py", ONE, TWO), ("n.py", TWO, OTHER)):
        found = {s.qualname: {n.qualname for n in i} for s, i in bodies.items() if s.file == path}
        assert found == changed_bodies(before, after)
    assert bodies == {
        Symbol("m.py", "f"): {Symbol("m.py", "f")},
        Symbol("m.py", "C.m"): set(),
        Symbol("n.py", "f"): set(),
    }


def test_no_version_is_read_twice(root):
    shas = [blob_sha(source) for source in (ONE, TWO)]
    first = Contents(ONE, TWO)
    made = shapes_of(root, shas, first)
    assert sorted(first.asked) == sorted(shas)
    again = Contents(ONE, TWO, OTHER)
    more = shapes_of(root, [*shas, blob_sha(OTHER)], again)
    assert again.asked == [blob_sha(OTHER)]
    assert {sha: more[sha] for sha in shas} == made


def test_what_nobody_knows_has_no_shape(root):
    unknown = [change("m.py", ONE, TWO)]
    assert Bodies(root, [unknown], Contents(ONE)).changed(unknown) == {}
    assert shapes_of(root, ["", blob_sha(OTHER)], Contents()) == {}


@pytest.mark.parametrize(
    "damage", [b"no database at all, but some bytes", None], ids=["no database", "other bytes"]
)
def test_a_damaged_store_is_made_again(root, damage):
    sha = blob_sha(ONE)
    made = shapes_of(root, [sha], Contents(ONE))
    path = root / ".git/gardener/shapes.sqlite"
    if damage:
        path.write_bytes(damage)
    else:
        with closing(sqlite3.connect(path)) as base, base:
            base.execute("update shape set data = 'nothing'")
    contents = Contents(ONE)
    assert shapes_of(root, [sha], contents) == made
    assert contents.asked == [sha]


def test_the_oldest_versions_go(root, monkeypatch):
    monkeypatch.setattr(shape_store, "_MOST", 3)
    sources = [ONE + b"x = %d\n" % number for number in range(5)]
    for source in sources:
        shapes_of(root, [blob_sha(source)], Contents(source))
    contents = Contents(*sources)
    shapes_of(root, [blob_sha(source) for source in sources], contents)
    assert sorted(contents.asked) == sorted(blob_sha(source) for source in sources[:2])


def test_without_a_repository_nothing_is_kept(tmp_path):
    for _ in range(2):
        contents = Contents(ONE)
        assert shapes_of(tmp_path, [blob_sha(ONE)], contents)
        assert contents.asked
