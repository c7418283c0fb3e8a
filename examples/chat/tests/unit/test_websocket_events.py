import pytest
from pydantic import ValidationError

from chat.events import AGENT_EVENTS, WebSocketEvent, WebSocketEventType, from_wire


def test_there_are_five_agent_events():
    assert len(AGENT_EVENTS) == 5


def test_an_event_needs_a_user():
    with pytest.raises(ValidationError):
        WebSocketEvent(type=WebSocketEventType.MESSAGE, user_id="")


def test_an_event_is_frozen():
    event = WebSocketEvent(type=WebSocketEventType.MESSAGE, user_id="ann")
    with pytest.raises(ValidationError):
        event.user_id = "bob"


def test_thinking_is_serialized_for_the_frontend():
    event = WebSocketEvent(
        type=WebSocketEventType.AGENT_THINKING, user_id="ann", data={"thought": "hm"}
    )
    assert event.to_wire()["type"] == "agent_thinking", "the frontend switches on the type"


def test_message_is_serialized_for_the_frontend():
    event = WebSocketEvent(type=WebSocketEventType.MESSAGE, user_id="ann", data={"text": "hi"})
    wire = event.to_wire()
    assert wire["type"] == "message"
    assert wire["data"] == {"text": "hi"}


def test_an_event_survives_the_way_to_a_client_and_back():
    event = WebSocketEvent(type=WebSocketEventType.JOINED, user_id="ann")
    wire = event.to_wire()
    assert wire["type"] == "joined"
    assert from_wire(wire).type is event.type


def test_the_user_is_on_the_wire():
    assert WebSocketEvent(type="left", user_id="ann").to_wire()["user"] == "ann"


def test_the_time_is_on_the_wire():
    assert WebSocketEvent(type="left", user_id="ann").to_wire()["created"].endswith("Z")


@pytest.mark.parametrize("kind", [kind.value for kind in WebSocketEventType])
def test_every_type_is_read_from_a_client(kind):
    assert from_wire({"type": kind, "user": "ann"}).type == WebSocketEventType(kind)


def test_an_unknown_type_is_refused():
    with pytest.raises(ValueError):
        from_wire({"type": "shout", "user": "ann"})
