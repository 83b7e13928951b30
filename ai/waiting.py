"""Pages that wait for an answer, for browsers without a script."""

from http import HTTPStatus

from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _

from accounts.requests import PageRequest
from ai.ask import Ask
from ai.engine import Overloaded
from ai.ledger import PromptTooLong, QuotaExceeded
from ai.models import Generation
from ai.routing import NoModel, PlanRequired
from ai.services import answer
from api.errors import Conflict
from api.limits import count_as_ai
from api.shared_cache import CacheAway
from api.threads import give_back_connections


class Refused(Exception):
    """Nothing was asked; the sentence says why, and the status goes with it."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


def wait_for_answer(request: PageRequest, ask: Ask) -> Generation:
    """Ask, and wait to the end, however it ends. Raises Refused."""
    try:
        if count_as_ai(request).is_over:
            raise Refused(
                _("Too many requests. Wait a little and try again."), HTTPStatus.TOO_MANY_REQUESTS
            )
    except CacheAway as away:
        raise Refused(str(away), HTTPStatus.SERVICE_UNAVAILABLE) from away
    user = request.user
    # The model may write for a minute: meanwhile the connection is somebody else's.
    give_back_connections()
    try:
        return async_to_sync(answer)(user=user, ask=ask)
    except Overloaded as error:
        sentence = _("Too much is being written right now. Try again in a minute.")
        raise Refused(sentence, HTTPStatus.SERVICE_UNAVAILABLE) from error
    except Conflict as error:
        raise Refused(error.message, HTTPStatus.CONFLICT) from error
    except (PlanRequired, NoModel, QuotaExceeded, PromptTooLong) as error:
        raise Refused(str(error), HTTPStatus.UNPROCESSABLE_ENTITY) from error
