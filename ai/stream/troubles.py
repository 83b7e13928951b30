"""Troubles that last are said once."""

import logging

logger = logging.getLogger("huntaze.ai")


class Troubles:
    """What is wrong at the moment."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def say(self, sentence: str) -> None:
        """Warn, unless that was said and has not ended."""
        if sentence not in self._known:
            self._known.add(sentence)
            logger.warning(sentence)

    def end(self, sentence: str) -> None:
        """It is well again."""
        self._known.discard(sentence)
