"""What a finding says of a service that does not answer: where it should be, and who asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gardener.diagnosis.background import is_silence
from gardener.model import Failure, RaisedException

_THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0"})  # noqa: S104 - only read
REFUSED = (
    r"(?i)connection refused|connect call failed|cannot connect to host|could not connect to the endpoint"
    r"|all connection attempts failed|ECONNREFUSED|\[errno (?:111|61)\]|\[winerror 10061\]"
)
_FREE_PORTS = 32768
"""From here on systems give out ports to whoever asks for any."""
_CLIENTS = frozenset({
    "aiohttp", "httpcore", "httpx", "requests", "urllib3", "websocket-client", "websockets", "wsproto",
})  # fmt: skip
"""Libraries that speak to any server, where others speak to one kind of service."""
SERVICE_CATEGORIES = frozenset({"service-unavailable", "connection-refused"})
_HOST = r"(?P<host>\[?[\w.:-]*[\w.-]\]?)"
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"connecting to {_HOST}:(?P<port>\d{{1,5}})\b",
        r"server at \"(?P<host>[^\"\n]+)\"[^\n]{0,80}?port (?P<port>\d{1,5})",
        r"(?:connect to|Connect call failed|server on) \(?['\"](?P<host>[\w.:-]+)['\"],? \(?(?P<port>\d{1,5})",
        r"host=['\"]?(?P<host>[\w.-]+)['\"]?, port=(?P<port>\d{1,5})",
        rf"(?:connect to host|reach|://(?:[^@/\s]*@)?){_HOST}:(?P<port>\d{{1,5}})\b",
        r"(?P<host>localhost|\d{1,3}(?:\.\d{1,3}){3}):(?P<port>\d{1,5})\b",
    )
)
"""How clients word where they could not connect to."""
_PATH = r"(?P<path>/[^'\"\s)]*[^'\"\s).,;:])"
_SOCKETS = (
    re.compile(rf"(?i)\bconnect[^\n]{{0,80}}?unix:(?://)?{_PATH}"),
    re.compile(rf"(?i)\bconnect[^\n]{{0,80}}? socket:? ['\"]?{_PATH}"),
)
"""How they word that there is no socket of the file system to connect to."""
_FORBIDDEN = re.compile(r"(?i)permission denied|\(13\)|\berr(?:no|or) 13\b")
"""Then somebody may well listen at the socket."""
_OF_MACHINE = ("/run/", "/var/run/", "/private/var/run/")
"""Where the services of a machine put their sockets; those of tests lie in folders of their own."""
_NO_FILE = "No such file or directory"
_VERDICTS = frozenset({"AssertionError", "Failed"})
_RUN = re.compile(r"\A(?:/private)?/var/run/")
"""Other names of `/run/`."""
_OF_USER = re.compile(r"(?:/var)?/run/user/")
"""There each user's programs put theirs: also what tests start."""
_REFUSAL = re.compile(r"\bFATAL: +(?P<words>[^\n]{1,200})")
"""How clients of PostgreSQL tell what the server itself answers."""


class Service(NamedTuple):
    """A service that was asked for: `host:port`, and the library that asked; empty: not known.

    `refusal` is what it answers where it is there and lets nobody in.
    """

    address: str
    asked_by: str
    refusal: str = ""

    @property
    def cause(self) -> str:
        """The root cause in one sentence; empty where nothing is known."""
        if self.refusal:
            place = f" at `{self.address}`" if self.address else ""
            return f"The service{place} answers, and refuses: {self.refusal}."
        if not self.address:
            return (
                f"The service that {self.asked_by} connects to does not answer."
                if self.asked_by
                else ""
            )
        asking = f", where {self.asked_by} connects to" if self.asked_by else ""
        verb = "listens" if self.is_of_machine else "answers"
        return f"Nothing {verb} at `{self.address}`{asking}."

    @property
    def is_of_machine(self) -> bool:
        """Whether a service of the machine has its socket there: Docker, a database."""
        return self.address.startswith(_OF_MACHINE) and not _OF_USER.match(self.address)

    @property
    def is_own(self) -> bool:
        """Whether it may be a server of the project itself: a client for any server asks this machine."""
        host, _, port = self.address.rpartition(":")
        if self.address.startswith("/"):
            return not self.is_of_machine
        if host.strip("[]") not in _THIS_MACHINE:
            return False
        is_free_port = port.isdigit() and int(port) >= _FREE_PORTS
        return is_free_port or self.asked_by.partition(" ")[0] in _CLIENTS

    @property
    def lasting_address(self) -> str:
        """The address, the same for all names of this machine; empty where it is another one each time."""
        if self.is_of_machine:
            return _RUN.sub("/run/", self.address)
        host, _, port = self.address.rpartition(":")
        if self.address.startswith("/") or not port.isdigit() or int(port) >= _FREE_PORTS:
            return ""
        return f"localhost:{port}" if host.strip("[]") in _THIS_MACHINE else self.address

    @property
    def next_step(self) -> str:
        """What to do about it."""
        if self.refusal:
            return "Mend what its answer names: often the user, the password or the database that the tests use is not there."
        if not self.address:
            return "Start the service, or mark these tests so that they run only where it exists."
        if self.is_own:
            return (
                f"See whether the tests start what should answer at `{self.address}` by themselves, and"
                " why it did not come up; else start it, or mark these tests so that they run only"
                " where it exists."
            )
        return (
            f"Start the service at `{self.address}`, or mark these tests so that they run only"
            " where it exists."
        )


def refused_by(failure: Failure, root: RaisedException) -> Service | None:
    """The service that refuses the connection that a failure is about; None: it is about none."""
    is_missing = root.type == "FileNotFoundError" and "address" in root.facts
    is_about_one = is_missing or is_silence(root.type) or root.type == "OSError"
    raised = (failure, *failure.causes) if is_about_one else (root,)
    is_refused = is_missing or any(re.search(REFUSED, error.message) for error in raised)
    if root.type.rpartition(".")[2] in _VERDICTS:
        return None
    service = service_of(failure)
    lacks_socket = service.is_of_machine and _NO_FILE in root.message
    is_refused = is_refused or (lacks_socket and root.type != "FileNotFoundError")
    return service if is_refused and service.address and not service.refusal else None


def service_of(failure: Failure) -> Service:
    """What a failure tells of the service that did not answer."""
    raised = (failure, *failure.causes)
    address = next(_addresses(failure), "")
    asked_by = next((e.facts["asked_by"] for e in raised if e.facts.get("asked_by")), "")
    refusals = (_REFUSAL.search(error.message[:2000]) for error in raised)
    refusal = next((match["words"].rstrip(". ") for match in refusals if match), "")
    return Service(address, asked_by, refusal)


_UNRESOLVED = re.compile(
    r"(?:[Ff]ailed to resolve|[Cc]annot connect to host|could not translate host name) ['\"]?(?P<a>[\w.-]+[\w-])"
    r"|host=['\"](?P<b>[\w.-]+)['\"]"
)
"""How clients word which name nobody knows."""


def unresolved_host(failure: Failure) -> str:
    """The name of the host that cannot be resolved; empty: it is not told."""
    raised = (failure, *failure.causes)
    recorded = (error.facts["unresolved"] for error in raised if "unresolved" in error.facts)
    texts = (_UNRESOLVED.search(error.message[:2000]) for error in raised)
    named = (match["a"] or match["b"] for match in texts if match)
    return next(recorded, "") or next(named, "")


def _addresses(failure: Failure) -> Iterator[str]:
    raised = (failure, *failure.causes)
    for error in raised:
        for pattern in _ADDRESSES:
            match = pattern.search(error.message[:2000])
            if match:
                yield f"{match['host']}:{match['port']}"
        if not _FORBIDDEN.search(error.message[:2000]):
            matches = (pattern.search(error.message[:2000]) for pattern in _SOCKETS)
            yield from (match["path"] for match in matches if match)
    yield from (error.facts["address"] for error in raised if "address" in error.facts)
