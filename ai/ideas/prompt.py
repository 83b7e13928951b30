"""What a model is told that is asked for ideas. Pure."""

from collections.abc import Sequence

from ai.brief import Language
from ai.checks import repair_line
from ai.ideas.schema import MAX_DESCRIPTION_CHARACTERS, MAX_TITLE_CHARACTERS
from ai.ideas.wanted import Wanted
from ai.prompts import quoted
from ai.providers.base import Message
from content.models import Content

# Of a list that cannot be used, what is shown to whoever writes the next one: its form, no more,
# since both have to fit into the context of a small model. A token is a byte at least.
MAX_QUOTED_BYTES = 400
REPAIR_TOKENS = 800
NAMES = {
    Content.Type.POST: "posts",
    Content.Type.STORY: "short stories told in the first person",
    Content.Type.CAPTION: "captions for pictures",
    Content.Type.MESSAGE: "messages to followers",
    Content.Type.IDEA: "pieces of content",
}


def messages_for(wanted: Wanted, voice_lines: Sequence[str] = ()) -> tuple[Message, ...]:
    """Instructions first; the creator's own words apart from them, as the user's message."""
    language = Language(wanted.language).label
    kind = f"Every idea is for {NAMES[Content.Type(wanted.type)]}." if wanted.type else ""
    lines = (
        "You find ideas for a content creator who has little time.",
        *voice_lines,
        f"Propose exactly {wanted.count} ideas about their topic, in {language}.",
        kind or "Choose for each the kind of piece that suits it best.",
        f"Titles are concrete and have at most {MAX_TITLE_CHARACTERS} characters.",
        f"Descriptions have at most {MAX_DESCRIPTION_CHARACTERS} and say what happens in the piece",
        "and why somebody would stay.",
        "One to three tags without #. The difficulty is that of making it.",
        "No two ideas alike: other angles, other moments, other readers.",
        f"They are for: {quoted(wanted.timeframe)}." if wanted.timeframe else "",
    )
    topic = wanted.topic
    if wanted.focus:
        topic += f"\n\nLook at it from this side: {wanted.focus}"
    return (
        Message("system", "\n".join(line for line in lines if line)),
        Message("user", topic),
    )


def messages_for_small_model(wanted: Wanted) -> tuple[Message, ...]:
    """One plain sentence: a model of 100 million parameters loses itself in a list of rules."""
    kind = NAMES[Content.Type(wanted.type)] if wanted.type else "posts"
    ask = f"Give me {wanted.count} different ideas for {kind} about: {wanted.topic}."
    ask += f" {wanted.focus}." if wanted.focus else ""
    ask += f" For {wanted.timeframe}." if wanted.timeframe else ""
    ask += " Each has a short title, and one sentence that says what it shows."
    language = Language(wanted.language)
    if language != Language.ENGLISH:
        ask += f" Write in {language.label}."
    return (
        Message("system", "You are a helpful assistant for a content creator."),
        Message("user", ask),
    )


def repair_for(draft: str, flaws: Sequence[str], wanted: Wanted) -> tuple[Message, ...]:
    """What is added for the second call: at most REPAIR_TOKENS."""
    said = (Message("assistant", _head(draft)),) if draft.strip() else ()
    listed = " ".join(repair_line(flaw) for flaw in flaws)
    ask = (
        f"That cannot be used. {listed} Answer again with exactly {wanted.count} different ideas, "
        "in fewer words, as JSON that follows the schema, and nothing else."
    )
    return (*said, Message("user", ask))


def _head(draft: str) -> str:
    head = draft.encode("utf-8", "replace")[:MAX_QUOTED_BYTES].decode("utf-8", "ignore")
    return head if len(head) == len(draft) else f"{head}…"
