"""The page of the models in the admin: how each does, and its switch."""

import time
from dataclasses import asdict
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from ai.breaker import Opened, State
from ai.models import ModelSwitch
from ai.providers.base import ModelRef
from ai.switchboard import ModelLine, switchboard
from ai.switches import forget_switches, switch_model
from tests.fakes.provider import ScriptedProvider

PAGE = "/admin/ai/modelswitch/"
SWITCH = f"{PAGE}switch/"
OFF = {"provider": "fake", "model": "mini-1", "turn": "off", "reason": "It rambles."}


@pytest.fixture(autouse=True)
def _scripted(scripted: ScriptedProvider) -> None:
    forget_switches()


@pytest.fixture
def staff(sam: User, client: Client) -> Client:
    """Sam's window, who may do everything."""
    client.force_login(sam)
    return client


def _line(model: str) -> ModelLine:
    return next(each for line in switchboard() for each in line.models if each.ref.model == model)


def _open(model: str, *, seconds: float) -> None:
    now = time.time()
    facts = asdict(Opened(now - 60, now + seconds, 2, "timeout"))
    cache.set(f"ai:breaker:open:{ModelRef('fake', model)}", facts)


def test_each_model_stands_where_its_tier_asks_for_it(db: None) -> None:
    (fake,) = switchboard()
    assert fake.is_configured
    assert [
        (str(line.ref), [(place.tier, place.number) for place in line.places], line.is_asked)
        for line in fake.models
    ] == [
        ("fake:mini-1", [("mini", 1)], True),
        ("fake:mini-2", [("mini", 2)], True),
        ("fake:full-1", [("full", 1)], True),
    ]


def test_a_breaker_is_seen(staff: Client) -> None:
    _open("mini-1", seconds=60)
    _open("mini-2", seconds=-1)
    assert (_line("mini-1").health.state, _line("mini-1").is_asked) == (State.OPEN, False)
    assert (_line("mini-2").health.state, _line("mini-2").is_asked) == (State.HALF_OPEN, True)
    page = staff.get(PAGE).content.decode()
    for said in ("Rests", "Is being tried", "Answers", "(timeout)", "next try at"):
        assert said in page


def test_a_model_without_a_price_says_so(staff: Client, settings: Any) -> None:
    settings.AI_MINI_MODELS = ["fake:unheard-of"]
    assert not _line("unheard-of").is_asked
    assert "No price: not asked" in staff.get(PAGE).content.decode()


def test_staff_switch_a_model_off_and_on(staff: Client, sam: User) -> None:
    page = staff.post(SWITCH, OFF, follow=True).content.decode()
    assert "Switched off: mini-1." in page
    assert "It rambles." in page
    assert "sam@example.com" in page
    row = ModelSwitch.objects.get()
    assert (row.is_off, row.changed_by, row.reason) == (True, sam, "It rambles.")
    assert not _line("mini-1").is_asked
    mended = {**OFF, "turn": "on", "reason": "Mended."}
    page = staff.post(SWITCH, mended, follow=True).content.decode()
    assert "Switched on: mini-1." in page
    assert _line("mini-1").is_asked
    assert LogEntry.objects.filter(user=sam, change_message="On: Mended.").count() == 1


def test_a_whole_provider_is_switched(staff: Client) -> None:
    page = staff.post(SWITCH, {**OFF, "model": ""}, follow=True).content.decode()
    assert "Switched off: fake." in page
    assert page.count("Off with its provider") == 3


def test_what_only_a_switch_still_names_can_be_switched_on(staff: Client, sam: User) -> None:
    switch_model(by=sam, provider="gone", model="old-1", is_off=True, reason="x")
    page = staff.get(PAGE).content.decode()
    for said in ("gone", "old-1", "Not configured on this server", "in no list any more"):
        assert said in page


@pytest.mark.parametrize(
    "change",
    [{"reason": " "}, {"provider": ""}, {"turn": ""}, {"turn": "x"}, {"reason": "x" * 301}],
)
def test_nothing_is_switched_without_what_and_why(staff: Client, change: dict[str, str]) -> None:
    page = staff.post(SWITCH, {**OFF, **change}, follow=True).content.decode()
    assert 'class="error"' in page
    assert not ModelSwitch.objects.exists()


def test_who_may_look_may_not_switch(sam: User, client: Client) -> None:
    User.objects.filter(pk=sam.pk).update(is_superuser=False)
    sam = User.objects.get(pk=sam.pk)
    client.force_login(sam)
    assert client.get(PAGE).status_code == 403
    sam.user_permissions.add(Permission.objects.get(codename="view_modelswitch"))
    page = client.get(PAGE)
    assert page.status_code == 200
    assert '<form method="post" action="/admin/ai/modelswitch' not in page.content.decode()
    assert client.post(SWITCH, OFF).status_code == 403
    sam.user_permissions.add(Permission.objects.get(codename="change_modelswitch"))
    assert client.post(SWITCH, OFF).status_code == 302
    assert ModelSwitch.objects.count() == 1


def test_it_is_switched_by_staff_by_a_post_with_a_token(alice: User, sam: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(SWITCH, OFF).status_code == 403
    assert client.get(SWITCH).status_code == 405
    client.force_login(alice)
    assert Client().post(SWITCH, OFF).status_code == 302
    client = Client()
    client.force_login(alice)
    assert client.post(SWITCH, OFF, follow=True).status_code == 403
    assert not ModelSwitch.objects.exists()


def test_rows_are_changed_through_the_service_alone(staff: Client, sam: User) -> None:
    row = switch_model(by=sam, provider="fake", is_off=True, reason="x")
    for page in (f"{PAGE}add/", f"{PAGE}{row.pk}/delete/"):
        assert staff.get(page).status_code == 403
    assert staff.post(f"{PAGE}{row.pk}/change/", {"is_off": ""}).status_code == 403


def test_the_page_takes_as_many_queries_for_ten_switches_as_for_one(
    staff: Client, sam: User
) -> None:
    counts = []
    for number in (1, 10):
        for each in range(number):
            switch_model(by=sam, provider="fake", model=f"m{each}", is_off=True, reason="x")
        staff.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            staff.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]
