"""How a creator sounds: read for a prompt, changed on the account page and over the API."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ai.models import VoiceProfile
from ai.models.voice import MAX_SAMPLE_CHARACTERS, MAX_SAMPLES, MAX_WORD_CHARACTERS, MAX_WORDS
from ai.prompts.voice import NO_VOICE, Voice
from api.prepared import First

LINES = ("niche", "audience")
WORD_LISTS = ("words_to_use", "words_to_avoid")
FIELDS = frozenset({*LINES, *WORD_LISTS, "samples"})


_profile_of = First[VoiceProfile](lambda user_id: VoiceProfile.objects.filter(user_id=user_id))


def voice_of(user: User) -> Voice:
    """What the prompts are told of somebody; an empty voice where they said nothing."""
    row = _profile_of(user.pk)
    if row is None:
        return NO_VOICE
    return Voice(
        niche=row.niche,
        audience=row.audience,
        words_to_use=tuple(row.words_to_use),
        words_to_avoid=tuple(row.words_to_avoid),
        samples=tuple(row.samples),
    )


def voice_profile_of(user: User) -> VoiceProfile:
    """The row, or an unsaved empty one; its `updated_at` is then None."""
    found: VoiceProfile | None = VoiceProfile.objects.filter(user=user).first()
    return found or VoiceProfile(user=user)


@transaction.atomic
def change_voice(*, by: User, changes: Mapping[str, Any]) -> VoiceProfile:
    """Change what a model is told of oneself; what is not named stays.

    Raises ValidationError, by field, for what is too long or too much.
    """
    # The row exists before it is locked, so that two first changes at once do not collide.
    VoiceProfile.objects.get_or_create(user=by)
    row = VoiceProfile.objects.select_for_update().get(user=by)
    cleaned = cleaned_voice(changes)
    for name, value in cleaned.items():
        setattr(row, name, value)
    row.full_clean(exclude=["user"])
    row.save()
    return row


def cleaned_voice(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Trimmed, without what is empty or there twice. Raises ValidationError by field."""
    cleaned: dict[str, Any] = {}
    wrong: dict[str, list[str]] = {}
    for name in FIELDS & changes.keys():
        try:
            cleaned[name] = _cleaned(name, changes[name])
        except ValidationError as error:
            wrong[name] = error.messages
    if wrong:
        raise ValidationError(wrong)
    return cleaned


def _cleaned(name: str, value: Any) -> Any:
    if name in LINES:
        return " ".join(str(value).split())
    return _words(value) if name in WORD_LISTS else _samples(value)


def _words(values: Iterable[str]) -> list[str]:
    """Once each, whatever the case, in the order given."""
    once: dict[str, str] = {}
    for value in values:
        word = " ".join(value.split())
        if word:
            once.setdefault(word.casefold(), word)
    if len(once) > MAX_WORDS:
        raise ValidationError(_("At most %(most)d words.") % {"most": MAX_WORDS})
    if any(len(word) > MAX_WORD_CHARACTERS for word in once.values()):
        most = {"most": MAX_WORD_CHARACTERS}
        raise ValidationError(_("A word may have at most %(most)d characters.") % most)
    return list(once.values())


def _samples(values: Iterable[str]) -> list[str]:
    samples = [sample for value in values if (sample := value.strip())]
    if len(samples) > MAX_SAMPLES:
        raise ValidationError(_("At most %(most)d samples.") % {"most": MAX_SAMPLES})
    if any(len(sample) > MAX_SAMPLE_CHARACTERS for sample in samples):
        most = {"most": MAX_SAMPLE_CHARACTERS}
        raise ValidationError(_("A sample may have at most %(most)d characters.") % most)
    return samples


def forget_voice(user: User) -> None:
    """Nothing of it stays."""
    VoiceProfile.objects.filter(user=user).delete()
