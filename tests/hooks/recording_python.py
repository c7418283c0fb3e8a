"""An interpreter that records, with the pytest of this environment."""

import sys
from pathlib import Path

import pytest

records = pytest.mark.skipif(
    sys.version_info < (3, 12) and not list(Path.home().glob(".pyenv/versions/3.1[23].*")),
    reason="only Python 3.12 and later record",
)
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
)


def python312() -> str:
    """An interpreter that records: this one, or a newer with what `lend_pytest` lends it."""
    if sys.version_info >= (3, 12):
        return sys.executable
    [newer, *_] = sorted(Path.home().glob(".pyenv/versions/3.1[23].*/bin/python"))
    return str(newer)


def lend_pytest(folder: Path, monkeypatch) -> None:
    """Lend the newer interpreter pytest: pure Python packages do for another version too."""
    if sys.version_info >= (3, 12):
        return
    place = folder / "packages"
    place.mkdir()
    site = Path(pytest.__file__).parents[1]
    for name in LENT:
        (place / name).symlink_to(site / name)
    for info in site.glob("*.dist-info"):
        # Only these: another plugin's entry point would name a module that is not here.
        if info.name.partition("-")[0] in ("pytest", "pytest_xdist", "pluggy", "execnet"):
            (place / info.name).symlink_to(info)
    monkeypatch.setenv("PYTHONPATH", str(place))
