"""Events that go to the clients."""

from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel, Field

from chat.clock import now, stamp


class WebSocketEventType(str, Enum):
    """What an event can be."""

    MESSAGE = "message"
    JOINED = "joined"
    LEFT = "left"
    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"


AGENT_EVENTS = (
    WebSocketEventType.AGENT_STARTED,
    WebSocketEventType.AGENT_THINKING,
    WebSocketEventType.TOOL_EXECUTING,
    WebSocketEventType.TOOL_COMPLETED,
    WebSocketEventType.AGENT_COMPLETED,
)


class WebSocketEvent(BaseModel):
    """One event on its way to a client."""

    type: WebSocketEventType
    user_id: str = Field(min_length=1)
    data: dict[str, Any] = Field(default_factory=dict)
    created: datetime = Field(default_factory=now)

    class Config:
        frozen = True

    def to_wire(self) -> dict[str, Any]:
        """The event as the clients read it."""
        return {
            "type": str(self.type),
            "user": self.user_id,
            "data": self.data,
            "created": stamp(self.created),
        }


def from_wire(raw: dict[str, Any]) -> WebSocketEvent:
    """An event as a client sends it."""
    return WebSocketEvent(
        type=WebSocketEventType(raw["type"]), user_id=raw["user"], data=raw.get("data", {})
    )
