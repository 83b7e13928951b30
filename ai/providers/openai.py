"""OpenAI and every server that speaks Chat Completions, through the official SDK.

The SDK makes the request and names the errors; the bytes of the stream are split and decoded here,
since its per-chunk models cost three times as much CPU as the tokens are worth.
Source: https://platform.openai.com/docs/api-reference/chat-streaming
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx2
import msgspec
import openai
from openai import AsyncOpenAI, DefaultAioHttpClient

from ai.providers.base import (
    Delta,
    ErrorKind,
    Finished,
    ModelRequest,
    ProviderError,
    Usage,
)

CONNECT_TIMEOUT_SECONDS = 5.0
FIRST_TOKEN_TIMEOUT_SECONDS = 60.0
GAP_TIMEOUT_SECONDS = 30.0
WHOLE_ANSWER_TIMEOUT_SECONDS = 600.0
# What no honest provider sends: one event of a megabyte, more tokens than a column holds.
MAX_EVENT_BYTES = 1024 * 1024
MAX_TOKENS = 2**31 - 1
MAX_REASON_CHARACTERS = 40
# Room for AI_MAX_STREAMS at once; the SDK's own default of 1,000 would queue the rest.
MAX_CONNECTIONS = 4_000
# A small model repeats itself at the defaults; tried on SmolLM2-135M.
SMALL_MODEL_SAMPLING: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "extra_body": {"repeat_penalty": 1.1},
}


class _Content(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    delta: _Content | None = None
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    usage: _Usage | None = None
    error: msgspec.Raw | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class OpenAIProvider:
    """One client per process; its connections are reused."""

    def __init__(self, *, name: str, api_key: str, base_url: str) -> None:
        self.name = name
        timeout = openai.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS)
        limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=100)
        self._client = AsyncOpenAI(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAioHttpClient(timeout=timeout, limits=limits),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _arguments(self, request: ModelRequest) -> dict[str, Any]:
        # llama.cpp and its like know max_tokens; OpenAI's newer models refuse it.
        limit = "max_completion_tokens" if self.name == "openai" else "max_tokens"
        sampling = SMALL_MODEL_SAMPLING if self.name == "local" else {}
        return {
            **sampling,
            "model": request.model,
            "messages": [{"role": each.role, "content": each.content} for each in request.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            limit: request.max_output_tokens,
        }

    async def stream(self, request: ModelRequest) -> AsyncIterator[Delta | Finished]:
        """The answer as it is written, then Finished. Raises ProviderError."""
        reason, usage, has_text = "", None, False
        try:
            async with asyncio.timeout(FIRST_TOKEN_TIMEOUT_SECONDS) as deadline:
                latest = asyncio.get_running_loop().time() + WHOLE_ANSWER_TIMEOUT_SECONDS
                completions = self._client.chat.completions.with_streaming_response
                async with completions.create(**self._arguments(request)) as response:
                    async for data in _events(response.iter_bytes()):
                        chunk = _read(data)
                        usage = _usage_of(chunk.usage) or usage
                        for choice in chunk.choices[:1]:
                            reason = choice.finish_reason or reason
                            if text := _text_of(choice):
                                has_text = True
                                soon = asyncio.get_running_loop().time() + GAP_TIMEOUT_SECONDS
                                deadline.reschedule(min(soon, latest))
                                yield Delta(text)
        except (TimeoutError, openai.APITimeoutError, httpx2.TimeoutException) as error:
            # The SDK's aiohttp transport calls a refused connection a connect time-out too.
            is_unreachable = isinstance(error.__cause__, httpx2.ConnectTimeout)
            kind = ErrorKind.NETWORK if is_unreachable else ErrorKind.TIMEOUT
            raise ProviderError(kind) from error
        except openai.APIStatusError as error:
            raise _from_status(error) from None
        except (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError) as error:
            raise ProviderError(ErrorKind.NETWORK) from error
        if not reason:
            # The connection closed in the middle of a sentence and called it an end.
            raise ProviderError(ErrorKind.NETWORK)
        if reason == "content_filter" and not has_text:
            raise ProviderError(ErrorKind.CONTENT_FILTER)
        yield Finished(reason[:MAX_REASON_CHARACTERS].replace("\x00", ""), usage)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The data of each server-sent event (WHATWG HTML, section 9.2), until [DONE]."""
    buffer = b""
    async for chunk in chunks:
        buffer += chunk
        if len(buffer) > MAX_EVENT_BYTES:
            raise ProviderError(ErrorKind.SERVER)
        *lines, buffer = buffer.split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data = line[5:].strip()
                if data == b"[DONE]":
                    return
                yield data


def _read(data: bytes) -> _Chunk:
    try:
        chunk = _decode(data)
    except (msgspec.MsgspecError, ValueError):
        # Not chained: what the vendor sent may hold a key.
        raise ProviderError(ErrorKind.SERVER) from None
    if chunk.error is not None:
        raise ProviderError(ErrorKind.SERVER)
    return chunk


def _usage_of(usage: _Usage | None) -> Usage | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details is not None else None
    return Usage(_count(usage.prompt_tokens), _count(cached), _count(usage.completion_tokens))


def _count(tokens: int | None) -> int | None:
    """A count that can be stored; one that makes no sense is unknown."""
    return tokens if tokens is not None and 0 <= tokens <= MAX_TOKENS else None


def _text_of(choice: _Choice) -> str:
    """The words of a choice, without the NUL that PostgreSQL cannot hold."""
    if choice.delta is None:
        return ""
    return (choice.delta.content or choice.delta.refusal or "").replace("\x00", "")


def _from_status(error: openai.APIStatusError) -> ProviderError:
    # A model that this key may not use is "not found": another one of the tier may be.
    if isinstance(
        error, openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError
    ):
        return ProviderError(ErrorKind.AUTH)
    if isinstance(error, openai.RateLimitError):
        after = error.response.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.replace(".", "", 1).isdigit() else None
        return ProviderError(ErrorKind.RATE_LIMIT, retry_after_seconds=seconds)
    if isinstance(error, openai.InternalServerError):
        return ProviderError(ErrorKind.SERVER)
    is_filtered = error.code == "content_filter"
    return ProviderError(ErrorKind.CONTENT_FILTER if is_filtered else ErrorKind.INVALID)
