"""Where shared records lie: a folder, a web server, or whatever fsspec speaks to.

Each record is a file of its own, which is never changed: writers do not disturb each other. The
file `index.json` names all of them, for web servers, which list nothing.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from gardener.errors import RecordError
from gardener.paths import write_whole

from .index import INDEX, index_of, is_name

if TYPE_CHECKING:
    from collections.abc import Iterable

ENDING = ".record"


class Remote(Protocol):
    """A place with files; each method raises RecordError where the place does not answer."""

    def names(self) -> list[str]:
        """The names of all records."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """One file, refused where it has more than `limit` bytes."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a file, whole or not at all, and let readers find it."""
        ...

    def drop(self, names: Iterable[str]) -> None:
        """Delete files that nobody needs, where that is possible."""
        ...


def remote_of(url: str, root: Path) -> Remote:
    """The place that a URL names; without a scheme a folder, relative to the repository.

    Raises:
        RecordError: it needs something that is not installed.
    """
    scheme = re.match(r"([a-z][a-z0-9+.-]+)://", url, re.IGNORECASE)
    if scheme is None or scheme[1].lower() == "file":
        from urllib.request import url2pathname

        path = url2pathname(urlsplit(url).path) if scheme else url
        return Folder(root / Path(path).expanduser())
    if scheme[1].lower() in ("http", "https"):
        from .web import Web

        return Web(url)
    return FileSystem(url)


class Folder:
    """A folder of this machine, or of a file server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if is_name(name)]  # noqa: PTH208
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RecordError(f"{self._folder} cannot be read: {error.strerror}") from None

    def read(self, name: str, limit: int) -> bytes:
        try:
            with (self._folder / name).open("rb") as file:
                return _limited(file.read(limit + 1), limit)
        except OSError as error:
            raise RecordError(f"{self._folder / name} cannot be read: {error.strerror}") from None

    def write(self, name: str, data: bytes) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._folder / name, data)
            write_whole(self._folder / INDEX, index_of(self.names()))
        except OSError as error:
            raise RecordError(f"{self._folder} cannot be written: {error.strerror}") from None

    def drop(self, names: Iterable[str]) -> None:
        with contextlib.suppress(OSError):
            for name in names:
                (self._folder / name).unlink(missing_ok=True)
            write_whole(self._folder / INDEX, index_of(self.names()))


class FileSystem:
    """A place that fsspec speaks to: `s3://`, `gs://`, `az://`, and others."""

    def __init__(self, url: str) -> None:
        self._shown = (
            urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()
        )
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise RecordError(
                "it needs fsspec; install gardener as `test-gardener[remote]`"
            ) from None
        # What a driver raises is its own affair: of botocore, of Google, of Azure.
        try:
            self._system, self._path = url_to_fs(url.rstrip("/"), use_listings_cache=False)
        except ImportError as error:
            raise RecordError(f"it needs a driver: {str(error).rstrip('.')}") from None
        except Exception as error:
            raise self._failed(error) from None

    def names(self) -> list[str]:
        try:
            listed: list[str] = self._system.ls(self._path, detail=False)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._failed(error) from None
        names = (path.rstrip("/").rpartition("/")[2] for path in listed)
        return [name for name in names if is_name(name)]

    def read(self, name: str, limit: int) -> bytes:
        try:
            with self._system.open(f"{self._path}/{name}", "rb") as file:
                data: bytes = file.read(limit + 1)
        except Exception as error:
            raise self._failed(error) from None
        return _limited(data, limit)

    def write(self, name: str, data: bytes) -> None:
        try:
            self._put(name, data)
            self._put(INDEX, index_of([*self.names(), name]))
        except RecordError:
            raise
        except Exception as error:
            raise self._failed(error) from None

    def drop(self, names: Iterable[str]) -> None:
        for name in names:
            try:
                self._system.rm_file(f"{self._path}/{name}")
            except Exception:
                return  # who may not delete may still write
        with contextlib.suppress(Exception):
            self._put(INDEX, index_of(self.names()))

    def _put(self, name: str, data: bytes) -> None:
        self._system.pipe_file(f"{self._path}/{name}", data)

    def _failed(self, error: Exception) -> RecordError:
        message: Any = str(error).strip() or type(error).__name__
        return RecordError(f"{self._shown} does not answer as it should: {message.splitlines()[0]}")


def _limited(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise RecordError(f"it has more than {limit >> 20} MB")
    return data
