"""Two hundred requests at once, over four processes, where a few may still be written."""

import json
from collections.abc import Iterator
from decimal import Decimal
from math import ceil
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from ai.models import Generation, ProviderCall
from api.tokens import issue_token
from billing.plans import FREE
from tests.fakes.model_server import ModelServer, Script
from tests.live import LiveServer
from tests.server.client import Caller
from tests.server.conftest import Scene
from tests.server.storm import crowd, statuses

pytestmark = [pytest.mark.server, pytest.mark.redis]
AT_ONCE = 200
PATH = "/api/ai/generate"
# All of the same length, and none asked before.
BODIES = [{"prompt": f"About clay {100 + number}"} for number in range(AT_ONCE)]


@pytest.fixture
def patient(
    transactional_db: None, four: LiveServer, models: ModelServer, alice: User
) -> Iterator[Scene]:
    """Alice, on FREE, whom no rate limit stops; whatever happens, the counters fit the rows."""
    models.requests.clear()
    models.by_model.clear()
    token = issue_token(user=alice, name="storm", is_unthrottled=True)
    yield Scene(four, Caller(four.port, token), alice, models)
    call_command("rebuild_usage", "--check")
    assert b"Traceback" not in four.log.read_bytes(), four.log.read_text()[-3000:]


def _refused(found: list[Any]) -> list[dict[str, Any]]:
    return [json.loads(each.content) for each in found if each.status == 402]


def test_exactly_what_is_left_of_the_count_is_written(patient: Scene) -> None:
    patient.models.script = Script(gap_seconds=0.05)
    found = crowd(patient.alice, PATH, BODIES)
    assert statuses(found) == {200: 20, 402: AT_ONCE - 20}
    assert len(patient.models.requests) == 20
    for body in _refused(found):
        assert (body["code"], body["metric"]) == ("quota_exceeded", "generations")
        assert (body["current"], body["limit"], body["subscription"]) == (20, 20, "FREE")
        assert body["resetAt"].endswith("Z")
    period = patient.period()
    assert (period.generations_used, period.generations_reserved) == (20, 0)
    assert period.spend_reserved_usd == 0
    rows = Generation.objects.filter(user=patient.user)
    assert [row.status for row in rows] == ["DONE"] * 20
    assert period.spend_used_usd == sum(row.cost_usd or 0 for row in rows) > 0
    calls = ProviderCall.objects.filter(generation__in=rows)
    assert [call.status for call in calls] == ["SETTLED"] * 20


def test_exactly_what_fits_below_the_ceiling_is_written(patient: Scene) -> None:
    bound, price = _bound_and_price(patient)
    # A generation that leaves room for five and a half.
    _write_for(patient, FREE.spend_usd - patient.period().spend_used_usd - bound * 11 / 2, price)
    patient.models.requests.clear()
    # Each takes all that was reserved for it, or a little more: none makes room for another.
    tokens = ceil(bound * Decimal("1.01") / price)
    patient.models.script = Script(usage={"prompt_tokens": 0, "completion_tokens": tokens})
    found = crowd(patient.alice, PATH, BODIES)
    assert statuses(found) == {200: 5, 402: AT_ONCE - 5}
    assert len(patient.models.requests) == 5
    for body in _refused(found):
        assert (body["code"], body["metric"]) == ("quota_exceeded", "spend")
        assert (Decimal(body["limit"]), body["subscription"]) == (FREE.spend_usd, "FREE")
        assert FREE.spend_usd - bound < Decimal(body["current"]) <= FREE.spend_usd
    assert patient.period().generations_used == 7
    assert patient.period().spend_reserved_usd == 0


def _bound_and_price(patient: Scene) -> tuple[Decimal, Decimal]:
    """What one of them reserves, and what a token of output costs, in US dollars."""
    patient.models.script = Script(usage={"prompt_tokens": 0, "completion_tokens": 1})
    assert patient.alice.call("POST", PATH, {"prompt": "About clay 998"})[0] == 200
    row = patient.row()
    call = row.calls.get()
    assert call.price_output_usd
    return row.reserved_usd, call.price_output_usd / 1_000_000


def _write_for(patient: Scene, cost: Decimal, price: Decimal) -> None:
    usage = {"prompt_tokens": 0, "completion_tokens": int(cost / price)}
    patient.models.script = Script(usage=usage)
    assert patient.alice.call("POST", PATH, {"prompt": "About clay 999"})[0] == 200
