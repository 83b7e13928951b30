"""Anthropic's Messages API.

Source: https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from typing import Any

import msgspec

from ai.providers.base import ErrorKind, ModelRequest, ProviderError, Usage
from ai.providers.http import HttpProvider, Reading, count, decode_event
from ai.providers.refusals import VendorError, kind_of
from ai.providers.strict import without_bounds

API_VERSION = "2023-06-01"
REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class _OutputDetails(msgspec.Struct):
    thinking_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: _OutputDetails | None = None


class _Message(msgspec.Struct):
    usage: _Usage | None = None


class _Delta(msgspec.Struct):
    type: str = ""
    text: str | None = None
    stop_reason: str | None = None


class _Event(msgspec.Struct):
    type: str = ""
    message: _Message | None = None
    content_block: _Delta | None = None
    delta: _Delta | None = None
    usage: _Usage | None = None
    error: VendorError | None = None


_decode = msgspec.json.Decoder(_Event).decode


class MessageReading(Reading):
    """Events of a message, until message_stop."""

    def take(self, data: bytes) -> str:
        """The text of an event; thinking is none of it."""
        event = decode_event(_decode, data)
        if event.type == "error":
            raise ProviderError(kind_of(event.error) if event.error else ErrorKind.SERVER)
        if event.type == "content_block_delta" and event.delta is not None:
            return (event.delta.text or "") if event.delta.type == "text_delta" else ""
        if event.type == "content_block_start" and event.content_block is not None:
            return (event.content_block.text or "") if event.content_block.type == "text" else ""
        if event.type == "message_start" and event.message is not None:
            self._add(event.message.usage)
        elif event.type == "message_delta":
            if event.delta is not None and event.delta.stop_reason:
                self.reason = REASONS.get(event.delta.stop_reason, "other")
            self._add(event.usage)
        elif event.type == "message_stop":
            self.is_over = True
        return ""

    def _add(self, told: _Usage | None) -> None:
        """Each count is the sum so far; what an event does not name stays as it was."""
        if told is None:
            return
        before = self.usage or Usage(None, None, None)
        details = told.output_tokens_details
        found = Usage(
            count(told.input_tokens),
            count(told.cache_read_input_tokens),
            count(told.output_tokens),
            count(told.cache_creation_input_tokens),
            count(details.thinking_tokens) if details else None,
        )

        def latest(name: str) -> int | None:
            now: int | None = getattr(found, name)
            then: int | None = getattr(before, name)
            return then if now is None else now

        self.usage = Usage(
            latest("fresh_input_tokens"),
            latest("cache_read_tokens"),
            latest("output_tokens"),
            latest("cache_write_tokens"),
            latest("reasoning_tokens"),
        )


class AnthropicProvider(HttpProvider):
    """Anthropic, or a server that speaks as it does."""

    def _headers(self, api_key: str) -> dict[str, str]:
        return {"x-api-key": api_key, "anthropic-version": API_VERSION}

    def _url(self, request: ModelRequest) -> str:
        return f"{self._base_url}/v1/messages"

    def _body(self, request: ModelRequest) -> dict[str, Any]:
        # Instructions stand apart from the conversation.
        system = "\n\n".join(each.content for each in request.messages if each.role == "system")
        body: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_output_tokens,
            "messages": [
                {"role": each.role, "content": each.content}
                for each in request.messages
                if each.role != "system"
            ],
            "stream": True,
        }
        if system:
            body["system"] = system
        if request.schema:
            stated = {"type": "json_schema", "schema": without_bounds(request.schema.schema)}
            body["output_config"] = {"format": stated}
        return body

    def _reading(self) -> MessageReading:
        return MessageReading()
