"""A title out of any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.services import MAX_TITLE_CHARACTERS, title_of


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Kiln day\n\nMore", "Kiln day"),
        ('"Clay remembers."\nMore', "Clay remembers."),
        ("\n\n  **Bold start**  \n", "Bold start"),
        ("#clay #kiln\nThe second line", "The second line"),
        ("Clay day #clay", "Clay day"),
        ("", "what was asked"),
        ("   \n ", "what was asked"),
        ("***\n---", "---"),
        ("a" * 200, "a" * MAX_TITLE_CHARACTERS + "…"),
        ("word " * 40, "word " * 15 + "word…"),
    ],
)
def test_a_title_is_the_first_line_that_says_something(text: str, title: str) -> None:
    assert title_of(text, "what  was\nasked") == title


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_a_title_is_one_short_line_that_is_never_empty(text: str, prompt: str) -> None:
    title = title_of(text, prompt)
    assert title.strip()
    assert len(title) <= MAX_TITLE_CHARACTERS + 1
    assert len(title.splitlines()) == 1
