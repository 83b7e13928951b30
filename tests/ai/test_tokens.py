"""Counting tokens here: exact where it matters, bounded where a text is long."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.providers.base import Message
from ai.tokens import MAX_CHARACTERS, count_messages, count_tokens

# As other implementations of o200k count them too.
KNOWN = {
    "": 0,
    "x": 1,
    "Clay remembers the hand.": 5,
    "<|endoftext|>": 7,
    "x" * 8: 1,
}


@pytest.mark.parametrize(("text", "tokens"), KNOWN.items())
def test_texts_count_as_the_vocabulary_has_them(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_a_request_counts_what_stands_between_its_messages() -> None:
    messages = (Message("system", "Be kind."), Message("user", "Clay?"))
    words = count_tokens("Be kind.") + count_tokens("Clay?")
    assert count_messages(messages) == words + 9


@given(st.text(max_size=400))
def test_any_text_can_be_counted_and_no_token_is_empty(text: str) -> None:
    assert 0 <= count_tokens(text) <= len(text.encode())


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00", "粘\ud83d"])
def test_what_no_server_would_take_is_counted_all_the_same(text: str) -> None:
    assert count_tokens(text) > 0


@pytest.mark.parametrize("text", ["word ", "x", " ", "粘土🏺", "\n\n", "a1!"])
def test_a_long_text_is_counted_in_no_time(text: str) -> None:
    long = text * (5 * MAX_CHARACTERS // len(text))
    started = time.perf_counter()
    tokens = count_tokens(long)
    assert time.perf_counter() - started < 0.5
    exact = count_tokens(long[:MAX_CHARACTERS]) * len(long) / MAX_CHARACTERS
    assert exact <= tokens <= exact + 1


def test_threads_count_the_same() -> None:
    texts = [f"Clay number {n} remembers the hand. " * 50 for n in range(40)]
    alone = [count_tokens(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(count_tokens, texts)) == alone
