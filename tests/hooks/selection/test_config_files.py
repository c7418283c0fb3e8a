"""What a project's configuration says that tests may depend on, apart from what they cannot."""

import sys

import pytest
from gardener.hooks.selection.config_files import changed_tools
from gardener.hooks.selection.selection import Request, select

from gardener import config as settings
from gardener.model import Mode
from gardener.pytest_config.markers import differs_in_more_than_markers
from gardener.pytest_config.settings import canonical_settings

PYPROJECT = b"""
[project]
name = "x"
version = "1"
dependencies = ["a"]
[tool.ruff.lint]
select = ["E"]
[tool.pytest.ini_options]
addopts = "-q"
markers = ["slow: takes long", "net"]
"""
SETUP_CFG = b"""
[metadata]
name = x
version = 1
[tool:isort]
profile = black
[bumpversion:file:x]
[tool:pytest]
addopts = -q
markers =
    slow: takes long
[coverage:run]
branch = true
"""
GROUPS = b"""
[project]
name = "x"
[project.optional-dependencies]
docs = ["sphinx"]
fast = ["orjson"]
[dependency-groups]
lint = ["ruff"]
test = ["pytest"]
typing = ["mypy"]
dev = [{include-group = "typing"}]
[tool.hatch.envs.docs]
dependencies = ["furo"]
[tool.poetry.group.lint.dependencies]
black = "1"
"""
ALONE = GROUPS.replace(b'{include-group = "typing"}', b'"ipdb"')
EXTRAS = b"""
[metadata]
name = x
[options.extras_require]
docs = sphinx
all = x[docs]
lint = ruff
"""
TOX = b"""
[testenv]
deps = a
[testenv:docs]
deps = sphinx
[testenv:docs-tests]
deps = b
"""


@pytest.mark.parametrize(
    ("name", "source", "before", "after", "tools"),
    [
        ("pyproject.toml", PYPROJECT, b"", b"# a comment\n", set()),
        ("pyproject.toml", PYPROJECT, b'"E"', b'"F"', {"ruff"}),
        ("pyproject.toml", PYPROJECT, b"[tool.ruff.lint]", b"[tool.mypy]", {"ruff", "mypy"}),
        # What a project says about itself is no tool's setting and matters to no test.
        ("pyproject.toml", PYPROJECT, b'version = "1"', b'version = "2"', set()),
        ("pyproject.toml", PYPROJECT, b'["a"]', b'["b"]', None),
        ("pyproject.toml", PYPROJECT, b'"-q"', b'"-v"', None),
        ("pyproject.toml", PYPROJECT, b"[tool.ruff.lint]", b"[tool.unknown]", None),
        ("pyproject.toml", PYPROJECT, b"[project]", b"[project", None),
        ("setup.cfg", SETUP_CFG, b"profile = black", b"profile = x", {"isort"}),
        ("setup.cfg", SETUP_CFG, b"[bumpversion:file:x]", b"[bumpversion:file:y]", {"bumpversion"}),
        ("setup.cfg", SETUP_CFG, b"version = 1", b"version = 2", set()),
        ("setup.cfg", SETUP_CFG, b"-q", b"-v", None),
        ("setup.cfg", SETUP_CFG, b"name = x", b"name = \xff", None),
        ("setup.cfg", SETUP_CFG, b"branch = true", b"branch = false", {"coverage"}),
        ("tox.ini", TOX, b"sphinx", b"sphinx\n    furo", {"testenv"}),
        ("tox.ini", TOX, b"deps = a", b"deps = c", None),
        # Groups of dependencies that no test needs, unless another one includes one of them.
        ("pyproject.toml", ALONE, b"ruff", b"ruff==2", set()),
        ("pyproject.toml", ALONE, b"sphinx", b"sphinx==2", set()),
        ("pyproject.toml", ALONE, b"furo", b"furo==2", set()),
        ("pyproject.toml", ALONE, b'black = "1"', b'black = "2"', set()),
        ("pyproject.toml", ALONE, b"mypy", b"mypy==2", set()),
        ("pyproject.toml", ALONE, b"orjson", b"orjson==2", None),
        ("pyproject.toml", ALONE, b'"pytest"', b'"pytest==2"', None),
        ("pyproject.toml", GROUPS, b"mypy", b"mypy==2", None),
        ("setup.cfg", EXTRAS, b"sphinx", b"sphinx==2", None),
        ("setup.cfg", EXTRAS.replace(b"[docs]", b""), b"sphinx", b"sphinx==2", set()),
        ("tox.ini", TOX, b"deps = b", b"deps = c", None),
    ],
)
def test_changed_tools(name, source, before, after, tools):
    assert before in source
    changed = source.replace(before, after, 1) if before else after + source
    assert changed_tools(name, source, changed) == tools
    assert changed_tools(name, changed, source) == tools
    assert changed_tools(name, changed, changed) == set()


@pytest.mark.parametrize(
    ("name", "source", "before", "after"),
    [
        ("pyproject.toml", PYPROJECT, b'"net"', b'"net", "db: needs one"'),
        ("pyproject.toml", PYPROJECT, b"takes long", b"takes longer"),
        ("setup.cfg", SETUP_CFG, b"takes long", b"takes long\n    net(x): needs x"),
    ],
)
def test_one_more_marker_changes_no_test_but_one_less_may(name, source, before, after):
    assert before in source
    changed = source.replace(before, after, 1)
    is_said_otherwise = before == b"takes long" and b"\n" not in after
    assert changed_tools(name, source, changed) == (set() if is_said_otherwise else {"markers"})
    assert changed_tools(name, changed, source) == (set() if is_said_otherwise else None)
    then, now = canonical_settings(name, source), canonical_settings(name, changed)
    assert not differs_in_more_than_markers(then, now)
    assert differs_in_more_than_markers(now, then) is not is_said_otherwise
    assert differs_in_more_than_markers(then, now.replace("-q", "-v"))


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [
        ({}, []),
        ({"tox.ini": "[testenv:docs]\nextras = docs\n"}, []),
        ({"tox.ini": "[testenv]\nextras = docs\n"}, "ALL"),
        ({"noxfile.py": "def docs(session):\n    session.install('.[docs]')\n"}, []),
        ({"noxfile.py": "def tests(session):\n    session.install('.[docs]')\n"}, "ALL"),
    ],
)
def test_a_group_that_tests_are_installed_from(repository, elsewhere, expected):
    groups = "[project]\nname = 'x'\n[project.optional-dependencies]\ndocs = ['sphinx']\n"
    files = {"pyproject.toml": groups, "test_m.py": "def test_m():\n    pass\n", **elsewhere}
    assert repository.tests_of(files, "pyproject.toml", "sphinx", "furo") == expected


@pytest.mark.parametrize(
    ("session", "expected"), [("docs", []), ("tests", "ALL"), ("tests_of_docs", "ALL")]
)
def test_requirements_that_look_like_a_dotted_name(repository, session, expected):
    nox = f"def {session}(session):\n    session.install('-r', 'requirements.docs.txt')\n"
    files = {
        "requirements.docs.txt": "sphinx",
        "noxfile.py": nox,
        "test_m.py": "def test_m(): ...\n",
    }
    assert repository.tests_of(files, "requirements.docs.txt", "sphinx", "furo") == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("3.12", "3.12  # what CI has", []),
        ("{running}", "{series}", []),
        ("2.7", "3.4", []),
        ("{series}", "3.99", "ALL"),
        ("2.7", "{series}", "ALL"),
    ],
)
def test_which_python_runs(repository, before, after, expected):
    running = {
        "running": ".".join(map(str, sys.version_info[:3])),
        "series": ".".join(map(str, sys.version_info[:2])),
    }
    repository.commit(
        {".python-version": before.format(**running), "test_m.py": "def test_m(): ...\n"}
    )
    repository.stage({".python-version": after.format(**running)})
    request = Request(repository.root, Mode("staged"), python=sys.executable)
    selection = select(request, settings.load(repository.root))
    assert ("ALL" if selection.everything else [t.test for t in selection.tests]) == expected
