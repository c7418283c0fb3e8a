"""The application: one endpoint for sockets, one for health."""

from datetime import datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from chat.bridge import AgentBridge
from chat.connections import ConnectionManager, TooManyConnections
from chat.events import WebSocketEvent, WebSocketEventType
from chat.rooms import Room
from chat.settings import Settings
from chat.text import is_command, split_command

STARTED = datetime.utcnow()


async def look_up(question: str) -> str:
    """What the agent's only tool finds."""
    return f"nothing about {question!r}"


def create_app(settings: Settings | None = None) -> Starlette:
    """An application with its own users and rooms."""
    settings = settings or Settings()
    manager = ConnectionManager(settings.max_connections)
    bridge = AgentBridge(manager, look_up)
    rooms: dict[str, Room] = {}

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"since": STARTED.isoformat(), **manager.health()})

    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        user = websocket.query_params.get("user", "")
        try:
            info = manager.connect(websocket, user)
        except TooManyConnections:
            await websocket.close(code=1013)
            return
        room = rooms.setdefault(websocket.path_params["room"], Room(websocket.path_params["room"]))
        try:
            while True:
                text = str((await websocket.receive_json()).get("text", ""))
                if is_command(text):
                    name, rest = split_command(text)
                    if name == "ask":
                        answer = await bridge.ask(user, room.name, rest)
                        await websocket.send_json({"answer": answer})
                    else:
                        await websocket.send_json({"error": f"no command {name!r}"})
                elif said := room.say(user, text):
                    await manager.broadcast(
                        WebSocketEvent(
                            type=WebSocketEventType.MESSAGE, user_id=user, data={"text": said}
                        )
                    )
        except WebSocketDisconnect:
            manager.disconnect(info.connection_id)

    app = Starlette(routes=[Route("/health", health), WebSocketRoute("/rooms/{room}", chat)])
    app.state.manager = manager
    return app
