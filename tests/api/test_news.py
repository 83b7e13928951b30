"""What is told, to whom, and when."""

import asyncio
import logging
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisAway

from accounts.models import User
from ai import ledger
from ai.ask_text import ask_for
from ai.brief import Brief
from ai.models import Generation
from ai.news import usage_state
from api import news, newsdesk, newsroom
from api.newsroom import Newsroom
from api.tokens import issue_token
from billing.news import subscription_state
from billing.plans import PlanName
from billing.services import grant_plan, revoke_grant
from content.models import Content
from content.news import content_state
from content.services import (
    delete_content,
    edit_content,
    publish_content,
    schedule_content,
    undelete_content,
)
from content.tasks import publish_due
from tests.api.listening import Listener, sync, with_cookie, with_token
from tests.factories import make_draft
from tests.fakes.provider import ScriptedProvider

pytestmark = pytest.mark.usefixtures("room")


async def test_the_greeting_is_the_state(alice: User) -> None:
    await sync(make_draft, alice)
    listener = Listener()
    await listener.connect()
    token = await sync(issue_token, user=alice, name="x")
    await listener.send({"action": "authenticate", "token": token})
    hello = await listener.next()
    assert (hello["event"], hello["seq"]) == ("hello", 1)
    assert hello["data"] == {
        "content": await sync(content_state, alice),
        "subscription": await sync(subscription_state, alice),
        "usage": await sync(usage_state, alice),
    }
    assert hello["data"]["content"]["changes"] == 1
    await listener.leave()


async def test_each_change_of_content_is_told_once_in_order(alice: User) -> None:
    listener = await with_token(alice)
    content = await sync(make_draft, alice, "Glaze")
    mine = {"by": alice, "content_id": content.id}
    await sync(edit_content, **mine, expected_version=1, changes={"title": "Kiln"})
    await sync(publish_content, **mine)
    await sync(delete_content, **mine)
    await sync(undelete_content, **mine)
    told = [await listener.next() for _ in range(5)]
    assert [each["seq"] for each in told] == [2, 3, 4, 5, 6]
    assert {each["id"] for each in told} == {str(content.id)}
    facts = [(each["data"]["change"], each["data"]["version"]) for each in told]
    assert facts == [
        ("created", 1),
        ("changed", 2),
        ("changed", 3),
        ("deleted", 4),
        ("changed", 5),
    ]
    assert told[2]["data"]["status"] == "PUBLISHED"
    assert told[1]["data"]["title"] == "Kiln"
    assert "body" not in told[0]["data"]
    assert await listener.hears_nothing()
    await listener.leave()


async def test_what_is_rolled_back_is_not_told(alice: User) -> None:
    listener = await with_token(alice)

    @transaction.atomic
    def fail() -> None:
        make_draft(alice)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await sync(fail)
    assert await listener.hears_nothing()
    await listener.leave()


async def test_a_scheduled_piece_is_told_and_said_in_the_readers_language(alice: User) -> None:
    english = await with_token(alice)
    french = await with_cookie(alice, **{"accept-language": "fr"})
    content = await sync(make_draft, alice, "Émaux")
    await sync(
        schedule_content, by=alice, content_id=content.id, at=timezone.now() + timedelta(days=1)
    )
    past = timezone.now() - timedelta(minutes=1)
    await sync(lambda: Content.objects.update(scheduled_at=past))
    assert await sync(cast("Any", publish_due.func), timestamp=0) == 1
    notices = [(await each.until("notice"))["data"] for each in (english, french)]
    assert notices[0] == {
        "level": "success",
        "message": "“Émaux” is published, as scheduled.",
        "url": f"/studio/content/{content.id}",
    }
    assert notices[1]["message"] != notices[0]["message"]
    assert "Émaux" in notices[1]["message"]
    for each in (english, french):
        await each.leave()


async def test_a_plan_changes_usage_and_subscription(alice: User) -> None:
    listener = await with_token(alice)
    grant = await sync(grant_plan, by=None, user=alice, plan=PlanName.PRO, reason="a test")
    seen = {(each := await listener.next())["event"]: each["data"] for _ in range(3)}
    assert seen["subscription"] == await sync(subscription_state, alice)
    assert seen["subscription"]["plan"] == "PRO"
    assert seen["usage"]["generations"]["limit"] == 2000
    assert seen["notice"]["message"] == "You are on the Pro plan now."
    await sync(revoke_grant, by=alice, grant=grant)
    assert (await listener.until("subscription"))["data"]["plan"] == "FREE"
    await listener.leave()


async def test_usage_is_told_when_reserved_and_when_settled(
    alice: User, scripted: ScriptedProvider
) -> None:
    listener = await with_token(alice)
    opened = await sync(ledger.open_generation, user=alice, ask=ask_for(Brief(prompt="Clay")))
    reserved = (await listener.until("usage"))["data"]["generations"]
    assert (reserved["used"], reserved["reserved"]) == (0, 1)
    outcome = ledger.Outcome(Generation.Status.CANCELED, text="Some words")
    await sync(ledger.settle, opened.generation_id, outcome)
    settled = (await listener.until("usage"))["data"]
    assert settled == await sync(usage_state, alice)
    assert (settled["generations"]["used"], settled["generations"]["reserved"]) == (1, 0)
    await listener.leave()


async def test_nothing_crosses_from_one_person_to_another(alice: User, charlie: User) -> None:
    strangers = [await with_token(charlie)]
    mine, also_mine = await with_token(alice), await with_cookie(alice)
    strangers.append(await with_cookie(charlie))
    content = await sync(make_draft, alice)
    await sync(publish_content, by=alice, content_id=content.id)
    await sync(grant_plan, by=None, user=alice, plan=PlanName.PRO, reason="a test")
    await sync(lambda: news.notify(alice.pk, "For Alice alone."))
    for each in (mine, also_mine):
        assert (await each.until("notice"))["data"]["message"]
        await each.leave()
    for stranger in strangers:
        assert await stranger.hears_nothing()
        await stranger.leave()


async def test_an_async_task_may_tell_too(alice: User) -> None:
    listener = await with_token(alice)
    news.tell(alice.pk, "usage")
    assert (await listener.next())["event"] == "usage"
    await listener.leave()


async def test_a_burst_is_read_once_or_twice_not_each_time(alice: User, monkeypatch: Any) -> None:
    listener = await with_token(alice)
    looks: list[Any] = []
    before = newsdesk.look

    def counted(*args: Any) -> Any:
        looks.append(args)
        return before(*args)

    monkeypatch.setattr(newsroom, "look", counted)
    for _ in range(50):
        news.tell(alice.pk, "usage")
    assert (await listener.next())["event"] == "usage"
    await asyncio.sleep(0.3)
    assert 1 <= len(looks) <= 3
    await listener.leave()


async def test_hundreds_at_once_all_arrive(alice: User) -> None:
    listener = await with_token(alice)
    for number in range(600):
        news.tell(alice.pk, "content", {"number": number})
    told = [(await listener.next())["data"]["number"] for _ in range(600)]
    assert told == list(range(600))
    await listener.leave()


async def test_what_was_missed_is_caught_up(alice: User, room: Newsroom) -> None:
    listener = await with_token(alice)
    # Nobody is told of an update past the services, as of news that were lost.
    await sync(lambda: Content.objects.bulk_create([Content(user=alice, title="a", body="b")]))
    assert await listener.hears_nothing()
    for person in room._people.values():
        person.look_at = 0
    hello = await listener.next()
    assert (hello["event"], hello["data"]["content"]["changes"]) == ("hello", 1)
    for person in room._people.values():
        person.look_at = 0
    await asyncio.sleep(1.2)
    assert await listener.hears_nothing()
    await listener.leave()


async def test_an_outage_of_the_layer_is_said_once_and_caught_up(
    alice: User, room: Newsroom, monkeypatch: Any, caplog: Any
) -> None:
    monkeypatch.setattr(newsroom, "PULSE_SECONDS", 0.05)
    monkeypatch.setattr("api.courier.PAUSE_SECONDS", 0.05)
    listener = await with_token(alice)

    async def away(*_args: Any) -> None:
        raise RedisAway("gone")

    with caplog.at_level(logging.WARNING, "huntaze.news"), monkeypatch.context() as broken:
        broken.setattr(room._layer, "send", away)
        broken.setattr(room._layer, "group_send", away)
        await asyncio.sleep(2.2)
        for _ in range(3):
            await sync(make_draft, alice)
            await asyncio.sleep(0.1)
        assert await listener.hears_nothing()
    hello = await listener.next()
    assert (hello["event"], hello["data"]["content"]["changes"]) == ("hello", 3)
    assert caplog.text.count("do not come through") == 1
    assert caplog.text.count("does not take news") == 1
    assert caplog.text.count("come through again") == 1
    await sync(make_draft, alice)
    assert (await listener.next())["event"] == "content"
    await listener.leave()
