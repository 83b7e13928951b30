"""Tells somebody's open pages and apps what has just changed, from any process, after the commit.

News are hints with enough data to render. They may be lost (Redis away, a full queue), so nothing
is kept in them alone: a listener catches up from the state that `NEWS_STATE` names.
"""

import asyncio
import functools
from collections.abc import Mapping
from typing import Any, Literal

from django.db import transaction

from api import courier
from api.json import plain
from api.requestid import current_request_id

type Topic = Literal["content", "usage", "subscription", "notice"]
type Level = Literal["info", "success", "warning", "error"]


def tell(
    user_id: Any, topic: Topic, data: Mapping[str, Any] | None = None, *, about: Any = None
) -> None:
    """Tell one person, once the transaction at hand is committed; `data` as a body has it.

    Without data the listening process reads the topic's state itself, when somebody listens.
    """
    request_id = current_request_id()
    message = {
        "kind": "news",
        "user": str(user_id),
        "topic": topic,
        "data": None if data is None else plain(dict(data)),
        "id": None if about is None else str(about),
        "requestId": None if request_id == "-" else request_id,
    }
    _after_commit(message)


def notify(
    user_id: Any, message: str, *, level: Level = "info", url: str = "", **params: Any
) -> None:
    """Show one person a sentence. `message` is marked by gettext_noop and has `%(name)s` places.

    It is put into words where it is read, in the reader's language.
    """
    data = {"level": level, "message": message, "params": params, "url": url}
    tell(user_id, "notice", data)


def recheck(user_id: Any) -> None:
    """Have the sockets of one person look whether what they signed in by still holds."""
    _after_commit({"kind": "recheck", "user": str(user_id)})


def _after_commit(message: dict[str, Any]) -> None:
    post = functools.partial(courier.post, message)
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        transaction.on_commit(post, robust=True)
    else:
        # A coroutine has no transaction of its own.
        post()
