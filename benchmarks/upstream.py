"""A model server that is never the bottleneck: tokens at a steady pace, over Chat Completions."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from itertools import count

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def chunk(
    text: str | None, reason: str | None = None, usage: dict[str, int] | None = None
) -> bytes:
    """One frame of the stream."""
    choices = [] if usage else [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]
    return b"data: " + json.dumps({"choices": choices, "usage": usage}).encode() + b"\n\n"


def handler(tokens: int, interval: float) -> Handler:
    """Serves any request with `tokens` tokens, one each `interval` seconds."""
    frames = [chunk(f"word{number} ") for number in range(tokens)]
    usage = {"prompt_tokens": 50, "completion_tokens": tokens}
    tail = chunk("", "stop") + chunk(None, usage=usage) + b"data: [DONE]\n\n"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        await reader.readexactly(length)
        writer.write(HEAD)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, frame in zip(count(1), frames, strict=False):
            await asyncio.sleep(begin + number * interval - loop.time())
            writer.write(frame)
        writer.write(tail)
        writer.close()

    return serve


async def main(port: int, tokens: int, interval: float) -> None:
    """Serve until the process ends."""
    serve = handler(tokens, interval)
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
