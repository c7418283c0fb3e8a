"""Texts that nobody names by themselves: a list names them, or a listing takes all of their ending."""

import pytest
from gardener.hooks.changes import compare
from gardener.hooks.selection.rules import Change
from gardener.hooks.selection.tree import SourceTree

from gardener.config import Selecting
from gardener.model import Mode

FILES = {
    "site.yml": "pages:\n  - manual/start.md\n  - manual/prices.csv\n",
    "pyproject.toml": "[project]\nreadme = 'manual/badge.md'\n",
    "manual/start.md": "one",
    "manual/restart.md": "one",
    "manual/badge.md": "one",
    "manual/prices.csv": "one",
    "app/site.py": "def pages(config):\n    return open(config).read().split()\n",
    "tests/test_site.py": "from app.site import pages\n\ndef test_pages():\n    assert pages('site.yml')\n",
    "tests/test_project.py": "def test_project():\n    assert open('pyproject.toml').read()\n",
    "tests/test_words.py": "END = '.rst'\n\ndef test_words():\n    assert END\n",
    "tests/test_rst.py": "import pathlib\nEND = '.rst'\n\ndef test_rst():\n"
    "    for page in pathlib.Path('.').rglob('*'):\n        assert page.suffix != END or page.read_text()\n",
    "tests/test_glob.py": "import glob\n\ndef test_adoc():\n    assert glob.glob('**/b*.adoc')\n",
}


@pytest.fixture
def meaning(repository):
    """The files with what may mean a file that changes."""
    repository.commit({**FILES, "a.rst": "1", "b.adoc": "1", "c.adoc": "1"})

    def of(path):
        repository.stage({path: "two"})
        comparison = compare(repository.root, Mode.STAGED)
        tree = SourceTree(repository.root, comparison.files)
        change = Change(tree, comparison, Selecting())
        return {f"{symbol.file}:{symbol.qualname}" for symbol in change.mentions[path]}

    return of


@pytest.mark.parametrize(
    ("path", "symbols"),
    [
        ("manual/start.md", {"tests/test_site.py:test_pages"}),
        ("manual/prices.csv", {"tests/test_site.py:test_pages"}),
        ("manual/restart.md", set()),  # only the end of its name is listed
        ("manual/badge.md", set()),  # what configures the build reads no badge
        ("a.rst", {"tests/test_rst.py:END"}),
        ("b.adoc", {"tests/test_glob.py:test_adoc"}),
        ("c.adoc", set()),
    ],
)
def test_what_may_mean_a_text(meaning, path, symbols):
    assert meaning(path) == symbols
