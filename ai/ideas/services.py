"""What creators do with ideas: ask for them, keep them."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from ai.ask import Ask, Draft
from ai.brief import Brief, Language
from ai.ideas.prompt import REPAIR_TOKENS, messages_for, messages_for_small_model, repair_for
from ai.ideas.reading import flaws_of, proposals_of
from ai.ideas.room import room_for_list
from ai.ideas.schema import max_output_tokens, schema_for
from ai.ideas.wanted import Wanted
from ai.models import Generation, Idea
from ai.prompts import voice_lines
from ai.providers.base import Message, ModelRef
from ai.voice import voice_of
from content.models import Content
from content.provenance import Provenance
from content.services import create_draft


def ask_for_ideas(*, by: User, wanted: Wanted) -> Ask:
    """What to ask for a list of ideas; its rows are written when the answer is settled."""
    voice = voice_lines(voice_of(by))

    def compose(ref: ModelRef) -> tuple[Message, ...]:
        if ref.provider == "local":
            return messages_for_small_model(wanted)
        return messages_for(wanted, voice)

    def check(draft: Draft) -> tuple[str, ...]:
        return flaws_of(draft.text, draft.finish_reason, wanted)

    def repair(draft: Draft, flaws: tuple[str, ...]) -> tuple[Message, ...]:
        return repair_for(draft.text, flaws, wanted)

    return Ask(
        brief=_brief_of(wanted),
        kind=Generation.Kind.IDEAS,
        compose=compose,
        max_output_tokens=max_output_tokens(wanted.count, room_for_list(compose)),
        schema=schema_for(wanted),
        check=check,
        repair=repair,
        repair_tokens=REPAIR_TOKENS,
        on_end=lambda generation: write_down(generation, wanted),
        # Who asks again wants other ideas.
        may_reuse=False,
    )


def spoken_language() -> str:
    """The reader's language where a text can be had in it, else English."""
    language = (get_language() or "").split("-")[0]
    return language if language in Language.values else Language.ENGLISH


def _brief_of(wanted: Wanted) -> Brief:
    return Brief(
        wanted.topic,
        type=wanted.type or Content.Type.IDEA,
        tone="",
        length="",
        language=wanted.language,
        quality=wanted.quality,
    )


def write_down(generation: Generation, wanted: Wanted) -> None:
    """The rows of an answer, in the transaction that settles it; none where it was not finished."""
    if generation.status != Generation.Status.DONE:
        return
    Idea.objects.bulk_create(
        Idea(
            user_id=generation.user_id,
            generation=generation,
            position=position,
            title=proposal.title,
            description=proposal.description,
            type=proposal.type,
            tags=proposal.tags,
            difficulty=proposal.difficulty,
            created_at=generation.finished_at or timezone.now(),
        )
        for position, proposal in enumerate(proposals_of(generation.text, wanted), 1)
    )


@transaction.atomic
def keep_idea(*, by: User, idea_id: UUID) -> Content:
    """An idea becomes a draft that knows where it came from. Kept already: the same draft.

    Raises Idea.DoesNotExist for what is not theirs.
    """
    idea: Idea = Idea.objects.owned_by(by).select_for_update(of=("self",)).get(id=idea_id)
    if idea.kept_content_id:
        mine = Content.objects.owned_by(by)
        kept: Content | None = mine.filter(id=idea.kept_content_id).first()
        if kept is not None:
            return kept
    generation = idea.generation
    content = create_draft(
        by=by,
        title=idea.title,
        body=idea.description,
        type=idea.type,
        metadata={"tags": idea.tags} if idea.tags else None,
        provenance=Provenance(
            generation_id=generation.id,
            prompt=generation.prompt,
            provider=generation.provider,
            model=generation.model,
            cost_usd=generation.cost_usd,
        ),
    )
    Idea.objects.filter(pk=idea.pk).update(kept_content_id=content.id)
    return content
