"""`/ws/live`: somebody's news as they happen."""

from typing import Any

from django.utils import translation

from api.newsroom import newsroom
from api.sockets import MOST_WAITING, Socket


class LiveNews(Socket):
    """Listens only; a token of scope READ is enough."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._early: list[tuple[Any, ...]] | None = []

    async def opened(self) -> None:
        """Join, and be greeted."""
        await newsroom().join(self)

    async def closed(self) -> None:
        """Leave."""
        await newsroom().leave(self)

    def hear(self, event: str, data: Any, about: str | None, request_id: str | None) -> None:
        """Pass on; what happens before the greeting is told behind it."""
        if self._early is not None and event != "hello":
            self._early = [*self._early, (event, data, about, request_id)][-MOST_WAITING // 2 :]
            return
        early, self._early = self._early or [], None
        for each in [(event, data, about, request_id), *early]:
            self._pass(*each)

    def _pass(self, event: str, data: Any, about: str | None, request_id: str | None) -> None:
        if event == "notice":
            data = self._in_words(data)
        self.say(event, data, about=about, request_id=request_id)

    def _in_words(self, notice: dict[str, Any]) -> dict[str, Any]:
        with translation.override(self.language):
            sentence = translation.gettext(notice["message"]) % notice["params"]
        return {"level": notice["level"], "message": sentence, "url": notice["url"]}
