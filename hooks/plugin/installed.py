"""What is installed for the tests: distributions with their versions. PYTEST_DONT_REWRITE"""

from __future__ import annotations

import json
import os
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Tuple
from urllib.parse import unquote, urlsplit

_SEPARATORS = re.compile(r"[-_.]+")
_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


class Installed(NamedTuple):
    """Versions by the names of distributions; `own` are those made from the repository itself."""

    versions: Dict[str, str]
    own: List[str]


def installed(path: Iterable[str], root: str) -> Installed:
    """The distributions that an import with this path finds, those of editable installations too.

    Names are written as package indexes do. Of several of one name the first on the path counts.
    """
    distributions = Installed({}, [])
    for folder in dict.fromkeys(path):
        for name, version, is_own in _in_folder(folder or os.curdir, root):
            if name not in distributions.versions:
                distributions.versions[name] = version
                if is_own:
                    distributions.own.append(name)
    return distributions


def _in_folder(folder: str, root: str) -> Iterator[Tuple[str, str, bool]]:
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in entries:
        stem, ending = os.path.splitext(entry)
        if ending not in (".dist-info", ".egg-info"):
            continue
        path = os.path.join(folder, entry)
        name, _, version = stem.partition("-")
        if (
            ending == ".egg-info"
        ):  # name-1.0-py3.8, or without all that where it lies in the sources
            version = version.partition("-py")[0] or _version_in(path)
            is_own = _is_inside(folder, root) and "-packages" not in folder
        else:
            is_own = _is_made_from(path, root)
        yield _SEPARATORS.sub("-", name).lower(), version, is_own


def _version_in(egg_info: str) -> str:
    for path in (os.path.join(egg_info, "PKG-INFO"), egg_info):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                match = _VERSION.search(file.read())
        except OSError:
            continue
        return match.group(1) if match else ""
    return ""


def _is_made_from(dist_info: str, root: str) -> bool:
    """Whether a distribution was installed from a folder of the repository."""
    try:
        with open(os.path.join(dist_info, "direct_url.json"), encoding="utf-8") as file:
            origin = json.load(file)
        url = urlsplit(origin["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if url.scheme != "file" or "dir_info" not in origin:
        return False
    path = unquote(url.path)
    if re.match(r"/[A-Za-z]:", path):
        path = path[1:]
    return _is_inside(path, root)


def _is_inside(path: str, root: str) -> bool:
    path, root = os.path.realpath(path), os.path.realpath(root)
    return path == root or path.startswith(root + os.sep)
