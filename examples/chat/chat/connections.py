"""Who is connected."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from starlette.websockets import WebSocket

from chat.clock import is_stale, now
from chat.events import WebSocketEvent
from chat.logging_factory import get_logger

log = get_logger(__name__)


@dataclass
class ConnectionInfo:
    """One socket of one user."""

    websocket: WebSocket
    connection_id: str
    user_id: str
    connected_at: datetime = field(default_factory=now)
    sent: int = 0

    def is_stale(self, after: timedelta) -> bool:
        return self.sent == 0 and is_stale(self.connected_at, after)


class TooManyConnections(Exception):
    """The server is full."""


class ConnectionManager:
    """All sockets of all users."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._numbers = count(1)
        self._open: dict[str, ConnectionInfo] = {}

    def __len__(self) -> int:
        return len(self._open)

    def connect(self, websocket: WebSocket, user_id: str) -> ConnectionInfo:
        if len(self._open) >= self._limit:
            raise TooManyConnections(f"no more than {self._limit} connections")
        info = ConnectionInfo(websocket, f"c{next(self._numbers)}", user_id)
        self._open[info.connection_id] = info
        return info

    def disconnect(self, connection_id: str) -> bool:
        return self._open.pop(connection_id, None) is not None

    def users(self) -> list[str]:
        return list(dict.fromkeys(info.user_id for info in self._open.values()))

    def health(self) -> dict[str, int]:
        return {"connections": len(self._open), "free": self._limit - len(self._open)}

    async def send_to_user(self, user_id: str, event: WebSocketEvent) -> int:
        """Send to every socket of a user; the number of sockets reached."""
        reached = 0
        for info in [i for i in self._open.values() if i.user_id == user_id]:
            reached += await self._send(info, event)
        return reached

    async def broadcast(self, event: WebSocketEvent) -> int:
        """Send to everybody; the number of sockets reached."""
        reached = 0
        for info in list(self._open.values()):
            reached += await self._send(info, event)
        return reached

    async def _send(self, info: ConnectionInfo, event: WebSocketEvent) -> int:
        try:
            await info.websocket.send_json(event.to_wire())
        except (ConnectionError, RuntimeError):
            log.info("connection %s is gone", info.connection_id)
            self.disconnect(info.connection_id)
            return 0
        info.sent += 1
        return 1
