"""Files of every kind in a project laid out as real ones are: which of them run what."""

import subprocess

import pytest
from gardener.hooks.changes import Comparison, Entry, FileChange, compare
from gardener.hooks.selection.rules import BY_NAME, BY_SYMBOL, Change, first_reason
from gardener.hooks.selection.tree import SourceTree

from gardener.config import Selecting
from gardener.model import Mode

PROJECT = {
    "pyproject.toml": "[project]\nname = 'shop'\n[tool.pytest.ini_options]\nmarkers = ['slow: x']\n"
    "[dependency-groups]\ndocs = ['sphinx']\n",
    "tox.ini": "[testenv]\ndeps = -c pins/constraints-lint.txt\n    -rrequirements/base.txt\n"
    "[testenv:docs]\ndeps = -rdocs/requirements.txt\n",
    "setup.py": "from setuptools import setup\nsetup()\n",
    "noxfile.py": "def docs(session):\n    session.install('-r', 'docs/requirements.txt')\n\n"
    "def tests(session):\n    session.install('-r', 'ci/requirements-typing.txt')\n",
    "requirements/base.txt": "-r release.txt\nhttpx\n",
    "requirements/release.txt": "",
    "requirements/lint.txt": "",
    "docs/conf.py": "project = 'The store'\npackage = 'letters'\n",
    "src/shop/__init__.py": "",
    "src/shop/mail.py": "from pathlib import Path\n\n"
    "def render(kind):\n    return (Path(__file__).parent / f'{kind}.html').read_text()\n\n"
    "def logo():\n    return Path('branding', 'shop.svg').read_bytes()\n",
    "src/shop/letters/__init__.py": "",
    "src/shop/letters/write.py": "import os\n\ndef where(kind):\n"
    "    return os.path.join(os.path.dirname(__file__), kind)\n\ndef other():\n    return 1\n",
    "src/shop/plain.py": "def one():\n    return 1\n",
    "tests/__init__.py": "",
    "tests/conftest.py": "",
    "tests/test_mail.py": "from shop.mail import logo\n\ndef test_logo():\n    assert logo()\n",
    "tests/test_plain.py": "from shop.plain import one\n\ndef test_one():\n    assert one()\n",
    "tests/test_charts.py": "from pathlib import Path\n\ndef test_charts():\n"
    "    for chart in Path.cwd().rglob('*.tmpl'):\n        assert chart\n",
    "scripts/tool.py": "print()\n",
}

NOTHING = [
    "tests/__pycache__/test_plain.cpython-311-pytest-9.2.0.pyc",
    "NEWS",
    "NEWS.txt",
    "HISTORY.txt",
    "CHANGES.txt",
    "AUTHORS",
    "LICENSE.txt",
    "README",
    "README.txt",
    "TODO",
    "CITATION.cff",
    ".coveragerc",
    "sonar-project.properties",
    ".editorconfig",
    ".mailmap",
    ".travis.yml",
    "appveyor.yml",
    ".drone.yml",
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.staging.template",
    "config/.env.example",
    "codecov.yml",
    ".codeclimate.yml",
    ".yamllint.yml",
    ".markdownlint.json",
    ".secrets.baseline",
    "pylintrc",
    ".bumpversion.cfg",
    ".release-it.json",
    "cliff.toml",
    "renovate.json5",
    "lefthook.yml",
    ".husky/pre-commit",
    "docs/requirements.txt",
    "docs/Makefile",
    "docs/index.txt",
    "docs/_static/logo.png",
    "docs/environment.yml",
    "requirements/lint.txt",
    "requirements/docs.in",
    "requirements-docs.txt",
    "img/logo.png",
    "assets/screens/start.jpg",
    "media/tour.mp4",
    "fonts/inter.woff2",
    "architecture/map.drawio",
    "helm/values.yaml",
    "helm/templates/web.yaml",
    "charts/shop/values-production.yaml",
    "k8s/web/service.yaml",
    "grafana/dashboards/orders.json",
    "monitoring/alerts.yaml",
    "deploy/nginx.conf",
    "terraform/variables.json",
    "notebooks/orders.ipynb",
    "analysis/first_look.ipynb",
    "frontend/package.json",
    "frontend/src/app.tsx",
    "Dockerfile",
    "docker-compose.override.yml",
    ".devcontainer/devcontainer.json",
    ".github/workflows/ci.yml",
    ".gitlab/merge.yml",
    ".claude/settings.json",
    "newsfragments/12.feature",
    "changelog.d/12.fixed",
    "src/shop/py.typed",
    "src/shop/mail.py.orig",
    ".semgrep/rules/a.yaml",
    "bin/start.sh",
    "hack/release.ps1",
    "locale/shop.pot",
    ".tool-versions",
    "mise.toml",
    ".envrc",
    "flake.nix",
    "etc/systemd/shop.service",
    "crowdin.yml",
    "noxfile.py",
    "flake.lock",
    ".node-version",
    "biome.json",
    "Doxyfile",
    ".coderabbit.yaml",
]

EVERYTHING = [
    "requirements.txt",
    "requirements/base.txt",
    "requirements/dev.txt",
    "requirements-test-docs.txt",
    "requirements/release.txt",
    "pins/constraints-lint.txt",
    "ci/requirements-typing.txt",
    "constraints.txt",
    "uv.lock",
    "poetry.lock",
    "environment.yml",
    "setup.py",
    "Pipfile",
    ".python-version",
    ".env",
    ".env.test",
    "pytest.ini",
    "src/shop/logo.png",
    "tests/case.png",
    "tests/data/case.json",
    "tests/run.sh",
    "src/shop/help/start.txt",
    "scripts/deploy.sh",
    "data/orders.csv",
    "config/staging.yaml",
    "schema.sql",
    "unknown.bin",
    "MANIFEST.in",
    "src/fast.pyx",
    "dashboards/orders.lock",
]

SOME = {
    # A file that some code names, its folder or a fitting glob; or that bears a test's name.
    "branding/shop.svg": "src/shop/mail.py:logo",
    "branding/other.svg": "src/shop/mail.py:logo",
    "charts/web.tmpl": "tests/test_charts.py:test_charts",
    "tests/cassettes/test_plain/test_one.yaml": "tests/test_plain.py:",
    "tests/__snapshots__/test_plain.ambr": "tests/test_plain.py:",
    "tests/test_plain/test_one.yml": "tests/test_plain.py:",
    # A page that nobody names is for what reads files, or renders some.
    "src/shop/order.html": "src/shop/mail.py:render src/shop/mail.py:logo tests/test_charts.py:test_charts",
    "web/page.jinja2": "src/shop/mail.py:render src/shop/mail.py:logo tests/test_charts.py:test_charts",
    # Code beside a file reads it without a word of its folder, which others may say.
    "src/shop/letters/order.html": "docs/conf.py:package src/shop/letters/write.py:where",
}


@pytest.fixture(scope="module")
def change_of(tmp_path_factory):
    """Makes the change of one file, which need not be there, in the project."""
    root = tmp_path_factory.mktemp("quiet")

    def git(*args):
        return subprocess.run(
            ["git", *args], cwd=root, capture_output=True, text=True, check=True, input=""
        ).stdout

    git("init", "-q")
    for path, text in PROJECT.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git("add", "-A")
    files = compare(root, Mode.ALL).files
    other = Entry("100644", git("hash-object", "-w", "--stdin").strip())

    def make(path):
        before = files.get(path)
        change = FileChange(path, before, other)
        tree = SourceTree(root, {**files, path: other})
        return Change(tree, Comparison((change,), tree.files), Selecting())

    return make


def answer(change):
    """`everything`, or the symbols that the graph is walked from."""
    if first_reason((*BY_NAME, *BY_SYMBOL), change):
        return "everything"
    path = change.files[0].path
    starts = change.starts if change.python_files else change.mentions[path]
    starts = starts or change.pages.get(path, [])
    return [f"{symbol.file}:{symbol.qualname}" for symbol in starts]


@pytest.mark.parametrize("path", NOTHING)
def test_runs_nothing(change_of, path):
    found = answer(change_of(path))
    # What only builds, publishes or checks the project is reached by no test.
    assert found != "everything"
    assert [name for name in found if not name.startswith("noxfile.py:")] == []


@pytest.mark.parametrize("path", EVERYTHING)
def test_runs_everything(change_of, path):
    assert answer(change_of(path)) == "everything"


@pytest.mark.parametrize("path", SOME)
def test_runs_those_who_read_it(change_of, path):
    assert answer(change_of(path)) == SOME[path].split()
