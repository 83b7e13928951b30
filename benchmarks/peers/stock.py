"""A stock Django REST framework list over the same rows: what its tutorial would have built.

Django's own middleware, DRF's token authentication, a ModelSerializer, page numbers; with
psycopg's pool, as ours. It has neither limits nor plans.
"""

import os
import uuid
from typing import Any, ClassVar

import django
from django.conf import settings

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

if not settings.configured:
    settings.configure(
        SECRET_KEY="only-for-a-measurement",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        MIDDLEWARE=MIDDLEWARE,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "rest_framework",
            "rest_framework.authtoken",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ.get("PEER_DATABASE", "peer"),
                "HOST": os.environ.get("PEER_HOST", ""),
                "PORT": os.environ.get("PEER_PORT", ""),
                "USER": os.environ.get("PEER_USER", "postgres"),
                "OPTIONS": {"pool": {"min_size": 1, "max_size": 16}},
            }
        },
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [
                "rest_framework.authentication.TokenAuthentication",
            ],
            "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        },
    )
    django.setup()

from django.conf import settings as configured  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import pagination, serializers, viewsets  # noqa: E402


class Piece(models.Model):
    """The columns of a piece of content."""

    objects: ClassVar[Any] = models.Manager()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(configured.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=500)
    body = models.TextField()
    type = models.CharField(max_length=10)
    status = models.CharField(max_length=10)
    ai_generated = models.BooleanField()
    metadata = models.JSONField()
    version = models.PositiveIntegerField()
    scheduled_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        app_label = "peers"
        ordering = ("-created_at", "id")
        indexes = (models.Index(fields=["user", "-created_at", "id"], name="peer_recent"),)


class Pages(pagination.PageNumberPagination):
    """Page numbers, with `limit`."""

    page_size = 10
    page_size_query_param = "limit"
    max_page_size = 100


class PieceSerializer(serializers.ModelSerializer[Piece]):
    """All columns."""

    class Meta:
        model = Piece
        fields = "__all__"


class PieceViewSet(viewsets.ReadOnlyModelViewSet[Piece]):
    """One's own rows."""

    serializer_class = PieceSerializer
    pagination_class = Pages
    queryset = Piece.objects.all()

    def get_queryset(self) -> models.QuerySet[Piece]:
        """Those of the caller."""
        own: models.QuerySet[Piece] = Piece.objects.filter(user=self.request.user.pk)
        return own


urlpatterns = [path("api/content", PieceViewSet.as_view({"get": "list"}))]
application = get_asgi_application()
