"""The focus that is built in: tests that have to do with WebSockets."""

from __future__ import annotations

from gardener.config.tables import Focus

WEBSOCKET = Focus(
    name="websocket",
    names=(
        r"(?i:web_?socket)",
        r"(?<![a-zA-Z])(?:ws|WS)(?![a-z]|GI)|(?<=[a-z])W[Ss](?=[A-FH-Z_]|$)",
    ),
    imports=(
        "websockets",
        "websocket",
        "wsproto",
        "starlette.websockets",
        "starlette.routing:WebSocketRoute",
        "starlette.endpoints:WebSocketEndpoint",
        "fastapi:WebSocket",
        "fastapi:WebSocketDisconnect",
        "fastapi:WebSocketException",
        "fastapi.websockets",
        "channels",
        "socketio",
        "engineio",
        "aiohttp:WSMsgType",
        "aiohttp:WSMessage",
        "aiohttp:ClientWebSocketResponse",
        "aiohttp.web:WebSocketResponse",
        "aiohttp.web:WSMsgType",
        "aiohttp.web_ws",
        "aiohttp.http_websocket",
        "tornado.websocket",
        "autobahn",
        "simple_websocket",
        "flask_sock",
        "flask_socketio",
        "flask_sockets",
        "quart:websocket",
        "sanic:Websocket",
        "litestar:WebSocket",
        "litestar:websocket",
        "litestar.handlers:WebsocketListener",
        "httpx_ws",
        "picows",
        "trio_websocket",
        "gevent_websocket",
        "geventwebsocket",
        "uvicorn.protocols.websockets",
        "graphql_ws",
        "pusher",
    ),
)
"""The focus that is built in."""
