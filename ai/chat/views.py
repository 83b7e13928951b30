"""Chat over the API: plain async views, since DRF cannot stream."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase

from ai.ask import Ask
from ai.chat.asking import ask_for_chat, say_again
from ai.chat.serializers import AgainSerializer, ReplySerializer
from ai.database import in_database
from ai.models import Conversation, Generation
from ai.sse import event_stream, wants_events
from ai.views import begin, finished
from api.checked import checked
from api.json import JsonAnswer
from api.plain import SignedInRequest, json_body, signed_in


@signed_in("POST")
async def chat(request: SignedInRequest) -> HttpResponseBase:
    """`/ai/chat`: a message, answered whole or streamed."""
    body = json_body(request)
    try:
        ask = await in_database(ask_for_chat, request.caller, body)
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    return await _answered(request, body, ask)


@signed_in("POST")
async def regenerate(request: SignedInRequest, conversation_id: UUID) -> HttpResponseBase:
    """`/ai/conversations/{id}/regenerate`: another answer to the last message."""
    # It needs no body.
    body = json_body(request) if request.body else {}
    wanted = checked(AgainSerializer, body)
    try:
        ask = await in_database(
            say_again,
            by=request.caller,
            conversation_id=conversation_id,
            quality=wanted["quality"],
        )
    except Conversation.DoesNotExist as error:
        raise Http404 from error
    return await _answered(request, body, ask)


async def _answered(request: SignedInRequest, body: Any, ask: Ask) -> HttpResponseBase:
    try:
        begun = await begin(request, body, ask)
    except Conversation.DoesNotExist as error:
        # Deleted between the reading of its context and the writing of the message.
        raise Http404 from error
    if wants_events(request):
        return begun.mark(event_stream(begun.generation_id))
    row = await finished(begun)
    return begun.mark(JsonAnswer(await in_database(_reply, row.id)))


def _reply(generation_id: UUID) -> Any:
    row = Generation.objects.select_related("chat_message").get(id=generation_id)
    return ReplySerializer(row).data
