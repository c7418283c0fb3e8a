"""Fetches a file that GitHub keeps elsewhere: never with the token, never more than allowed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import requests

from gardener.errors import ReportError

from .errors import Refused, Unreachable

_HOPS = 4
_SLOWEST = 15  # times the timeout of one request, for a whole file


class Answer(Exception):
    """An answer that is an error, for whoever knows what GitHub means by it."""

    def __init__(self, status: int, data: Any, headers: dict[str, str]) -> None:
        super().__init__(status)
        self.status = status
        self.data = data
        self.headers = headers


def download(url: str, token: str, into: IO[bytes], most: int, timeout: float) -> None:
    """Write what is at `url` to a file, over at most 3 redirections.

    The API answers with the address of a storage that must not see the token. Sizes that
    are claimed are not believed. `timeout` in seconds is for every wait; the whole takes
    at most 15 times as long.

    Raises:
        Answer: a status of 400 or more.
        ReportError: more than `most` bytes.
        Refused: an address that is not to be followed.
        Unreachable: it takes too long.
        requests.RequestException: no answer.
    """
    until = time.monotonic() + _SLOWEST * timeout
    headers = {"Authorization": f"token {token}", "Accept": "application/vnd.github+json"}
    for _ in range(_HOPS):
        with requests.get(
            url,
            headers=headers,
            timeout=timeout,
            stream=True,
            allow_redirects=False,
            auth=_as_given,
        ) as answer:
            if answer.is_redirect:
                url = _followed(url, answer.headers["location"])
                headers = {}
                continue
            if answer.status_code >= 400:
                raise _error(answer)
            _write(answer.iter_content(64 * 1024), into, most, until)
            return
    raise Refused("an artifact is behind too many redirections", 302)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep the headers: without this, requests would add a password of the user's ~/.netrc."""
    return request


def _followed(url: str, location: str) -> str:
    """Where a redirection leads; never to a file, and never out of encryption."""
    target = urljoin(url, location)
    schemes = {"https"} if urlsplit(url).scheme == "https" else {"http", "https"}
    if urlsplit(target).scheme not in schemes:
        raise Refused("an artifact is kept at an address that is not followed", 302)
    return target


def _error(answer: requests.Response) -> Answer:
    text = next(answer.iter_content(2_000), b"").decode(errors="replace")
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    return Answer(answer.status_code, data, dict(answer.headers))


def _write(chunks: Iterator[bytes], into: IO[bytes], most: int, until: float) -> None:
    size = 0
    into.seek(0)
    into.truncate()
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise ReportError(f"An artifact has more than {most:,} bytes.")
        if time.monotonic() > until:
            raise Unreachable("an artifact comes too slowly")
        into.write(chunk)
