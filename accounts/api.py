"""People over the API: oneself, or anybody for staff."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.module_loading import import_string
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, permissions, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.caller import caller_of
from accounts.models import User
from accounts.serializers import (
    SUBSCRIPTIONS,
    NewUserSerializer,
    SessionSerializer,
    UserSerializer,
)
from accounts.services import ClosingRefused, close_account, open_account, update_profile
from api.conditional import expect
from api.errors import ApiError
from api.filters import FlagFilter, StrictFilterSet
from api.idempotency import idempotent
from api.models import ApiToken


def with_subscription(people: QuerySet[User]) -> QuerySet[User]:
    """People with their plan's name as `subscription`; the rule is billing's."""
    annotate = import_string(settings.ACCOUNTS_WITH_SUBSCRIPTION)
    annotated: QuerySet[User] = annotate(people)
    return annotated


class UserFilter(StrictFilterSet):
    """The list's filters."""

    search = filters.CharFilter(method="filter_search")
    subscription = filters.ChoiceFilter(choices=SUBSCRIPTIONS)
    isActive = FlagFilter(field_name="is_active")  # noqa: N815

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def filter_search(self, people: Any, _name: str, words: str) -> Any:
        """Email, name or handle."""
        return people.matching(words)


class IsStaffForOthers(permissions.BasePermission):
    """The list and new people are for staff; one's own row is for everybody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether this caller may take this action at all."""
        return view.action not in {"list", "create"} or bool(request.user.is_staff)


ID_PARAMETER = OpenApiParameter(
    "id", str, OpenApiParameter.PATH, description="A person's UUID, or `me`."
)


class UserViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[User]):
    """`/users`, `/users/{id or me}`."""

    list_name = "users"
    queryset = User.objects.all()
    serializer_class = UserSerializer
    filterset_class = UserFilter
    lookup_value_regex = "[^/]+"

    def get_permissions(self) -> Any:
        """Those of every endpoint, and staff for the others."""
        return [*super().get_permissions(), IsStaffForOthers()]

    def get_queryset(self) -> QuerySet[User]:
        """Oneself; for staff everybody."""
        people = with_subscription(User.objects.all())
        caller = caller_of(self.request)
        return people if caller.is_staff else people.filter(pk=caller.pk)

    def get_object(self) -> User:
        """The person named in the path. Raises Http404 for somebody else's id."""
        key = self.kwargs["pk"]
        try:
            lookup = caller_of(self.request).id if key == "me" else UUID(key)
        except ValueError as error:
            raise Http404 from error
        user: User = get_object_or_404(self.get_queryset(), pk=lookup)
        return user

    def _locked(self, request: Request) -> User:
        """The person, who stays as they are until the transaction ends; as `If-Match` has them."""
        user = self.get_object()
        User.everyone.select_for_update(no_key=True).get(pk=user.pk)
        expect(request, UserSerializer(self.get_object()).data)
        return user

    def _answer(self, user: User, status_code: int = status.HTTP_200_OK) -> Response:
        fresh = with_subscription(User.objects.all()).get(pk=user.pk)
        return Response(UserSerializer(fresh).data, status=status_code)

    @extend_schema(request=NewUserSerializer, responses={201: UserSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        """Add somebody; staff only."""
        form = NewUserSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return self._answer(open_account(**form.validated_data), status.HTTP_201_CREATED)

    @extend_schema(parameters=[ID_PARAMETER])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One person."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(parameters=[ID_PARAMETER])
    @transaction.atomic
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a profile; staff may also switch somebody off and on."""
        user = self._locked(request)
        form = UserSerializer(user, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        try:
            changed = update_profile(by=caller_of(request), user=user, changes=form.validated_data)
        except PermissionError as error:
            raise PermissionDenied from error
        return self._answer(changed)

    @extend_schema(parameters=[ID_PARAMETER])
    def destroy(self, request: Request, pk: str) -> Response:
        """Close an account. What is paid for it ends first, outside of the transaction."""
        user = self.get_object()

        def check() -> None:
            expect(request, UserSerializer(self.get_object()).data)

        check()
        try:
            close_account(by=caller_of(request), user=user, check=check)
        except PermissionError as error:
            raise PermissionDenied from error
        except ClosingRefused as refused:
            headers = {"Retry-After": "60"}
            raise ApiError(
                str(refused), status=503, code="unavailable", headers=headers
            ) from refused
        return Response(status=status.HTTP_204_NO_CONTENT)


class SessionView(APIView):
    """`/auth/session`."""

    permission_classes = (permissions.AllowAny,)

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        """Who is signed in and until when; `{}` for nobody."""
        if not request.user.is_authenticated:
            return Response({})
        user = with_subscription(User.objects.all()).get(pk=request.user.pk)
        return Response(SessionSerializer({"user": user, "expires": _expires(request)}).data)


def _expires(request: Request) -> Any:
    if isinstance(request.auth, ApiToken):
        return request.auth.expiry
    session = getattr(request._request, "session", None)  # noqa: SLF001
    if session is not None and session.session_key:
        return session.get_expiry_date()
    return timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
