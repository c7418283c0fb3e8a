from chat.rooms import Room
from chat.settings import Settings


def test_a_room_remembers():
    room = Room("lobby")
    room.say("ann", "hello")
    assert room.history == [("ann", "hello")]


def test_a_room_forgets_the_oldest():
    room = Room("lobby", Settings(history=2))
    for text in ("one", "two", "three"):
        room.say("ann", text)
    assert [text for _, text in room.history] == ["two", "three"]


def test_an_empty_message_is_not_remembered():
    room = Room("lobby")
    assert room.say("ann", " \x00 ") == ""
    assert room.history == []
