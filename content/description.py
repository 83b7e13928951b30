"""What the API's description says of content, with examples."""

from typing import Any

from accounts.description import ALICE_ID, ONE_PAGE
from api.description.failures import CONFLICT, Failure, error_schema
from api.description.links import ETAG, links
from api.description.operations import Operation

CONTENT = "Content"
CONTENT_ID = "c3f6a1de-7b8a-4e55-8c57-2f9d1b7e4a10"
GENERATION_ID = "5b0f5c0e-6f0e-4f57-9d0c-0a3f1f5f6d21"
OPEN_OBJECT = {"type": "object", "additionalProperties": True}

DRAFT: dict[str, Any] = {
    "id": CONTENT_ID,
    "userId": ALICE_ID,
    "title": "The kiln opens on Friday",
    "body": "Six weeks of clay, one night of fire. Come and see what the kiln gives back.",
    "type": "CAPTION",
    "status": "DRAFT",
    "aiGenerated": False,
    "metadata": {"hashtags": ["#ceramics"]},
    "version": 1,
    "scheduledAt": None,
    "publishedAt": None,
    "createdAt": "2026-05-12T09:00:00.000000Z",
    "updatedAt": "2026-05-12T09:00:00.000000Z",
}
EDITED = {**DRAFT, "title": "The kiln opens tonight", "version": 3}
EDITED["updatedAt"] = "2026-05-12T09:04:31.250000Z"
REVISION: dict[str, Any] = {
    "id": "f0b7c0c9-2f0b-4a54-9f0e-0d5b8a3c7e21",
    "number": 1,
    "title": DRAFT["title"],
    "body": DRAFT["body"],
    "source": "AI",
    "note": "",
    "generationId": GENERATION_ID,
    "prompt": "The kiln opens on Friday",
    "provider": "openai",
    "model": "gpt-5-mini",
    "costUsd": "0.00021400",
    "createdAt": DRAFT["createdAt"],
}
# Of a piece, the ETag is its version.
VERSION = ("If-Match-Version",)
READ = links("getContent", "listRevisions")
PIECE = READ | links("updateContent", "deleteContent", "revertContent")
CHANGES = links("updateContent", "deleteContent", "revertContent", If_Match=ETAG)

STALE = Failure(
    "conflict",
    409,
    "It has changed since (`current` is the row as it is now), or this step is not possible.",
    schema="StaleContent",
    extra=(("current", EDITED),),
)

SCHEMAS = {
    "StaleContent": error_schema(
        current={"$ref": "#/components/schemas/Content", "x-sometimes": True}
    )
}
PROPERTIES = {
    ("Content", "metadata"): OPEN_OBJECT,
    ("GeneratedContent", "metadata"): OPEN_OBJECT,
    ("NewContent", "metadata"): OPEN_OBJECT,
    ("ContentChanges", "metadata"): OPEN_OBJECT,
}

# What depends on another property; of a change, it depends on the row as well.
CONDITIONS: dict[str, dict[str, Any]] = {
    "NewContent": {
        "if": {"required": ["status"], "properties": {"status": {"const": "SCHEDULED"}}},
        "then": {
            "required": ["scheduledAt"],
            "properties": {"scheduledAt": {"type": "string", "format": "date-time"}},
            "additionalProperties": True,
        },
    },
}

OPERATIONS: dict[str, Operation] = {
    "get /api/content": Operation(
        "listContent",
        "List content",
        CONTENT,
        examples={"200": {"content": [DRAFT], "pagination": ONE_PAGE}},
        description="One's own, newest first unless `ordering` says otherwise.",
    ),
    "post /api/content": Operation(
        "createContent",
        "Write something by hand",
        CONTENT,
        failures=(CONFLICT,),
        request={
            "draft": {
                "title": DRAFT["title"],
                "body": DRAFT["body"],
                "type": "CAPTION",
                "metadata": {"hashtags": ["#ceramics"]},
            },
            "scheduled": {
                "title": DRAFT["title"],
                "body": DRAFT["body"],
                "status": "SCHEDULED",
                "scheduledAt": "2026-05-15T18:00:00Z",
            },
        },
        examples={"201": DRAFT},
        is_idempotent=True,
        gives_etag=True,
        links=READ | CHANGES,
    ),
    "get /api/content/{id}": Operation(
        "getContent",
        "Read a piece",
        CONTENT,
        examples={"200": DRAFT},
        description="A piece with its text.",
        links=links("listRevisions") | CHANGES,
    ),
    "patch /api/content/{id}": Operation(
        "updateContent",
        "Edit, schedule, publish or archive",
        CONTENT,
        failures=(STALE,),
        request={
            "edit": {"title": EDITED["title"], "version": 2},
            "publish": {"status": "PUBLISHED"},
            "schedule": {"status": "SCHEDULED", "scheduledAt": "2026-05-15T18:00:00Z"},
        },
        examples={"200": EDITED},
        description="Say what your change is based on, by `version` or `If-Match`: if somebody "
        "was faster, the answer is a 409 with the current row, and nothing is overwritten.",
        takes=VERSION,
        gives_etag=True,
        links=READ | CHANGES,
    ),
    "delete /api/content/{id}": Operation(
        "deleteContent",
        "Delete a piece",
        CONTENT,
        failures=(STALE,),
        description="Deletes it with its history.",
        takes=VERSION,
    ),
    "get /api/content/{id}/revisions": Operation(
        "listRevisions",
        "List a piece's revisions",
        CONTENT,
        examples={"200": {"revisions": [REVISION], "pagination": ONE_PAGE}},
        description="Each text as it was saved, newest first, with what stands behind it.",
    ),
    "post /api/content/{id}/revert": Operation(
        "revertContent",
        "Bring back a revision",
        CONTENT,
        failures=(STALE,),
        request={"first": {"number": 1, "version": 2}},
        examples={"200": {**EDITED, "title": DRAFT["title"], "version": 3}},
        description="Its text becomes a new revision; nothing of the history is lost.",
        takes=VERSION,
        is_idempotent=True,
        gives_etag=True,
        links=READ | CHANGES,
    ),
}
