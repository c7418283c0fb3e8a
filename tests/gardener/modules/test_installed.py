"""What lies in an environment: names of other distributions, and editable installations."""

import sys
import sysconfig
from pathlib import Path

import pytest

from gardener.modules.distributions import Distribution
from gardener.modules.installed import (
    Installed,
    installed,
    library_folders,
    python_path,
    site_packages,
)


@pytest.fixture
def environment(tmp_path):
    """environment(files) -> (repository, folder of installed distributions in it)."""

    def make(files):
        folder = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return str(tmp_path), [str(folder)]

    return make


OTHERS = {
    "attr/__init__.py": "",
    "attr/data/x.py": "",
    "six.py": "",
    "fast.cpython-311-x86_64-linux-gnu.so": "",
    "google/auth/__init__.py": "",
    "google/cloud/storage/__init__.py": "",
    "attrs-1.0.dist-info/METADATA": "",
    "not-a-name/__init__.py": "",
    "__pycache__/six.cpython-311.pyc": "",
}
NAMES = {"attr", "six", "fast", "google.auth", "google.cloud.storage"}
MINE = {
    "my_app/__init__.py": "",
    "my_app-1.0.dist-info/RECORD": "my_app/__init__.py,sha256=x,0\nmy_app-1.0.dist-info/RECORD,,\n",
    "old.py": "",
    "Old_Name.egg-info/top_level.txt": "old\n",
}


def test_names_are_those_of_modules_and_packages(environment):
    assert installed(*environment(OTHERS)).names == NAMES


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ((), {*NAMES, "my_app", "old"}),
        ((Distribution("", "My.App"),), {*NAMES, "old"}),
        ((Distribution("", "my-app"), Distribution("x", "old-name")), NAMES),
        ((Distribution("", "my-app"), Distribution("x")), set()),  # which is x's is not known
    ],
)
def test_the_projects_own_distributions_are_no_others(environment, declared, expected):
    root, folders = environment({**OTHERS, **MINE})
    assert installed(root, folders, declared).names == expected


def test_editable_installations_lead_into_the_repository(environment, tmp_path):
    (tmp_path / "src").mkdir()
    root, folders = environment(
        {
            "app.pth": f"# where it lies\n{tmp_path}/src\n/elsewhere\nimport sys\n",
            "__editable___app_1_finder.py": "from x import y\n\nMAPPING: dict[str, str] = "
            f"{{'app': '{tmp_path}/code/app', 'far': '/far/away'}}\nNAMESPACES = {{}}\n",
        }
    )
    found = installed(root, folders)
    assert found == Installed(frozenset(), ("src",), (("app", "code/app"),))


def test_an_environment_that_is_not_there_has_nothing(tmp_path):
    assert installed(str(tmp_path), [str(tmp_path / "none")]) == Installed()
    assert site_packages(str(tmp_path / "no" / "bin" / "python")) == []


def test_the_environment_of_a_repository_is_found(environment, monkeypatch):
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    root, folders = environment(OTHERS)
    assert library_folders(Path(root)) == folders
    assert site_packages(f"{root}/.venv/bin/python") == folders


def test_the_environment_of_this_python_is_found():
    assert sysconfig.get_path("purelib") in site_packages(sys.executable)
    names = installed("/nowhere", site_packages(sys.executable)).names
    assert {"pytest", "_pytest", "libcst"} <= names


def test_only_folders_of_the_repository_count_in_pythonpath(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}/lib:/elsewhere::{tmp_path}")
    assert python_path(str(tmp_path)) == ("lib", "")
