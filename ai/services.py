"""What creators do with generations: write, keep."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from ai import engine
from ai.ask import Ask
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.database import in_database
from ai.models import Generation
from ai.voice import voice_of
from content.models import MAX_BODY_CHARACTERS, Content
from content.provenance import Provenance
from content.services import create_draft

MAX_TITLE_CHARACTERS = 80


class NothingToKeep(Exception):
    """The generation has no text, or not all of it yet."""


async def generate_text(
    *, user: User, brief: Brief, is_unlimited: bool = False, may_reuse: bool = False
) -> Generation:
    """Write a text, check it, and wait for its end; the row says how it went.

    Raises what `engine.start` raises. A caller that leaves stops nothing.
    """
    voice = await in_database(voice_of, user)
    ask = ask_for(brief, voice, is_checked=True, may_reuse=may_reuse)
    return await answer(user=user, ask=ask, is_unlimited=is_unlimited)


async def answer(*, user: User, ask: Ask, is_unlimited: bool = False) -> Generation:
    """Ask for anything and wait for its end, as `generate_text` does."""
    job = await engine.start(user=user, ask=ask, is_unlimited=is_unlimited)
    await job.finished.wait()
    row: Generation = await in_database(Generation.objects.get, id=job.id)
    return row


def title_of(text: str, prompt: str) -> str:
    """A title out of the first line that says something, else out of what was asked."""
    for line in text.splitlines():
        words = [word for word in line.split() if not word.startswith("#")]
        if title := " ".join(words).strip(" *_>\"'“”"):
            return _shortened(title)
    return _shortened(" ".join(prompt.split()))


def _shortened(line: str) -> str:
    if len(line) <= MAX_TITLE_CHARACTERS:
        return line
    cut = line[:MAX_TITLE_CHARACTERS]
    return f"{cut.rsplit(' ', 1)[0].rstrip(' ,;:.')}…"


@transaction.atomic
def keep_generation(
    *, by: User, generation_id: UUID, title: str | None = None, text: str | None = None
) -> Content:
    """Keep a text as a draft whose first revision knows prompt, model and cost.

    Kept already: the same draft. Raises Generation.DoesNotExist for what is not theirs,
    NothingToKeep while it is being written, and when nothing was.
    """
    generation: Generation = (
        Generation.objects.owned_by(by).select_for_update().get(id=generation_id)
    )
    if generation.kept_content_id:
        mine = Content.objects.owned_by(by)
        kept: Content | None = mine.filter(id=generation.kept_content_id).first()
        if kept is not None:
            return kept
    body = text if text is not None and text.strip() else generation.text
    if not generation.is_final or not body.strip():
        raise NothingToKeep
    content = create_draft(
        by=by,
        title=title or title_of(body, generation.prompt),
        body=body[:MAX_BODY_CHARACTERS],
        # A chat has no type of its own.
        type=generation.type or Content.Type.POST,
        provenance=Provenance(
            generation_id=generation.id,
            prompt=generation.prompt,
            provider=generation.provider,
            model=generation.model,
            cost_usd=generation.cost_usd,
        ),
    )
    Generation.objects.filter(pk=generation.pk).update(kept_content_id=content.id)
    return content
