"""How many tokens a text is, counted here: by OpenAI's o200k vocabulary, out of a wheel.

Other vendors cut text a little differently, so what is counted here is an estimate and marked so.
A hundred thousand characters take 2 to 8 ms and let go of the interpreter's lock meanwhile; the
vocabulary is loaded on first use, in about 0.1 s and 67 MB a process.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, cast

from ai.providers.base import Message

# What chat models add to each message, and to start the answer (OpenAI's cookbook, "How to count
# tokens with tiktoken").
TOKENS_PER_MESSAGE = 3
TOKENS_PER_ANSWER = 3
# Beyond it the rest is taken to be like the beginning: no caller waits longer than some ms.
MAX_CHARACTERS = 100_000


class _Tokenizer(Protocol):
    def count(self, text: str) -> int: ...


@lru_cache(maxsize=1)
def _tokenizer() -> _Tokenizer:
    try:
        from rs_bpe.bpe import openai
    except ImportError:
        # Python 3.14, for which it has no wheel: the same algorithm, slower to load.
        from bpe_openai import _bindings

        return cast("_Tokenizer", _bindings.tokenizer_for_encoding("o200k_base"))
    return cast("_Tokenizer", openai.o200k_base())


def warm_up() -> None:
    """Load the vocabulary before somebody waits for it."""
    _tokenizer()


def count_tokens(text: str) -> int:
    """How many tokens a text is; from any thread. Lone surrogates count as question marks."""
    if not text:
        return 0
    head = text[:MAX_CHARACTERS]
    try:
        counted = _tokenizer().count(head)
    except UnicodeEncodeError:
        counted = _tokenizer().count(head.encode("utf-8", "replace").decode())
    # Rounded up: what is guessed must not be less than what was read.
    return counted if len(head) == len(text) else -(-counted * len(text) // len(head))


def count_messages(messages: Sequence[Message]) -> int:
    """How many tokens a request is, with what stands between its messages."""
    words = sum(count_tokens(each.content) + TOKENS_PER_MESSAGE for each in messages)
    return words + TOKENS_PER_ANSWER
