"""Shared records on a web server: read by GET, written by PUT."""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from gardener.errors import RecordError

from .index import INDEX, index_of, names_in

SECONDS = 20.0
"""How long a server may take for one answer."""

TOKEN = "GARDENER_RECORD_TOKEN"  # noqa: S105 - the name of a variable
_ATTEMPTS = 5
_MOST_INDEX = 4 * 2**20
_NOT_THERE = (404, 410)
_CHANGED_MEANWHILE = (409, 412)


class _Answer(NamedTuple):
    status: int
    body: bytes
    tag: str


class Web:
    """A folder of a web server. Who may write there is told by a name and password in the URL, or
    by a bearer token in the variable `GARDENER_RECORD_TOKEN`.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._base = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self._headers = {"User-Agent": "gardener"}
        token = os.environ.get(TOKEN, "")
        if parts.username:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self._headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        elif token:
            self._headers["Authorization"] = f"Bearer {token}"

    def names(self) -> list[str]:
        answer = self._ask("GET", INDEX, _MOST_INDEX)
        return names_in(answer.body) if answer.status not in _NOT_THERE else []

    def read(self, name: str, limit: int) -> bytes:
        answer = self._ask("GET", name, limit)
        if answer.status in _NOT_THERE:
            raise RecordError(f"{self._base}/{name} is not there")
        return answer.body

    def write(self, name: str, data: bytes) -> None:
        answer = self._put(name, data, {})
        if answer.status in _CHANGED_MEANWHILE:  # there was no condition: its folder is not there
            raise RecordError(f"{self._base}/{name} answers {answer.status} to PUT")
        for _ in range(_ATTEMPTS):
            # Another writer may add its name at this moment: the server says whether one did.
            index = self._ask("GET", INDEX, _MOST_INDEX)
            is_new = index.status in _NOT_THERE
            condition = {"If-None-Match": "*"} if is_new else {}
            if index.tag and not is_new:
                condition = {"If-Match": index.tag}
            listed = [] if is_new else names_in(index.body)
            answer = self._put(INDEX, index_of([*listed, name]), condition)
            if answer.status not in _CHANGED_MEANWHILE:
                return
        raise RecordError(f"{self._base}/{INDEX} is changed by others all the time")

    def drop(self, names: Iterable[str]) -> None:
        """Leave it to the server's owner: to delete is a right that a writer rarely has."""

    def _put(self, name: str, data: bytes, headers: dict[str, str]) -> _Answer:
        return self._ask("PUT", name, _MOST_INDEX, data, headers)

    def _ask(
        self,
        method: str,
        name: str,
        limit: int,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> _Answer:
        url = f"{self._base}/{quote(name)}"
        request = urllib.request.Request(  # noqa: S310 - http or https, see `remote_of`
            url, data, {**self._headers, **(headers or {})}, method=method
        )
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                body = answer.read(limit + 1)
                tag = answer.headers.get("ETag", "")
        except urllib.error.HTTPError as error:
            with contextlib.closing(error):
                expected = _NOT_THERE if method == "GET" else _CHANGED_MEANWHILE
                if error.code in expected:
                    return _Answer(error.code, b"", "")
                raise RecordError(f"{url} answers {error.code} to {method}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RecordError(f"{url} does not answer: {reason}") from None
        if len(body) > limit:
            raise RecordError(f"{url} has more than {limit >> 20} MB")
        return _Answer(answer.status, body, tag)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but takes no credentials to another host."""

    def redirect_request(  # type: ignore[no-untyped-def]
        self, req, fp, code, msg, headers, newurl
    ):
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            request.remove_header("Authorization")
        return request


_OPENER = urllib.request.build_opener(_SameHost)
