"""What a model server writes, in the words of each vendor.

Sources: https://platform.openai.com/docs/api-reference/chat-streaming,
https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

import json
from dataclasses import dataclass, field
from typing import Any

STOP_REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}


@dataclass
class Script:
    """What the next requests are answered; `gap_seconds` lie between two pieces."""

    pieces: tuple[str, ...] = ("Clay ", "remembers ", "the hand.")
    gap_seconds: float = 0.0
    first_gap_seconds: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    finish_reason: str | None = "stop"
    # In OpenAI's words, whatever the dialect.
    usage: dict[str, Any] | None = field(
        default_factory=lambda: {"prompt_tokens": 20, "completion_tokens": 5}
    )
    has_done: bool = True
    # Sent as they are, behind the pieces: a broken chunk, an error object.
    raw_tail: bytes = b""
    is_cut: bool = False
    newline: bytes = b"\n"
    # The connection may be used again.
    is_kept: bool = False

    def event(self, data: dict[str, Any]) -> bytes:
        """One event; Anthropic names each by its type as well."""
        name = b"event: %s" % data["type"].encode() + self.newline if "type" in data else b""
        text = json.dumps(data, ensure_ascii=False).encode()
        return name + b"data: " + text + self.newline * 2


class OpenAIDialect:
    """Chat Completions: OpenAI, Azure, llama.cpp."""

    def opening(self, script: Script) -> bytes:
        """Nothing stands before the first piece."""
        return b""

    def piece(self, script: Script, text: str) -> bytes:
        """A chunk."""
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        return script.event({"choices": [choice]})

    def ending(self, script: Script) -> bytes:
        """Why it ended, what it took, and the word that closes."""
        sent = b""
        if script.finish_reason is not None:
            last = {"index": 0, "delta": {}, "finish_reason": script.finish_reason}
            sent += script.event({"choices": [last]})
        if script.usage is not None:
            sent += script.event({"choices": [], "usage": script.usage})
        return sent + (b"data: [DONE]" + script.newline * 2 if script.has_done else b"")

    def refusal(self, script: Script) -> dict[str, Any]:
        """The body of an error."""
        return {"error": script.error or {"message": "no", "code": None}}


class AnthropicDialect:
    """The Messages API."""

    def opening(self, script: Script) -> bytes:
        """What was read, before a word is written."""
        usage = script.usage or {}
        details = usage.get("prompt_tokens_details", {})
        read, written = details.get("cached_tokens", 0), details.get("cache_write_tokens", 0)
        told = {
            "input_tokens": usage.get("prompt_tokens", 0) - read - written,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
            "output_tokens": 1,
        }
        message: dict[str, Any] = {
            "role": "assistant",
            "content": [],
            "usage": told if usage else None,
        }
        block = {"type": "text", "text": ""}
        return (
            script.event({"type": "message_start", "message": message})
            + script.event({"type": "content_block_start", "index": 0, "content_block": block})
            + script.event({"type": "ping"})
        )

    def piece(self, script: Script, text: str) -> bytes:
        """A delta of the first block."""
        delta = {"type": "text_delta", "text": text}
        return script.event({"type": "content_block_delta", "index": 0, "delta": delta})

    def ending(self, script: Script) -> bytes:
        """Why it ended, what was written in all, and the event that closes."""
        sent = script.event({"type": "content_block_stop", "index": 0})
        if script.finish_reason is not None:
            why = {"stop_reason": STOP_REASONS.get(script.finish_reason, script.finish_reason)}
            last: dict[str, Any] = {"type": "message_delta", "delta": why}
            if script.usage is not None:
                last["usage"] = {"output_tokens": script.usage["completion_tokens"]}
            sent += script.event(last)
        return sent + (script.event({"type": "message_stop"}) if script.has_done else b"")

    def refusal(self, script: Script) -> dict[str, Any]:
        """The body of an error."""
        return {"type": "error", "error": script.error or {"type": "unheard_of", "message": "no"}}


def dialect_of(path: str) -> OpenAIDialect | AnthropicDialect:
    """Which words are spoken at a path."""
    return AnthropicDialect() if path.endswith("/v1/messages") else OpenAIDialect()
