"""Describes the plain async routes to the API's description, which only knows DRF's views."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.views import APIView

from ai.chat.serializers import AgainSerializer, ChatSerializer, ReplySerializer
from ai.description.frames import STREAM as STREAM_SCHEMA
from ai.ideas.api import IdeaViewSet
from ai.ideas.serializers import IdeasSerializer, WantedSerializer
from ai.serializers import BriefSerializer, GenerationSerializer
from api.description.headers import REQUEST
from content.serializers import ContentSerializer

STREAM = {(200, "text/event-stream"): OpenApiResponse(STREAM_SCHEMA, "The frames, to the last.")}
ID = OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class GeneratedContentSerializer(ContentSerializer):
    """A draft and the generation behind it."""

    provenance = GenerationSerializer(read_only=True)

    class Meta(ContentSerializer.Meta):
        fields = (*ContentSerializer.Meta.fields, "provenance")  # type: ignore[assignment]


class _Generate(APIView):
    @extend_schema(
        request=BriefSerializer,
        responses={200: GenerationSerializer, **STREAM},
    )
    def post(self, request: Any) -> None:
        """Write a text; with `Accept: text/event-stream` it streams."""


class _GenerateStream(APIView):
    @extend_schema(request=BriefSerializer, responses=STREAM)
    def post(self, request: Any) -> None:
        """Write a text, streaming."""


class _GenerateContent(APIView):
    @extend_schema(
        request=BriefSerializer,
        responses={201: GeneratedContentSerializer},
    )
    def post(self, request: Any) -> None:
        """Write a text and keep it as a draft."""


class _Follow(APIView):
    @extend_schema(
        parameters=[
            ID,
            OpenApiParameter("after", REQUEST["Last-Event-ID"]["schema"], OpenApiParameter.QUERY),
        ],
        responses=STREAM,
    )
    def get(self, request: Any, **kwargs: Any) -> None:
        """Follow a generation, or go on where the client stopped reading."""


class _Cancel(APIView):
    @extend_schema(
        parameters=[ID],
        request=None,
        responses=GenerationSerializer,
    )
    def post(self, request: Any, **kwargs: Any) -> None:
        """Stop writing; what was used is settled."""


class _Chat(APIView):
    @extend_schema(request=ChatSerializer, responses={200: ReplySerializer, **STREAM})
    def post(self, request: Any) -> None:
        """Send a message; with `Accept: text/event-stream` the answer streams."""


class _Regenerate(APIView):
    @extend_schema(
        parameters=[ID], request=AgainSerializer, responses={200: ReplySerializer, **STREAM}
    )
    def post(self, request: Any, **kwargs: Any) -> None:
        """Answer the last message again."""


class _FindIdeas(APIView):
    @extend_schema(request=WantedSerializer, responses={200: IdeasSerializer, **STREAM})
    def post(self, request: Any) -> None:
        """Find ideas; with `Accept: text/event-stream` the frames say when they are there."""


ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("/api/ai/generate", "POST", _Generate.as_view()),
    ("/api/ai/generate/stream", "POST", _GenerateStream.as_view()),
    ("/api/content/generate", "POST", _GenerateContent.as_view()),
    ("/api/ai/generations/{id}/stream", "GET", _Follow.as_view()),
    ("/api/ai/generations/{id}/cancel", "POST", _Cancel.as_view()),
    ("/api/ai/chat", "POST", _Chat.as_view()),
    ("/api/ai/conversations/{id}/regenerate", "POST", _Regenerate.as_view()),
    ("/api/ai/ideas", "GET", IdeaViewSet.as_view({"get": "list"})),
    ("/api/ai/ideas", "POST", _FindIdeas.as_view()),
)


def describe_streams(endpoints: list[Any]) -> list[Any]:
    """drf-spectacular's preprocessing hook."""
    return [*endpoints, *((path, path, method, view) for path, method, view in ROUTES)]
