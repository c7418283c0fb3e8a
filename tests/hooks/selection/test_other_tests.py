"""Doctests, and tests in files that are no Python."""

import os
import subprocess
import sys

import pytest

from gardener.cli import main

CORE = '''
"""The core."""

def add(a, b):
    """Add.

    >>> add(1, 2)
    3

    Said after it.
    """
    return a + b

def other(a):
    return a
'''
CONFTEST = """
import pytest

def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".yaml" and file_path.name.startswith("test"):
        return Rows.from_parent(parent, path=file_path)

class Rows(pytest.File):
    def collect(self):
        for n, line in enumerate(self.path.read_text().splitlines()):
            yield Row.from_parent(self, name=f"line{n}", line=line)

class Row(pytest.Item):
    def __init__(self, *, line, **kw):
        super().__init__(**kw)
        self.line = line
    def runtest(self):
        from pkg.rows import check
        check(*map(int, self.line.split()))
"""
FILES = {
    "pytest.ini": "[pytest]\npythonpath = .\naddopts = --doctest-modules --doctest-glob=*.txt\n",
    "pkg/__init__.py": "",
    "pkg/core.py": CORE,
    "pkg/plain.py": "def plain():\n    return 1\n",
    "pkg/rows.py": "def check(a, b, c):\n    assert a + b == c\n",
    "tests/rows/conftest.py": CONFTEST,
    "tests/rows/test_x.yaml": "1 2 3\n",
    "tests/rows/x.yaml": "nothing\n",
    "tests/test_core.py": "from pkg.core import add, other\n\ndef test_add(): assert add(1, 1) == 2\n\n"
    "def test_other(): assert other(1) == 1\n",
    "docs/guide.txt": "Words.\n\n>>> from pkg.core import add\n>>> def twice(x):\n...     return add(x, x)\n"
    ">>> twice(2)\n4\n\n>>> class: wrong(plain  # doctest: +SKIP\n",
}
ADD = "tests/test_core.py::test_add"


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("pkg/core.py", "a + b", "a - b", ["docs/guide.txt", "pkg/core.py", ADD]),
        ("pkg/core.py", "return a\n", "return 2\n", ["tests/test_core.py::test_other"]),
        # An example is code, the words around it are not.
        ("pkg/core.py", "    3\n", "    4\n", ["pkg/core.py"]),
        ("pkg/core.py", "Said after", "Told after", []),
        ("pkg/core.py", "The core", "A core", []),
        ("pkg/plain.py", "return 1", "return 2", []),
        ("docs/guide.txt", "    return add", "    return 1 + add", ["docs/guide.txt"]),
        ("pkg/rows.py", "a + b", "a - b", ["tests/rows/test_x.yaml"]),
        ("tests/rows/test_x.yaml", "1", "2", ["tests/rows/test_x.yaml"]),
    ],
)
def test_a_change(repository, path, old, new, expected):
    assert repository.tests_of(FILES, path, old, new) == expected


def test_without_the_option_docstrings_are_words(repository):
    files = {**FILES, "pytest.ini": "[pytest]\npythonpath = .\n"}
    repository.commit({**files, "docs/test_guide.txt": FILES["docs/guide.txt"]})
    repository.stage({"pkg/core.py": CORE.replace("a + b", "a - b")})
    # `test*.txt` is collected always.
    assert repository.tests() == ["docs/test_guide.txt", ADD]
    repository.git("reset", "-q", "--hard")
    repository.stage({"pkg/core.py": CORE.replace("    3\n", "    4\n")})
    assert repository.tests() == []


@pytest.mark.parametrize("gone", ["docs/guide.txt", "tests/rows/test_x.yaml"])
def test_one_that_is_gone_selects_nothing(repository, gone):
    repository.commit(FILES)
    repository.stage({gone: None})
    assert repository.tests() == []


def test_a_text_without_examples_is_a_file_like_any_other(repository):
    repository.commit({**FILES, "docs/words.txt": "Words.\n"})
    assert "docs/words.txt" not in repository.tests("all", level="unit")
    repository.stage({"docs/words.txt": "Other words.\n"})
    assert repository.tests() == "ALL"  # nobody says who reads it


def test_a_summary_that_is_kept_tells_texts_from_python(repository):
    text = "print(1)\n"
    repository.commit({**FILES, "docs/same.txt": text, "pkg/same.py": text})
    repository.stage({"pkg/core.py": CORE.replace("a + b", "a - b")})
    for _ in range(2):
        assert repository.tests() == ["docs/guide.txt", "pkg/core.py", ADD]


def test_what_is_selected_is_what_fails(repository):
    repository.commit(FILES)
    # Byte code would be staged with the rest, and be taken for that of a source of equal length.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "-p", "no:cacheprovider"]
    for path in ("pkg/core.py", "pkg/rows.py"):
        repository.stage({path: FILES[path].replace("a + b", "a - b")})
        done = subprocess.run(
            command, cwd=repository.root, env=environment, capture_output=True, text=True
        )
        failed = {x.split()[1] for x in done.stdout.splitlines() if x.startswith("FAILED")}
        chosen = repository.tests()
        assert failed
        assert isinstance(chosen, list)  # not everything
        assert {f for f in failed if not {f, f.partition("::")[0]} & {*chosen}} == set()
        repository.git("reset", "-q", "--hard")


def test_a_file_that_pytest_passes_by_runs_its_folder(repository, monkeypatch, capsys):
    picky = CONFTEST.replace('file_path.name.startswith("test")', "len(file_path.name) == 11")
    repository.commit({**FILES, "tests/rows/conftest.py": picky})
    monkeypatch.chdir(repository.root)
    repository.stage({"pkg/rows.py": FILES["pkg/rows.py"].replace("a + b", "a - b")})
    assert repository.tests() == ["tests/rows/test_x.yaml", "tests/rows/x.yaml"]
    assert main(["run", "--staged", "--python", sys.executable]) == 1
    said = capsys.readouterr()
    assert "tests/rows/test_x.yaml::line0" in said.out
    assert "whole" in said.err


def test_python_files_below_use_no_items_of_other_files(repository):
    """The hook runs for them too, with all that it calls to know the file."""
    conftest = CONFTEST.replace("if file_path", "if wanted(file_path) and file_path") + (
        "\ndef wanted(path):\n    return Known().size\n\n"
        "class Known:\n    def __init__(self):\n        self.size = 1\n"
    )
    plain = "tests/rows/test_plain.py"
    files = {**FILES, "tests/rows/conftest.py": conftest, plain: "def test_p():\n    pass\n"}
    rows = "tests/rows/test_x.yaml"
    repository.commit(files)
    for old, new, expected in (
        ("self.line.split()", "self.line.split(' ')", [rows]),
        ("self.size = 1", "self.size = 2", [plain, rows]),
        ("Known().size", "Known().size + 1", [plain, rows]),
    ):
        repository.stage({"tests/rows/conftest.py": conftest.replace(old, new)})
        assert repository.tests() == expected
    repository.git("reset", "-q", "--hard")
    repository.stage({"pkg/rows.py": FILES["pkg/rows.py"].replace("a + b", "a - b")})
    assert repository.tests() == [rows]


def test_python_files_that_a_hook_takes_use_its_items(repository):
    conftest = CONFTEST.replace('".yaml"', '".py"')
    plain = "tests/rows/test_plain.py"
    files = {**FILES, "tests/rows/conftest.py": conftest, plain: "def test_p():\n    pass\n"}
    repository.commit(files)
    repository.stage({"pkg/rows.py": FILES["pkg/rows.py"].replace("a + b", "a - b")})
    assert plain in repository.tests()
