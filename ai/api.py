"""One's own ledger over the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.caller import caller_of
from ai.feedback import NotWrittenYet, give_feedback
from ai.models import Generation
from ai.serializers import FeedbackSerializer, GenerationSerializer, KeepSerializer
from ai.services import NothingToKeep, keep_generation
from ai.usage import UsageFiguresSerializer, usage_with_figures
from api.errors import Conflict
from api.filters import StrictFilterSet
from api.idempotency import idempotent
from content.models import Content
from content.serializers import ContentSerializer


class GenerationFilter(StrictFilterSet):
    """The list's filters."""

    status = filters.ChoiceFilter(choices=Generation.Status.choices)
    type = filters.ChoiceFilter(choices=Content.Type.choices)

    class Meta:
        model = Generation
        fields: tuple[str, ...] = ()


class GenerationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Generation]
):
    """`/ai/generations`, `/ai/generations/{id}`."""

    list_name = "generations"
    queryset = Generation.objects.none()
    serializer_class = GenerationSerializer
    filterset_class = GenerationFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Generation]:
        """One's own, newest first."""
        owned: QuerySet[Generation] = Generation.objects.owned_by(self.request.user)
        return owned.order_by("-created_at", "id")

    @extend_schema(request=KeepSerializer, responses={201: ContentSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def keep(self, request: Request, pk: UUID) -> Response:
        """Keep the text as a draft; kept already, the same draft answers."""
        form = KeepSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted: dict[str, Any] = form.validated_data
        try:
            content = keep_generation(
                by=caller_of(request),
                generation_id=pk,
                title=wanted.get("title"),
                text=wanted.get("body"),
            )
        except Generation.DoesNotExist as error:
            raise Http404 from error
        except NothingToKeep as error:
            raise Conflict(_("There is no text to keep yet.")) from error
        return Response(ContentSerializer(content).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=FeedbackSerializer, responses=FeedbackSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def feedback(self, request: Request, pk: UUID) -> Response:
        """Say what you think of an answer; the router's figures are made of it."""
        form = FeedbackSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            given = give_feedback(by=caller_of(request), generation_id=pk, **form.validated_data)
        except Generation.DoesNotExist as error:
            raise Http404 from error
        except NotWrittenYet as error:
            raise Conflict(_("It is still being written.")) from error
        return Response(FeedbackSerializer(given).data)


class UsageView(APIView):
    """`/ai/usage`."""

    @extend_schema(responses=UsageFiguresSerializer)
    def get(self, request: Request) -> Response:
        """What the period at hand has taken and allows."""
        return Response(UsageFiguresSerializer(usage_with_figures(caller_of(request))).data)
