"""Selection by symbol, on real repositories: tables of a change and the tests it selects."""

import sqlite3
from contextlib import closing

import pytest

BASE = {
    "src/pkg/__init__.py": "from .a import used, unused\nfrom .b import Engine\n__version__ = '1'\n",
    "src/pkg/a.py": (
        "import os\nLIMIT = 3\n\ndef used():\n    return LIMIT\n\ndef unused():\n    return 2\n"
    ),
    "src/pkg/b.py": (
        "class Engine:\n    def start(self):\n        return self.warm()\n\n"
        "    def warm(self):\n        return 1\n\n    def stop(self):\n        return 2\n\n"
        "class Turbo(Engine):\n    def warm(self):\n        return 3\n"
    ),
    "tests/conftest.py": (
        "import pytest\nfrom pkg import Engine\n\n@pytest.fixture\ndef engine():\n    return Engine()\n\n"
        "@pytest.fixture\ndef other():\n    return 1\n"
    ),
    "tests/test_a.py": (
        "import pkg\n\ndef test_used():\n    assert pkg.used()\n\ndef test_unused():\n    assert pkg.unused()\n"
    ),
    "tests/test_b.py": (
        "def test_start(engine):\n    assert engine.start()\n\ndef test_stop(engine):\n    assert engine.stop()\n\n"
        "def test_other(other):\n    assert other\n"
    ),
}
A, B = BASE["src/pkg/a.py"], BASE["src/pkg/b.py"]
START, STOP = "tests/test_b.py::test_start", "tests/test_b.py::test_stop"


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("src/pkg/a.py", "return 2", "return 4", ["tests/test_a.py::test_unused"]),
        ("src/pkg/a.py", "LIMIT = 3", "LIMIT = 4", ["tests/test_a.py::test_used"]),
        # The package imports the name that is gone, so nothing of it can be imported:
        ("src/pkg/a.py", "def unused", "def renamed", ["tests/test_a.py", "tests/test_b.py"]),
        ("src/pkg/b.py", "return 2", "return 4", [STOP]),
        ("src/pkg/b.py", "return 1", "return 4", [START]),
        ("src/pkg/b.py", "return 3", "return 4", []),  # no test makes a Turbo
        ("src/pkg/__init__.py", "'1'", "'2'", []),  # no test reads the version
        ("tests/conftest.py", "return 1", "return 5", ["tests/test_b.py::test_other"]),
        ("tests/conftest.py", "return Engine()", "return  1", [START, STOP]),
        # Nothing that matters:
        ("src/pkg/a.py", "def used():", "# why\n\n\ndef used():", []),
        ("src/pkg/a.py", "return 2", "return (\n        2\n    )", []),
        ("src/pkg/a.py", "def used():\n", 'def used():\n    """Say it."""\n', []),
    ],
)
def test_a_change(repository, path, old, new, expected):
    assert repository.tests_of(BASE, path, old, new) == expected


def test_module_level_code_reaches_every_importer(repository):
    repository.commit({**BASE, "tests/test_none.py": "def test_n(): pass\n"})
    repository.stage({"src/pkg/a.py": A + "\nos.environ.setdefault('X', '1')\n"})
    # The conftest imports the package, and it serves all tests.
    assert repository.tests() == ["tests/test_a.py", "tests/test_b.py", "tests/test_none.py"]


def test_an_optional_module_of_the_project_reaches_every_importer(repository):
    """Its own code may run now, or not any more; that of a library has no test here."""
    guarded = "try:\n    from . import {}\nexcept ImportError:\n    fast = None\n"
    files = {**BASE, "src/pkg/fast.py": "raise RuntimeError\n"}
    repository.commit({**files, "src/pkg/a.py": A + guarded.format("slow as fast")})
    repository.stage({"src/pkg/a.py": A + guarded.format("fast")})
    assert repository.tests() == ["tests/test_a.py", "tests/test_b.py"]
    repository.stage(
        {"src/pkg/a.py": A + "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n"}
    )
    repository.commit()
    repository.stage(
        {"src/pkg/a.py": A + "try:\n    import ujson\nexcept ImportError:\n    orjson = None\n"}
    )
    assert repository.tests() == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # It is new, and only what is new reads it while the module is imported:
        (
            "import os\n",
            "import os\nimport functools\n\n@functools.lru_cache\ndef new():\n    return 1\n",
            [],
        ),
        (
            "def unused",
            "import functools\n\n@functools.lru_cache\ndef unused",
            ["tests/test_a.py::test_unused"],
        ),
        (
            "def unused():\n",
            "import json\n\ndef unused():\n    json.dumps(1)\n",
            ["tests/test_a.py::test_unused"],
        ),
        # Who reads it without being changed:
        ("import os\n", "import os\nimport math\n", ["tests/test_math.py"]),
        # It stands in the place of a builtin, which the module calls when it is imported:
        (
            "import os\n",
            "import os\nfrom math import factorial as int\n",
            ["tests/test_a.py", "tests/test_b.py", "tests/test_math.py"],
        ),
    ],
)
def test_a_name_of_an_import_that_is_new(repository, old, new, expected):
    user = "from pkg import a\n\ndef test_math(): assert not hasattr(a, 'math') or a.math\n"
    text = A + "\nTHREE = int('3')\n"
    files = {**BASE, "src/pkg/a.py": text, "tests/test_math.py": user}
    assert repository.tests_of(files, "src/pkg/a.py", old, new) == expected


@pytest.mark.parametrize(
    ("importing", "expected"),
    [
        ("from pkg.a import *", ["tests/test_a.py", "tests/test_b.py", "tests/test_star.py"]),
        ("from pkg import a", []),
        # Who reads it as a value:
        ("from pkg import a\ndef test_all(): assert a.__all__", ["tests/test_star.py::test_all"]),
    ],
)
def test_what_a_module_exports_matters_to_star_imports(repository, importing, expected):
    star = f"{importing}\n\ndef test_star(): pass\n"
    repository.commit(
        {**BASE, "src/pkg/a.py": "__all__ = ['used']\n" + A, "tests/test_star.py": star}
    )
    repository.stage({"src/pkg/a.py": "__all__ = ['used', 'unused']\n" + A})
    assert repository.tests() == expected


def test_what_runs_while_tests_are_collected_selects_everything(repository):
    repository.commit(
        {**BASE, "tests/test_c.py": "import pkg\nX = pkg.used()\ndef test_c(): assert X\n"}
    )
    repository.stage({"src/pkg/a.py": A.replace("return LIMIT", "return LIMIT + 1")})
    found = repository.select()
    assert found.everything
    assert "while tests are collected" in found.reason


def test_an_override_that_is_new_or_gone(repository):
    code = "from pkg.b import Turbo\n\ndef test_t():\n    assert Turbo().stop()\n"
    repository.commit({**BASE, "tests/test_t.py": code})
    repository.stage({"src/pkg/b.py": B + "\n    def stop(self):\n        return 0\n"})
    assert repository.tests() == ["tests/test_t.py"]
    repository.commit()
    repository.stage({"src/pkg/b.py": B})
    assert repository.tests() == ["tests/test_t.py"]


def test_a_hook_in_a_conftest_acts_on_all(repository):
    repository.commit(BASE)
    text = BASE["tests/conftest.py"] + "\ndef pytest_collection_modifyitems(items):\n    pass\n"
    repository.stage({"tests/conftest.py": text})
    assert repository.tests() == "ALL"


@pytest.mark.parametrize("data", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_store_is_made_again(repository, data):
    repository.commit(BASE)
    repository.stage({"src/pkg/b.py": B.replace("return 2", "return 4")})
    assert repository.tests() == [STOP]
    store = repository.root / ".git/gardener/summaries.sqlite"
    store.write_bytes(data)
    assert repository.tests() == [STOP]
    repository.stage({"src/pkg/b.py": B.replace("return 1", "return 4")})
    assert repository.tests() == [START]


def test_damaged_rows_are_read_anew(repository):
    repository.commit(BASE)
    repository.stage({"src/pkg/b.py": B.replace("return 2", "return 4")})
    assert repository.tests() == [STOP]
    with closing(sqlite3.connect(repository.root / ".git/gardener/summaries.sqlite")) as base, base:
        base.execute("update summary set data = x'00'")
    for net in (repository.root / ".git/gardener/nets").iterdir():
        net.write_bytes(net.read_bytes()[:-9])
    assert repository.tests() == [STOP]


def test_an_import_inside_a_method(repository):
    code = "class Maker:\n    def make(self):\n        from .b import Engine as Made\n        return Made()\n"
    test = "from pkg.maker import Maker\n\ndef test_m():\n    assert Maker().make().stop()\n"
    repository.commit({**BASE, "src/pkg/maker.py": code, "tests/test_m.py": test})
    repository.stage({"src/pkg/b.py": B.replace("return 2", "return 4")})
    assert repository.tests() == [STOP, "tests/test_m.py"]


def test_a_lone_surrogate_in_a_string_is_no_trouble(repository):
    odd = "BAD = '\\ud800'\nOTHER = 'a\\ud800b.c'\n\ndef used():\n    return BAD\n"
    repository.commit({"m.py": odd, "test_m.py": "import m\n\ndef test_m():\n    m.used()\n"})
    repository.stage({"m.py": odd.replace("return BAD", "return OTHER")})
    assert repository.tests() == ["test_m.py"]
