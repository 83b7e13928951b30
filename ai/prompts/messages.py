"""The messages of a brief for a text. Pure."""

from ai.brief import Brief, Language, Platform
from ai.prompts.length import word_target
from ai.prompts.manners import manner_of
from ai.prompts.voice import NO_VOICE, Voice, voice_lines
from ai.providers.base import Message
from content.models import Content

KIND = {
    Content.Type.POST: "a post",
    Content.Type.STORY: "a short story told in the first person",
    Content.Type.CAPTION: "a caption for a picture or video",
    Content.Type.MESSAGE: "a message to the creator's followers",
    Content.Type.IDEA: "an idea for a piece of content: a hook and what happens in it",
}
SMALL_KIND = {
    Content.Type.POST: "social media post",
    Content.Type.STORY: "short story",
    Content.Type.CAPTION: "caption for a picture",
    Content.Type.MESSAGE: "message",
    Content.Type.IDEA: "idea for a video",
}
FINISHED = "Answer with the finished text alone: no preface, no notes, no quotation marks."


def messages_for(brief: Brief, voice: Voice = NO_VOICE) -> tuple[Message, ...]:
    """Instructions first; the creator's own words apart from them, as the user's message.

    The voice stands before the brief: what stays the same from call to call is what providers
    cache.
    """
    lines = ["You write for a content creator, in the creator's own voice.", *voice_lines(voice)]
    lines.append(f"Write {KIND[Content.Type(brief.type)]} in {Language(brief.language).label}.")
    lines.append(f"Tone: {brief.tone}. About {word_target(brief)} words.")
    if manner := manner_of(brief.platform):
        lines.append(f"It is for {manner.told}")
    lines.append(FINISHED)
    return (Message("system", "\n".join(lines)), Message("user", brief.prompt))


def messages_for_small_model(brief: Brief, voice: Voice = NO_VOICE) -> tuple[Message, ...]:
    """One plain sentence: a model of 100 million parameters loses itself in a list of rules."""
    language = Language(brief.language).label
    place = f" on {Platform(brief.platform).label}" if brief.platform else ""
    readers = f" ({' '.join(voice.audience.split())})" if voice.audience else ""
    ask = f"Write a {brief.tone} {SMALL_KIND[Content.Type(brief.type)]} of about "
    ask += f"{word_target(brief)} words in {language} for my followers{readers}{place}."
    if voice.niche:
        ask += f" I make {' '.join(voice.niche.split())}."
    return (
        Message("system", "You are a helpful writing assistant for a content creator."),
        Message("user", f"{ask}\n\nTopic: {brief.prompt}"),
    )
