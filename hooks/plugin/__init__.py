"""The plugin that is injected into the user's pytest: standard library only, Python 3.8+.

Its files are written into a folder as one package, `gardener_plugin`, whose name no module of
the user has; so they import each other relatively, there and here. This file is not written.
"""

from __future__ import annotations

from pathlib import Path

from gardener.paths import write_whole

PACKAGE = "gardener_plugin"
RECORDER = f"{PACKAGE}.entry"
PICKER = f"{PACKAGE}.picker"
SORTER = f"{PACKAGE}.sorter"
SHARDER = f"{PACKAGE}.sharder"
UNFOUND = f"{PACKAGE}.unfound"
REMAINDER = f"{PACKAGE}.remainder"
"""What `-p` names once the plugin's folder is on the path."""

_FOLDER = Path(__file__).parent
_NOT_INJECTED = ("__init__", "rerooting")
_SITE = {"sitecustomize.py": "rerooting", "gardener_foreign.py": "foreign"}


def plugin_files() -> dict[str, bytes]:
    """The plugin's files, by their paths below the folder that is put on the path."""
    modules = sorted(path for path in _FOLDER.glob("*.py") if path.stem not in _NOT_INJECTED)
    injected = {f"{PACKAGE}/{path.name}": path.read_bytes() for path in modules}
    return {f"{PACKAGE}/__init__.py": b"", **injected}


def site_files() -> dict[str, bytes]:
    """The files that let each Python process import another tree's modules; see `rerooting`."""
    return {name: (_FOLDER / f"{module}.py").read_bytes() for name, module in _SITE.items()}


def write_files(files: dict[str, bytes], folder: Path) -> None:
    """Write files below a folder; what is there already stays, so that its byte code is kept.

    Raises:
        OSError: a file cannot be written.
    """
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
