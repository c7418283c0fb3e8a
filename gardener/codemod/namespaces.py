"""Folders without `__init__.py` that are part of module names all the same: namespace packages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from gardener.modules.search_path import SOURCE_FOLDERS

if TYPE_CHECKING:
    from gardener.modules.finder import ModuleFinder

_IMPORTS = re.compile(rb"\n[ \t]*(?:from|import)[ \t]+(\w[\w.]*)")


def namespaces(finder: ModuleFinder, sources: Callable[[str], Iterable[bytes]]) -> dict[str, str]:
    """What stands before the names of packages in a folder, for folders that are namespaces.

    `airflow/providers` is `airflow.providers` where files of the project import
    `airflow.providers.amazon` from there and none imports `amazon`: which of the two Python
    can do depends on `sys.path`, and who wrote the imports knew that. `sources` gives the texts of
    the files in which a line matches.
    """
    packages = _packages(finder)
    if not packages:
        return {}
    tops = sorted({top for inner in packages.values() for top in inner})
    prefixes = _spelled(sources, tops)
    found: dict[str, str] = {}
    for folder, inner in packages.items():
        spelled = {prefix for top in inner for prefix in prefixes[top]}
        dotted = folder.replace("/", ".")
        if "" not in spelled:
            fitting = [prefix for prefix in spelled if f".{dotted}".endswith(f".{prefix}")]
            if fitting:
                found[folder] = max(fitting, key=len)
    return found


def _packages(finder: ModuleFinder) -> dict[str, set[str]]:
    """The packages directly in folders that no setting and no custom puts on `sys.path`."""
    packages: dict[str, set[str]] = defaultdict(set)
    for folder, paths in finder.by_folder.items():
        above, _, last = folder.rpartition("/")
        if not above or above in finder.scopes or above.rpartition("/")[2] in SOURCE_FOLDERS:
            continue
        if f"{folder}/__init__.py" in paths and finder.insertion(folder) == above:
            packages[above].add(last)
    return packages


def _spelled(sources: Callable[[str], Iterable[bytes]], tops: list[str]) -> dict[str, set[str]]:
    """What stands before the names of some packages where files of the project import them."""
    names = frozenset(tops)
    shape = "|".join(map(re.escape, tops))
    quick = rf"^[[:blank:]]*(from|import)[[:blank:]]+([A-Za-z0-9_]+\.)*({shape})"
    modules = {module for source in sources(quick) for module in _IMPORTS.findall(b"\n" + source)}
    spelled: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        parts = module.decode().split(".")
        last = next((n for n in reversed(range(len(parts))) if parts[n] in names), None)
        if last is not None:
            spelled[parts[last]].add(".".join(parts[:last]))
    return spelled
