"""Opens a generation: one statement reserves its count and its cost, and writes its rows."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from ai.ask import Ask
from ai.health import closed_to
from ai.ledger.opened import Opened, Turn
from ai.ledger.quota import quota_error
from ai.ledger.reuse import answer_again, earlier_answer
from ai.ledger.statements import columns_and_values
from ai.ledger.turns import fitting, turns_of
from ai.models import Generation, ProviderCall, UsagePeriod
from ai.registry import tier_models
from ai.reuse import answer_key
from ai.routing import Route, decide
from ai.tokens import count_messages
from ai.twins import hold_for_generation
from api.idempotency import Key
from api.news import tell
from billing.entitlements import Entitlements, entitlements

# No answer takes longer; whoever still holds a reservation by then has lost it.
LONGEST = timedelta(minutes=20)

# The counters are made or changed where the plan still allows it, and only then the rows exist.
# ON CONFLICT waits for a parallel request's change and judges the row as that one left it: of N
# requests at k remaining exactly k come through, whichever processes they reach.
OPEN = """
WITH period AS (
    INSERT INTO ai_usageperiod AS counters ({period_columns})
    SELECT {period_places} WHERE %s
    ON CONFLICT (user_id, start) DO UPDATE SET
        generations_reserved = counters.generations_reserved + 1,
        spend_reserved_usd = counters.spend_reserved_usd + %s
    WHERE %s OR (
        counters.generations_used + counters.generations_reserved < %s
        AND counters.spend_used_usd + counters.spend_reserved_usd + %s <= %s
    )
    RETURNING id
), generation AS (
    INSERT INTO ai_generation ({generation_columns})
    SELECT {generation_places} FROM period
    RETURNING id
)
INSERT INTO ai_providercall ({call_columns})
SELECT {call_places} FROM generation
RETURNING (SELECT id FROM period)
"""
# More than anybody generates: a plan without a limit.
ENDLESS = 2**31 - 1


def open_generation(
    *,
    user: User,
    ask: Ask,
    is_unlimited: bool = False,
    key: Key | None = None,
    producer_id: UUID | None = None,
) -> Opened:
    """Route, reserve a count and a bound of the cost, and write the rows: one transaction.

    Raises what `hold_for_generation` raises, PlanRequired, NoModel, PromptTooLong or
    QuotaExceeded; then nothing was written.
    """
    # One statement is a transaction by itself.
    is_alone = key is None and ask.on_open is None and not ask.may_reuse
    with nullcontext() if is_alone else transaction.atomic():
        return _open(user, ask, is_unlimited=is_unlimited, key=key, producer_id=producer_id)


def _open(
    user: User, ask: Ask, *, is_unlimited: bool, key: Key | None, producer_id: UUID | None
) -> Opened:
    held = hold_for_generation(key) if key else None
    allowed = entitlements(user)
    mini, full = tier_models("mini"), tier_models("full")
    route = decide(
        ask.brief,
        kind=ask.kind,
        allows_full=allowed.plan.allows_full,
        mini=mini,
        full=full,
        failing=closed_to({*mini, *full}),
    )
    route = fitting(ask, route)
    turns = turns_of(ask, route, full=full if allowed.plan.allows_full else ())
    row = _row(user, ask, route, turns, producer_id)
    if (earlier := earlier_answer(row) if ask.may_reuse else None) is not None:
        answer_again(row, earlier, allowed)
        call = None
    else:
        call = _first_call(row, ask, turns[0])
        _reserve(user, allowed, row, call, is_unlimited=is_unlimited)
    if held is not None:
        held.subject_id = row.id
        held.save(update_fields=["subject_id"])
    facts: Mapping[str, Any] = (ask.on_open(row) if ask.on_open else None) or {}
    tell(user.pk, "usage")
    return Opened(row, ask, route, turns, facts, call)


def _row(
    user: User, ask: Ask, route: Route, turns: tuple[Turn, ...], producer_id: UUID | None
) -> Generation:
    brief = ask.brief
    return Generation(
        user=user,
        kind=ask.kind,
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
        route_features=dict(route.features),
        answer_key=_answer_key(user, ask, route),
        reserved_usd=sum((turn.reserved_usd for turn in turns), Decimal(0)),
        producer_id=producer_id,
        expires_at=timezone.now() + LONGEST,
    )


def _answer_key(user: User, ask: Ask, route: Route) -> str:
    """Empty for what is never answered again: a chat goes on."""
    if ask.kind == Generation.Kind.CHAT:
        return ""
    return answer_key(
        user.pk,
        kind=ask.kind,
        brief=ask.brief,
        models=route.models,
        messages=ask.compose(route.models[0]),
        max_output_tokens=ask.max_output_tokens,
        schema=ask.schema,
        is_checked=ask.check is not None,
    )


def _first_call(row: Generation, ask: Ask, turn: Turn) -> ProviderCall:
    ref = turn.models[0]
    return ProviderCall(
        generation=row,
        attempt=1,
        provider=ref.provider,
        model=ref.model,
        tier=turn.tier,
        purpose=turn.purpose,
        reserved_usd=turn.reserved_usd,
        sent_tokens=count_messages(ask.compose(ref)),
    )


def _reserve(
    user: User, allowed: Entitlements, row: Generation, call: ProviderCall, *, is_unlimited: bool
) -> None:
    """The one statement. Raises QuotaExceeded where the plan has nothing left."""
    plan, bound = allowed.plan, row.reserved_usd
    count = ENDLESS if plan.generations is None else plan.generations
    fresh = UsagePeriod(
        user=user,
        start=allowed.period_start,
        end=allowed.period_end,
        generations_reserved=1,
        spend_reserved_usd=bound,
    )
    period_columns, period_places, period_values = columns_and_values(fresh)
    row_columns, row_places, row_values = columns_and_values(row, period_id="period.id")
    call_columns, call_places, call_values = columns_and_values(call)
    statement = OPEN.format(
        period_columns=period_columns,
        period_places=period_places,
        generation_columns=row_columns,
        generation_places=row_places,
        call_columns=call_columns,
        call_places=call_places,
    )
    is_allowed_at_first = is_unlimited or (count > 0 and bound <= plan.spend_usd)
    limits: list[Any] = [is_allowed_at_first, bound, is_unlimited, count, bound, plan.spend_usd]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*period_values, *limits, *row_values, *call_values])
        found = cursor.fetchone()
    if found is None:
        raise quota_error(user, allowed)
    row.period_id = found[0]
    row._state.adding = False  # noqa: SLF001  (documented API)
