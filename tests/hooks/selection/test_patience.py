"""A graph that is too large to be walked in time is asked by files: safe, and never a hang."""

import itertools

import pytest
from gardener.hooks.selection.graph.by_files import files_leading_to
from gardener.hooks.selection.graph.patience import OutOfPatience, Patience
from gardener.hooks.selection.graph.reach import reach
from linking import graph

from gardener.model import Symbol

LITTLE = "0.000001"
FILES = {
    "lib.py": "class K:\n    def go(self):\n        return 1\n\ndef other():\n    return 2\n",
    "tool.py": "import lib\n\ndef made():\n    return lib.K()\n",
    "away.py": "def far():\n    return 3\n",
    "tests/test_go.py": "from tool import made\n\ndef test_go():\n    assert made().go() == 1\n",
    "tests/test_other.py": "import lib\n\ndef test_other():\n    assert lib.other() == 2\n",
    "tests/test_far.py": "import away\n\ndef test_far():\n    assert away.far() == 3\n",
    "tests/words.txt": ">>> import lib\n>>> lib.other()\n2\n",
}  # fmt: skip
GO = "tests/test_go.py"


def settings(patience, further=""):
    return f"[tool.gardener.selection]\npatience = {patience}\n{further}"


def changed(repository, patience, further=""):
    repository.commit({**FILES, "pyproject.toml": settings(patience, further)})
    repository.tests()  # from now on the graph is kept
    repository.stage({"lib.py": FILES["lib.py"].replace("return 1", "return 1 + 0")})
    return repository.select()


def test_with_patience_the_answer_is_by_symbols(repository):
    found = changed(repository, "10")
    assert [item.test for item in found.tests] == [GO]
    assert found.notes == ()


def test_without_it_is_by_files_and_says_so(repository):
    found = changed(repository, LITTLE)
    assert [item.test for item in found.tests] == [GO, "tests/test_other.py"]
    assert {item.reason for item in found.tests} == {
        "by files, for lack of patience: it leads to a file with what changed"
    }
    (note,) = found.notes
    assert note.startswith("no answer symbol by symbol within 1e-06 s (selection.patience)")
    assert "\n" not in note


def test_the_settings_and_a_focus_hold_by_files_too(repository):
    found = changed(repository, LITTLE, 'always = ["tests/test_far.py"]\n')
    assert [item.test for item in found.tests] == [
        "tests/test_far.py",
        GO,
        "tests/test_other.py",
    ]
    assert repository.tests(level="unit") == [item.test for item in found.tests]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_new.py", ["tests/test_new.py"]),
        ("tests/test_go.py", [GO]),
        ("tests/conftest.py", ["tests/test_far.py", GO, "tests/test_other.py"]),
    ],
)
def test_new_and_changed_files(repository, path, expected):
    repository.commit({**FILES, "pyproject.toml": settings(LITTLE)})
    repository.stage({path: "def test_new():\n    assert True\n"})
    assert repository.tests() == expected


def test_a_deleted_module_by_files(repository):
    repository.commit({**FILES, "pyproject.toml": settings(LITTLE)})
    repository.stage({"tool.py": None})
    assert repository.tests() == [GO]


def test_no_file_is_less_than_what_the_symbols_reach():
    made = graph({path: text for path, text in FILES.items() if path.endswith(".py")})
    for number in [n for n, holder in enumerate(made.holders()) if holder >= 0]:
        symbol = made.node(number)
        found = reach(made, [symbol])
        tests = found.names(found.tests([symbol]))
        assert {name.partition("::")[0] for name in tests} <= files_leading_to(made, [symbol])


def ticking(seconds_left):
    """A clock that moves on by a second whenever it is looked at."""
    return Patience(seconds_left, map(float, itertools.count()).__next__)


def test_walks_end_with_the_patience():
    made = graph({path: text for path, text in FILES.items() if path.endswith(".py")})
    go = Symbol("lib.py", "K.go")
    for seconds in range(4):
        made.patience = ticking(seconds)
        with pytest.raises(OutOfPatience):
            reach(made, [go]).tests([go])
    for seconds in range(2):
        made.patience = ticking(seconds)
        with pytest.raises(OutOfPatience):
            files_leading_to(made, [go])


def test_patience_runs_out_only_after_its_time():
    patience = ticking(3)
    patience.check()
    patience.check()
    with pytest.raises(OutOfPatience):
        patience.check()
