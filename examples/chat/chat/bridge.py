"""Joins an agent's run with the sockets of the user who asked."""

from collections.abc import Awaitable, Callable

from chat.connections import ConnectionManager
from chat.logging_factory import get_logger
from chat.notifier import AgentNotifier

log = get_logger(__name__)

Tool = Callable[[str], Awaitable[str]]


class AgentBridge:
    """Runs an agent and emits what it does, step by step."""

    def __init__(self, manager: ConnectionManager, tool: Tool, agent: str = "guide") -> None:
        self._notifier = AgentNotifier(manager)
        self._tool = tool
        self._agent = agent
        self._users: dict[str, str] = {}

    async def ask(self, user_id: str, thread_id: str, question: str) -> str:
        """Answer a question; the user sees five events on the way."""
        run_id = f"{thread_id}/{user_id}"
        self._users[thread_id] = user_id
        await self._emit(run_id, "started", self._agent)
        await self._emit(run_id, "thinking", question)
        await self._emit(run_id, "tool_executing", "search")
        found = await self._tool(question)
        await self._emit(run_id, "tool_completed", "search", found)
        answer = f"{self._agent}: {found}"
        await self._emit(run_id, "completed", answer)
        return answer

    async def _emit(self, run_id: str, step: str, *what: str) -> None:
        user_id = self._users.get(run_id)
        if user_id is None:
            log.debug("nobody listens to run %s", run_id)
            return
        await getattr(self._notifier, step)(user_id, *what)
