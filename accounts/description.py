"""What the API's description says of people, with examples."""

from typing import Any

from api.description.failures import CONFLICT, FORBIDDEN, Failure, error_schema
from api.description.links import links
from api.description.operations import Operation

SESSION, PEOPLE = "Session", "People"
ALICE_ID = "8d2f7a52-0c8e-4c5b-9a0e-6f6f6a1b2c3d"

ALICE: dict[str, Any] = {
    "id": ALICE_ID,
    "email": "alice@example.com",
    "name": "Alice",
    "handle": "alice.clay",
    "avatar": "",
    "language": "en",
    "timeZone": "Europe/Paris",
    "subscription": "PRO",
    "isActive": True,
    "createdAt": "2026-05-04T08:12:45.120000Z",
    "updatedAt": "2026-05-11T17:30:02.004000Z",
}
TIME_ZONE = {
    "type": "string",
    "format": "iana-time-zone",
    "maxLength": 64,
    "description": "A name of the IANA time zone database.",
}
ONE_PAGE = {"page": 1, "limit": 10, "total": 1, "pages": 1}

STALE = Failure(
    "conflict",
    409,
    "It has changed since (`current` is the profile as it is now), or somebody else has this name.",
    schema="StaleUser",
    extra=(("current", ALICE),),
)
SCHEMAS = {
    "StaleUser": error_schema(current={"$ref": "#/components/schemas/User", "x-sometimes": True})
}

PROPERTIES = {
    ("User", "timeZone"): TIME_ZONE,
    ("UserChanges", "timeZone"): TIME_ZONE,
}
# Of a row that is written by its serializer, every property is in the answer.
COMPLETE = ("User",)

OPERATIONS: dict[str, Operation] = {
    "get /api/auth/session": Operation(
        "getSession",
        "Who is signed in",
        SESSION,
        examples={
            "200": {
                "user": {
                    "id": ALICE_ID,
                    "email": "alice@example.com",
                    "name": "Alice",
                    "image": "",
                    "subscription": "PRO",
                },
                "expires": "2026-06-03T08:12:45.120000Z",
            }
        },
    ),
    "get /api/users": Operation(
        "listUsers",
        "List people (staff)",
        PEOPLE,
        failures=(FORBIDDEN,),
        examples={"200": {"users": [ALICE], "pagination": ONE_PAGE}},
        description="Everybody, newest first. For staff.",
    ),
    "post /api/users": Operation(
        "createUser",
        "Add somebody (staff)",
        PEOPLE,
        failures=(CONFLICT,),
        request={"somebody": {"email": "alice@example.com", "name": "Alice"}},
        examples={"201": {**ALICE, "handle": None, "timeZone": "UTC", "subscription": "FREE"}},
        is_idempotent=True,
        links=links("getUser", "updateUser", "closeUser"),
    ),
    "get /api/users/{id}": Operation(
        "getUser",
        "Read a profile",
        PEOPLE,
        examples={"200": ALICE},
        description="One's own as `me`; staff may read anybody's.",
    ),
    "patch /api/users/{id}": Operation(
        "updateUser",
        "Change a profile",
        PEOPLE,
        failures=(STALE,),
        request={
            "profile": {"name": "Alice", "handle": "alice.clay", "timeZone": "Europe/Paris"},
            "language": {"language": "fr"},
        },
        examples={"200": ALICE},
        takes_if_match=True,
    ),
    "delete /api/users/{id}": Operation(
        "closeUser",
        "Close an account",
        PEOPLE,
        failures=(STALE,),
        description="Frees the email and ends all sessions and tokens. It cannot be taken back.",
        takes_if_match=True,
    ),
}
