"""Every WebSocket route."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path, re_path

from ai.sockets import AiSocket
from api.closing import Code
from api.live import LiveNews


async def nothing_here(_scope: dict[str, Any], receive: Any, send: Any) -> Any:
    """Refuse an address that is none, before it opens."""
    await receive()
    await send({"type": "websocket.close", "code": int(Code.NOTHING_HERE)})


routes: list[Any] = [
    path("ws/ai", AiSocket.as_asgi(), name="ws_ai"),
    path("ws/live", LiveNews.as_asgi(), name="ws_live"),
    re_path(r"", nothing_here),
]
application = URLRouter(routes)
