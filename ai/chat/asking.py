"""A message becomes an Ask; its rows are written in the transaction that reserves the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from ai.ask import Ask
from ai.brief import Brief, Language, Quality
from ai.chat.context import context_for
from ai.chat.prompt import instructions
from ai.chat.serializers import ChatSerializer
from ai.chat.titles import title_from
from ai.feedback import note_regenerated
from ai.models import ChatMessage, Conversation, Generation
from ai.prompts import voice_lines
from ai.providers.base import Message, ModelRef
from ai.registry import context_window
from ai.tokens import count_tokens
from ai.voice import voice_of
from api.checked import checked
from api.errors import Conflict

Role = ChatMessage.Role
ROLES = {Role.USER: "user", Role.ASSISTANT: "assistant"}
# Of an answer; about 700 words.
MAX_OUTPUT_TOKENS = 1_000
# Of what was said before: more costs each message more, and helps little.
MAX_CONTEXT_TOKENS = 8_000
# No budget holds more of them.
MAX_CONTEXT_MESSAGES = 400


class StillWriting(Conflict):
    """One answer at a time: the one before is still being written."""

    def __init__(self) -> None:
        super().__init__(_("The last answer is still being written. Wait for it, or stop it."))


class NothingToAnswer(Conflict):
    """The conversation has no message that could be answered again."""

    def __init__(self) -> None:
        super().__init__(_("There is no message here to answer."))


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the creator's, and the conversation as it was known then."""

    user: User
    conversation_id: UUID | None
    message: str
    last_position: int
    is_again: bool = False


def say(
    *, by: User, message: str, conversation_id: UUID | None = None, quality: str = Quality.AUTO
) -> Ask:
    """What to ask for an answer to a message; without an id, in a conversation of its own.

    Nothing is written before the answer is reserved. Raises Conversation.DoesNotExist for what is
    not theirs; opening it raises StillWriting.
    """
    history = _history(by, conversation_id) if conversation_id else []
    said = Said(by, conversation_id, message, _last_position(history))
    return _ask(said, [*_as_messages(history), Message("user", message)], quality)


def say_again(*, by: User, conversation_id: UUID, quality: str = Quality.AUTO) -> Ask:
    """What to ask for another answer to the last message; the one that there is stands aside.

    Raises Conversation.DoesNotExist, NothingToAnswer.
    """
    history = _history(by, conversation_id)
    last = _last_position(history)
    while history and history[-1].role == Role.ASSISTANT:
        history.pop()
    if not history:
        raise NothingToAnswer
    said = Said(by, conversation_id, history[-1].text, last, is_again=True)
    return _ask(said, _as_messages(history), quality)


def _history(by: User, conversation_id: UUID) -> list[ChatMessage]:
    """The messages that stand, oldest first."""
    conversation = Conversation.objects.owned_by(by).get(id=conversation_id)
    newest = conversation.messages.current().select_related("generation").order_by("-position")
    return list(reversed(newest[:MAX_CONTEXT_MESSAGES]))


def _last_position(history: list[ChatMessage]) -> int:
    return history[-1].position if history else 0


def _as_messages(history: list[ChatMessage]) -> list[Message]:
    """What was said; an answer of which nothing came is no answer."""
    spoken = [(ROLES[Role(each.role)], each.words.strip()) for each in history]
    return [Message(role, words) for role, words in spoken if words]  # type: ignore[arg-type]


def _ask(said: Said, messages: list[Message], quality: str) -> Ask:
    language = (get_language() or "").split("-")[0]
    brief = Brief(
        said.message,
        type="",
        tone="",
        length="",
        language=language if language in Language.values else Language.ENGLISH,
        quality=quality,
    )
    return Ask(
        brief=brief,
        kind=Generation.Kind.CHAT,
        compose=_composer(messages, voice_lines(voice_of(said.user))),
        max_output_tokens=MAX_OUTPUT_TOKENS,
        on_open=lambda generation: _write_down(said, generation),
    )


def _composer(
    messages: list[Message], voice: Sequence[str]
) -> Callable[[ModelRef], tuple[Message, ...]]:
    counted = cache(count_tokens)

    def compose(ref: ModelRef) -> tuple[Message, ...]:
        window = context_window(ref)
        room = MAX_CONTEXT_TOKENS if window is None else window - MAX_OUTPUT_TOKENS
        system = Message("system", instructions(voice, is_small=ref.provider == "local"))
        return context_for([system, *messages], min(room, MAX_CONTEXT_TOKENS), counted)

    return compose


def _write_down(said: Said, generation: Generation) -> dict[str, Any]:
    """Both messages, in the transaction that reserves; what the first frame says of them."""
    conversation = _locked(said)
    position = said.last_position
    if said.is_again:
        _set_aside(conversation)
    else:
        position += 1
        ChatMessage.objects.create(
            conversation=conversation, position=position, role=Role.USER, text=said.message
        )
    answer = ChatMessage.objects.create(
        conversation=conversation,
        position=position + 1,
        role=Role.ASSISTANT,
        generation=generation,
        is_writing=True,
    )
    return {"conversationId": str(conversation.id), "messageId": str(answer.id)}


def _set_aside(conversation: Conversation) -> None:
    """The answers to the last message; asking for another says what was thought of their words."""
    answers = conversation.messages.current().filter(role=Role.ASSISTANT)
    answers = answers.filter(position__gt=_last_question(conversation))
    for answer in answers.select_related("generation").exclude(generation__text=""):
        if answer.generation is not None:
            note_regenerated(answer.generation)
    answers.update(is_current=False)


def _locked(said: Said) -> Conversation:
    """The conversation as the message knows it. Raises StillWriting, Conversation.DoesNotExist."""
    if said.conversation_id is None:
        made: Conversation = Conversation.objects.create(
            user=said.user, title=title_from(said.message)
        )
        return made
    mine = Conversation.objects.owned_by(said.user).select_for_update()
    found: Conversation = mine.get(id=said.conversation_id)
    newest = found.messages.order_by("-position").first()
    if newest is not None and (newest.is_writing or newest.position != said.last_position):
        # The constraint of the table is the rule; this is its sentence. Whoever has spoken since
        # the context was read has changed what the answer is about.
        raise StillWriting
    Conversation.objects.filter(pk=found.pk).update(updated_at=timezone.now())
    return found


def _last_question(conversation: Conversation) -> int:
    questions = conversation.messages.filter(role=Role.USER).order_by("-position")
    return int(questions.values_list("position", flat=True).first() or 0)


def ask_for_chat(user: User, body: Any) -> Ask:
    """What a client's JSON asks for. Raises DRF's ValidationError, Conversation.DoesNotExist."""
    return say(by=user, **checked(ChatSerializer, body))
