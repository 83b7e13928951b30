"""One's own conversations over the API."""

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import caller_of
from ai import engine
from ai.chat.export import FORMATS, exported, file_name
from ai.chat.serializers import ConversationSerializer, ThreadSerializer, TitleSerializer
from ai.chat.services import delete_conversation, read_conversation, rename_conversation
from ai.models import Conversation
from api.checked import checked
from api.errors import AWAY
from api.filters import StrictFilterSet

logger = logging.getLogger("huntaze.ai")

POSITION = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
BEFORE = OpenApiParameter("before", POSITION, OpenApiParameter.QUERY)
FORMAT = OpenApiParameter("format", OpenApiTypes.STR, OpenApiParameter.QUERY, enum=list(FORMATS))


class ConversationFilter(StrictFilterSet):
    """The list's filters."""

    search = filters.CharFilter(method="filter_search", max_length=200)

    class Meta:
        model = Conversation
        fields: tuple[str, ...] = ()

    def filter_search(self, conversations: Any, _name: str, words: str) -> Any:
        """Title or messages."""
        return conversations.matching(words)


class _Before(serializers.Serializer[Any]):
    before = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class _Format(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=list(FORMATS), default="json")


class ConversationViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Conversation]):
    """`/ai/conversations`, `/ai/conversations/{id}` and its export."""

    list_name = "conversations"
    queryset = Conversation.objects.none()
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Conversation]:
        """One's own, the last that was spoken in first."""
        owned: QuerySet[Conversation] = Conversation.objects.owned_by(self.request.user)
        return owned.order_by("-updated_at", "id")

    def handle_exception(self, exc: Exception) -> Response:
        """What is not theirs is not there."""
        is_missing = isinstance(exc, Conversation.DoesNotExist)
        return super().handle_exception(Http404() if is_missing else exc)

    @extend_schema(parameters=[BEFORE], responses=ThreadSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """With its newest messages, or those before a position."""
        before = checked(_Before, request.query_params).get("before")
        found = read_conversation(by=caller_of(request), conversation_id=pk, before=before)
        return Response(ThreadSerializer(found).data)

    @extend_schema(request=TitleSerializer, responses=ConversationSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Give it another name."""
        title = checked(TitleSerializer, request.data).get("title")
        found = rename_conversation(by=caller_of(request), conversation_id=pk, title=title)
        return Response(ConversationSerializer(found).data)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete it and its words; an answer that is being written is stopped."""
        delete_and_stop(by=caller_of(request), conversation_id=pk)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        parameters=[FORMAT],
        responses={
            (200, "application/json"): ThreadSerializer,
            (200, "text/markdown"): OpenApiTypes.STR,
        },
    )
    @action(detail=True, filterset_class=None)
    def export(self, request: Request, pk: UUID) -> HttpResponse:
        """All of it as a file."""
        kind = checked(_Format, request.query_params)["format"]
        return download(self.get_queryset().get(id=pk), kind)


def download(conversation: Conversation, kind: str) -> HttpResponse:
    """The file as an answer that browsers save."""
    answer = HttpResponse(exported(conversation, kind), content_type=FORMATS[kind])
    name = file_name(conversation, kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def delete_and_stop(*, by: Any, conversation_id: UUID) -> None:
    """Delete a conversation; nothing is written for it any more."""
    for generation_id in delete_conversation(by=by, conversation_id=conversation_id):
        try:
            async_to_sync(engine.cancel)(generation_id)
        except AWAY as error:
            # Deleted it is; who writes the answer finds in its row that it is to stop.
            logger.warning("%s stops a little later: %s", generation_id, error)
