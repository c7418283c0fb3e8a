"""Each rule by which a change affects every test, beside a change that it lets pass."""

import pytest
from gardener.hooks.changes import Comparison, compare
from gardener.hooks.selection import rules
from gardener.hooks.selection.rules import Change, first_reason, is_session_hook
from gardener.hooks.selection.tree import SourceTree

from gardener.config import Selecting
from gardener.model import Mode

FILES = {
    "app/__init__.py": "",
    "app/core.py": "def helper():\n    return 1\n\ndef late():\n    return 2\n\nONE = helper()\n",
    "app/plugin.py": "def pytest_configure(config):\n    pass\n\ndef pytest_runtest_setup(item):\n    pass\n",
    "tests/conftest.py": "pytest_plugins = ['app.plugin']\n\ndef pytest_sessionstart():\n    pass\n\n"
    "def pytest_runtest_call(item):\n    pass\n",
    "tests/test_core.py": "from app.core import late, ONE\n\ndef test_late():\n    assert late()\n",
    "data/named.json": "{}\n",
    "tests/test_data.py": "def test_data():\n    assert open('data/named.json')\n",
    "pyproject.toml": "[tool.ruff]\nline-length = 80\n",
    "notes.md": "",
}


@pytest.fixture
def change_of(repository):
    """Makes the change of some files, given in their new form, out of `FILES` and more of them."""

    def make(changed, more=None, settings=None):
        repository.commit({**FILES, **(more or {})})
        repository.stage(changed)
        comparison = compare(repository.root, Mode.STAGED)
        tree = SourceTree(repository.root, comparison.files)
        return Change(tree, comparison, settings or Selecting())

    return make


def edited(path, before, after):
    assert before in FILES[path]
    return {path: FILES[path].replace(before, after, 1)}


@pytest.mark.parametrize(
    ("rule", "changed", "reason"),
    [
        (rules.named_file, {"requirements.txt": "x\n"}, "requirements.txt changed, which every"),
        (
            rules.named_file,
            {"pyproject.toml": "[project]\ndependencies = ['x']\n"},
            "pyproject.toml",
        ),
        (rules.named_file, {"pyproject.toml": "[tool.ruff]\nline-length = 90\n"}, ""),
        (rules.named_file, {"notes.md": "x\n"}, ""),
        (
            rules.hook_of_conftest,
            edited(
                "tests/conftest.py", "sessionstart():\n    pass", "sessionstart():\n    print()"
            ),
            "tests/conftest.py changed its hook pytest_sessionstart, which acts on all tests",
        ),
        (
            rules.hook_of_conftest,
            edited("tests/conftest.py", "call(item):\n    pass", "call(item):\n    print()"),
            "",
        ),
        (rules.hook_of_conftest, edited("app/plugin.py", "pass", "print()"), ""),
        (
            rules.unread_data_file,
            {"blobs/unknown.bin": "x"},
            "no Python file names blobs/unknown.bin, so any test may read it",
        ),
        (rules.unread_data_file, {"data/named.json": "{1}"}, ""),
        (rules.unread_data_file, {"notes.md": "x\n", "web/a.ts": "x\n"}, ""),
        (rules.pytest_itself, edited("app/core.py", "return 2", "return 3"), ""),
        (
            rules.runs_at_collection,
            edited("app/core.py", "return 1", "return 11"),
            "app/core.py:helper changed and runs while tests are collected; an error there stops",
        ),
        (rules.runs_at_collection, edited("app/core.py", "return 2", "return 3"), ""),
        (
            rules.hook_of_plugin,
            edited("app/plugin.py", "pass", "print()"),
            "app/plugin.py changed its hook pytest_configure, which acts on all tests",
        ),
        (rules.hook_of_plugin, edited("app/core.py", "return 2", "return 3"), ""),
        (rules.other_environment, edited("app/core.py", "return 2", "return 3"), ""),
    ],
)
def test_rule(change_of, rule, changed, reason):
    said = rule(change_of(changed))
    assert said.startswith(reason) if reason else said == ""


def test_a_library_that_pytest_runs_on(change_of):
    more = {"pluggy/__init__.py": "def hook():\n    return 1\n"}
    changed = {"pluggy/__init__.py": "def hook():\n    return 2\n"}
    reason = "pluggy/__init__.py changed, and pytest itself runs on pluggy"
    assert rules.pytest_itself(change_of(changed, more)) == reason


def test_settings_name_files_that_run_everything_or_nothing(change_of):
    settings = Selecting(everything=("data/",), ignore=("setup.py",))
    change = change_of({"setup.py": "x = 1\n"}, settings=settings)
    assert rules.named_file(change) == ""
    assert change.files == ()
    assert not change.starts
    change = change_of({"data/named.json": "{2}"}, settings=settings)
    assert rules.named_file(change) == (
        "data/named.json changed (tool.gardener.selection.everything)"
    )


def test_a_change_that_cannot_be_made_out(change_of):
    change = change_of({})
    unknown = Change(change.tree, Comparison((), change.tree.files, "why"), change.settings)
    assert (rules.unknown_change(change), rules.unknown_change(unknown)) == ("", "why")


def test_the_first_rule_that_gives_a_reason_decides(change_of):
    asked: list[str] = []

    def rule(name: str, reason: str) -> rules.Rule:
        def ask(change: Change) -> str:
            asked.append(name)
            return reason

        return ask

    three = [rule("a", ""), rule("b", "because"), rule("c", "never asked")]
    assert first_reason(three, change_of({})) == "because"
    assert asked == ["a", "b"]
    assert first_reason(three[:1], change_of({})) == ""


def test_no_graph_is_built_for_what_touches_no_test(change_of):
    assert not change_of({"notes.md": "x\n", "web/a.ts": "x\n"}).touches_tests
    assert change_of(edited("app/core.py", "return 2", "return 3")).touches_tests
    assert change_of({"notes.md": "y\n"}, settings=Selecting(always=("tests/",))).touches_tests


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pytest_configure", True),
        ("pytest_collection_modifyitems", True),
        ("pytest_runtest_setup", False),
        ("pytest_fixture_setup", False),
        ("pytest_generate_tests", False),
        ("configure", False),
    ],
)
def test_session_hooks(name, expected):
    assert is_session_hook(name) is expected
