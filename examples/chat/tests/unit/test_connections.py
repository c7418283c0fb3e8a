from datetime import timedelta

import pytest

from chat.core import ConnectionInfo, ConnectionManager
from chat.connections import TooManyConnections
from chat.events import WebSocketEvent, WebSocketEventType

pytestmark = pytest.mark.anyio

HELLO = WebSocketEvent(type=WebSocketEventType.MESSAGE, user_id="ann", data={"text": "hello"})


class BrokenSocket:
    async def send_json(self, data):
        raise ConnectionResetError("gone")


def test_a_new_connection_has_sent_nothing(socket):
    info = ConnectionInfo(websocket=socket)
    assert info.sent == 0


def test_a_new_connection_is_not_stale(socket):
    info = ConnectionInfo(websocket=socket)
    assert not info.is_stale(timedelta(minutes=5))


def test_many_users_connect_at_once(socket):
    manager = ConnectionManager()
    for number in range(1, 4):
        try:
            info = ConnectionInfo(websocket=socket)
            manager.connect(info.websocket, f"user{number}")
        except TypeError as error:
            pytest.fail(f"user {number} cannot connect: {error}")
    assert len(manager.users()) == 3


def test_connect_numbers_the_connections(socket):
    manager = ConnectionManager()
    assert manager.connect(socket, "ann").connection_id == "c1"
    assert manager.connect(socket, "bob").connection_id == "c2"


def test_connect_refuses_when_full(socket):
    manager = ConnectionManager(limit=1)
    manager.connect(socket, "ann")
    with pytest.raises(TooManyConnections):
        manager.connect(socket, "bob")


def test_disconnect_twice(socket):
    manager = ConnectionManager()
    info = manager.connect(socket, "ann")
    assert manager.disconnect(info.connection_id)
    assert not manager.disconnect(info.connection_id)


def test_users_are_listed_once(socket):
    manager = ConnectionManager()
    for user in ("ann", "bob", "ann"):
        manager.connect(socket, user)
    assert manager.users() == ["ann", "bob"]


def test_health(socket):
    manager = ConnectionManager(limit=5)
    manager.connect(socket, "ann")
    assert manager.health() == {"connections": 1, "free": 4}


async def test_send_reaches_every_socket_of_a_user(socket):
    manager = ConnectionManager()
    for user in ("ann", "bob", "ann"):
        manager.connect(socket, user)
    assert await manager.send_to_user("ann", HELLO) == 2


async def test_broadcast_reaches_everybody(socket):
    manager = ConnectionManager()
    for user in ("ann", "bob", "eve"):
        manager.connect(socket, user)
    assert await manager.broadcast(HELLO) == 3
    assert len(socket.sent) == 3


async def test_a_broken_socket_is_dropped():
    manager = ConnectionManager()
    manager.connect(BrokenSocket(), "ann")
    assert await manager.broadcast(HELLO) == 0
    assert len(manager) == 0
