"""What of a conversation a model is sent."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai.chat.context import MESSAGE_OVERHEAD, context_for
from ai.chat.prompt import instructions
from ai.chat.titles import MAX_CHARACTERS, title_from
from ai.providers.base import Message

SYSTEM = Message("system", "Be kind.")


def words(text: str) -> int:
    return len(text.split())


def cost(*messages: Message) -> int:
    return sum(words(each.content) + MESSAGE_OVERHEAD for each in messages)


def turn(number: int, length: int = 3) -> list[Message]:
    return [
        Message("user", f"question{number} " + "w " * (length - 1)),
        Message("assistant", f"answer{number} " + "w " * (length - 1)),
    ]


def test_all_of_it_where_it_fits() -> None:
    said = [SYSTEM, *turn(1), *turn(2), Message("user", "and now?")]
    assert context_for(said, cost(*said), words) == tuple(said)


def test_the_newest_turns_stay_whole() -> None:
    last = Message("user", "and now?")
    said = [SYSTEM, *turn(1), *turn(2), last]
    kept = (SYSTEM, *turn(2), last)
    assert context_for(said, cost(*kept), words) == kept
    # One token less, and the answer does not stay without its question.
    assert context_for(said, cost(*kept) - 1, words) == (SYSTEM, last)


def test_nothing_is_missing_in_between() -> None:
    last = Message("user", "and now?")
    said = [SYSTEM, *turn(1, 1), *turn(2, 500), *turn(3, 1), last]
    assert context_for(said, 200, words) == (SYSTEM, *turn(3, 1), last)


def test_what_was_not_answered_is_still_said() -> None:
    said = [SYSTEM, Message("user", "My cat is Bob."), Message("user", "What is my cat called?")]
    assert context_for(said, 1_000, words) == tuple(said)


def test_the_last_message_is_always_there() -> None:
    last = Message("user", "w " * 900)
    assert context_for([SYSTEM, *turn(1), last], 10, words) == (SYSTEM, last)


# The machine of a test may be slow; what is drawn is small.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 40)), min_size=1, max_size=30),
    st.integers(0, 900),
)
def test_it_never_passes_the_budget(said: list[tuple[bool, int]], budget: int) -> None:
    history = [
        Message("user" if is_user else "assistant", f"{number} " + "w " * length)
        for number, (is_user, length) in enumerate(said)
    ]
    messages = [SYSTEM, *history, Message("user", "now")]
    kept = context_for(messages, budget, words)
    assert (kept[0], kept[-1]) == (SYSTEM, messages[-1])
    # The rest is the end of what was said, without gaps, and begins with the creator.
    middle = list(kept[1:])
    assert middle == messages[len(messages) - len(middle) :]
    if len(middle) > 1:
        assert cost(*kept) <= budget
        assert middle[0].role == "user" or len(middle) == len(messages) - 1


def test_a_small_model_is_told_little() -> None:
    assert len(instructions(["Never use: x."], is_small=True)) < 120
    assert instructions(["Never use: x."], is_small=False).endswith("Never use: x.")


def test_titles() -> None:
    assert title_from("  Two\n\nlines ") == "Two lines"
    long = title_from("What could I ask my followers this week that they would like to answer?")
    assert long == "What could I ask my followers this week that they would…"
    assert title_from("x" * 500) == "x" * (MAX_CHARACTERS - 1) + "…"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(min_size=1, max_size=300).filter(str.strip))
def test_a_title_is_one_short_line(message: str) -> None:
    title = title_from(message)
    assert 0 < len(title) <= MAX_CHARACTERS
    assert len(title.splitlines()) == 1
