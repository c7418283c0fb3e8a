"""Summaries of the files of a tree: made once, stored by blob, read again."""

import sqlite3
from contextlib import closing

import pytest
from gardener.hooks.changes import SYMLINK, Entry, blob_sha
from gardener.hooks.selection.parse.extraction import summarize
from gardener.hooks.selection.parse.summaries import Summaries
from gardener.hooks.selection.parse.summary_store import KIND, SummaryStore

SOURCE = b"import a\n\n\ndef f():\n    return a.b\n"


@pytest.fixture
def database(repository):
    return repository.root / ".git/gardener/summaries.sqlite"


def summaries_of(repository, files, *, committed=True):
    """The summaries of files with these contents, which are written first."""
    entries = {}
    for path, source in files.items():
        file = repository.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source)
        entries[path] = Entry("100644", blob_sha(source) if committed else "")
    if committed:
        repository.git("add", "-A")
        repository.git("commit", "-qm", "files", "--allow-empty")
    return Summaries(repository.root, entries, {})


def test_a_summary_is_stored_and_read_again(repository):
    files = {"a.py": SOURCE}
    assert summaries_of(repository, files)["a.py"] == summarize(SOURCE)
    store = SummaryStore.open(repository.root)
    assert store.read({blob_sha(SOURCE), "0" * 40}) == {blob_sha(SOURCE): summarize(SOURCE)}


def test_equal_files_are_stored_once(repository, database):
    summaries = summaries_of(repository, {"a.py": SOURCE, "b/c.py": SOURCE})
    assert summaries["a.py"] == summaries["b/c.py"] == summarize(SOURCE)
    with closing(sqlite3.connect(database)) as base:
        assert base.execute("select kind, sha from summary").fetchall() == [
            (KIND, blob_sha(SOURCE))
        ]


def test_a_text_with_the_bytes_of_a_python_file_has_a_summary_of_its_own(repository):
    source = b"x = 1\n>>> y\n"
    summaries = summaries_of(repository, {"a.py": source, "a.txt": source})
    assert summaries["a.py"].broken
    assert not summaries["a.txt"].broken
    assert summaries.shas() == {"a.py": blob_sha(source), "a.txt": f"{blob_sha(source)}.text"}


def test_a_file_that_only_the_disk_has_is_stored_by_what_is_in_it(repository):
    summaries = summaries_of(repository, {"a.py": SOURCE}, committed=False)
    assert summaries["a.py"] == summarize(SOURCE)
    assert summaries.shas() == {"a.py": blob_sha(SOURCE)}
    assert summaries.stored({blob_sha(SOURCE)}) == {blob_sha(SOURCE): summarize(SOURCE)}


def test_what_cannot_be_read_says_so(repository):
    missing = Summaries(
        repository.root, {"a.py": Entry("100644", ""), "b.py": Entry(SYMLINK, "0" * 40)}, {}
    )
    assert {path: summary.broken for path, summary in missing.items()} == {
        "a.py": "cannot be read",
        "b.py": "cannot be read",
    }


def test_another_form_of_summaries_is_not_read(repository, database):
    summaries_of(repository, {"a.py": SOURCE})["a.py"]
    with closing(sqlite3.connect(database)) as base, base:
        base.execute("update summary set kind = '1.3.10', data = 'an older form'")
    assert SummaryStore.open(repository.root).read({blob_sha(SOURCE)}) == {}


def test_a_damaged_database_is_made_anew(repository, database):
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(b"no database at all, but long enough to look like one" * 100)
    store = SummaryStore.open(repository.root)
    store.write({"key": summarize(SOURCE)})
    assert SummaryStore.open(repository.root).read({"key"}) == {"key": summarize(SOURCE)}


def test_without_a_database_nothing_is_stored():
    store = SummaryStore(None)
    store.write({"key": summarize(SOURCE)})
    assert store.read({"key"}) == {}


def test_files_that_mention_a_text_are_found_unread(repository):
    files = {"a.py": SOURCE, "b.py": b"NAME = 'settings.toml'\n", "c.py": b"x = 1\n"}
    dict(summaries_of(repository, files))
    again = summaries_of(repository, files)
    mentioning = {path for path, _ in again.mentioning(["settings.toml"])}
    assert "b.py" in mentioning
    assert "c.py" not in mentioning
