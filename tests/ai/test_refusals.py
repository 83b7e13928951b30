"""What is refused, stopped or cannot be saved, and in which words."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import OperationalError, connections
from django.test import Client
from django.utils import translation

from accounts.models import User
from ai import engine, ledger
from ai.database import in_database
from ai.ledger import abandoned
from ai.models import Generation, UsagePeriod
from ai.providers.base import Finished, Usage
from ai.stream.memory import memory_log
from content.models import Content
from tests.ai.conftest import Desk, events_of
from tests.envelope import assert_error
from tests.factories import make_generation, make_period

JSON = "application/json"
END = Finished("stop", Usage(20, 0, 5))
HOUR = timedelta(hours=1)
ROUTES = """
import django
django.setup()
from ai.brief import Brief
from ai.features import features_of
for gap in ("\\n", " ", "\\t", "\\n ", "1", "- ", "1."):
    features_of(Brief("a" + gap * 200_000 + "a"), kind="TEXT", mini=(), full=())
"""


def _gone(*_args: Any) -> None:
    raise OperationalError("gone")


def test_no_brief_holds_up_the_routing() -> None:
    # Before the mending, two hundred thousand empty lines took minutes.
    subprocess.run(
        [sys.executable, "-c", ROUTES],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "huntaze.settings"},
        cwd=configured.BASE_DIR,
        timeout=20,
        check=True,
    )


async def test_a_draft_that_was_stopped_before_its_first_word(
    desk: Desk, alice: User, sign_in: Any
) -> None:
    desk.provider.say(30.0, END)
    client = await sign_in(alice)
    asked = asyncio.ensure_future(client.post("/api/content/generate", {"prompt": "x"}, JSON))
    await desk.until(lambda: desk.provider.requests)
    (generation_id,) = engine._jobs
    assert engine.cancel_local(generation_id)
    body = assert_error(await asked, 409, "conflict")
    assert body["id"] == str(generation_id)
    assert not await in_database(Content.objects.exists)


@pytest.mark.parametrize("path", ["/api/ai/generate", "/api/content/generate"])
async def test_an_end_that_could_not_be_saved_is_no_success(
    desk: Desk, alice: User, sign_in: Any, monkeypatch: Any, path: str
) -> None:
    monkeypatch.setattr(engine, "SETTLE_TRIES", 1)
    monkeypatch.setattr(ledger, "settle", _gone)
    client = await sign_in(alice)
    response = await client.post(path, {"prompt": "x"}, JSON)
    body = assert_error(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    row = await in_database(Generation.objects.get)
    assert (body["id"], row.status) == (str(row.id), "STREAMING")


async def test_white_space_alone_is_given_back(desk: Desk, alice: User) -> None:
    desk.provider.say(" ", "\n\t", END)
    _job, row = await desk.finish(alice)
    assert (row.status, row.error_code) == ("FAILED", "empty")
    period = await in_database(UsagePeriod.objects.get)
    assert (period.generations_used, period.generations_reserved) == (0, 0)
    # What the provider takes for it is still known.
    assert row.cost_usd
    assert period.spend_used_usd == row.cost_usd


def test_one_bad_row_holds_up_no_other(
    alice: User, scripted: Any, monkeypatch: Any, caplog: Any
) -> None:
    rows = [make_generation(alice, age=HOUR * age, reserved_usd=Decimal(0)) for age in (3, 2, 1)]
    real = ledger.settle

    def settle(generation_id: Any, outcome: Any) -> Any:
        return _gone() if generation_id == rows[0].id else real(generation_id, outcome)

    monkeypatch.setattr(abandoned, "settle", settle)
    assert len(ledger.settle_abandoned(lease=timedelta(seconds=1))) == 2
    assert str(rows[0].id) in caplog.text
    left = Generation.objects.streaming().values_list("id", flat=True)
    assert list(left) == [rows[0].id]


@pytest.mark.parametrize("how", ["header", "own"])
async def test_refusals_and_reasons_are_in_the_readers_language(
    desk: Desk, alice: User, sign_in: Any, how: str
) -> None:
    if how == "own":
        await in_database(User.objects.filter(pk=alice.pk).update, language="fr")
    client = await sign_in(alice)
    headers = {"Accept-Language": "fr" if how == "header" else "en"}

    async def ask(**brief: Any) -> Any:
        facts = {"prompt": "x", **brief}
        return await client.post("/api/ai/generate", facts, JSON, headers=headers)

    reason = (await ask()).json()["routeReason"]
    plan = assert_error(await ask(quality="full"), 403, "plan_required")["error"]
    await in_database(UsagePeriod.objects.update, generations_used=20)
    quota = assert_error(await ask(), 402, "quota_exceeded")["error"]
    english = (
        "A quick model does this kind of piece well.",
        "The strongest model comes with the Pro plan.",
        "You have used all generations of this period.",
    )
    with translation.override("fr"):
        french = tuple(translation.gettext(each) for each in english)
    assert not set(english) & set(french)
    assert (reason, plan, quota) == french
    row = await in_database(Generation.objects.get)
    assert row.route_reason == french[0]


@pytest.mark.parametrize("is_in_memory", [True, False])
@pytest.mark.parametrize("beyond", [0, 1, 10_000])
async def test_who_resumes_behind_the_end_learns_how_it_ended(
    desk: Desk, alice: User, sign_in: Any, beyond: int, is_in_memory: bool
) -> None:
    job, row = await desk.finish(alice)
    last = row.frame_count
    if not is_in_memory:
        memory_log.tapes.clear()
    client = await sign_in(alice)
    path = f"/api/ai/generations/{job.id}/stream?after={last + beyond}"
    ((number, event, data),) = await events_of(await client.get(path))
    assert (number, event, data["id"]) == (str(last), "done", str(row.id))


@pytest.mark.django_db(transaction=True)
def test_a_page_holds_no_connection_while_the_model_writes(
    alice: User, scripted: Any, monkeypatch: Any
) -> None:
    make_period(alice)
    client = Client()
    client.force_login(alice)
    mine, real, seen = connections["default"], scripted.stream, []

    async def stream(request: Any) -> Any:
        seen.append(mine.connection)
        async for item in real(request):
            yield item

    monkeypatch.setattr(scripted, "stream", stream)
    brief = {"prompt": "x", "type": "POST", "tone": "friendly", "length": "short"}
    brief |= {"language": "en", "platform": "", "quality": "auto"}
    response = client.post("/studio/create", brief)
    assert (response.status_code, seen) == (302, [None])
