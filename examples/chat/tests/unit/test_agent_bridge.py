import pytest

from chat.bridge import AgentBridge
from chat.core import ConnectionManager

pytestmark = pytest.mark.anyio


async def find(question):
    return "42"


@pytest.fixture
def manager(socket):
    manager = ConnectionManager()
    manager.connect(socket, "ann")
    return manager


async def test_the_answer_names_the_agent(manager):
    assert await AgentBridge(manager, find).ask("ann", "t1", "why?") == "guide: 42"


async def test_the_bridge_emits_all_events(manager, socket):
    bridge = AgentBridge(manager, find)
    await bridge.ask("ann", "t1", "why?")
    assert len(socket.sent) == 5, f"the bridge emitted {len(socket.sent)} of 5 events"


async def test_the_bridge_emits_the_answer_last(manager, socket):
    bridge = AgentBridge(manager, find)
    await bridge.ask("ann", "t1", "why?")
    assert len(socket.sent) == 5, "no events were emitted"
    assert socket.sent[-1]["data"] == {"answer": "guide: 42"}


async def test_a_stranger_gets_nothing(manager, socket):
    await AgentBridge(manager, find).ask("bob", "t1", "why?")
    assert socket.sent == []
