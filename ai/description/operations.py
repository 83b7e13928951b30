"""What the API's description says of each operation of generating, with examples."""

from typing import Any

from accounts.description import ONE_PAGE
from ai.description.failures import FAILED, NOTHING_KEPT, REFUSED
from ai.description.frames import MODEL, RESUMED_EXAMPLE, STREAM_EXAMPLE, USAGE
from api.description.failures import CONFLICT
from api.description.links import links
from api.description.operations import Operation
from content.description import CONTENT, CONTENT_ID, DRAFT, GENERATION_ID, PIECE

WRITING, VOICES, USED = "Writing with AI", "Voice", "Usage"

BRIEF = {
    "caption": {
        "prompt": "The kiln opens on Friday",
        "type": "CAPTION",
        "tone": "playful",
        "length": "short",
        "platform": "instagram",
    },
    "shortest": {"prompt": "The kiln opens on Friday"},
}
GENERATION: dict[str, Any] = {
    "id": GENERATION_ID,
    "kind": "TEXT",
    "status": "DONE",
    "prompt": "The kiln opens on Friday",
    "type": "CAPTION",
    "tone": "playful",
    "length": "short",
    "language": "en",
    "platform": "instagram",
    "quality": "auto",
    "text": DRAFT["body"],
    **MODEL,
    "tier": "mini",
    "routeReason": "short and simple: the quick model does it",
    "usage": USAGE,
    "isUsageEstimated": False,
    "costUsd": "0.00021400",
    "costIfFullUsd": "0.00420000",
    "isEscalated": False,
    "isReused": False,
    "flaws": [],
    "finishReason": "stop",
    "error": "",
    "errorCode": "",
    "firstTokenMs": 310,
    "latencyMs": 1840,
    "keptContentId": None,
    "createdAt": "2026-05-12T08:59:41.000000Z",
    "finishedAt": "2026-05-12T08:59:42.840000Z",
}
CANCELED = {**GENERATION, "status": "CANCELED", "text": "Six weeks", "isUsageEstimated": True}
KEPT = {**GENERATION, "keptContentId": CONTENT_ID}
USAGE_REPORT: dict[str, Any] = {
    "period": {"start": "2026-05-04T08:12:45.000000Z", "end": "2026-06-04T08:12:45.000000Z"},
    "subscription": "PRO",
    "generations": {"used": 41, "reserved": 1, "limit": 2000, "remaining": 1958},
    "spendUsd": {"used": "0.00874200", "limit": "15.00"},
    "saved": {"routingUsd": "0.16310000", "cacheUsd": "0.00000000", "percent": "94.9"},
    "baselines": {"alwaysMiniUsd": "0.00821000", "alwaysFullUsd": "0.17184200"},
    "escalationRate": "0.0244",
    "acceptRate": "0.8571",
    "byKind": [
        {
            "kind": "TEXT",
            "tier": "mini",
            "written": 41,
            "reused": 0,
            "escalated": 1,
            "judged": 14,
            "costUsd": "0.00874200",
            "alwaysFullUsd": "0.17184200",
            "alwaysMiniUsd": "0.00821000",
            "acceptRate": "0.8571",
        }
    ],
}
FEEDBACK: dict[str, Any] = {
    "verdict": "edited",
    "editedShare": "0.1250",
    "isImplied": False,
    "createdAt": "2026-05-12T09:04:11.000000Z",
    "updatedAt": "2026-05-12T09:04:11.000000Z",
}
VOICE: dict[str, Any] = {
    "niche": "Wheel-thrown pottery",
    "audience": "People who make things with their hands",
    "wordsToUse": ["slow", "by hand"],
    "wordsToAvoid": ["amazing", "game changer"],
    "samples": ["Six weeks of clay. One night of fire."],
    "updatedAt": "2026-05-10T17:21:03.000000Z",
}

NEXT = ("getGeneration", "followGeneration", "cancelGeneration", "keepGeneration")

OPERATIONS: dict[str, Operation] = {
    "post /api/ai/generate": Operation(
        "generate",
        "Write a text",
        WRITING,
        failures=(*REFUSED, *FAILED),
        request=BRIEF,
        examples={"200": GENERATION},
        stream=STREAM_EXAMPLE,
        description="Answers with the whole text; with `Accept: text/event-stream` it streams, as "
        "`generateStream` does.",
        is_idempotent=True,
        is_plain=True,
        headers=("X-Generation-ID",),
        links=links(*NEXT),
    ),
    "post /api/ai/generate/stream": Operation(
        "generateStream",
        "Write a text, streaming",
        WRITING,
        failures=REFUSED,
        request=BRIEF,
        stream=STREAM_EXAMPLE,
        description="The text as it is written. A client that goes away stops nothing: come back "
        "with `followGeneration`.",
        is_idempotent=True,
        is_plain=True,
        headers=("X-Generation-ID",),
        links=links(*NEXT, id_at="$response.header.X-Generation-ID"),
    ),
    "post /api/content/generate": Operation(
        "generateContent",
        "Write a text and keep it",
        CONTENT,
        failures=(*REFUSED, *FAILED, NOTHING_KEPT),
        request=BRIEF,
        examples={"201": {**DRAFT, "aiGenerated": True, "provenance": KEPT}},
        description="A draft, and the generation behind it.",
        is_idempotent=True,
        is_plain=True,
        links=PIECE | links("getGeneration", id_at="$response.body#/provenance/id"),
    ),
    "get /api/ai/generations": Operation(
        "listGenerations",
        "List generations",
        WRITING,
        examples={"200": {"generations": [GENERATION], "pagination": ONE_PAGE}},
        description="One's own ledger, newest first.",
    ),
    "get /api/ai/generations/{id}": Operation(
        "getGeneration",
        "Read a generation",
        WRITING,
        examples={"200": GENERATION},
        description="An entry of the ledger, with its text.",
        links=links("followGeneration", "cancelGeneration", "keepGeneration"),
    ),
    "get /api/ai/generations/{id}/stream": Operation(
        "followGeneration",
        "Follow or resume a generation",
        WRITING,
        stream=RESUMED_EXAMPLE,
        description="Replays the frames behind `Last-Event-ID` (or `after`), then goes on live.",
        is_plain=True,
        takes=("Last-Event-ID",),
        headers=("X-Generation-ID",),
    ),
    "post /api/ai/generations/{id}/cancel": Operation(
        "cancelGeneration",
        "Stop a generation",
        WRITING,
        examples={"200": CANCELED},
        description="Stops the model; what was used is settled. One that has ended stays so.",
        is_plain=True,
    ),
    "post /api/ai/generations/{id}/keep": Operation(
        "keepGeneration",
        "Keep a text as a draft",
        WRITING,
        failures=(CONFLICT,),
        request={"retitled": {"title": DRAFT["title"]}, "as it is": {}},
        examples={"201": {**DRAFT, "aiGenerated": True}},
        description="Kept already, the same draft answers.",
        is_idempotent=True,
        links=PIECE,
    ),
    "post /api/ai/generations/{id}/feedback": Operation(
        "giveFeedback",
        "Say what you think of a text",
        WRITING,
        failures=(CONFLICT,),
        request={
            "edited": {"verdict": "edited", "editedShare": "0.125"},
            "as it is": {"verdict": "accepted"},
        },
        examples={"200": FEEDBACK},
        description="What was said counts before what was seen: keeping, editing and deleting a "
        "draft are noted by themselves. The same verdict again is the same entry, renewed.",
        is_idempotent=True,
    ),
    "get /api/ai/voice": Operation(
        "getVoice",
        "Read one's voice",
        VOICES,
        examples={"200": VOICE},
        description="What a model is told of a creator. Empty until they say something.",
    ),
    "patch /api/ai/voice": Operation(
        "changeVoice",
        "Change one's voice",
        VOICES,
        request={
            "words": {"wordsToAvoid": ["amazing"]},
            "a sample": {"samples": ["Six weeks of clay. One night of fire."]},
        },
        examples={"200": VOICE},
        description="What is not named stays; a list replaces the one before. Empty words and "
        "samples are dropped, and a word counts once, whatever its case.",
    ),
    "get /api/ai/usage": Operation(
        "getUsage",
        "Read one's usage",
        USED,
        examples={"200": USAGE_REPORT},
        description="What the period at hand has taken and allows, and what choosing the model "
        "saved: counted from the ledger, negative where it cost more.",
    ),
}
