"""One's own ideas over the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import caller_of
from ai.ideas.serializers import IdeaSerializer
from ai.ideas.services import keep_idea
from ai.models import Idea
from api.filters import FlagFilter, StrictFilterSet
from api.idempotency import idempotent
from content.models import Content
from content.serializers import ContentSerializer


class IdeaFilter(StrictFilterSet):
    """The list's filters."""

    generation = filters.UUIDFilter(field_name="generation_id")
    type = filters.ChoiceFilter(choices=Content.Type.choices)
    kept = FlagFilter(method="filter_kept")

    class Meta:
        model = Idea
        fields: tuple[str, ...] = ()

    def filter_kept(self, ideas: Any, _name: str, is_kept: bool) -> Any:
        """Whether a draft was made of it."""
        return ideas.filter(kept_content_id__isnull=not is_kept)


class IdeaViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Idea]):
    """`/ai/ideas`, `/ai/ideas/{id}/keep`."""

    list_name = "ideas"
    queryset = Idea.objects.none()
    serializer_class = IdeaSerializer
    filterset_class = IdeaFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Idea]:
        """One's own, the newest list first, each in its order."""
        owned: QuerySet[Idea] = Idea.objects.owned_by(self.request.user)
        return owned.order_by("-created_at", "position", "id")

    @extend_schema(request=None, responses={201: ContentSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def keep(self, request: Request, pk: UUID) -> Response:
        """Make a draft of an idea; kept already, the same draft answers."""
        try:
            content = keep_idea(by=caller_of(request), idea_id=pk)
        except Idea.DoesNotExist as error:
            raise Http404 from error
        return Response(ContentSerializer(content).data, status=status.HTTP_201_CREATED)
