"""Which tests are selected, on real repositories."""

import subprocess
import sys

import pytest

from gardener.config import load
from gardener.errors import GitError

SRC = {
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "def a():\n    return 1\n",
    "src/pkg/b.py": "from .a import a\n\ndef b():\n    return a()\n",
    "src/pkg/c.py": "def c():\n    return 1\n",
}
TESTS = {
    "tests/test_b.py": "from pkg.b import b\n\ndef test_b():\n    assert b() == 1\n",
    "tests/test_c.py": "from pkg import c\n\ndef test_c():\n    assert c.c() == 1\n",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"src/pkg/a.py": "def a():\n    return 2\n"}, ["tests/test_b.py"]),
        ({"src/pkg/c.py": "def c():\n    return 2\n"}, ["tests/test_c.py"]),
        ({"src/pkg/a.py": None}, ["tests/test_b.py"]),
        ({"src/pkg/__init__.py": "print(1)\n"}, ["tests/test_b.py", "tests/test_c.py"]),
        ({"tests/test_new.py": "def test_n(): pass\n"}, ["tests/test_new.py"]),
        ({"tests/test_b.py": None}, []),
        ({"tests/conftest.py": "import os\nos.x = 1\n"}, ["tests/test_b.py", "tests/test_c.py"]),
        ({"README.md": "hello\n"}, []),
        ({"src/__pycache__/m.cpython-311.pyc": "x", ".pytest_cache/v/x": "y"}, []),
        ({"docs/page.rst": "hello\n"}, []),
        ({"requirements.txt": "x\n"}, "ALL"),
        ({"test-requirements.txt": "x\n"}, "ALL"),
        ({"requirements/dev.in": "x\n"}, "ALL"),
        ({"pylock.dev.toml": "x\n"}, "ALL"),
        ({"pytest.ini": "[pytest]\n"}, "ALL"),
        ({"pyproject.toml": "[project]\n"}, "ALL"),
        ({"uv.lock": "x\n"}, "ALL"),
        ({"data/unknown.bin": "x\n"}, "ALL"),
    ],
)
def test_staged(repository, change, expected):
    repository.commit({**SRC, **TESTS})
    repository.stage(change)
    found = repository.select()
    assert repository.tests() == expected
    if expected == "ALL":
        assert next(iter(change)) in found.reason
    assert all(item.reason for item in found.tests)


def test_nothing_staged_selects_nothing(repository):
    repository.commit({**SRC, **TESTS})
    repository.write({"src/pkg/a.py": "def a():\n    return 2\n"})
    assert repository.tests() == []
    assert repository.tests("worktree") == ["tests/test_b.py"]


def test_since(repository):
    repository.commit({**SRC, **TESTS})
    repository.git("switch", "-qc", "topic")
    repository.commit({"src/pkg/c.py": "def c():\n    return 3\n"})
    assert repository.tests("since", "main") == ["tests/test_c.py"]
    with pytest.raises(GitError):
        repository.tests("since", "nowhere")


def test_a_merge_conflict_selects_everything(repository):
    repository.commit({**SRC, **TESTS})
    repository.git("switch", "-qc", "topic")
    repository.commit({"src/pkg/a.py": "def a():\n    return 2\n"})
    repository.git("switch", "-q", "main")
    repository.commit({"src/pkg/a.py": "def a():\n    return 3\n"})
    with pytest.raises(AssertionError):
        repository.git("merge", "-q", "topic")
    found = repository.select()
    assert found.everything
    assert "unfinished merge" in found.reason


IMPORTS = [
    # (code of a test, whether it needs src/pkg/target.py)
    ("import pkg.target\n", True),
    ("from pkg import target\n", True),
    ("from pkg.target import thing\n", True),
    ("from pkg.target import *\n", True),
    ("def helper():\n    import pkg.target\n", True),
    ("import os\nif os.name == 'x':\n    from pkg import target\n", True),
    ("try:\n    import nothing\nexcept ImportError:\n    import pkg.target\n", True),
    ("import importlib\nimportlib.import_module('pkg.target')\n", True),
    ("import importlib\nimportlib.import_module('.target', 'pkg')\n", True),
    ("import importlib\nn = 'x'\nimportlib.import_module(f'pkg.{n}')\n", True),
    ("import pytest\npytest.importorskip('pkg.target')\n", True),
    ("from unittest import mock\nmock.patch('pkg.target.thing')\n", True),
    ("SETTINGS = ['pkg.target.thing']\n", True),
    ("APP = 'pkg.target:thing'\n", True),
    ("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pkg.target'])\n", True),
    ("import subprocess, sys\nsubprocess.run([sys.executable, 'src/pkg/target.py'])\n", True),
    ("from pkg.reexport import thing\n", True),
    ("import pkg.other\n", False),
    ("import target_of_another\n", False),
    ("X = 'pkg'\n", False),
]


@pytest.mark.parametrize(("code", "needs"), IMPORTS)
def test_imports(repository, code, needs):
    repository.commit(
        {
            "src/pkg/__init__.py": "",
            "src/pkg/target.py": "thing = 1\n",
            "src/pkg/other.py": "",
            "src/pkg/reexport.py": "from .target import thing\n",
            "tests/test_x.py": code
            + "\ndef helper(): pass\n" * ("helper" not in code)
            + "\ndef test_y(): helper()\n",
        }
    )
    repository.stage({"src/pkg/target.py": "thing = 2\nprint(thing)\n"})
    assert repository.tests() == (["tests/test_x.py"] if needs else [])


LAYOUTS = [
    # (module file, test file, how the test imports it, other files)
    ("pkg/m.py", "tests/test_x.py", "from pkg import m", {"pkg/__init__.py": ""}),
    ("src/pkg/m.py", "tests/test_x.py", "import pkg.m", {"src/pkg/__init__.py": ""}),
    ("src/ns/pkg/m.py", "tests/test_x.py", "import ns.pkg.m", {}),
    (
        "backend/app/m.py",
        "backend/tests/test_x.py",
        "import app.m",
        {"backend/app/__init__.py": ""},
    ),
    ("tests/support.py", "tests/test_x.py", "import support", {}),
    ("tests/support.py", "tests/test_x.py", "from .support import x", {"tests/__init__.py": ""}),
    (
        "tests/support.py",
        "tests/deep/test_x.py",
        "from ..support import x",
        {"tests/__init__.py": "", "tests/deep/__init__.py": ""},
    ),
    (
        "tests/support.py",
        "tests/test_x.py",
        "from tests.support import x",
        {"tests/__init__.py": ""},
    ),
    (
        "code/py/m.py",
        "tests/test_x.py",
        "import m",
        {"pytest.ini": "[pytest]\npythonpath = code/py\n"},
    ),
    ("odd/place/ns2/m.py", "tests/test_x.py", "import ns2.m", {}),
    (
        "src/pkg/m.py",
        "src/pkg/tests/test_x.py",
        "from .. import m",
        {"src/pkg/__init__.py": "", "src/pkg/tests/__init__.py": ""},
    ),
    (
        "src/pkg/m.py",
        "src/pkg/tests/test_x.py",
        "from pkg.m import x",
        {"src/pkg/__init__.py": "", "src/pkg/tests/__init__.py": ""},
    ),
]


@pytest.mark.parametrize(("module", "test", "code", "others"), LAYOUTS)
def test_layouts(repository, module, test, code, others):
    repository.commit(
        {
            module: "x = 1\n",
            test: f"{code}\ndef test_y(): pass\n",
            **others,
            "tests/test_unrelated.py": "def test_z(): pass\n",
        }
    )
    repository.stage({module: "x = 2\nprint(x)\n"})
    assert repository.tests() == [test]


def test_equal_names_in_two_services(repository):
    files = {}
    for service in ("one", "two"):
        files[f"{service}/app/__init__.py"] = ""
        files[f"{service}/app/m.py"] = "x = 1\n"
        files[f"{service}/tests/test_{service}.py"] = "from app.m import x\ndef test_y(): pass\n"
    repository.commit(files)
    repository.stage({"two/app/m.py": "x = 2\nprint(x)\n"})
    assert repository.tests() == ["two/tests/test_two.py"]


def test_conftest_and_its_imports_serve_the_tests_below(repository):
    repository.commit(
        {
            "tests/one/conftest.py": "from support.fixtures import *\n",
            "support/fixtures.py": "x = 1\n",
            "tests/one/test_1.py": "def test_1(): pass\n",
            "tests/two/test_2.py": "def test_2(): pass\n",
        }
    )
    repository.stage({"support/fixtures.py": "x = 2\nprint(x)\n"})
    assert repository.tests() == ["tests/one/test_1.py"]


@pytest.mark.parametrize(
    "files",
    [
        {"conftest.py": "pytest_plugins = ['support.plugin']\n"},
        {"pytest.ini": "[pytest]\naddopts = -p support.plugin\n"},
        {"tests/test_1.py": "pytest_plugins = 'support.plugin'\ndef test_1(): pass\n"},
    ],
)
def test_plugins(repository, files):
    repository.commit(
        {"support/plugin.py": "x = 1\n", "tests/test_1.py": "def test_1(): pass\n", **files}
    )
    repository.stage({"support/plugin.py": "x = 2\nprint(x)\n"})
    assert repository.tests() == ["tests/test_1.py"]


def test_a_new_module_that_shadows_another(repository):
    repository.commit({**SRC, **TESTS, "tests/test_json.py": "import helper\ndef test_j(): pass\n"})
    repository.stage({"tests/helper.py": "x = 1\n"})
    assert repository.tests() == ["tests/test_json.py"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("tox.ini", "[pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        ("setup.cfg", "[tool:pytest]\npython_files = check_*.py\ntestpaths = checks\n"),
        (
            "pyproject.toml",
            '[tool.pytest.ini_options]\npython_files = "check_*.py"\ntestpaths = ["checks"]\n',
        ),
    ],
)
def test_the_project_says_which_files_are_tests(repository, name, text):
    repository.commit({name: text, "m.py": "x = 1\n"})
    code = "import m\ndef test_x(): pass\n"
    repository.commit(
        {"checks/check_m.py": code, "other/check_m2.py": code, "checks/test_m.py": code}
    )
    repository.stage({"m.py": "x = 2\nprint(x)\n"})
    assert repository.tests() == ["checks/check_m.py"]


@pytest.mark.parametrize(
    ("settings", "left_out"),
    [
        ("", {"build/b"}),
        ("norecursedirs = tests/typed", {"tests/typed"}),
        ("norecursedirs = typed", {"tests/typed", "more/typed"}),
        ("norecursedirs = tests/t*d b?ild", {"tests/typed", "build/b"}),
        ("testpaths = more tests\nnorecursedirs = more/typed", {"more/typed", "build/b"}),
        ("testpaths = tests/typed more\nnorecursedirs = tests/typed", {"build/b"}),
    ],
)
def test_folders_that_pytest_passes_by_hold_no_tests(repository, settings, left_out):
    folders = ["tests/typed", "more/typed", "build/b"]
    files = {
        f"{folder}/test_{n}.py": "import m\ndef test_x(): pass\n"
        for n, folder in enumerate(folders)
    }
    repository.commit({"pytest.ini": f"[pytest]\n{settings}\n", "m.py": "x = 1\n", **files})
    repository.stage({"m.py": "x = 2\nprint(x)\n"})
    expected = [name for name in sorted(files) if name.rpartition("/")[0] not in left_out]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True)
    assert (
        sorted({line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line})
        == expected
    )
    assert repository.tests() == expected


def test_data_files_go_to_the_tests_that_name_them(repository):
    repository.commit(
        {
            **SRC,
            **TESTS,
            "tests/data/one.json": "1",
            "README.md": "x",
            "tests/test_data.py": "P = 'data/one.json'\ndef test_d(): open(P)\n",
            "tests/test_glob.py": "P = 'tests/data'\ndef test_g(): open(P)\n",
            "tests/test_readme.py": "P = 'README.md'\ndef test_r(): open(P)\n",
        }
    )
    repository.stage({"tests/data/one.json": "2"})
    assert repository.tests() == ["tests/test_data.py", "tests/test_glob.py"]
    repository.commit()
    repository.stage({"README.md": "y"})
    assert repository.tests() == ["tests/test_readme.py"]


TOML = """
[project]
name = "pkg"
version = "1.0"
dependencies = ["x"]
[tool.ruff]
line-length = 100
[tool.mypy]
strict = true
[tool.pytest.ini_options]
addopts = "-q"
"""
CFG = """
[metadata]
version = 1.0
[options]
install_requires = x
[flake8]
max-line-length = 100
[mypy-pkg.*]
ignore_errors = true
[tool:pytest]
addopts = -q
"""


@pytest.mark.parametrize(
    ("path", "text", "old", "new", "expected"),
    [
        ("pyproject.toml", TOML, "1.0", "1.1", []),
        ("pyproject.toml", TOML, "= 100", "= 99", []),
        ("pyproject.toml", TOML, "[tool.ruff]", "[tool.black]\nx = 1\n[tool.ruff]", []),
        ("pyproject.toml", TOML, '["x"]', '["x", "y"]', "ALL"),
        ("pyproject.toml", TOML, '"-q"', '"-v"', "ALL"),
        ("pyproject.toml", TOML, "[tool.ruff]", "[tool.other]", "ALL"),
        ("pyproject.toml", TOML, "[tool.ruff]", "[tool.ruff", "ALL"),
        # Somebody's test runs it.
        ("pyproject.toml", TOML, "strict = true", "strict = false", "ALL"),
        ("pyproject.toml", TOML.replace("-q", "--ruff"), "= 100", "= 99", "ALL"),
        ("sub/pyproject.toml", "tool = 1\n", "1", "2", "ALL"),
        ("setup.cfg", CFG, "1.0", "1.1", []),
        ("setup.cfg", CFG, "= 100", "= 99", []),
        ("setup.cfg", CFG, "= x", "= y", "ALL"),
        ("setup.cfg", CFG, "-q", "-v", "ALL"),
        ("setup.cfg", CFG, "= true", "= false", "ALL"),
        ("tox.ini", "[flake8]\nx = 1\n[testenv]\ndeps = y\n", "x = 1", "x = 2", []),
        ("tox.ini", "[flake8]\nx = 1\n[testenv]\ndeps = y\n", "= y", "= z", "ALL"),
    ],
)
def test_settings_that_no_test_depends_on(repository, path, text, old, new, expected):
    types = "import subprocess\ndef test_types(): subprocess.run(['mypy', '.'])\n"
    files = {**SRC, **TESTS, path: text, "tests/test_types.py": types}
    assert repository.tests_of(files, path, old, new) == expected


def test_settings_go_to_the_tests_that_read_them(repository):
    reads = "P = 'pyproject.toml'\ndef test_v(): open(P)\n"
    files = {**SRC, **TESTS, "pyproject.toml": TOML, "tests/test_v.py": reads}
    assert repository.tests_of(files, "pyproject.toml", "1.0", "1.1") == ["tests/test_v.py"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # Programs in other languages, and what builds and ships them.
        ("web/src/App.tsx", []),
        ("web/package-lock.json", []),
        ("web/yarn.lock", []),
        ("Dockerfile", []),
        ("deploy/docker-compose.prod.yml", []),
        ("ruff.toml", []),
        ("static/app.js", ["tests/test_static.py"]),  # its folder is named
        ("static/deep/page.css", ["tests/test_page.py"]),  # it is named itself
        # What Python tests may read: a page those that open files.
        (
            "web/index.html",
            [
                "tests/cases/test_all.py",
                "tests/test_one.py",
                "tests/test_page.py",
                "tests/test_static.py",
            ],
        ),
        ("poetry.lock", "ALL"),
        # Named by one test, and in the folder that another lists.
        ("tests/cases/one.json", ["tests/cases/test_all.py", "tests/test_one.py"]),
        ("tests/other/one.json", ["tests/test_one.py"]),
    ],
)
def test_files_of_other_languages_and_listed_folders(repository, change, expected):
    walks = "import ast\nHERE = __file__\ndef test_w(): assert list(ast.walk(ast.parse('')))\n"
    lists = (
        "from pathlib import Path\nHERE = Path(__file__).parent\n"
        "def test_l(): assert [p for p in HERE.iterdir() if p.suffix == '.json']\n"
    )
    repository.commit(
        {
            **SRC,
            **TESTS,
            change: "1",
            "tests/test_static.py": "D = 'static'\ndef test_s(): open(D)\n",
            "tests/test_page.py": "D = 'page.css'\ndef test_p(): open(D)\n",
            "tests/test_one.py": "D = 'one.json'\ndef test_o(): open(D)\n",
            "tests/cases/test_all.py": lists,
            "tests/cases/test_walk.py": walks,
        }
    )
    repository.stage({change: "2"})
    assert repository.tests() == expected


def test_rules_from_configuration(repository):
    rules = (
        "[tool.gardener.selection]\neverything = ['schema/*.sql']\nignore = ['notes/']\n"
        "always = ['tests/test_smoke.py']\n"
    )
    repository.commit(
        {**SRC, **TESTS, "tests/test_smoke.py": "def test_s(): pass\n", "pyproject.toml": rules}
    )
    repository.stage({"notes/deep/x.bin": "1"})
    assert repository.tests() == ["tests/test_smoke.py"]
    repository.stage({"src/pkg/c.py": "def c():\n    return 2\n"})
    assert repository.tests() == ["tests/test_c.py", "tests/test_smoke.py"]
    repository.stage({"schema/one.sql": "1"})
    assert repository.tests() == "ALL"


def test_a_file_that_does_not_parse_is_named_and_its_users_run(repository):
    repository.commit({**SRC, **TESTS})
    repository.stage({"src/pkg/a.py": "def a(:\n"})
    found = repository.select()
    assert [t.test for t in found.tests] == ["tests/test_b.py"]
    assert any("src/pkg/a.py does not parse" in note for note in found.notes)


def test_asked_paths_pass_through(repository):
    repository.commit({**SRC, **TESTS})
    assert repository.tests("given", paths=["tests/test_b.py::test_b"]) == [
        "tests/test_b.py::test_b"
    ]
    assert repository.tests("all") == "ALL"


def test_defaults_without_configuration(tmp_path):
    assert load(tmp_path).selection.everything == ()


def test_a_configuration_at_the_top_speaks_for_nested_projects(repository):
    repository.commit(
        {
            "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
            "lib.py": "def f():\n    return 1\n",
            "tests/test_lib.py": "from lib import f\n\n\ndef test_f():\n    assert f()\n",
            "examples/a/pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n",
            "examples/a/tests/test_a.py": "from lib import f\n\n\ndef test_f():\n    assert f()\n",
        }
    )
    repository.stage({"lib.py": "def f():\n    return 2\n"})
    assert repository.tests() == ["tests/test_lib.py"]
