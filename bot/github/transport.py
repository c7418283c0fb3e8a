"""Requests to GitHub's REST API: the only file that knows PyGithub, and that waits.

PyGithub brings authentication and the connection. What is sent again, and when, is
decided here: its own defaults repeat a POST after an error 5xx (so that a comment may be
written twice) and can sleep until a rate limit resets.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from typing import IO, Any, TypeVar

import github
import msgspec
import requests
import urllib3

from gardener.config import GitHub as Settings

from . import rate_limit
from .api_types import PAGE
from .download import Answer, download
from .errors import NotDone, Refused, SiteError, Throttled, Unreachable

T = TypeVar("T")
_TRIES = 3


class Transport:
    """Sends requests to one server, and repeats them where that is harmless.

    Every method may raise `NotDone`: `Refused` (GitHub said no), `Throttled` (a rate limit
    that takes longer than the settings' `patience`), `Unreachable` (no useful answer).

    Raises:
        SiteError: the token is not accepted.
    """

    def __init__(
        self, api: str, token: str, settings: Settings, say: Callable[[str], None]
    ) -> None:
        self._api = api
        self._token = token
        self._say = say
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Keep to these settings from now on."""
        self._settings = settings
        self._patience = settings.patience
        self._requester = github.Github(
            auth=github.Auth.Token(self._token),
            base_url=self._api,
            timeout=max(int(settings.timeout), 1),
            retry=urllib3.Retry(0, read=False),
            seconds_between_requests=0,
            seconds_between_writes=settings.write_pause,
            user_agent="test-gardener",
        ).requester

    def create(
        self,
        path: str,
        body: dict[str, Any],
        read: Callable[[Any], T],
        look_again: Callable[[], T | None],
    ) -> T:
        """POST once; after an answer that tells nothing, look whether it took effect."""
        for last in (False, True):
            try:
                return read(self.send("POST", path, body)[1])
            except Unreachable:
                self._sleep(2 * self._settings.write_pause)
                created = look_again()
                if created is not None:
                    return created
                if last:
                    raise
        raise AssertionError("unreachable")

    def get(self, path: str, type_: type[T]) -> T:
        """The answer to a GET."""
        return self.decode(self.send("GET", path)[1], type_)

    def list_all(
        self, path: str, type_: type[T], query: dict[str, Any], pages: int = 1_000
    ) -> list[T]:
        """All entries of a list, page by page; those of the first `pages`."""
        items: list[T] = []
        for page in range(1, pages + 1):
            parameters = {**query, "per_page": PAGE, **({"page": page} if page > 1 else {})}
            headers, data = self.send("GET", path, query=parameters)
            items += self.decode(data, list[type_])  # type: ignore[valid-type]
            if 'rel="next"' not in str(headers.get("link", "")):
                break
        return items

    def decode(self, data: Any, type_: type[T]) -> T:
        """An answer as a value of `type_`."""
        try:
            return msgspec.convert(data, type_)
        except msgspec.ValidationError as wrong:
            raise Unreachable(f"{self._api} answered nonsense: {wrong}") from None

    def send(
        self,
        verb: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[dict[str, Any], Any]:
        """Send one request; again after waits that were asked for, or where that is harmless."""

        def ask() -> tuple[dict[str, Any], Any]:
            return _checked(*self._requester.requestJson(verb, path, query, headers, body))

        return self._repeat(verb, path, ask)

    def fetch(self, path: str, into: IO[bytes], most: int) -> None:
        """Write what is at a path of the API to a file; more than `most` bytes are refused."""
        self._repeat("GET", path, lambda: self._download(f"{self._api}{path}", into, most))

    def _download(self, url: str, into: IO[bytes], most: int) -> None:
        try:
            download(url, self._token, into, most, self._settings.timeout)
        except Answer as answer:
            raise github.GithubException(answer.status, answer.data, answer.headers) from None

    def _repeat(self, verb: str, path: str, ask: Callable[[], T]) -> T:
        tries = 0
        while True:
            tries += 1
            try:
                return ask()
            except github.GithubException as wrong:
                failure = self._judge(verb, path, wrong)
            except (requests.RequestException, ValueError, RecursionError) as wrong:
                failure = Unreachable(f"{verb} {path}: {type(wrong).__name__}")
            if failure is None:
                tries -= 1  # a refused request took no effect: the wait was the answer
            elif not isinstance(failure, Unreachable) or verb == "POST" or tries == _TRIES:
                raise failure
            else:
                self._sleep(tries * self._settings.write_pause)

    def _judge(self, verb: str, path: str, wrong: github.GithubException) -> NotDone | None:
        """What an error means; None after a wait that a rate limit asked for."""
        data = wrong.data if isinstance(wrong.data, dict) else {}
        message = str(data.get("message") or wrong.message or "")[:300]
        limit = rate_limit.limit_of(wrong.status, wrong.headers or {}, message, time.time())
        if limit and limit.seconds <= self._patience:
            self._patience -= limit.seconds
            self._say(f"{limit.kind} rate limit: waiting {limit.seconds:.0f} s")
            time.sleep(limit.seconds)
            return None
        if limit:
            return Throttled(
                f"the {limit.kind} rate limit asks for {limit.seconds:.0f} s, "
                f"more than the {self._patience:.0f} s of patience left"
            )
        if wrong.status >= 500:
            return Unreachable(f"{verb} {path}: status {wrong.status}")
        if wrong.status == 401:
            raise SiteError(f"GitHub does not accept the token: {message or 'status 401'}.")
        return Refused(f"{verb} {path}: {wrong.status} {message}".strip(), wrong.status)

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def _checked(
    status: int, headers: dict[str, Any], answer: str | bytes
) -> tuple[dict[str, Any], Any]:
    """An answer that is no error; PyGithub's own check takes the body of an error for an object.

    Raises:
        github.GithubException: it is one; the reason is in the body where that says one.
        ValueError, RecursionError: it is not JSON.
    """
    if status < 400:
        return headers, json.loads(answer) if answer else None
    data: Any = {}
    with contextlib.suppress(ValueError, RecursionError):
        data = json.loads(answer)
    raise github.GithubException(status, data if isinstance(data, dict) else {}, headers)
