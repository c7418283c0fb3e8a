"""However a project is installed: the tests on the base import the code of the base."""

import os
import subprocess
import sys
from typing import NamedTuple

import pytest

# They build with the tools of today, out of a package index.
pytestmark = pytest.mark.slow


class Kind(NamedTuple):
    """A way to install a project: where its package lies, how it is built, with which options."""

    folder: str
    build: tuple[str, str]
    settings: str = ""
    options: tuple[str, ...] = ()
    package: str = "pkg"


SETUPTOOLS = ("setuptools", "setuptools.build_meta")
HATCHLING = ("hatchling", "hatchling.build")
FLIT = ("flit_core", "flit_core.buildapi")
POETRY = ("poetry-core", "poetry.core.masonry.api")
UV = ("uv_build", "uv_build")
PDM = ("pdm-backend", "pdm.backend")

FIND = "[tool.setuptools.packages.find]\nwhere = ['src']\n"
MAPPED = "[tool.setuptools]\npackages = ['pkg', 'pkg.sub']\npackage-dir = {pkg = 'lib'}\n"
DEEP = (
    "[tool.setuptools]\npackages = ['ns.pkg', 'ns.pkg.sub']\npackage-dir = {'ns.pkg' = 'lib/x'}\n"
)
EXACT = "[tool.hatch.build]\ndev-mode-exact = true\n[tool.hatch.build.targets.wheel]\npackages = ['src/pkg']\n"
MODE = "editable_mode="

EDITABLE = {
    "setuptools": Kind("src/pkg", SETUPTOOLS, FIND),
    "setuptools-flat": Kind(
        "pkg", SETUPTOOLS, "[tool.setuptools]\npackages = ['pkg', 'pkg.sub']\n"
    ),
    "setuptools-mapped": Kind("lib", SETUPTOOLS, MAPPED),
    "setuptools-namespace": Kind("lib/x", SETUPTOOLS, DEEP, package="ns.pkg"),
    "setuptools-strict": Kind("src/pkg", SETUPTOOLS, FIND, ("--config-settings", f"{MODE}strict")),
    "hatchling": Kind("src/pkg", HATCHLING),
    "hatchling-exact": Kind("src/pkg", HATCHLING, EXACT),
    "flit": Kind("src/pkg", FLIT),
    "poetry": Kind("pkg", POETRY),
    "poetry-from": Kind(
        "lib/pkg", POETRY, "[tool.poetry]\npackages = [{include = 'pkg', from = 'lib'}]\n"
    ),
    "uv": Kind("src/pkg", UV),
    "uv-namespace": Kind(
        "src/ns/pkg", UV, "[tool.uv.build-backend]\nmodule-name = 'ns.pkg'\n", package="ns.pkg"
    ),
    "pdm-editables": Kind("src/pkg", PDM, "[tool.pdm.build]\neditable-backend = 'editables'\n"),
}
TEST = """
import subprocess
import sys

from {package} import f
from {package}.sub.deep import g

def test_here():
    assert f() == 1

def test_in_a_child():
    code = "from {package}.sub.deep import g; print(g())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert said.stdout.strip() == "1", said.stderr
"""
HERE, CHILD = "tests/test_f.py::test_here", "tests/test_f.py::test_in_a_child"
DEEPEST = "def g():\n    return 1\n"


@pytest.fixture
def made(repository, tmp_path):
    """Makes a project of one kind and an environment; gives the environment's Python."""

    def make(kind: Kind) -> str:
        requires, backend = kind.build
        repository.commit(
            {
                "pyproject.toml": "[project]\nname = 'pkg'\nversion = '1'\ndescription = 'x'\n"
                f"[build-system]\nrequires = ['{requires}']\nbuild-backend = '{backend}'\n"
                + kind.settings,
                f"{kind.folder}/__init__.py": "from .sub.deep import g\n\ndef f():\n    return g()\n",
                f"{kind.folder}/sub/__init__.py": "",
                f"{kind.folder}/sub/deep.py": DEEPEST,
                "tests/test_f.py": TEST.format(package=kind.package),
                ".gitignore": "*.egg-info\n__pycache__\nbuild\n",
            }
        )
        folder = tmp_path / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        [site] = folder.glob("lib/python*/site-packages")
        own = os.path.dirname(os.path.dirname(pytest.__file__))
        (site / "own.pth").write_text(own + "\n")
        return str(folder / "bin/python")

    return make


def install(python, project, *options):
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--force-reinstall", *options, project],
        check=True,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )


def change(repository, kind):
    repository.stage({f"{kind.folder}/sub/deep.py": DEEPEST.replace("1", "2")})


@pytest.mark.parametrize("name", EDITABLE)
def test_editable(repository, made, name):
    kind = EDITABLE[name]
    python = made(kind)
    install(python, str(repository.root), *kind.options, "-e")
    change(repository, kind)
    ran = repository.run("--all", "--verify-base", python=python)
    assert set(ran.status.values()) == {"regression"} and len(ran.status) == 2


def test_a_link_in_site_packages(repository, made):
    kind = EDITABLE["poetry-from"]
    python = made(kind)
    [site] = (repository.root.parent / "venv").glob("lib/python*/site-packages")
    (site / "pkg").symlink_to(repository.root / kind.folder)
    change(repository, kind)
    ran = repository.run("--all", "--verify-base", python=python)
    assert set(ran.status.values()) == {"regression"} and len(ran.status) == 2


@pytest.mark.parametrize(
    "name, here, child",
    # What lies in `src` comes first on the path; a copy hides the rest. What lies at the top
    # is found by pytest, which starts there, and not by the processes of tests.
    [
        ("setuptools", "regression", "regression"),
        ("setuptools-flat", "regression", "unknown"),
        ("setuptools-mapped", "unknown", "unknown"),
        ("setuptools-namespace", "unknown", "unknown"),
    ],
)
def test_a_copy_that_is_installed(repository, made, name, here, child):
    kind = EDITABLE[name]
    python = made(kind)
    change(repository, kind)
    install(python, str(repository.root))
    ran = repository.run("--all", "--verify-base", python=python)
    assert ran.status == {HERE: here, CHILD: child}
    for test, status in ((HERE, here), (CHILD, child)):
        assert (status == "unknown") == ("from that commit" in ran.why[test])


def test_a_namespace_package_from_the_index_is_not_taken_for_the_base(repository, made):
    kind = EDITABLE["setuptools-namespace"]._replace(folder="lib/ns/pkg")
    python = made(kind)
    [site] = (repository.root.parent / "venv").glob("lib/python*/site-packages")
    (site / "ns/pkg/sub").mkdir(parents=True)
    for name in ("__init__.py", "sub/__init__.py", "sub/deep.py"):
        (site / "ns/pkg" / name).write_bytes((repository.root / kind.folder / name).read_bytes())
    repository.write({"pytest.ini": "[pytest]\npythonpath = lib\n"})
    change(repository, kind)
    ran = repository.run("--all", "--verify-base", python=python)
    assert ran.status[HERE] == "regression"


@pytest.mark.parametrize("given", ["lib", "{root}/lib", "{root}/tests/../lib"])
def test_a_project_that_pythonpath_names(repository, made, monkeypatch, given):
    kind = EDITABLE["poetry-from"]
    python = made(kind)
    monkeypatch.setenv("PYTHONPATH", given.format(root=repository.root))
    change(repository, kind)
    ran = repository.run("--all", "--verify-base", python=python)
    assert ran.status[HERE] == "regression"
