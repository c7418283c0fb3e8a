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


@pytest.mark.parametrize(
    ("group", "variable", "differs"),
    [
        ("*", "APP_NAME", True),
        ("*", "TZ", True),
        ("*", "TERM", False),
        ("*", "VSCODE_PID", False),
        ("*", "GIT_EDITOR", False),
        ("LC_*", "LC_TIME", True),
        ("LC_*", "LANG", True),
        ("LC_*", "APP_NAME", False),
    ],
)
def test_a_group_of_variables_is_known_by_all_in_it(monkeypatch, group, variable, differs):
    then = states({}).of(f"{ENVIRONMENT}{group}")
    monkeypatch.setenv(variable, "another")
    assert (states({}).of(f"{ENVIRONMENT}{group}") != then) is differs


def test_what_git_sets_for_hooks_is_not_seen(monkeypatch):
    then = states({}).of(f"{ENVIRONMENT}GIT_INDEX_FILE")
    monkeypatch.setenv("GIT_INDEX_FILE", "another")
    assert states({}).of(f"{ENVIRONMENT}GIT_INDEX_FILE") == then


def test_names_are_shown_for_people():
    assert shown(f"{ENVIRONMENT}FEATURE") == "the variable FEATURE of the environment"
    assert shown(f"{ENVIRONMENT}*") == "the environment"
    assert [is_file(n) for n in ("a.txt", "a/", f"{ENVIRONMENT}A")] == [True, False, False]
