"""What the models cost, in the admin: whole days, sums that agree, and what stands out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from ai.costs import by_day, by_model, by_person, last_days
from ai.models import Generation
from ai.outliers import outliers
from ai.savings import added_up, figures_of_site
from tests.factories import make_call, make_generation

PAGE = "/admin/ai/costs/"


def _spend(user: User, cost: str, *, days_ago: float = 0, **fields: Any) -> Generation:
    """An answer of one call, begun so many days ago."""
    row = make_generation(user, status="DONE", **{"cost_usd": Decimal(cost), **fields})
    at = timezone.now() - timedelta(days=days_ago)
    Generation.objects.filter(pk=row.pk).update(created_at=at)
    if not row.reused_from_id:
        make_call(row, status="SETTLED", cost_usd=Decimal(cost), finished_at=at)
    return row


def test_every_table_has_the_same_total(alice: User, bob: User) -> None:
    _spend(alice, "0.10")
    escalated = _spend(bob, "0.02", days_ago=2, kind="IDEAS", is_escalated=True)
    # Its second call is another model's.
    make_call(
        escalated,
        attempt=2,
        model="full-1",
        status="SETTLED",
        cost_usd=Decimal("0.30"),
        finished_at=timezone.now(),
    )
    Generation.objects.filter(pk=escalated.pk).update(cost_usd=Decimal("0.32"))
    _spend(alice, "7", days_ago=8)
    # What is being written has cost nothing yet that anybody could be told.
    make_call(
        make_generation(bob), attempt=2, status="SETTLED", cost_usd=1, finished_at=timezone.now()
    )
    week = last_days(7)
    total = Decimal("0.42")
    assert sum(line.cost_usd for line in by_day(week)) == total
    assert [(line.label, line.cost_usd) for line in by_model(week)] == [
        ("full-1", Decimal("0.30")),
        ("mini-1", Decimal("0.12")),
    ]
    assert [(line.label, line.count, line.cost_usd) for line in by_person(week)] == [
        ("bob@example.com", 1, Decimal("0.32")),
        ("alice@example.com", 1, Decimal("0.10")),
    ]
    figures = added_up(figures_of_site(since=week.since, until=week.until))
    assert figures.cost_usd == total


def test_a_day_is_cut_where_the_reader_is(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = _spend(alice, "1")
    now = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    Generation.objects.update(created_at=now)
    with timezone.override("Asia/Tokyo"):
        week = last_days(7)
        assert (week.first, week.last) == (date(2026, 3, 5), date(2026, 3, 11))
        assert [line.key for line in by_day(week) if line.cost_usd] == [date(2026, 3, 11)]
        assert len(by_day(week)) == 7
    with timezone.override("America/New_York"):
        # Across the change of the clock as well: whole days, each once.
        assert [line.key for line in by_day(last_days(7)) if line.cost_usd] == [date(2026, 3, 10)]
        assert len(set(last_days(7).dates)) == 7
    assert row.cost_usd == 1


def test_people_models_and_answers_stand_out(alice: User, bob: User, charlie: User) -> None:
    for days_ago in range(30):
        # As every day, and much of it: usual.
        _spend(alice, "0.60", days_ago=days_ago, model="steady")
    dear = _spend(bob, "2", days_ago=3, model="rare", kind="IDEAS")
    for _ in range(20):
        _spend(bob, "0.01", days_ago=3, model="rare", kind="IDEAS")
    # Unusual, and below the floor.
    _spend(charlie, "0.45", days_ago=5, model="cheap", kind="CHAT")
    found = outliers()
    day = timezone.localdate() - timedelta(days=3)
    assert [(each.key.email, each.day, each.cost_usd) for each in found.people] == [
        ("bob@example.com", day, Decimal("2.20"))
    ]
    assert [(each.key, each.day) for each in found.models] == [(("fake", "rare"), day)]
    assert [row.pk for row in found.generations] == [dear.pk]


def test_nothing_stands_out_where_nothing_is(db: None) -> None:
    found = outliers()
    assert (found.people, found.models, found.generations) == ([], [], [])


def test_staff_read_the_page(alice: User, sam: User, client: Client) -> None:
    _spend(alice, "0.60", cost_if_full_usd=Decimal("1.50"), cost_if_mini_usd=Decimal("0.20"))
    client.force_login(sam)
    page = client.get(PAGE).content.decode()
    for said in ("$0.60", "$1.50", "$0.90", "$0.20", "alice@example.com", "mini-1", "30 days"):
        assert said in page
    assert f"user__id__exact={alice.pk}" in page
    assert "style=" not in page.partition('id="content-main"')[2]
    assert b"Nothing was spent" not in client.get(PAGE, {"days": "7"}).content
    # Somebody's own idea of a range is the usual one.
    assert client.get(PAGE, {"days": "5000"}).context["within"].days == 30
    assert PAGE in client.get("/admin/").content.decode()


def test_an_empty_page_says_so(sam: User, client: Client) -> None:
    client.force_login(sam)
    page = client.get(PAGE).content.decode()
    for said in ("Nothing was spent in these days.", "Nothing stands out."):
        assert said in page


def test_each_way_leads_to_the_rows_behind_the_figure(
    alice: User, bob: User, sam: User, client: Client
) -> None:
    for days_ago in (0, 3):
        _spend(alice, "5", days_ago=days_ago)
        _spend(bob, "0.02", days_ago=days_ago, model="other")
    client.force_login(sam)
    context = client.get(PAGE).context
    ways = {
        "a person": (context["people"][0].url, 2),
        "a model": (context["models"][0].url, 2),
        "a day": (context["columns"][-1].url, 2),
        "a dear day": (context["dear_people"][0][1], 1),
        "a dear day of a model": (context["dear_models"][0][1], 1),
    }
    # The rows of calls are as old as the answers that they belong to.
    for row in Generation.objects.all():
        row.calls.update(created_at=row.created_at)
    for name, (url, count) in ways.items():
        response = client.get(url)
        assert response.status_code == 200, name
        assert response.context["cl"].result_count == count, name


def test_the_page_takes_as_many_queries_for_much_as_for_little(
    alice: User, bob: User, charlie: User, sam: User, client: Client
) -> None:
    client.force_login(sam)
    counts = []
    for people in ([alice], [alice, bob, charlie]):
        for number, user in enumerate(people):
            for model in ("a", "b", "c")[: len(people)]:
                _spend(user, "0.9", days_ago=number, model=model)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_page_is_for_staff_who_may_see_the_ledger(
    alice: User, sam: User, client: Client
) -> None:
    assert client.get(PAGE, follow=True).redirect_chain[-1][0].startswith("/auth/signin")
    client.force_login(alice)
    assert client.get(PAGE, follow=True).status_code == 403
    User.objects.filter(pk=sam.pk).update(is_superuser=False)
    client.force_login(User.objects.get(pk=sam.pk))
    assert client.get(PAGE).status_code == 403
    assert PAGE not in client.get("/admin/").content.decode()
    sam.user_permissions.add(Permission.objects.get(codename="view_generation"))
    assert client.get(PAGE).status_code == 200
    assert PAGE in client.get("/admin/").content.decode()
