"""The graphs of earlier trees under the git directory, and what was linked anew for later ones.

A graph is named by the settings that decided how it was linked and by the blobs of all its files,
so trees of two branches keep one each. A patch is what an update of such a graph for one other
tree has linked: whoever comes back to that tree lays it over and links nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from gardener.model import Symbol
from gardener.paths import write_whole

from ..link.linked_file import LinkedFile
from ..parse.garbage import no_garbage_collection
from ..parse.summaries import KIND
from .compact import CompactFiles
from .graph import Graph
from .source_tree import Tree
from .stored_graph import MAGIC, read_header, unpack

_MOST_BYTES = 400_000_000
_MOST_GRAPHS = 8
_MOST_PATCHES = 64
_LARGE = 100
"""Files that a patch links again: a second one that large is worth a graph of its own."""


class Patch(NamedTuple):
    """What is laid over a graph: see `Graph.overlay`."""

    linked: list[LinkedFile]
    removed: frozenset[str]
    tests: frozenset[str]
    roots: frozenset[str]


class GraphStore:
    """The graphs that were linked with the settings of a tree, and their patches."""

    def __init__(self, tree: Tree, gone: Iterable[Symbol], lost: Mapping[Symbol, str]) -> None:
        """`gone` and `lost` are symbols that decide how files are linked, too: see `Linker`."""
        self._folder = tree.folder
        layout = (sorted(tree.layout.settings.items()), tree.layout.entry_points)
        self._settings = _hash(KIND, repr(MAGIC), repr(layout), repr(tree.modules.settings))
        self._shas = tree.summaries.shas()
        content = (text for item in sorted(self._shas.items()) for text in item)
        self._name = f"{self._settings}-{_hash(*content)}"
        symbols = (sorted(gone), sorted(lost.items()))
        self._as_it_is = not any(symbols)
        self._patched = _hash(self._name, repr(symbols))

    def exact(self, graph: StoredFile) -> bool:
        """Whether a graph is that of the tree itself, and nothing is gone from it."""
        return self._as_it_is and graph.name == self._name

    def graphs(self) -> Iterator[StoredFile]:
        """First the graph of the tree itself, then those with the fewest other files."""
        distances = []
        for path in self._files(f"{self._settings}-*.net"):
            if path.stem == self._name:
                yield StoredFile(self._name, path)
            else:
                with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
                    distances.append((self._distance(path), path))
        yield from (StoredFile(path.stem, path) for _, path in sorted(distances))

    def _distance(self, path: Path) -> int:
        """How many files differ, came, or went since a graph was made."""
        header = read_header(path)
        before = dict(zip(header.paths, header.shas, strict=True))
        return len(before.items() ^ self._shas.items())

    def _files(self, pattern: str) -> list[Path]:
        if self._folder is None:
            return []
        with contextlib.suppress(OSError):
            return sorted(self._folder.glob(pattern))
        return []

    def write(self, data: bytes) -> StoredFile:
        """Keep the graph of the tree."""
        return StoredFile(self._name, self._write(f"{self._name}.net", data))

    def patch(self, graph: StoredFile) -> Patch | None:
        """What was linked again for this tree since a graph was made, if it was kept."""
        for path in self._files(f"{graph.name}-{self._patched}-*.patch"):
            with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
                data = path.read_bytes()
                if zlib.crc32(data[4:]) == int.from_bytes(data[:4], "little"):
                    _touch(path)
                    linked, *sets = marshal.loads(data[4:])  # noqa: S302  checked above, our own
                    files = CompactFiles.restored(linked).linked()
                    return Patch(list(files), *map(frozenset, sets))
        return None

    def write_patch(self, graph: StoredFile, patch: Patch) -> None:
        """Keep what was linked again."""
        compact = CompactFiles()
        for file in patch.linked:
            compact.add(file)
        sets = (sorted(patch.removed), sorted(patch.tests), sorted(patch.roots))
        data = marshal.dumps((compact.stored(), *sets), 2)
        name = f"{graph.name}-{self._patched}-{len(patch.linked)}.patch"
        self._write(name, zlib.crc32(data).to_bytes(4, "little") + data)

    def outgrown(self, graph: StoredFile, linked: int) -> bool:
        """Whether another tree had to link much of a graph again already, as this one has to."""
        if linked <= _LARGE:
            return False
        patches = self._files(f"{graph.name}-*.patch")
        return any(int(path.stem.rpartition("-")[2]) > _LARGE for path in patches)

    def _write(self, name: str, data: bytes) -> Path | None:
        """Put a file in its place at once, and drop those that were not used for longest."""
        if self._folder is None:
            return None
        path = self._folder / name
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
            _evict(self._folder, path)
        return path


class StoredFile(NamedTuple):
    """A graph on disk (None where none are kept), and the name that its patches begin with."""

    name: str
    path: Path | None

    def read(self) -> Graph | None:
        """The graph; None where it is gone, damaged, or of another version."""
        if self.path is None:
            return None
        try:
            with no_garbage_collection():
                graph = Graph(unpack(memoryview(self.path.read_bytes())))
        except (OSError, ValueError, EOFError, TypeError, KeyError):
            return None
        _touch(self.path)
        return graph


def _hash(*texts: str) -> str:
    """Sixteen digits for some texts."""
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:16]


def _touch(path: Path) -> None:
    """Let a file count as used now."""
    with contextlib.suppress(OSError):
        os.utime(path)


def _evict(folder: Path, written: Path) -> None:
    """Drop what was not used for longest, so that only so many files and bytes stay."""
    room, most = _MOST_BYTES, {".net": _MOST_GRAPHS, ".patch": _MOST_PATCHES}
    stats = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            stats.append((path == written, path.stat().st_mtime_ns, path.stat().st_size, path))
    for just_written, _, size, path in sorted(stats, reverse=True):
        room -= size
        left = most.get(path.suffix, _MOST_PATCHES)
        most[path.suffix] = left - 1
        if not just_written and (room < 0 or left <= 0):
            with contextlib.suppress(OSError):
                path.unlink()
