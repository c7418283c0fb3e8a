"""What recorded names stand for: files, folders that were listed, variables."""

import pytest
from gardener.hooks.record.states import ENVIRONMENT, States, changed_since, is_file, shown

PATHS = {"data/a.json": "1", "data/deep/b.json": "2", "top.txt": "3"}


def states(paths):
    return States(lambda path: paths.get(path, ""), paths)


def test_a_file_is_known_by_its_blob():
    assert [states(PATHS).of(name) for name in ("top.txt", "no.txt")] == ["3", ""]


@pytest.mark.parametrize(
    ("folder", "added", "differs"),
    [
        ("data/", "data/c.json", True),
        ("data/", "data/new/c.json", True),
        ("data/", "data/deep/c.json", False),
        ("data/deep/", "data/deep/c.json", True),
        ("/", "other.txt", True),
        ("/", "data/c.json", False),
    ],
)
def test_a_folder_is_known_by_the_names_in_it(folder, added, differs):
    before, after = states(PATHS).of(folder), states({**PATHS, added: "4"}).of(folder)
    assert (before != after) is differs


def test_a_folder_does_not_depend_on_content():
    assert states(PATHS).of("data/") == states({**PATHS, "data/a.json": "9"}).of("data/")


def test_a_variable_is_known_by_a_digest_of_its_value(monkeypatch):
    name = f"{ENVIRONMENT}FEATURE"
    monkeypatch.setenv("FEATURE", "secret")
    then = states({}).of(name)
    assert "secret" not in then
    assert not changed_since([(name, then)], states({}))
    monkeypatch.delenv("FEATURE")
    assert changed_since([(name, then)], states({})) == name


def test_names_are_shown_for_people():
    assert shown(f"{ENVIRONMENT}FEATURE") == "the variable FEATURE of the environment"
    assert [is_file(n) for n in ("a.txt", "a/", f"{ENVIRONMENT}A")] == [True, False, False]
