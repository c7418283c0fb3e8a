"""One kind of glob: the settings of a focus and of the selection answer alike."""

import pytest
from gardener.hooks.changes import Entry, FileChange
from gardener.hooks.selection.data_files import reason_by_names
from gardener.hooks.selection.file_kinds import (
    ASIDE,
    ELSEWHERE,
    EVERYTHING,
    EXAMPLES,
    IGNORED,
    BuiltInGlobs,
)

from gardener.config import Selecting
from gardener.paths import matches

GLOBS = [
    # (glob, a test file, whether it fits)
    ("test_x.py", "test_x.py", True),
    ("test_x.py", "tests/deep/test_x.py", True),
    ("tests", "tests/deep/test_x.py", True),
    ("deep", "tests/deep/test_x.py", True),
    ("*_x.py", "tests/deep/test_x.py", True),
    ("tests/*.py", "tests/test_x.py", True),
    ("tests/*.py", "tests/deep/test_x.py", False),
    ("tests/*.py", "other/tests/test_x.py", False),
    ("tests/**/*.py", "tests/test_x.py", True),
    ("tests/**/*.py", "tests/deep/er/test_x.py", True),
    ("**/test_x.py", "test_x.py", True),
    ("**/deep/**", "tests/deep/er/test_x.py", True),
    ("tests/", "tests/deep/test_x.py", True),
    ("./tests/", "tests/deep/test_x.py", True),
    ("tests/deep", "tests/deep/er/test_x.py", True),
    ("tests/dee", "tests/deep/test_x.py", False),
    ("tests/?eep/test_x.py", "tests/deep/test_x.py", True),
    ("tests?deep/test_x.py", "tests/deep/test_x.py", False),
    ("tests/[cd]eep/*", "tests/deep/test_x.py", True),
]
PLAIN = "def test_plain(): pass\n"


@pytest.mark.parametrize(("glob", "path", "fits"), GLOBS)
def test_every_setting_reads_a_glob_alike(repository, glob, path, fits):
    assert matches(path, glob) is fits
    change = FileChange(path, Entry("100644", "a"), Entry("100644", "b"))
    everything = Selecting(everything=(glob,))
    assert bool(reason_by_names([change], everything, ())) is fits
    lock = FileChange(f"{path.rpartition('.')[0]}.lock", change.before, change.after)
    ignored = Selecting(ignore=(glob.replace(".py", ".lock"),))
    assert bool(reason_by_names([lock], ignored, ())) is not fits
    # And whole: a focus, and tests that run with every change.
    settings = f"[tool.gardener.selection]\nalways = [{glob!r}]\n[tool.gardener.focus.f]\npaths = [{glob!r}]\n"
    repository.commit({path: PLAIN, "pyproject.toml": settings, "notes.md": ""})
    assert repository.tests("all", focus="f") == [path] * fits
    repository.stage({"notes.md": "more"})
    assert repository.tests() == [path] * fits


PATHS = [
    "requirements.txt",
    "app/requirements-dev.txt",
    "requirements/dev/base.txt",
    "environments/prod.yml",
    "setup.py",
    "setup.py.txt",
    ".env",
    ".env.local",
    "poetry.lock",
    "yarn.lock",
    "README.md",
    "docs/deep/index.rst",
    "LICENSES/MIT.txt",
    "LICENSE",
    ".github/workflows/ci.yml",
    "app/.github/x",
    "__pycache__/a.pyc",
    "static/chart.js",
    "static/chart.js/data.json",
    "app/Dockerfile.dev",
    "docker-compose/dev.yml",
    "data/a.json",
    "package.json",
    "tsconfig/base.json",
    "fixtures/[id].txt",
    "Makefile",
]


@pytest.mark.parametrize("globs", [EVERYTHING, EXAMPLES, IGNORED, ELSEWHERE, ASIDE])
@pytest.mark.parametrize("path", PATHS)
def test_built_in_lists_hold_globs_of_the_same_kind(globs, path):
    assert globs.fit(path) is matches(path, *globs.globs)


@pytest.mark.parametrize(
    ("path", "everything", "ignored", "elsewhere"),
    [
        ("requirements/dev/base.txt", True, False, False),
        ("environments/prod.yml", True, False, False),
        ("yarn.lock", True, False, True),
        ("LICENSES/MIT.txt", False, True, False),
        ("app/.github/x", False, True, False),
        ("static/chart.js", False, False, True),
        # A folder may be called like a script; what lies in it is data.
        ("static/chart.js/data.json", False, False, False),
        ("docker-compose/dev.yml", False, False, True),
        ("data/a.json", False, False, False),
    ],
)
def test_built_in_lists(path, everything, ignored, elsewhere):
    assert EVERYTHING.fit(path) is everything
    assert IGNORED.fit(path) is ignored
    assert ELSEWHERE.fit(path) is elsewhere


def test_a_built_in_glob_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="another shape"):
        BuiltInGlobs("docs/*.md")
