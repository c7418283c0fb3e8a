"""What differs in a comparison is told where pytest and unittest cut the values that they show."""

import json
import subprocess
import sys

import pytest

from gardener.cli import main

TESTS = """
import unittest

class Options:
    def __init__(self, names, size):
        self.names, self.size = names, size
    def __eq__(self, other):
        return vars(self) == vars(other)
    def __repr__(self):
        return "Options(%s)" % ("one of many options, " * 9)

def users(**more):
    return {"users": [dict(name="Ann" * 9, n=n, **more) for n in range(9)]}

def changed():
    answer = users()
    answer["users"][4]["n"] = "4"
    return answer

def test_item():
    assert users() == changed()

def test_text():
    assert repr(users()) == repr(changed())

def test_attribute():
    small, large = Options("ab", 1), Options("ab", 2)
    assert [small] == [large]

def test_another_test_of_the_same_attribute():
    options = Options("c", 2)
    assert options == Options("c", 1)

class TestCase(unittest.TestCase):
    def test_of_unittest(self):
        answer = users(new=1)
        self.assertEqual(answer["users"][:1], users()["users"][:1])

def test_a_caught_one_before():
    try:
        assert users() == changed()
    except AssertionError:
        pass
    assert "Bob" in repr(users())

def test_passes_in_between():
    try:
        assert users() == changed()
    except AssertionError:
        pass
"""
CAUSES = {
    "test_item": "`users()` and `changed()` differ at `['users'][4]['n']`: `4` (int) and `'4'` (str).",
    "test_text": "`repr(users())` and `repr(changed())` differ from character",
    "test_attribute": "`[small]` and `[large]` differ at `[0].size`: `1` and `2`.",
    "test_of_unittest": "Only `answer['users'][:1]` has `1` at `[0]['new']`.",
    "test_a_caught_one_before": "`repr(users())` does not hold",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    top = tmp_path_factory.mktemp("cut")
    (top / "test_cut.py").write_text(TESTS)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=top, check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        patch.delenv("PYTEST_ADDOPTS", raising=False)
        run = ["run", "--all", "--python", sys.executable, "--report", "../r.json", "--quiet"]
        assert main(run) == 1
        assert main(["report", "../r.json", "--format", "json", "-o", "../found.json"]) == 0
    found = json.loads((top.parent / "found.json").read_text())["findings"]
    return {test.rpartition("::")[2]: finding for finding in found for test in finding["tests"]}


@pytest.mark.parametrize("test", CAUSES)
def test_what_differs_is_told(findings, test):
    assert findings[test]["cause"].startswith(CAUSES[test])


def test_objects_that_differ_alike_have_one_cause(findings):
    one, other = findings["test_attribute"], findings["test_another_test_of_the_same_attribute"]
    assert one is other
    assert one["reason"] == "All compare objects that differ in `Options.size`, by the same values."


def test_a_comparison_that_is_caught_changes_nothing(findings):
    assert "test_passes_in_between" not in findings
