"""Asking for ideas over the API: a plain async view, since DRF cannot stream."""

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ai.ask import Ask
from ai.database import in_database
from ai.ideas.api import IdeaViewSet
from ai.ideas.serializers import IdeasSerializer, wanted_of
from ai.ideas.services import ask_for_ideas
from ai.models import Generation
from ai.sse import event_stream, wants_events
from ai.views import begin, finished
from api.json import JsonAnswer
from api.later import answers_later_to
from api.plain import SignedInRequest, json_body, signed_in

_list: Any = IdeaViewSet.as_view({"get": "list"})


@signed_in("POST")
async def find_ideas(request: SignedInRequest) -> HttpResponseBase:
    """A list of ideas, checked before it is answered; a stream says when it is there."""
    body = json_body(request)
    wanted = wanted_of(body)

    def ask() -> Ask:
        return ask_for_ideas(by=request.caller, wanted=wanted)

    begun = await begin(request, body, ask)
    if wants_events(request):
        return begun.mark(event_stream(begun.generation_id))
    row = await finished(begun)
    return begun.mark(JsonAnswer(await in_database(_answer, row.id)))


def _answer(generation_id: UUID) -> Any:
    row = Generation.objects.prefetch_related("ideas").get(id=generation_id)
    return IdeasSerializer(row).data


@answers_later_to("POST")
@csrf_exempt
async def ideas(request: HttpRequest) -> HttpResponseBase:
    """`/ai/ideas`: POST asks for a list, GET lists those there are."""
    if request.method == "POST":
        found: HttpResponseBase = await find_ideas(request)
        return found
    answer: HttpResponseBase = await sync_to_async(_list)(request)
    if "Allow" in answer.headers:
        answer.headers["Allow"] = "GET, POST, HEAD, OPTIONS"
    return answer
