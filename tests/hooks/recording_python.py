"""Interpreters that record: one of each way to record, and the oldest that the plugin serves.

The former borrow the pytest of this environment; for the latter it is too new.
"""

import os
import pwd
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

LENT = (
    "py.py",
    "pytest",
    "_pytest",
    "pluggy",
    "iniconfig",
    "packaging",
    "pygments",
    "xdist",
    "execnet",
    "exceptiongroup",
    "tomli",
)
WAYS = {"monitoring": "3.1[23]", "profiling": "3.1[01]"}


def installed_pythons(version: str) -> list[str]:
    """Interpreters of a version (a glob) that pyenv has, whatever `HOME` is set to."""
    homes = {Path.home(), Path(pwd.getpwuid(os.getuid()).pw_dir)}
    folders = {home / ".pyenv/versions" for home in homes} | {Path(sys.base_prefix).parent}
    if "PYENV_ROOT" in os.environ:
        folders.add(Path(os.environ["PYENV_ROOT"], "versions"))
    found = (str(p) for folder in folders for p in folder.glob(f"{version}.*/bin/python"))
    return sorted(found)


def _interpreter(way: str) -> str:
    """This interpreter if it records in this way, else another of this machine, or none."""
    if way == ("monitoring" if sys.version_info >= (3, 12) else "profiling"):
        return sys.executable
    return (installed_pythons(WAYS[way]) or [""])[-1]


def _param(way: str) -> object:
    python = _interpreter(way)
    missing = pytest.mark.skipif(not python, reason=f"no Python here records by {way}")
    return pytest.param(python, id=way, marks=missing)


class OldPython(NamedTuple):
    """An interpreter, and the folder that its pytest lies in."""

    executable: str
    packages: Path


def _missing(reason: str) -> NoReturn:
    """Skip a test; fail it where `GARDENER_REQUIRE_PYTHONS=1` asks for the old Pythons."""
    if os.environ.get("GARDENER_REQUIRE_PYTHONS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def old_python(version: str, packages: Path, *requirements: str) -> OldPython:
    """Python 3.8 or 3.9, with what is required installed into the folder `packages`.

    Where that Python or its packages are not to be had, the test is skipped; it fails if the
    environment has `GARDENER_REQUIRE_PYTHONS=1`.
    """
    candidates = [*installed_pythons(version), shutil.which(f"python{version}") or ""]
    # A shim of pyenv is on PATH even when it leads nowhere.
    works = (
        p for p in candidates if p and not subprocess.call([p, "-c", ""], stderr=subprocess.DEVNULL)
    )
    executable = next(works, None)
    if executable is None:
        _missing(f"there is no Python {version} here")
    command = [executable, "-m", "pip", "-q", "install", "--target", str(packages)]
    installed = subprocess.run([*command, *requirements], capture_output=True, text=True)
    if installed.returncode:
        _missing(f"Python {version} cannot install {requirements}: {installed.stderr[-300:]}")
    return OldPython(executable, packages)


INTERPRETERS = [_param(way) for way in WAYS]
MONITORING, PROFILING = INTERPRETERS[:1], INTERPRETERS[1:]


def lend_pytest(python: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lend another interpreter pytest: pure Python packages do for another version too."""
    if python == sys.executable:
        return
    place = folder / "packages"
    place.mkdir()
    site = Path(pytest.__file__).parents[1]
    for name in LENT:
        if (site / name).exists():
            (place / name).symlink_to(site / name)
    for info in site.glob("*.dist-info"):
        # Only these: another plugin's entry point would name a module that is not here.
        if info.name.partition("-")[0] in ("pytest", "pytest_xdist", "pluggy", "execnet"):
            (place / info.name).symlink_to(info)
    monkeypatch.setenv("PYTHONPATH", str(place))


def lent_environment(folder: Path) -> tuple[str, Path]:
    """A virtual environment with the pytest of this one; its interpreter, and its packages."""
    venv.create(folder, symlinks=True, with_pip=False)
    [site] = folder.glob("lib/python3*/site-packages")
    here = Path(pytest.__file__).parents[1]
    for name in LENT:
        if (here / name).exists():
            (site / name).symlink_to(here / name)
    for info in here.glob("*.dist-info"):
        if info.name.partition("-")[0] in ("pytest", "pluggy", "iniconfig", "packaging"):
            (site / info.name).symlink_to(info)
    return str(folder / "bin" / "python"), site
