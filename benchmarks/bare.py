"""The least that streams: what remains is the cost of the server itself."""

import asyncio
from typing import Any

from benchmarks.streams import INTERVAL, TOKENS

FRAMES = [b'data: {"text":"word%d "}\n\n' % number for number in range(TOKENS)]
HEADERS = [(b"content-type", b"text/event-stream")]


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """ASGI: health at /healthz, a stream elsewhere."""
    if scope["type"] != "http":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    if scope["path"] != "/healthz":
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, frame in enumerate(FRAMES, 1):
            await asyncio.sleep(begin + number * INTERVAL - loop.time())
            await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
