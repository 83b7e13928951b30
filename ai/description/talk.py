"""What the API's description says of chat and ideas, with examples."""

from typing import Any

from accounts.description import ONE_PAGE
from ai.description.failures import FAILED, PROMPT_TOO_LONG, REFUSED
from ai.description.frames import EXAMPLES, MODEL, frame_text, written
from ai.description.operations import GENERATION, NEXT
from api.description.failures import CONFLICT, MALFORMED, NOT_FOUND, NOT_JSON
from api.description.links import links
from api.description.operations import Operation
from content.description import DRAFT, GENERATION_ID, PIECE

TALKING, FINDING = "Chat", "Ideas"
CONVERSATION_ID = "5f0d1c8a-94e2-4b1e-9d39-6f5a3f0c2b77"
MESSAGE_ID = "0c2f7a52-6f1e-4f39-8a44-b7d1b5a9f3c4"
IDEA_ID = "8d7f4c1b-2b8c-47e6-9c80-1c5f3c0f9a21"
AT = "2026-05-12T08:59:41.000000Z"

CONVERSATION = {
    "id": CONVERSATION_ID,
    "title": "What could I ask my followers this week?",
    "createdAt": AT,
    "updatedAt": "2026-05-12T08:59:42.840000Z",
}
REPLY_TEXT = "Ask which glaze they would dare to use on a teapot."
SAID = {
    "id": "a9d2f1c7-0f4b-4f70-8d0e-3c1b6f5e2d18",
    "position": 1,
    "role": "USER",
    "text": "What could I ask my followers this week?",
    "generationId": None,
    "status": "DONE",
    "error": "",
    "model": "",
    "createdAt": AT,
}
ANSWERED = {
    **SAID,
    "id": MESSAGE_ID,
    "position": 2,
    "role": "ASSISTANT",
    "text": REPLY_TEXT,
    "generationId": GENERATION_ID,
    "model": MODEL["model"],
}
THREAD = {**CONVERSATION, "messages": [SAID, ANSWERED], "hasEarlier": False}
REPLY: dict[str, Any] = {
    "conversationId": CONVERSATION_ID,
    "messageId": MESSAGE_ID,
    "reply": REPLY_TEXT,
    **GENERATION,
    "type": "",
    "tone": "",
    "length": "",
    "platform": "",
    "prompt": SAID["text"],
    "text": REPLY_TEXT,
}
IDEA = {
    "id": IDEA_ID,
    "generationId": GENERATION_ID,
    "title": "The cup that came out wrong",
    "description": "Show the crack, say what caused it, and drink from it anyway.",
    "type": "STORY",
    "tags": ["pottery", "mistakes"],
    "difficulty": "easy",
    "keptContentId": None,
    "createdAt": "2026-05-12T08:59:42.840000Z",
}
WANTED = {"topic": "A small pottery studio", "count": 3, "focus": "what goes wrong"}
IDEAS = {
    "ideas": [IDEA],
    **GENERATION,
    "prompt": WANTED["topic"],
    "type": "IDEA",
    "tone": "",
    "length": "",
    "platform": "",
    "text": '{"ideas": […]}',
}
START = {**EXAMPLES["start"], "conversationId": CONVERSATION_ID, "messageId": MESSAGE_ID}
TALK_STREAM = frame_text(1, "start", START) + written("delta", "done", first=2)

OPERATIONS: dict[str, Operation] = {
    "post /api/ai/chat": Operation(
        "chat",
        "Send a message",
        TALKING,
        failures=(*REFUSED, PROMPT_TOO_LONG, NOT_FOUND, CONFLICT, *FAILED),
        request={
            "begin": {"message": SAID["text"]},
            "go on": {"conversationId": CONVERSATION_ID, "message": "And for a teapot?"},
        },
        examples={"200": REPLY},
        stream=TALK_STREAM,
        description="Without `conversationId` it begins a conversation, named by its first "
        "message. With `Accept: text/event-stream` it streams; the first frame then names "
        "conversation and message as well. One answer at a time: 409 while one is being written.",
        is_idempotent=True,
        is_plain=True,
        headers=("X-Generation-ID",),
        links=links(*NEXT) | links("getConversation", id_at="$response.body#/conversationId"),
    ),
    "get /api/ai/conversations": Operation(
        "listConversations",
        "List conversations",
        TALKING,
        examples={"200": {"conversations": [CONVERSATION], "pagination": ONE_PAGE}},
        description="One's own, the last that was spoken in first; `search` looks at titles and "
        "messages.",
    ),
    "get /api/ai/conversations/{id}": Operation(
        "getConversation",
        "Read a conversation",
        TALKING,
        examples={"200": THREAD},
        description="Its newest 50 messages, oldest first, or the 50 before the position `before`.",
        links=links("renameConversation", "deleteConversation", "exportConversation"),
    ),
    "patch /api/ai/conversations/{id}": Operation(
        "renameConversation",
        "Rename a conversation",
        TALKING,
        request={"rename": {"title": "Questions for May"}},
        examples={"200": {**CONVERSATION, "title": "Questions for May"}},
    ),
    "delete /api/ai/conversations/{id}": Operation(
        "deleteConversation",
        "Delete a conversation",
        TALKING,
        description="With every word of it; an answer that is being written is stopped. The ledger "
        "keeps what the answers cost, without prompt and text.",
    ),
    "get /api/ai/conversations/{id}/export": Operation(
        "exportConversation",
        "Download a conversation",
        TALKING,
        examples={
            "200": THREAD,
            "200 text/markdown": f"# {CONVERSATION['title']}\n\n**You**\n\n{SAID['text']}\n",
        },
        description="All of it as a file: `format` is `json` or `markdown`.",
    ),
    "post /api/ai/conversations/{id}/regenerate": Operation(
        "regenerateReply",
        "Answer the last message again",
        TALKING,
        failures=(*REFUSED, PROMPT_TOO_LONG, CONFLICT, *FAILED),
        request={"as it is": {}, "strongest": {"quality": "full"}},
        examples={"200": REPLY},
        stream=TALK_STREAM,
        description="The answer that there was stands aside: it is no longer part of the "
        "conversation.",
        is_idempotent=True,
        is_plain=True,
        headers=("X-Generation-ID",),
        links=links(*NEXT),
    ),
    "post /api/ai/ideas": Operation(
        "findIdeas",
        "Find ideas",
        FINDING,
        failures=(*REFUSED, PROMPT_TOO_LONG, *FAILED),
        request={"ideas": WANTED},
        examples={"200": IDEAS},
        stream=written("start", "done"),
        description="A list that was checked; never more ideas than asked for, and fewer only "
        "where the model found no more after a second try, or has a small context, which a long "
        "list does not fit into. It counts as one generation. With `Accept: text/event-stream` the "
        "frames say when it is there.",
        is_idempotent=True,
        is_plain=True,
        headers=("X-Generation-ID",),
        links=links(*NEXT),
    ),
    "get /api/ai/ideas": Operation(
        "listIdeas",
        "List ideas",
        FINDING,
        examples={"200": {"ideas": [IDEA], "pagination": ONE_PAGE}},
        description="One's own, the newest list first; `generation` chooses one list.",
    ),
    "post /api/ai/ideas/{id}/keep": Operation(
        "keepIdea",
        "Keep an idea as a draft",
        FINDING,
        failures=(MALFORMED, NOT_JSON),
        examples={"201": {**DRAFT, "title": IDEA["title"], "aiGenerated": True}},
        description="A draft of the idea's type. Kept already, the same draft answers.",
        is_idempotent=True,
        links=PIECE,
    ),
}
