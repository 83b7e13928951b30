"""The ledger: reserves before the first upstream byte, settles exactly once. Sync."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from ai.brief import Brief
from ai.models import Generation, UsagePeriod
from ai.pricing import cost_usd, upper_bound_usd
from ai.prompts import max_output_tokens, messages_for, messages_for_small_model
from ai.providers.base import Message, ModelRef, Usage
from ai.registry import tier_models
from ai.routing import Route, decide
from ai.signals import generation_finished
from ai.twins import hold_for_generation
from api.idempotency import Key
from api.news import tell
from billing.entitlements import Entitlements, entitlements

logger = logging.getLogger("huntaze.ai")

# What a token is worth in characters where nobody counted: of English about 4, of French 3.5.
CHARACTERS_PER_TOKEN = 3.5


class QuotaExceeded(Exception):
    """The plan's count or ceiling is reached; carries the numbers of the contract's 402."""

    def __init__(self, message: str, numbers: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.numbers = dict(numbers)


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that may start: its row, its route and what is sent."""

    generation_id: UUID
    route: Route
    messages: tuple[Message, ...]
    max_output_tokens: int


@dataclass(slots=True)
class Outcome:
    """How a generation ended."""

    status: str
    text: str = ""
    ref: ModelRef | None = None
    usage: Usage | None = None
    finish_reason: str = ""
    error_code: str = ""
    frame_count: int = 0
    first_token_ms: int | None = None
    latency_ms: int | None = None


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is."""
    return int(len(text) / CHARACTERS_PER_TOKEN) + 1 if text else 0


@transaction.atomic
def open_generation(
    *, user: User, brief: Brief, is_unlimited: bool = False, key: Key | None = None
) -> Opened:
    """Route, reserve a count and a bound of the cost, and write the row: one transaction.

    Raises what `hold_for_generation` raises, PlanRequired, NoModel or QuotaExceeded; then nothing
    was written.
    """
    held = hold_for_generation(key) if key else None
    allowed = entitlements(user)
    route = decide(
        brief,
        allows_full=allowed.plan.allows_full,
        mini=tier_models("mini"),
        full=tier_models("full"),
    )
    is_small = route.models[0].provider == "local"
    messages = messages_for_small_model(brief) if is_small else messages_for(brief)
    most = max_output_tokens(brief)
    # One token a byte is more than any tokenizer makes of it: an upper bound.
    most_input = sum(len(each.content.encode()) for each in messages)
    bound = upper_bound_usd(route.models, input_tokens=most_input, output=most)
    period = _reserve(user, allowed, bound, is_unlimited=is_unlimited)
    generation = _write_row(user, period, brief, route, bound)
    if held is not None:
        held.subject_id = generation.id
        held.save(update_fields=["subject_id"])
    tell(user.pk, "usage")
    return Opened(generation.id, route, messages, most)


def _write_row(
    user: User, period: UsagePeriod, brief: Brief, route: Route, bound: Decimal
) -> Generation:
    generation: Generation = Generation.objects.create(
        user=user,
        period=period,
        prompt=brief.prompt,
        type=brief.type,
        tone=brief.tone,
        length=brief.length,
        language=brief.language,
        platform=brief.platform,
        quality=brief.quality,
        provider=route.models[0].provider,
        model=route.models[0].model,
        tier=route.tier,
        route_reason=route.reason,
        reserved_usd=bound,
        beat_at=timezone.now(),
    )
    return generation


def _reserve(
    user: User, allowed: Entitlements, bound: Decimal, *, is_unlimited: bool
) -> UsagePeriod:
    """One conditional UPDATE: of N parallel requests at k remaining, exactly k pass."""
    period, _made = UsagePeriod.objects.get_or_create(
        user=user, start=allowed.period_start, defaults={"end": allowed.period_end}
    )
    rows = UsagePeriod.objects.filter(pk=period.pk)
    plan = allowed.plan
    if not is_unlimited:
        rows = rows.filter(
            spend_used_usd__lte=plan.spend_usd - bound - F("spend_reserved_usd"),
        )
        if plan.generations is not None:
            rows = rows.filter(generations_used__lt=plan.generations - F("generations_reserved"))
    reserved = rows.update(
        generations_reserved=F("generations_reserved") + 1,
        spend_reserved_usd=F("spend_reserved_usd") + bound,
    )
    if not reserved:
        period.refresh_from_db()
        raise _quota_error(period, allowed)
    return period


def _quota_error(period: UsagePeriod, allowed: Entitlements) -> QuotaExceeded:
    count = period.generations_used + period.generations_reserved
    plan = allowed.plan
    numbers: dict[str, Any] = {
        "subscription": plan.name.value,
        "resetAt": allowed.period_end.isoformat().replace("+00:00", "Z"),
    }
    if plan.generations is not None and count >= plan.generations:
        numbers |= {"metric": "generations", "current": count, "limit": plan.generations}
        return QuotaExceeded(_("You have used all generations of this period."), numbers)
    spent = period.spend_used_usd + period.spend_reserved_usd
    numbers |= {"metric": "spend", "current": str(spent), "limit": str(plan.spend_usd)}
    return QuotaExceeded(_("This would pass your plan's spending limit for the period."), numbers)


def save_progress(generation_id: UUID, text: str, frame_count: int) -> None:
    """Keep the text so far and a sign of life, so that a crash loses 2 s at most."""
    running = Generation.objects.streaming().filter(id=generation_id)
    running.update(text=text, frame_count=frame_count, beat_at=timezone.now())


@transaction.atomic
def settle(generation_id: UUID, outcome: Outcome) -> Generation:
    """End a generation once: replace its reservation by what it took. Twice is once."""
    generation: Generation = Generation.objects.select_for_update().get(id=generation_id)
    if generation.is_final:
        return generation
    generation.status = outcome.status
    generation.text = outcome.text
    generation.finish_reason = outcome.finish_reason
    generation.error_code = outcome.error_code
    generation.frame_count = outcome.frame_count
    generation.first_token_ms = outcome.first_token_ms
    generation.latency_ms = outcome.latency_ms
    if outcome.ref is not None:
        generation.provider, generation.model = outcome.ref.provider, outcome.ref.model
    generation.finished_at = timezone.now()
    _price(generation, outcome)
    generation.save()
    _replace_reservation(generation)
    generation_finished.send(sender=Generation, generation=generation)
    return generation


def _price(generation: Generation, outcome: Outcome) -> None:
    usage = outcome.usage
    if usage is None and generation.text:
        # Stopped or cut off before the provider told: counted by length, and marked so.
        sent = f"{generation.prompt}{' ' * 400}"
        usage = Usage(estimate_tokens(sent), None, estimate_tokens(generation.text))
        generation.is_usage_estimated = True
    if usage is None:
        generation.cost_usd = generation.cost_if_full_usd = Decimal(0)
        return
    generation.input_tokens = usage.input_tokens
    generation.cached_input_tokens = usage.cached_input_tokens
    generation.output_tokens = usage.output_tokens
    try:
        generation.cost_usd = cost_usd(ModelRef(generation.provider, generation.model), usage)
    except LookupError:
        # Its price was withdrawn meanwhile. Free it is not: the bound that was reserved is taken.
        generation.cost_usd = generation.reserved_usd
    full = tier_models("full")
    generation.cost_if_full_usd = cost_usd(full[0], usage) if full else generation.cost_usd


def _replace_reservation(generation: Generation) -> None:
    """The count is given back when nothing had arrived."""
    UsagePeriod.objects.filter(pk=generation.period_id).update(
        generations_reserved=F("generations_reserved") - 1,
        generations_used=F("generations_used") + (1 if generation.text.strip() else 0),
        spend_reserved_usd=F("spend_reserved_usd") - generation.reserved_usd,
        spend_used_usd=F("spend_used_usd") + (generation.cost_usd or Decimal(0)),
        spend_full_usd=F("spend_full_usd") + (generation.cost_if_full_usd or Decimal(0)),
    )


def settle_abandoned(*, older_than: timedelta) -> int:
    """End what belongs to a dead process: FAILED with the text that was saved; how many."""
    before: datetime = timezone.now() - older_than
    stale = Generation.objects.streaming().filter(beat_at__lt=before)
    ended = 0
    for generation in stale.only("id", "text", "frame_count").order_by("beat_at")[:500]:
        outcome = Outcome(
            Generation.Status.FAILED,
            text=generation.text,
            error_code="interrupted",
            frame_count=generation.frame_count + 1,
        )
        try:
            settle(generation.id, outcome)
        except Exception:
            # One row that cannot be settled must not hold up those behind it.
            logger.exception("Could not settle the abandoned %s", generation.id)
        else:
            ended += 1
    return ended
