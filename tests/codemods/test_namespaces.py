"""Packages in namespaces are called as the project's own imports call them."""

import subprocess

import pytest

from gardener.codemod.project import Project
from gardener.config import Config

WARN = (
    "import warnings\nfrom .new import Hook\n\n"
    'warnings.warn("This module is deprecated.{}", DeprecationWarning, stacklevel=2)\n'
)
FILES = {
    "acme/prov/aws/__init__.py": "",
    "acme/prov/aws/new.py": "class Hook: ...\n",
    "acme/prov/aws/old.py": WARN.format(""),
}


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        # Nobody calls the package `aws`: it would not be found.
        ("use.py", "from acme.prov.aws.old import Hook\n", "from acme.prov.aws.new import Hook\n"),
        ("acme/prov/aws/use.py", "from .old import Hook\n", "from .new import Hook\n"),
        ("acme/prov/use.py", "from aws.old import Hook\n", "from aws.new import Hook\n"),
    ],
)
def test_a_name_moves_within_a_namespace(run, path, before, after):
    assert run("deprecated-import", before, path=path, files=FILES).after == after


def test_a_warning_may_name_what_lies_in_a_namespace(run):
    files = {
        **FILES,
        "acme/prov/aws/old.py": "import warnings\n\n"
        'warnings.warn("This module is deprecated. Please use `acme.prov.aws.new`.", DeprecationWarning, stacklevel=2)\n',
    }
    outcome = run("deprecated-import", "from acme.prov.aws.old import Hook\n", files=files)
    assert outcome.after == "from acme.prov.aws.new import Hook\n", outcome.notes


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("", "app.m"),
        ("import app.m\n", "app.m"),
        ("from backend.app import m\n", "backend.app.m"),
        ("    from backend.app.m import x\n", "backend.app.m"),
        ("from backend.app import m\nfrom app import m as n\n", "app.m"),
        ("from other.app import m\n", "app.m"),
        ("from backend.app_b import m\n", "app.m"),
    ],
)
@pytest.mark.parametrize("with_git", [True, False])
def test_what_imports_say_decides(tmp_path, imports, name, with_git):
    for path in ("backend/app/__init__.py", "backend/app/m.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "use.py").write_text(imports)
    if with_git:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    project = Project(tmp_path, Config(tmp_path))
    assert project.modules.name(project.full("backend/app/m.py")) == name
    assert project.modules.absolute(".m", project.full("backend/app/__init__.py")) == name


def test_folders_that_settings_name_are_no_namespaces(tmp_path):
    (tmp_path / "backend/app").mkdir(parents=True)
    (tmp_path / "backend/app/__init__.py").write_text("from backend.app import m\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = backend\n")
    project = Project(tmp_path, Config(tmp_path))
    assert project.modules.name(project.full("backend/app/__init__.py")) == "app"
