"""How long a text should be, and where a model is stopped. Pure."""

from ai.brief import Brief, Length
from ai.prompts.manners import manner_of
from content.models import Content

# How long each kind of piece is, in words, by length: (short, medium, long).
WORDS: dict[str, tuple[int, int, int]] = {
    Content.Type.POST: (60, 150, 350),
    Content.Type.STORY: (120, 300, 700),
    Content.Type.CAPTION: (20, 50, 120),
    Content.Type.MESSAGE: (40, 90, 180),
    Content.Type.IDEA: (40, 100, 200),
}
# A word of European prose is about 1.4 tokens; half again keeps the last sentence whole.
TOKENS_PER_WORD = 2.1
MIN_OUTPUT_TOKENS = 96
# Room for hashtags, which are dear: a token is often three of their letters.
HASHTAG_TOKENS = 12


def word_target(brief: Brief) -> int:
    """About how many words the text should have; 0 where no length was asked for (a chat)."""
    if not brief.type or not brief.length:
        return 0
    position = list(Length).index(Length(brief.length))
    usual = WORDS[brief.type][position]
    manner = manner_of(brief.platform)
    return min(usual, manner.words[position]) if manner and manner.words else usual


def max_output_tokens(brief: Brief) -> int:
    """Where the model is stopped, in tokens of output."""
    manner = manner_of(brief.platform)
    hashtags = manner.hashtags[1] if manner and manner.hashtags else 0
    wanted = int(word_target(brief) * TOKENS_PER_WORD) + min(hashtags, 5) * HASHTAG_TOKENS
    return max(MIN_OUTPUT_TOKENS, wanted)
