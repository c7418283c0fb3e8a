"""Rooms and what was said in them."""

from collections import deque

from chat.settings import Settings
from chat.text import clean


class Room:
    """A room remembers its last messages."""

    def __init__(self, name: str, settings: Settings | None = None) -> None:
        self.name = name
        self._said: deque[tuple[str, str]] = deque(maxlen=(settings or Settings()).history)

    def say(self, user_id: str, text: str) -> str:
        said = clean(text)
        if said:
            self._said.append((user_id, said))
        return said

    @property
    def history(self) -> list[tuple[str, str]]:
        return list(self._said)
