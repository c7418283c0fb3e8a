from unittest.mock import AsyncMock, Mock

import pytest

from chat.connections import ConnectionManager
from chat.notifier import AgentNotifier

pytestmark = pytest.mark.anyio


@pytest.fixture
def websocket_manager():
    manager = Mock(spec=ConnectionManager)
    manager.is_healthy.return_value = True
    manager.send_to_user = AsyncMock(return_value=1)
    return manager


async def test_started(websocket_manager):
    assert await AgentNotifier(websocket_manager).started("ann", "guide")


async def test_thinking(websocket_manager):
    assert await AgentNotifier(websocket_manager).thinking("ann", "hm")


async def test_tool_executing(websocket_manager):
    assert await AgentNotifier(websocket_manager).tool_executing("ann", "search")


async def test_tool_completed(websocket_manager):
    assert await AgentNotifier(websocket_manager).tool_completed("ann", "search", "found")


async def test_completed(websocket_manager):
    assert await AgentNotifier(websocket_manager).completed("ann", "42")


async def test_nobody_is_reached(socket):
    assert not await AgentNotifier(ConnectionManager()).started("ann", "guide")
