"""What tests passed in: the interpreter, what is installed, what configures pytest."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gardener.pytest_config.markers import differs_in_more_than_markers
from gardener.pytest_config.settings import canonical_settings

from ..pytest_run.rootdirs import configuration_files


class Environment(NamedTuple):
    """Where a run ran: `python` is its interpreter, `sites` are its folders of packages.

    `installed` are the versions found there; `settings` is what each configuration file
    (by path) says about pytest. `command` is the path by which the interpreter was called,
    which may be a shim. `path` is PYTHONPATH, in which the repository is `.`: it decides whether
    tests import the project from here or a copy that is installed.
    """

    python: str
    sites: tuple[str, ...]
    installed: tuple[str, ...]
    settings: dict[str, str]
    command: str = ""
    path: str = ""

    def dumps(self) -> str:
        return json.dumps(self)

    @classmethod
    def loads(cls, text: str) -> Environment:
        """The environment that `dumps` wrote.

        Raises:
            ValueError, TypeError: it is something else.
        """
        python, sites, installed, settings, command, path = json.loads(text)
        return cls(
            python=str(python),
            sites=tuple(sites),
            installed=tuple(installed),
            settings=dict(settings),
            command=str(command),
            path=str(path),
        )

    def is_of(self, python: str) -> bool:
        """Whether `python` is the interpreter of this environment, under whatever name."""
        return Path(python).parent in (Path(self.python).parent, Path(self.command).parent)

    @property
    def is_there(self) -> bool:
        """Whether the interpreter and its packages are still on this machine."""
        return Path(self.python).exists() and any(Path(site).is_dir() for site in self.sites)


def look(
    root: Path, python: str, sites: Iterable[str], settings: dict[str, str], command: str = ""
) -> Environment:
    """The environment as it is now."""
    sites = tuple(sites)
    installed = tuple(sorted(set(_installed(python, sites))))
    return Environment(python, sites, installed, settings, command, import_path(root))


def look_elsewhere(
    root: Path, then: Environment, python: str, settings: dict[str, str]
) -> Environment | None:
    """The environment of another interpreter, with its folders where those of `then` were.

    None where it has an editable installation of some other folder than `root`.
    """
    home, other = Path(then.python).parents[1], Path(python).parents[1]
    sites = tuple(
        str(other / Path(site).relative_to(home)) if Path(site).is_relative_to(home) else site
        for site in then.sites
    )
    if any(_leads_elsewhere(root, site) for site in sites):
        return None
    return look(root, python, sites, settings)


def is_usable(root: Path, then: Environment, python: str) -> bool:
    """Whether a record of this environment may still say something.

    It does if the environment is still on this machine, or `python` is in one of equal content.
    """
    if then.is_there:
        return True
    now = look_elsewhere(root, then, python, then.settings) if python else None
    return now is not None and now.installed == then.installed


def _leads_elsewhere(root: Path, site: str) -> bool:
    """Whether an editable installation or a path file of a folder is of another place than `root`."""
    top = os.path.realpath(root)
    with contextlib.suppress(OSError), os.scandir(site) as entries:
        for entry in entries:
            if not entry.name.endswith((".pth", ".egg-link", "_finder.py")):
                continue
            text = Path(entry.path).read_text("utf-8", errors="replace")
            for place in _PLACES.findall(text):
                inside = (top, str(root), str(Path(site).parent))
                if Path(place).is_dir() and not _is_below(place, inside):
                    return True
    return False


_PLACES = re.compile(r"""(?:^|['"])(/[^'"\n]+|[A-Za-z]:[\\/][^'"\n]+)""", re.MULTILINE)
"""Absolute paths: on a line of their own, or in quotes."""


def _is_below(place: str, folders: Iterable[str]) -> bool:
    return any(place == folder or place.startswith(f"{folder}{os.sep}") for folder in folders)


def import_path(root: Path) -> str:
    """PYTHONPATH without what differs between work trees, and without empty parts."""
    parts = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part]
    absolute = [os.path.normpath(root / part) for part in parts]
    return os.pathsep.join(
        os.path.relpath(p, root) if root in Path(p, "x").parents else p for p in absolute
    )


def settings_on_disk(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """What the configuration files among `paths` say about pytest."""
    return settings_of(configuration_files(root, paths))


def settings_of(sources: Mapping[str, bytes]) -> dict[str, str]:
    """What configuration files say about pytest, by path; those that say nothing are left out."""
    settings = {}
    for path in sorted(sources):
        text = canonical_settings(path.rpartition("/")[2], sources[path])
        if text:
            settings[path] = text
    return settings


def difference(then: Environment, now: Environment) -> str:
    """What differs, in a few words; empty where nothing does."""
    removed = _shortened(set(then.installed) - set(now.installed))
    added = _shortened(set(now.installed) - set(then.installed))
    if removed and added:
        return f"{removed} became {added}"
    if removed:
        return f"{removed} is no longer installed"
    if added:
        return f"{added} was installed"
    for path in sorted(then.settings.keys() | now.settings.keys()):
        if differs_in_more_than_markers(then.settings.get(path, ""), now.settings.get(path, "")):
            return f"{path} says something else about pytest"
    if then.path != now.path:
        return f"PYTHONPATH was {then.path or 'not set'} and is {now.path or 'not set'}"
    return ""


def _shortened(names: Iterable[str]) -> str:
    """The first three of some names."""
    ordered = sorted(names)
    return ", ".join(ordered[:3]) + (", ..." if ordered[3:] else "")


def _installed(python: str, sites: tuple[str, ...]) -> Iterator[str]:
    yield f"Python {version_of(python)}".strip()
    if any("pypy" in site.lower() for site in sites):
        yield "PyPy"
    for site in sites:
        with contextlib.suppress(OSError):
            for name in os.listdir(site):  # noqa: PTH208
                if name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth")):
                    yield name.removesuffix(".dist-info").removesuffix(".egg-info")


def version_of(python: str) -> str:
    """The version that an environment was made of, or the interpreter's own file."""
    with contextlib.suppress(OSError, IndexError):
        for line in (Path(python).parents[1] / "pyvenv.cfg").read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() in ("version", "version_info"):
                # Tools that make environments write it as 3.12.1 or as 3.12.1.final.0.
                return ".".join(value.strip().split(".")[:3])
    with contextlib.suppress(OSError):
        return _release(Path(python).resolve(strict=True))
    return ""


def _release(python: Path) -> str:
    """The version that the headers beside an interpreter name; its path where there are none."""
    with contextlib.suppress(OSError):
        header = python.parents[1] / "include" / python.name / "patchlevel.h"
        version = re.search(r'PY_VERSION\s+"([^"]+)"', header.read_text("utf-8", errors="replace"))
        if version:
            return version[1]
    return str(python)
