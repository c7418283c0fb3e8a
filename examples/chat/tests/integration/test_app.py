import pytest
from starlette.testclient import TestClient

from chat.app import create_app
from chat.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture
def client():
    with TestClient(create_app(Settings(max_connections=2))) as client:
        yield client


def test_health_counts_connections(client):
    with client.websocket_connect("/rooms/lobby?user=ann"):
        assert client.get("/health").json()["connections"] == 1


def test_a_message_reaches_everybody(client):
    with (
        client.websocket_connect("/rooms/lobby?user=ann") as ann,
        client.websocket_connect("/rooms/lobby?user=bob") as bob,
    ):
        ann.send_json({"text": "hello"})
        for socket in (ann, bob):
            assert socket.receive_json()["data"] == {"text": "hello"}


def test_a_full_server_closes_the_door(client):
    with (
        client.websocket_connect("/rooms/lobby?user=ann"),
        client.websocket_connect("/rooms/lobby?user=bob"),
        client.websocket_connect("/rooms/lobby?user=eve") as eve,
    ):
        assert eve.receive() == {"type": "websocket.close", "code": 1013, "reason": ""}


def test_a_question_is_answered(client):
    with client.websocket_connect("/rooms/lobby?user=ann") as ann:
        ann.send_json({"text": "/ask life"})
        assert ann.receive_json() == {"answer": "guide: nothing about 'life'"}


def test_an_unknown_command(client):
    with client.websocket_connect("/rooms/lobby?user=ann") as ann:
        ann.send_json({"text": "/dance"})
        assert ann.receive_json() == {"error": "no command 'dance'"}
