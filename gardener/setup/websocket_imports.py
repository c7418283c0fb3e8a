"""Whether a project uses WebSockets: by its imports of an API for them, never by a word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gardener.config import WEBSOCKET
from gardener.git import git, lines


class Evidence(NamedTuple):
    """An import of a WebSocket API."""

    path: str
    line: int
    statement: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.statement}"


def websocket_imports(root: Path) -> list[Evidence]:
    """The imports of WebSocket APIs in the repository's Python files, in their order."""
    listed = lines(git("ls-files", "-z", "-co", "--exclude-standard", "--", "*.py", root=root))
    apis = [api for api in WEBSOCKET.imports if not _is_own_module(api, listed)]
    words = {part for api in apis for part in re.findall(r"\w+", api.rpartition(":")[2])}
    needle = re.compile(rb"\b(?:" + "|".join(sorted(words)).encode() + rb")\b")
    return [
        evidence
        for name in listed
        for source in _source_of(root / name)
        if needle.search(source)
        for evidence in imports_in(source, name, apis)
    ]


def _is_own_module(api: str, listed: Iterable[str]) -> bool:
    """Whether the project has a module of that bare name itself: it says nothing then."""
    if re.search(r"[.:]", api):
        return False
    homes = (f"{api}.py", f"{api}/__init__.py", f"src/{api}/__init__.py")
    return any(name in homes or PurePosixPath(name).name == f"{api}.py" for name in listed)


def _source_of(path: Path) -> Iterator[bytes]:
    try:
        yield path.read_bytes()
    except OSError:
        return


def imports_in(source: bytes, path: str, apis: Iterable[str]) -> Iterator[Evidence]:
    """The statements of one file that import one of `apis` (`module` or `module:Name`)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    modules = {api for api in apis if ":" not in api}
    names = {tuple(api.split(":")) for api in apis if ":" in api}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports_api = any(_lies_in(alias.name, modules) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports_api = _lies_in(node.module, modules) or any(
                (node.module, alias.name) in names
                or f"{node.module}.{alias.name}" in modules
                or _used_of_module(f"{node.module}.{alias.name}", alias, names, source)
                for alias in node.names
            )
        else:
            continue
        if imports_api:
            yield Evidence(path, node.lineno, ast.unparse(node))


def _lies_in(module: str, modules: set[str]) -> bool:
    parts = module.split(".")
    return any(".".join(parts[:end]) in modules for end in range(1, len(parts) + 1))


def _used_of_module(
    module: str, alias: ast.alias, names: set[tuple[str, ...]], source: bytes
) -> bool:
    """`from aiohttp import web`, where the file says `web.WebSocketResponse`."""
    bound = alias.asname or alias.name
    return any(
        home == module and re.search(rf"\b{bound}\.{name}\b".encode(), source)
        for home, name in names
    )
