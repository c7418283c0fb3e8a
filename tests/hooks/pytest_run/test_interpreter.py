"""Which Python is the project's, how it is told, and what its processes get: real environments."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gardener.hooks.pytest_run.activation import activated
from gardener.hooks.pytest_run.interpreter import locate

from gardener.cli import main
from gardener.config import load
from gardener.errors import InterpreterError

OURS = Path(pytest.__file__).parents[1]


def environment(home: Path, *, has_pytest: bool = True) -> Path:
    """A virtual environment, which takes pytest from the one of these tests."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    if has_pytest:
        (site / "borrowed.pth").write_text(f"import site; site.addsitedir({str(OURS)!r})\n")
    return home / "bin/python"


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A repository, in an environment where nothing is active and PATH is the system's."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    top = tmp_path / "repository"
    top.mkdir()
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    monkeypatch.chdir(top)
    return top


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """The interpreter of an environment outside of any repository."""
    return environment(tmp_path_factory.mktemp("outside") / "work")


def found(root, explicit=""):
    return locate(root, load(root), explicit)


def test_an_environment_that_a_hook_manager_hides_is_found_behind_its_folder(
    root, outside, monkeypatch
):
    """What prek and pre-commit set is gardener's own environment; PATH goes on behind it."""
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    own = Path(sys.prefix) / "bin"
    monkeypatch.setenv("PATH", f"{own}:{outside.parent}:/usr/bin:/bin")
    one = found(root)
    assert (one.path.replace("python3", "python"), one.how) == (
        str(outside),
        "activated: first on PATH",
    )
    assert one.pytest == pytest.__version__


@pytest.mark.parametrize("is_active", [True, False])
def test_what_is_active_goes_before_what_lies_in_the_repository(
    root, outside, monkeypatch, is_active
):
    inside = environment(root / ".venv")
    if is_active:
        monkeypatch.setenv("VIRTUAL_ENV", str(outside.parents[1]))
    one = found(root)
    assert (one.path, one.how) == (
        (str(outside), "VIRTUAL_ENV") if is_active else (str(inside), ".venv of the repository")
    )


def test_condas_base_is_nobodys_choice(root, outside, monkeypatch):
    inside = environment(root / ".venv")
    monkeypatch.setenv("CONDA_PREFIX", str(outside.parents[1]))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "base")
    assert found(root).path == str(inside)
    monkeypatch.setenv("CONDA_DEFAULT_ENV", "work")
    assert found(root).how == "CONDA_PREFIX"


def test_an_environment_whose_python_is_gone_is_told(root):
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to("/opt/gone/python3.9")
    with pytest.raises(InterpreterError) as raised:
        found(root)
    text = str(raised.value)
    assert "is a link to /opt/gone/python3.9, which is gone: make the environment anew" in text
    assert "\n" not in text


@pytest.mark.parametrize("folder", [".nox/tests-3-12", ".tox/py312"])
def test_without_pytest_in_the_venv_nox_and_tox_are_looked_at(root, folder):
    environment(root / ".venv", has_pytest=False)
    environment((root / folder).parent / "lint", has_pytest=False)
    session = environment(root / folder)
    assert found(root).path == str(session)
    assert folder.split("/")[1] in found(root).how


def test_the_environment_of_a_package_of_a_monorepo(root, monkeypatch):
    one = environment(root / "services/a/.venv")
    assert found(root).path == str(one)
    two = environment(root / "services/b/.venv")
    with pytest.raises(InterpreterError, match=r"services/a/\.venv and services/b/\.venv"):
        found(root)
    monkeypatch.chdir(root / "services/b")
    assert found(root).path == str(two)


@pytest.mark.parametrize("given", ["../.venv", "../.venv/bin/python", ".venv/bin/python"])
def test_a_named_python_is_relative_to_the_working_directory(root, monkeypatch, given):
    inside = environment(root / ".venv")
    (root / "src").mkdir()
    monkeypatch.chdir(root / "src")
    one = found(root, given)
    assert (Path(os.path.normpath(one.path)), one.how) == (inside, "--python")


def test_looking_for_uvs_environment_makes_none(root, monkeypatch, outside):
    """A command called `uv` that would make one for everything but `python find`."""
    tools = root.parent / "tools"
    tools.mkdir()
    uv = tools / "uv"
    uv.write_text(
        '#!/bin/sh\ncase "$1 $2" in "python find") test -z "$VIRTUAL_ENV" && '
        f"echo {outside} ;; *) mkdir -p .venv/bin ;; esac\n"
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    (root / "uv.lock").touch()
    assert found(root).how == "uv's environment"
    assert not (root / ".venv").exists()


@pytest.mark.parametrize(
    ("tool", "settings"),
    [
        ("hatch", "[build-system]\nbuild-backend = 'hatchling.build'\n"),
        ("hatch", "[tool.hatch.version]\npath = 'x.py'\n"),
        ("poetry", "[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n"),
        ("pdm", "[build-system]\nbuild-backend = 'pdm.backend'\n"),
    ],
)
def test_a_tool_is_asked_for_what_it_keeps(root, monkeypatch, outside, tool, settings):
    """Commands that answer as the tools do; hatch names an environment for each Python there is."""
    tools = root.parent / "tools"
    tools.mkdir()
    home = outside.parent.parent
    answers = {
        "hatch": f"case $3 in hatch-test) printf '{root}/py3.99\\n{home}\\n';; *) echo {root}/no;; esac",
        "poetry": f'test "$*" = "env info -e" && echo {outside}',
        "pdm": f'test "$*" = "info --python" && echo {outside}',
    }
    for name, answer in answers.items():
        (tools / name).write_text(f"#!/bin/sh\n{answer}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    (root / "pyproject.toml").write_text(settings)
    python = found(root)
    assert (python.how, Path(python.path)) == (f"{tool}'s environment", outside)


def test_an_environment_that_only_lacks_pytest_is_told_with_what_to_type(root):
    python = environment(root / ".venv", has_pytest=False)
    with pytest.raises(InterpreterError) as error:
        found(root)
    assert str(error.value).endswith(f" `{python} -m pip install pytest` installs it there.")


def test_a_pytest_that_is_too_old_is_told(root):
    python = environment(root / ".venv", has_pytest=False)
    (site,) = (root / ".venv").glob("lib/python*/site-packages")
    (site / "pytest.py").write_text("__version__ = '6.2.5'\n")
    with pytest.raises(
        InterpreterError, match=r"has pytest 6\.2\.5, and gardener needs 7 or newer"
    ):
        found(root, str(python))


def test_processes_get_the_projects_environment_and_nothing_of_the_hooks(
    root, outside, monkeypatch
):
    own = Path(sys.prefix) / "bin"
    for name, value in {
        "VIRTUAL_ENV": sys.prefix,
        "PATH": f"{own}:/usr/bin:/bin",
        "PRE_COMMIT": "1",
        "PREK_HOOK_STAGE": "pre-commit",
        "PRE_COMMIT_HOME": "/cache",
        "GIT_INDEX_FILE": ".git/index",
        "GIT_AUTHOR_NAME": "A",
    }.items():
        monkeypatch.setenv(name, value)
    variables = activated(str(outside))
    assert variables["VIRTUAL_ENV"] == str(outside.parents[1])
    assert variables["PATH"] == f"{outside.parent}:/usr/bin:/bin"
    assert variables["PRE_COMMIT_HOME"] == "/cache"
    left = {"PRE_COMMIT", "PREK_HOOK_STAGE", "GIT_INDEX_FILE", "GIT_AUTHOR_NAME"}
    assert left.isdisjoint(variables)
    assert "VIRTUAL_ENV" not in activated("/usr/bin/python3")


def test_a_run_says_which_python_and_its_tests_start_that_one(root, outside, monkeypatch, capfd):
    monkeypatch.setenv("VIRTUAL_ENV", str(outside.parents[1]))
    monkeypatch.setenv("PATH", f"{Path(sys.prefix) / 'bin'}:/usr/bin:/bin")
    (root / "test_starts.py").write_text(
        "import subprocess, sys\n\ndef test_python():\n"
        "    code = 'import sys; print(sys.prefix)'\n"
        "    said = subprocess.check_output(['python', '-c', code], text=True)\n"
        "    assert said.strip() == sys.prefix\n"
    )
    assert main(["run", "--all"]) == 0
    said = capfd.readouterr().err
    version = ".".join(map(str, sys.version_info[:3]))
    line = f"gardener: Python {version} with pytest {pytest.__version__}: {outside} (VIRTUAL_ENV)."
    assert line in said.splitlines()
    assert main(["run", "--all", "-q"]) == 0
    assert "(VIRTUAL_ENV)" not in capfd.readouterr().err
    assert main(["impacted", "--python", "no/such/python"]) == 2
