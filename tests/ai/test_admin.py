"""The ledger in the admin: filters, what hangs on a generation, whose words are shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from ai.models import Feedback, Producer
from tests.factories import make_call, make_generation

LIST = "/admin/ai/generation/"
CALLS = "/admin/ai/providercall/"


@pytest.fixture
def staff(sam: User, client: Client) -> Client:
    """Sam's window."""
    client.force_login(sam)
    return client


def _count(client: Client, address: str, **query: str) -> int:
    return int(client.get(address, query).context["cl"].result_count)


@pytest.mark.parametrize(
    "query",
    [
        {"status__exact": "FAILED"},
        {"kind__exact": "IDEAS"},
        {"tier__exact": "full"},
        {"provider": "other"},
        {"model": "full-1"},
        {"type__exact": "STORY"},
        {"error_code": "provider_error"},
        {"is_escalated__exact": "1"},
        {"reused": "yes"},
        {"is_usage_estimated__exact": "1"},
        {"q": "bob@"},
    ],
)
def test_each_filter_finds_its_one(
    alice: User, bob: User, staff: Client, query: dict[str, str]
) -> None:
    make_generation(alice)
    make_generation(
        bob,
        status="FAILED",
        kind="IDEAS",
        tier="full",
        provider="other",
        model="full-1",
        type="STORY",
        error_code="provider_error",
        is_escalated=True,
        reused_from_id=make_generation(alice).id,
        is_usage_estimated=True,
    )
    assert _count(staff, LIST) == 3
    assert _count(staff, LIST, **query) == 1


@pytest.mark.parametrize("address", [LIST, CALLS, f"{LIST}export.csv", f"{CALLS}export.csv"])
def test_a_value_that_no_column_holds_finds_nothing(staff: Client, address: str) -> None:
    assert staff.get(address, {"model": "a\0b"}).status_code == 200


def test_answers_that_were_not_given_again_are_a_filter_too(alice: User, staff: Client) -> None:
    first = make_generation(alice)
    make_generation(alice, status="DONE", reused_from_id=first.id)
    assert _count(staff, LIST, reused="no") == 1
    assert _count(staff, LIST, reused="yes") == 1
    assert _count(staff, LIST, q=str(first.id)) == 1


def test_values_of_a_filter_are_those_of_late(alice: User, staff: Client) -> None:
    make_generation(alice, model="of-today")
    old = make_generation(alice, model="of-old")
    type(old).objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=99))
    assert b"?model=of-today" in staff.get(LIST).content
    assert b"?model=of-old" not in staff.get(LIST).content
    # Who comes with a link to an older one is shown what they chose.
    assert b"?model=of-old" in staff.get(LIST, {"model": "of-old"}).content


def test_a_generation_shows_its_calls_its_verdicts_and_whose_it_is(
    alice: User, staff: Client
) -> None:
    row = make_generation(alice, model="mini-7")
    make_call(row, attempt=2, purpose="ESCALATION", model="full-7")
    Feedback.objects.create(generation=row, verdict="edited", edited_share="0.25")
    page = staff.get(reverse("admin:ai_generation_change", args=[row.pk])).content.decode()
    for said in ("mini-7", "full-7", "Escalation", "Edited", "0.25"):
        assert said in page
    assert reverse("admin:accounts_user_change", args=[alice.pk]) in page
    calls = f"{CALLS}?generation__id__exact={row.pk}"
    assert calls in page
    make_generation(alice)
    assert _count(staff, calls) == 2
    # Nothing on the page can be changed.
    assert '<input type="submit"' not in page.partition('id="generation_form"')[2]


def test_a_generation_takes_as_many_queries_with_nine_calls_as_with_one(
    alice: User, staff: Client
) -> None:
    row = make_generation(alice)
    address = reverse("admin:ai_generation_change", args=[row.pk])
    staff.get(address)
    counts = []
    for attempt in (2, 9):
        for number in range(attempt, attempt * 2):
            make_call(row, attempt=number)
        Feedback.objects.create(generation=row, verdict=("edited", "accepted")[attempt == 2])
        with CaptureQueriesContext(connection) as queries:
            staff.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_words_are_read_for_no_list(alice: User, staff: Client) -> None:
    make_generation(alice)
    for address in (LIST, CALLS):
        with CaptureQueriesContext(connection) as queries:
            staff.get(address)
        assert '"prompt"' not in str([query["sql"] for query in queries])


def test_nobody_reads_a_chat(alice: User, staff: Client) -> None:
    facts: Any = {"prompt": "A secret of mine", "text": "I shall keep it"}
    chat = make_generation(alice, kind="CHAT", status="DONE", type="", **facts)
    text = make_generation(alice, status="DONE", **facts)
    for row, is_shown in ((chat, False), (text, True)):
        page = staff.get(reverse("admin:ai_generation_change", args=[row.pk])).content.decode()
        assert ("A secret of mine" in page) is is_shown
        assert ("I shall keep it" in page) is is_shown
    # Nor does anybody find out by searching what was said.
    assert _count(staff, LIST, q="secret") == 0


def test_a_process_is_alive_as_long_as_it_says_so(alice: User, staff: Client) -> None:
    busy = make_generation(alice).producer
    assert busy
    now = timezone.now()
    dead = Producer.objects.create(host="h", pid=2, beat_at=now - timedelta(seconds=21))
    gone = Producer.objects.create(host="h", pid=3, ended_at=now)
    page = staff.get("/admin/ai/producer/").context["cl"]
    admin = page.model_admin
    found = {row.pk: (admin.is_alive(row), admin.running(row)) for row in page.result_list}
    assert found == {busy.pk: (True, 1), dead.pk: (False, 0), gone.pk: (False, 0)}


def test_staff_see_what_they_were_allowed(sam: User, client: Client) -> None:
    User.objects.filter(pk=sam.pk).update(is_superuser=False)
    client.force_login(User.objects.get(pk=sam.pk))
    addresses = (LIST, CALLS, "/admin/ai/producer/", f"{LIST}export.csv", f"{CALLS}export.csv")
    for address in addresses:
        assert client.get(address).status_code == 403
    sam.user_permissions.add(Permission.objects.get(codename="view_generation"))
    assert client.get(LIST).status_code == 200
    assert client.get(f"{CALLS}export.csv").status_code == 403
