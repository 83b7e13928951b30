"""A brief for a text becomes what is asked of a model."""

from ai.ask import Ask, Draft
from ai.brief import Brief
from ai.checks import flaws_of
from ai.prompts import (
    NO_VOICE,
    Voice,
    max_output_tokens,
    messages_for,
    messages_for_small_model,
)
from ai.providers.base import Message, ModelRef
from ai.repair import repair_messages


def ask_for(
    brief: Brief, voice: Voice = NO_VOICE, *, is_checked: bool = False, may_reuse: bool = False
) -> Ask:
    """What a creator's brief asks of a model.

    A text that becomes a draft at once is checked before, and written once more where it fails.
    What is shown while it is written cannot be taken back, so that is not.
    """

    def compose(ref: ModelRef) -> tuple[Message, ...]:
        is_small = ref.provider == "local"
        return messages_for_small_model(brief, voice) if is_small else messages_for(brief, voice)

    def check(draft: Draft) -> tuple[str, ...]:
        return flaws_of(draft.text, draft.finish_reason, brief, voice.words_to_avoid)

    return Ask(
        brief=brief,
        compose=compose,
        max_output_tokens=max_output_tokens(brief),
        check=check if is_checked else None,
        repair=repair_messages if is_checked else None,
        may_reuse=may_reuse,
    )
