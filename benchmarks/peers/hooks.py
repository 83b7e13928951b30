"""Stripe's events as its documentation has them taken: the library's check, then `get_or_create`.

A stock Django project with psycopg's pool, as ours. It tells nobody of what it has stored.
"""

import json
import os
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
    )
    django.setup()

import stripe  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from django.views.decorators.http import require_POST  # noqa: E402


class Event(models.Model):
    """An event, once."""

    objects: ClassVar[Any] = models.Manager()

    id = models.CharField(max_length=255, primary_key=True)
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "peers"


@csrf_exempt
@require_POST
def webhooks(request: HttpRequest) -> HttpResponse:
    """Check, store once, answer."""
    try:
        event = stripe.Webhook.construct_event(
            request.body,
            request.headers.get("Stripe-Signature", ""),
            os.environ.get("STRIPE_WEBHOOK_SECRET", ""),
        )
    except (ValueError, stripe.SignatureVerificationError):
        return HttpResponseBadRequest()
    facts = {"type": event.type, "livemode": event.livemode, "payload": json.loads(request.body)}
    Event.objects.get_or_create(id=event.id, defaults=facts)
    return JsonResponse({"received": True})


urlpatterns = [path("api/billing/webhooks", webhooks)]
application = get_asgi_application()
