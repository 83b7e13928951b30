"""What staff have switched off: asked at each call, known to every process within a second."""

from time import monotonic

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ai.models import ModelSwitch
from ai.providers.base import ModelRef

MEMO_SECONDS = 1.0


class SwitchRefused(Exception):
    """Nothing was switched; the sentence says why."""


class _Memo:
    """What the table said a moment ago."""

    def __init__(self) -> None:
        self._read_at = float("-inf")
        self._off: frozenset[tuple[str, str]] = frozenset()

    def off(self) -> frozenset[tuple[str, str]]:
        """(provider, model) of each switch that is off; an empty model is all of the provider."""
        if monotonic() - self._read_at >= MEMO_SECONDS:
            rows = ModelSwitch.objects.filter(is_off=True).values_list("provider", "model")
            self._off, self._read_at = frozenset(rows), monotonic()
        return self._off

    def forget(self) -> None:
        """Ask the table next time."""
        self._read_at = float("-inf")


_memo = _Memo()
forget_switches = _memo.forget


def is_switched_off(ref: ModelRef) -> bool:
    """Whether staff have switched a model or its provider off. Sync: it may read the database."""
    off = _memo.off()
    return (ref.provider, ref.model) in off or (ref.provider, "") in off


@transaction.atomic
def switch_model(
    *, by: User, provider: str, model: str = "", is_off: bool, reason: str
) -> ModelSwitch:
    """Switch a model, or with none all of a provider, off or on again; who and why is kept.

    Raises SwitchRefused for who is not staff, or without a provider or a reason.
    """
    provider, model, reason = provider.strip(), model.strip(), reason.strip()
    if not by.is_staff:
        raise SwitchRefused(_("Only staff can switch models."))
    if not provider:
        raise SwitchRefused(_("Say which provider."))
    if not reason:
        raise SwitchRefused(_("Say why: others will want to know."))
    facts = {"is_off": is_off, "reason": reason, "changed_by": by}
    # The constraint on the pair makes two at once one after the other.
    row, _is_new = ModelSwitch.objects.update_or_create(
        provider=provider, model=model, defaults=facts
    )
    LogEntry.objects.log_actions(
        by.pk,
        [row],
        CHANGE,
        change_message=f"{'Off' if is_off else 'On'}: {reason}",
        single_object=True,
    )
    transaction.on_commit(forget_switches)
    return row
