"""What creators do with conversations: read, name, delete; and how an answer ends in one."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from ai.ledger.producers import ask_to_cancel
from ai.models import ChatMessage, Conversation, Generation
from ai.signals import generation_finished

PAGE_SIZE = 50


def connect() -> None:
    """Called once, when the app is ready."""
    generation_finished.connect(on_finished, dispatch_uid="ai.chat_finished")


def on_finished(generation: Generation, **_: Any) -> None:
    """The next message may be sent; in the transaction that settles, whoever settles it.

    An answer whose conversation was deleted meanwhile leaves its cost, not its words.
    """
    if generation.kind != Generation.Kind.CHAT:
        return
    if not ChatMessage.objects.filter(generation=generation).update(is_writing=False):
        Generation.objects.filter(pk=generation.pk).update(prompt="", text="")


def read_conversation(
    *, by: User, conversation_id: UUID, before: int | None = None
) -> Conversation:
    """With its newest messages in `page`, oldest first, or those before a position.

    `has_earlier` says whether there are more. Raises Conversation.DoesNotExist.
    """
    found: Conversation = Conversation.objects.owned_by(by).get(id=conversation_id)
    messages = found.messages.current().select_related("generation").order_by("-position")
    if before is not None:
        messages = messages.filter(position__lt=before)
    newest = list(messages[: PAGE_SIZE + 1])
    found.has_earlier = len(newest) > PAGE_SIZE
    found.page = list(reversed(newest[:PAGE_SIZE]))
    return found


def rename_conversation(*, by: User, conversation_id: UUID, title: str | None) -> Conversation:
    """Another name; None leaves it. Raises Conversation.DoesNotExist."""
    mine = Conversation.objects.owned_by(by).filter(id=conversation_id)
    if title is not None:
        mine.update(title=title)
    found: Conversation = mine.get()
    return found


@transaction.atomic
def delete_conversation(*, by: User, conversation_id: UUID) -> list[UUID]:
    """Delete it, and every word of it: the ledger keeps what its answers cost, and no text.

    The ids of answers that are being written: each is asked to stop, and the caller may see to it
    that it does so at once. Their words go when they end (`on_finished`). Raises
    Conversation.DoesNotExist.
    """
    mine = Conversation.objects.owned_by(by).select_for_update()
    conversation: Conversation = mine.get(id=conversation_id)
    answers = conversation.messages.exclude(generation=None)
    ids = list(answers.values_list("generation_id", flat=True))
    # Before its messages, as who settles an answer does: else each would wait for the other.
    list(Generation.objects.select_for_update(no_key=True).filter(id__in=ids).values_list("id"))
    writing = list(answers.filter(is_writing=True).values_list("generation_id", flat=True))
    # In this transaction: whatever happens behind it, nothing goes on to be written for nobody.
    ask_to_cancel(writing)
    conversation.delete()
    Generation.objects.filter(id__in=ids).update(prompt="", text="")
    return writing
