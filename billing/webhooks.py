"""`/billing/webhooks`: checked, stored once, acknowledged. All else is the job's."""

import logging
import time
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.errors import ApiError, error_response
from api.json import JsonAnswer
from billing.inbox import receive
from billing.received import BadEvent, read_event
from billing.signature import BadSignature, check_signature

logger = logging.getLogger("huntaze.billing")

# Stripe's largest events are some 100 kB.
MAX_BYTES = 512 * 1024


@csrf_exempt
@require_POST
def webhooks(request: HttpRequest) -> HttpResponse:
    """Take an event. Whoever did not sign it leaves nothing behind."""
    try:
        return _take(request)
    except ApiError as refused:
        return error_response(refused)


def _take(request: HttpRequest) -> HttpResponse:
    if not settings.STRIPE_WEBHOOK_SECRETS:
        message = _("Payments are not configured on this server.")
        raise ApiError(message, status=503, code="billing_not_configured")
    body = _body(request)
    header = request.headers.get("Stripe-Signature", "")
    try:
        check_signature(body, header, settings.STRIPE_WEBHOOK_SECRETS, now=time.time())
    except BadSignature as refused:
        logger.warning("A webhook was refused: %s", refused)
        raise _bad(_("The signature is missing, wrong or stale.")) from None
    try:
        event = read_event(body)
    except BadEvent as refused:
        logger.warning("A signed webhook is no event: %s", refused)
        raise _bad(_("This is no event of Stripe's.")) from None
    receive(event, body.decode("utf-8", "replace"))
    return JsonAnswer({"received": True})


def _body(request: HttpRequest) -> bytes:
    """Raises ApiError for one that is too large, without reading it."""
    length = request.headers.get("Content-Length", "")
    is_said = length.isascii() and length.isdigit()
    if (is_said and int(length) > MAX_BYTES) or len(request.body) > MAX_BYTES:
        raise ApiError(_("That is too large."), status=413, code="too_large")
    return request.body


def _bad(message: str) -> ApiError:
    return ApiError(message, status=HTTPStatus.BAD_REQUEST, code="bad_signature")
