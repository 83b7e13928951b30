"""The frames of a stream as schemas, with an example of each."""

import json
from typing import Any

from content.description import GENERATION_ID

USAGE = {"inputTokens": 212, "cachedInputTokens": 0, "outputTokens": 96}
MODEL = {"provider": "openai", "model": "gpt-5-mini"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "start": {
        "id": GENERATION_ID,
        **MODEL,
        "tier": "mini",
        "routeReason": "short and simple: the quick model does it",
    },
    "route": {"provider": "openai", "model": "gpt-5", "tier": "full"},
    "delta": {"text": "Six weeks of clay, "},
    "snapshot": {"text": "Six weeks of clay, one night of fire."},
    "done": {
        "id": GENERATION_ID,
        "status": "DONE",
        "finishReason": "stop",
        **MODEL,
        "usage": USAGE,
        "costUsd": "0.00021400",
        "costIfFullUsd": "0.00420000",
        "latencyMs": 1840,
        "tier": "mini",
        "isEscalated": False,
        "isReused": False,
        "flaws": [],
    },
    "error": {
        "id": GENERATION_ID,
        "error": "The model failed while it wrote. Try again.",
        "code": "provider_error",
        "retryable": True,
    },
}
MEANINGS = {
    "start": "A model was chosen; always the first frame.",
    "route": "Another model writes: the one before did not answer, or its draft failed the checks.",
    "delta": "The next piece of the text.",
    "snapshot": "All of the text so far: it replaces what you have. Its id is that of the last "
    "frame that it stands for; it comes when frames can no longer be replayed.",
    "done": "The end. The text is whole, or was stopped (`CANCELED`), and is settled.",
    "error": "The end of a generation that failed; `retryable` says whether to try again.",
}
TEXT: dict[str, Any] = {"type": "string"}
MONEY: dict[str, Any] = {"type": "string", "format": "decimal", "pattern": r"^[0-9]+\.[0-9]{8}$"}
ID: dict[str, Any] = {"type": "string", "format": "uuid"}
TYPES: dict[str, dict[str, Any]] = {
    "id": ID,
    "conversationId": ID,
    "messageId": ID,
    "provider": TEXT,
    "model": TEXT,
    "tier": {"$ref": "#/components/schemas/Tier"},
    "routeReason": TEXT,
    "text": TEXT,
    "status": {"type": "string", "enum": ["DONE", "CANCELED"]},
    "finishReason": TEXT,
    "usage": {"$ref": "#/components/schemas/TokenUsage"},
    "costUsd": MONEY,
    "costIfFullUsd": MONEY,
    "latencyMs": {"type": ["integer", "null"]},
    "error": TEXT,
    "code": {"$ref": "#/components/schemas/ErrorCode"},
    "retryable": {"type": "boolean"},
    "isEscalated": {
        "type": "boolean",
        "description": "The quick model's draft failed the checks, so the strong one wrote.",
    },
    "isReused": {
        "type": "boolean",
        "description": "Whether an identical earlier answer was given again, charged as nothing.",
    },
    "flaws": {
        "type": "array",
        "items": {"type": "string"},
        "description": "Which checks the text does not pass, such as `too_long`.",
    },
}
# What a frame has only at times: of a chat.
AT_TIMES = {"start": ("conversationId", "messageId")}


def _schema(event: str) -> dict[str, Any]:
    example = EXAMPLES[event]
    return {
        "type": "object",
        "description": MEANINGS[event],
        "required": list(example),
        "properties": {name: TYPES[name] for name in (*example, *AT_TIMES.get(event, ()))},
        "examples": [example],
    }


def component(event: str) -> str:
    """The name of an event's schema: `DeltaFrame`."""
    return f"{event.capitalize()}Frame"


def frame_text(number: int, event: str, data: Any) -> str:
    """A frame as it is sent."""
    return f"id: {number}\nevent: {event}\ndata: {json.dumps(data)}\n\n"


def written(*events: str, first: int = 1) -> str:
    """Frames as they are sent, with their examples."""
    return "".join(
        frame_text(number, event, EXAMPLES[event]) for number, event in enumerate(events, first)
    )


SCHEMAS: dict[str, dict[str, Any]] = {
    **{component(event): _schema(event) for event in EXAMPLES},
    "Frame": {
        "description": "The `data` of a frame; `event` says which of them it is.",
        "anyOf": [{"$ref": f"#/components/schemas/{component(event)}"} for event in EXAMPLES],
    },
}
STREAM: dict[str, Any] = {
    "type": "string",
    "contentMediaType": "text/event-stream",
    "description": "Numbered from 1 without gaps. A comment line keeps the connection awake.\n\n"
    + "\n".join(f"* `{event}`: {MEANINGS[event]}" for event in EXAMPLES),
    "contentSchema": {"$ref": "#/components/schemas/Frame"},
}
STREAM_EXAMPLE = written("start", "delta", "done")
RESUMED_EXAMPLE = "id: 3\nevent: done\ndata: " + json.dumps(EXAMPLES["done"]) + "\n\n"
