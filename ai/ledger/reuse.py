"""An identical earlier answer of the same person, given again and charged as nothing."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from ai.models import Generation, UsagePeriod
from billing.entitlements import Entitlements

# Models change behind their names.
KEPT = timedelta(days=7)


def earlier_answer(row: Generation) -> Generation | None:
    """The newest whole answer of the same person to the same question, if there is one."""
    found: Generation | None = (
        Generation.objects.filter(
            user_id=row.user_id,
            answer_key=row.answer_key,
            status=Generation.Status.DONE,
            finished_at__gt=timezone.now() - KEPT,
            reused_from_id=None,
        )
        .exclude(text="")
        .order_by("-finished_at")
        .first()
    )
    return found


def answer_again(row: Generation, earlier: Generation, allowed: Entitlements) -> None:
    """Write the row as one that has ended: no call, no count, no cost; what it saved is counted."""
    saved = earlier.cost_usd or Decimal(0)
    period, _made = UsagePeriod.objects.get_or_create(
        user_id=row.user_id, start=allowed.period_start, defaults={"end": allowed.period_end}
    )
    UsagePeriod.objects.filter(pk=period.pk).update(cache_saved_usd=F("cache_saved_usd") + saved)
    row.period = period
    row.reused_from_id, row.cache_saved_usd = earlier.id, saved
    row.status = Generation.Status.DONE
    row.text, row.finish_reason = earlier.text, earlier.finish_reason
    row.provider, row.model, row.tier = earlier.provider, earlier.model, earlier.tier
    row.final_flaws = earlier.final_flaws
    row.reserved_usd = Decimal(0)
    row.cost_usd = row.cost_if_full_usd = row.cost_if_mini_usd = Decimal(0)
    row.first_token_ms = row.latency_ms = 0
    # start, one delta, done
    row.frame_count = 3
    row.finished_at = timezone.now()
    row.save(force_insert=True)
