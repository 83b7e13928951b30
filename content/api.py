"""Content over the API: one's own, and nobody else's."""

import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.caller import caller_of
from api.cached import cached
from api.errors import Conflict
from api.filters import FlagFilter, StrictFilterSet
from api.idempotency import idempotent
from content import services
from content.models import Content, Revision
from content.serializers import (
    ContentInputSerializer,
    ContentPatchSerializer,
    ContentSerializer,
    RevertSerializer,
    RevisionSerializer,
)

# They count from 1.
NO_VERSION = 0


class ContentFilter(StrictFilterSet):
    """The list's filters."""

    type = filters.ChoiceFilter(choices=Content.Type.choices)
    status = filters.ChoiceFilter(choices=Content.Status.choices)
    aiGenerated = FlagFilter(field_name="ai_generated")  # noqa: N815
    search = filters.CharFilter(method="filter_search", max_length=200)
    ordering = filters.OrderingFilter(
        fields=(
            ("created_at", "createdAt"),
            ("updated_at", "updatedAt"),
            ("title", "title"),
            ("scheduled_at", "scheduledAt"),
            ("published_at", "publishedAt"),
        )
    )

    class Meta:
        model = Content
        fields: tuple[str, ...] = ()

    def filter_search(self, content: Any, _name: str, words: str) -> Any:
        """Title or body."""
        return content.matching(words)


def tag_of_version(row: Any) -> str:
    """The ETag of a piece: its version, in quotes."""
    return f'"{row["version"]}"'


def _answer(content: Content, status_code: int = status.HTTP_200_OK) -> Response:
    row = ContentSerializer(content).data
    return Response(row, status=status_code, headers={"ETag": tag_of_version(row)})


def as_api_error(error: Exception) -> Exception:
    """A service's refusal as the contract tells it."""
    if isinstance(error, services.StaleContent):
        row = ContentSerializer(error.current).data
        return Conflict(str(error), extra={"current": row})
    if isinstance(error, services.TimeMissing):
        return ValidationError({"scheduledAt": [str(error)]}, code="required")
    if isinstance(error, services.TransitionRefused):
        return Conflict(str(error))
    if isinstance(error, Content.DoesNotExist | Revision.DoesNotExist):
        return Http404()
    return error


class ContentViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Content]
):
    """`/content`, `/content/{id}` and its revisions."""

    list_name = "content"
    queryset = Content.objects.none()
    serializer_class = ContentSerializer
    filterset_class = ContentFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Content]:
        """One's own, newest first; ties broken by id, so that pages never overlap."""
        owned: QuerySet[Content] = Content.objects.owned_by(self.request.user)
        return owned.order_by("-created_at", "id")

    @cached("content")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's own, newest first."""
        return super().list(request, *args, **kwargs)

    @cached("content", tag=tag_of_version)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One piece; its ETag is what `If-Match` takes."""
        return super().retrieve(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        """Translate what the services refuse."""
        return super().handle_exception(as_api_error(exc))

    @extend_schema(request=ContentInputSerializer, responses={201: ContentSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Write something by hand."""
        form = ContentInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        move = {name: changes.pop(name, None) for name in ("status", "scheduled_at")}
        with transaction.atomic():
            content = services.create_draft(by=caller_of(request), **changes)
            content = services.move_content(by=caller_of(request), content=content, changes=move)
        return _answer(content, status.HTTP_201_CREATED)

    @extend_schema(request=ContentPatchSerializer, responses=ContentSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Edit or move it; a stale `version` (or `If-Match`) is a 409 with the current row."""
        form = ContentPatchSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        version = _expected_version(request, changes.pop("version", None))
        content = services.change_content(
            by=caller_of(request), content_id=pk, expected_version=version, changes=changes
        )
        return _answer(content)

    def destroy(self, request: Request, pk: UUID) -> Response:
        """Delete it."""
        version = _expected_version(request, None)
        services.delete_content(by=caller_of(request), content_id=pk, expected_version=version)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=RevisionSerializer(many=True))
    @action(detail=True, filterset_class=None)
    @cached("content")
    def revisions(self, request: Request, pk: UUID) -> Response:
        """Its history, newest first."""
        history: QuerySet[Any] = self.get_object().revisions.all()
        page = self.paginate_queryset(history)
        return self.get_paginated_response(RevisionSerializer(page, many=True).data)

    @extend_schema(request=RevertSerializer, responses=ContentSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def revert(self, request: Request, pk: UUID) -> Response:
        """Bring back a revision's text, as a new revision."""
        form = RevertSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        content = services.revert_content(
            by=caller_of(request),
            content_id=pk,
            number=form.validated_data["number"],
            expected_version=_expected_version(request, form.validated_data.get("version")),
        )
        return _answer(content)


def _expected_version(request: Request, version: int | None) -> int | None:
    """What the change is based on: the version of the body, or of `If-Match`, or None.

    Where the two disagree, it is based on no version that there is. Raises ValidationError for a
    tag that is none of ours.
    """
    tag = request.headers.get("If-Match", "*")
    if tag == "*":
        return version
    match = re.fullmatch(r'(?:W/)?"(\d{1,9})"', tag)
    if match is None:
        message = _("If-Match takes the version in quotes.")
        raise ValidationError({"If-Match": [message]}, code="invalid")
    named = int(match[1])
    return named if version in {None, named} else NO_VERSION
