"""A whole conversation as a file: JSON for programs, Markdown for people."""

from collections.abc import Iterator
from datetime import UTC

from django.utils.text import slugify
from django.utils.translation import gettext as _

from ai.chat.serializers import ThreadSerializer
from ai.models import ChatMessage, Conversation
from api.json import encode

FORMATS = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}
ENDINGS = {"json": "json", "markdown": "md"}


def exported(conversation: Conversation, kind: str) -> bytes:
    """The file's bytes."""
    messages = list(conversation.messages.current().select_related("generation"))
    if kind == "json":
        conversation.page, conversation.has_earlier = messages, False
        return encode(ThreadSerializer(conversation).data)
    return "\n\n".join(_as_markdown(conversation, messages)).encode() + b"\n"


def file_name(conversation: Conversation, kind: str) -> str:
    """ASCII alone, which every system takes."""
    name = slugify(conversation.title) or "conversation"
    return f"{name}.{ENDINGS[kind]}"


def _as_markdown(conversation: Conversation, messages: list[ChatMessage]) -> Iterator[str]:
    yield f"# {conversation.title}"
    for each in messages:
        who = each.generation.model if each.generation else _("You")
        at = each.created_at.astimezone(UTC)
        yield f"## {who}, {at:%Y-%m-%d %H:%M} UTC"
        yield each.words.strip()
