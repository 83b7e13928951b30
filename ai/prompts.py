"""Briefs become messages. Pure: the same brief is the same messages."""

from ai.brief import Brief, Language, Length, Platform
from ai.providers.base import Message
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

KIND = {
    Content.Type.POST: "a post",
    Content.Type.STORY: "a short story told in the first person",
    Content.Type.CAPTION: "a caption for a picture or video",
    Content.Type.MESSAGE: "a message to the creator's followers",
    Content.Type.IDEA: "an idea for a piece of content: a hook and what happens in it",
}
MANNERS = {
    Platform.INSTAGRAM: "Instagram: at most 2,200 characters, 3 to 5 hashtags at the end.",
    Platform.X: "X: at most 280 characters in all, at most 2 hashtags.",
    Platform.TIKTOK: "TikTok: at most 2,200 characters, a hook in the first line, 3 hashtags.",
    Platform.FACEBOOK: "Facebook: short paragraphs, at most 2 hashtags.",
    Platform.LINKEDIN: "LinkedIn: at most 3,000 characters, short paragraphs, 3 hashtags at most.",
    Platform.YOUTUBE: "YouTube description: what the video shows in the first two lines.",
    Platform.NEWSLETTER: "A newsletter: no hashtags, whole paragraphs.",
}


def word_target(brief: Brief) -> int:
    """About how many words the text should have."""
    position = list(Length).index(Length(brief.length))
    return WORDS[brief.type][position]


def max_output_tokens(brief: Brief) -> int:
    """Where the model is stopped, in tokens of output."""
    return max(MIN_OUTPUT_TOKENS, int(word_target(brief) * TOKENS_PER_WORD))


SMALL_KIND = {
    Content.Type.POST: "social media post",
    Content.Type.STORY: "short story",
    Content.Type.CAPTION: "caption for a picture",
    Content.Type.MESSAGE: "message",
    Content.Type.IDEA: "idea for a video",
}


def messages_for_small_model(brief: Brief) -> tuple[Message, ...]:
    """One plain sentence: a model of 100 million parameters loses itself in a list of rules."""
    language = Language(brief.language).label
    place = f" on {Platform(brief.platform).label}" if brief.platform else ""
    ask = f"Write a {brief.tone} {SMALL_KIND[Content.Type(brief.type)]} of about "
    ask += f"{word_target(brief)} words in {language} for my followers{place}."
    return (
        Message("system", "You are a helpful writing assistant for a content creator."),
        Message("user", f"{ask}\n\nTopic: {brief.prompt}"),
    )


def messages_for(brief: Brief) -> tuple[Message, ...]:
    """Instructions first; the creator's own words apart from them, as the user's message."""
    language = Language(brief.language).label
    lines = [
        "You write for a content creator, in the creator's own voice.",
        f"Write {KIND[Content.Type(brief.type)]} in {language}.",
        f"Tone: {brief.tone}. About {word_target(brief)} words.",
    ]
    if brief.platform:
        lines.append(f"It is for {MANNERS[Platform(brief.platform)]}")
    lines.append("Answer with the finished text alone: no preface, no notes, no quotation marks.")
    return (Message("system", "\n".join(lines)), Message("user", brief.prompt))
