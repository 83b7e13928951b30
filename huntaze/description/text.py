"""What stands before the operations: how to sign in, and the manners that all of them share."""

from typing import Any

from accounts.description import PEOPLE, SESSION
from ai.description.operations import USED, VOICES, WRITING
from ai.description.talk import FINDING, TALKING
from billing.description import PLANS
from content.description import CONTENT

DESCRIPTION_TAG = "Description"
INTRODUCTION = """\
The studio for content creators, for programs: write with AI, keep what is good, edit, publish.

## Signing in

* **Scripts** send `Authorization: Bearer <token>`. A token is made on the account page, or by
  `manage.py issue_token EMAIL`.
* **Apps and single-page applications** sign in at `/_allauth/app/v1/` and send `X-Session-Token`;
  that API is described at [`/_allauth/openapi.json`](/_allauth/openapi.json).
* **Pages of the same origin** have the session cookie; what changes something also sends
  `X-CSRFToken`, the value of the `csrftoken` cookie.

## Manners

* **Errors** are `{"error", "code", "details", "requestId"}`: a sentence for people, a word for
  programs. An address answers 405 `method_not_allowed` to a method that is not described here.
* **Limits**: `X-RateLimit-Limit`, `-Remaining` and `-Reset` are on every answer; over the limit,
  429 `rate_limited` says in `Retry-After` when to go on. Generating has a limit of its own.
* **Retries**: a POST that creates or spends takes an `Idempotency-Key`. The same key and body
  replay the first answer for 24 hours (`Idempotency-Replayed: true`); nothing is done twice.
* **Freshness**: reads answer an `ETag`; `If-None-Match` makes them a 304. `If-Match` makes a change
  fail with 409 rather than overwrite what somebody else has written.
* **Lists** take `page` and `limit` (1 to 100) and answer `{"<name>": […], "pagination": {…}}`.
* **Values**: money is a decimal string in US dollars, times are ISO 8601 in UTC, ids are UUIDs.
  No text and no key of an object, however deep, may hold a NUL or a lone surrogate.
  Answers may grow properties and codes: ignore those that you do not know.

## Streams

Generating can be followed as server-sent events, numbered from 1 without gaps: `start`, `delta` …,
then `done` or `error`; the schemas `StartFrame`, `DeltaFrame`, `SnapshotFrame`, `DoneFrame` and
`ErrorFrame` say what each carries. A connection that breaks costs nothing: go on with
`Last-Event-ID` at `/api/ai/generations/{id}/stream`.

A WebSocket at `/ws/ai` carries the same frames, of up to 20 generations at once: sign in as at
`/ws/live` (or by an `Authorization: Bearer` header), then send `{"action": "generate", "requestId",
…body}`, `{"action": "resume", "id", "after"}` or `{"action": "cancel", "id"}`. It sends `{"event",
"seq", "id", "requestId", "data"}`, `seq` being the frame's number; what is refused is an `error`
with the code and sentence of the API, `retryable`, and no `seq`.

## Live news

A WebSocket at `/ws/live` tells the signed-in person what changes, whoever changed it: another
window, a script, a job, staff. It is signed in by the session cookie with an allowed `Origin`, or
without a cookie by a first message within 10 seconds,
`{"action": "authenticate", "token": "<API token or app session token>"}`. The server sends
`{"event", "seq", "id", "requestId", "data"}`:

* `hello`, first and whenever something was missed: `{content: {changes, changedAt}, subscription,
  usage}`; where `changes` is not the number that you saw before, read your content again;
* `content`: `{change: created/changed/deleted, id, title, type, status, version, scheduledAt,
  publishedAt, updatedAt}`;
* `usage` and `subscription`: as `/api/ai/usage` and `/api/billing/subscription` answer;
* `notice`: `{level: info/success/warning/error, message, url}`;
* `error`: `{error, code, retryable}`, about a message that was not understood;
* `ping`, every 30 seconds: answer `{"action": "pong"}`.

It closes with 4401 (not signed in, or no longer), 4408 (too slow), 4429 (more than 20 of one
person), 4400 (too much that was not understood), 1001, 1011 or 1013 (come back later). News are
hints and may be lost: `hello` is what to catch up from.
"""

TAGS = (
    (SESSION, "Who is signed in."),
    (PEOPLE, "Accounts: one's own as `me`; all of them for staff."),
    (CONTENT, "What is kept: drafts, their revisions, publishing."),
    (WRITING, "Generations: durable, numbered, billed once; whole or as a stream."),
    (VOICES, "How a creator sounds, as a model is told."),
    (TALKING, "Stored conversations with the models."),
    (FINDING, "Lists of ideas, each of which can become a draft."),
    (USED, "What the period at hand has taken and allows."),
    (PLANS, "What can be had, and what one has."),
    (DESCRIPTION_TAG, "This document."),
)

SCHEMES: dict[str, dict[str, Any]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token; one with read scope changes nothing.",
    },
    "appSession": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Session-Token",
        "description": "The session token of an app, from `/_allauth/app/v1/`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The cookie of our own pages. Unsafe methods also need `X-CSRFToken`.",
    },
}

# By their names, wherever they occur.
PARAMETERS = {
    "id": "The row's id.",
    "page": "Which page, from 1.",
    "limit": "How many rows a page has.",
    "ordering": "By what, comma-separated; `-` turns it round. Without it, the newest come first.",
    "search": "Words that have to occur.",
    "status": "Only those in this state.",
    "type": "Only those of this kind.",
    "aiGenerated": "Only those written with AI, or only the others.",
    "subscription": "Only people on this plan.",
    "isActive": "Only open accounts, or only closed and switched-off ones.",
    "generation": "Only those of this generation.",
    "kept": "Only those that became a draft, or only the others.",
    "before": "Only messages before this position.",
    "format": "The kind of file.",
    "after": "The same as `Last-Event-ID`, for clients that cannot set headers.",
}

# What the generator calls components, and what we do.
NAMES = {
    "BriefRequest": "Brief",
    "ContentInputRequest": "NewContent",
    "PatchedContentPatchRequest": "ContentChanges",
    "KeepRequest": "Keep",
    "NewUserRequest": "NewUser",
    "PatchedUserRequest": "UserChanges",
    "RevertRequest": "Revert",
    "ChatRequest": "ChatMessageInput",
    "AgainRequest": "RegenerateInput",
    "PatchedTitleRequest": "ConversationChanges",
    "WantedRequest": "IdeasWanted",
    "CheckoutRequest": "Purchase",
    "PatchedChangeRequest": "SubscriptionChanges",
    "Page": "StripePage",
    "Usage": "TokenUsage",
    "IntervalEnum": "BillingInterval",
    "LengthEnum": "Length",
    "PlatformEnum": "Platform",
    "QualityEnum": "Quality",
    "SourceEnum": "RevisionSource",
    "SubscriptionStatusEnum": "SubscriptionStatus",
    "TierEnum": "Tier",
    "ToneEnum": "Tone",
}
