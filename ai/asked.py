"""What a socket's message asks for, checked and counted as the API does it. Sync."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from accounts.models import User
from ai.ask import Ask
from ai.ask_text import ask_for
from ai.chat.asking import ask_for_chat
from ai.models import Conversation, Generation
from ai.serializers import wanted_of
from ai.voice import voice_of
from api.authentication import is_in_scope
from api.credentials import Credential, principal_behind
from api.idempotency import Key, key_named
from api.limits import check_rate
from api.principal import Principal

MOST_FRAMES = 10**9
# Of a message; the rest is the body that the API would be sent.
OURS = frozenset({"action", "requestId", "idempotencyKey"})


def _ask_for_text(user: User, body: Any) -> Ask:
    wanted = wanted_of(body)
    return ask_for(wanted.brief, voice_of(user), may_reuse=wanted.may_reuse)


def _ask_for_chat(user: User, body: Any) -> Ask:
    try:
        return ask_for_chat(user, body)
    except Conversation.DoesNotExist as error:
        raise Http404 from error


# What asks a model: the route of the API that it stands for, and what becomes of the body.
ASKING: dict[str, tuple[str, Callable[[User, Any], Ask]]] = {
    "generate": ("POST /api/ai/generate/stream", _ask_for_text),
    "chat": ("POST /api/ai/chat", _ask_for_chat),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the engine is told."""

    user: User
    ask: Ask
    is_unlimited: bool
    key: Key | None


def asked_of_model(credential: Credential, message: dict[str, Any]) -> Asked:
    """A message of one of ASKING's actions. Raises what the API answers."""
    principal = _counted(credential, asks_a_model=True, method="POST")
    route, make = ASKING[message["action"]]
    body = {name: value for name, value in message.items() if name not in OURS}
    key = None
    if (name := message.get("idempotencyKey")) is not None:
        text = name if isinstance(name, str) else ""
        key = key_named(text, user=principal.user, route=route, body=body, field="idempotencyKey")
    is_unlimited = bool(principal.token and principal.token.is_unlimited)
    return Asked(principal.user, make(principal.user, body), is_unlimited, key)


def own_generation(credential: Credential, named: Any, *, method: str) -> UUID:
    """The id of a generation of theirs. Raises what the API answers; Http404 for a stranger's."""
    principal = _counted(credential, asks_a_model=False, method=method)
    try:
        wanted = UUID(named)
    except (ValueError, TypeError, AttributeError):
        raise Http404 from None
    if not Generation.objects.owned_by(principal.user).filter(id=wanted).exists():
        raise Http404
    return wanted


def position(after: Any) -> int:
    """The number behind which to go on. Raises ValidationError."""
    if type(after) is not int or not 0 <= after < MOST_FRAMES:
        message = _("This must be the number of a frame.")
        raise ValidationError({"after": [message]}, code="invalid")
    return after


def _counted(credential: Credential, *, asks_a_model: bool, method: str) -> Principal:
    """Who asks. Raises NotAuthenticated, PermissionDenied for a token that may only read."""
    principal = principal_behind(credential)
    check_rate(principal, asks_a_model=asks_a_model)
    if not is_in_scope(principal.auth, method):
        raise PermissionDenied
    return principal
