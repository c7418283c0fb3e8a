"""The install step of CI follows from what a project declares, with the tool it declares it for."""

import pytest

from gardener.setup.declared import Kind, declared
from gardener.setup.project_files import read_project
from gardener.setup.project_install import plan_install

BUILD = '[build-system]\nrequires = ["setuptools"]\n[project]\nname = "shop"\nversion = "1"\n'
PIP = "python -m pip install"
NEWER_PIP = f"{PIP} 'pip>=25.1'"

CASES = {
    "nothing": ({}, [f"{PIP} pytest"]),
    "a project that names no tests": ({"pyproject.toml": BUILD}, [f"{PIP} -e . pytest"]),
    "setup.py alone": (
        {"setup.py": "from setuptools import setup\nsetup()\n"},
        [f"{PIP} -e . pytest"],
    ),
    "an extra": (
        {"pyproject.toml": BUILD + '[project.optional-dependencies]\ntests = ["pytest>=8"]\n'},
        [f"{PIP} -e '.[tests]'"],
    ),
    "an extra that asks for another one": (
        {
            "pyproject.toml": BUILD + "[project.optional-dependencies]\n"
            'checks = ["pytest"]\ndev = ["shop[checks]", "ruff"]\ndocs = ["sphinx"]\n'
        },
        [f"{PIP} -e '.[dev]'"],
    ),
    "an extra without pytest": (
        {"pyproject.toml": BUILD + '[project.optional-dependencies]\ntest = ["httpx"]\n'},
        [f"{PIP} -e '.[test]' pytest"],
    ),
    "extras that have nothing to do with tests": (
        {"pyproject.toml": BUILD + '[project.optional-dependencies]\nredis = ["redis"]\n'},
        [f"{PIP} -e . pytest"],
    ),
    "an extra of setup.cfg": (
        {
            "setup.py": "import setuptools\nsetuptools.setup()\n",
            "setup.cfg": "[metadata]\nname = shop\n[options.extras_require]\ntesting =\n    pytest\n    mock\n",
        },
        [f"{PIP} -e '.[testing]'"],
    ),
    "an extra of setup.py": (
        {
            "setup.py": "from setuptools import setup\ntests = ['pytest', 'mock']\n"
            "setup(name='shop', extras_require={'test': tests, 'docs': ['sphinx']})\n"
        },
        [f"{PIP} -e '.[test]'"],
    ),
    "a dependency group": (
        {
            "pyproject.toml": BUILD + "[dependency-groups]\n"
            'lint = ["ruff"]\nchecks = ["pytest", "pytest-cov"]\n'
            'dev = [{include-group = "Checks"}, {include-group = "lint"}]\n'
        },
        [NEWER_PIP, f"{PIP} -e . --group dev"],
    ),
    "a group called dev is not taken for an extra": (
        {"pyproject.toml": BUILD + '[dependency-groups]\ndev = ["pytest"]\n'},
        [NEWER_PIP, f"{PIP} -e . --group dev"],
    ),
    "groups that include each other": (
        {
            "pyproject.toml": BUILD + "[dependency-groups]\n"
            'a = [{include-group = "test"}]\ntest = [{include-group = "a"}, "pytest"]\n'
        },
        [NEWER_PIP, f"{PIP} -e . --group test"],
    ),
    "a lock file of uv": (
        {"pyproject.toml": BUILD + '[dependency-groups]\ntests = ["pytest"]\n', "uv.lock": ""},
        ["pipx install uv", "uv sync --locked --group tests"],
    ),
    "uv with a workspace and an extra": (
        {
            "pyproject.toml": BUILD + '[tool.uv.workspace]\nmembers = ["x"]\n'
            '[project.optional-dependencies]\ntest = ["pytest"]\n'
        },
        ["pipx install uv", "uv sync --all-packages --extra test"],
    ),
    "uv with its old dev-dependencies": (
        {"pyproject.toml": BUILD + '[tool.uv]\ndev-dependencies = ["pytest"]\n'},
        ["pipx install uv", "uv sync --group dev"],
    ),
    "uv without pytest": (
        {"pyproject.toml": BUILD, "uv.lock": ""},
        ["pipx install uv", "uv sync --locked", "uv pip install pytest"],
    ),
    "poetry": (
        {
            "pyproject.toml": '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\n'
            'python = "^3.11"\n[tool.poetry.group.test.dependencies]\npytest = "^8"\n'
        },
        ["pipx install poetry", "poetry install --with test"],
    ),
    "old poetry": (
        {
            "pyproject.toml": '[tool.poetry]\nname = "shop"\n'
            '[tool.poetry.dev-dependencies]\npytest = "^6"\n'
        },
        ["pipx install poetry", "poetry install --with dev"],
    ),
    "poetry without pytest": (
        {"pyproject.toml": '[tool.poetry]\nname = "shop"\n', "poetry.lock": ""},
        [
            "pipx install poetry",
            "poetry install",
            "poetry run python -m pip install pytest",
        ],
    ),
    "pdm": (
        {"pyproject.toml": BUILD + '[tool.pdm.dev-dependencies]\ntest = ["pytest"]\n'},
        ["pipx install pdm", "pdm install -G test"],
    ),
    "the backend of pdm alone": (
        {
            "pyproject.toml": BUILD
            + '[tool.pdm.build]\nx = 1\n[dependency-groups]\ntest = ["pytest"]\n'
        },
        [NEWER_PIP, f"{PIP} -e . --group test"],
    ),
    "an environment of hatch": (
        {"pyproject.toml": BUILD + '[tool.hatch.envs.default]\ndependencies = ["pytest"]\n'},
        ["pipx install hatch", "hatch env create default"],
    ),
    "an environment of hatch with a matrix": (
        {
            "pyproject.toml": BUILD,
            "hatch.toml": '[envs.test]\nfeatures = ["ws"]\ndependencies = ["pytest", "trio"]\n'
            '[[envs.test.matrix]]\npython = ["3.11", "3.12"]\n',
        },
        [f"{PIP} -e '.[ws]' pytest trio"],
    ),
    "hatch test": (
        {"pyproject.toml": BUILD + '[tool.hatch.envs.hatch-test]\nextra-dependencies = ["trio"]\n'},
        [f"{PIP} -e . trio pytest"],
    ),
    "requirements files": (
        {
            "requirements.txt": "flask\n",
            "requirements-dev.txt": "-r requirements.txt\npytest==8.3 # newest\n",
        },
        [f"{PIP} -r requirements-dev.txt"],
    ),
    "a folder of requirements beside a package": (
        {
            "setup.py": "",
            "requirements/base.txt": "flask\n",
            "requirements/test.txt": "-r base.txt\npytest\n",
        },
        [f"{PIP} -r requirements/test.txt -e ."],
    ),
    "requirements without pytest": ({"requirements.txt": "flask\n"}, [f"{PIP} pytest"]),
    "tox": (
        {
            "setup.py": "",
            "tox.ini": "[testenv]\ndeps =\n  pytest\ncommands =\n  pytest {posargs}\n",
        },
        ["pipx install tox", "tox run -e py --notest --develop"],
    ),
    "tox that runs no pytest": (
        {"setup.py": "", "tox.ini": "[testenv]\ncommands = python -m unittest\n"},
        [f"{PIP} -e . pytest"],
    ),
    "files that are broken": (
        {"pyproject.toml": "[project\n", "setup.cfg": "x\n", "setup.py": "def (:\n"},
        [f"{PIP} -e . pytest"],
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_the_commands_follow_from_what_is_declared(tmp_path, files, expected):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    install = plan_install(read_project(tmp_path))
    assert list(install.commands) == expected
    in_project = expected[0].startswith(("pipx install uv", "pipx install p"))
    assert (install.python == ".venv/bin/python") is in_project
    assert install.because


def test_where_it_stands_is_said(tmp_path):
    (tmp_path / "pyproject.toml").write_text(BUILD + '[dependency-groups]\ntests = ["pytest"]\n')
    project = read_project(tmp_path)
    (best,) = declared(project)
    assert (best.kind, str(best)) == (
        Kind.GROUP,
        "the dependency group `tests` of pyproject.toml",
    )
    assert plan_install(project).because == str(best)
