"""Interpreters that record, with the pytest of this environment: one of each way to record."""

import sys
from pathlib import Path

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
WAYS = {
    "monitoring": ".pyenv/versions/3.1[23].*/bin/python",
    "profiling": ".pyenv/versions/3.1[01].*/bin/python",
}


def _interpreter(way: str) -> str:
    """This interpreter if it records in this way, else another of this machine, or none."""
    if way == ("monitoring" if sys.version_info >= (3, 12) else "profiling"):
        return sys.executable
    others = sorted(Path.home().glob(WAYS[way]))
    return str(others[-1]) if others else ""


def _param(way: str) -> object:
    python = _interpreter(way)
    missing = pytest.mark.skipif(not python, reason=f"no Python here records by {way}")
    return pytest.param(python, id=way, marks=missing)


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
