"""Tells a user what the agent does."""

from chat.core import ConnectionManager
from chat.events import WebSocketEvent, WebSocketEventType


class AgentNotifier:
    """One method for each thing that can happen."""

    def __init__(self, manager: ConnectionManager) -> None:
        self._manager = manager

    async def started(self, user_id: str, agent: str) -> bool:
        return await self._notify(user_id, WebSocketEventType.AGENT_STARTED, agent=agent)

    async def thinking(self, user_id: str, thought: str) -> bool:
        return await self._notify(user_id, WebSocketEventType.AGENT_THINKING, thought=thought)

    async def tool_executing(self, user_id: str, tool: str) -> bool:
        return await self._notify(user_id, WebSocketEventType.TOOL_EXECUTING, tool=tool)

    async def tool_completed(self, user_id: str, tool: str, result: str) -> bool:
        return await self._notify(
            user_id, WebSocketEventType.TOOL_COMPLETED, tool=tool, result=result
        )

    async def completed(self, user_id: str, answer: str) -> bool:
        return await self._notify(user_id, WebSocketEventType.AGENT_COMPLETED, answer=answer)

    async def _notify(self, user_id: str, kind: WebSocketEventType, **data: str) -> bool:
        event = WebSocketEvent(type=kind, user_id=user_id, data=data)
        return await self._manager.send_to_user(user_id, event) > 0
